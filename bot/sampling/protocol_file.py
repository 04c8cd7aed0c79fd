"""A study file's shape: which keys there are, of which type, within which limits.

Untrusted, so pydantic reads it; what it gives is checked key by key, and by `protocol_rules` as a
whole. Every key has its default here, and so has its place in the canonical form.
"""

import hashlib
import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.errors import Refusal
from bot.sampling.calendar import DAY_NAMES, read_window, window_text
from bot.sampling.model import (
    Condition,
    Item,
    ItemKind,
    Legal,
    Option,
    Protocol,
    Schedule,
    Scheme,
)

TEXT_MAX = 3000  # of an answer, as Slack takes it
QUESTION_MAX = 300
LABEL_MAX = 75
OPTIONS_MAX = 100
STUDY_DAYS_MAX = 60
PROMPTS_A_DAY_MAX = 12
DEFAULT_TEXT_MAX = 1000
FULL_DAY_MINUTES = 480
OWN, OUR_LICENCE = "own", "Apache-2.0"

_CONDITION = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(==|in\b)\s*(.+?)\s*")
_VALUE = re.compile(r"\s*(-?\d+|'[^']*'|\"[^\"]*\")\s*")


def read_condition(text: str) -> Condition:
    """`name == 1`, `name in [2, 3]`; values as numbers or in quotes. Raises ValueError."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError('is written like "stuck == 1" or "stuck in [2, 3]"')
    name, how, rest = found.groups()
    if how == "==":
        return Condition(name, (_value(rest),))
    if not (rest.startswith("[") and rest.endswith("]")):
        raise ValueError('has its values in brackets, like "stuck in [2, 3]"')
    return Condition(name, tuple(_value(each) for each in rest[1:-1].split(",")))


def _value(text: str) -> str:
    found = _VALUE.fullmatch(text)
    if found is None:
        raise ValueError(f"has a value that is neither a number nor in quotes: {text.strip()}")
    return found[1].strip("'\"")


def _condition(text: str) -> str:
    if text:
        read_condition(text)
    return text


def _window(text: str) -> str:
    try:
        return window_text(read_window(text))
    except Refusal as refusal:
        raise ValueError(refusal.text) from None


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("must be a time such as 09:30")
    return text


def _date(text: str) -> str:
    if text:
        date.fromisoformat(text)
    return text


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https?://\S+", text):
        raise ValueError("must begin with https:// or http://")
    return text


def _one_line(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ValueError("must be one line, without control characters")
    return text


def _like(pattern: str, said: str) -> AfterValidator:
    """Text of a pattern, which is told in words: nobody should have to read the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {said}")
        return text

    return AfterValidator(check)


