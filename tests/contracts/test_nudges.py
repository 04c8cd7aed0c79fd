"""NudgeStore on both databases."""

from dataclasses import replace

import pytest

from bot.clock import Draws
from bot.incidents.model import Incident
from bot.incidents.nudges_model import Judged, Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind
from storage.engine import SqlDatabase
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, TICK, entry, incident

LINE = Signal(SignalKind.SINGLE_LINE, 3, NOW - SECOND, {"minutes": 10, "share": 0.5})
AGAIN = Signal(SignalKind.RECURRENCE, None, NOW + TICK, {"entry": 7}, "7")
BARE = Nudge(1, Rung.CARD, (LINE,), NOW)
FULL = Nudge(
    2,
    Rung.OUTSIDER,
    (AGAIN, LINE),
    NOW + TICK,
    asked_of="U7",
    channel="D1",
    message="1700000000.000100",
    draw=0.123456,
    outcome=NudgeOutcome.NOT_USEFUL,
    answered_by="U8",
    answered_at=NOW + SECOND,
    until=NOW + 1800 * SECOND,
    not_useful=("U8", "U9"),
    shadow=True,
    left=True,
    version=4,
)


@pytest.fixture
async def one(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    return await added(db, workspace, draws)


async def added(db: SqlDatabase, workspace: str, draws: Draws, number: int = 1) -> Incident:
    made = replace(incident(workspace, draws.token()), number=number, channel=f"C{number}")
    await db.run(lambda tx: tx.incidents.add(made, entry(text=made.title)))
    return made


async def put(db: SqlDatabase, root: Incident, *nudges: Nudge) -> None:
    def work(tx: object) -> None:
        for each in nudges:
            tx.nudges.put(root, each)  # type: ignore[attr-defined]

    await db.run(work)


async def kept(db: SqlDatabase, root: Incident) -> tuple[Nudge, ...]:
    return await db.read(lambda tx: tx.nudges.nudges(root))


async def test_they_come_back_whole_in_the_order_in_which_they_were_asked(
    db: SqlDatabase, one: Incident
) -> None:
    await put(db, one, FULL, BARE)
    assert await kept(db, one) == (BARE, FULL)


async def test_what_became_of_one_takes_its_place(db: SqlDatabase, one: Incident) -> None:
    over = BARE.changed(outcome=NudgeOutcome.OVER)
    await put(db, one, BARE, over)
    assert await kept(db, one) == (over,)


async def test_nothing_of_another_incident_is_found_or_changed(
    db: SqlDatabase, one: Incident, other_workspace: str, draws: Draws
) -> None:
    other = await added(db, other_workspace, draws)
    await put(db, one, BARE)
    await put(db, other, replace(BARE, asked_of="U2"))
    assert await kept(db, one) == (BARE,)


async def test_only_what_somebody_judged_counts_and_each_kind_of_a_card(
    db: SqlDatabase, one: Incident, draws: Draws, other_workspace: str
) -> None:
    second = await added(db, one.workspace, draws, 2)
    outside = await added(db, other_workspace, draws)
    acted = replace(BARE, outcome=NudgeOutcome.ACTED)
    useless = replace(FULL, number=3, outcome=NudgeOutcome.MUTED)
    await put(db, one, acted, FULL, useless)
    await put(db, second, acted)
    await put(db, second, *(replace(BARE, number=9 + n, outcome=o) for n, o in enumerate(SILENT)))
    await put(db, outside, acted)
    assert await db.read(lambda tx: tx.nudges.judged(one.workspace)) == (
        Judged(SignalKind.RECURRENCE, 2, 0),
        Judged(SignalKind.SINGLE_LINE, 4, 2),
    )


SILENT = frozenset(NudgeOutcome) - {
    NudgeOutcome.ACTED,
    NudgeOutcome.NOT_USEFUL,
    NudgeOutcome.MUTED,
}


async def test_a_card_about_two_of_a_kind_counts_once(db: SqlDatabase, one: Incident) -> None:
    two = (LINE, replace(LINE, investigation=4))
    await put(db, one, replace(BARE, signals=two, outcome=NudgeOutcome.ACTED))
    found = await db.read(lambda tx: tx.nudges.judged(one.workspace))
    assert found == (Judged(SignalKind.SINGLE_LINE, 1, 1),)
