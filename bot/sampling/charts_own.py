"""Charts of one's own answers, for oneself: shares of what one gave, and nobody else's figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.sampling.model import Item, ItemKind

LEAST_ANSWERED = 10
WEEK = 7

Asked = tuple[date, Mapping[str, str]]
"""The date of a prompt that was asked for, and what was answered to it; maybe nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One choice: how often it was given, as a share of the answers to its item, 0 to 1.

    weeks: the same share in each week of the chart; None where that week holds no answer.
    """

    label: str
    count: int
    share: float
    weeks: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One item of choices. answers: how many there are; weeks: how many in each week since the
    first prompt."""

    item: Item
    answers: int
    weeks: tuple[int, ...]
    bars: tuple[Bar, ...]


def charts(items: Iterable[Item], asked: Sequence[Asked], *, over: bool) -> tuple[Chart, ...]:
    """One for each item of choices that was answered; none before their part in the study is over,
    and none from fewer than 10 prompts answered."""
    answered = [each for each in asked if each[1]]
    if not over or len(answered) < LEAST_ANSWERED:
        return ()
    begin = min(on for on, _ in asked)
    weeks = 1 + max((on - begin).days for on, _ in asked) // WEEK
    said = [((on - begin).days // WEEK, answers) for on, answers in answered]
    choices = [each for each in items if each.kind is not ItemKind.TEXT]
    made = (_chart(each, said, weeks) for each in choices)
    return tuple(each for each in made if each.answers)


def _chart(item: Item, said: Sequence[tuple[int, Mapping[str, str]]], weeks: int) -> Chart:
    given = [(week, answers[item.name]) for week, answers in said if item.name in answers]
    in_week = Counter(week for week, _ in given)
    counts = Counter(given)
    labels = {each.value: each.label for each in item.options}
    # An earlier version may have had choices that this one has not.
    values = dict.fromkeys([*labels, *(value for _, value in given)])
    bars = tuple(
        Bar(
            labels.get(value, value),
            (count := sum(counts[week, value] for week in range(weeks))),
            _share(count, len(given)) or 0.0,
            tuple(_share(counts[week, value], in_week[week]) for week in range(weeks)),
        )
        for value in values
    )
    return Chart(item, len(given), tuple(in_week[week] for week in range(weeks)), bars)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
