"""The ledger beside queues that others made: each handles as many jobs that do nothing.

Every one is set up as its own documentation advises, and is timed from all jobs lying ready to the
last one done. They are libraries of the bench alone, named in requirements/bench.in.
"""

import asyncio
import importlib
import importlib.metadata
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from bot.clock import SystemClock
from bot.deliveries.service import LedgerSettings
from tests.bench.ledger import claimed_and_finished
from tests.bench.measure import Figure, in_place

INSTALL = "pip install -r requirements/bench.txt"
ROUNDS = 3
# Fast queues are given more, so that starting and stopping them weighs as little as with others.
FEW, MANY = 2_000, 20_000
Rate = Callable[[str, int], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's queue: how it is called, what it needs, and what to hold beside it.

    at_once: the batch of ours, the same as theirs where they have one. rate: jobs a second, given
    a database and how many.
    """

    name: str
    packages: tuple[str, ...]
    at_once: int
    jobs: int
    rate: Rate
    on: tuple[str, ...] = ("PostgreSQL",)

    def missing(self) -> str | None:
        """Why it cannot be measured here, or None."""
        absent = [each for each in self.packages if version(each) is None]
        if not absent:
            return None
        verb = "is" if len(absent) == 1 else "are"
        return f"not run here: {', '.join(absent)} {verb} not installed ({INSTALL})"


def version(package: str) -> str | None:
    """The version that is installed, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


async def peers(name: str, url: str, *, quick: bool) -> list[Figure]:
    """Ours and theirs in turn, each peer that is here: jobs a second.

    The best of the rounds: what else the machine does can only slow a round down.
    """
    return await beside(PEERS, name, url, quick=quick)


async def beside(among: tuple[Peer, ...], name: str, url: str, *, quick: bool) -> list[Figure]:
    """The same, for these alone."""
    figures = []
    for peer in among:
        if name in peer.on and peer.missing() is None:
            in_place(url)
            figures.append(await _compared(peer, name, url, quick=quick))
    return figures


def not_run(among: tuple[Peer, ...] | None = None) -> list[str]:
    """A line for each library that is not here."""
    return sorted({why for peer in among or PEERS if (why := peer.missing())})


async def _compared(peer: Peer, name: str, url: str, *, quick: bool) -> Figure:
    ours, theirs = [], []
    for _ in range(1 if quick else ROUNDS):
        ours.append(await claimed_and_finished(url, FEW // (10 if quick else 1), peer.at_once))
        theirs.append(await peer.rate(url, peer.jobs // (10 if quick else 1)))
    what = f"claim and finish, {_together(peer.at_once)}; {peer.name}"
    return Figure(what, name, max(ours), "a second", max(theirs))


def _together(at_once: int) -> str:
    return "one by one" if at_once == 1 else f"{at_once} at once"


def _library(name: str) -> Any:
    """A module that this project's types and pins know nothing about."""
    module: ModuleType = importlib.import_module(name)
    return module


def _plain(url: str) -> str:
    """The address as PostgreSQL's own library spells it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _procrastinate(url: str, jobs: int, *, at_once: int) -> float:
    """Its asynchronous connector, with a connection for each job under way and one more."""
    procrastinate = _library("procrastinate")
    connector = procrastinate.PsycopgConnector(
        conninfo=_plain(url), min_size=at_once + 1, max_size=at_once + 1
    )
    app = procrastinate.App(connector=connector)
    done = 0

    @app.task  # type: ignore[untyped-decorator]
    async def nothing() -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({} for _ in range(jobs)))
        start = time.perf_counter()
        await app.run_worker_async(concurrency=at_once, wait=False, install_signal_handlers=False)
        seconds = time.perf_counter() - start
    return a_second(jobs, done, seconds)


async def _pgqueuer(url: str, jobs: int, *, batch: int) -> float:
    """A connection of its own, and uvloop, as its command line runs it."""
    return await asyncio.to_thread(_library("uvloop").run, _drained(url, jobs, batch))


async def _drained(url: str, jobs: int, batch: int) -> float:
    pgqueuer, asyncpg = _library("pgqueuer"), _library("asyncpg")
    drain = _library("pgqueuer.types").QueueExecutionMode.drain
    connection = await asyncpg.connect(_plain(url))
    queue = pgqueuer.PgQueuer.from_asyncpg_connection(connection)
    queries = queue.qm.queries
    done = 0

    @queue.entrypoint("nothing")  # type: ignore[untyped-decorator]
    async def nothing(_job: object) -> None:
        nonlocal done
        done += 1

    try:
        if not await queries.schema_is_installed():
            await queries.install()
            await queries.optimize_autovacuum()
        await queries.enqueue(["nothing"] * jobs, [None] * jobs, [0] * jobs)
        start = time.perf_counter()
        await queue.qm.run(batch_size=batch, mode=drain)
        seconds = time.perf_counter() - start
    finally:
        await connection.close()
    return a_second(jobs, done, seconds)


async def nothing() -> None:
    """A job that APScheduler's store can find again by its name."""


async def _apscheduler(url: str, jobs: int) -> float:
    """Dated jobs in its SQLAlchemy store; late ones run, too, as ours do."""
    stores = _library("apscheduler.jobstores.sqlalchemy")
    scheduler = _library("apscheduler.schedulers.asyncio").AsyncIOScheduler(
        jobstores={"default": stores.SQLAlchemyJobStore(url=url)},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    finished, done = asyncio.Event(), 0

    def count(_event: object) -> None:
        nonlocal done
        done += 1
        if done == jobs:
            finished.set()

    scheduler.add_listener(count, _library("apscheduler.events").EVENT_JOB_EXECUTED)
    scheduler.start(paused=True)
    try:
        for _ in range(jobs):
            scheduler.add_job(nothing, "date", run_date=SystemClock().now())
        start = time.perf_counter()
        scheduler.resume()
        await finished.wait()
        seconds = time.perf_counter() - start
    finally:
        scheduler.shutdown(wait=False)
    return a_second(jobs, done, seconds)


def a_second(jobs: int, done: int, seconds: float) -> float:
    """A rate, which only counts when every job was handled once."""
    if done != jobs:
        raise RuntimeError(f"{done} of {jobs} were handled")
    return jobs / seconds


def _procrastinate_at(at_once: int) -> Peer:
    rate = partial(_procrastinate, at_once=at_once)
    return Peer("procrastinate", ("procrastinate",), at_once, FEW, rate)


def _pgqueuer_at(batch: int) -> Peer:
    needs = ("pgqueuer", "asyncpg", "uvloop")
    rate = partial(_pgqueuer, batch=batch)
    return Peer("pgqueuer", needs, batch, MANY, rate)


PEERS = (
    _procrastinate_at(1),
    _procrastinate_at(10),
    _pgqueuer_at(10),
    _pgqueuer_at(100),
    Peer(
        "APScheduler's store",
        ("apscheduler",),
        LedgerSettings().batch,
        FEW,
        _apscheduler,
        on=("SQLite", "PostgreSQL"),
    ),
)
