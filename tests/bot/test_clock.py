"""The clocks: stepped stands until it is moved, scaled runs, both agree on what is reached."""

import asyncio
import string
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import (
    FlowingClock,
    ReplayDraws,
    ScaledClock,
    SeededDraws,
    SteppedClock,
    SystemClock,
    SystemDraws,
)

START = datetime(2017, 1, 31, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_stepped_clock_stands_until_it_is_moved_and_never_goes_back() -> None:
    clock = SteppedClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(START + HOUR)
    clock.advance(START)
    assert clock.now() == START + HOUR
    clock.advance_by(30)
    assert clock.now() == START + HOUR + timedelta(seconds=30)


async def test_sleepers_wake_in_order_once_their_time_has_come() -> None:
    clock = SteppedClock(START)
    woken: list[int] = []

    async def sleeper(hours: int) -> None:
        await clock.sleep_until(START + hours * HOUR)
        woken.append(hours)

    async with asyncio.TaskGroup() as group:
        for hours in (3, 1, 2, 0):
            group.create_task(sleeper(hours))
        await asyncio.sleep(0)
        assert woken == [0]  # what has been reached does not wait
        assert clock.next_waiter() == START + HOUR
        clock.advance(START + HOUR * 1.5)
        await asyncio.sleep(0)
        assert woken == [0, 1]
        assert clock.next_waiter() == START + 2 * HOUR
        clock.advance(START + 9 * HOUR)
    assert woken == [0, 1, 2, 3]
    assert clock.next_waiter() is None


async def test_a_scaled_clock_is_the_same_in_every_process() -> None:
    real = datetime.now(UTC)  # noqa: TID251 - the published start of the run
    one, other = (ScaledClock(START, real, 3600.0) for _ in range(2))
    first, second = one.now(), other.now()
    assert START <= first <= second < START + 2 * HOUR
    await one.sleep_until(START)
    before = one.now()
    await one.sleep_until(before + timedelta(seconds=30))  # 8 milliseconds
    assert one.now() >= before + timedelta(seconds=30)


def test_time_that_stands_or_goes_back_is_not_a_scale() -> None:
    for factor in (0.0, -1.0):
        with pytest.raises(ValueError, match="positive"):
            ScaledClock(START, START, factor)


async def test_the_system_clock_is_aware_and_its_machine_time_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
    await clock.sleep_until(clock.now() - HOUR)
    due = clock.now() + timedelta(milliseconds=5)
    await clock.sleep_until(due)
    assert clock.now() >= due


def test_machine_time_does_not_follow_domain_time() -> None:
    clock = SteppedClock(START)
    before = clock.monotonic()
    clock.advance_by(86_400)
    assert clock.monotonic() - before < 60


def test_draws_can_be_repeated_or_not() -> None:
    one, same, other = SeededDraws(1), SeededDraws(1), SeededDraws(2)
    drawn = [one.token() for _ in range(50)]
    assert drawn == [same.token() for _ in range(50)]
    assert other.token() not in drawn
    for draws in (SystemDraws(), SeededDraws(3)):
        tokens = {draws.token() for _ in range(50)}
        assert len(tokens) == 50
        url_safe = set(string.ascii_letters + string.digits + "-_")
        assert all(len(token) == 22 and set(token) <= url_safe for token in tokens)
        assert all(2.0 <= draws.uniform(2.0, 3.0) <= 3.0 for _ in range(50))


async def test_a_flowing_clock_flows_with_the_machine_and_jumps_when_it_is_moved() -> None:
    machine = [100.0]
    clock = FlowingClock(START, lambda: machine[0])
    assert (clock.now(), clock.monotonic()) == (START, 100.0)
    machine[0] += 90
    assert clock.now() == START + timedelta(seconds=90)
    clock.advance(START + HOUR)
    machine[0] += 1
    assert clock.now() == START + HOUR + timedelta(seconds=1)
    clock.advance(START)  # it never goes back
    assert clock.now() == START + HOUR + timedelta(seconds=1)


async def test_a_flowing_clock_can_be_held_and_goes_on_from_there() -> None:
    machine = [100.0]
    clock = FlowingClock(START, lambda: machine[0])
    machine[0] += 10
    clock.hold()
    machine[0] += 90
    assert clock.now() == START + timedelta(seconds=10)
    clock.advance(START + HOUR)  # whoever holds it may still move it
    assert clock.now() == START + HOUR
    clock.flow()
    machine[0] += 5
    assert clock.now() == START + HOUR + timedelta(seconds=5)
    clock.flow()  # again: nothing changes
    assert clock.now() == START + HOUR + timedelta(seconds=5)


async def test_sleepers_of_a_flowing_clock_wake_at_a_jump_or_when_their_time_has_come() -> None:
    clock = FlowingClock(START)
    woken: list[str] = []

    async def sleeper(name: str, when: datetime) -> None:
        await clock.sleep_until(when)
        woken.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("past", START))
        group.create_task(sleeper("by itself", START + timedelta(milliseconds=20)))
        group.create_task(sleeper("later", START + 2 * HOUR))
        soon = group.create_task(sleeper("at the jump", START + HOUR))
        await clock.sleep_until(START + timedelta(milliseconds=30))
        assert woken == ["past", "by itself"]
        clock.advance(START + HOUR)
        await soon
        assert woken == ["past", "by itself", "at the jump"]
        clock.advance(START + 3 * HOUR)
    assert woken[-1] == "later"


def test_in_a_replay_numbers_follow_from_domain_time_and_tokens_from_nothing() -> None:
    clocks = SteppedClock(START), SteppedClock(START)
    one, other = (ReplayDraws(each) for each in clocks)
    first = one.uniform(0, 1)
    assert 0 <= first < 1
    assert one.uniform(0, 1) == other.uniform(0, 1) == first
    assert ReplayDraws(clocks[0], seed=1).uniform(0, 1) != first
    clocks[0].advance_by(1)
    assert one.uniform(0, 1) != other.uniform(0, 1)
    assert one.token() != one.token()
