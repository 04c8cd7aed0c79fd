"""Experience sampling: what a study is, who takes part, what was asked, and what came back.

A *study* is the locked, hashed definition of what is asked and when. A *volunteer* has consented to
one version of it and is known by a code name, never by a Slack id. A *prompt* is one planned ask,
whatever became of it; an *answer* is what came back for one item of it. The rules are those of the
sampling protocol (docs/sampling/plan.md).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

Date = date  # for those who have a `date` of their own

# -- what a study file says ------------------------------------------------------------------------


class ItemKind(StrEnum):
    """How an item is answered."""

    BUTTONS = "buttons"  # in the message itself; the first tap
    SELECT = "select"
    RADIO = "radio"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is stored, and what is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """An item is shown only where another one was answered with one of these values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ends_if: the value of a first tap after which no form is opened.

    max_chars: of a text. source, licence, altered: where its wording comes from; an altered one may
    not be called validated.
    """

    name: str
    kind: ItemKind
    text: str
    options: tuple[Option, ...] = ()
    required: bool = False
    hint: str = ""
    max_chars: int = 0
    show_if: Condition | None = None
    ends_if: str | None = None
    source: str = "own"
    licence: str = "Apache-2.0"
    altered: bool = False


class Scheme(StrEnum):
    """How the moments are chosen; only `circular` is the default, the others are labelled so."""

    CIRCULAR = "circular"
    FIXED = "fixed"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a study asks. Minutes, save per_day (mean per 480 minutes of window) and study_days.

    windows: proposed, as "09:00-17:00"; each volunteer sets one or two. days: 0 is Monday.
    times: of the fixed scheme, wall clock. interval_min: of the interval scheme.
    """

    scheme: Scheme
    per_day: int
    vary: int
    gap_min: int
    windows: tuple[str, ...]
    days: tuple[int, ...]
    study_days: int
    expiry_min: int
    reminder_min: int
    grace_min: int
    max_send_lag_min: int
    times: tuple[time, ...] = ()
    interval_min: int = 0


@dataclass(frozen=True, slots=True)
class Legal:
    """Who answers for the study. `lock` refuses where any is empty."""

    controller: str = ""
    operator: str = ""
    contact: str = ""
    support: str = ""
    legal_basis: str = ""
    notice_url: str = ""
    delete_on: str = ""
    employee_representatives: str = ""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A study file, checked. `digest` is the hash of its canonical form: SHA-256, in hex.

    consent: the text with its placeholders. rotate: items of which `rotate_show` are shown, drawn
    for each prompt from the plan's stream. canonical: the text that was hashed, handed out with the
    proof of the plan.
    """

    id: str
    title: str
    version: int
    consent: str
    schedule: Schedule
    items: tuple[Item, ...]
    digest: str
    rotate: tuple[Item, ...] = ()
    rotate_show: int = 0
    decline: tuple[Option, ...] = ()
    baseline: tuple[Item, ...] = ()
    exit: tuple[Item, ...] = ()
    planned: int = 0
    legal: Legal = field(default_factory=Legal)
    canonical: str = field(default="", repr=False)

    @property
    def first(self) -> Item:
        """The item that is asked in the message."""
        return self.items[0]


# -- a study that runs -----------------------------------------------------------------------------


class StudyState(StrEnum):
    """Where a study is."""

    LOCKED = "locked"  # hashed, its key drawn; nobody can join yet
    RUNNING = "running"
    STOPPED = "stopped"  # nothing more is asked
    REVEALED = "revealed"  # its key is published


class Role(StrEnum):
    """What somebody may do with a study's answers. Nobody who leads a volunteer may hold one."""

    OWNER = "owner"
    CODER = "coder"
    READER = "reader"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody's role. It counts once they have attested, and for volunteers who agreed to it.

    since_version: the version of the study whose consent text names them.
    """

    person: str
    role: Role
    since_version: int
    attested_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A locked study of a workspace. `id` is random; `name` is what the file calls it.

    protocol: the newest version. commitment: SHA-256, in hex, published at lock. secret: the 32
    bytes that it commits to, which nobody may see before `revealed_at`.
    """

    id: str
    workspace: str
    name: str
    protocol: Protocol
    state: StudyState
    commitment: str
    secret: bytes = field(repr=False)
    locked_at: datetime
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    revealed_at: datetime | None = None
    head: str = ""  # of the chain of planned days
    # The newest version that nobody takes part in without having agreed to it.
    consent_version: int = 1
    erased: int = 0  # planned prompts of those who were erased: all that stays of them

    def has_consent_of(self, volunteer: "Volunteer") -> bool:
        """Whether they agreed to all that needs it; who has not is paused: nothing is planned."""
        return volunteer.version >= self.consent_version

    def may(self, appointments: Collection[Appointment], person: str, role: Role) -> bool:
        """Whether somebody holds a role, attested and not removed."""
        return any(
            each.person == person
            and each.role is role
            and each.attested_at is not None
            and each.removed_at is None
            for each in appointments
        )


