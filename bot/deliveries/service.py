"""The pump of the ledger: claim what is due, send it, record what came of it.

The protocol is that of an effectively-once sender: a send is claimed under a lease and a fence in
one transaction, made outside any transaction, and finished in another only where the fence still
matches. An attempt whose outcome is not known is looked for before it is made again.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.clock import Clock, Draws
from bot.deliveries.model import Delivery, Policy, Sent, State, backoff
from bot.deliveries.ports import Database, Sender, Tx
from bot.errors import SendFailed

TxT = TypeVar("TxT", bound=Tx)
log = structlog.get_logger(__name__)

# A "Retry-After: 0" would have us ask again and again without a breath.
SHORTEST_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Seconds of machine time. A lease outlives a settle, else we might look before Slack shows."""

    lease: float = 90.0
    settle: float = 60.0
    batch: int = 20


class Ledger(Generic[TxT]):
    """Sends what is due for the workspaces it serves. Any number of replicas may run one."""

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
        self._senders = senders
        self._workspaces = workspaces
        self._clock = clock
        self._draws = draws
        self._settings = settings or LedgerSettings()
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Something may be due: look soon. Cheap, and safe to call as often as one likes."""
        self._woken.set()

    async def pump(self) -> None:
        """Run until `stop`: each wake drains what is due."""
        while not self._stopping:
            await self._woken.wait()
            self._woken.clear()
            await self._drain_and_survive()

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
        """Tick until nothing is due; how many deliveries were handled."""
        handled = 0
        while not self._stopping and (done := await self.tick()):
            handled += done
        return handled

    async def tick(self) -> int:
        """Claim one batch, send it, record it; how many deliveries were claimed."""
        now, settings, serves = self._clock.now(), self._settings, self._workspaces()
        claimed = await self._db.run(
            lambda tx: tx.deliveries.claim(serves, now, settings.batch, settings.lease)
        )
        ended = await asyncio.gather(*map(self._handle, claimed), return_exceptions=True)
        # One that could not be recorded must not cut off the others, which are being sent.
        for error in filter(None, ended):
            raise error
        return len(claimed)

    async def next_due(self) -> datetime | None:
        """When the earliest pending delivery wants to be sent, or None."""
        serves = self._workspaces()
        return await self._db.read(lambda tx: tx.deliveries.next_due(serves))

    async def _handle(self, delivery: Delivery) -> None:
        sender = self._senders.get(delivery.purpose)
        if sender is None:  # planned by a newer replica, which can send it
            await self._retry(delivery, SendFailed("no_sender"))
            return
        try:
            sent = await self._look_back_or_send(sender, delivery)
        except SendFailed as failure:
            await self._failed(sender, delivery, failure)
        except Exception:
            log.exception("delivery.crashed", key=delivery.key, purpose=delivery.purpose)
            await self._failed(sender, delivery, SendFailed("internal_error", ambiguous=True))
        else:
            await self._finish(sender, delivery, sent)

    async def _look_back_or_send(self, sender: Sender[TxT], delivery: Delivery) -> Sent:
        attempted_before = delivery.attempts > 1
        if delivery.policy is Policy.LOOK_BACK and attempted_before:
            found = await sender.find(delivery)
            if found is not None:
                log.info("delivery.adopted", key=delivery.key, purpose=delivery.purpose)
                return found
        return await sender.send(delivery)

    async def _finish(self, sender: Sender[TxT], delivery: Delivery, sent: Sent) -> None:
        now = self._clock.now()

        def finish(tx: TxT) -> bool:
            if not tx.deliveries.finish(delivery, sent, now):
                return False
            sender.sent(tx, delivery, sent, now)
            return True

        if not await self._db.run(finish):
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
            if tx.deliveries.close(delivery, state, reason, now) and state is State.PARKED:
                sender.refused(tx, delivery, reason, now)

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
