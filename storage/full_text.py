"""Which entries hold some words, the latest first, without reading all that hold them.

SQLite: FTS5 walks the entries of a word backwards, from the newest, and stops when the page is
full. It does so for whole words only; a beginning it would first look up to the end. So beginnings
are spelt out into the words there are.

PostgreSQL: GIN gives all matches or none, in no order. So what is said often is looked for from
the newest entry back, as far as `NEWEST` goes; what that does not find is rare, and GIN is asked
for the rarest of its words.

All of it is made by the migrations 0002 and 0005.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.incidents.found import Place, Term
from storage.types import UtcTime

# A beginning that more words have is left to FTS5, which then reads all their entries.
SPELT_OUT = 64
# How many of the latest entries PostgreSQL reads before it asks the index.
NEWEST = 1000
# Of those. Said in more of them, a word is no help in choosing rows.
OFTEN = 20
# Below every number, and after every time: where the first page begins.
_LAST_NUMBER = 2**63 - 1
_LAST_KEY = {"at": "infinity", "incident": "", "seq": 0}

# Characters that PostgreSQL's parser would make hosts, paths, tags and numbers of.
SEPARATORS = "./:@#_-\\<>&=+~?"
POSTGRES_VECTOR = (
    f"to_tsvector('simple', translate(text, '{SEPARATORS}', '{' ' * len(SEPARATORS)}'))"
)

_SHOWN = (
    "e.incident, e.seq, e.kind, e.actor, e.at, e.recorded_at, e.text, e.investigation,"
    " i.number, i.title, i.private, i.state, i.channel AS of_channel"
)
# Private incidents exist only for those in their channel; and what somebody has corrected since
# is found by what it says now.
_TO_SHOW = (
    "i.workspace = :workspace AND (NOT i.private OR EXISTS (SELECT 1 FROM incident_members m"
    " WHERE m.incident = i.id AND m.person = :person AND m.left_at IS NULL))"
    " AND e.withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM entries newer"
    " WHERE newer.incident = e.incident AND newer.seq > e.seq"
    " AND newer.corrects = coalesce(e.corrects, e.seq))"
)


def _reading(sql: str) -> sa.TextualSelect:
    types: dict[str, Any] = {"at": UtcTime, "recorded_at": UtcTime, "private": sa.Boolean}
    return sa.text(sql).columns(**types)


def holding(
    connection: sa.Connection,
    seen_by: tuple[str, str],
    terms: tuple[Term, ...],
    after: Place | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Entries with all the words that somebody may see, the latest recorded first.

    seen_by: the workspace and the person.
    """
    values = {"workspace": seen_by[0], "person": seen_by[1], "most": limit}
    if connection.dialect.name == "sqlite":
        return _in_sqlite(connection, values, terms, after)
    return _in_postgres(connection, values, terms, after)


# -- SQLite ---------------------------------------------------------------------------------------

# From one word to the next that begins so: the index is entered anew each time, never read along.
_BEGINNING = sa.text(
    "WITH RECURSIVE known (word) AS ("
    " SELECT (SELECT term FROM search_words WHERE term >= :word LIMIT 1)"
    " UNION ALL"
    " SELECT (SELECT term FROM search_words WHERE term >= known.word || char(1) LIMIT 1)"
    " FROM known WHERE substr(known.word, 1, length(:word)) = :word)"
    " SELECT word FROM known WHERE substr(word, 1, length(:word)) = :word LIMIT :most"
)
_SAID = sa.text("SELECT term FROM search_words WHERE term = :word LIMIT 1")
_NUMBER = sa.text("SELECT id FROM search_rows WHERE incident = :incident AND seq = :seq")
# CROSS JOIN: in this order, whatever the planner thinks, for this one needs no sorting.
_SQLITE = _reading(
    f"SELECT {_SHOWN} FROM search_entries f"  # noqa: S608 - our own constants, no value in them
    " CROSS JOIN search_rows r ON r.id = f.rowid"
    " CROSS JOIN entries e ON e.incident = r.incident AND e.seq = r.seq"
    " CROSS JOIN incidents i ON i.id = e.incident"
    f" WHERE f.search_entries MATCH :words AND f.rowid < :below AND {_TO_SHOW}"
    " ORDER BY f.rowid DESC LIMIT :most"
)