# -- who takes part --------------------------------------------------------------------------------


class VolunteerState(StrEnum):
    """Where somebody is. Paused is also who has not yet agreed to an amendment."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    ERASED = "erased"


NOW_IN = frozenset({VolunteerState.ACTIVE, VolunteerState.PAUSED})


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which somebody may be asked: wall clock. One that ends before it begins crosses
    midnight and belongs to the date on which it begins."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays as they were found and then chosen, with what found them."""

    country: str
    region: str
    package: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a volunteer may be asked, as they chose. quiet: hours of their own, never asked in."""

    zone: str
    windows: tuple[Window, ...]
    days: tuple[int, ...]
    days_off: tuple[date, ...] = ()
    holidays: Holidays | None = None
    quiet: Window | None = None
    more_time: bool = False


@dataclass(frozen=True, slots=True)
class Volunteer:
    """One volunteer of one study, by code name: `v` and five letters, new for each study.

    version: of the study they agreed to. hours: for dates not yet planned. salt: 16 bytes, part of
    their stream, destroyed on erasure. planned_to: the last date that is planned; planned_days: how
    many are, of the study days; planned_until: when the hours of the last one end.
    """

    study: str
    pseudonym: str
    version: int
    state: VolunteerState
    hours: Hours
    salt: bytes = field(repr=False)
    first_day: date
    planned_to: date | None = None
    paused_until: datetime | None = None
    keep_if_gone: bool = False
    joined_at: datetime | None = None
    left_at: datetime | None = None
    planned_days: int = 0
    planned_until: datetime | None = None
    # The one note about questions that go unanswered is told once in a study.
    told_too_many: bool = False
    # What they said once, before or after: the item's name and the option's value.
    survey: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What was planned for one volunteer and date, with all that it was computed from.

    windows: UTC. gap: minutes, as used (more time doubles it). times: UTC, sorted. rotated: for
    each time, the number of the item that is shown of those that rotate. previous, digest: its
    links in the study's chain, in hex. tzdata, holidays: the versions of the packages.
    """

    study: str
    pseudonym: str
    date: Date
    day: int
    version: int
    digest_of_study: str
    zone: str
    windows: tuple[tuple[datetime, datetime], ...]
    gap: int
    more_time: bool
    days_off: tuple[Date, ...]
    tzdata: str
    holidays: str
    times: tuple[datetime, ...]
    rotated: tuple[int, ...]
    previous: str = ""
    digest: str = ""


# -- what was asked, and what came back ------------------------------------------------------------


class Outcome(StrEnum):
    """What became of a planned prompt: exactly one of these, in the end."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # the first tap, and no form in time
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_SENT = "not_sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


REASONS: dict[Outcome, tuple[str, ...]] = {
    Outcome.DECLINED: ("meeting", "focus", "incident", "other"),
    Outcome.NOT_SENT: ("paused", "incident", "quiet_hours", "day_off", "outside_window"),
    Outcome.FAILED: ("late", "slack_refused"),
    Outcome.CANCELLED: ("left", "erased", "study_stopped"),
}
"""The reasons that an outcome must have one of; the others have none."""

SENT = frozenset({Outcome.COMPLETE, Outcome.PARTIAL, Outcome.DECLINED, Outcome.EXPIRED})


class Trigger(StrEnum):
    """Why there is a prompt: planned, or volunteered with `/sampling now`."""

    SIGNAL = "signal"
    SELF_REPORT = "self_report"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of ours in Slack, to be changed or deleted later. Kept sealed."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One ask. `day` is the study day, from 1; `beep` the prompt of the day, from 1.

    planned_n: how many were planned for that day. outcome: None while it is not known. shown: the
    items that the form showed. opened_at: when the form was opened. late: the first tap came after
    expiry. valid: answered, and in time. expires_at: as it stands, with the grace of a first tap.
    """

    id: str
    study: str
    pseudonym: str
    version: int
    trigger: Trigger
    date: Date
    day: int
    beep: int
    planned_n: int
    planned_at: datetime | None
    zone: str
    rotated: int | None = None
    outcome: Outcome | None = None
    reason: str = ""
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    expires_at: datetime | None = None
    first_tap_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    shown: tuple[str, ...] = ()
    late: bool = False
    valid: bool = False
    message: Message | None = None
    reminder: Message | None = None

    @property
    def place(self) -> str:
        """Where it stands among the prompts of its study, to go on from in the next page."""
        return f"{self.pseudonym}/{self.day}/{self.beep}/{self.id}"


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the chain of planned days, as it was published. week: "2026-W47", or "end"."""

    week: str
    head: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one item: the option's value, or, of a text item, what was written."""

    prompt: str
    item: str
    value: str
    is_text: bool
    at: datetime
