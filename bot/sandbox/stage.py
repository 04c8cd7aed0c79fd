"""How domain time passes while people act: stepped as fast as the machine can, or scaled."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from bot.clock import Clock, FlowingClock, SteppedClock

NextDue = Callable[[], Awaitable[datetime | None]]
Step = Callable[[], Awaitable[object]]
C = TypeVar("C", SteppedClock, FlowingClock)


class Stage(Protocol):
    """Lets domain time pass, and waits until everybody has had their turn."""

    async def until(self, when: datetime) -> None:
        """Let domain time reach `when`, doing what falls due on the way."""
        ...

    async def settle(self) -> None:
        """Wait until what has been done has had its effects."""
        ...


class _Draining(Generic[C]):
    """Settles by draining the ledger until there is nothing left to send."""

    def __init__(self, clock: C, drain: Step, idle: Step, next_due: NextDue) -> None:
        self._clock: C = clock
        self._drain = drain
        self._idle = idle
        self._next_due = next_due

    async def settle(self) -> None:
        await self._idle()
        while await self._drain():
            await self._idle()


class SteppedStage(_Draining[SteppedClock]):
    """Nobody ticks but this: the ledger is drained at every step, and time jumps between them."""

    async def until(self, when: datetime) -> None:
        await self.settle()
        while (soonest := await self._soonest()) is not None and soonest <= when:
            self._clock.advance(soonest)
            await self.settle()
        self._clock.advance(when)
        await self.settle()

    async def _soonest(self) -> datetime | None:
        wakes = [await self._next_due(), self._clock.next_waiter()]
        # What is due but held (a lease, a settle) waits for machine time, not for ours.
        ahead = [each for each in wakes if each is not None and each > self._clock.now()]
        return min(ahead, default=None)


class ScaledStage:
    """Time runs by itself; the bot ticks for itself."""

    def __init__(self, clock: Clock, idle: Step, next_due: NextDue, nap: Step) -> None:
        self._clock = clock
        self._idle = idle
        self._next_due = next_due
        self._nap = nap

    async def until(self, when: datetime) -> None:
        await self._clock.sleep_until(when)

    async def settle(self) -> None:
        """Until nothing that is due is left; what is due later may be a long way off."""
        await self._idle()
        while (due := await self._next_due()) is not None and due <= self._clock.now():
            await self._nap()
            await self._idle()


class FlowingStage(_Draining[FlowingClock]):
    """Time flows by itself, and jumps over the hours in which nothing comes due.

    Others may drain too; `drain` returns once they are done.
    """

    async def settle(self) -> None:
        await super().settle()
        await self._idle()

    async def until(self, when: datetime) -> None:
        await self.settle()
        while (due := await self._next_due()) is not None and self._clock.now() < due <= when:
            self._clock.advance(due)
            await self.settle()
        self._clock.advance(when)
        await self.settle()
