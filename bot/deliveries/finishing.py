"""Group commit: sends that become done while one commit runs are recorded by the next."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bot.deliveries.model import Delivery, Policy, Sent
from bot.deliveries.ports import Database, Sender, Tx

TxT = TypeVar("TxT", bound=Tx)


class FenceLost(Exception):
    """Of several, one or more have been taken by somebody else."""


@dataclass(frozen=True, slots=True, eq=False)
class Done(Generic[TxT]):
    """A send that is done, and who waits for its being recorded: False if its fence was lost."""

    sender: Sender[TxT]
    delivery: Delivery
    sent: Sent
    recorded: "asyncio.Future[bool]"


class Finisher(Generic[TxT]):
    """Records sends: those that are done together in one transaction, one at a time."""

    def __init__(self, db: Database[TxT], now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now
        self._done: list[Done[TxT]] = []
        self._committing: asyncio.Task[None] | None = None

    async def finish(self, sender: Sender[TxT], delivery: Delivery, sent: Sent) -> bool:
        """Record success where the fence still matches. Who stops waiting stops no commit."""
        done = Done(sender, delivery, sent, asyncio.get_running_loop().create_future())
        self._done.append(done)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all(), name="group commit")
        return await done.recorded

    async def idle(self) -> None:
        """Return once everything is recorded."""
        while self._committing is not None:
            await asyncio.wait([self._committing])

    async def _commit_all(self) -> None:
        try:
            while self._done:
                # Two processes that lock the same rows wait for each other in the same order.
                group, self._done = sorted(self._done, key=_order), []
                await self._commit(group)
        finally:
            self._committing = None

    async def _commit(self, group: Sequence[Done[TxT]]) -> None:
        now = self._now()
        record = _record_one if len(group) == 1 else _record_all
        try:
            won = await self._db.run(lambda tx: record(tx, group, now))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            await self._failed(group, error)
        else:
            for each in group:
                if not each.recorded.done():
                    each.recorded.set_result(won)

    async def _failed(self, group: Sequence[Done[TxT]], error: BaseException) -> None:
        """One that fails must not take the others with it: each gets a transaction of its own."""
        if len(group) > 1:
            for each in group:
                await self._commit([each])
        elif not group[0].recorded.done():
            group[0].recorded.set_exception(error)


def _order(done: Done[TxT]) -> tuple[str, str]:
    return done.delivery.workspace, done.delivery.subject


def _record_all(tx: TxT, group: Sequence[Done[TxT]], now: datetime) -> bool:
    if not tx.deliveries.finish_all([(each.delivery, each.sent) for each in group], now):
        raise FenceLost
    for each in group:
        each.sender.sent(tx, each.delivery, each.sent, now)
    return True


def _record_one(tx: TxT, group: Sequence[Done[TxT]], now: datetime) -> bool:
    (done,) = group
    if not tx.deliveries.finish(done.delivery, done.sent, now):
        if done.delivery.policy is Policy.LOOK_BACK:
            tx.orphans.note(done.delivery, done.sent.ref, now)
        return False
    done.sender.sent(tx, done.delivery, done.sent, now)
    return True
