"""What a volunteer is shown of exports, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Draws
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Made, Wanted
from bot.sampling.export_files import Format
from bot.sampling.exporting import Exporting
from storage.engine import SqlDatabase
from tests.contracts.review_values import ANALYST, AT, OWNER, erase
from tests.contracts.reviewing import Desk, opened

DIGEST = "ab" * 32


@pytest.fixture
async def desk(db: SqlDatabase, workspace: str, draws: Draws) -> Desk:
    return await opened(db, workspace, draws)


async def exported(desk: Desk) -> None:
    await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    made = Made(Path("out"), (), {"signals": 60}, DIGEST)
    wanted = Wanted(Bundle.READER, Format.CSV)
    await desk.exporting.record(allowed, made, wanted, AT + timedelta(minutes=5))


async def test_every_volunteer_is_shown_the_grant_and_the_export(desk: Desk) -> None:
    await exported(desk)
    for number in range(6):
        (shown,) = await desk.exporting.shared(desk.by(f"UV{number}"))
        assert shown.title == "What gets in the way"
        assert [(each.owner, each.analyst) for each in shown.grants] == [(OWNER, ANALYST)]
        assert [(e.person, e.on, e.digest) for e in shown.looks] == [(ANALYST, AT.date(), DIGEST)]


async def test_reading_is_no_export(desk: Desk) -> None:
    await desk.reviewing.queue(desk.by("UREADER"), desk.id)
    (shown,) = await desk.exporting.shared(desk.by("UV0"))
    assert (shown.grants, shown.looks) == ((), ())


async def test_nobody_else_is_shown_anything(
    desk: Desk, make_db: Callable[..., SqlDatabase], draws: Draws
) -> None:
    await exported(desk)
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    for other in (OWNER, ANALYST, "USTRANGER", "UV0"):
        assert await desk.exporting.shared(desk.by(other)) == ()
    assert await Exporting(make_db(key=None), draws).shared(desk.by("UV1")) == ()
