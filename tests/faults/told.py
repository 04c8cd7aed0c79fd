"""A replica that is told the time: the whole bot in a process of its own, to be killed."""

import asyncio
import logging
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import Synchronized

import sqlalchemy as sa
import structlog

from bot.clock import Clock, ReplayDraws, SteppedClock, SystemClock
from bot.compose import Bot, Wiring, running
from bot.deliveries.service import LedgerSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The Slack of these runs is quick: what a dead process held may soon be free.
LEDGER = LedgerSettings(lease=4.0, settle=2.0)
TICK_SECONDS = 0.05
SWEEP_TICKS = 20


class TellingClock(SteppedClock):
    """Tells every other process what time it is."""

    def __init__(self, start: datetime, told: "Synchronized[int]") -> None:
        super().__init__(start)
        self.told = told
        self.advance(start)

    def advance(self, to: datetime) -> None:
        super().advance(to)
        self.told.value = (self.now() - EPOCH) // MICROSECOND


class ToldClock(Clock):
    """The time that another process tells."""

    def __init__(self, told: "Synchronized[int]") -> None:
        self._told = told
        self._machine = SystemClock()

    def now(self) -> datetime:
        return EPOCH + self._told.value * MICROSECOND

    def monotonic(self) -> float:
        return self._machine.monotonic()

    async def sleep_until(self, when: datetime) -> None:
        while self.now() < when:  # noqa: ASYNC110 - shared memory has no events
            await asyncio.sleep(TICK_SECONDS)


def live(wiring: Wiring, told: "Synchronized[int]") -> None:
    """Run until SIGTERM, or until killed; the target of a process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    asyncio.run(_live(wiring, ToldClock(told)))


async def _live(wiring: Wiring, clock: Clock) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    async with running(wiring, clock, ReplayDraws(clock)) as bot:
        pumping = asyncio.create_task(bot.ledger.pump())
        ticking = asyncio.create_task(_tick(bot))
        await over.wait()
        ticking.cancel()
        bot.ledger.stop()
        await pumping


async def _tick(bot: Bot) -> None:
    """By machine time, and often: domain time stands still meanwhile."""
    while True:
        for _ in range(SWEEP_TICKS):
            bot.ledger.wake()
            await asyncio.sleep(TICK_SECONDS)
        with suppress(sa.exc.OperationalError):
            await bot.ledger.sweep()
