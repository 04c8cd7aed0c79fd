"""Numbers, shares and items as a methods section says them."""

from collections.abc import Iterable

from bot.sampling.model import Item, ItemKind
from bot.sampling.rates import Rate

NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip


def number(n: int) -> str:
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else f"{n:,}"


def begins(n: int) -> str:
    """A number at the beginning of a sentence."""
    return number(n).capitalize() if n < len(NUMBERS) else f"In all, {n:,}"


def times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{number(n)} times")


def plural(n: int, one: str, many: str = "") -> str:
    return one if n == 1 else many or f"{one}s"


def minutes(seconds: int | None) -> str:
    if seconds is None:
        return "none"
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} {plural(rest, 'second')}"
    return f"{minutes} {plural(minutes, 'minute')}" + (f" {rest} s" if rest else "")


def short(rate: Rate) -> str:
    return "–" if rate.value is None else f"{100 * rate.value:.0f} % ({rate.part}/{rate.n})"


def share(part: int, whole: int) -> str:
    return five(Rate(part, whole))


def five(rate: Rate) -> str:
    return "–" if rate.value is None else f"{5 * ((40 * rate.part + rate.n) // (2 * rate.n))} %"


def choices(item: Item) -> str:
    return " / ".join(each.label for each in item.options)


def asked(items: Iterable[Item], last: str = " and ") -> str:
    quoted = [f"“{each.text}” ({how(each)})" for each in items]
    *most, end = quoted
    return f"{', '.join(most)}{last}{end}" if most else end


def how(item: Item) -> str:
    if item.kind is ItemKind.TEXT:
        return "free text"
    if item.kind is ItemKind.RADIO:
        return f"{number(len(item.options))} labelled points"
    return f"{number(len(item.options))} choices"
