"""What must be right of a study as a whole: each rule that is broken, and the key that does it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.sampling.calendar import joined_minutes, read_window, wrong_windows
from bot.sampling.model import (
    REASONS,
    Item,
    ItemKind,
    Legal,
    Option,
    Outcome,
    Protocol,
    Schedule,
    Scheme,
)
from bot.sampling.protocol_file import FULL_DAY_MINUTES, OUR_LICENCE, OWN

Place = tuple[str | int, ...]
"""Where in the file: tables, numbers from 0, and a key."""

ITEMS_MAX = 20
BASELINE_MAX = 3
EXIT_MAX = 10
CONSENT_MAX = 9000
CHOICES: dict[ItemKind, tuple[int, int]] = {
    ItemKind.BUTTONS: (2, 5),
    ItemKind.RADIO: (2, 10),
    ItemKind.SELECT: (2, 100),
}
PLACEHOLDERS = frozenset(
    {"readers", "operator", "backup_days", "unlink_days", "delete_on", "support", "controller",
     "notice_url", "contact", "legal_basis"}
)  # fmt: skip
# Columns of every export: an item of the same name could not be told from them.
RESERVED = frozenset(
    {"id", "study_version", "day", "beep", "obsno", "daycum", "beepno", "trigger", "scheduled",
     "sent", "start", "end", "expires", "status", "missing_reason", "latency_s", "duration_s", "tz",
     "utc_offset_min", "hours_since_start", "weekday", "part_of_day", "valid", "late",
     "careless_flag", "planned_day_n", "lag_s", "reminded", "items_shown", "decline_reason"}
)  # fmt: skip
GIVEN = "_given"
_INTEGER = re.compile(r"-?\d{1,4}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that is broken, and where."""

    at: Place
    what: str


def problems(protocol: Protocol) -> tuple[Problem, ...]:
    """All that is wrong, in the order of the file."""
    return (
        *_consent(protocol),
        *_schedule(protocol.schedule),
        *_items(protocol),
        *_first(protocol),
        *_conditions(protocol),
        *_decline(protocol.decline),
        *_surveys(protocol),
        *_legal(protocol.legal),
    )


def placed_items(protocol: Protocol) -> Iterator[tuple[Place, Item]]:
    """Every item, with where it stands."""
    tables: tuple[tuple[Place, Sequence[Item]], ...] = (
        (("item",), protocol.items),
        (("rotate", "item"), protocol.rotate),
        (("baseline",), protocol.baseline),
        (("exit",), protocol.exit),
    )
    for table, items in tables:
        for number, item in enumerate(items):
            yield (*table, number), item


def _consent(protocol: Protocol) -> Iterator[Problem]:
    at: Place = ("study", "consent")
    if not protocol.consent.strip():
        yield Problem(at, "the consent text is empty")
    if len(protocol.consent) > CONSENT_MAX:
        yield Problem(at, f"the consent text has more than {CONSENT_MAX} characters")
    for name in dict.fromkeys(_PLACEHOLDER.findall(protocol.consent)):
        if name not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            yield Problem(at, f"the consent text has {{{name}}}; there are only: {known}")


# -- when ------------------------------------------------------------------------------------------


def _schedule(schedule: Schedule) -> Iterator[Problem]:
    gap = schedule.gap_min
    yield from _scheme(schedule)
    yield from _windows(schedule)
    if schedule.expiry_min + schedule.grace_min >= gap:
        both = f"{schedule.expiry_min} + {schedule.grace_min}"
        yield Problem(
            ("schedule", "expiry_min"),
            f"expiry and grace, {both}, must be less than the gap, {gap}",
        )
    if schedule.reminder_min >= schedule.expiry_min:
        yield Problem(("schedule", "reminder_min"), "the reminder must come before the expiry")


def _scheme(schedule: Schedule) -> Iterator[Problem]:
    fixed, interval = (schedule.scheme is each for each in (Scheme.FIXED, Scheme.INTERVAL))
    if fixed != bool(schedule.times):
        what = "the fixed scheme needs times" if fixed else "times are of the fixed scheme only"
        yield Problem(("schedule", "times"), what)
    if interval != bool(schedule.interval_min):
        what = "the interval scheme needs it" if interval else "is of the interval scheme only"
        yield Problem(("schedule", "interval_min"), what)
    elif interval and schedule.interval_min < 2 * schedule.gap_min:
        least = f"must be at least twice the gap, {2 * schedule.gap_min}"
        yield Problem(("schedule", "interval_min"), least)
    most = schedule.per_day + schedule.vary
    if 2 * most * schedule.gap_min > FULL_DAY_MINUTES:
        yield Problem(("schedule", "gap_min"), _too_many(most, schedule.gap_min, FULL_DAY_MINUTES))
    minutes = [each.hour * 60 + each.minute for each in schedule.times]
    for before, after in pairwise(minutes):
        if after - before < schedule.gap_min:
            what = f"two of them are {after - before} minutes apart, and the gap is"
            yield Problem(("schedule", "times"), f"{what} {schedule.gap_min}")


def _too_many(most: int, gap: int, window: int) -> str:
    return (
        f"{most} prompts that are {gap} minutes apart do not fit: gaps may fill half of the window"
        f" ({most} x {gap} = {most * gap}, and half of {window} is {window // 2})"
    )


