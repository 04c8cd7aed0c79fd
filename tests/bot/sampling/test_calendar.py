"""Zones, hours as UTC, working days, holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from importlib import metadata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.sampling.calendar import (
    all_days_off,
    checked_hours,
    first_day,
    holds,
    instants,
    is_working_day,
    next_day,
    public_holidays,
    read_window,
    spans,
    tzdata_version,
    window_text,
    within,
    wrong_windows,
    zone_names,
    zone_of,
)
from bot.sampling.model import Holidays, Hours, Window
from tests.bot.sampling.people import MONDAY, hours, study

SCHEDULE = study().schedule
BERLIN_SPRING, BERLIN_AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def utc(when: Hours, on: date) -> list[str]:
    return [f"{begin:%d %H:%M}-{end:%d %H:%M}" for begin, end in spans(when, on)]


class TestZones:
    def test_a_zone_is_that_of_the_package(self) -> None:
        berlin = zone_of("Europe/Berlin")

        assert berlin.key == "Europe/Berlin"
        assert berlin.utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
        assert tzdata_version() == metadata.version("tzdata")

    def test_every_zone_that_is_named_can_be_read(self) -> None:
        assert len(zone_names()) > 400
        for name in zone_names():
            zone_of(name)

    @pytest.mark.parametrize(
        "name",
        ["", "Mars/Olympus", "europe/berlin", "../../etc/passwd", "Europe", "Europe/", "zones"],
    )
    def test_what_is_none_is_refused_and_given_back(self, name: str) -> None:
        with pytest.raises(Refusal, match="no such time zone") as refused:
            zone_of(name)

        assert (refused.value.given_back, refused.value.field) == (name, "zone")


class TestWindows:
    @pytest.mark.parametrize("text", ["09:00-17:00", "22:00-06:00", "00:00-23:45"])
    def test_are_read_as_they_are_written(self, text: str) -> None:
        assert window_text(read_window(text)) == text

    @pytest.mark.parametrize("text", ["", "9-17", "09:00", "25:00-26:00", "09:60-10:00", "a-b"])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(Refusal, match="09:00-17:00"):
            read_window(text)

    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("", "one or two"),
            ("08:00-10:00, 11:00-12:00, 13:00-14:00", "one or two"),
            ("09:00-13:00, 12:00-17:00", "overlap"),
            ("09:00-10:59", "at least 120 minutes, and come to 119"),
            ("08:00-18:01", "at most 600 minutes, and come to 601"),
            ("03:00-06:00, 22:00-02:00", "Leave at least 120 minutes"),
        ],
    )
    def test_hours_that_no_day_can_be_planned_in_are_refused(self, text: str, wrong: str) -> None:
        with pytest.raises(Refusal, match=wrong) as refused:
            checked_hours(hours(text), SCHEDULE)

        assert refused.value.field == "hours"
        assert refused.value.given_back == text

    @pytest.mark.parametrize(
        "text",
        ["09:00-11:00", "08:00-18:00", "09:00-12:00, 13:00-17:00", "22:00-02:00, 03:00-06:00"],
    )
    def test_others_are_taken(self, text: str) -> None:
        assert checked_hours(hours(text), SCHEDULE) == hours(text)

    def test_more_time_needs_twice_as_many(self) -> None:
        with pytest.raises(Refusal, match="at least 240 minutes"):
            checked_hours(hours("09:00-12:00", more_time=True), SCHEDULE)

    @pytest.mark.parametrize("days", [(), (7,), (-1,)])
    def test_days_of_no_week_are_refused(self, days: tuple[int, ...]) -> None:
        with pytest.raises(Refusal, match="day of the week"):
            checked_hours(hours(days=days), SCHEDULE)

    def test_a_zone_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(Refusal, match="no such time zone"):
            checked_hours(hours(zone="Europe/Bielefeld"), SCHEDULE)

    def test_too_many_days_off_are_refused(self) -> None:
        off = tuple(MONDAY + timedelta(days=each) for each in range(401))
        with pytest.raises(Refusal, match="400"):
            checked_hours(hours(days_off=off), SCHEDULE)

    @pytest.mark.parametrize(
        ("text", "wall", "inside"),
        [
            ("09:00-17:00", time(9), True),
            ("09:00-17:00", time(17), False),
            ("22:00-06:00", time(23), True),
            ("22:00-06:00", time(5, 59), True),
            ("22:00-06:00", time(6), False),
        ],
    )
    def test_hold_their_beginning_and_not_their_end(
        self, text: str, wall: time, *, inside: bool
    ) -> None:
        assert holds(read_window(text), wall) is inside

    def test_no_two_windows_at_all_raise_anything_else(self) -> None:
        assert wrong_windows((Window(time(9), time(9)),), 60) == (
            "The hours must come to at most 600 minutes, and come to 1440."
        )


class TestSpans:
    def test_a_lunch_splits_a_day(self) -> None:
        assert utc(hours("09:00-12:00, 13:00-17:00"), MONDAY) == [
            "23 08:00-23 11:00",
            "23 12:00-23 16:00",
        ]

    def test_a_night_belongs_to_the_date_on_which_it_begins(self) -> None:
        assert utc(hours("22:00-06:00"), MONDAY) == ["23 21:00-24 05:00"]

    def test_the_second_half_of_a_night_is_on_the_next_date(self) -> None:
        found = utc(hours("22:00-02:00, 03:00-06:00"), MONDAY)

        assert found == ["23 21:00-24 01:00", "24 02:00-24 05:00"]

    @pytest.mark.parametrize(
        ("text", "on", "found"),
        [
            ("22:00-06:00", BERLIN_SPRING - timedelta(days=1), ["28 21:00-29 04:00"]),
            ("22:00-06:00", BERLIN_AUTUMN - timedelta(days=1), ["24 20:00-25 05:00"]),
            ("02:30-06:00", BERLIN_SPRING, ["29 01:30-29 04:00"]),  # 02:30 is 03:30 that night
            ("02:30-06:00", BERLIN_AUTUMN, ["25 00:30-25 05:00"]),  # the first of two
            ("02:45-03:15, 04:00-06:00", BERLIN_SPRING, ["29 02:00-29 04:00"]),
            ("00:00-02:45, 03:00-05:00", BERLIN_SPRING, ["28 23:00-29 01:45", "29 01:45-29 03:00"]),
        ],
    )
    def test_nights_on_which_clocks_change(self, text: str, on: date, found: list[str]) -> None:
        assert utc(hours(text), on) == found

    def test_a_moment_is_inside_until_the_end(self) -> None:
        day = spans(hours(), MONDAY)

        assert within(at("2026-11-23T08:00"), day)
        assert not within(at("2026-11-23T16:00"), day)

    def test_wall_times_of_a_date_and_its_night(self) -> None:
        found = instants((time(10), time(1)), MONDAY, "Europe/Berlin")

        assert [f"{each:%d %H}" for each in found] == ["23 00", "23 09", "24 00", "24 09"]


class TestDays:
    def test_days_off_are_their_own_and_the_holidays_that_they_kept(self) -> None:
        kept = Holidays("DE", "", "0.1", (date(2026, 12, 25), date(2026, 11, 23)))
        when = hours(days_off=(date(2026, 12, 24), date(2026, 12, 25)), holidays=kept)

        assert [each.day for each in all_days_off(when)] == [23, 24, 25]
        assert not is_working_day(when, MONDAY)
        assert is_working_day(when, MONDAY + timedelta(days=1))
        assert not is_working_day(when, MONDAY + timedelta(days=5))

    @pytest.mark.parametrize(
        ("consent", "first"),
        [
            ("2026-11-23T07:59", MONDAY),
            ("2026-11-23T08:00", MONDAY),  # the window begins now, and is whole
            ("2026-11-23T08:00:01", MONDAY + timedelta(days=1)),
            ("2026-11-27T12:00", MONDAY + timedelta(days=7)),  # a Friday
        ],
    )
    def test_the_first_is_the_next_whole_window(self, consent: str, first: date) -> None:
        assert first_day(hours(), at(consent)) == first

    def test_it_may_be_tomorrow_here_and_today_there(self) -> None:
        auckland = hours(zone="Pacific/Auckland")

        assert first_day(auckland, at("2026-11-23T19:30")) == date(2026, 11, 24)
        assert first_day(auckland, at("2026-11-23T20:30")) == date(2026, 11, 25)

    def test_a_night_that_has_begun_is_not_whole(self) -> None:
        night = hours("22:00-06:00")

        assert first_day(night, at("2026-11-23T22:00")) == MONDAY + timedelta(days=1)

    def test_days_off_are_passed_over(self) -> None:
        off = tuple(MONDAY + timedelta(days=each) for each in range(3))

        assert first_day(hours(days_off=off), at("2026-11-22T12:00")) == MONDAY + timedelta(days=3)

    def test_hours_without_any_working_day_are_refused(self) -> None:
        off = tuple(MONDAY + timedelta(days=each) for each in range(-7, 420))

        with pytest.raises(Refusal, match="no working day"):
            first_day(hours(days_off=off), at("2026-11-23T00:00"))

    def test_the_next_one_follows_what_is_planned(self) -> None:
        end = spans(hours(), MONDAY)[-1][1]

        assert next_day(hours(), MONDAY, end) == MONDAY + timedelta(days=1)
        friday = MONDAY + timedelta(days=4)
        assert next_day(hours(), friday, spans(hours(), friday)[-1][1]) == MONDAY + timedelta(
            days=7
        )

    def test_changed_hours_start_on_a_date_that_is_not_planned(self) -> None:
        end = spans(hours("09:00-12:00"), MONDAY)[-1][1]

        assert next_day(hours("14:00-18:00"), MONDAY, end) == MONDAY + timedelta(days=1)

    def test_and_after_the_night_that_is(self) -> None:
        night = spans(hours("22:00-06:00"), MONDAY)[-1][1]

        assert next_day(hours("05:00-13:00"), MONDAY, night) == MONDAY + timedelta(days=2)
        assert next_day(hours("07:00-13:00"), MONDAY, night) == MONDAY + timedelta(days=1)

    @given(st.integers(0, 600), st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]))
    def test_the_first_one_is_the_earliest(self, hour: int, zone: str) -> None:
        consent = at("2026-11-20T00:00") + timedelta(hours=hour)
        when = hours(zone=zone)
        found = first_day(when, consent)
        before = [found - timedelta(days=each) for each in range(1, 9)]

        assert spans(when, found)[0][0] >= consent
        assert not [
            on for on in before if is_working_day(when, on) and spans(when, on)[0][0] >= consent
        ]


class TestHolidays:
    YEAR = (date(2026, 1, 1), date(2026, 12, 31))

    def test_are_those_of_the_region_with_what_found_them(self) -> None:
        germany, bavaria = (public_holidays("de", part, *self.YEAR) for part in ("", "by"))
        names = dict(bavaria.named)

        assert names[date(2026, 1, 6)] == "Epiphany"
        assert date(2026, 1, 6) not in dict(germany.named)
        assert (bavaria.country, bavaria.region) == ("DE", "BY")
        assert bavaria.package == metadata.version("holidays")

    def test_only_those_of_the_dates_that_were_asked_for(self) -> None:
        found = public_holidays("NL", "", date(2026, 12, 25), date(2027, 1, 1))

        assert [on for on, _ in found.named] == [
            date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)
        ]  # fmt: skip

    def test_what_the_volunteer_keeps_is_frozen(self) -> None:
        found = public_holidays("NL", "", *self.YEAR)
        kept = found.keep([date(2026, 12, 28), date(2026, 12, 25), date(2026, 12, 25)])

        assert kept == Holidays("NL", "", found.package, (date(2026, 12, 25), date(2026, 12, 28)))
        assert not is_working_day(replace(hours(), holidays=kept), date(2026, 12, 28))

    @pytest.mark.parametrize("country", ["", "XX", "Germany", "D", "1"])
    def test_an_unknown_country_is_refused(self, country: str) -> None:
        with pytest.raises(Refusal, match="two letters") as refused:
            public_holidays(country, "", *self.YEAR)

        assert (refused.value.given_back, refused.value.field) == (country, "country")

    @pytest.mark.parametrize(
        ("country", "region", "told"), [("DE", "XX", "BY"), ("MC", "XX", "leave it empty")]
    )
    def test_an_unknown_region_is_refused_with_those_there_are(
        self, country: str, region: str, told: str
    ) -> None:
        with pytest.raises(Refusal, match=told) as refused:
            public_holidays(country, region, *self.YEAR)

        assert refused.value.field == "country"

    def test_every_country_can_be_read(self) -> None:
        import holidays  # noqa: PLC0415 - as the code does

        for country in holidays.list_supported_countries(include_aliases=False):
            public_holidays(country, "", date(2026, 12, 1), date(2026, 12, 31))
