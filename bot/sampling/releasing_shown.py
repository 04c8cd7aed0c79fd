"""What publishing gives to screens: what may be chosen, and what was published."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sampling.disclosure import Figure
from bot.sampling.model import Item, Study

THEMES = "themes"
THEME = "theme:"  # no item's name has a colon
WHOLE = 0  # instead of a week: all of them together, after the end


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be published: questions with choices, weeks that are over, and, once nothing more is
    asked, all of them together. Whether a figure of them may be shown is asked when it is made."""

    study: Study
    questions: tuple[Item, ...]
    weeks: int
    over: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A figure for everybody, and the question it is about."""

    figure: Figure
    question: Item


def by_label(item: Item) -> Mapping[str, str]:
    """Labels by choice, for `disclosure.told`."""
    return {each.value: each.label for each in item.options}