def _in_sqlite(
    connection: sa.Connection, values: dict[str, Any], terms: tuple[Term, ...], after: Place | None
) -> Sequence[sa.Row[Any]]:
    words = [_spelt_out(connection, each) for each in terms]
    if not all(words):
        return ()
    below = _LAST_NUMBER if after is None else _number(connection, after)
    asked = values | {"words": " AND ".join(words), "below": below}
    return connection.execute(_SQLITE, asked).all()


def _number(connection: sa.Connection, after: Place) -> int:
    """Where a page ended. If that incident has been deleted since, there is no next one."""
    found = connection.execute(_NUMBER, {"incident": after.incident, "seq": after.seq}).scalar()
    return 0 if found is None else int(found)


def _spelt_out(connection: sa.Connection, term: Term) -> str:
    """A word for FTS5, a beginning as the words that begin so; empty if nobody has said it.

    What is found among its words is a whole word of its own and no operator. FTS5 keeps one sigma.
    """
    word = term.word.replace("ς", "σ")
    query = _BEGINNING if term.begins else _SAID
    words = connection.execute(query, {"word": word, "most": SPELT_OUT + 1}).scalars().all()
    if len(words) > SPELT_OUT:
        return f'"{word}"*'
    return "({})".format(" OR ".join(f'"{each}"' for each in words)) if words else ""


# -- PostgreSQL -----------------------------------------------------------------------------------

_LATEST_FIRST = "e.recorded_at DESC, e.incident DESC, e.seq DESC"
_BELOW = "(e.recorded_at, e.incident, e.seq) < (CAST(:at AS timestamptz), :incident, :seq)"
_MATCH = f"{POSTGRES_VECTOR} @@ to_tsquery('simple', :words)"
_NEWEST = (
    f"WITH e AS MATERIALIZED (SELECT * FROM entries e WHERE {_BELOW}"  # noqa: S608 - see above
    f" ORDER BY {_LATEST_FIRST} LIMIT {NEWEST})"
)
_IN_ORDER = f"ORDER BY {_LATEST_FIRST} LIMIT :most"
# LIKE is a first look: it costs a tenth of taking a text apart.
_WALK = _reading(
    f"{_NEWEST} SELECT {_SHOWN} FROM e JOIN incidents i ON i.id = e.incident"  # noqa: S608
    f" WHERE lower(e.text) LIKE ALL (CAST(:parts AS text[])) AND {_MATCH} AND {_TO_SHOW}"
    f" {_IN_ORDER}"
)
_SAID_OFTEN = sa.text(
    f"{_NEWEST} SELECT said.word FROM unnest(CAST(:said AS text[])) AS said (word)"  # noqa: S608
    " JOIN e ON strpos(lower(e.text), said.word) > 0"
    f" GROUP BY said.word HAVING count(*) > {OFTEN}"
)
# Materialised: in one statement with the order, the planner might walk all entries for the rare.
_INDEXED = _reading(
    f"WITH e AS MATERIALIZED (SELECT * FROM entries e WHERE {_BELOW} AND {_MATCH})"  # noqa: S608
    f" SELECT {_SHOWN} FROM e JOIN incidents i ON i.id = e.incident"
    f" WHERE (:rest = '' OR {POSTGRES_VECTOR} @@ to_tsquery('simple', :rest)) AND {_TO_SHOW}"
    f" {_IN_ORDER}"
)


def _in_postgres(
    connection: sa.Connection, values: dict[str, Any], terms: tuple[Term, ...], after: Place | None
) -> Sequence[sa.Row[Any]]:
    key = _LAST_KEY if after is None else {"at": after.at, "incident": after.incident,
                                           "seq": after.seq}  # fmt: skip
    said = [each.word for each in terms]
    values = values | key | {"words": _tsquery(terms), "parts": [f"%{each}%" for each in said]}
    found = connection.execute(_WALK, values).all()
    if len(found) >= values["most"]:
        return found
    often = set(connection.execute(_SAID_OFTEN, key | {"said": said}).scalars())
    rare = tuple(each for each in terms if each.word not in often) or terms
    rest = tuple(each for each in terms if each not in rare)
    asked = values | {"words": _tsquery(rare), "rest": _tsquery(rest)}
    return connection.execute(_INDEXED, asked).all()


def _tsquery(terms: tuple[Term, ...]) -> str:
    """Words are letters and digits only, so that none is an operator of the language."""
    return " & ".join(f"'{each.word}'{':*' if each.begins else ''}" for each in terms)
