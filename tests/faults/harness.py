"""A run: plan, let replicas send and be killed, and count what people would see."""

import multiprocessing
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any

import sqlalchemy as sa

from bot.clock import SystemClock, SystemDraws
from bot.deliveries.model import Planned
from storage import schema
from storage.deliveries import deliveries
from storage.engine import make_engine
from storage.orphans import orphans
from storage.tx import Tx
from tests.contracts.databases import empty_schema
from tests.faults.liar import lie
from tests.faults.options import Options, Place, Result
from tests.faults.replica import PURPOSE, serve

LOOK_SECONDS = 0.1
LAST_TRY = 300.0
# Forked from a clean process that has everything imported, so that a new life begins at once.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.replica", "tests.faults.liar", "tests.faults.told"])


class Stuck(Exception):
    """The sends did not end."""


def run(options: Options, database: str = "sqlite") -> Result:
    """Send everything, through every fault; `database`: a URL of PostgreSQL, or "sqlite"."""
    with fresh(database) as url:
        started = SystemClock().now()
        ours, theirs = FORKS.Pipe()
        slack = FORKS.Process(target=lie, args=(options, started, theirs), daemon=True)
        slack.start()
        theirs.close()
        api_url, token, workspace, channels = ours.recv()
        place = Place(url, api_url, token, workspace, channels, started)
        _plan(options, place)
        began = time.monotonic()
        kills = Replicas(options, place).see_through()
        seconds = time.monotonic() - began
        time.sleep(options.lateness)
        ours.send("report")
        seen: list[str] = ours.recv()
        slack.join()
        return _counted(options, place, Counter(seen), kills, seconds)


@contextmanager
def fresh(database: str) -> Iterator[str]:
    """A migrated database of this run's own."""
    if database.startswith("postgresql"):
        with empty_schema(database) as url:
            schema.upgrade(url)
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="parallax-faults-") as folder:
            url = f"sqlite:///{folder}/faults.db"
            schema.upgrade(url)
            yield url


def _plan(options: Options, place: Place) -> None:
    now = place.started
    owed = [
        Planned(place.workspace, PURPOSE, f"{channel}/{number}", now, f"post:{channel}")
        for number in range(options.sends)
        for channel in (place.channels[number % len(place.channels)],)
    ]
    engine = make_engine(sa.make_url(place.database), 1, read_only=False)
    with engine.begin() as connection:
        Tx(connection, SystemDraws().token).deliveries.plan_all(owed, now)
    engine.dispose()


class Replicas:
    """Processes that send; whoever is killed is replaced."""

    def __init__(self, options: Options, place: Place) -> None:
        self._options = options
        self._place = place
        self._lives = 0
        self._running: list[BaseProcess] = []
        self._engine = make_engine(sa.make_url(place.database), 1, read_only=True)

    def see_through(self) -> int:
        """Until every send has ended and every orphan is dealt with; how many were killed."""
        kills = self._work(self._options.replicas)
        # Who was held up sends while it stops: somebody has to look after what that leaves.
        self._options = replace(self._options, kill=0.0, pause=0.0)
        kills += self._work(1)
        self._engine.dispose()
        return kills

    def _work(self, replicas: int) -> int:
        kills, deadline = 0, time.monotonic() + LAST_TRY + self._options.sends
        self._running = [self._begin() for _ in range(replicas)] if self._left() else []
        while self._left():
            if time.monotonic() > deadline:
                self._end()
                raise Stuck(f"{self._left()} of {self._options.sends} had not ended")
            time.sleep(LOOK_SECONDS)
            kills += self._replace_the_dead()
        self._end()
        return kills

    def _begin(self) -> BaseProcess:
        self._lives += 1
        process = FORKS.Process(
            target=serve, args=(self._options, self._place, self._lives), daemon=True
        )
        process.start()
        return process

    def _replace_the_dead(self) -> int:
        dead = [each for each in self._running if not each.is_alive()]
        if crashed := [each.exitcode for each in dead if each.exitcode != -signal.SIGKILL]:
            self._end()
            raise Stuck(f"replicas ended by themselves: {crashed}")
        self._running = [each for each in self._running if each not in dead]
        self._running += [self._begin() for _ in dead]
        return len(dead)

    def _left(self) -> int:
        pending = sa.select(sa.func.count()).where(deliveries.c.state == "pending")
        orphaned = sa.select(sa.func.count()).select_from(orphans)
        with self._engine.connect() as connection:
            return int(connection.scalar(pending) or 0) + int(connection.scalar(orphaned) or 0)

    def _end(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()


def _counted(
    options: Options, place: Place, seen: Counter[str], kills: int, seconds: float
) -> Result:
    states = _states(place.database)
    missed = sum(1 for state in states.values() if state == "missed")
    lost = sum(1 for subject, state in states.items() if not seen[subject] and state != "missed")
    duplicates = sum(count - 1 for count in seen.values())
    return Result(options.sends, kills, lost, duplicates, missed, round(seconds, 1))


def _states(url: str) -> dict[str, Any]:
    engine = make_engine(sa.make_url(url), 1, read_only=True)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(deliveries.c.subject, deliveries.c.state)).all()
    engine.dispose()
    return {row.subject: row.state for row in rows}
