"""The pump of the ledger: claim what is due, send it, record what came of it.

The protocol is that of an effectively-once sender: a send is claimed under a lease and a fence in
one transaction, made outside any transaction, and finished in another only where the fence still
matches. An attempt whose outcome is not known is looked for before it is made again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.clock import Clock, Draws, SystemClock
from bot.deliveries.finishing import Finisher
from bot.deliveries.model import (
    Busy,
    Delivery,
    Orphan,
    Policy,
    Sent,
    State,
    backoff,
    lane_of,
    unsent,
)
from bot.deliveries.ports import Database, HearsMissed, HearsUnknown, Sender, TakesBack, Tx
from bot.errors import SendFailed

TxT = TypeVar("TxT", bound=Tx)
log = structlog.get_logger(__name__)

# A "Retry-After: 0" would have us ask again and again without a breath.
SHORTEST_WAIT = 1.0
ORPHANS_AT_ONCE = 50
# Clocks that are kept differ by milliseconds. One that is so far ahead of the database's is taken
# to be wrong: by it, everything would be sent too early.
MOST_AHEAD = 60.0
UNSENT = {State.MISSED: "past its moment", State.UNKNOWN: "sender_died"}


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Seconds of machine time. A lease outlives a settle, else we might look before Slack shows.

    batch: how many sends a process may have in flight.
    """

    lease: float = 90.0
    settle: float = 60.0
    batch: int = 20


