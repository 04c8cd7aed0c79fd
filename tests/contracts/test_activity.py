"""ActivityStore and AskingStore on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import Draws
from bot.incidents.asked import Activity, Asking, first_seen, last_seen
from bot.incidents.model import Change, Incident, Kind, Outcome
from storage.engine import SqlDatabase
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, TICK, action, entry, incident

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def one(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    made = incident(workspace, draws.token())
    await db.run(lambda tx: tx.incidents.add(made, entry(text=made.title)))
    return made


async def test_activity_keeps_first_last_and_lines(db: SqlDatabase, one: Incident) -> None:
    told = [("U1", "", 0, 2), ("U2", "1.2", 1, 1), ("U1", "", 3, 1), ("U1", "1.2", 2, 0)]
    for person, thread, minutes, lines in told:
        at = NOW + minutes * MINUTE
        await db.run(
            lambda tx, p=person, t=thread, a=at, n=lines: tx.activity.seen(one.id, p, t, a, n)  # type: ignore[misc]
        )

    rows = await db.read(lambda tx: tx.activity.activity(one))

    assert rows == (
        Activity("U1", "", NOW, NOW + 3 * MINUTE, 3),
        Activity("U2", "1.2", NOW + MINUTE, NOW + MINUTE, 1),
        Activity("U1", "1.2", NOW + 2 * MINUTE, NOW + 2 * MINUTE, 0),
    )
    assert first_seen(rows) == {"U1": NOW, "U2": NOW + MINUTE}
    assert last_seen(rows) == {"U1": NOW + 3 * MINUTE, "U2": NOW + MINUTE}


async def test_what_comes_late_does_not_turn_the_clock_back(db: SqlDatabase, one: Incident) -> None:
    for at in (NOW + MINUTE, NOW):
        await db.run(lambda tx, a=at: tx.activity.seen(one.id, "U1", "", a, 1))  # type: ignore[misc]

    (row,) = await db.read(lambda tx: tx.activity.activity(one))

    assert (row.first_at, row.last_at, row.lines) == (NOW, NOW + MINUTE, 2)


async def test_a_question_and_what_became_of_it(db: SqlDatabase, one: Incident) -> None:
    asked = Asking("action.host", "7", NOW, "U1", "1700000000.000100")
    await db.run(lambda tx: tx.askings.put(one, asked))
    await db.run(lambda tx: tx.askings.put(one, replace(asked, about="8", asked_at=NOW - TICK)))
    await db.run(lambda tx: tx.askings.put(one, replace(asked, purpose="other")))

    answered = replace(asked, answer="🧯", answered_by="U2", answered_at=NOW + SECOND)
    await db.run(lambda tx: tx.askings.put(one, answered))

    found = await db.read(lambda tx: tx.askings.askings(one, "action.host"))
    assert [each.about for each in found] == ["8", "7"]
    assert await db.read(lambda tx: tx.askings.asking(one, "action.host", "7")) == answered
    assert await db.read(lambda tx: tx.askings.asking(one, "action.host", "9")) is None
    assert (asked.waits, answered.waits) == (True, False)


async def test_an_action_is_found_also_when_it_has_ended(db: SqlDatabase, one: Incident) -> None:
    running, ended = action(1), action(2, Outcome.FAILED)
    change = Change(replace(one, running=(running,)), (), (), (ended,))
    await db.run(lambda tx: tx.incidents.save(one, change))

    for each in (running, ended):
        number = each.number
        assert await db.read(lambda tx, n=number: tx.askings.action(one, n)) == each  # type: ignore[misc]
    assert await db.read(lambda tx: tx.askings.action(one, 3)) is None


async def test_the_first_entry_of_a_kind_since(db: SqlDatabase, one: Incident) -> None:
    said = [
        entry(2, NOW, kind=Kind.SEEING),
        entry(3, NOW + SECOND, kind=Kind.NOTE),
        entry(4, NOW + SECOND, kind=Kind.SEEING),
        entry(5, NOW + 2 * SECOND, kind=Kind.SEEING),
    ]
    await db.run(lambda tx: tx.incidents.save(one, Change(one, tuple(said))))

    found = await db.read(lambda tx: tx.askings.first_entry(one, Kind.SEEING, NOW))
    assert found == said[2]
    late = NOW + MINUTE
    assert await db.read(lambda tx: tx.askings.first_entry(one, Kind.SEEING, late)) is None


async def test_nothing_of_another_incident_is_found(
    db: SqlDatabase, one: Incident, other_workspace: str, draws: Draws
) -> None:
    other = incident(other_workspace, draws.token())
    await db.run(lambda tx: tx.incidents.add(other, entry(text=other.title)))
    await db.run(lambda tx: tx.activity.seen(one.id, "U1", "", NOW, 1))
    await db.run(lambda tx: tx.askings.put(one, Asking("p", "1", NOW)))
    await db.run(lambda tx: tx.incidents.save(one, Change(replace(one, running=(action(1),)))))

    assert await db.read(lambda tx: tx.activity.activity(other)) == ()
    assert await db.read(lambda tx: tx.askings.askings(other, "p")) == ()
    assert await db.read(lambda tx: tx.askings.action(other, 1)) is None
