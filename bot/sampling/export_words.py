"""Numbers, shares and items as a methods section says them."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from bot.sampling.disclosure import LEAST_PEOPLE
from bot.sampling.model import Item, ItemKind
from bot.sampling.rates import Rate

NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
A_RUN = 3  # days from which on they are told as "Monday to Friday"


def number(n: int) -> str:
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else f"{n:,}"


def begins(n: int) -> str:
    """A number at the beginning of a sentence."""
    return number(n).capitalize() if n < len(NUMBERS) else f"In all, {n:,}"


def times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{number(n)} times")


def plural(n: int, one: str, many: str = "") -> str:
    return one if n == 1 else many or f"{one}s"


def some(n: int, of: int) -> str:
    """How many of these people; neither few who did nor few who did not are counted."""
    if not n:
        return "none"
    if n == of:
        return "all"
    if n < LEAST_PEOPLE:
        return f"fewer than {number(LEAST_PEOPLE)}"
    return number(n) if of - n >= LEAST_PEOPLE else f"all but fewer than {number(LEAST_PEOPLE)}"


def few(n: int) -> str:
    """How many people, at the beginning of a sentence; fewer than five are not counted."""
    return begins(n) if n >= LEAST_PEOPLE else f"Fewer than {number(LEAST_PEOPLE)}"


def minutes(seconds: int | None) -> str:
    if seconds is None:
        return "none"
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} {plural(rest, 'second')}"
    return f"{minutes} {plural(minutes, 'minute')}" + (f" {rest} s" if rest else "")


def percentage(value: Fraction | float) -> str:
    """`83 %`, halves up. Only nothing is 0 %, and only all of it is 100 %."""
    exact = Fraction(value)
    whole = math.floor(100 * exact + Fraction(1, 2))
    if whole == 0 and exact > 0:
        return "under 1 %"
    return "over 99 %" if whole == 100 and exact < 1 else f"{whole} %"  # noqa: PLR2004 - percent


def percent(rate: Rate) -> str:
    """`83 % (150 of 180)`; `not defined (none of none)` where there is nothing."""
    if not rate.n:
        return "not defined (none of none)"
    return f"{percentage(Fraction(rate.part, rate.n))} ({rate.part:,} of {rate.n:,})"


def short(rate: Rate) -> str:
    if not rate.n:
        return "–"
    return f"{percentage(Fraction(rate.part, rate.n))} ({rate.part:,}/{rate.n:,})"


def joined(words: Iterable[str], last: str = " and ") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = tuple(words) or ("nothing",)
    return f"{', '.join(most)}{last}{end}" if most else end


def weekdays(days: Sequence[int]) -> str:
    """`Monday to Friday`; `Monday, Wednesday and Friday`. 0 is Monday."""
    runs: list[list[int]] = []
    for each in sorted(days):
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return joined(words for run in runs for words in _run(run))


def _run(days: Sequence[int]) -> list[str]:
    if len(days) < A_RUN:
        return [DAYS[each] for each in days]
    return [f"{DAYS[days[0]]} to {DAYS[days[-1]]}"]


def choices(item: Item) -> str:
    return " / ".join(each.label for each in item.options)


def asked(items: Iterable[Item], last: str = " and ") -> str:
    return joined((f"“{each.text}” ({how(each)})" for each in items), last)


def how(item: Item) -> str:
    if item.kind is ItemKind.TEXT:
        return "free text"
    if item.kind is ItemKind.RADIO:
        return f"{number(len(item.options))} labelled points"
    return f"{number(len(item.options))} choices"
