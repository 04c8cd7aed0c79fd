"""When somebody may be asked: zones, hours as UTC, working days, public holidays.

Pure, but for two packages that are read: `tzdata`, and not whatever zones the machine carries, so
that the version stored with a plan is the one that made it; and `holidays`, once for each
volunteer, for it changes its mind about dates between versions.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import metadata, resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.errors import Refusal
from bot.sampling.model import Holidays, Hours, Schedule, Window

Span = tuple[datetime, datetime]
"""From when to when, UTC; the end is not in it."""

WINDOWS_MAX = 2
WINDOW_MINUTES_MAX = 600  # the longest for which the mean rate is shown to be exact
DAYS_OFF_MAX = 400
LOOK_AHEAD_DAYS = 400  # further on, a volunteer has no working days
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
CLOCKS_CHANGE = 60  # minutes: a night in spring is shorter by as much
NAMES_IN = "en_US"

_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_WINDOW = re.compile(rf"{_CLOCK}\s*[-–]\s*{_CLOCK}")


@cache
def tzdata_version() -> str:
    """The version of the zones that every plan is made with."""
    return metadata.version("tzdata")


@cache
def zone_names() -> frozenset[str]:
    """All zones that there are."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("ascii").split())


@cache
def zone_of(name: str) -> ZoneInfo:
    """A zone by its name, such as Europe/Berlin. Refuses one that does not exist."""
    if name not in zone_names():
        raise Refusal(
            "There is no such time zone. Zones are named by place, as in Europe/Berlin.",
            given_back=name,
            field="zone",
        )
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


# -- hours -----------------------------------------------------------------------------------------


def read_window(text: str) -> Window:
    """ "09:00-17:00"; one that ends before it begins crosses midnight."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise Refusal("Hours are written like 09:00-17:00.", given_back=text, field="hours")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    return Window(time(hour, minute), time(last_hour, last_minute))


def read_windows(text: str) -> tuple[Window, ...]:
    """ "09:00-12:00, 13:00-17:30": one or two, in the order in which the day goes."""
    return tuple(read_window(each) for each in text.split(",") if each.strip())


def window_text(window: Window) -> str:
    """As it is typed."""
    return f"{window.begins:%H:%M}-{window.ends:%H:%M}"


def holds(window: Window, wall: time) -> bool:
    """Whether a wall time lies in a window; its end does not."""
    if window.begins < window.ends:
        return window.begins <= wall < window.ends
    return wall >= window.begins or wall < window.ends


def checked_hours(hours: Hours, schedule: Schedule) -> Hours:
    """The same, if a day of this study can be planned in them.

    Refuses by the fields of the form, here and below: zone, hours, days, dates, country.
    """
    zone_of(hours.zone)
    if wrong := wrong_windows(hours.windows, gap_of(schedule, more_time=hours.more_time)):
        given = ", ".join(map(window_text, hours.windows))
        raise Refusal(wrong, given_back=given, field="hours")
    if not hours.days or not set(hours.days) <= set(range(7)):
        raise Refusal("Choose at least one day of the week.", field="days")
    if len(hours.days_off) > DAYS_OFF_MAX:
        raise Refusal(f"At most {DAYS_OFF_MAX} days off can be kept.", field="dates")
    return hours


def gap_of(schedule: Schedule, *, more_time: bool) -> int:
    """The least minutes between two prompts; twice as many for who asked for more time."""
    return schedule.gap_min * (2 if more_time else 1)


def wrong_windows(windows: Collection[Window], gap: int) -> str:
    """What is wrong with somebody's hours where prompts are `gap` minutes apart; else empty."""
    if not 1 <= len(windows) <= WINDOWS_MAX:
        return "Give one or two windows, such as 09:00-12:00, 13:00-17:30."
    placed = list(_placed(windows))
    if any(begin < end for (_, end), (begin, _) in pairwise(placed)):
        return "The two windows overlap."
    length = sum(end - begin for begin, end in placed)
    if length < 2 * gap:
        return f"The hours must come to at least {2 * gap} minutes, and come to {length}."
    if length > WINDOW_MINUTES_MAX:
        return f"The hours must come to at most {WINDOW_MINUTES_MAX} minutes, and come to {length}."
    rest = DAY_MINUTES - (placed[-1][1] - placed[0][0])
    # So that the last prompt of a day and the first of the next are as far apart as any.
    if rest < (least := gap + CLOCKS_CHANGE):
        return f"Leave at least {least} minutes between the hours of one day and of the next."
    return ""


def joined_minutes(windows: Collection[Window]) -> int:
    """How long they are together, by the wall clock."""
    return sum(end - begin for begin, end in _placed(windows))


