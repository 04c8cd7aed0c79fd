"""What a study's files hold: for whom, their columns, always all of them and in one order, and one
person's prompts, of which `export_rows` makes the rows.

`signals` has one row for each planned prompt, whatever became of it; `self_reports` is a file of
its own, for nobody planned those; practice is stored nowhere, so it is in neither. The bundles
differ in what they leave out: an *analyst* gets everything; a *reader* and *openESM* get no text,
no clock times and no reasons, and to them every prompt that was not sent reads `not_sent`: what
failed, what may not have arrived and what was cancelled as well.

What a column is can differ from file to file: a self-report was not planned, and to all but the
analyst *not sent* is more than it is to the analyst. So the columns of each file say it themselves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.sampling.calendar import zone_of
from bot.sampling.model import (
    REASONS,
    SENT,
    Answer,
    Item,
    ItemKind,
    Outcome,
    Prompt,
    Protocol,
    Trigger,
)

GIVEN = "_given"
PARTS = ((6, "night"), (12, "morning"), (14, "midday"), (18, "afternoon"), (24, "evening"))


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


Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. withheld: in the analyst's bundle only. labels: of a choice, and of labels."""

    name: str
    kind: Kind
    about: str
    withheld: bool = False
    labels: Labels = ()
    item: Item | None = None


def _column(
    name: str, kind: Kind, about: str, labels: Labels = (), *, withheld: bool = False
) -> Column:
    return Column(name, kind, about, withheld, labels)


_WEEKDAYS = tuple(
    (str(n), name)
    for n, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 1
    )
)
_YES_NO = (("0", "no"), ("1", "yes"))
_BECAME = {
    Outcome.COMPLETE: "the form was sent, or the first tap ended it",
    Outcome.PARTIAL: "the first tap, and no form in time",
    Outcome.DECLINED: "the volunteer said that they can't just now",
    Outcome.EXPIRED: "sent and not answered",
    Outcome.NOT_SENT: "held back, see missing_reason",
    Outcome.FAILED: "could not be sent, see missing_reason",
    Outcome.UNKNOWN: "Slack's answer was lost: it may have arrived or not",
    Outcome.CANCELLED: "somebody left or the study was stopped; in no rate",
}
_TO_OTHERS = {each: _BECAME[each] for each in Outcome if each in SENT} | {
    Outcome.NOT_SENT: "not sent, for whatever reason: held back, failed, unknown or cancelled"
}


def _named(values: Iterable[str]) -> Labels:
    return tuple((each, "") for each in values)


def _labels(became: dict[Outcome, str]) -> Labels:
    return tuple((each.value, label) for each, label in became.items())


_REASONS = _named(
    reason
    for outcome in (Outcome.NOT_SENT, Outcome.FAILED, Outcome.CANCELLED)
    for reason in REASONS[outcome]
    if reason != "erased"  # of whom nothing is in any file
)
STATUS = "What became of it: exactly one of these"
STATUS_TO_OTHERS = (
    f"{STATUS}. Since cancelled prompts are among not_sent, coverage and compliance cannot be "
    "computed from this file; methods.md has them"
)
FLAG = (
    "Sum of 1 (form open under 1 s per item shown), 2 (same ratings in 5 or more successive "
    "prompts), 4 (not working at over half of the prompts); nothing was excluded for it"
)