Line = Annotated[str, AfterValidator(_one_line)]
Question = Annotated[Line, Field(min_length=1, max_length=QUESTION_MAX)]
Id = Annotated[
    str,
    _like(r"[a-z][a-z0-9-]{1,31}", "2 to 32 lower-case letters, digits and -, a letter first"),
]
Name = Annotated[
    str,
    _like(r"[a-z][a-z0-9_]{0,39}", "at most 40 lower-case letters, digits and _, a letter first"),
]
Beside = Annotated[
    str,
    _like(
        r"[A-Za-z0-9][A-Za-z0-9._-]*\.md",
        "the name of a file beside the study that ends in .md: letters, digits, . _ and -,"
        " no folder",
    ),
]
Label = Annotated[Line, Field(min_length=1, max_length=LABEL_MAX)]
Options = Annotated[tuple[tuple[Line, Label], ...], Field(max_length=OPTIONS_MAX)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Part(BaseModel):
    """Any table of the file: no key that is not known, nothing taken for what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


class StudyPart(Part):
    """[study]"""

    id: Id
    title: Label
    consent: Beside


class SchedulePart(Part):
    """[schedule]; minutes, save per_day and study_days."""

    scheme: Literal["circular", "fixed", "interval"] = "circular"
    per_day: int = Field(3, ge=1, le=PROMPTS_A_DAY_MAX)
    vary: Literal[0, 1] = 1
    gap_min: int = Field(60, ge=15, le=240)
    window: tuple[Annotated[str, AfterValidator(_window)], ...] = ("09:00-17:00",)
    days: tuple[DayName, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    study_days: int = Field(10, ge=1, le=STUDY_DAYS_MAX)
    expiry_min: int = Field(30, ge=5, le=240)
    reminder_min: int = Field(20, ge=1, le=240)
    grace_min: int = Field(15, ge=0, le=240)
    max_send_lag_min: int = Field(5, ge=1, le=5)
    times: tuple[Annotated[str, AfterValidator(_clock)], ...] = ()
    interval_min: int = Field(0, ge=0, le=600)


class ItemPart(Part):
    """[[item]], [[rotate.item]], [[baseline]], [[exit]]"""

    name: Name
    kind: Literal["buttons", "select", "radio", "text"]
    text: Question
    options: Options = ()
    required: bool = False
    hint: Annotated[Line, Field(max_length=QUESTION_MAX)] = ""
    max: int | None = Field(None, ge=1, le=TEXT_MAX)
    show_if: Annotated[str, AfterValidator(_condition)] = ""
    ends_if: Line | None = None
    source: Label = OWN
    licence: Label = OUR_LICENCE
    altered: bool = False


class RotatePart(Part):
    """[rotate]; `show` is one: one number is drawn for each prompt."""

    show: Literal[1] = 1
    item: tuple[ItemPart, ...] = Field(min_length=1)


class DeclinePart(Part):
    """[decline]"""

    options: Options


class PeoplePart(Part):
    """[people]; who they are is chosen at lock. planned: how many volunteers; 0 is not said."""

    planned: int = Field(0, ge=0, le=100_000)


class LegalPart(Part):
    """[legal]; `lock` refuses where one is empty."""

    controller: Line = ""
    operator: Line = ""
    contact: Line = ""
    support: Line = ""
    legal_basis: Line = ""
    notice_url: Annotated[str, AfterValidator(_address)] = ""
    delete_on: Annotated[str, AfterValidator(_date)] = ""
    employee_representatives: Literal["", "asked", "none"] = ""


class StudyFile(Part):
    """The whole file."""

    study: StudyPart
    schedule: SchedulePart = SchedulePart()
    item: tuple[ItemPart, ...] = ()
    rotate: RotatePart | None = None
    decline: DeclinePart | None = None
    baseline: tuple[ItemPart, ...] = ()
    exit: tuple[ItemPart, ...] = ()
    people: PeoplePart = PeoplePart()
    legal: LegalPart = LegalPart()


def protocol_of(file: StudyFile, consent: str, version: int, canonical: str) -> Protocol:
    """The file as the rest of Parallax knows it, hashed by its canonical form."""
    rotate = file.rotate
    return Protocol(
        id=file.study.id,
        title=file.study.title,
        version=version,
        consent=consent,
        schedule=_schedule(file.schedule),
        items=tuple(map(_item, file.item)),
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        rotate=tuple(map(_item, rotate.item)) if rotate else (),
        rotate_show=rotate.show if rotate else 0,
        decline=_options(file.decline.options) if file.decline else (),
        baseline=tuple(map(_item, file.baseline)),
        exit=tuple(map(_item, file.exit)),
        planned=file.people.planned,
        legal=Legal(**file.legal.model_dump()),
        canonical=canonical,
    )


def _schedule(part: SchedulePart) -> Schedule:
    scheme = Scheme(part.scheme)
    return Schedule(
        scheme=scheme,
        per_day=_per_day(part),
        vary=part.vary if scheme is Scheme.CIRCULAR else 0,
        gap_min=part.gap_min,
        windows=part.window,
        days=tuple(sorted({DAY_NAMES.index(each) for each in part.days})),
        study_days=part.study_days,
        expiry_min=part.expiry_min,
        reminder_min=part.reminder_min,
        grace_min=part.grace_min,
        max_send_lag_min=part.max_send_lag_min,
        times=tuple(sorted(time.fromisoformat(each) for each in part.times)),
        interval_min=part.interval_min,
    )


def _per_day(part: SchedulePart) -> int:
    """Of a full day; of the schemes that are not drawn it follows from their times."""
    if part.scheme == "fixed":
        return len(part.times)
    if part.scheme == "interval" and part.interval_min:
        return FULL_DAY_MINUTES // part.interval_min
    return part.per_day


def _item(part: ItemPart) -> Item:
    kind = ItemKind(part.kind)
    longest = part.max or (DEFAULT_TEXT_MAX if kind is ItemKind.TEXT else 0)
    return Item(
        name=part.name,
        kind=kind,
        text=part.text,
        options=_options(part.options),
        required=part.required,
        hint=part.hint,
        max_chars=longest,
        show_if=read_condition(part.show_if) if part.show_if else None,
        ends_if=part.ends_if,
        source=part.source,
        licence=part.licence,
        altered=part.altered,
    )


def _options(pairs: Options) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in pairs)
