"""How long each kind of data is kept, and the sweep that ends it.

One table: the sweep, the operator's settings and the page on privacy all read it. What stands in
the record of an incident is not in it: that is kept until its author takes it back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.deliveries.ports import Database
from bot.errors import ParallaxError

# Rows a transaction deletes, so that nobody waits for it; and how many transactions a sweep has.
# What is left waits for the next sweep.
SLICE = 500
SLICES = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data that goes by itself: `days` after `since`, settable from `least` to `most`."""

    name: str
    what: str
    since: str
    days: int
    least: int
    most: int


KINDS = (
    Kind("receipts", "that an event from Slack was handled: its id, no words", "it came", 1, 1, 30),
    Kind(
        "deliveries",
        "that something was sent: what kind, where and when, no words",
        "it was sent or given up",
        90,
        30,
        3650,
    ),
    Kind(
        "activity",
        "who was active in which thread, from when to when, and how many lines",
        "the incident ended",
        180,
        30,
        3650,
    ),
    Kind(
        "people",
        "name, time zone and role of somebody who has left the workspace",
        "Parallax noticed",
        30,
        1,
        365,
    ),
    Kind("lanes", "when a channel or a person may next be written to", "that moment", 1, 1, 30),
)


@dataclass(frozen=True, slots=True)
class Promised:
    """What goes when a study's consent text says, whatever an operator would rather: no setting."""

    what: str
    when: str


PROMISED = (
    Promised(
        "of a study: which question was sent to whom and when, and when somebody was last written"
        " to",
        "24 hours after it was answered, or ended otherwise",
    ),
    Promised(
        "of a study: the tie between a name and a code name, and where our messages are",
        "30 days after the study ended",
    ),
    Promised(
        "of a study: answers, hours, consents, plans",
        "on the date that the consent text names; at once, when somebody erases theirs",
    ),
    Promised(
        "of somebody whose account was deactivated: all that they gave to a study",
        "30 days later, unless they chose to keep it",
    ),
)


class WrongRetention(ParallaxError):
    """A setting that names no kind of data, or a time outside its bounds."""


def kept(days: Mapping[str, int]) -> dict[str, timedelta]:
    """How long each kind is kept; `days`: what the operator chose. Raises WrongRetention."""
    if unknown := sorted(days.keys() - {each.name for each in KINDS}):
        names = ", ".join(each.name for each in KINDS)
        raise WrongRetention(f"nothing kept is called {unknown[0]}; there are {names}")
    return {each.name: timedelta(days=_bounded(each, days)) for each in KINDS}


def _bounded(kind: Kind, days: Mapping[str, int]) -> int:
    chosen = days.get(kind.name, kind.days)
    if not kind.least <= chosen <= kind.most:
        raise WrongRetention(
            f"{kind.name} can be kept from {kind.least} to {kind.most} days, not {chosen}"
        )
    return chosen


class RetentionStore(Protocol):
    """What is past its time."""

    def notice(self, now: datetime) -> None:
        """Note who has left since the last time, and who is back."""
        ...

    def forget(self, kind: str, before: datetime, limit: int) -> int:
        """Delete up to `limit` rows of a kind whose time was before that; how many."""
        ...


class Tx(Protocol):
    """What a transaction offers this rule."""

    @property
    def retention(self) -> RetentionStore: ...


TxT = TypeVar("TxT", bound=Tx)


async def sweep(db: Database[TxT], keeps: Mapping[str, timedelta], now: datetime) -> dict[str, int]:
    """Delete what is past its time, in small transactions; how many rows of each kind."""
    await db.run(lambda tx: tx.retention.notice(now))
    return {name: await _forget(db, name, now - keep) for name, keep in keeps.items()}


async def _forget(db: Database[TxT], name: str, before: datetime) -> int:
    gone, work = 0, _forgetting(name, before)
    for _ in range(SLICES):
        done = await db.run(work)
        gone += done
        if done < SLICE:
            break
    return gone


def _forgetting(name: str, before: datetime) -> Callable[[Tx], int]:
    return lambda tx: tx.retention.forget(name, before, SLICE)
