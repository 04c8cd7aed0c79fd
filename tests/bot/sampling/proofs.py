"""That the plan is flat and can't be foreseen: the sampling protocol's proofs, in figures.

`python -m tests.bot.sampling.proofs` computes them at full size, in a minute; `test_proofs` takes
the same at a size that a suite can bear. All of planned times, as positions in the window; where
independence counts, of one random prompt for each person and day. Secret, salts and draws are
fixed.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import typer

from bot.clock import SeededDraws
from bot.sampling.plan import FULL_DAY, Draw, seconds_of, stream
from bot.sampling.protocol_rates import chances

SECRET = bytes(range(32))
STUDY_HASH = "0" * 64
ON = date(2026, 11, 23)
GAP, PER_DAY, VARY = 3600, 3, 1
BINS = 16
# Chi-square with 15 degrees of freedom.
FIVE_PER_CENT, ONE_IN_A_THOUSAND = 24.996, 37.697
FLAT_DAYS = 40_000
RUN_DAYS = 500
POWER_DAYS = 10_000
AHEAD = 15 * 60

Day = Sequence[int]
Scheme = Callable[[int], Day]


# -- days ------------------------------------------------------------------------------------------


def draw_of(number: int) -> Draw:
    """The stream of the numbered volunteer, who has that number for a salt."""
    return stream(SECRET, STUDY_HASH, 1, number.to_bytes(16, "big"), ON)


@cache
def planned_days(count: int, vary: int = VARY) -> tuple[Day, ...]:
    """Full days of the default study, by the planner itself."""
    return tuple(
        array("i", seconds_of(FULL_DAY, GAP, PER_DAY, vary, draw_of(number)))
        for number in range(count)
    )


def one_each(days: Iterable[Day], seed: int) -> list[int]:
    """One random prompt of each day: these are independent, a day's prompts are not."""
    draws = SeededDraws(seed)
    return [day[int(draws.uniform(0, len(day)))] for day in days]


# -- schemes that others use, and that these proofs must reject ------------------------------------


def gap_trick(number: int) -> Day:
    """Sorted uniforms on what the gaps leave, spread by the gaps: both ends are crowded."""
    u = draw_of(number)
    left = FULL_DAY - (PER_DAY - 1) * GAP
    free = sorted(u() * left >> 53 for _ in range(PER_DAY))
    return [each + place * GAP for place, each in enumerate(free)]


def shifted_blocks(number: int) -> Day:
    """One in each third of the day; a late one pushes the start of the next third."""
    u, times, block = draw_of(number), list[int](), FULL_DAY // PER_DAY
    for place in range(PER_DAY):
        begin = max(place * block, times[-1] + GAP) if times else 0
        times.append(begin + (u() * ((place + 1) * block - begin) >> 53))
    return times


# -- flatness --------------------------------------------------------------------------------------