SIGNALS: tuple[Column, ...] = (
    _column("id", Kind.LABEL, "Code name of the volunteer, new for each study"),
    _column("study_version", Kind.INTEGER, "Version of the study that this prompt followed"),
    _column("day", Kind.INTEGER, "Study day of this volunteer, from 1"),
    _column("beep", Kind.INTEGER, "Prompt of the day, from 1"),
    _column("obsno", Kind.INTEGER, "Planned prompt of this volunteer, from 1, without gaps"),
    _column("trigger", Kind.LABEL, "Why it is here", (("signal", "it was planned"),)),
    _column("scheduled", Kind.TIME, "The planned second", withheld=True),
    _column("sent", Kind.TIME, "When it was sent; empty if it was not", withheld=True),
    _column("start", Kind.TIME, "First tap; Slack gives no read receipts", withheld=True),
    _column("end", Kind.TIME, "When the form was sent, or the tap that ended it", withheld=True),
    _column("expires", Kind.TIME, "Until when it was open, with any grace", withheld=True),
    _column("status", Kind.LABEL, STATUS, _labels(_BECAME)),
    _column(
        "missing_reason", Kind.LABEL, "Why not sent, failed or cancelled", _REASONS, withheld=True
    ),
    _column(
        "decline_reason",
        Kind.LABEL,
        "What the volunteer said kept them",
        _named(REASONS[Outcome.DECLINED]),
        withheld=True,
    ),
    _column("latency_s", Kind.INTEGER, "Seconds from sent to first tap"),
    _column("lag_s", Kind.INTEGER, "Seconds from planned to sent", withheld=True),
    _column("duration_s", Kind.INTEGER, "Seconds from first tap to end"),
    _column("tz", Kind.LABEL, "Time zone of the volunteer at that prompt", withheld=True),
    _column(
        "utc_offset_min",
        Kind.INTEGER,
        "Minutes ahead of UTC at the planned second; all times of this row are shown with it",
        withheld=True,
    ),
    _column(
        "hours_since_start",
        Kind.NUMBER,
        "Hours from the midnight that began the volunteer's first day to the planned second",
        withheld=True,
    ),
    _column("weekday", Kind.INTEGER, "Day of the week, 1 is Monday", _WEEKDAYS, withheld=True),
    _column("planned_day_n", Kind.INTEGER, "How many prompts were planned for that day"),
    _column("reminded", Kind.INTEGER, "Whether a reminder was sent", _YES_NO, withheld=True),
    _column("items_shown", Kind.LABEL, "Items that were shown; an item not here was not asked"),
    _column("valid", Kind.INTEGER, "Answered, and in time; never empty", _YES_NO),
    _column("late", Kind.INTEGER, "The first tap came after expiry", _YES_NO),
    _column("careless_flag", Kind.INTEGER, FLAG),
)
PART_OF_DAY = _column(
    "part_of_day",
    Kind.LABEL,
    "Part of the volunteer's day in which it was planned",
    tuple((name, f"until {hour}:00") for hour, name in PARTS),
)
ALIASES = (
    _column("daycum", Kind.INTEGER, "The same as day, by the name that esmtools uses"),
    _column("beepno", Kind.INTEGER, "The same as beep, by the name that esmtools uses"),
)
EVENTS = (
    _column("id", Kind.LABEL, "Whose event it is; empty for the study's own"),
    _column(
        "event",
        Kind.LABEL,
        "What happened",
        (
            ("locked", "the study was fixed, and its plan committed to"),
            ("started", "people could join"),
            ("amended", "a later version; when is not kept, consents to it came after"),
            ("stopped", "nothing more was asked"),
            ("revealed", "the key of the plan was published"),
            ("consented", "a volunteer agreed to that version"),
            ("joined", "a volunteer began to take part"),
            ("left", "a volunteer is asked no more, of this study"),
        ),
    ),
    _column("study_version", Kind.INTEGER, "The version that it is about; empty if not kept"),
    _column("at", Kind.TIME, "When, in UTC; empty for amended"),
)
_PLANNED_ONLY = frozenset(
    {"beep", "scheduled", "sent", "expires", "status", "missing_reason", "decline_reason",
     "latency_s", "lag_s", "planned_day_n", "reminded", "beepno"}
)  # fmt: skip
# What is said otherwise of a report that nobody planned.
_OF_REPORTS = {
    "study_version": "Version of the study that this report followed",
    "obsno": "Report of this volunteer, from 1, without gaps",
    "start": "First tap; empty where the report was begun and not answered",
    "tz": "Time zone of the volunteer at that report",
    "utc_offset_min": "Minutes ahead of UTC as it began; all times of this row are shown with it",
    "hours_since_start": "Hours from the midnight that began the volunteer's first day to when "
    "the report began",
    "weekday": "Day of the week on which it began, 1 is Monday",
    "part_of_day": "Part of the volunteer's day in which it began",
    "careless_flag": "Always 0: reports are not looked at for careless answering",
}
_BY_THEMSELVES = (("self_report", "the volunteer reported unasked"),)


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
        yield _column(f"{each.name}{GIVEN}", Kind.INTEGER, _given(each, bundle), _YES_NO)


