"""An incident from the first word to the last, as the page's viewers: mouse, keyboard, phone."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.hands import untouched
from tests.browser.stage import DESK, PHONE, Demo
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLE = "replication to db2 has stopped"
REBUILD = "rebuild db2 from a fresh base copy"


async def test_by_mouse(demo: Demo, visit: Visit) -> None:
    await play(await visit(demo, DESK))


async def test_by_keyboard_alone(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo, DESK, keyboard=True)
    await play(viewer)
    assert await untouched(viewer.page)


async def test_on_a_phone(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo, PHONE)
    await play(viewer)
    assert not await scrolls_sideways(viewer)


async def play(viewer: Viewer) -> None:
    """Ana declares and finds; Bo takes command, hands it to Cleo; it is over, and it is not."""
    await declares(viewer)
    await opens_three_threads(viewer)
    await finds(viewer)
    await goes_wrong_host(viewer)
    await takes_command(viewer)
    await hands_over(viewer)
    await ends_and_begins_again(viewer)


async def declares(viewer: Viewer) -> None:
    await viewer.is_somebody("Ana")
    await viewer.tries(f"/incident {TITLE}")
    await viewer.is_in("#inc-0001")
    await viewer.sees_on_board("Command: ana")


async def opens_three_threads(viewer: Viewer) -> None:
    """Said, by command, and by the form behind the board's button."""
    await viewer.says(f"thread: {REBUILD}")
    await viewer.sees_mark(REBUILD)
    await viewer.says("/thread full disk on db1")
    await viewer.sees_on_board("2 · full disk on db1")
    await viewer.presses("New thread", viewer.board)
    await viewer.fills("What could it be, or what could help?", "spam load on the database")
    await viewer.submits("Open it")
    await viewer.sees_on_board("3 · spam load on the database")


async def finds(viewer: Viewer) -> None:
    """Evidence is said inside the thread, and needs no number there."""
    await viewer.opens_thread("Thread 2")
    await viewer.replies("against: df says 40 %")
    await viewer.sees_mark("df says 40 %", viewer.thread)
    await viewer.closes_thread()


async def goes_wrong_host(viewer: Viewer) -> None:
    await viewer.opens_thread(f"thread: {REBUILD}")
    await viewer.replies("doing: remove the data directory on db2, in 5 min")
    await viewer.sees_in_thread("Type hostname in that shell and paste what it says.")
    await viewer.replies("db1.cluster.gitlab.com")
    await viewer.sees_in_thread("You wrote db2. That shell says db1.")
    await viewer.closes_thread()


async def takes_command(viewer: Viewer) -> None:
    await comes_as(viewer, "Bo")
    await viewer.says("/incident command")
    await viewer.sees_on_board("Command: bo")
    await viewer.chooses("I'm on …", re.compile("^2 · full disk"), viewer.board)
    await viewer.sees_on_board("2 · full disk on db1 · bo")


async def hands_over(viewer: Viewer) -> None:
    """Where it stands, in one message; whoever comes takes command."""
    await viewer.says("/incident handover")
    await viewer.sees("Handover")
    await comes_as(viewer, "Cleo")
    await viewer.says("/incident command")
    await viewer.sees_on_board("Command: cleo")


async def comes_as(viewer: Viewer, name: str) -> None:
    """Be somebody who looks into the incident from outside, and join."""
    await viewer.becomes(name)
    await viewer.is_in("#inc-0001")
    await viewer.presses("Join the channel")


async def ends_and_begins_again(viewer: Viewer) -> None:
    await viewer.says("/incident resolve the copy is complete")
    await viewer.sees_on_board("resolved")
    await viewer.says("/incident reopen")
    await viewer.sees("Reopened at")
    await expect(viewer.board).not_to_contain_text("resolved")


async def scrolls_sideways(viewer: Viewer) -> bool:
    """Whether the page is wider than its screen."""
    script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(await viewer.page.evaluate(script))
