"""State: stamps, finders, readers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.state import Channel, Message, Workspace, micros, ts_key

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def workspace() -> Workspace:
    return Workspace("T1", "Test", "test")


def line(ts: str, **more: object) -> Message:
    return Message(ts=ts, channel="C1", user="U1", text="x", **more)  # type: ignore[arg-type]


def channel(*messages: Message) -> Channel:
    return Channel("C1", "general", 0, "U1", messages=list(messages))


@given(st.lists(st.integers(min_value=-5, max_value=5), max_size=30))
def test_stamps_strictly_increase_whatever_the_clock_does(steps: list[int]) -> None:
    """slack-platform.md section 1: `ts` strictly increasing."""
    space, now = workspace(), NOW
    seen = [space.stamp(now)]
    for step in steps:
        now += timedelta(microseconds=step)
        seen.append(space.stamp(now))
    assert all(ts_key(a) < ts_key(b) for a, b in pairwise(seen))


def test_a_stamp_is_domain_time_in_seconds_and_six_digits() -> None:
    assert workspace().stamp(NOW + timedelta(microseconds=7)) == "1795168800.000007"


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_microseconds_lose_nothing(count: int) -> None:
    assert micros(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=count)) == count


def test_lines_are_the_top_level_and_broadcasts_without_notices() -> None:
    place = channel(
        line("1.1"),
        line("1.2", thread_ts="1.1"),
        line("1.3", thread_ts="1.1", broadcast=True),
        line("1.4", subtype="channel_join"),
        line("1.5", deleted=True),
    )
    assert [m.ts for m in place.lines()] == ["1.1", "1.3"]
    assert [m.ts for m in place.notices()] == ["1.4"]
    assert [m.ts for m in place.thread("1.1")] == ["1.1", "1.2", "1.3"]
    assert [m.ts for m in place.replies("1.1")] == ["1.2", "1.3"]
    assert place.find("1.5") is None


def test_lines_are_counted_by_who_wrote_them() -> None:
    place = channel(line("1.1"), line("1.2", bot_id="B1"), line("1.3", bot_id="B1", deleted=True))
    assert (place.bot_line_count, place.human_line_count) == (1, 1)


def test_kinds_of_channels() -> None:
    kinds = [
        Channel("C1", "a", 0, "U1").kind,
        Channel("C2", "b", 0, "U1", private=True).kind,
        Channel("D1", "c", 0, "U1", private=True, dm_of=("U1",)).kind,
        Channel("G1", "d", 0, "U1", private=True, dm_of=("U1", "U2")).kind,
    ]
    assert kinds == ["channel", "group", "im", "mpim"]


def test_ids_are_never_used_twice() -> None:
    space = workspace()
    ids = [space.new_id("C") for _ in range(300)]
    assert len(set(ids)) == 300
    assert all(i.startswith("C0") and i.isalnum() and i.isupper() for i in ids)
