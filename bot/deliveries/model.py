"""The ledger of due sends: what is owed, to whom, by when, and what became of it.

A *delivery* is one send that is not the direct answer to the person who acted. It is planned in
the transaction that makes it necessary, claimed under a lease, sent, and finished where its fence
still matches. Its identity is (workspace, purpose, subject, due).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Policy(StrEnum):
    """What to do when nobody knows whether a send arrived."""

    LOOK_BACK = "look_back"  # settle, look for the key, adopt it or send again
    LATEST_WINS = "latest_wins"  # edit again: only the last state matters
    AT_MOST_ONCE = "at_most_once"  # leave it as unknown
    STEP = "step"  # repeat: "already" is success


class State(StrEnum):
    """Where a delivery is. A claimed one is pending with a hold in the future."""

    PENDING = "pending"
    SENT = "sent"
    MISSED = "missed"  # its moment passed
    PARKED = "parked"  # refused for good; the reason is kept
    UNKNOWN = "unknown"  # sent at most once, outcome not known


class Priority(IntEnum):
    """Who overtakes whom; lower goes first."""

    INCIDENT = 0
    BOARD = 1
    PERSON = 5
    ROUTINE = 9


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` sends at once, then one every `interval` seconds of domain time."""

    interval: float
    burst: int


# Below Slack's published limits, so that a 429 is an accident: tier 3 is 50 a minute, tier 2 is 20
# a minute, posting is one a second a channel (docs.slack.dev/apis/web-api/rate-limits).
RATES: Mapping[str, Rate] = {
    "post": Rate(1.05, 1),
    "edit": Rate(1.5, 10),
    "mark": Rate(1.5, 10),
    "create": Rate(4.0, 4),
    "invite": Rate(1.5, 10),
    "topic": Rate(4.0, 4),
    "pin": Rate(4.0, 4),
    "bookmark": Rate(4.0, 4),
    "whisper": Rate(0.75, 20),
    "dm": Rate(1.05, 1),
    "timer": Rate(0.01, 20),
}
# A newer replica may have planned a kind that this one does not know: it must not stop the rest.
UNKNOWN_RATE = Rate(4.0, 1)


def rate_of(lane: str) -> Rate:
    """The rate of a lane. A lane is a kind, or a kind and a place: `edit`, `post:C0123`."""
    return RATES.get(lane.partition(":")[0], UNKNOWN_RATE)


def full_until(lane: str, at: datetime) -> datetime:
    """The next free time that keeps a lane shut until `at`, its burst included."""
    rate = rate_of(lane)
    return at + timedelta(seconds=rate.interval * (rate.burst - 1))


@dataclass(frozen=True, slots=True)
class Planned:
    """One send that is now owed. `due` is part of its identity and never changes.

    `wanted` counts the versions of a latest-wins subject; `expires` is when it stops being worth
    sending (None: never).
    """

    workspace: str
    purpose: str
    subject: str
    due: datetime
    lane: str
    policy: Policy = Policy.LOOK_BACK
    priority: Priority = Priority.INCIDENT
    expires: datetime | None = None
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A planned send with what has happened to it. `key` is what its message carries.

    in_doubt: the attempt before this one ended without word, so it may have been sent.
    """

    key: str
    workspace: str
    purpose: str
    subject: str
    due: datetime
    lane: str
    policy: Policy
    priority: Priority
    expires: datetime | None
    wanted: int
    state: State
    at: datetime
    fence: int
    attempts: int
    first_try: datetime | None
    ref: str
    in_doubt: bool = False


# A budget belongs to a workspace: its name there is the second part.
Lane = tuple[str, str]


def lane_of(delivery: Delivery) -> Lane:
    """The budget that a delivery draws on."""
    return delivery.workspace, delivery.lane


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a send: the outside's name for it, and the version that was shown."""

    ref: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Allotment:
    """Which of the due deliveries go now, which wait until when, which are past their moment.

    unknown: those that go at most once, and may have gone when a sender died.
    """

    claimed: tuple[Delivery, ...]
    postponed: tuple[tuple[Delivery, datetime], ...]
    missed: tuple[Delivery, ...]
    unknown: tuple[Delivery, ...]
    lanes: Mapping[Lane, datetime]


def allot(
    due: Iterable[Delivery], lanes: Mapping[Lane, datetime], now: datetime, limit: int
) -> Allotment:
    """Share the lanes' budgets among deliveries that are due, in the order given.

    `lanes` holds each lane's next free time. The rule is the generic cell rate algorithm (ITU-T
    I.371): a send conforms if it comes no earlier than the lane's next free time less the burst.
    What does not fit is moved to the slot it can expect, so that it does not stand in the way of
    the other lanes.
    """
    free = dict(lanes)
    claimed: list[Delivery] = []
    postponed: list[tuple[Delivery, datetime]] = []
    missed: list[Delivery] = []
    unknown: list[Delivery] = []
    queued: dict[Lane, int] = {}
    for delivery in due:
        lane, rate = lane_of(delivery), rate_of(delivery.lane)
        ready = _ready_at(free.get(lane), rate)
        if delivery.in_doubt and delivery.policy is Policy.AT_MOST_ONCE:
            unknown.append(delivery)
        elif delivery.expires is not None and delivery.expires <= now:
            missed.append(delivery)
        elif ready is not None and ready > now:
            place = queued[lane] = queued.get(lane, -1) + 1
            postponed.append((delivery, ready + timedelta(seconds=rate.interval * place)))
        elif len(claimed) < limit:
            claimed.append(delivery)
            free[lane] = max(free.get(lane, now), now) + timedelta(seconds=rate.interval)
    used = {lane_of(delivery): free[lane_of(delivery)] for delivery in claimed}
    return Allotment(tuple(claimed), tuple(postponed), tuple(missed), tuple(unknown), used)


def _ready_at(next_free: datetime | None, rate: Rate) -> datetime | None:
    if next_free is None:
        return None
    return next_free - timedelta(seconds=rate.interval * (rate.burst - 1))


def backoff(attempts: int, draw: float) -> timedelta:
    """How long to wait after a definite failure: doubling from 2 s to 5 min, and up to 20 % more.

    `draw` is uniform in [0, 1): replicas that failed together do not come back together.
    """
    seconds = min(2.0 ** min(attempts, 9), 300.0)
    return timedelta(seconds=seconds * (1 + 0.2 * draw))
