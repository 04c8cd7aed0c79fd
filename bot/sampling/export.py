"""What a study's files hold: columns, always all of them and in one order, and rows.

`signals` has one row for each planned prompt, whatever became of it; `self_reports` is a file of
its own, for nobody planned those; practice is stored nowhere, so it is in neither. Rows are made a
person at a time, so that no more than one person's prompts are ever held. The bundles differ in
what they leave out: an *analyst* gets everything; a *reader* and *openESM* get no text, no clock
times and no reasons, and to them every prompt that was not sent reads `not_sent`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from bot.sampling.calendar import zone_of
from bot.sampling.model import (
    SENT,
    Answer,
    Item,
    ItemKind,
    Outcome,
    Prompt,
    Protocol,
    Trigger,
)
from bot.sampling.rates import careless

Value = int | float | str | datetime | None
Row = dict[str, Value]

GIVEN = "_given"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NOT_SENT = "not_sent"
FLAGS = {"hasty": 1, "same_ratings": 2, "not_working": 4}


class Bundle(StrEnum):
    """For whom files are made."""

    ANALYST = "analyst"
    READER = "reader"
    OPENESM = "openesm"

    @property
    def is_whole(self) -> bool:
        """Whether it has text, clock times and reasons."""
        return self is Bundle.ANALYST


class Kind(StrEnum):
    """What a column holds. Only of TEXT an empty cell is an empty text, and not missing."""

    INTEGER = "integer"
    NUMBER = "number"
    LABEL = "label"  # one of a closed list, or a name
    TIME = "time"
    CHOICE = "choice"  # an integer with a label
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. withheld: in the analyst's bundle only. labels: of a choice, and of labels."""

    name: str
    kind: Kind
    about: str
    withheld: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    item: Item | None = None


def _column(name: str, kind: Kind, about: str, *, withheld: bool = False) -> Column:
    return Column(name, kind, about, withheld)


_WEEKDAYS = tuple(
    (str(n), name)
    for n, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 1
    )
)
_YES_NO = (("0", "no"), ("1", "yes"))
_STATUS = tuple((each.value, "") for each in Outcome)
_PARTS = ((6, "night"), (12, "morning"), (14, "midday"), (18, "afternoon"), (24, "evening"))

SIGNALS: tuple[Column, ...] = (
    _column("id", Kind.LABEL, "Code name of the volunteer, new for each study"),
    _column("study_version", Kind.INTEGER, "Version of the study that this prompt followed"),
    _column("day", Kind.INTEGER, "Study day of this volunteer, from 1"),
    _column("beep", Kind.INTEGER, "Prompt of the day, from 1"),
    _column("obsno", Kind.INTEGER, "Planned prompt of this volunteer, from 1, without gaps"),
    _column("trigger", Kind.LABEL, "signal: planned; self_report: volunteered"),
    _column("scheduled", Kind.TIME, "The planned second", withheld=True),
    _column("sent", Kind.TIME, "When it was sent; empty if it was not", withheld=True),
    _column("start", Kind.TIME, "First tap; Slack gives no read receipts", withheld=True),
    _column("end", Kind.TIME, "When the form was sent, or the tap that ended it", withheld=True),
    _column("expires", Kind.TIME, "Until when it was open, with any grace", withheld=True),
    Column("status", Kind.LABEL, "What became of it: exactly one of these", False, _STATUS),
    _column("missing_reason", Kind.LABEL, "Why it was not sent, failed or fell", withheld=True),
    _column("decline_reason", Kind.LABEL, "What the volunteer said kept them", withheld=True),
    _column("latency_s", Kind.INTEGER, "Seconds from sent to first tap"),
    _column("lag_s", Kind.INTEGER, "Seconds from planned to sent", withheld=True),
    _column("duration_s", Kind.INTEGER, "Seconds from first tap to end"),
    _column("tz", Kind.LABEL, "Time zone of the volunteer at that prompt", withheld=True),
    _column("utc_offset_min", Kind.INTEGER, "Minutes ahead of UTC at that prompt", withheld=True),
    _column(
        "hours_since_start",
        Kind.NUMBER,
        "Hours from the midnight that began the volunteer's first day to the planned second",
        withheld=True,
    ),
    Column("weekday", Kind.INTEGER, "Day of the week, 1 is Monday", True, _WEEKDAYS),
    _column("planned_day_n", Kind.INTEGER, "How many prompts were planned for that day"),
    Column("reminded", Kind.INTEGER, "Whether a reminder was sent", True, _YES_NO),
    _column("items_shown", Kind.LABEL, "Items that were shown; an item not here was not asked"),
    Column("valid", Kind.INTEGER, "Answered, and in time; never empty", False, _YES_NO),
    Column("late", Kind.INTEGER, "The first tap, or the form, came after expiry", False, _YES_NO),
    _column(
        "careless_flag",
        Kind.INTEGER,
        "Sum of 1 (form open under 1 s per item shown), 2 (same ratings in 5 or more successive "
        "prompts), 4 (not working at over half of the prompts); nothing was excluded for it",
    ),
)
PART_OF_DAY = Column(
    "part_of_day",
    Kind.LABEL,
    "Part of the volunteer's day in which it was planned",
    False,
    tuple((name, f"until {hour}:00") for hour, name in _PARTS),
)
ALIASES = (
    _column("daycum", Kind.INTEGER, "The same as day, by the name that esmtools uses"),
    _column("beepno", Kind.INTEGER, "The same as beep, by the name that esmtools uses"),
)
_PLANNED_ONLY = frozenset(
    {"beep", "scheduled", "sent", "expires", "status", "missing_reason", "decline_reason",
     "latency_s", "lag_s", "planned_day_n", "reminded", "beepno"}
)  # fmt: skip


