"""`parallax sandbox`: a workspace on this machine for a bot in another process, and its page."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.clock import SystemClock, SystemDraws
from bot.demo import VOCABULARY, ended_by_signal
from bot.sandbox.page.ports import Order, Shown
from bot.sandbox.page.server import PageServer
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON
from bot.sandbox.workspace import Sandbox
from bot.takes import three_people

AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """Where the sandbox is, and what a bot needs to get in; worth nothing elsewhere."""

    api_url: str
    bot_token: str
    app_token: str
    signing_secret: str
    page: str


class OneShow:
    """The page's director where nothing is played; see `bot.sandbox.page.ports.Director`."""

    def __init__(self, sandbox: Sandbox, viewer: Person) -> None:
        self._shown = Shown(1, sandbox, viewer)

    @property
    def shown(self) -> Shown:
        return self._shown

    def strip(self) -> JSON | None:
        return None

    async def order(self, what: Order, value: object) -> None:  # noqa: ARG002 - the port's
        raise CannotAct("there is nothing to play here")

    def watched(self, new_show: Callable[[], None], new_strip: Callable[[], None]) -> None:
        """Nothing of it ever changes."""

    def seen(self) -> None:
        """Nothing waits for it."""


async def host(port: int, request_url: str, told: Callable[[Told], None]) -> None:
    """Run until told to end. request_url: where the bot listens, in HTTP mode; else sockets.

    Ports: 0 is a free one. Raises OSError if it is taken.
    """
    over, sandbox = ended_by_signal(), Sandbox(SystemClock(), SystemDraws())
    people = three_people(sandbox)
    page = PageServer(OneShow(sandbox, people[0]), VOCABULARY)
    await sandbox.start(port)
    finding = asyncio.create_task(_finds(sandbox, request_url)) if request_url else None
    try:
        told(_told(sandbox, await page.start()))
        await over.wait()
    finally:
        if finding is not None:
            finding.cancel()
        await page.stop()
        await sandbox.stop()


async def _finds(sandbox: Sandbox, url: str) -> None:
    """The bot may come later than its workspace: ask until it answers."""
    while True:
        with suppress(CannotAct):
            return await sandbox.use_http(url)
        await asyncio.sleep(AGAIN_SECONDS)


def _told(sandbox: Sandbox, page: int) -> Told:
    return Told(
        api_url=sandbox.api_url,
        bot_token=sandbox.bot_token,
        app_token=sandbox.app_token,
        signing_secret=sandbox.signing_secret,
        page=f"http://127.0.0.1:{page}",
    )
