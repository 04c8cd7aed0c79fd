"""A recorded incident on the page: it plays, pauses, is wound back, and anybody joins in."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Figures, Visit
from tests.browser.stage import PHONE, Demo, a_demo
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORT = "buildkite-2026"  # declared, then eight events
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@pytest_asyncio.fixture(loop_scope="session")
async def recorded() -> AsyncIterator[Demo]:
    """A recording that waits to be played, and moves on at `recorded.beat()`."""
    async with a_demo(SHORT) as demo:
        yield demo


async def plays_to(demo: Demo, viewer: Viewer, position: int) -> None:
    """Let one moment after the other come."""
    slider = viewer.strip.get_by_role("slider")
    for at in range(int(await slider.input_value()) + 1, position + 1):
        demo.beat()
        await stands_at(viewer, at)


async def stands_at(viewer: Viewer, position: int) -> None:
    """Wait until the strip says so."""
    slider = viewer.strip.get_by_role("slider", name="Position in the recording")
    said = re.compile(f"^{position} of 9")
    await expect(slider).to_have_attribute("aria-valuetext", said)
    await expect(slider).to_have_value(str(position))


async def pauses(demo: Demo, viewer: Viewer) -> None:
    """Pause, and let go by what it was waiting for."""
    await viewer.pauses()
    await viewer.strip.get_by_role("button", name="Play").wait_for()
    demo.beat()


async def winds_to(viewer: Viewer, position: int) -> None:
    await viewer.winds_to(position)
    await stands_at(viewer, position)


async def test_it_plays_and_pauses(recorded: Demo, visit: Visit) -> None:
    viewer = await visit(recorded)
    await stands_at(viewer, 0)
    await viewer.plays()
    await plays_to(recorded, viewer, 3)
    await viewer.is_in("#inc-")  # whoever only watches is taken along
    await viewer.sees("Prepare an emergency rollback.")
    await pauses(recorded, viewer)
    await stands_at(viewer, 3)


async def test_its_pace_is_chosen_from_a_menu(recorded: Demo, visit: Visit) -> None:
    viewer = await visit(recorded)
    await viewer.presses(re.compile("^Pace: 1×"), viewer.strip)
    await viewer.hands.press(viewer.page.get_by_role("menuitemradio", name="20×"))
    await viewer.strip.get_by_role("button", name=re.compile("^Pace: 20×")).wait_for()
    assert recorded.director.strip()["pace"] == 20


async def test_wound_back_it_is_as_it_was(recorded: Demo, visit: Visit) -> None:
    """The board says what it said then; nothing of later is left."""
    viewer = await visit(recorded)
    await winds_to(viewer, 9)
    await viewer.is_in("#inc-")
    await viewer.sees_on_board("resolved")
    await winds_to(viewer, 3)
    await viewer.sees("Prepare an emergency rollback.")
    await expect(viewer.board).not_to_contain_text("resolved")
    await viewer.strip.get_by_role("button", name="Play").wait_for()


async def test_somebody_joins_in_and_it_goes_on(recorded: Demo, visit: Visit) -> None:
    viewer = await visit(recorded)
    await winds_to(viewer, 4)
    await viewer.becomes("support")
    await viewer.says("thread: is it the renamed column?")
    await viewer.sees_mark("is it the renamed column?")
    await viewer.plays()
    await plays_to(recorded, viewer, 6)
    await viewer.sees("is it the renamed column?")
    await viewer.sees_on_board("is it the renamed column?")


async def test_another_recording_is_loaded(recorded: Demo, visit: Visit) -> None:
    viewer = await visit(recorded, PHONE)
    await viewer.presses(re.compile("^Recording: Buildkite: column renamed"), viewer.strip)
    await viewer.hands.press(viewer.page.get_by_role("menuitemradio", name=re.compile("^GitLab")))
    await viewer.strip.get_by_role("button", name=re.compile("^Recording: GitLab")).wait_for()


async def test_the_first_thing_to_see(recorded: Demo, visit: Visit, figures: Figures) -> None:
    viewer = await visit(recorded)
    painted = await viewer.page.evaluate(FIRST_PAINT)
    figures.append(f"first paint: {painted:.0f} ms")
    assert painted > 0