def items_of(versions: Iterable[Protocol]) -> tuple[Item, ...]:
    """Every item that any version asked with prompts, by name, in the order of its first time."""
    found: dict[str, Item] = {}
    for protocol in versions:
        for each in (*protocol.items, *protocol.rotate):
            found.setdefault(each.name, each)
    return tuple(found.values())


def survey_items(versions: Iterable[Protocol]) -> tuple[Item, ...]:
    """Every item of a baseline or exit survey."""
    found: dict[str, Item] = {}
    for protocol in versions:
        for each in (*protocol.baseline, *protocol.exit):
            found.setdefault(each.name, each)
    return tuple(found.values())


def item_columns(items: Iterable[Item], bundle: Bundle) -> Iterator[Column]:
    """The columns of items: a choice, or a text with whether it was given."""
    for each in items:
        if each.kind is not ItemKind.TEXT:
            labels = tuple((o.value, o.label) for o in each.options)
            yield Column(each.name, Kind.CHOICE, each.text, False, labels, each)
            continue
        if bundle.is_whole:
            yield Column(each.name, Kind.TEXT, each.text, True, (), each)
        about = f"Whether {each.name} was given: people write NA and null"
        yield Column(f"{each.name}{GIVEN}", Kind.INTEGER, about, False, _YES_NO)


def signal_columns(
    versions: Sequence[Protocol], bundle: Bundle, *, aliases: bool
) -> tuple[Column, ...]:
    """The columns of `signals`. aliases: with the names of esmtools as well."""
    fixed = (*SIGNALS, *ALIASES) if aliases else SIGNALS
    if not bundle.is_whole:
        fixed = (*(each for each in fixed if not each.withheld), PART_OF_DAY)
    return (*fixed, *item_columns(items_of(versions), bundle))


def report_columns(
    versions: Sequence[Protocol], bundle: Bundle, *, aliases: bool
) -> tuple[Column, ...]:
    """The columns of `self_reports`: those of `signals` but what is of a plan."""
    every = signal_columns(versions, bundle, aliases=aliases)
    return tuple(each for each in every if each.name not in _PLANNED_ONLY)


def static_columns(versions: Sequence[Protocol], bundle: Bundle) -> tuple[Column, ...]:
    """The columns of `static`: one row for each volunteer."""
    version = _column("study_version", Kind.INTEGER, "Newest version that they agreed to")
    return (SIGNALS[0], version, *item_columns(survey_items(versions), bundle))


# -- rows ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnePerson:
    """All prompts of one volunteer so far, in the order in which they were planned, with answers.

    surveys: what they said at the beginning and at the end, by item.
    """

    pseudonym: str
    version: int
    prompts: tuple[Prompt, ...]
    answers: tuple[Answer, ...]
    surveys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """One volunteer's rows, for the analyst; other bundles leave columns out of them.

    prompts: those that the rows are of. flagged: which of them are flagged as careless, and why.
    """

    prompts: tuple[Prompt, ...]
    signals: tuple[Row, ...]
    self_reports: tuple[Row, ...]
    static: Row
    flagged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def is_over(prompt: Prompt, now: datetime) -> bool:
    """Whether a prompt may be seen: it has its outcome, and its planned second is past."""
    at = prompt.planned_at or prompt.first_tap_at or prompt.opened_at
    return prompt.outcome is not None and at is not None and at <= now


def rows_of(one: OnePerson, versions: Sequence[Protocol], now: datetime) -> Rows:
    """The rows of a volunteer; nothing of a prompt whose time is still to come."""
    seen = sorted(
        (each for each in one.prompts if is_over(each, now)), key=lambda p: (moment(p), p.id)
    )
    given: dict[str, dict[str, str]] = {}
    for each in one.answers:
        given.setdefault(each.prompt, {})[each.item] = each.value
    flags = _flags(one, seen, versions)
    began = _first_midnight(seen)
    items = items_of(versions)
    signals: list[Row] = []
    reports: list[Row] = []
    for prompt in seen:
        rows = signals if prompt.trigger is Trigger.SIGNAL else reports
        row = _row(prompt, len(rows) + 1, began, versions)
        row["careless_flag"] = sum(FLAGS[name] for name in flags.get(prompt.id, ()))
        row.update(_values(items, given.get(prompt.id, {})))
        rows.append(row)
    return Rows(tuple(seen), tuple(signals), tuple(reports), _static(one, versions), flags)