def counts(positions: Iterable[int]) -> list[int]:
    """How many lie in each sixteenth of the window."""
    found = [0] * BINS
    for each in positions:
        found[each * BINS // FULL_DAY] += 1
    return found


def relative(positions: Iterable[int]) -> list[float]:
    """The same, as a share of what a flat plan has."""
    found = counts(positions)
    return [each * BINS / sum(found) for each in found]


def chi_square(positions: Iterable[int]) -> float:
    """How far from flat, over sixteen bins."""
    found = counts(positions)
    expected = sum(found) / BINS
    return sum((each - expected) ** 2 for each in found) / expected


def size_of_test(positions: Sequence[int]) -> float:
    """The share of runs of 500 days in which a test at 5 % calls a perfect planner uneven."""
    runs = [positions[begin : begin + RUN_DAYS] for begin in range(0, len(positions), RUN_DAYS)]
    return sum(chi_square(run) > FIVE_PER_CENT for run in runs) / len(runs)


# -- foresight -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Foresight:
    """What somebody can say who knows the plan's rule, and the day so far to the second.

    chances: of each number of prompts. Exact: given the number, all sets of times that keep the gap
    around the circle are as likely, and how much room is left for the rest is a polynomial.
    """

    chances: dict[int, float]

    def hazard(self, day: Day, now: int, ahead: int = AHEAD) -> float:
        """How likely a prompt is from `now` on for `ahead` seconds; before `now` came `day`."""
        left = self._weight(day, now)
        return 1 - self._weight(day, now + ahead) / left if left else 1.0

    def _weight(self, day: Day, now: int) -> float:
        """How likely this day so far is, and nothing more before `now`."""
        return sum(
            chance * _density(count) * _room(day, now, count)
            for count, chance in self.chances.items()
            if count >= len(day)
        )


def _density(count: int) -> float:
    """Of each set of so many times."""
    return math.factorial(count) / (FULL_DAY * math.pow(FULL_DAY - count * GAP, count - 1))


def _room(day: Day, now: int, count: int) -> float:
    """The volume of all ways to go on to `count` times, none of them before `now`."""
    if day:
        last = min(FULL_DAY, day[0] + FULL_DAY - GAP)
        return _volume(max(now, day[-1] + GAP), last, count - len(day))
    late = _volume(max(now, GAP), FULL_DAY, count)
    # A first time within the first gap keeps the last ones off the end.
    return late + max(0, GAP - now) * _volume(0, FULL_DAY - 2 * GAP, count - 1)


def _volume(begin: int, end: int, count: int) -> float:
    """Of all sorted sets of so many times between two moments that keep the gap."""
    if count == 0:
        return 1.0
    return math.pow(max(0, end - begin - (count - 1) * GAP), count) / math.factorial(count)


def foreseen(days: Sequence[Day], vary: int = VARY) -> float:
    """The share of prompts that come when one is at least as likely as not within 15 minutes."""
    found = chances(FULL_DAY, GAP, PER_DAY, vary)
    knows = Foresight({count: float(chance) for count, chance in found.items()})
    hits = [knows.hazard(day[:place], at) >= 1 / 2 for day in days for place, at in enumerate(day)]
    return sum(hits) / len(hits)


# -- at full size ----------------------------------------------------------------------------------

RUNS = 2_000
PEEK_DAYS = 20_000
SEED = 1


def figures() -> dict[str, tuple[float, bool]]:
    """Each proof: its figure, and whether it holds."""
    days = planned_days(RUNS * RUN_DAYS)
    one = one_each(days, SEED)
    flat = relative(each for day in days[:FLAT_DAYS] for each in day)
    single = relative(one[:FLAT_DAYS])
    size = size_of_test(one)
    peeked = foreseen(days[:PEEK_DAYS])
    told: dict[str, tuple[float, bool]] = {
        "lowest sixteenth, 40,000 days": (min(flat), min(flat) >= 0.95),
        "highest sixteenth, 40,000 days": (max(flat), max(flat) <= 1.05),
        "lowest sixteenth, one prompt a day": (min(single), min(single) >= 0.95),
        "highest sixteenth, one prompt a day": (max(single), max(single) <= 1.05),
        "size of the test, 2,000 x 500 days": (size, 0.035 <= size <= 0.067),
        "foreseen, two to four prompts": (peeked, peeked <= 0.02),
    }
    for name, scheme in (("gap trick", gap_trick), ("shifted blocks", shifted_blocks)):
        found = rejection(scheme)
        told[f"chi-square, {name}, 10,000 days"] = (found, found > ONE_IN_A_THOUSAND)
    return told


def rejection(scheme: Scheme) -> float:
    """The chi-square of another scheme at 10,000 days."""
    return chi_square(one_each(map(scheme, range(POWER_DAYS)), SEED))


def main() -> int:
    """Print them; 1 if one does not hold."""
    told = figures()
    for name, (figure, holds) in told.items():
        typer.echo(f"{'holds' if holds else 'FAILS'}  {figure:8.4f}  {name}")
    fixed = foreseen(planned_days(PEEK_DAYS, 0), 0)
    typer.echo(f"       {fixed:8.4f}  foreseen, were it always three")
    return 0 if all(holds for _, holds in told.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
