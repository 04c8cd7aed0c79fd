"""The purse of unasked DMs: what fits, and when the rest may go."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.purse import A_DAY, AFTER_NIGHT, APART, AROUND_PROMPT, may_send

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # 11:00 in Berlin
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Pacific/Auckland", "America/Lima")]


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_a_full_purse_pays_at_once() -> None:
    assert may_send((), (), None, NOW, BERLIN) == NOW


def test_two_a_day_by_the_persons_own_day() -> None:
    two = (ago(hours=2), ago(hours=3))
    assert may_send(two, (), None, NOW, BERLIN) == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    late = (ago(hours=10, minutes=50), ago(hours=12))  # 00:10 in Berlin, and the day before
    assert may_send(late, (), None, NOW, BERLIN) == NOW
    assert may_send(late, (), None, NOW, UTC) == NOW


def test_one_at_a_time() -> None:
    assert may_send((ago(minutes=20),), (), None, NOW, BERLIN) == NOW + timedelta(minutes=40)
    assert may_send((ago(minutes=60),), (), None, NOW, BERLIN) == NOW


@pytest.mark.parametrize("minutes", [-14, 0, 14])
def test_none_around_a_sampling_prompt(minutes: int) -> None:
    prompt = NOW + timedelta(minutes=minutes)
    assert may_send((), (prompt,), None, NOW, BERLIN) == prompt + AROUND_PROMPT


def test_a_quarter_of_an_hour_is_enough() -> None:
    prompts = (NOW - AROUND_PROMPT, NOW + AROUND_PROMPT)
    assert may_send((), prompts, None, NOW, BERLIN) == NOW


def test_none_within_eight_hours_of_a_night_incident() -> None:
    end = ago(hours=3)
    assert may_send((), (), end, NOW, BERLIN) == end + AFTER_NIGHT
    assert may_send((), (), ago(hours=9), NOW, BERLIN) == NOW


def test_what_waits_for_one_rule_is_held_to_the_others() -> None:
    end = ago(hours=6)  # until 12:00
    prompt = NOW + timedelta(hours=2, minutes=5)
    assert may_send((), (prompt,), end, NOW, BERLIN) == prompt + AROUND_PROMPT


def test_the_morning_after_a_clock_change_is_the_morning() -> None:
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    sent = (saturday - timedelta(hours=3), saturday - timedelta(hours=2))
    at = may_send(sent, (), None, saturday, BERLIN)
    assert at == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)  # 09:00, in summer time by then


minutes = st.integers(-3000, 3000).map(lambda count: NOW + timedelta(minutes=count))


@given(
    st.lists(minutes, max_size=8),
    st.lists(minutes, max_size=8),
    st.none() | minutes,
    st.sampled_from(ZONES),
)
def test_every_rule_holds_at_the_time_it_gives(
    sent: list[datetime], prompts: list[datetime], night: datetime | None, zone: ZoneInfo
) -> None:
    at = may_send(sent, prompts, night, NOW, zone)
    assert at >= NOW
    assert all(abs(each - at) >= APART for each in sent)
    assert all(abs(each - at) >= AROUND_PROMPT for each in prompts)
    assert night is None or at >= night + AFTER_NIGHT
    day = at.astimezone(zone).date()
    assert sum(each.astimezone(zone).date() == day for each in sent) < A_DAY
    assert may_send(sent, prompts, night, at, zone) == at