def moment(prompt: Prompt) -> datetime:
    """By when a prompt is put in order: as planned, or, of a self-report, as it began."""
    found = prompt.planned_at or prompt.first_tap_at or prompt.opened_at
    if found is None:
        raise ValueError("a prompt that was neither planned nor begun")
    return found


def not_working(first: Item) -> str | None:
    """The choice of a first item that says that somebody was not working: the one that ends it."""
    return first.ends_if


def ratings_of(items: Iterable[Item]) -> tuple[str, ...]:
    """The items that are ratings."""
    return tuple(each.name for each in items if each.kind is ItemKind.RADIO)


def _flags(
    one: OnePerson, seen: Sequence[Prompt], versions: Sequence[Protocol]
) -> dict[str, tuple[str, ...]]:
    first = versions[-1].first
    return careless(
        [each for each in seen if each.trigger is Trigger.SIGNAL],
        one.answers,
        first=first.name,
        ratings=ratings_of(items_of(versions)),
        not_working=not_working(first),
    )


def _row(prompt: Prompt, number: int, began: datetime, versions: Sequence[Protocol]) -> Row:
    zone, at = zone_of(prompt.zone), moment(prompt)
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    declined = prompt.outcome is Outcome.DECLINED
    outcome = prompt.outcome.value if prompt.outcome is not None else ""
    return {
        "id": prompt.pseudonym,
        "study_version": prompt.version,
        "day": prompt.day,
        "beep": prompt.beep,
        "obsno": number,
        "trigger": prompt.trigger.value,
        "scheduled": _local(prompt.planned_at, prompt.zone),
        "sent": _local(prompt.sent_at, prompt.zone),
        "start": _local(prompt.first_tap_at, prompt.zone),
        "end": _local(prompt.ended_at, prompt.zone),
        "expires": _local(prompt.expires_at, prompt.zone),
        "status": outcome,
        "missing_reason": None if declined else prompt.reason or None,
        "decline_reason": prompt.reason or None if declined else None,
        "latency_s": _seconds(prompt.sent_at, prompt.first_tap_at),
        "lag_s": _seconds(prompt.planned_at, prompt.sent_at),
        "duration_s": _seconds(prompt.first_tap_at, prompt.ended_at),
        "tz": prompt.zone,
        "utc_offset_min": int(offset.total_seconds() // 60),
        "hours_since_start": round((at - began).total_seconds() / 3600, 4),
        "weekday": local.isoweekday(),
        "planned_day_n": prompt.planned_n,
        "reminded": int(prompt.reminded_at is not None),
        "items_shown": _shown(prompt, versions) or None,
        "valid": int(prompt.valid),
        "late": int(prompt.late),
        "part_of_day": part_of_day(local.hour),
        "daycum": prompt.day,
        "beepno": prompt.beep,
    }


def part_of_day(hour: int) -> str:
    """The part of the day that an hour by the clock on the wall is in."""
    return next(name for until, name in _PARTS if hour < until)


def _local(at: datetime | None, zone: str) -> datetime | None:
    return None if at is None else at.astimezone(zone_of(zone)).replace(microsecond=0)


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    if since is None or until is None:
        return None
    return int((until - since).total_seconds())


def _shown(prompt: Prompt, versions: Sequence[Protocol]) -> str:
    """The first item stands in the message, so whoever was sent it was shown it."""
    if prompt.outcome not in SENT and prompt.first_tap_at is None:
        return ""
    protocol = next((each for each in versions if each.version == prompt.version), versions[-1])
    first = protocol.first.name
    return " ".join((first, *(each for each in prompt.shown if each != first)))


def _first_midnight(seen: Sequence[Prompt]) -> datetime:
    if not seen:
        return NEVER
    first = min(seen, key=lambda each: each.date)
    return datetime.combine(first.date, time(0), zone_of(first.zone))


def _values(items: Iterable[Item], given: Mapping[str, str]) -> Row:
    row: Row = {}
    for each in items:
        answer = given.get(each.name)
        if each.kind is ItemKind.TEXT:
            row[each.name] = answer or ""
            row[f"{each.name}{GIVEN}"] = int(answer is not None)
        else:
            row[each.name] = None if answer is None else int(answer)
    return row


def _static(one: OnePerson, versions: Sequence[Protocol]) -> Row:
    row: Row = {"id": one.pseudonym, "study_version": one.version}
    return row | _values(survey_items(versions), dict(one.surveys))


def as_seen(row: Row, bundle: Bundle) -> Row:
    """A row as that bundle has it: to all but the analyst, what was not sent was not sent."""
    if bundle.is_whole or row.get("status") in {each.value for each in SENT}:
        return row
    return row | {"status": NOT_SENT} if "status" in row else row
