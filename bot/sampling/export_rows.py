"""The rows of a study's files, made a person at a time, so that no more than one person's prompts
are ever held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone

from bot.sampling.calendar import zone_of
from bot.sampling.export import (
    GIVEN,
    Bundle,
    OnePerson,
    items_of,
    moment,
    part_of_day,
    survey_items,
)
from bot.sampling.model import SENT, Item, ItemKind, Outcome, Prompt, Protocol, Trigger
from bot.sampling.rates import careless

Value = int | float | str | datetime | None
Row = dict[str, Value]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
FLAGS = {"hasty": 1, "same_ratings": 2, "not_working": 4}


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


def rows_of(one: OnePerson, versions: Sequence[Protocol], now: datetime) -> Rows:
    """The rows of a volunteer; nothing of a prompt whose time is still to come."""
    seen = one.seen(now)
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
    at = moment(prompt)
    minutes = _offset_min(at, prompt.zone)
    wall = timezone(timedelta(minutes=minutes))
    local = at.astimezone(wall)
    declined = prompt.outcome is Outcome.DECLINED
    outcome = prompt.outcome.value if prompt.outcome is not None else ""
    return {
        "id": prompt.pseudonym,
        "study_version": prompt.version,
        "day": prompt.day,
        "beep": prompt.beep,
        "obsno": number,
        "trigger": prompt.trigger.value,
        "scheduled": _local(prompt.planned_at, wall),
        "sent": _local(prompt.sent_at, wall),
        "start": _local(prompt.first_tap_at, wall),
        "end": _local(prompt.ended_at, wall),
        "expires": _local(prompt.expires_at, wall),
        "status": outcome,
        "missing_reason": None if declined else prompt.reason or None,
        "decline_reason": prompt.reason or None if declined else None,
        "latency_s": _seconds(prompt.sent_at, prompt.first_tap_at),
        "lag_s": _seconds(prompt.planned_at, prompt.sent_at),
        "duration_s": _seconds(prompt.first_tap_at, prompt.ended_at),
        "tz": prompt.zone,
        "utc_offset_min": minutes,
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


def _offset_min(at: datetime, zone: str) -> int:
    offset = at.astimezone(zone_of(zone)).utcoffset() or timedelta(0)
    return offset // timedelta(minutes=1)


def _local(at: datetime | None, wall: timezone) -> datetime | None:
    """One offset for all times of a row, also where the clocks change between two of them: the end
    never reads earlier than the start, and `utc_offset_min` holds for each."""
    return None if at is None else _whole(at).astimezone(wall)


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    """Between the whole seconds that are written, so that times and durations agree."""
    if since is None or until is None:
        return None
    return (_whole(until) - _whole(since)) // timedelta(seconds=1)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


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
    return row | {"status": Outcome.NOT_SENT.value} if "status" in row else row