def _given(item: Item, bundle: Bundle) -> str:
    if bundle.is_whole:
        return f"Whether {item.name} was given: people write NA and null"
    return f"Whether a text was given to: {item.text}"


def signal_columns(
    versions: Sequence[Protocol], bundle: Bundle, *, aliases: bool
) -> tuple[Column, ...]:
    """The columns of `signals`. aliases: with the names of esmtools as well."""
    fixed = (*SIGNALS, *ALIASES) if aliases else SIGNALS
    if not bundle.is_whole:
        fixed = (*(_to_others(each) for each in fixed if not each.withheld), PART_OF_DAY)
    return (*fixed, *item_columns(items_of(versions), bundle))


def _to_others(column: Column) -> Column:
    if column.name != "status":
        return column
    return replace(column, about=STATUS_TO_OTHERS, labels=_labels(_TO_OTHERS))


def report_columns(
    versions: Sequence[Protocol], bundle: Bundle, *, aliases: bool
) -> tuple[Column, ...]:
    """The columns of `self_reports`: those of `signals` but what is of a plan."""
    every = signal_columns(versions, bundle, aliases=aliases)
    return tuple(_of_report(each) for each in every if each.name not in _PLANNED_ONLY)


def _of_report(column: Column) -> Column:
    if column.name == "trigger":
        return replace(column, labels=_BY_THEMSELVES)
    if column.item is not None:
        return column
    return replace(column, about=_OF_REPORTS.get(column.name, column.about))


def static_columns(versions: Sequence[Protocol], bundle: Bundle) -> tuple[Column, ...]:
    """The columns of `static`: one row for each volunteer."""
    version = _column("study_version", Kind.INTEGER, "Newest version that they agreed to")
    return (SIGNALS[0], version, *item_columns(survey_items(versions), bundle))


# -- one person ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnePerson:
    """All prompts of one volunteer so far, in the order in which they were planned, with answers.

    surveys: what they said at the beginning and at the end, by item. ended: whether nothing more is
    planned in the study.
    """

    pseudonym: str
    version: int
    prompts: tuple[Prompt, ...]
    answers: tuple[Answer, ...]
    surveys: tuple[tuple[str, str], ...] = ()
    ended: bool = True

    def seen(self, now: datetime) -> list[Prompt]:
        """Those that a file may tell of, in the order in which they were planned or begun.

        How many were planned on a day stands in its rows, and whether a row is still missing tells
        the rest: a day of a study that goes on is told of once it can hold no other prompt.
        """
        over = (each for each in self.prompts if is_over(each, now))
        told = (each for each in over if self.ended or _day_is_over(each, now))
        return sorted(told, key=lambda each: (moment(each), each.id))


def _day_is_over(prompt: Prompt, now: datetime) -> bool:
    """Hours that begin on a date may end on the next one, and before noon."""
    if prompt.trigger is not Trigger.SIGNAL:
        return True
    noon = datetime.combine(prompt.date + timedelta(days=1), time(12), zone_of(prompt.zone))
    return noon <= now


def is_over(prompt: Prompt, now: datetime) -> bool:
    """Whether a prompt may be seen: it has its outcome, and its planned second is past."""
    at = prompt.planned_at or prompt.first_tap_at or prompt.opened_at
    return prompt.outcome is not None and at is not None and at <= now


def moment(prompt: Prompt) -> datetime:
    """By when a prompt is put in order: as planned, or, of a self-report, as it began."""
    found = prompt.planned_at or prompt.first_tap_at or prompt.opened_at
    if found is None:
        raise ValueError("a prompt that was neither planned nor begun")
    return found


def part_of_day(hour: int) -> str:
    """The part of the day that an hour by the clock on the wall is in."""
    return next(name for until, name in PARTS if hour < until)
