"""The form of days off: every day of them is shown, and what is shown is read as it was."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.sampling.wanted import dates_of
from bot.sandbox.blockkit import view_problems
from handlers.blocks.sampling_forms import DATES_MAX, holidays

BEGIN = date(2026, 11, 20)
DAY = timedelta(days=1)


def fields(view: dict[str, Any]) -> list[str]:
    """What stands in each of its fields."""
    found = [each["element"] for each in view["blocks"] if each["type"] == "input"]
    assert {each["max_length"] for each in found} == {DATES_MAX}
    return [each.get("initial_value", "") for each in found]


def read(view: dict[str, Any]) -> set[date]:
    return {day for each in fields(view) for day in dates_of(each)}


def test_none_is_one_empty_field() -> None:
    assert fields(holidays((), (), "S1")) == [""]


def test_a_holiday_that_is_ones_own_day_as_well_stands_there_once() -> None:
    view = holidays([(BEGIN, "A day")], [BEGIN, BEGIN + DAY], "S1")

    assert fields(view) == ["2026-11-20 A day\n2026-11-21"]


def test_many_stand_in_several_fields_each_with_room_to_type() -> None:
    days = [BEGIN + 2 * DAY * each for each in range(400)]

    view = holidays([(BEGIN + DAY, "x" * 200)], days, "S1")

    assert view_problems(view) == []
    assert len(fields(view)) > 1
    assert max(map(len, fields(view))) <= DATES_MAX - 900
    assert read(view) == {*days, BEGIN + DAY}


@given(st.sets(st.integers(0, 800), max_size=450), st.sets(st.integers(0, 800), max_size=60))
def test_not_one_is_lost(own: set[int], public: set[int]) -> None:
    theirs, found = ({BEGIN + DAY * each for each in some} for some in (own, public))

    view = holidays([(day, "Day of work & rest") for day in sorted(found)], theirs, "S1")

    assert read(view) == theirs | found