class Ledger(Generic[TxT]):
    """Sends what is due for the workspaces it serves. Any number of replicas may run one.

    seconds_ahead: how far our clock is ahead of the database's, while that keeps us from claiming.
    """

    def __init__(
        self,
        db: Database[TxT],
        senders: Mapping[str, Sender[TxT]],
        workspaces: Callable[[], Collection[str]],
        clock: Clock,
        draws: Draws,
        settings: LedgerSettings | None = None,
    ) -> None:
        self._db = db
        # A latest-wins row is locked by every command that wants it shown again, under the root
        # that others' follow-ups lock: in one transaction, the two would be a deadlock.
        self._latest, self._others = Finisher(db, clock.now), Finisher(db, clock.now)
        self._senders = senders
        self._heard = {name for name, each in senders.items() if _hears(each)}
        self._workspaces = workspaces
        self._clock = clock
        # Any other domain time has nothing to do with the database's clock.
        self._comparable = isinstance(clock, SystemClock)
        self.seconds_ahead = 0.0
        self._draws = draws
        self._settings = settings or LedgerSettings()
        self._woken = asyncio.Event()
        self._stopping = False
        self._flights: dict[asyncio.Task[None], Delivery] = {}
        self._more_wait = False
        self._error: BaseException | None = None

    def wake(self) -> None:
        """Something may be due: look soon. Cheap, and safe to call as often as one likes."""
        self._woken.set()

    async def pump(self) -> None:
        """Run until `stop`: each wake drains what is due. Cancelled, it gives back its claims."""
        try:
            while not self._stopping:
                await self._woken.wait()
                await self._drain_and_survive()
            await self._landed()
        except asyncio.CancelledError:
            await self._give_back_all()
            raise

    async def _drain_and_survive(self) -> None:
        try:
            await self.drain()
        except Exception:
            # The database may be away for a moment; the next tick tries again.
            log.exception("ledger.tick_failed")

    def stop(self) -> None:
        """Claim nothing more; `pump` returns after the sends in flight."""
        self._stopping = True
        self.wake()

    async def drain(self) -> int:
        """Send until nothing is due and nothing is in flight; how many deliveries were claimed."""
        handled = 0
        while True:
            self._woken.clear()
            started = () if self._stopping else await self._take_off()
            handled += len(started)
            if self._flights:
                await self._woken.wait()
            elif not started:
                self._complain()
                return handled

    async def tick(self) -> int:
        """Claim what there is room for, send it, record it; how many deliveries were claimed."""
        started = await self._take_off()
        if started:
            await asyncio.wait(started)
        self._complain()
        return len(started)

    async def sweep(self) -> int:
        """Take back messages that are one too many; how many were dealt with.

        They come from senders that were held up past their lease, while another sent the same.
        """
        serves = self._workspaces()
        found = await self._db.read(lambda tx: tx.orphans.ended(serves, ORPHANS_AT_ONCE))
        for orphan in found:
            await self._take_back(orphan)
        return len(found)

    async def _take_back(self, orphan: Orphan) -> None:
        delivery = orphan.delivery
        sender: object = self._senders.get(delivery.purpose)
        try:
            if orphan.doubled and isinstance(sender, TakesBack):
                await sender.take_back(delivery, orphan.ref)
                log.info("delivery.taken_back", key=delivery.key, purpose=delivery.purpose)
        except SendFailed as failure:
            log.warning("delivery.not_taken_back", key=delivery.key, reason=failure.reason)
            if not failure.permanent:
                return
        await self._db.run(lambda tx: tx.orphans.forget(orphan))

    # -- what is in flight ---------------------------------------------------------------------

    async def _take_off(self) -> "tuple[asyncio.Task[None], ...]":
        """Claim what is due and there is room for, and start to send it."""
        settings, serves, now = self._settings, self._workspaces(), self._clock.now()
        room = settings.batch - len(self._flights)
        if room <= 0:
            return ()
        flying = self._flights.values()
        busy = Busy({each.key for each in flying}, Counter(map(lane_of, flying)))

        def claim(tx: TxT) -> tuple[float, tuple[Delivery, ...]]:
            ahead = tx.deliveries.seconds_ahead(now) if self._comparable else 0.0
            if ahead > MOST_AHEAD:
                return ahead, ()
            return 0.0, tx.deliveries.claim(serves, now, room, settings.lease, busy, self._heard)

        ahead, claimed = await self._db.run(claim)
        self._compare_clocks(ahead)
        self._more_wait = bool(claimed)
        return tuple([self._start(each) for each in claimed])

    def _compare_clocks(self, ahead: float) -> None:
        """Say it once when we stop claiming because of the clock, and once when we go on."""
        if ahead and not self.seconds_ahead:
            log.error("ledger.clock_ahead", seconds=round(ahead))
        if self.seconds_ahead and not ahead:
            log.info("ledger.clock_agrees")
        self.seconds_ahead = ahead

    def _start(self, delivery: Delivery) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._handle(delivery), name=f"delivery {delivery.key}")
        self._flights[task] = delivery
        task.add_done_callback(self._end_flight)
        return task

    def _end_flight(self, task: "asyncio.Task[None]") -> None:
        delivery = self._flights.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # One that could not be recorded must not cut off the others, which are being sent.
            log.error("delivery.not_recorded", key=delivery.key, exc_info=error)
            self._error = self._error or error
        # A claim for every single place would cost more than it wins.
        free = self._settings.batch - len(self._flights)
        if not self._flights or (self._more_wait and free * 2 >= self._settings.batch):
            self.wake()

    def _complain(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _landed(self) -> None:
        while self._flights:
            await asyncio.wait(self._flights)

    async def _give_back_all(self) -> None:
        for task in tuple(self._flights):
            task.cancel()
        await self._landed()
        await self._latest.idle()
        await self._others.idle()

    async def next_due(self) -> datetime | None:
        """When the earliest delivery that may be claimed wants to be sent, or None.

        What we are sending just now counts as due.
        """
        if self._flights:
            return self._clock.now()
        serves = self._workspaces()
        return await self._db.read(lambda tx: tx.deliveries.next_due(serves))

    async def _handle(self, delivery: Delivery) -> None:
        sender = self._senders.get(delivery.purpose)
        if sender is None:  # planned by a newer replica, which can send it
            await self._retry(delivery, SendFailed("no_sender"))
            return
        if (end := unsent(delivery, self._clock.now())) is not None:
            await self._close(sender, delivery, end, UNSENT[end])
            return
        try:
            sent = await self._look_back_or_send(sender, delivery)
        except SendFailed as failure:
            await self._failed(sender, delivery, failure)
        except asyncio.CancelledError:
            # We are stopping: whether it arrived, the next process has to find out.
            await self._failed(sender, delivery, SendFailed("stopped", ambiguous=True))
        except Exception:
            log.exception("delivery.crashed", key=delivery.key, purpose=delivery.purpose)
            await self._failed(sender, delivery, SendFailed("internal_error", ambiguous=True))
        else:
            await self._finish(sender, delivery, sent)

    async def _look_back_or_send(self, sender: Sender[TxT], delivery: Delivery) -> Sent:
        maybe_sent = delivery.attempts > 1 or delivery.in_doubt
        if delivery.policy is Policy.LOOK_BACK and maybe_sent:
            found = await sender.find(delivery)
            if found is not None:
                log.info("delivery.adopted", key=delivery.key, purpose=delivery.purpose)
                return found
        return await sender.send(delivery)

    async def _finish(self, sender: Sender[TxT], delivery: Delivery, sent: Sent) -> None:
        finisher = self._latest if delivery.policy is Policy.LATEST_WINS else self._others
        if not await finisher.finish(sender, delivery, sent):
            log.warning("delivery.fence_lost", key=delivery.key, purpose=delivery.purpose)

    async def _failed(self, sender: Sender[TxT], delivery: Delivery, failure: SendFailed) -> None:
        log.warning(
            "delivery.failed",
            key=delivery.key,
            purpose=delivery.purpose,
            reason=failure.reason,
            permanent=failure.permanent,
            attempts=delivery.attempts,
        )
        if failure.permanent:
            await self._close(sender, delivery, State.PARKED, failure.reason)
        elif failure.ambiguous and delivery.policy is Policy.AT_MOST_ONCE:
            await self._close(sender, delivery, State.UNKNOWN, failure.reason)
        else:
            await self._retry(delivery, failure)

    async def _close(
        self, sender: Sender[TxT], delivery: Delivery, state: State, reason: str
    ) -> None:
        now = self._clock.now()

        def close(tx: TxT) -> None:
            if not tx.deliveries.close(delivery, state, reason, now):
                return
            if state is State.PARKED:
                sender.refused(tx, delivery, reason, now)
            elif state is State.MISSED and isinstance(sender, HearsMissed):
                sender.missed(tx, delivery, now)
            elif state is State.UNKNOWN and isinstance(sender, HearsUnknown):
                sender.unknown(tx, delivery, now)

        await self._db.run(close)

    async def _retry(self, delivery: Delivery, failure: SendFailed) -> None:
        wait = self._wait(delivery, failure)
        settles = failure.ambiguous and delivery.policy is Policy.LOOK_BACK
        hold = self._settings.settle if settles else 0.0
        at = self._clock.now() + wait
        shut = failure.retry_after is not None
        await self._db.run(
            lambda tx: tx.deliveries.give_back(delivery, at, hold, failure.reason, lane_shut=shut)
        )

    def _wait(self, delivery: Delivery, failure: SendFailed) -> timedelta:
        if failure.retry_after is not None:
            return timedelta(seconds=max(failure.retry_after, SHORTEST_WAIT))
        return backoff(delivery.attempts, self._draws.uniform(0.0, 1.0))


def _hears(sender: object) -> bool:
    return isinstance(sender, HearsMissed | HearsUnknown)
