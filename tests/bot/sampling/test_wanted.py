"""Hours as people type them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.sampling.model import Window
from bot.sampling.wanted import (
    dates_as_typed,
    dates_of,
    days_of,
    place_of,
    quiet_of,
    windows_as_typed,
    windows_of,
    zone_of,
)

NINE_TO_FIVE = Window(time(9), time(17))


class TestWindows:
    @pytest.mark.parametrize(
        "typed", ["09:00-17:00", " 9-17 ", "9:00 – 17:00", "09.00 to 17.00", "9 until 17"]
    )
    def test_one_is_read_however_it_is_written(self, typed: str) -> None:
        assert windows_of(typed) == (NINE_TO_FIVE,)

    def test_two_come_in_the_order_of_the_day(self) -> None:
        told = windows_of("14:00-19:00 and 09:00-12:00")

        assert windows_as_typed(told) == "09:00-12:00, 14:00-19:00"

    def test_one_may_cross_midnight(self) -> None:
        (night,) = windows_of("22:00-06:00")

        assert night == Window(time(22), time(6))

    def test_a_night_with_a_break_keeps_its_order(self) -> None:
        first, second = windows_of("22:00-02:00, 03:00-06:00")

        assert (first.begins, second.begins) == (time(22), time(3))

    def test_midnight_may_be_an_end(self) -> None:
        assert windows_of("20:00-24:00") == (Window(time(20), time(0)),)

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "nine to five",
            "09:00",
            "25:00-26:00",
            "9:61-17",
            "09:00-09:00",
            "8-9, 10-11, 12-13",
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, typed: str) -> None:
        with pytest.raises(Refusal) as refused:
            windows_of(typed)

        assert refused.value.field == "hours"

    @given(st.times(), st.times())
    def test_what_is_shown_is_read_again(self, begins: time, ends: time) -> None:
        one = Window(begins.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0))
        if one.begins != one.ends:
            assert windows_of(windows_as_typed([one])) == (one,)


class TestTheRest:
    def test_no_quiet_hours_are_none(self) -> None:
        assert quiet_of("  ") is None
        assert quiet_of("12-13") == Window(time(12), time(13))

    def test_quiet_hours_are_one_span(self) -> None:
        with pytest.raises(Refusal):
            quiet_of("8-9, 12-13")

    def test_days_are_sorted_and_none_is_refused(self) -> None:
        assert days_of(["4", "0", "0", "x"]) == (0, 4)
        with pytest.raises(Refusal):
            days_of([])

    def test_a_zone_is_known_in_any_case(self) -> None:
        assert zone_of("europe/berlin") == "Europe/Berlin"
        assert zone_of("America/New York") == "America/New_York"
        with pytest.raises(Refusal):
            zone_of("Mars/Olympus")

    def test_days_off_are_dates_with_words_after_them(self) -> None:
        told = dates_of("2026-12-25 Christmas Day\n\n2026-12-24\n2026-12-24")

        assert told == (date(2026, 12, 24), date(2026, 12, 25))
        for wrong in ("Christmas", "2026-13-01", "24.12.2026"):
            with pytest.raises(Refusal):
                dates_of(wrong)

    def test_several_days_in_a_row_are_one_line(self) -> None:
        for typed in (
            "2026-12-30..2027-01-02 away",
            "2026-12-30 - 2027-01-02",
            "2026-12-30 to 2027-01-02",
        ):
            told = dates_of(typed)
            assert (len(told), told[0], told[-1]) == (4, date(2026, 12, 30), date(2027, 1, 2))
        assert dates_of("2026-12-26 - Boxing Day") == (date(2026, 12, 26),)

    @pytest.mark.parametrize(
        "typed", ["2027-01-02..2026-12-30", "2026-01-01..9999-12-31", "2026-12-30..2027-02-30"]
    )
    def test_a_range_that_cannot_be_is_refused_by_its_field(self, typed: str) -> None:
        with pytest.raises(Refusal) as refused:
            dates_of(typed, "dates_2")
        assert refused.value.field == "dates_2"

    @given(st.sets(st.dates(date(2026, 1, 1), date(2027, 2, 4)), max_size=400))
    def test_dates_that_are_shown_are_read_again(self, days: set[date]) -> None:
        assert set(dates_of("\n".join(dates_as_typed(days)))) == days

    def test_dates_are_shown_with_a_line_for_a_row(self) -> None:
        days = [date(2026, 12, each) for each in (1, 3, 4, 7, 8, 9)]

        assert [*dates_as_typed(days)] == [
            "2026-12-01",
            "2026-12-03",
            "2026-12-04",
            "2026-12-07..2026-12-09",
        ]

    def test_a_place_is_a_country_and_perhaps_a_region(self) -> None:
        assert place_of(" de-by ") == ("DE", "BY")
        assert place_of("FR") == ("FR", "")
        assert place_of("") == ("", "")
