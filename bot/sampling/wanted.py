"""Hours as volunteers type them, read into values. A bad field is refused by its name.

`09:00-12:00, 14:00-19:00` is one or two windows of wall-clock time; one that ends before it begins
crosses midnight. Days off are dates, or the first and the last of several, one a line; what follows
on the line is for people.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date, time, timedelta

from bot.errors import Refusal
from bot.sampling.calendar import window_text, zone_names
from bot.sampling.model import Window

MOST_WINDOWS = 2
MOST_DATES = 1000  # of all lines; how many may be their own, the calendar says
FEWEST_IN_A_RANGE = 3
A_DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A hyphen, a long dash, or "to", as phones and people write it.
SPAN = re.compile(r"(\d{1,2})[:.h]?(\d{2})?\s*(?:-|–|—|to|until)\s*(\d{1,2})[:.h]?(\d{2})?")
SEPARATORS = re.compile(r"[,;\n]| and ")
_DATE = r"(\d{4})-(\d{1,2})-(\d{1,2})\b"
DATE = re.compile(_DATE)
RANGE = re.compile(rf"{_DATE}\s*(?:\.\.+|…|-|–|—|to\b|until\b)\s*{_DATE}")

HOURS, DAYS, ZONE, QUIET = "hours", "days", "zone", "quiet"
DATES, COUNTRY = "dates", "country"
"""The fields of the form, as refusals name them."""


def windows_of(typed: str, field: str = HOURS) -> tuple[Window, ...]:
    """One or two windows, in the order of the day; of a night, in the order as typed, for its
    second half begins earlier by the clock. Raises Refusal.

    Whether a day of the study fits in them is the calendar's business.
    """
    parts = [each.strip() for each in SEPARATORS.split(typed) if each.strip()]
    if not parts or len(parts) > MOST_WINDOWS:
        raise Refusal("Say one or two spans, like 09:00-12:00, 14:00-17:00.", field=field)
    windows = tuple(_window(each, field) for each in parts)
    if windows[0].ends < windows[0].begins:
        return windows
    return tuple(sorted(windows, key=lambda each: each.begins))


def _window(typed: str, field: str) -> Window:
    found = SPAN.fullmatch(typed)
    if found is None:
        raise Refusal(f"I can't read '{typed[:40]}': say it like 09:00-17:00.", field=field)
    begins, ends = _time(found[1], found[2], field), _time(found[3], found[4], field)
    if begins == ends:
        raise Refusal("A span needs an end that is not its beginning.", field=field)
    return Window(begins, ends)


def _time(hour: str, minute: str | None, field: str) -> time:
    if int(hour) == 24 and not int(minute or 0):  # noqa: PLR2004 - midnight, as the end of a day
        return time(0)
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise Refusal(f"There is no time {hour}:{minute or '00'}.", field=field) from None


def windows_as_typed(windows: Iterable[Window]) -> str:
    """The windows as the form shows them."""
    return ", ".join(map(window_text, windows))


def quiet_of(typed: str) -> Window | None:
    """Hours in which never to ask; nothing typed is none. Raises Refusal."""
    if not typed.strip():
        return None
    found = windows_of(typed, QUIET)
    if len(found) > 1:
        raise Refusal("Say one span, like 12:00-13:00.", field=QUIET)
    return found[0]


def days_of(chosen: Collection[str]) -> tuple[int, ...]:
    """Weekdays by number, from 0 for Monday. Raises Refusal where none is."""
    days = tuple(sorted({int(each) for each in chosen if each in set("0123456")}))
    if not days:
        raise Refusal("Choose one day at least.", field=DAYS)
    return days


def zone_of(typed: str) -> str:
    """A zone that there is, in any case. Raises Refusal."""
    wanted = typed.strip().replace(" ", "_")
    known = {each.casefold(): each for each in zone_names()}
    if wanted.casefold() not in known:
        raise Refusal(
            f"I know no zone '{typed.strip()[:40]}': say it like Europe/Berlin.", field=ZONE
        )
    return known[wanted.casefold()]


def dates_of(typed: str, field: str = DATES) -> tuple[date, ...]:
    """Dates, or ranges of them such as 2026-12-24..2027-01-02, one a line. Raises Refusal."""
    found: set[date] = set()
    for line in filter(None, map(str.strip, typed.splitlines())):
        first, last = _ends(line, field)
        days = (last - first).days
        if days < 0:
            raise Refusal(f"'{line[:40]}' ends before it begins.", field=field)
        if len(found) + days >= MOST_DATES:
            raise Refusal(f"At most {MOST_DATES} days fit.", field=field)
        found |= {first + A_DAY * ahead for ahead in range(days + 1)}
    return tuple(sorted(found))


def _ends(line: str, field: str) -> tuple[date, date]:
    with suppress(ValueError):
        if found := RANGE.match(line):
            year, month, day, last_year, last_month, last_day = map(int, found.groups())
            return date(year, month, day), date(last_year, last_month, last_day)
        if found := DATE.match(line):
            on = date(*map(int, found.groups()))
            return on, on
    raise Refusal(
        f"I can't read '{line[:40]}': say 2026-12-24, or 2026-12-24..2027-01-02.", field=field
    )


def dates_as_typed(days: Iterable[date]) -> Iterator[str]:
    """A line for each date; one for several in a row, as they can be typed."""
    left = sorted(set(days))
    while left:
        run = 1
        while run < len(left) and left[run] == left[0] + A_DAY * run:
            run += 1
        if run < FEWEST_IN_A_RANGE:
            run = 1
            yield str(left[0])
        else:
            yield f"{left[0]}..{left[run - 1]}"
        left = left[run:]


def place_of(typed: str) -> tuple[str, str]:
    """Country and region as typed: `DE` or `DE-BY`; empty for none. Whether there is such a place
    is the calendar's business."""
    country, _, region = typed.strip().upper().partition("-")
    return country.strip(), region.strip()