def _windows(schedule: Schedule) -> Iterator[Problem]:
    at: Place = ("schedule", "window")
    windows = tuple(map(read_window, schedule.windows))
    if wrong := wrong_windows(windows, schedule.gap_min):
        yield Problem(at, wrong)
        return
    length = joined_minutes(windows)
    least = schedule.per_day * length // FULL_DAY_MINUTES
    if 2 * least * schedule.gap_min > length:
        yield Problem(at, _too_many(least, schedule.gap_min, length))


# -- what ------------------------------------------------------------------------------------------


def _items(protocol: Protocol) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for at, item in placed_items(protocol):
        yield from _named(at, item, seen)
        yield from _choices(at, item)
        yield from _wording(at, item)
    count = len(protocol.items) + len(protocol.rotate)
    if count > ITEMS_MAX:
        yield Problem(("item",), f"{count} items, and those that rotate; at most {ITEMS_MAX}")


def _named(at: Place, item: Item, seen: dict[str, Place]) -> Iterator[Problem]:
    if item.name in RESERVED or item.name.endswith(GIVEN):
        yield Problem((*at, "name"), f'"{item.name}" is a column of every export')
    if item.name in seen:
        yield Problem((*at, "name"), f'there are two items named "{item.name}"')
    seen[item.name] = at


def _choices(at: Place, item: Item) -> Iterator[Problem]:
    if item.kind is ItemKind.TEXT:
        if item.options:
            yield Problem((*at, "options"), "a text has no options")
        return
    if item.max_chars:
        yield Problem((*at, "max"), "is of a text only")
    least, most = CHOICES[item.kind]
    if not least <= len(item.options) <= most:
        counted = f"{len(item.options)} options; {item.kind} takes {least} to {most}"
        yield Problem((*at, "options"), counted)
    for each in item.options:
        if not _INTEGER.fullmatch(each.value):
            yield Problem((*at, "options"), f'"{each.value}" is stored as an integer, and is none')
    yield from _different(at, item.options)


def _different(at: Place, options: Sequence[Option]) -> Iterator[Problem]:
    for what in ("value", "label"):
        given = [getattr(each, what) for each in options]
        for twice in sorted({each for each in given if given.count(each) > 1}):
            yield Problem((*at, "options"), f'two options have the {what} "{twice}"')


def _wording(at: Place, item: Item) -> Iterator[Problem]:
    if item.source == OWN and item.altered:
        yield Problem((*at, "altered"), "your own wording is not altered; name its source")
    if item.source != OWN and item.licence == OUR_LICENCE:
        yield Problem((*at, "licence"), f'name the licence of an item from "{item.source}"')


def _first(protocol: Protocol) -> Iterator[Problem]:
    if not protocol.items:
        yield Problem(("item",), "the study asks nothing: give at least one [[item]]")
        return
    if protocol.first.kind is not ItemKind.BUTTONS:
        yield Problem(("item", 0, "kind"), "the first item is asked in the message: buttons")
    for at, item in placed_items(protocol):
        if at == ("item", 0):
            continue
        if item.kind is ItemKind.BUTTONS:
            yield Problem((*at, "kind"), "only the first item is asked in the message")
        if item.ends_if is not None:
            yield Problem((*at, "ends_if"), "only the first item can end the form before it opens")
    values = {each.value for each in protocol.first.options}
    if (ends := protocol.first.ends_if) is not None and ends not in values:
        yield Problem(("item", 0, "ends_if"), f'"{ends}" is none of its options')


def _conditions(protocol: Protocol) -> Iterator[Problem]:
    if not protocol.items:
        return
    first = protocol.first
    values = {each.value for each in first.options} - {first.ends_if}
    for at, item in placed_items(protocol):
        if item.show_if is None:
            continue
        here = (*at, "show_if")
        if at[0] in {"baseline", "exit"} or at == ("item", 0):
            yield Problem(here, "is for items of the form only")
        elif item.show_if.item != first.name:
            only = f'only "{first.name}" is answered when the form opens'
            yield Problem(here, f'names "{item.show_if.item}", but {only}')
        elif unknown := [each for each in item.show_if.values if each not in values]:
            told = ", ".join(unknown)
            yield Problem(here, f'"{first.name}" opens no form with {told}')


def _decline(options: Sequence[Option]) -> Iterator[Problem]:
    known = REASONS[Outcome.DECLINED]
    for each in options:
        if each.value not in known:
            what = f'"{each.value}" is no reason; there are {", ".join(known)}'
            yield Problem(("decline", "options"), what)
    yield from _different(("decline",), options)


def _surveys(protocol: Protocol) -> Iterator[Problem]:
    for table, items, most in (
        ("baseline", protocol.baseline, BASELINE_MAX),
        ("exit", protocol.exit, EXIT_MAX),
    ):
        if len(items) > most:
            yield Problem((table,), f"{len(items)} questions; at most {most}")
    for number, item in enumerate(protocol.baseline):
        if item.kind is ItemKind.TEXT:
            yield Problem(("baseline", number, "kind"), "a baseline asks coarse choices, no text")


def _legal(legal: Legal) -> Iterator[Problem]:
    missing = missing_legal(legal)
    if missing and len(missing) < len(Legal.__slots__):
        for name in missing:
            yield Problem(
                ("legal", name), "is empty, and others are not; fill all of them, or none"
            )


def missing_legal(legal: Legal) -> tuple[str, ...]:
    """The keys of [legal] that are empty."""
    return tuple(name for name in Legal.__slots__ if not getattr(legal, name))
