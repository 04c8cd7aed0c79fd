"""Finding entries by their words, and listing incidents; a page at a time, by an index.

A title is the entry that declares, a hypothesis the entry that opens a thread, so one index over
entries holds all that people wrote. It is made by migration 0002: FTS5 on SQLite, GIN on
PostgreSQL; `storage.tables.compared` tells autogenerate that these objects are not its business.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.incidents.found import Hit, Place, Term
from bot.incidents.model import Incident, IncidentState, Kind
from storage.incidents import entries, incident_of_row, incidents
from storage.members import incident_members, is_member_of
from storage.types import UtcTime

# A channel may have had several incidents, one after another; the latest is what is meant.
sa.Index("ix_incidents_of_channel", incidents.c.workspace, incidents.c.channel, incidents.c.number)

# Characters that PostgreSQL's parser would make hosts, paths, tags and numbers of.
SEPARATORS = "./:@#_-\\<>&=+~?"
POSTGRES_VECTOR = (
    f"to_tsvector('simple', translate(text, '{SEPARATORS}', '{' ' * len(SEPARATORS)}'))"
)
_POSTGRES_HITS = (
    "SELECT incident, seq FROM entries "  # noqa: S608 - our own constant, no value in it
    f"WHERE {POSTGRES_VECTOR} @@ to_tsquery('simple', :words)"
)
_SQLITE_HITS = (
    "SELECT r.incident, r.seq FROM search_entries f JOIN search_rows r ON r.id = f.rowid "
    "WHERE f.search_entries MATCH :words"
)


@cache
def _hits(dialect: str) -> Any:
    sql = _SQLITE_HITS if dialect == "sqlite" else _POSTGRES_HITS
    found = sa.text(sql).columns(incident=sa.Text, seq=sa.Integer)
    # Materialised: the words are what is rare, and the planner cannot know.
    return found.cte("hits").prefix_with("MATERIALIZED", dialect=dialect)


def _words(dialect: str, terms: tuple[Term, ...]) -> str:
    """Words are letters and digits only, so that none is an operator of either language."""
    if dialect == "sqlite":
        return " ".join(f'"{each.word}"{"*" if each.begins else ""}' for each in terms)
    return " & ".join(f"'{each.word}'{':*' if each.begins else ''}" for each in terms)


def _visible(person: str) -> sa.ColumnElement[bool]:
    """Private incidents exist only for those who are in their channel."""
    member = is_member_of(incident_members.c.incident == incidents.c.id, person)
    return sa.or_(sa.not_(incidents.c.private), member)


def _current() -> sa.ColumnElement[bool]:
    """Not what somebody has corrected since: an entry is found by what it says now."""
    e, newer = entries, entries.alias("newer")
    first = sa.func.coalesce(e.c.corrects, e.c.seq)
    corrected = sa.exists().where(
        newer.c.incident == e.c.incident, newer.c.seq > e.c.seq, newer.c.corrects == first
    )
    return sa.and_(e.c.withdrawn_at.is_(None), sa.not_(corrected))


class SearchTables:
    """See `bot.incidents.found.SearchStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(
        self, workspace: str, person: str, terms: tuple[Term, ...], after: Place | None, limit: int
    ) -> tuple[Hit, ...]:
        dialect = self._connection.dialect.name
        hits, e, i = _hits(dialect), entries, incidents
        key = sa.tuple_(e.c.recorded_at, e.c.incident, e.c.seq)
        asked = (
            sa.select(
                e, i.c.number, i.c.title, i.c.private, i.c.state, i.c.channel.label("of_channel")
            )
            .select_from(
                hits.join(e, sa.and_(e.c.incident == hits.c.incident, e.c.seq == hits.c.seq)).join(
                    i, i.c.id == e.c.incident
                )
            )
            .where(i.c.workspace == workspace, _visible(person), _current())
            .order_by(e.c.recorded_at.desc(), e.c.incident.desc(), e.c.seq.desc())
            .limit(limit)
        )
        if after is not None:
            last = sa.tuple_(
                sa.literal(after.at, UtcTime), sa.literal(after.incident), sa.literal(after.seq)
            )
            asked = asked.where(key < last)
        rows = self._connection.execute(asked, {"words": _words(dialect, terms)})
        return tuple(_hit(row) for row in rows)

    def listed(
        self,
        workspace: str,
        person: str,
        states: tuple[IncidentState, ...],
        below: int | None,
        limit: int,
        *,
        mine: bool = False,
    ) -> tuple[Incident, ...]:
        i = incidents
        asked = sa.select(i).where(i.c.workspace == workspace, _visible(person))
        asked = asked.where(i.c.state.in_([each.value for each in states]))
        if below is not None:
            asked = asked.where(i.c.number < below)
        if mine:
            member = is_member_of(incident_members.c.incident == i.c.id, person)
            asked = asked.where(sa.or_(i.c.commander == person, i.c.declared_by == person, member))
        rows = self._connection.execute(asked.order_by(i.c.number.desc()).limit(limit))
        return tuple(incident_of_row(row) for row in rows)

    def id_of_number(self, workspace: str, person: str, number: int) -> str | None:
        i = incidents
        asked = sa.select(i.c.id).where(i.c.workspace == workspace, i.c.number == number)
        return self._connection.execute(asked.where(_visible(person))).scalar()

    def last_in_channel(self, workspace: str, channel: str) -> str | None:
        i = incidents
        return self._connection.execute(
            sa.select(i.c.id)
            .where(i.c.workspace == workspace, i.c.channel == channel, i.c.channel != "")
            .order_by(i.c.number.desc())
            .limit(1)
        ).scalar()


def _hit(row: Any) -> Hit:
    return Hit(
        incident=row.incident,
        number=row.number,
        title=row.title,
        private=row.private,
        channel=row.of_channel,
        state=IncidentState(row.state),
        seq=row.seq,
        kind=Kind(row.kind),
        actor=row.actor,
        at=row.at,
        recorded_at=row.recorded_at,
        text=row.text,
        investigation=row.investigation,
    )
