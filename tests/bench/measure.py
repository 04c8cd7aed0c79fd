"""Timing, and the databases that can be reached."""

import asyncio
import atexit
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from storage import schema

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/test"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and the number of the same run that it is held against."""

    what: str
    on: str
    value: float
    unit: str = "ms"
    baseline: float | None = None

    def shown(self) -> str:
        return self._spelt(self.value)

    def baseline_shown(self) -> str:
        return "" if self.baseline is None else self._spelt(self.baseline)

    def ratio_shown(self) -> str:
        return "" if not self.baseline else f"{self.value / self.baseline:.2f}×"

    def _spelt(self, value: float) -> str:
        return f"{value:.2f} {self.unit}" if self.unit else f"{value:g}"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def databases() -> list[tuple[str, str]]:
    """A fresh SQLite file, and a fresh schema of PostgreSQL where it answers; both gone at exit."""
    folder = tempfile.TemporaryDirectory(prefix="parallax-bench-")
    atexit.register(folder.cleanup)
    found = [("SQLite", f"sqlite:///{folder.name}/bench.db")]
    postgres = os.environ.get("PARALLAX_TEST_POSTGRES", POSTGRES)
    try:
        found.append(("PostgreSQL", _own_schema(postgres)))
    except sa.exc.OperationalError:
        print("PostgreSQL: not reachable, not measured", file=sys.stderr)
    for _, url in found:
        schema.upgrade(url)
    return found


def _own_schema(url: str) -> str:
    name = f"bench_{os.getpid()}"
    engine = sa.create_engine(
        url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2}
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    atexit.register(_drop, engine, name)
    return (
        sa.make_url(url)
        .update_query_dict({"options": f"-csearch_path={name}"})
        .render_as_string(hide_password=False)
    )


def _drop(engine: sa.Engine, name: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


def in_place(url: str) -> None:
    """What autovacuum does by itself between two busy times; it may be off where this runs. On
    PostgreSQL that also empties the pending list of a GIN index."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE" if url.startswith("sqlite") else "VACUUM ANALYZE")
    engine.dispose()


async def one_by_one(work: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each call, one after the other."""
    taken = []
    for number in range(times):
        start = time.perf_counter()
        await work(number)
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)


async def in_turn(
    work: Callable[[int], Awaitable[object]], base: Callable[[int], Awaitable[object]], times: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, one of one and one of the other, so that noise falls on both alike."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(times):
        for each, taken in ((work, ours), (base, theirs)):
            start = time.perf_counter()
            await each(number)
            taken.append((time.perf_counter() - start) * 1000)
    return sorted(ours), sorted(theirs)


async def in_flight(
    work: Callable[[int], Awaitable[object]], times: int, at_once: int
) -> list[float]:
    """Milliseconds of each call with `at_once` of them in flight."""
    gate = asyncio.Semaphore(at_once)
    taken: list[float] = []

    async def timed(number: int) -> None:
        async with gate:
            start = time.perf_counter()
            await work(number)
            taken.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(timed(number) for number in range(times)))
    return sorted(taken)


def quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
