"""Which shares of the first question's answers may be told, by the rules of `disclosure`.

One denominator everywhere: first taps in time that are an answer. The choice that ends a prompt
("Was not working") is none, as in the figures that are published.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.sampling.disclosure import (
    FEW_VOLUNTEERS,
    LEAST_PEOPLE,
    Share,
    Withheld,
    check,
    in_words,
    points,
    share_of,
    totals,
)
from bot.sampling.export_tally import Tally, Taps
from bot.sampling.model import Item, Option


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told. answers: how many there are, away: how many first taps in time said that
    somebody was not working; both None where too few people were away to tell one from the other.
    few: so few volunteers are behind it that shares are told in words."""

    shares: tuple[Share, ...]
    labels: tuple[str, ...]
    few: bool
    answers: int | None
    away: int | None


def first_shares(tally: Tally, first: Item) -> Told | None:
    """Of all first taps in time that are an answer; None where they may not be told."""
    options = answers_of(first)
    taps = tally.taps.without(first.ends_if)
    if not _may_show(taps, options):
        return None
    n = taps.total()
    unanswered = max(tally.whole.planned - tally.taps.total(), 0)
    shares = tuple(share_of(e.value, taps.count(e.value), n, unanswered) for e in options)
    few = len(taps.people) < FEW_VOLUNTEERS
    answers, away = _counts(tally.taps, taps, first)
    return Told(shares, tuple(each.label for each in options), few, answers, away)


def without_flagged(tally: Tally, first: Item) -> tuple[str, ...] | None:
    """The shares of the choices without the prompts that were flagged; None where they, or what
    they differ by, may not be told."""
    options = answers_of(first)
    taps = tally.unflagged_taps.without(first.ends_if)
    if _differing(tally.taps.without(first.ends_if), taps) < LEAST_PEOPLE:
        return None
    if not _may_show(taps, options):
        return None
    few = len(taps.people) < FEW_VOLUNTEERS
    n = taps.total()
    return tuple(said(points(taps.count(e.value), n), few=few) for e in options)


def answers_of(item: Item) -> tuple[Option, ...]:
    """Its choices that are an answer."""
    return tuple(each for each in item.options if each.value != item.ends_if)


def said(share: int, *, few: bool) -> str:
    """A share in points, or in words."""
    return in_words(share) if few else f"{share} %"


def _may_show(taps: Taps, options: Collection[Option]) -> bool:
    try:
        check(tuple(taps.said()), [each.value for each in options])
    except Withheld:
        return False
    return True


def _counts(every: Taps, answers: Taps, first: Item) -> tuple[int | None, int | None]:
    away = [name for name, counts in every.people.items() if counts[first.ends_if or ""]]
    _, withheld = totals({"away": away, "here": tuple(answers.people)})
    if "here" in withheld:
        return None, None
    return answers.total(), every.total() - answers.total()


def _differing(every: Taps, fewer: Taps) -> int:
    return sum(counts != fewer.people.get(name) for name, counts in every.people.items())
