"""The page as it is shipped, in this process, and browsers that look at it.

A `Demo` is what `parallax demo` serves: the page, a workspace and the real bot. A `Sight` is how
somebody looks at it, on a desk or in a hand, and a `Watch` sees what must never happen on a page.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from bot.clock import FlowingClock
from bot.demo import VOCABULARY, address
from bot.director import Director, reel
from bot.drills import default_recordings
from bot.sandbox.page.server import PageServer
from bot.sandbox.state import Channel, Message
from bot.sandbox.workspace import Sandbox

EMPTY = "empty"
OUR_SCHEMES = {"data", "blob"}
STEP = timedelta(seconds=0.5)
STEPS_APART = 0.05

# Kept by the page itself, so that a test of the keyboard cannot use a mouse without its knowledge.
COUNTS_POINTERS = """
window.pointed = 0;
for (const kind of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(kind, () => (window.pointed += 1), true);
"""


class Demo:
    """The page at `url`, and what is behind it; `beat` lets a recording's next moment come."""

    def __init__(self, name: str) -> None:
        self._beats = asyncio.Semaphore(0)
        self.director = Director(reel(name), default_recordings(), paused=True, rest=self._rest)
        self.url = ""

    @property
    def sandbox(self) -> Sandbox:
        return self.director.shown.sandbox

    @property
    def general(self) -> Channel:
        """Where everybody is."""
        found = self.sandbox.workspace.channel_named("general")
        assert found is not None
        return found

    def said(self, text: str) -> list[Message]:
        """The messages of people that hold this text, wherever they are."""
        channels = self.sandbox.workspace.channels.values()
        every = [message for channel in channels for message in channel.messages]
        return [each for each in every if text in each.text and not each.bot_id]

    def beat(self) -> None:
        """End one pause between two moments."""
        self._beats.release()

    async def bot_starts(self) -> None:
        await self.director.starts()

    async def bot_dies(self) -> None:
        """As if it were killed: the workspace and the page stay."""
        await self.director._on_stage.stops()  # noqa: SLF001 - nothing on the page can do this

    async def hurries(self) -> None:
        """Slack takes a message a second; here domain time runs ten times as fast as ours."""
        clock = self.sandbox.world.clock
        assert isinstance(clock, FlowingClock)
        while True:
            await asyncio.sleep(STEPS_APART)
            clock.advance(clock.now() + STEP)

    async def _rest(self, _seconds: float) -> None:
        await self._beats.acquire()


@asynccontextmanager
async def a_demo(name: str = EMPTY, *, bot: bool = True) -> AsyncIterator[Demo]:
    """Serve the page for a recording, or for an empty workspace with Ana, Bo and Cleo in it."""
    demo = Demo(name)
    await demo.director.opens()
    server = PageServer(demo.director, VOCABULARY)
    try:
        demo.url = address(await server.start())
        if bot:
            await demo.bot_starts()
        async with _meanwhile(demo.hurries()) if name == EMPTY else nullcontext():
            yield demo
    finally:
        await server.stop()
        await demo.director.closes()


@asynccontextmanager
async def _meanwhile(doing: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(doing)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# -- how one looks at it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sight:
    """A screen: its name, its size, whether it is touched, and its colours."""

    name: str
    width: int
    height: int
    touch: bool = False
    dark: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it shows one part of the page at a time."""
        return self.width < 700

    @property
    def size(self) -> ViewportSize:
        return {"width": self.width, "height": self.height}


DESK = Sight("desk", 1280, 800)
PHONE = Sight("phone", 390, 844, touch=True)
DARK_DESK = Sight("dark-desk", 1280, 800, dark=True)
DARK_PHONE = Sight("dark-phone", 390, 844, touch=True, dark=True)


@dataclass
class Watch:
    """What a page did that it must not, and what it asked for."""

    host: str
    context: BrowserContext
    pages: list[Page] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._requested)
        self.context.on("console", self._printed)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("page", self._opened)

    def checks_itself(self) -> None:
        """No request to another host, no word of complaint, no box that nobody asked for."""
        assert self.elsewhere == []
        assert self.complaints == []

    def _opened(self, page: Page) -> None:
        self.pages.append(page)
        page.on("dialog", lambda dialog: self.complaints.append(f"{dialog.type} {dialog.message}"))

    def _requested(self, request: Request) -> None:
        found = urlsplit(request.url)
        if found.netloc != self.host and found.scheme not in OUR_SCHEMES:
            self.elsewhere.append(request.url)

    def _printed(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)
