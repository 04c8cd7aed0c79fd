"""The page's main states, each reached as somebody would: for accessibility, and for pictures.

All of them are states of one workspace, in the middle of a recorded incident.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.sandbox.screens import Screens
from tests.browser.stage import Demo, a_demo
from tests.browser.viewer import Viewer

RECORDED = "buildkite-2025"
MIDDLE = 12  # of its moments: four threads are open

Reach = Callable[[Viewer], Awaitable[None]]


async def channel(viewer: Viewer) -> None:
    """An incident that is looked into, from its end."""
    await viewer.sees_on_board("true at")


async def board(viewer: Viewer) -> None:
    """The board, with its buttons and its list."""
    await channel(viewer)
    await viewer.board.scroll_into_view_if_needed()


async def thread(viewer: Viewer) -> None:
    await viewer.opens_thread(re.compile("thread: "))


async def modal(viewer: Viewer) -> None:
    """A form with a field that was refused."""
    await viewer.presses("New thread", viewer.board)
    await viewer.fills(re.compile("^Decide again by"), "soonish")
    await viewer.fills("What could it be, or what could help?", "the index was dropped too early")
    await viewer.presses("Open it", viewer.modal)
    await viewer.modal.get_by_text("can't read that as a time").wait_for()


async def choices(viewer: Viewer) -> None:
    """A form with lists, one of them open."""
    await viewer.tries("/log")
    await viewer.hands.press(viewer.modal.get_by_role("combobox", name="As", exact=True))
    await viewer.page.get_by_role("option").first.wait_for()


async def menu(viewer: Viewer) -> None:
    """What can be done with a message."""
    await viewer.page.keyboard.press("k")
    await viewer.page.keyboard.press("Enter")
    await viewer.presses("More actions", viewer.talk)
    await viewer.page.get_by_role("menu").wait_for()


async def home(viewer: Viewer) -> None:
    await viewer.goes_to("Parallax")
    await viewer.page.get_by_role("heading", level=1, name="Parallax").wait_for()
    await viewer.page.get_by_text("Only you see this").wait_for()


async def switcher(viewer: Viewer) -> None:
    """Everybody one can be."""
    await viewer.hands.press(viewer.page.get_by_role("button", name=re.compile("^You are ")))
    await viewer.page.get_by_role("menu").wait_for()


async def strip(viewer: Viewer) -> None:
    """The recordings there are."""
    await viewer.presses(re.compile("^Recording: "), viewer.strip)
    await viewer.page.get_by_role("menu").wait_for()


async def offers(viewer: Viewer) -> None:
    """What a command's beginning offers."""
    await viewer.hands.write(viewer.box, "/inc")
    await viewer.page.get_by_role("option").first.wait_for()


async def jump(viewer: Viewer) -> None:
    await viewer.page.keyboard.press("Control+k")
    await viewer.page.get_by_role("dialog", name="Jump to").wait_for()


STATES: dict[str, Reach] = {
    each.__name__: each
    for each in (channel, board, thread, modal, choices, menu, home, switcher, strip, offers, jump)
}


@asynccontextmanager
async def in_the_middle() -> AsyncIterator[Demo]:
    """A recording, played to where all of the states can be reached."""
    async with a_demo(RECORDED) as demo:
        await demo.director.order("seek", MIDDLE)
        yield demo


def put_away(demo: Demo) -> None:
    """Close what one state has left open, before the next."""
    for person in list(demo.sandbox.workspace.stacks):
        Screens(demo.sandbox.world).clear(person)
