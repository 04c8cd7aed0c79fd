"""Ticks: coroutines on the event loop; one at a time, and a late one runs once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.jobs import Tick, scheduler

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@contextmanager
def running(*ticks: Tick) -> Iterator[AsyncIOScheduler]:
    made = scheduler(ticks)
    made.start()
    yield made.jobs
    made.shutdown(wait=False)


async def test_a_tick_runs_again_and_again_on_the_loop() -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    enough = asyncio.Event()

    async def tick() -> None:
        loops.append(asyncio.get_running_loop())
        if len(loops) == 3:
            enough.set()

    with running(Tick("quick", 0.005, tick)):
        await asyncio.wait_for(enough.wait(), 5)
    assert set(loops) == {asyncio.get_running_loop()}


async def test_a_late_tick_runs_once_whatever_it_missed() -> None:
    ran: list[str] = []
    done = asyncio.Event()

    async def tick() -> None:
        ran.append("late")
        done.set()

    with running(Tick("claim", 3600.0, tick)) as made:
        made.modify_job("claim", next_run_time=LONG_AGO)
        await asyncio.wait_for(done.wait(), 5)
        for _ in range(10):
            await asyncio.sleep(0)
        (job,) = made.get_jobs()
        assert job.next_run_time > LONG_AGO
    assert ran == ["late"]


async def test_a_tick_never_overtakes_itself() -> None:
    async def tick() -> None: ...

    with running(Tick("a", 1.0, tick), Tick("b", 60.0, tick)) as made:
        jobs = {job.id: job for job in made.get_jobs()}
        assert jobs.keys() == {"a", "b"}
        assert {(j.max_instances, j.coalesce, j.misfire_grace_time) for j in jobs.values()} == {
            (1, True, None)
        }
        assert jobs["b"].trigger.interval.total_seconds() == 60


def test_nothing_runs_before_it_is_started() -> None:
    async def tick() -> None: ...

    made = scheduler((Tick("a", 1.0, tick),)).jobs
    assert not made.running


async def test_set_back_clocks_do_not_stop_it() -> None:
    enough = asyncio.Event()

    async def tick() -> None:
        enough.set()

    with running(Tick("quick", 0.01, tick)) as made:
        # What APScheduler believes after the wall clock has been set back by years.
        made.modify_job("quick", next_run_time=FAR_AHEAD)
        await asyncio.wait_for(enough.wait(), 5)


async def test_one_that_takes_long_is_not_late() -> None:
    started: list[str] = []
    others: list[str] = []
    other = asyncio.Event()

    async def long() -> None:
        started.append("long")
        await asyncio.Event().wait()

    async def quick() -> None:
        others.extend(started)
        if len(others) == 3:
            other.set()

    with running(Tick("long", 0.005, long), Tick("quick", 0.02, quick)):
        await asyncio.wait_for(other.wait(), 5)
    assert started == ["long"]
