"""How many prompts a day brings, exactly: means as fractions, for every length of window."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from bot.sampling.calendar import WINDOW_MINUTES_MAX
from bot.sampling.model import Schedule
from bot.sampling.plan import FULL_DAY, MINUTE, capacity, varies

QUARTER = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Bite:
    """Windows from `first` to `last` minutes hold fewer prompts than the study asks for.

    lowest: the least mean, as a share of what is asked for, and `at` how many minutes.
    """

    first: int
    last: int
    lowest: Fraction
    at: int


def chances(length: int, gap: int, per_day: int, vary: int) -> dict[int, Fraction]:
    """How likely each number of prompts is, by the rule of the circular plan. Seconds."""
    cap = capacity(length, gap)
    whole, rest = divmod(per_day * length, FULL_DAY)
    more = Fraction(rest, FULL_DAY)
    wide = QUARTER if varies(whole, rest, cap, vary) else Fraction(0)
    found: dict[int, Fraction] = {}
    for count, chance in ((whole, 1 - more), (whole + 1, more)):
        for step, part in ((-1, wide), (0, 1 - 2 * wide), (1, wide)):
            held = min(count + step, cap)
            found[held] = found.get(held, Fraction(0)) + chance * part
    return {count: chance for count, chance in sorted(found.items()) if chance}


def mean(length: int, gap: int, per_day: int, vary: int) -> Fraction:
    """The mean number of prompts. Seconds."""
    found = chances(length, gap, per_day, vary)
    return sum((count * chance for count, chance in found.items()), Fraction(0))


def share(minutes: int, schedule: Schedule) -> Fraction:
    """The mean for a window of so many minutes, as a share of what is asked for; 1 is exact."""
    length, gap = minutes * MINUTE, schedule.gap_min * MINUTE
    asked = Fraction(schedule.per_day * length, FULL_DAY)
    return mean(length, gap, schedule.per_day, schedule.vary) / asked


def bites(schedule: Schedule) -> tuple[Bite, ...]:
    """Every stretch of window lengths, from the shortest allowed to the longest, where the limit on
    gaps keeps the mean below what is asked for."""
    return tuple(_bites(schedule))


def _bites(schedule: Schedule) -> Iterator[Bite]:
    run: list[tuple[Fraction, int]] = []
    for minutes in range(2 * schedule.gap_min, WINDOW_MINUTES_MAX + 2):
        one = share(minutes, schedule) if minutes <= WINDOW_MINUTES_MAX else Fraction(1)
        if one < 1:
            run.append((one, minutes))
        elif run:
            lowest, at = min(run)
            yield Bite(run[0][1], run[-1][1], lowest, at)
            run = []
