"""Which ticks run in this process; no logic, and no state: due work is rows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler


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


def scheduler(ticks: tuple[Tick, ...]) -> Scheduler:
    """A scheduler of ticks, not started. A late tick runs once, whatever it missed."""
    made = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
    for tick in ticks:
        made.add_job(tick.run, "interval", seconds=tick.seconds, id=tick.name, name=tick.name)
    return cast("Scheduler", made)
