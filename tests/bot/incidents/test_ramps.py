"""Windows of changes, read from what people type. R3."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.changes import Sign, began, changes
from bot.incidents.model import Clocks, Entry, Kind, Ramp, Record
from bot.incidents.ramps import LONGEST, read, share_at, spread_of
from tests.bot.incidents.test_rules import NOW, fresh

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

Told = tuple[str, str | None, list[tuple[str, int]]]

READ: dict[str, Told] = {
    "rollout of 4412, 10% 02:10, 50% 02:40, all 03:20": (
        "02:10",
        "03:20",
        [("02:10", 10), ("02:40", 50), ("03:20", 100)],
    ),
    "4412, 10% at 02:10 and 50% at 02:40, then everybody at 03:20.": (
        "02:10",
        "03:20",
        [("02:10", 10), ("02:40", 50), ("03:20", 100)],
    ),
    "4412, 02:10 10%, 02:40: 50 % of traffic": ("02:10", None, [("02:10", 10), ("02:40", 50)]),
    "4412, 10% 02:10 → 100% 03:20": ("02:10", "03:20", [("02:10", 10), ("03:20", 100)]),
    "flag X, from 02:10 to 03:40": ("02:10", "03:40", []),
    "flag X, 02:10-03:40": ("02:10", "03:40", []),
    "flag X, 02:10 – 03:40": ("02:10", "03:40", []),
    "flag X, between 2:10am and 3:40am": ("02:10", "03:40", []),
    "flag X, since 02:10": ("02:10", None, []),
    "flag X, until 03:40": ("03:07", "03:40", []),
    "flag X, since 02:10, 10% 02:20, all 03:00": (
        "02:10",
        "03:00",
        [("02:20", 10), ("03:00", 100)],
    ),
    "flag X, from 23:50 to 00:30, only eu": ("23:50", "00:30", []),
    "flag X, from 02:10 UTC until 03:40 UTC": ("02:10", "03:40", []),
}


@pytest.mark.parametrize("text", READ)
def test_a_window_is_read_where_times_read_as_times(text: str) -> None:
    ramp = read(text, NOW, UTC)
    assert ramp is not None
    steps = [(f"{each.at:%H:%M}", each.share) for each in ramp.steps]
    end = f"{ramp.end:%H:%M}" if ramp.end else None
    assert (f"{ramp.start:%H:%M}", end, steps) == READ[text]
    assert ramp.start <= NOW


PLAIN = (
    "max_connections from 8000 to 2000",
    "moved the backup from 02:10 to 03:40",  # a schedule that changed, not a change that lasted
    "flag X, 02:10",
    "flag X, 10% 02:10",
    "flag X, from 10% to 50%",
    "flag X, from 25:10 to 26:00",
    "flag X, from 3 to 4",
    "flag X, 10% 02:10, all 3pm PST",
    "flag X, 150% 02:10, 200% 03:00",
    "flag X, 10% 02:40, 50% 02:10",  # a slip; a day is no ramp
    "flag X, since Tuesday",
    "see `deploy.log, 10% 02:10, 50% 02:40`",
    "",
)


@pytest.mark.parametrize("text", PLAIN)
def test_anything_else_is_a_plain_change(text: str) -> None:
    assert read(text, NOW, UTC) is None


def test_times_are_the_writers() -> None:
    ramp = read("flag X, from 03:10 to 04:00", NOW, AMSTERDAM)
    assert ramp == Ramp(
        datetime(2026, 11, 20, 2, 10, tzinfo=UTC), datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    )


def test_a_change_is_mostly_behind_us_and_sometimes_just_ahead() -> None:
    soon = read("flag X, from 04:00 to 05:00", NOW, UTC)
    assert soon is not None
    assert soon.start == NOW + timedelta(minutes=53)
    before = read("flag X, from 15:00 to 16:00", NOW, UTC)
    assert before is not None
    assert before.start.date() < NOW.date()


def test_the_hour_that_a_clock_change_shows_twice_does_not_run_backwards() -> None:
    after = datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    ramp = read("flag X, from 02:50 to 02:10", after, AMSTERDAM)
    assert ramp is None or (ramp.end is not None and ramp.start < ramp.end)


def test_the_share_at_a_moment_is_that_of_the_last_step() -> None:
    ramp = read("4412, 10% 02:10, 50% 02:40, all 03:20", NOW, UTC)
    assert ramp is not None
    minutes = {-1: None, 0: 10, 29: 10, 30: 50, 69: 50, 70: 100, 500: 100}
    assert {
        each: share_at(ramp, ramp.start + timedelta(minutes=each)) for each in minutes
    } == minutes


def test_what_is_left_is_what_changed() -> None:
    assert spread_of("rollout of 4412, 10% 02:10, all 03:20, eu first").what == (
        "rollout of 4412, eu first"
    )


@given(st.text(alphabet="0123456789:%,-– abfromtunil→", max_size=60) | st.text(max_size=60))
def test_no_text_breaks_it_and_every_window_has_an_order(text: str) -> None:
    ramp = read(text, NOW, AMSTERDAM)
    if ramp is None:
        return
    moments = [ramp.start, *(each.at for each in ramp.steps), *([ramp.end] if ramp.end else [])]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] <= LONGEST


# -- what fell into it -----------------------------------------------------------------------------


def said(seq: int, kind: Kind, minutes: float, text: str = "x", **more: object) -> Entry:
    at = NOW - timedelta(minutes=minutes)
    return replace(Entry(seq, kind, "UANA", at, at, text), **more)  # type: ignore[arg-type]


RAMP = Ramp(NOW - timedelta(minutes=70), NOW)


def test_changes_stand_by_when_they_began() -> None:
    late = said(1, Kind.CHANGED, 1, ramp=RAMP)
    early = said(2, Kind.CHANGED, 60)
    told = changes(Record(fresh(), (late, early)), NOW)
    assert [each.seq for each in told.changed] == [1, 2]
    assert began(late) == RAMP.start


def test_the_first_symptom_that_nobody_doubts_comes_before_the_clocks() -> None:
    clocks = Clocks(declared=NOW, detected=NOW - timedelta(minutes=5))
    incident = replace(fresh(), clocks=clocks)
    entries = (
        said(1, Kind.SEEING, 50, "mail is slow, maybe unrelated"),
        said(2, Kind.SEEING, 20),
        said(3, Kind.SEEING, 30),
    )

    def noticed(*of: Entry) -> tuple[Sign, datetime] | None:
        found = changes(Record(incident, of), NOW).noticed
        return (found.sign, found.at) if found else None

    assert noticed(*entries) == (Sign.SYMPTOM, entries[2].at)
    assert noticed(entries[0]) == (Sign.DETECTED, clocks.detected)
    assert changes(Record(fresh()), NOW).noticed is not None
