"""Whom to ask for fresh eyes, when, and of which team nobody is there."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.errors import Refusal
from bot.workspace.model import Person
from bot.workspace.teams import (
    EVERY_DAY,
    FreshEyes,
    Hours,
    Team,
    Willing,
    absent,
    fresh_eyes,
    hours,
    in_hours,
    missing,
)

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NOON = MONDAY + timedelta(hours=12)
ANA = Person("T1", "U1", "ana")
BO = Person("T1", "U2", "bo")
CY = Person("T1", "U3", "cy")
DATABASE = Team("S1", "Database", frozenset({"U2"}))
PAYMENTS = Team("S2", "Payments", frozenset({"U3", "U4"}))


class TestHours:
    @pytest.mark.parametrize(
        ("at", "there"), [("08:59", False), ("09:00", True), ("16:59", True), ("17:00", False)]
    )
    def test_from_the_first_minute_to_before_the_last(self, at: str, there: bool) -> None:
        moment = datetime.combine(MONDAY, time.fromisoformat(at), UTC)
        assert in_hours(Hours(), ANA, moment) is there

    @pytest.mark.parametrize(
        ("zone", "there"),
        [("Asia/Tokyo", False), ("Europe/Berlin", True), ("Nowhere/At_all", True)],
    )
    def test_where_they_are(self, zone: str, there: bool) -> None:
        assert in_hours(Hours(), replace(ANA, zone=zone), NOON) is there

    def test_on_their_days(self) -> None:
        week = [in_hours(Hours(), ANA, NOON + timedelta(days=day)) for day in range(7)]
        assert week == [True, True, True, True, True, False, False]

    @pytest.mark.parametrize(
        ("day", "at", "there"),
        [(0, "21:59", False), (0, "22:00", True), (1, "05:59", True), (1, "06:00", False)],
    )
    def test_past_midnight_belongs_to_the_day_before(self, day: int, at: str, there: bool) -> None:
        night = Hours(time(22), time(6), (0,))
        moment = datetime.combine(MONDAY + timedelta(days=day), time.fromisoformat(at), UTC)
        assert in_hours(night, ANA, moment) is there
        assert not in_hours(night, ANA, moment + timedelta(days=2))

    def test_when_clocks_go_back_an_hour_is_there_twice(self) -> None:
        early = Hours(time(2, 30), time(2, 45), EVERY_DAY)
        there = replace(ANA, zone="Europe/Berlin")
        night = datetime(2026, 10, 25, tzinfo=UTC)
        times = [night + timedelta(minutes=minute) for minute in range(0, 180, 5)]
        assert [f"{each:%H:%M}" for each in times if in_hours(early, there, each)] == [
            *("00:30", "00:35", "00:40"),
            *("01:30", "01:35", "01:40"),
        ]

    def test_as_they_were_typed(self) -> None:
        assert hours("08:30", "12:00", {4, 0}) == Hours(time(8, 30), time(12), (0, 4))

    @pytest.mark.parametrize(
        ("begins", "ends", "days", "field"),
        [
            ("", "17:00", {1}, "begins"),
            ("25:00", "17:00", {1}, "begins"),
            ("09:00", "09:00", {1}, "ends"),
            ("09:00", "17:00", set(), "days"),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_field(
        self, begins: str, ends: str, days: set[int], field: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            hours(begins, ends, days)
        assert refused.value.field == field


class TestAbsent:
    def test_a_team_of_whom_nobody_is_there(self) -> None:
        empty = Team("S9", "Empty")
        assert absent((DATABASE, PAYMENTS, empty), {"U1", "U3"}) == (DATABASE,)
        assert absent((DATABASE, PAYMENTS), ()) == (DATABASE, PAYMENTS)

    def test_named_first_is_one_of_whom_somebody_can_be_asked_then_the_largest(self) -> None:
        teams = (DATABASE, PAYMENTS)
        assert missing(teams, (), [FreshEyes("U2", ("Database",))]) == ("Database", "Payments")
        assert missing(teams, (), [FreshEyes("U2")]) == ("Payments", "Database")
        assert missing(teams, {"U2", "U3"}, ()) == ()


def asked(*people: tuple[Person, Willing], here: tuple[str, ...] = ()) -> str | None:
    found = fresh_eyes(people, (DATABASE, PAYMENTS), here, NOON)
    return found[0].person if found else None


def willing(person: Person, minutes_ago: int | None = None) -> tuple[Person, Willing]:
    at = None if minutes_ago is None else NOON - timedelta(minutes=minutes_ago)
    return person, Willing(person.id, asked_at=at)


class TestFreshEyes:
    def test_nobody_said_so(self) -> None:
        assert asked() is None

    def test_whoever_was_asked_longest_ago_takes_the_turn(self) -> None:
        away = (replace(BO, id="U7"), replace(BO, id="U8"), replace(BO, id="U9"))
        assert asked(willing(away[0], 5), willing(away[1], 9), willing(away[2], 7)) == "U8"
        assert asked(willing(away[0], 5), willing(away[1]), willing(away[2], 7)) == "U8"

    def test_a_team_with_nobody_there_comes_first(self) -> None:
        assert asked(willing(ANA), willing(BO, 1)) == "U2"
        assert asked(willing(ANA), willing(BO, 1), here=("U2",)) == "U1"

    def test_it_says_which_teams(self) -> None:
        found = fresh_eyes([willing(CY)], (DATABASE, PAYMENTS), ("U9",), NOON)
        assert found == (FreshEyes("U3", ("Payments",)),)

    @pytest.mark.parametrize("trait", ["guest", "external", "deleted", "bot"])
    def test_never_somebody_who_may_not_see_it(self, trait: str) -> None:
        assert asked(willing(replace(ANA, **{trait: True}))) is None  # type: ignore[arg-type]

    def test_never_somebody_who_is_there_or_outside_their_hours(self) -> None:
        assert asked(willing(ANA), here=("U1",)) is None
        assert asked(willing(replace(ANA, zone="Asia/Tokyo"))) is None
