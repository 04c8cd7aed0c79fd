"""The only readers of time and randomness.

Two kinds of time are kept apart. *Domain time* (`now`, `sleep_until`) is what is stored, due and
stamped; it may be scaled or stepped. *Machine time* (`monotonic`) bounds waiting: acks, timeouts,
leases. Everything else in the code receives these as arguments, so that tests decide them.
"""

import asyncio
import heapq
import itertools
import random
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Domain time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Machine time in seconds from an arbitrary start; never goes back."""
        ...

    async def sleep_until(self, when: datetime) -> None:
        """Return once domain time has reached `when` (at once if it has)."""
        ...


class SystemClock:
    """Domain time is the machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep_until(self, when: datetime) -> None:
        while (left := (when - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, 60.0))


class ScaledClock:
    """Domain time runs `factor` times as fast as the machine's, from `start`.

    Every process that is given the same three numbers computes the same domain time, so a sandbox
    can publish them and the bot in another process agrees with it.
    """

    def __init__(self, start: datetime, real_start: datetime, factor: float) -> None:
        if factor <= 0:
            raise ValueError("factor must be positive")
        self.start = start
        self.real_start = real_start
        self.factor = factor

    def now(self) -> datetime:
        return self.start + (datetime.now(UTC) - self.real_start) * self.factor

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep_until(self, when: datetime) -> None:
        while (left := (when - self.now()).total_seconds() / self.factor) > 0:
            await asyncio.sleep(min(left, 60.0))


class SteppedClock:
    """Domain time stands still until `advance` moves it; one process only.

    The driver asks for `next_waiter`, advances to the earliest thing that is due, and waits until
    the process is idle before it moves on. Hours of an incident then take milliseconds.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._waiters: list[tuple[datetime, int, asyncio.Event]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep_until(self, when: datetime) -> None:
        if when <= self._now:
            return
        waiter = (when, next(self._order), asyncio.Event())
        heapq.heappush(self._waiters, waiter)
        try:
            await waiter[2].wait()
        finally:
            if waiter in self._waiters:  # cancelled: nobody waits for that moment any more
                self._waiters.remove(waiter)
                heapq.heapify(self._waiters)

    def next_waiter(self) -> datetime | None:
        """When the earliest sleeper wakes, or None if nobody sleeps."""
        return self._waiters[0][0] if self._waiters else None

    def advance(self, to: datetime) -> None:
        """Move domain time to `to` and wake whoever waited for it; never goes back."""
        self._now = max(self._now, to)
        while self._waiters and self._waiters[0][0] <= self._now:
            heapq.heappop(self._waiters)[2].set()

    def advance_by(self, seconds: float) -> None:
        """Move domain time forward by `seconds`."""
        self.advance(self._now + timedelta(seconds=seconds))


class FlowingClock:
    """Domain time flows as fast as the machine's from wherever `advance` last put it.

    For a replay that somebody watches and joins: it jumps before an event, and between events a
    minute is a minute. It can be held. One process only. `monotonic` is the machine time it flows
    by.
    """

    def __init__(self, start: datetime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._from = start
        self._since = monotonic()
        self._monotonic = monotonic
        self._moved = asyncio.Event()
        self._held = False

    def now(self) -> datetime:
        if self._held:
            return self._from
        return self._from + timedelta(seconds=self._monotonic() - self._since)

    def monotonic(self) -> float:
        return self._monotonic()

    async def sleep_until(self, when: datetime) -> None:
        while (left := (when - self.now()).total_seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 60.0)):
                    await self._moved.wait()

    def advance(self, to: datetime) -> None:
        """Move domain time to `to` and wake whoever waited for it; never goes back."""
        if to > self.now():
            self._goes_on_from(to)

    def hold(self) -> None:
        """Stand still: from now on only `advance` moves domain time."""
        self._from, self._held = self.now(), True

    def flow(self) -> None:
        """Flow again, from where it was held."""
        now, self._held = self.now(), False
        self._goes_on_from(now)

    def _goes_on_from(self, moment: datetime) -> None:
        self._from, self._since = moment, self._monotonic()
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


class Draws(Protocol):
    """Where randomness comes from."""

    def token(self) -> str:
        """An opaque, unguessable name of 22 URL-safe characters (128 bits)."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number from [low, high)."""
        ...


class SystemDraws:
    """Randomness of the operating system."""

    def token(self) -> str:
        return secrets.token_urlsafe(16)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * secrets.randbelow(1 << 53) / (1 << 53)


class SeededDraws:
    """Repeatable randomness for tests and drills; never for anything that must be secret."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable by design, see above

    def token(self) -> str:
        return f"{self._random.getrandbits(128):032x}"[:22]

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


class ReplayDraws(SystemDraws):
    """Tokens that nobody guesses, and numbers that follow from domain time: a recorded incident
    that is stepped through is asked about at the same moments each time.

    Whoever draws at the same moment draws the same number, in whatever order they come.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self._seed = seed

    def uniform(self, low: float, high: float) -> float:
        seed = f"{self._seed} {self._clock.now().isoformat()}"
        return random.Random(seed).uniform(low, high)  # noqa: S311 - repeatable by design
