"""Where the bot of a journey lives: in the tests' own process, or apart, in one of its own.

`WAY` says which, for the test that runs; the option `--bot` decides (see `conftest`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.clock import Draws, SteppedClock
from bot.compose import Bot, Wiring, running
from bot.metrics import Metrics
from bot.sandbox.workspace import Sandbox
from bot.watch import Watch
from storage.opening import look

SOCKETS = 2
Json = dict[str, Any]


class Lodger(Protocol):
    """A bot that runs, as journeys see it."""

    bot: Bot

    async def idle(self) -> None:
        """Return once nothing is under way, at Slack or in the bot."""
        ...

    def is_cut_off_after_commits(self) -> None:
        """From the next envelope on commits stand, and their acks reach nobody."""
        ...

    async def loses_lines(self) -> None:
        """Nobody can reach it any more."""
        ...

    async def loses_database(self) -> None:
        """It can neither read nor write any more."""
        ...

    def watched(self) -> AbstractAsyncContextManager[str]:
        """Where its /health and /metrics are."""
        ...

    async def takes(self, body: Json) -> str:
        """A payload, whatever is in it; what the bot answers."""
        ...

    def logged(self) -> list[Json]:
        """What it logged, where this process does not see it; also after its end."""
        ...


class Way(Protocol):
    """One way to have a bot."""

    def clock(self, start: datetime) -> SteppedClock:
        """The time of everybody."""
        ...

    async def opens(self, sandbox: Sandbox) -> None:
        """Have the workspace listen."""
        ...

    def lodges(
        self, sandbox: Sandbox, wiring: Wiring, clock: SteppedClock, draws: Draws
    ) -> AbstractAsyncContextManager[Lodger]:
        """Have the bot run, connected."""
        ...


WAY: ContextVar[Way] = ContextVar("WAY")


class Inside:
    """In this process, over sockets."""

    def clock(self, start: datetime) -> SteppedClock:
        return SteppedClock(start)

    async def opens(self, sandbox: Sandbox) -> None:
        await sandbox.start()

    @asynccontextmanager
    async def lodges(
        self, sandbox: Sandbox, wiring: Wiring, clock: SteppedClock, draws: Draws
    ) -> AsyncIterator[Lodger]:
        async with running(wiring, clock, draws) as bot:
            await sandbox.connected(SOCKETS)
            yield _Here(bot, sandbox, clock)


@dataclass(slots=True)
class _Here:
    bot: Bot
    sandbox: Sandbox
    clock: SteppedClock

    async def idle(self) -> None:
        await self.sandbox.idle()

    def is_cut_off_after_commits(self) -> None:
        loop = asyncio.get_running_loop()

        def cut() -> None:
            loop.call_soon_threadsafe(self.sandbox.drop)

        # Called between the commit and whatever follows from it.
        self.bot.db.on_planned = cut

    async def loses_lines(self) -> None:
        for each in self.bot.sockets:
            await each.close()

    async def loses_database(self) -> None:
        self.bot.db.close()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[str]:
        schema = look(self.bot.db.url.render_as_string(hide_password=False))
        watch = Watch(self.bot, schema, self.clock, Metrics())
        port = await watch.start("127.0.0.1", 0)
        yield f"http://127.0.0.1:{port}"
        await watch.stop()

    async def takes(self, body: Json) -> str:
        request = AsyncBoltRequest(mode="socket_mode", body=body)
        return (await self.bot.sockets[0].app.async_dispatch(request)).body or ""

    def logged(self) -> list[Json]:
        return []
