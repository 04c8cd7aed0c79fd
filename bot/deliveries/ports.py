"""What the ledger needs of the database and of whoever knows how to send."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from bot.deliveries.model import Delivery, Planned, Sent, State

T = TypeVar("T")
TxT_co = TypeVar("TxT_co", covariant=True)
TxT_contra = TypeVar("TxT_contra", contravariant=True)


class Database(Protocol[TxT_co]):
    """One way to write and one way to read; both run a synchronous function in a thread.

    A transaction function cannot call Slack, because it cannot await. It may run more than once:
    ids, times and draws come in from outside.
    """

    async def run(
        self,
        fn: Callable[[TxT_co], T],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> T:
        """Run `fn` in one transaction and commit.

        once: (workspace, key) of the envelope; raises AlreadyHandled if it is committed already.
        deadline: machine time after which it rolls back and raises TooLate.
        """
        ...

    async def read(self, fn: Callable[[TxT_co], T]) -> T:
        """Run `fn` on a read-only connection of its own pool."""
        ...


class DeliveryStore(Protocol):
    """The ledger's rows."""

    def plan(self, planned: Planned, now: datetime) -> None:
        """Owe a send. The same identity again changes nothing, save that a latest-wins subject
        becomes pending again with the newer version."""
        ...

    def plan_all(self, planned: Iterable[Planned], now: datetime) -> None:
        """Owe several sends, in that order."""
        ...

    def claim(
        self, workspaces: Collection[str], now: datetime, limit: int, lease: float
    ) -> tuple[Delivery, ...]:
        """Take up to `limit` due deliveries for `lease` seconds of machine time, as the lanes
        allow; what is past its moment becomes missed, and what goes at most once but was left by
        a sender that died becomes unknown. The fence of each taken has been raised."""
        ...

    def finish(self, delivery: Delivery, sent: Sent, now: datetime) -> bool:
        """Record success where the fence still matches; False if somebody else has taken it."""
        ...

    def give_back(
        self, delivery: Delivery, at: datetime, hold: float, reason: str, *, lane_shut: bool
    ) -> bool:
        """Return it to pending, due at `at`, untouchable for `hold` seconds of machine time.
        `lane_shut` keeps its whole lane shut until `at` (the outside asked us to wait)."""
        ...

    def close(self, delivery: Delivery, state: State, reason: str, now: datetime) -> bool:
        """End it without success where the fence still matches."""
        ...

    def next_due(self, workspaces: Collection[str]) -> datetime | None:
        """When the earliest pending delivery wants to be sent."""
        ...


class Tx(Protocol):
    """What a transaction offers this capability."""

    @property
    def deliveries(self) -> DeliveryStore: ...


class Sender(Protocol[TxT_contra]):
    """Knows how to send one purpose, and what follows from it."""

    async def send(self, delivery: Delivery) -> Sent:
        """Send it. Raises SendFailed."""
        ...

    async def find(self, delivery: Delivery) -> Sent | None:
        """Look for a message that already carries the delivery's key. Raises SendFailed."""
        ...

    def sent(self, tx: TxT_contra, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Record what came of it, in the transaction that finishes the delivery."""
        ...

    def refused(self, tx: TxT_contra, delivery: Delivery, reason: str, now: datetime) -> None:
        """Follow up on a refusal for good, in the transaction that parks the delivery."""
        ...
