"""Which ticks run in this process; no logic, and no state: due work is rows."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import SystemClock

# A tick is late when it has missed so many of its turns.
LATE_AFTER = 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A coroutine that looks for due work every so many seconds."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


class Scheduler(Protocol):
    """What the composition root does with it."""

    def start(self) -> None: ...

    def shutdown(self, wait: bool = True) -> None: ...


class Watched:
    """A scheduler, and a watchdog over it that goes by machine time.

    APScheduler plans by the wall clock: set back by an hour, it would stand still for an hour.
    """

    def __init__(self, jobs: AsyncIOScheduler, ticks: tuple[Tick, ...]) -> None:
        self.jobs = jobs
        self._ticks = ticks
        self._last: dict[str, float] = {}
        self._running: set[str] = set()
        self._watch: asyncio.TimerHandle | None = None
        for tick in ticks:
            work = self._noting(tick)
            jobs.add_job(work, "interval", seconds=tick.seconds, id=tick.name, name=tick.name)

    def start(self) -> None:
        """Tick from now on."""
        now = asyncio.get_running_loop().time()
        self._last = {tick.name: now for tick in self._ticks}
        self.jobs.start()
        self._look_again()

    def shutdown(self, wait: bool = True) -> None:
        """Tick no more."""
        if self._watch is not None:
            self._watch.cancel()
        self.jobs.shutdown(wait=wait)

    def _noting(self, tick: Tick) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            self._running.add(tick.name)
            try:
                await tick.run()
            finally:
                self._running.discard(tick.name)
                self._last[tick.name] = asyncio.get_running_loop().time()

        return run

    def _look_again(self) -> None:
        soon = min((tick.seconds for tick in self._ticks), default=1.0)
        self._watch = asyncio.get_running_loop().call_later(soon, self._look)

    def _look(self) -> None:
        for name in self._late():
            self.jobs.modify_job(name, next_run_time=SystemClock().now())
        self._look_again()

    def _late(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        return [
            tick.name
            for tick in self._ticks
            if tick.name not in self._running
            and now - self._last[tick.name] > LATE_AFTER * tick.seconds
        ]


def scheduler(ticks: tuple[Tick, ...]) -> Watched:
    """A scheduler of ticks, not started. A late tick runs once, whatever it missed."""
    defaults: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    return Watched(AsyncIOScheduler(timezone="UTC", job_defaults=defaults), ticks)
