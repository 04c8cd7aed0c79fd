"""Charts of one's own answers, computed."""

from collections.abc import Mapping
from datetime import date, timedelta

from bot.sampling.charts_own import charts
from bot.sampling.model import Item, ItemKind, Option

BEGIN = date(2026, 11, 20)
STUCK = Item("stuck", ItemKind.BUTTONS, "Stuck?", (Option("1", "No"), Option("2", "Yes")))
MOOD = Item("mood", ItemKind.RADIO, "Mood?", (Option("1", "Low"), Option("5", "High")))
WORDS = Item("words", ItemKind.TEXT, "On what?")
ITEMS = (STUCK, MOOD, WORDS)


def asked(*values: str, start: int = 0) -> list[tuple[date, Mapping[str, str]]]:
    """One prompt a day, answered so; empty is no answer."""
    return [
        (BEGIN + timedelta(days=start + place), {"stuck": value} if value else {})
        for place, value in enumerate(values)
    ]


def test_none_before_the_last_day_is_over() -> None:
    said = asked(*"1111111111")

    assert charts(ITEMS, said, over=False) == ()
    assert charts(ITEMS, said, over=True) != ()


def test_none_from_fewer_than_ten_prompts_answered() -> None:
    assert charts(ITEMS, [*asked(*"111111111"), *asked("", "", "")], over=True) == ()
    assert charts(ITEMS, [], over=True) == ()


def test_shares_are_of_their_own_answers_and_by_week() -> None:
    (chart,) = charts(ITEMS, asked(*"1121122222"), over=True)

    assert (chart.item, chart.answers, chart.weeks) == (STUCK, 10, (7, 3))
    no, yes = chart.bars
    assert (no.label, no.count, no.share) == ("No", 4, 0.4)
    assert (yes.label, yes.count, yes.share) == ("Yes", 6, 0.6)
    assert no.weeks == (4 / 7, 0.0)
    assert yes.weeks == (3 / 7, 1.0)


def test_weeks_count_from_the_first_prompt_and_an_empty_one_has_no_share() -> None:
    said = [*asked("", *"11111"), *asked(*"22222", start=14)]

    (chart,) = charts(ITEMS, said, over=True)

    assert chart.weeks == (5, 0, 5)
    assert chart.bars[0].weeks == (1.0, None, 0.0)


def test_a_text_has_none_and_each_item_counts_by_itself() -> None:
    said = [(on, {**answers, "words": "x"}) for on, answers in asked(*"1111111111")]
    said[0] = (BEGIN, {"stuck": "1", "mood": "5"})

    stuck, mood = charts(ITEMS, said, over=True)

    assert (stuck.answers, mood.answers) == (10, 1)
    assert [(each.label, each.share) for each in mood.bars] == [("Low", 0.0), ("High", 1.0)]


def test_a_choice_of_an_earlier_version_is_not_lost() -> None:
    (chart,) = charts((STUCK,), asked(*"1111111117"), over=True)

    assert [(each.label, each.count) for each in chart.bars] == [("No", 9), ("Yes", 0), ("7", 1)]
