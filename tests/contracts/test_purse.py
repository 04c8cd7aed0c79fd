"""When the next unasked DM may go, from what the ledger and the record hold, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Draws
from bot.deliveries.model import Planned, Sent
from bot.workspace.model import Person
from bot.workspace.purse import AFTER_NIGHT, APART, PROMPT, dm, earliest
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.values import entry, incident

DAY = datetime(2028, 3, 1, 12, 0, tzinfo=UTC)  # noon in Lisbon
HOUR = timedelta(hours=1)


@pytest.fixture
async def ana(db: SqlDatabase, workspace: str) -> Person:
    made = Person(workspace, "U1", "Ana", "Europe/Lisbon")
    await db.run(lambda tx: tx.workspace.save_person(made))
    return made


async def may_go(db: SqlDatabase, person: Person, now: datetime = DAY) -> datetime:
    return await db.run(lambda tx: earliest(tx, person, now))


async def plan(db: SqlDatabase, *planned: Planned) -> None:
    def work(tx: Tx) -> None:
        for each in planned:
            tx.deliveries.plan(each, each.due)

    await db.run(work)


async def test_nothing_went_so_one_may_go(db: SqlDatabase, ana: Person) -> None:
    assert await may_go(db, ana) == DAY


async def test_what_is_planned_counts_before_it_has_gone(db: SqlDatabase, ana: Person) -> None:
    """So that the second of two plans in a row waits, and the third waits for the morning."""
    for number in range(3):
        at = await may_go(db, ana)
        assert at == (DAY, DAY + APART, datetime(2028, 3, 2, 9, 0, tzinfo=UTC))[number]
        await plan(db, dm(ana, "follow_up.due", at, str(number)))


async def test_what_went_counts_from_when_it_went_and_what_was_missed_does_not(
    db: SqlDatabase, ana: Person
) -> None:
    first = dm(ana, "follow_up.due", DAY - 3 * HOUR)
    await plan(db, first, replace(dm(ana, "digest.ask", DAY - HOUR), expires=DAY - HOUR / 2))
    late = DAY - HOUR / 3

    def send(tx: Tx) -> None:
        (claimed,) = tx.deliveries.claim([ana.workspace], late, 5, 60.0)
        assert tx.deliveries.finish(claimed, Sent("1.0"), late)

    await db.run(send)
    assert await may_go(db, ana) == late + APART


async def test_prompts_are_kept_clear_of_and_not_counted(db: SqlDatabase, ana: Person) -> None:
    prompts = [dm(ana, f"{PROMPT}.ask", DAY + each * HOUR / 6, str(each)) for each in (-9, -5, 1)]
    await plan(db, *prompts)
    assert await may_go(db, ana) == DAY + HOUR / 6 + HOUR / 4


async def test_others_and_other_workspaces_do_not_count(
    db: SqlDatabase, ana: Person, other_workspace: str
) -> None:
    strange = replace(ana, workspace=other_workspace)
    await plan(db, dm(replace(ana, id="U12"), "x", DAY), dm(strange, "x", DAY))
    assert await may_go(db, ana) == DAY


@pytest.mark.parametrize(
    ("first", "last", "wait"),
    [(2, 3, True), (5, 9, True), (8, 10, False)],
)
async def test_a_night_in_an_incident_is_slept_off(
    db: SqlDatabase, ana: Person, draws: Draws, first: int, last: int, *, wait: bool
) -> None:
    made = incident(ana.workspace, draws.token())
    times = [DAY.replace(hour=hour) for hour in (first, last)]
    now = times[1] + HOUR

    def work(tx: Tx) -> None:
        tx.incidents.add(made, entry())
        for person in (ana.id, "U2"):
            tx.members.joined(made.id, person, times[0])
        for at in times:
            tx.activity.seen(made.id, ana.id, "", at, 1)

    await db.run(work)
    assert await may_go(db, ana, now) == (times[1] + AFTER_NIGHT if wait else now)
    assert await may_go(db, replace(ana, id="U2"), now) == now
