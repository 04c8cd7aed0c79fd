"""What `parallax study check` says of a study that can be read, and what `lock` refuses."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from bot.errors import Refusal
from bot.findings import Finding, Level
from bot.sampling.calendar import gap_of, holds, joined_minutes, read_window
from bot.sampling.model import Item, ItemKind, Option, Protocol, Schedule, Scheme
from bot.sampling.plan import MINUTE
from bot.sampling.protocol_consent import UNLINK_DAYS, daily_of, stands_in
from bot.sampling.protocol_file import FULL_DAY_MINUTES, OWN
from bot.sampling.protocol_rates import Bite, bites, chances, mean, share
from bot.sampling.protocol_rules import missing_legal, placed_items

FORM_ITEMS_MAX = 6
PEOPLE_PER_CATEGORY = 5
REVIEW_OPENS_AT = 5
SCALES = (5, 7)
HOUR = 60
NEEDED = ("readers", "operator", "backup_days", "unlink_days", "delete_on", "support", "controller",
          "notice_url")  # fmt: skip
TELLING = frozenset({"team", "role", "site", "department", "office", "manager", "location"})

_POINT = re.compile(r"(-?\d+)\s*[-–—:]")


def check(protocol: Protocol, today: date) -> tuple[Finding, ...]:
    """What is worth knowing of a study, what weakens it, what it costs people, and why `lock` would
    refuse it today."""
    return (
        *_load(protocol.schedule),
        *_scheme(protocol.schedule),
        *_form(protocol),
        *_wording(protocol),
        *_people(protocol),
        *_consent(protocol),
        *_contradictions(protocol),
        *_refused(protocol, today),
    )


def lockable(protocol: Protocol, today: date) -> None:
    """Refuse a study that may not be locked: with an empty legal section, or a deletion too early.

    Reading the file has already refused all else that is wrong.
    """
    if missing := missing_legal(protocol.legal):
        raise Refusal(
            f"[legal] lacks {', '.join(missing)}. A study is locked only when the file says who"
            " answers for it, on what basis, until when, and who helps.",
            field="legal",
        )
    # Study days are working days: of five a week, ten take two weeks.
    weeks = -(-protocol.schedule.study_days // len(protocol.schedule.days))
    least = today + timedelta(weeks=weeks, days=UNLINK_DAYS)
    if date.fromisoformat(protocol.legal.delete_on) < least:
        raise Refusal(
            f"[legal] delete_on is before {least}: the study's days, and {UNLINK_DAYS} more.",
            given_back=protocol.legal.delete_on,
            field="delete_on",
        )


# -- how often -------------------------------------------------------------------------------------


def _load(schedule: Schedule) -> Iterator[Finding]:
    if schedule.scheme is not Scheme.CIRCULAR:
        return
    yield Finding("full day", Level.OK, _day(schedule, FULL_DAY_MINUTES, more_time=False))
    yield Finding("more time", Level.NOTE, _more_time(schedule))
    proposed = joined_minutes(tuple(map(read_window, schedule.windows)))
    exact = share(proposed, schedule)
    yield Finding(
        "proposed window",
        Level.OK if exact == 1 else Level.WARNING,
        _day(schedule, proposed, more_time=False),
        "" if exact == 1 else f"that is {_number(exact)} of what is asked for; choose other hours",
    )
    if found := bites(schedule):
        ranges = "; ".join(_bite(each, schedule) for each in found)
        yield Finding(
            "short windows",
            Level.NOTE,
            f"fewer prompts than asked for, because gaps may fill half of a window: {ranges}",
        )
    if schedule.vary == 0:
        yield Finding(
            "vary",
            Level.WARNING,
            "the same number every day can be counted, and the last prompt expected",
            "vary = 1",
        )
    elif len(_chances(schedule, FULL_DAY_MINUTES, more_time=False)) == 1:
        what = "a full day has no room for one prompt more or fewer, so they can be counted"
        yield Finding("vary", Level.WARNING, what, "a smaller gap, or other prompts a day")


def _chances(schedule: Schedule, minutes: int, *, more_time: bool) -> dict[int, Fraction]:
    gap = gap_of(schedule, more_time=more_time) * MINUTE
    return chances(minutes * MINUTE, gap, schedule.per_day, schedule.vary)


def _day(schedule: Schedule, minutes: int, *, more_time: bool) -> str:
    found = _chances(schedule, minutes, more_time=more_time)
    gap = gap_of(schedule, more_time=more_time) * MINUTE
    average = mean(minutes * MINUTE, gap, schedule.per_day, schedule.vary)
    told = ", ".join(f"{count} ({float(chance):.0%})" for count, chance in found.items())
    return f"{minutes} minutes: {told} prompts, {_number(average)} on average"


def _more_time(schedule: Schedule) -> str:
    """Whoever asks for more time has twice the gap."""
    told = _day(schedule, FULL_DAY_MINUTES, more_time=True)
    return f"twice the expiry, grace and gap; then {told}"


def _bite(bite: Bite, schedule: Schedule) -> str:
    hours = [each for each in range(bite.first, bite.last + 1) if each % HOUR == 0]
    told = [f"{_number(bite.lowest)} at {bite.at}"]
    told += [f"{_number(share(each, schedule))} at {each}" for each in hours if each != bite.at]
    return f"{bite.first}-{bite.last} minutes (lowest {', '.join(told)})"


def _number(value: Fraction) -> str:
    """Two digits where it is not whole."""
    return str(value) if value.denominator == 1 else f"{float(value):.2f}"


def _scheme(schedule: Schedule) -> Iterator[Finding]:
    if schedule.scheme is Scheme.CIRCULAR:
        return
    yield Finding(
        "scheme",
        Level.WARNING,
        f"{schedule.scheme}: people know when they are asked; every export says so",
        'scheme = "circular", unless that is what you study',
    )
    windows = tuple(map(read_window, schedule.windows))
    outside = [each for each in schedule.times if not any(holds(w, each) for w in windows)]
    if outside:
        told = ", ".join(f"{each:%H:%M}" for each in outside)
        yield Finding("times", Level.WARNING, f"outside the proposed window: {told}")


# -- what is asked ---------------------------------------------------------------------------------


def forms(protocol: Protocol) -> dict[str, tuple[Item, ...]]:
    """For each first tap after which the form opens: its items, the rotated one counted once."""
    first = protocol.first
    return {
        each.value: tuple(item for item in form if _shown(item, each))
        for form in [(*protocol.items[1:], *protocol.rotate[:1])]
        for each in first.options
        if each.value != first.ends_if
    }


def _shown(item: Item, tapped: Option) -> bool:
    return item.show_if is None or tapped.value in item.show_if.values


def _form(protocol: Protocol) -> Iterator[Finding]:
    found = forms(protocol)
    lengths = {len(items) for items in found.values()}
    counted = " or ".join(map(str, sorted(lengths)))
    if len(lengths) > 1:
        yield Finding(
            "form",
            Level.WARNING,
            f"{counted} items, as the first tap goes: people learn which tap is shorter",
            "the same number of items whatever is tapped",
        )
    else:
        yield Finding("form", Level.OK, f"one tap, then {counted} items, whatever was tapped")
    if max(lengths, default=0) > FORM_ITEMS_MAX:
        what = f"{max(lengths)} items: longer forms are answered less, and less carefully"
        yield Finding("form", Level.WARNING, what, f"at most {FORM_ITEMS_MAX}")
    texts = [sum(item.kind is ItemKind.TEXT for item in items) for items in found.values()]
    if max(texts, default=0) > 1:
        yield Finding("form", Level.WARNING, "more than one text to write", "one text")
    if not protocol.decline:
        what = "nobody can say that they can't answer now, and why"
        yield Finding("decline", Level.WARNING, what, "[decline] with at least one option")


def _wording(protocol: Protocol) -> Iterator[Finding]:
    for _, item in placed_items(protocol):
        points = [_POINT.match(each.label) for each in item.options]
        if item.kind is ItemKind.RADIO and all(points) and len(points) not in SCALES:
            what = f"{item.name}: a scale of {len(points)} points"
            yield Finding("scale", Level.WARNING, what, "5 or 7 labelled points")
    borrowed = [item for _, item in placed_items(protocol) if item.source != OWN]
    if altered := [item.name for item in borrowed if item.altered]:
        what = f"altered, so not to be called validated: {', '.join(altered)}"
        yield Finding("sources", Level.NOTE, what)
    if not borrowed:
        what = "every item is your own wording; none may be called validated"
        yield Finding("sources", Level.NOTE, what)


# -- people and promises ---------------------------------------------------------------------------


def _people(protocol: Protocol) -> Iterator[Finding]:
    planned = protocol.planned
    if planned == 0:
        what = "how many volunteers are planned is not said, so what names people can't be checked"
        yield Finding("people", Level.WARNING, what, "[people] planned")
    elif planned < REVIEW_OPENS_AT:
        what = f"{planned} volunteers planned; review opens at {REVIEW_OPENS_AT}"
        yield Finding("people", Level.WARNING, what)
    combined = 1
    for item in protocol.baseline:
        combined *= len(item.options)
        yield from _coarse(item, planned)
    if len(protocol.baseline) > 1 and 0 < planned < combined * PEOPLE_PER_CATEGORY:
        what = f"taken together the answers make {combined} groups of {planned} people"
        yield Finding("baseline", Level.NOTE, f"{what}: never report them crossed")


def _coarse(item: Item, planned: int) -> Iterator[Finding]:
    least = len(item.options) * PEOPLE_PER_CATEGORY
    if 0 < planned < least:
        yield Finding(
            "baseline",
            Level.WARNING,
            f"{item.name}: {len(item.options)} categories x {PEOPLE_PER_CATEGORY} = {least}"
            f" is more than the {planned} volunteers planned; an answer can name somebody",
            f"at most {planned // PEOPLE_PER_CATEGORY} categories, or leave it out",
        )
    if item.name in TELLING:
        what = f"{item.name}: team, role and site name people"
        yield Finding("baseline", Level.WARNING, what, "leave it out")


def _consent(protocol: Protocol) -> Iterator[Finding]:
    missing = [each for each in NEEDED if f"{{{each}}}" not in protocol.consent]
    if missing:
        yield Finding(
            "consent",
            Level.WARNING,
            f"the text does not say: {', '.join(missing)}",
            "put each, in braces, where it belongs",
        )


def _contradictions(protocol: Protocol) -> Iterator[Finding]:
    """Where the consent text says otherwise than the schedule how often people are asked."""
    schedule, text = protocol.schedule, protocol.consent
    if not stands_in(schedule.study_days, text):
        what = f"the schedule has study_days = {schedule.study_days}; the text has no such number"
        yield Finding("consent", Level.WARNING, what, "say for how many days people are asked")
    proposed = joined_minutes(tuple(map(read_window, schedule.windows)))
    counts = [_least_and_most(schedule, each) for each in (FULL_DAY_MINUTES, proposed)]
    told = daily_of(text)
    if told is None:
        agrees, says = all(stands_in(each, text) for each in counts[0]), "no such numbers"
    else:
        agrees, says = any(told.is_of(*each) for each in counts), f'"{told.said}"'
    if not agrees:
        least, most = counts[0]
        asked = str(most) if least == most else f"{least} to {most}"
        what = f"a full day has {asked} prompts by the schedule; the text has {says}"
        yield Finding("consent", Level.WARNING, what, "say how often a day people are asked")


def _least_and_most(schedule: Schedule, minutes: int) -> tuple[int, int]:
    found = _chances(schedule, minutes, more_time=False)
    return min(found), max(found)


def _refused(protocol: Protocol, today: date) -> Iterator[Finding]:
    try:
        lockable(protocol, today)
    except Refusal as refusal:
        # An empty section is how every study begins; anything else is a mistake.
        level = Level.WARNING if refusal.field == "legal" else Level.WRONG
        yield Finding(refusal.field, level, f"`lock` will refuse this: {refusal.text}")
