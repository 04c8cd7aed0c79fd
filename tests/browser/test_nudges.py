"""A question on the page: it comes, its menu does the thing, people turn it off, quiet ends it."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.clock import FlowingClock
from bot.incidents.nudges_model import Nudge
from tests.browser.conftest import PATIENCE_MS, Visit
from tests.browser.stage import PHONE, Demo
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLE = "replication to db2 has stopped"
ASKED = re.compile("A question, not an alarm")
ALONE = "everything has gone into one thread: 1 · rebuild db2"
A_MINUTE = timedelta(minutes=1)


async def passes(demo: Demo, minutes: int) -> None:
    """Domain time goes on, slowly enough for what is due on the way."""
    clock = demo.sandbox.world.clock
    assert isinstance(clock, FlowingClock)
    for _ in range(minutes):
        clock.advance(clock.now() + A_MINUTE)
        await asyncio.sleep(0.1)


async def asks(viewer: Viewer, where: str) -> None:
    """Ana is an admin, and says where questions go; then she declares."""
    await viewer.tries(f"/incident settings: nudges {where}")
    await viewer.sees(re.compile(f"nudges is {where} now|says so already"))
    await viewer.tries(f"/incident {TITLE}")
    await viewer.is_in("#inc-0001")
    await viewer.sees_on_board("Command: ana")
    await viewer.says("thread: rebuild db2")
    await viewer.sees_on_board("1 · rebuild db2")
    # On a slow machine domain time runs away; while this runs, somebody is on that thread.
    await viewer.says("doing: base copy db1 to db2, in 300 min")
    await viewer.sees_on_board("Doing: base copy")


async def kept(demo: Demo) -> tuple[Nudge, ...]:
    """Every question there was, as it is kept."""
    bot = demo.director._on_stage._bot  # noqa: SLF001 - no page shows what is hidden
    assert bot is not None
    (opened,) = await bot.db.read(lambda tx: tx.incidents.open_ones(bot.workspace.id))
    return await bot.db.read(lambda tx: tx.nudges.nudges(opened))


async def pictured(viewer: Viewer, folder: Path | None, name: str) -> None:
    """Draw it by day and by night, if pictures were asked for."""
    if folder is None:
        return
    await viewer.message(ASKED).scroll_into_view_if_needed()
    for colours in ("light", "dark"):
        await viewer.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        path = folder / f"{name}-{viewer.sight.name}-{colours}.png"
        await viewer.page.screenshot(path=path, animations="disabled")
    await viewer.page.emulate_media(color_scheme="light")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures go, if any are asked for."""
    asked = request.config.getoption("--screenshots")
    return Path(asked) if asked else None


async def test_a_question_comes_and_is_answered_and_turned_off(
    demo: Demo, visit: Visit, folder: Path | None
) -> None:
    viewer = await visit(demo)
    await asks(viewer, "channel")
    await passes(demo, 11)
    card = viewer.message(ASKED)
    await expect(card).to_contain_text(ALONE)
    await expect(card).to_contain_text("What would we see if it cannot work, and who looks?")
    await viewer.sees_on_board("◇ the only one that is worked on")
    await pictured(viewer, folder, "nudge-card")

    await viewer.becomes("bo")
    await viewer.goes_to("#inc-0001")
    await viewer.presses("Join the channel")
    await viewer.box.wait_for()
    await viewer.chooses(re.compile("I'll look at"), "logs", viewer.message(ASKED))
    await viewer.sees("one thread only. bo looks at 2 · logs")
    await viewer.sees_on_board("2 · logs · bo")
    await expect(viewer.talk.get_by_role("article").filter(has_text=ASKED)).to_have_count(0)

    await passes(demo, 31)
    await viewer.sees("nobody has looked at what changed.")
    await viewer.presses("Not useful", viewer.message(ASKED))
    await expect(viewer.message(ASKED)).to_contain_text("One of you does not find this useful")
    await pictured(viewer, folder, "nudge-one-finds-it-useless")
    await viewer.becomes("ana")
    await viewer.goes_to("#inc-0001")
    await viewer.presses("Not useful", viewer.message(ASKED))
    await viewer.sees("Two of you found it not useful")

    await viewer.tries("/incident quiet")
    await viewer.sees_on_board("Questions are off here (ana, ")
    if folder:
        await viewer.page.screenshot(path=folder / "nudge-quiet-desk.png")
    asked = len(await kept(demo))
    await passes(demo, 60)
    assert len(await kept(demo)) == asked
    await expect(viewer.talk.get_by_role("article").filter(has_text=ASKED)).to_have_count(0)
    await viewer.presses("Ask again", viewer.board)
    await expect(viewer.board).not_to_contain_text("Questions are off")


async def test_on_a_phone_it_is_answered_with_a_tap(
    demo: Demo, visit: Visit, folder: Path | None
) -> None:
    viewer = await visit(demo, PHONE)
    await asks(viewer, "channel")
    await passes(demo, 11)
    await expect(viewer.message(ASKED)).to_contain_text(ALONE)
    await pictured(viewer, folder, "nudge-card")
    await viewer.presses("Already checked", viewer.message(ASKED))
    await viewer.sees("one thread only. Already checked (ana")


async def test_whoever_commands_is_asked_alone(
    demo: Demo, visit: Visit, folder: Path | None
) -> None:
    viewer = await visit(demo, PHONE)
    await asks(viewer, "commander")
    await passes(demo, 11)
    await viewer.goes_to("Parallax")
    await viewer.page.get_by_text("only you see this").first.wait_for(state="attached")
    if folder:
        await viewer.page.screenshot(path=folder / "nudge-commander-phone.png")


async def test_shadow_shows_nothing_and_records_the_same(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo)
    await asks(viewer, "shadow")
    await passes(demo, 12)
    for _ in range(PATIENCE_MS // 1000):
        if await kept(demo):
            break
        await asyncio.sleep(1)
    (nudge,) = await kept(demo)
    assert nudge.shadow
    assert [each.kind.value for each in nudge.signals] == ["single_line"]
    await viewer.says("anything?")
    await viewer.sees("anything?")
    await expect(viewer.talk.get_by_role("article").filter(has_text=ASKED)).to_have_count(0)
    await expect(viewer.board).not_to_contain_text("◇")
