"""Finding and listing on both databases: the same words find the same entries."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.clock import Draws
from bot.incidents.found import Found, Hit, Place, terms_of
from bot.incidents.model import Change, Entry, Incident, IncidentState, Kind
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, incident

TEXTS = (
    "Replication to db2 has stopped",
    "restarted db1.cluster.gitlab.com with more WAL senders",
    "the GRAPH is flat: p99 at 9 s",
    "Größe überschritten <db3> & more",
    "data base, not database",
    "path /var/lib/pg_wal is full",
    "שלום עולם",
    "ο λόγος",
)


@pytest.fixture
async def root(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    """An incident with one entry for each of the texts, a second apart."""
    made = incident(workspace, draws.token())
    told = [_entry(seq, text) for seq, text in enumerate(TEXTS, 1)]

    def work(tx: Tx) -> None:
        tx.incidents.add(made, told[0])
        tx.incidents.save(made, Change(made, tuple(told[1:])))

    await db.run(work)
    return made


def _entry(seq: int, text: str) -> Entry:
    at = NOW + seq * SECOND
    return Entry(seq, Kind.NOTE, "U1", at, at, text)


async def texts(db: SqlDatabase, workspace: str, words: str, person: str = "U1") -> list[str]:
    terms = terms_of(words)
    found = await db.read(lambda tx: tx.search.find(workspace, person, terms, None, 50))
    return [each.text for each in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("replication", (0,)),
        ("REPLIC stop", (0,)),
        ("db2", (0,)),
        ("db", ()),
        ("db1", (1,)),
        ("gitlab.com", (1,)),
        ("graph flat", (2,)),
        ("p99", (2,)),
        ("größe", (3,)),
        ("<db3>", (3,)),
        ("database", (4,)),
        ("pg_wal", (5,)),
        ("/var/lib", (5,)),
        ("שלום", (6,)),
        ("λόγος", (7,)),
        # Of a letter younger than the table of letters in SQLite.
        ("a\U0001e900b", ()),
        ("a1\U0001e900b", ()),
        ("' OR 1=1 --", ()),
        ('graph" OR "db2', ()),
        ("wal", (5, 1)),
    ],
)
async def test_words_find_entries(
    db: SqlDatabase, workspace: str, root: Incident, words: str, found: tuple[int, ...]
) -> None:
    assert root.workspace == workspace
    assert await texts(db, workspace, words) == [TEXTS[place] for place in found]


async def test_a_text_that_changes_is_found_by_what_it_is_now(
    db: SqlDatabase, workspace: str, root: Incident, engine: sa.Engine
) -> None:
    changed = "UPDATE entries SET text = :new WHERE incident = :i AND seq = 1"
    with engine.begin() as connection:
        connection.execute(sa.text(changed), {"new": "withdrawn", "i": root.id})
    assert await texts(db, workspace, "replication") == []
    assert await texts(db, workspace, "withdrawn") == ["withdrawn"]
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM incidents WHERE id = :i"), {"i": root.id})
    assert await texts(db, workspace, "graph") == []


async def test_a_corrected_entry_is_one_hit_and_is_found_by_what_it_says_now(
    db: SqlDatabase, workspace: str, root: Incident
) -> None:
    newer = [
        replace(_entry(seq, f"the graph is {how}"), corrects=3)
        for seq, how in ((9, "steep"), (10, "a cliff"))
    ]
    await db.run(lambda tx: tx.incidents.save(root, Change(root, tuple(newer))))
    assert await texts(db, workspace, "graph") == ["the graph is a cliff"]
    assert await texts(db, workspace, "graph flat") == []
    assert await texts(db, workspace, "steep") == []
    gone = tuple(replace(each, text="", withdrawn_at=NOW) for each in newer)
    removed = replace(_entry(3, ""), withdrawn_at=NOW)
    await db.run(lambda tx: tx.incidents.save(root, Change(root, withdrawn=(removed, *gone))))
    assert await texts(db, workspace, "graph") == []
    assert await texts(db, workspace, "database") == [TEXTS[4]]


async def test_pages_follow_each_other_and_end(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    """Also where many entries have one time: the key goes on below it."""
    made = incident(workspace, draws.token())
    told = [replace(_entry(seq, f"needle {seq}"), recorded_at=NOW) for seq in range(1, 24)]

    def work(tx: Tx) -> None:
        tx.incidents.add(made, told[0])
        tx.incidents.save(made, Change(made, tuple(told[1:])))

    await db.run(work)
    seen: list[Hit] = []
    page = Found((), None)
    while not seen or page.more:
        hits = await _page(db, workspace, page.more)
        seen += hits
        page = Found(hits, hits[-1].place if len(hits) == FIVE else None)
    assert [each.seq for each in seen] == list(range(23, 0, -1))


async def _page(db: SqlDatabase, workspace: str, after: Place | None) -> tuple[Hit, ...]:
    terms = terms_of("needle")
    return await db.read(lambda tx: tx.search.find(workspace, "U1", terms, after, FIVE))


FIVE = 5


async def test_private_incidents_are_their_members(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    made = incident(workspace, draws.token(), private=True, commander="U2", title="keys leaked")

    def work(tx: Tx) -> None:
        tx.incidents.add(made, _entry(1, "keys leaked"))
        tx.members.joined(made.id, "U1", NOW)

    await db.run(work)
    assert await texts(db, workspace, "leaked") == ["keys leaked"]
    assert await texts(db, workspace, "leaked", "U2") == []
    assert await _numbers(db, workspace, "U1") == [1]
    assert await _numbers(db, workspace, "U2") == []
    assert await db.read(lambda tx: tx.search.id_of_number(workspace, "U2", 1)) is None
    assert await db.read(lambda tx: tx.members.member_of(workspace, "U1")) == {made.id}
    await db.run(lambda tx: tx.members.left(made.id, "U1", NOW + SECOND))
    assert await texts(db, workspace, "leaked") == []


async def test_nothing_is_found_next_door(
    db: SqlDatabase, workspace: str, other_workspace: str, root: Incident
) -> None:
    assert await texts(db, other_workspace, "replication") == []
    assert await db.read(lambda tx: tx.search.id_of_number(other_workspace, "U1", 1)) is None
    last = await db.read(lambda tx: tx.search.last_in_channel(other_workspace, root.channel))
    assert last is None
    assert await _numbers(db, other_workspace, "U1") == []


async def _numbers(db: SqlDatabase, workspace: str, person: str) -> list[int]:
    states = tuple(IncidentState)
    found = await db.read(lambda tx: tx.search.listed(workspace, person, states, None, 9))
    return [each.number for each in found]


async def test_mine_are_those_i_declared_command_or_am_in(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    def work(tx: Tx) -> None:
        for number, who in enumerate(({"declared_by": "U9"}, {"commander": "U9"}, {}, {}), 1):
            made = incident(workspace, f"{workspace}-{number}", number=number, **who)
            tx.incidents.add(made, _entry(1, "x"))
        tx.members.joined(f"{workspace}-3", "U9", NOW)

    await db.run(work)
    states = tuple(IncidentState)
    found = await db.read(lambda tx: tx.search.listed(workspace, "U9", states, None, 9, mine=True))
    assert [each.number for each in found] == [3, 2, 1]
    below = await db.read(lambda tx: tx.search.listed(workspace, "U9", states, 3, 1))
    assert [each.number for each in below] == [2]


async def test_members_come_and_go_in_any_order(
    db: SqlDatabase, workspace: str, root: Incident
) -> None:
    await db.run(lambda tx: tx.members.joined(root.id, "U1", NOW))
    await db.run(lambda tx: tx.members.joined(root.id, "U1", NOW + SECOND))
    (one,) = await db.read(lambda tx: tx.members.members(root.id))
    assert (one.person, one.joined_at) == ("U1", NOW)
    await db.run(lambda tx: tx.members.left(root.id, "U1", NOW - SECOND))
    assert await db.read(lambda tx: tx.members.is_member(root.id, "U1"))
    await db.run(lambda tx: tx.members.left(root.id, "U1", NOW + 2 * SECOND))
    await db.run(lambda tx: tx.members.joined(root.id, "U1", NOW + SECOND))
    assert not await db.read(lambda tx: tx.members.is_member(root.id, "U1"))
    await db.run(lambda tx: tx.members.joined(root.id, "U1", NOW + 3 * SECOND))
    (one,) = await db.read(lambda tx: tx.members.members(root.id))
    assert one.joined_at == NOW + 3 * SECOND
