"""What the ledger needs of the database and of whoever knows how to send."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from bot.deliveries.model import Busy, Delivery, Orphan, Planned, Sent, State

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

    async def read(self, fn: Callable[[TxT_co], T], *, deadline: float | None = None) -> T:
        """Run `fn` on a read-only connection of its own pool.

        deadline: machine time after which a query is ended; raises TooLate.
        """
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
        self,
        workspaces: Collection[str],
        now: datetime,
        limit: int,
        lease: float,
        busy: Busy | None = None,
        heard: Collection[str] = (),
    ) -> tuple[Delivery, ...]:
        """Take up to `limit` due deliveries for `lease` seconds of machine time, as the lanes
        allow; what is past its moment becomes missed, and what goes at most once but was left by
        a sender that died becomes unknown. The fence of each taken has been raised. `busy` is
        what the caller has in flight: none of it is taken again, and no lane overcrowded.
        `heard`: purposes whose missed and unknown the caller ends itself: they are taken, too."""
        ...

    def finish(self, delivery: Delivery, sent: Sent, now: datetime) -> bool:
        """Record success where the fence still matches; False if somebody else has taken it."""
        ...

    def finish_all(self, done: Sequence[tuple[Delivery, Sent]], now: datetime) -> bool:
        """The same for several; False if any of them was taken: then the transaction must end
        without a commit, for the others are recorded."""
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

    def cancel(
        self,
        workspace: str,
        purpose: str,
        subject: str,
        reason: str,
        now: datetime,
        *,
        prefix: bool = False,
    ) -> tuple[str, ...]:
        """End what is owed of a purpose for a subject (for all that begin so, where `prefix`)
        as missed, with the reason; the subjects of those ended. One that is just being sent, or
        whose outcome is waited for, is left alone: its sender decides. One whose sender died
        becomes unknown instead. The sender hears of neither."""
        ...

    def purge(
        self, workspace: str, purpose_prefix: str, ended_before: datetime, limit: int = 500
    ) -> int:
        """Delete up to `limit` rows that ended before then, of the purposes that begin so; how
        many. One that sent a message too many is kept until that is taken back."""
        ...

    def seconds_ahead(self, now: datetime) -> float:
        """How far `now` is ahead of the database's clock; below nought where it is behind."""
        ...

    def next_due(self, workspaces: Collection[str]) -> datetime | None:
        """When the earliest pending delivery that nothing holds wants to be sent."""
        ...


class OrphanStore(Protocol):
    """Messages sent by somebody who had lost the fence by then."""

    def note(self, delivery: Delivery, ref: str, now: datetime) -> None:
        """Note that `ref` is such a message."""
        ...

    def ended(self, workspaces: Collection[str], limit: int) -> tuple[Orphan, ...]:
        """Those of deliveries that have ended since, the oldest first."""
        ...

    def forget(self, orphan: Orphan) -> None:
        """It has been dealt with."""
        ...


class Tx(Protocol):
    """What a transaction offers this capability."""

    @property
    def deliveries(self) -> DeliveryStore: ...

    @property
    def orphans(self) -> OrphanStore: ...


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


@runtime_checkable
class TakesBack(Protocol):
    """A sender whose messages can be taken back."""

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        """Delete the message `ref`; one that is gone already is no error. Raises SendFailed."""
        ...


@runtime_checkable
class HearsMissed(Protocol[TxT_contra]):
    """A sender that is told when the moment of one of its deliveries has passed."""

    def missed(self, tx: TxT_contra, delivery: Delivery, now: datetime) -> None:
        """Follow up, in the transaction that ends the delivery as missed; so, exactly once."""
        ...


@runtime_checkable
class HearsUnknown(Protocol[TxT_contra]):
    """A sender that is told when nobody knows whether one of its deliveries went."""

    def unknown(self, tx: TxT_contra, delivery: Delivery, now: datetime) -> None:
        """Follow up, in the transaction that ends the delivery as unknown; so, exactly once."""
        ...