def spans(hours: Hours, on: date) -> tuple[Span, ...]:
    """The hours that begin on a date, as UTC: what the clocks skip that night is not in them.

    A wall time that comes twice is its first; one that is skipped is as long after midnight as if
    the clocks had not changed. What is left empty by that is left out.
    """
    zone = zone_of(hours.zone)
    found: list[Span] = []
    for begin, end in _placed(hours.windows):
        start = _instant(on, begin, zone)
        if found:
            start = max(start, found[-1][1])
        if start < (stop := _instant(on, end, zone)):
            found.append((start, stop))
    return tuple(found)


def instants(walls: Collection[time], on: date, zone: str) -> tuple[datetime, ...]:
    """Wall times of a date and of the night after it, UTC, in order."""
    named = zone_of(zone)
    minutes = [_minute(each) + ahead for each in walls for ahead in (0, DAY_MINUTES)]
    return tuple(sorted(_instant(on, each, named) for each in minutes))


def within(moment: datetime, windows: Collection[Span]) -> bool:
    """Whether a moment lies in one of them."""
    return any(begin <= moment < end for begin, end in windows)


def _placed(windows: Collection[Window]) -> Iterator[tuple[int, int]]:
    """Each as minutes from midnight of its date, past 1440 on the next; in the order given.

    A second window that begins earlier than the first is the second half of a night.
    """
    before = 0
    for each in windows:
        begin, end = _minute(each.begins), _minute(each.ends)
        if begin < before:
            begin, end = begin + DAY_MINUTES, end + DAY_MINUTES
        before = begin
        if end <= begin:
            end += DAY_MINUTES
        yield begin, end


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _instant(on: date, minute: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minute, DAY_MINUTES)
    wall = time(*divmod(rest, 60))
    return datetime.combine(on + timedelta(days=days), wall, zone).astimezone(UTC)


# -- days ------------------------------------------------------------------------------------------


def all_days_off(hours: Hours) -> tuple[date, ...]:
    """Their own and the holidays that they kept, in order."""
    return tuple(sorted({*hours.days_off, *(hours.holidays.dates if hours.holidays else ())}))


def is_working_day(hours: Hours, on: date) -> bool:
    """Whether they work on it, and there is a window on it."""
    return on.weekday() in hours.days and on not in all_days_off(hours) and bool(spans(hours, on))


def first_day(hours: Hours, after: datetime) -> date:
    """The date of the next whole window: a working day whose hours begin at `after` or later.

    Also for changed hours, with the end of what is already planned, plus the gap. Refuses hours
    with no working day in the next 400.
    """
    today = after.astimezone(zone_of(hours.zone)).date()
    for ahead in range(-1, LOOK_AHEAD_DAYS):
        on = today + timedelta(days=ahead)
        if is_working_day(hours, on) and spans(hours, on)[0][0] >= after:
            return on
    raise Refusal("There is no working day ahead: every one of them is a day off.", field="days")


def next_day(hours: Hours, planned: date, ends: datetime) -> date:
    """The first date after the last planned one whose hours begin at `ends` or later."""
    on = first_day(hours, ends)
    while on <= planned:
        on = first_day(hours, spans(hours, on)[-1][1])
    return on


# -- holidays --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Public holidays of some years, to be shown; the volunteer adds and removes, then they stay.

    named: each date and what it is called, in order. country, region: as the package spells them.
    """

    country: str
    region: str
    package: str
    named: tuple[tuple[date, str], ...]

    def keep(self, dates: Collection[date]) -> Holidays:
        """Freeze what the volunteer chose."""
        return Holidays(self.country, self.region, self.package, tuple(sorted(set(dates))))


def read_ahead() -> None:
    """Load what `public_holidays` needs, so that it answers at once; to be run in a thread."""
    import holidays  # noqa: PLC0415 - 20 MB and up to a second, for one button

    holidays.country_holidays("NL")


def public_holidays(country: str, region: str, first: date, last: date) -> Found:
    """The public holidays of a country, or a region of it, from `first` to `last`.

    Without a region only national ones. Refuses a country or region that the package does not know.
    """
    import holidays  # noqa: PLC0415 - 20 MB and a tenth of a second, for one button

    code, part = country.strip().upper(), region.strip().upper()
    regions = holidays.list_supported_countries(include_aliases=False)
    if code not in regions:
        raise Refusal(
            "No holidays are known for that country. Give its two letters, such as NL, or none.",
            given_back=country,
            field="country",
        )
    if part and part not in regions[code]:
        raise Refusal(_no_region(code, regions[code]), given_back=region, field="country")
    years = range(first.year, last.year + 1)
    names = holidays.country_holidays(code).supported_languages
    found = holidays.country_holidays(
        code, subdiv=part or None, years=years, language=NAMES_IN if NAMES_IN in names else None
    )
    named = tuple(sorted((on, name) for on, name in found.items() if first <= on <= last))
    return Found(code, part, metadata.version("holidays"), named)


def _no_region(country: str, regions: Collection[str]) -> str:
    if not regions:
        return f"No regions are known for {country}; leave it empty."
    return f"{country} has no such region. It has {', '.join(sorted(regions))}; or leave it empty."
