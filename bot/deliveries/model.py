"""The ledger of due sends: what is owed, to whom, by when, and what became of it.

A *delivery* is one send that is not the direct answer to the person who acted. It is planned in
the transaction that makes it necessary, claimed under a lease, sent, and finished where its fence
still matches. Its identity is (workspace, purpose, subject, due).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
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
    MISSED = "missed"  # its moment passed, or it was cancelled before; the reason says which
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

# A method that Slack answers slowly must not hold all that a process may have in flight.
PER_LANE = 8
# The longest that a lane may be shut; Slack asks for seconds, at most minutes.
MOST_SHUT = timedelta(minutes=30)
# So late, a first try is no longer surely the first: a database that lost its last commits, or was
# put back, gives out as new what was sent already.
LATE = timedelta(minutes=3)


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

    in_doubt: it may have been sent: the attempt before this one ended without word, or it was
    due before a backup was restored, which cannot know what was sent after it, or it is looked
    back for and is late.
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


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the ledger owes: not yet due, due, being sent; and since when the oldest is due.

    What studies owe counts once it is due: before, it would tell that a prompt is still to come.
    """

    ahead: int
    due: int
    held: int
    oldest: datetime | None


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
class Orphan:
    """A message whose sender lost its fence, and what became of the delivery.

    doubled: another message won, so this one is one too many.
    """

    delivery: Delivery
    ref: str
    doubled: bool


@dataclass(frozen=True, slots=True)
class Busy:
    """What a process has in flight: the keys, and how many of each lane."""

    keys: Collection[str] = ()
    lanes: Mapping[Lane, int] = field(default_factory=dict)


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


class _Budgets:
    """The lanes while they are shared out: who may go, and where the others queue."""

    def __init__(
        self, lanes: Mapping[Lane, datetime], now: datetime, busy: Busy, queued: dict[Lane, int]
    ) -> None:
        self._now = now
        self._free = dict(lanes)
        self._flying = Counter(busy.lanes)
        self._queued = queued
        self.used: dict[Lane, datetime] = {}

    def opens(self, delivery: Delivery) -> datetime | None:
        """When it may go at the earliest, counting those before it; None: now."""
        lane, rate = lane_of(delivery), rate_of(delivery.lane)
        opens = _ready_at(self._free.get(lane), rate, self._now)
        if self._flying[lane] >= PER_LANE:
            opens = max(opens, self._now + timedelta(seconds=rate.interval))
        if opens <= self._now:
            return None
        place = self._queued[lane] = self._queued.get(lane, -1) + 1
        return opens + timedelta(seconds=rate.interval * place)

    def spend(self, delivery: Delivery) -> None:
        """One goes."""
        lane, rate = lane_of(delivery), rate_of(delivery.lane)
        since = self._free.get(lane, self._now)
        if _far_ahead(since, rate, self._now):
            since = self._now
        self._free[lane] = max(since, self._now) + timedelta(seconds=rate.interval)
        self.used[lane] = self._free[lane]
        self._flying[lane] += 1


def unsent(delivery: Delivery, now: datetime) -> State | None:
    """How a delivery ends that is due but may not be sent any more; None if it may."""
    if delivery.in_doubt and delivery.policy is Policy.AT_MOST_ONCE:
        return State.UNKNOWN
    if delivery.expires is not None and delivery.expires <= now:
        return State.MISSED
    return None


def allot(
    due: Iterable[Delivery],
    lanes: Mapping[Lane, datetime],
    now: datetime,
    limit: int,
    busy: Busy | None = None,
    queued: dict[Lane, int] | None = None,
    heard: Collection[str] = (),
) -> Allotment:
    """Share the lanes' budgets among deliveries that are due, in the order given.

    `lanes` holds each lane's next free time. The rule is the generic cell rate algorithm (ITU-T
    I.371): a send conforms if it comes no earlier than the lane's next free time less the burst.
    What does not fit is moved to the slot it can expect, so that it does not stand in the way of
    the other lanes. `queued` counts those moved, for a backlog that is shared out in pieces. Of
    the purposes `heard`, those that end unsent are among the claimed, and cost no budget.
    """
    busy = busy or Busy()
    budgets = _Budgets(lanes, now, busy, {} if queued is None else queued)
    claimed: list[Delivery] = []
    postponed: list[tuple[Delivery, datetime]] = []
    ended: dict[State, list[Delivery]] = {State.MISSED: [], State.UNKNOWN: []}
    for delivery in due:
        if delivery.key in busy.keys:  # its lease ran out, as after a jump of the clock: ours still
            continue
        end = unsent(delivery, now)
        if end is not None and delivery.purpose not in heard:
            ended[end].append(delivery)
        elif end is None and (opens := budgets.opens(delivery)) is not None:
            postponed.append((delivery, opens))
        elif len(claimed) < limit:
            claimed.append(delivery)
            if end is None:
                budgets.spend(delivery)
    missed, unknown = tuple(ended[State.MISSED]), tuple(ended[State.UNKNOWN])
    return Allotment(tuple(claimed), tuple(postponed), missed, unknown, budgets.used)


def _ready_at(next_free: datetime | None, rate: Rate, now: datetime) -> datetime:
    if next_free is None or _far_ahead(next_free, rate, now):
        return now
    return next_free - timedelta(seconds=rate.interval * (rate.burst - 1))


def _far_ahead(next_free: datetime, rate: Rate, now: datetime) -> bool:
    """No budget shuts a lane for so long: the clock that said so has been set back since."""
    return next_free > now + MOST_SHUT + timedelta(seconds=rate.interval * rate.burst)


def backoff(attempts: int, draw: float) -> timedelta:
    """How long to wait after a definite failure: doubling from 2 s to 5 min, and up to 20 % more.

    `draw` is uniform in [0, 1): replicas that failed together do not come back together.
    """
    seconds = min(2.0 ** min(attempts, 9), 300.0)
    return timedelta(seconds=seconds * (1 + 0.2 * draw))
