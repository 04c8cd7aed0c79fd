"""SignalStore on both databases."""

from datetime import timedelta

import pytest

from bot.clock import Draws
from bot.incidents.model import Incident
from bot.incidents.signals_model import Seen, Signal, SignalKind
from storage.engine import SqlDatabase
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, TICK, entry, incident

LINE = Signal(
    SignalKind.SINGLE_LINE, 3, NOW, {"since": "2028-02-29T23:48:01.234567Z", "minutes": 10}
)
SHARE = Signal(SignalKind.CONCENTRATION, 1, NOW + TICK, {"share": 0.68, "people": 5})
HAUL = Signal(SignalKind.LONG_HAUL, None, NOW + SECOND, {"minutes": 240}, "U1")


@pytest.fixture
async def one(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    made = incident(workspace, draws.token())
    await db.run(lambda tx: tx.incidents.add(made, entry(text=made.title)))
    return made


async def begins(db: SqlDatabase, one: Incident, signal: Signal, seconds: int = 0) -> None:
    await db.run(lambda tx: tx.signals.begins(one, signal, NOW + seconds * SECOND))


async def ends(db: SqlDatabase, one: Incident, signal: Signal, seconds: int = 0) -> None:
    await db.run(lambda tx: tx.signals.ends(one, signal, NOW + seconds * SECOND))


async def seen(db: SqlDatabase, one: Incident) -> tuple[Seen, ...]:
    return await db.read(lambda tx: tx.signals.signals(one))


async def test_signals_come_back_whole_in_the_order_in_which_they_held(
    db: SqlDatabase, one: Incident
) -> None:
    for each in (HAUL, LINE, SHARE):
        await begins(db, one, each, 5)
    late = NOW + 5 * SECOND
    assert await seen(db, one) == (Seen(LINE, late), Seen(SHARE, late), Seen(HAUL, late))


async def test_what_is_over_stays_with_when_it_ended(db: SqlDatabase, one: Incident) -> None:
    await begins(db, one, LINE)
    await begins(db, one, HAUL)
    await ends(db, one, HAUL, 7)
    assert await seen(db, one) == (Seen(LINE, NOW), Seen(HAUL, NOW, NOW + 7 * SECOND))


async def test_the_same_from_the_same_moment_is_kept_once_and_goes_on(
    db: SqlDatabase, one: Incident
) -> None:
    await begins(db, one, LINE)
    await ends(db, one, LINE, 3)
    await begins(db, one, LINE, 9)
    assert await seen(db, one) == (Seen(LINE, NOW),)


async def test_the_same_from_another_moment_is_another(db: SqlDatabase, one: Incident) -> None:
    again = Signal(LINE.kind, LINE.investigation, NOW + timedelta(hours=1), LINE.evidence)
    await begins(db, one, LINE)
    await ends(db, one, LINE, 3)
    await begins(db, one, again, 3600)
    assert [(each.signal, each.over_at is None) for each in await seen(db, one)] == [
        (LINE, False),
        (again, True),
    ]


async def test_nothing_of_another_incident_is_found_or_ended(
    db: SqlDatabase, one: Incident, other_workspace: str, draws: Draws
) -> None:
    other = incident(other_workspace, draws.token())
    await db.run(lambda tx: tx.incidents.add(other, entry(text=other.title)))
    await begins(db, one, LINE)
    await ends(db, other, LINE, 3)
    assert await seen(db, other) == ()
    assert await seen(db, one) == (Seen(LINE, NOW),)
