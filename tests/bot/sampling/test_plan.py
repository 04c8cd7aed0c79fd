"""The plan: its vectors to the second, and what holds of every day that can be planned."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sampling.calendar import joined_minutes, spans, wrong_windows
from bot.sampling.model import Hours, Scheme, Window
from bot.sampling.plan import (
    FULL_DAY,
    RANGE,
    Draw,
    capacity,
    commitment,
    joined_seconds,
    place,
    plan_day,
    planned,
    position,
    prompts_of,
    seconds_of,
    stream,
)
from bot.sampling.plan_chain import digest_of
from bot.sampling.protocol_rates import chances, mean
from tests.bot.sampling.people import MONDAY, SECRET, STUDY_HASH, hours, study, volunteer

VECTORS = [
    ("Europe/Berlin", date(2026, 11, 23), "09:00-17:00", "09:28:50 13:07:21 14:19:13 15:23:16"),
    (
        "Europe/Berlin",
        date(2026, 11, 23),
        "09:00-12:00, 14:00-19:00",
        "09:28:50 15:07:21 16:19:13 17:23:16",
    ),
    ("Europe/Berlin", date(2026, 3, 28), "22:00-06:00", "22:38:11 01:26:32 05:14:31"),
    ("America/New_York", date(2026, 11, 23), "10:00-14:00", "13:44:05"),
]


def given_draws(*shares: float) -> Draw:
    """A stream that gives these, as shares of its range; no more may be taken."""
    left: Iterator[float] = iter(shares)
    return lambda: int(next(left) * RANGE)


class TestVectors:
    def test_the_commitment(self) -> None:
        assert commitment(STUDY_HASH, SECRET) == (
            "6edf978145ad4f9049d055ece4bc9334277e7e4bad3379b7815f7f467a8ebe31"
        )

    @pytest.mark.parametrize(("zone", "on", "windows", "times"), VECTORS)
    def test_a_day(self, zone: str, on: date, windows: str, times: str) -> None:
        day = plan_day(
            SECRET, study(), volunteer(hours(windows, zone, days=tuple(range(7)))), on, 1
        )

        walls = [each.astimezone(ZoneInfo(zone)) for each in day.times]
        assert [f"{each:%H:%M:%S}" for each in walls] == times.split()

    def test_the_night_on_which_clocks_go_forward_is_an_hour_shorter(self) -> None:
        night = spans(hours("22:00-06:00"), date(2026, 3, 28))

        assert joined_seconds(night) == 420 * 60

    def test_the_stream_is_what_the_page_says(self) -> None:
        u = stream(SECRET, STUDY_HASH, 1, bytes(16), MONDAY)
        head = f"parallax-plan-1|{STUDY_HASH}|1|".encode() + bytes(16) + b"|2026-11-23|"
        blocks = [hmac.new(SECRET, head + i, hashlib.sha256).digest() for i in (b"0", b"1")]

        assert [u(), u()] == [int.from_bytes(each[:7], "big") // 8 for each in blocks]

    @pytest.mark.parametrize(("secret", "salt"), [(bytes(31), bytes(16)), (SECRET, bytes(15))])
    def test_a_short_secret_or_salt_is_refused(self, secret: bytes, salt: bytes) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            stream(secret, STUDY_HASH, 1, salt, MONDAY)


class TestNumber:
    @pytest.mark.parametrize(("x", "count"), [(0.0, 2), (0.2499, 2), (0.25, 3), (0.75, 4)])
    def test_a_full_day_has_one_more_or_fewer(self, x: float, count: int) -> None:
        assert prompts_of(FULL_DAY, 3600, 3, 1, given_draws(0.0, x)) == count

    def test_always_two_numbers_are_drawn(self) -> None:
        assert prompts_of(FULL_DAY, 3600, 3, 0, given_draws(0.0, 0.9)) == 3
        with pytest.raises(StopIteration):
            prompts_of(FULL_DAY, 3600, 3, 0, given_draws(0.0))

    def test_the_fraction_of_a_prompt_is_drawn(self) -> None:
        length = 160 * 60 * 3 // 2  # one and a half prompts

        assert prompts_of(length, 3600, 3, 1, given_draws(0.499, 0.5)) == 2
        assert prompts_of(length, 3600, 3, 1, given_draws(0.5, 0.5)) == 1

    def test_twice_the_gap_leaves_two_on_a_full_day(self) -> None:
        assert {prompts_of(FULL_DAY, 7200, 3, 1, given_draws(0.0, x)) for x in (0, 0.5, 0.9)} == {2}

    def test_a_window_of_less_than_two_gaps_has_none(self) -> None:
        assert seconds_of(2 * 3600 - 60, 3600, 3, 1, given_draws(0.0, 0.9)) == []

    @given(
        length=st.integers(30, 720),
        gap=st.integers(15, 240),
        per_day=st.integers(1, 12),
        vary=st.integers(0, 1),
    )
    def test_the_mean_that_is_told_is_that_of_the_rule(
        self, length: int, gap: int, per_day: int, vary: int
    ) -> None:
        """Whichever way the two numbers fall, the rule gives the chances that are told."""
        seconds, apart = length * 60, gap * 60
        more = (per_day * seconds) % FULL_DAY / FULL_DAY
        found: dict[int, float] = {}
        for first, share in ((0.0, more), (1 - 1 / RANGE, 1 - more)):
            for x in (0.0, 0.3, 0.6, 0.9):
                count = prompts_of(seconds, apart, per_day, vary, given_draws(first, x))
                found[count] = found.get(count, 0.0) + share / 4
        told = chances(seconds, apart, per_day, vary)

        assert {count: pytest.approx(float(p)) for count, p in told.items()} == {
            count: share for count, share in found.items() if share
        }
        assert mean(seconds, apart, per_day, vary) <= capacity(seconds, apart)


walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
windows = st.builds(Window, walls, walls)
some_hours = st.builds(
    Hours,
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC",
         "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Antarctica/Troll"]
    ),
    windows=st.lists(windows, min_size=1, max_size=2)
    .map(tuple)
    .filter(lambda each: not wrong_windows(each, 60)),
    days=st.just(tuple(range(7))),
    more_time=st.booleans(),
)  # fmt: skip
# Around every night on which clocks change in these zones, and ordinary days.
dates = st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from(
    [
        date(2026, month, day)
        for month, days in ((3, (7, 8, 28, 29)), (4, (4, 5)), (10, (3, 4, 24, 25, 31)), (11, (1,)))
        for day in days
    ]
)
salts = st.binary(min_size=16, max_size=16)


class TestEveryDay:
    @given(when=some_hours, on=dates, salt=salts)
    def test_is_inside_its_windows_with_its_gaps_and_no_more_than_fit(
        self, when: Hours, on: date, salt: bytes
    ) -> None:
        day = plan_day(SECRET, study(rotate=3), volunteer(when, salt=salt), on, 1)
        at = [position(each, day.windows) for each in day.times]
        length, gap = joined_seconds(day.windows), day.gap * 60

        assert len(at) <= capacity(length, gap)
        assert at == sorted(at)
        assert all(after - before >= gap for before, after in pairwise(at))
        if len(at) > 1:
            assert length - at[-1] + at[0] >= gap
        assert all(each.microsecond == 0 and each.tzinfo is UTC for each in day.times)
        assert all(b - a >= timedelta(seconds=gap) for a, b in pairwise(day.times))
        assert len(day.rotated) == len(day.times)
        assert set(day.rotated) <= {0, 1, 2}
        assert day.gap == (120 if when.more_time else 60)

    @given(when=some_hours, on=dates, salt=salts)
    def test_is_the_same_from_the_same_inputs(self, when: Hours, on: date, salt: bytes) -> None:
        one = plan_day(SECRET, study(rotate=2), volunteer(when, salt=salt), on, 4)

        assert plan_day(SECRET, study(rotate=2), volunteer(when, salt=salt), on, 4) == one
        bare = replace(one, times=(), rotated=())
        assert planned(SECRET, study(rotate=2), salt, bare) == (one.times, one.rotated)

    @given(when=some_hours, on=dates, salt=salts)
    def test_a_full_day_has_two_to_four(self, when: Hours, on: date, salt: bytes) -> None:
        whole = replace(when, windows=(Window(time(9), time(17)),), more_time=False)
        day = plan_day(SECRET, study(), volunteer(whole, salt=salt), on, 1)

        if joined_seconds(day.windows) == FULL_DAY:
            assert len(day.times) in {2, 3, 4}

    @given(when=some_hours, on=dates, second=st.integers(0, 10**5))
    def test_a_second_of_the_windows_is_one_moment(
        self, when: Hours, on: date, second: int
    ) -> None:
        night = spans(when, on)
        second %= joined_seconds(night)

        assert position(place(second, night), night) == second

    @given(when=some_hours, on=dates)
    def test_windows_never_overlap_nor_grow_by_more_than_the_clocks_change(
        self, when: Hours, on: date
    ) -> None:
        night = spans(when, on)

        assert all(end <= begin for (_, end), (begin, _) in pairwise(night))
        assert abs(joined_seconds(night) // 60 - joined_minutes(when.windows)) <= 120

    @given(when=some_hours, on=dates, salt=salts)
    def test_two_days_in_a_row_keep_the_gap(self, when: Hours, on: date, salt: bytes) -> None:
        one = replace(when, more_time=False)
        day, after = (
            plan_day(SECRET, study(), volunteer(one, salt=salt), each, 1)
            for each in (on, on + timedelta(days=1))
        )

        if day.times and after.times:
            assert after.times[0] - day.times[-1] >= timedelta(minutes=60)


class TestWhatADayDependsOn:
    def test_each_input_changes_it(self) -> None:
        day = plan_day(SECRET, study(), volunteer(), MONDAY, 1)
        others = [
            plan_day(bytes(32), study(), volunteer(), MONDAY, 1),
            plan_day(SECRET, replace(study(), digest="0" * 64), volunteer(), MONDAY, 1),
            plan_day(SECRET, replace(study(), version=2), volunteer(), MONDAY, 1),
            plan_day(SECRET, study(), volunteer(salt=b"\1" * 16), MONDAY, 1),
        ]

        assert len({day.times, *(each.times for each in others)}) == 5
        tuesday = plan_day(SECRET, study(), volunteer(), MONDAY + timedelta(days=1), 2)
        assert [each.time() for each in tuesday.times] != [each.time() for each in day.times]

    def test_the_inputs_are_kept(self) -> None:
        off = (date(2026, 12, 24), date(2026, 12, 31))
        day = plan_day(SECRET, study(), volunteer(hours(days_off=off)), MONDAY, 3)

        assert (day.zone, day.days_off, day.day, day.version) == ("Europe/Berlin", off, 3, 1)
        assert day.digest_of_study == STUDY_HASH
        assert day.tzdata
        assert day.windows == (
            (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)),
        )

    def test_a_day_off_has_no_times(self) -> None:
        assert (
            plan_day(SECRET, study(), volunteer(hours(days_off=(MONDAY,))), MONDAY, 1).times == ()
        )

    def test_more_time_has_twice_the_gap(self) -> None:
        day = plan_day(SECRET, study(), volunteer(hours(more_time=True)), MONDAY, 1)

        assert (day.gap, day.more_time, len(day.times)) == (120, True, 2)


class TestRotation:
    def test_one_is_drawn_for_each_prompt_after_the_times(self) -> None:
        day = plan_day(SECRET, study(rotate=3), volunteer(), MONDAY, 1)
        u = stream(SECRET, STUDY_HASH, 1, bytes(16), MONDAY)
        before = 2 + (len(day.times) - 1) + 1  # number and variation, cuts, start
        drawn = [u() for _ in range(before + len(day.times))]

        assert day.rotated == tuple(each % 3 for each in drawn[before:])

    def test_it_moves_no_time(self) -> None:
        assert (
            plan_day(SECRET, study(rotate=3), volunteer(), MONDAY, 1).times
            == plan_day(SECRET, study(), volunteer(), MONDAY, 1).times
        )

    def test_all_are_shown_as_often(self) -> None:
        shown = [0, 0, 0]
        for number in range(1500):
            salt = number.to_bytes(16, "big")
            for each in plan_day(SECRET, study(rotate=3), volunteer(salt=salt), MONDAY, 1).rotated:
                shown[each] += 1

        assert min(shown) / sum(shown) > 0.31


class TestOtherSchemes:
    def test_fixed_times_lie_in_the_hours(self) -> None:
        fixed = study(scheme=Scheme.FIXED, times=(time(8), time(10), time(15, 30)))
        day = plan_day(SECRET, fixed, volunteer(), MONDAY, 1)

        assert [f"{each:%H:%M}" for each in day.times] == ["09:00", "14:30"]  # UTC

    def test_fixed_times_past_midnight_belong_to_the_night_before(self) -> None:
        fixed = study(scheme=Scheme.FIXED, times=(time(1), time(23)))
        day = plan_day(SECRET, fixed, volunteer(hours("22:00-06:00")), MONDAY, 1)

        assert [f"{each:%d %H:%M}" for each in day.times] == ["23 22:00", "24 00:00"]  # UTC

    def test_fixed_times_closer_than_the_gap_are_left_out(self) -> None:
        fixed = study(scheme=Scheme.FIXED, times=(time(10), time(11), time(13)))
        day = plan_day(SECRET, fixed, volunteer(hours(more_time=True)), MONDAY, 1)

        assert [f"{each:%H:%M}" for each in day.times] == ["09:00", "12:00"]

    def test_no_more_fixed_times_than_fit_are_kept(self) -> None:
        fixed = study(scheme=Scheme.FIXED, times=(time(9), time(10), time(11)))
        day = plan_day(SECRET, fixed, volunteer(hours("09:00-12:00")), MONDAY, 1)

        assert [f"{each:%H:%M}" for each in day.times] == ["08:00"]

    def test_an_interval_starts_half_of_it_into_the_day(self) -> None:
        interval = study(scheme=Scheme.INTERVAL, interval_min=160)
        day = plan_day(SECRET, interval, volunteer(), MONDAY, 1)

        assert [f"{each:%H:%M}" for each in day.times] == ["09:20", "12:00", "14:40"]

    def test_an_interval_is_never_less_than_two_gaps(self) -> None:
        interval = study(scheme=Scheme.INTERVAL, interval_min=160)
        day = plan_day(SECRET, interval, volunteer(hours(more_time=True)), MONDAY, 1)

        assert [f"{each:%H:%M}" for each in day.times] == ["10:00", "14:00"]


class TestPlaces:
    def test_a_moment_outside_has_no_place(self) -> None:
        day = spans(hours(), MONDAY)

        with pytest.raises(ValueError, match="in none"):
            position(day[0][1], day)
        with pytest.raises(ValueError, match="not as long"):
            place(FULL_DAY, day)


class TestPage:
    """docs/sampling/plan.md gives figures to check another planner by."""

    PAGE = (Path(__file__).parents[3] / "docs" / "sampling" / "plan.md").read_text("utf-8")

    def test_its_vectors_are_these(self) -> None:
        for zone, on, windows, times in VECTORS:
            (row,) = [line for line in self.PAGE.splitlines() if f"| {times} |" in line]
            assert row.startswith(f"| {zone} {on} | {windows}")
        assert commitment(STUDY_HASH, SECRET) in self.PAGE

    def test_so_are_its_numbers_and_items(self) -> None:
        u = stream(SECRET, STUDY_HASH, 1, bytes(16), MONDAY)
        rotated = plan_day(SECRET, study(rotate=3), volunteer(), MONDAY, 1).rotated
        words = " ".join(self.PAGE.split())

        assert f"stream are {', '.join(str(u()) for _ in range(4))}." in words
        assert f"prompts' items are {', '.join(map(str, rotated))}." in words

    def test_so_is_its_day_of_the_chain(self) -> None:
        (row,) = [line.strip() for line in self.PAGE.splitlines() if '"salt"' in line]
        digest = hashlib.sha256(f"parallax-day-1||{row}".encode()).hexdigest()
        plan = replace(plan_day(SECRET, study(), volunteer(), MONDAY, 1), tzdata="2026.6")

        assert digest == digest_of(plan, bytes(16), "")
        assert f"`{digest}`" in self.PAGE
