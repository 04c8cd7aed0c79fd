"""The only commits: `run` writes, `read` reads; on SQLite and on PostgreSQL.

Transactions are synchronous functions run in threads with the caller's context variables. SQLite
has one writer thread (a second writer would only wait for the file's lock); PostgreSQL has as many
threads as connections. Readers have a pool of their own, so that they never queue behind a writer.
"""

import asyncio
import contextvars
import select
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, OperationalError

from bot.clock import Clock, Draws
from bot.errors import TooLate
from bot.meter import UNMETERED, Meter
from bot.sampling.sealing import Vault
from storage.tx import Tx

T = TypeVar("T")
log = structlog.get_logger(__name__)

SQLITE_BUSY_MS = 1500
CONNECT_SECONDS = 2
# Commands of one incident wait for its row one after the other: more threads would only crowd.
WRITERS = 4
TRIES = 4
# Serialisation failure and deadlock: PostgreSQL rolled back and asks us to run it again.
RETRY_STATES = frozenset({"40001", "40P01"})
# Lock not available, statement cancelled: what the deadline's own timeouts raise.
TIMEOUT_STATES = frozenset({"55P03", "57014"})


class Rehearsed(Exception):
    """Ends a transaction that was run only to show that it may run again."""


class SqlDatabase:
    """A database of one process: pools, threads, and what a transaction is given.

    run_twice: a test mode that runs every writing function once for nothing before it counts, to
    show that functions may run again. on_planned: called after a commit that planned a delivery.
    vault: what studies are sealed with.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        draws: Draws,
        *,
        writers: int = WRITERS,
        readers: int = 4,
        run_twice: bool = False,
        meter: Meter = UNMETERED,
        vault: Vault | None = None,
    ) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.on_planned: Callable[[], None] = lambda: None
        self._clock = clock
        self._draws = draws
        self._run_twice = run_twice
        self._meter = meter
        self._vault = vault or Vault()
        size = 1 if self.is_sqlite else writers
        self._writer = make_engine(self.url, size, read_only=False)
        self._reader = make_engine(self.url, readers, read_only=True)
        self._write_threads = ThreadPoolExecutor(size, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        self.in_flight = 0
        self._counting = threading.Lock()

    async def run(
        self,
        fn: Callable[[Tx], T],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> T:
        """Run `fn` in one transaction and commit; see `bot.deliveries.ports.Database`."""
        return await self._submit(
            "write", self._write_threads, lambda: self._write(fn, once, deadline)
        )

    async def read(self, fn: Callable[[Tx], T], *, deadline: float | None = None) -> T:
        """Run `fn` on a read-only connection; see `bot.deliveries.ports.Database`."""
        return await self._submit("read", self._read_threads, lambda: self._read(fn, deadline))

    async def _submit(self, way: str, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        began = self._clock.monotonic()
        job = pool.submit(contextvars.copy_context().run, call)
        with self._counting:
            self.in_flight += 1
        # Whoever waits may be cancelled; the transaction goes on, and counts until it has ended.
        job.add_done_callback(self._ended)
        try:
            return await asyncio.wrap_future(job)
        finally:
            self._meter.asked_database(way, self._clock.monotonic() - began)

    def _ended(self, _job: object) -> None:
        with self._counting:
            self.in_flight -= 1

    def close(self) -> None:
        """Wait for running transactions and close every connection."""
        self._write_threads.shutdown()
        self._read_threads.shutdown()
        self._writer.dispose()
        self._reader.dispose()

    def _read(self, fn: Callable[[Tx], T], deadline: float | None) -> T:
        try:
            with (
                self._reader.connect() as connection,
                self._bounded(connection, deadline),
                connection.begin(),
            ):
                return fn(self._tx(connection))
        except OperationalError as error:
            if deadline is None or not _ran_out_of_time(error):
                raise
            raise TooLate from error

    def _write(
        self, fn: Callable[[Tx], T], once: tuple[str, str] | None, deadline: float | None
    ) -> T:
        for left in reversed(range(TRIES)):
            try:
                if self._run_twice:
                    self._rehearse(fn, once, deadline)
                return self._attempt(fn, once, deadline)
            except (OperationalError, IntegrityError) as error:
                self._give_up_or_go_on(error, left, deadline)
        raise AssertionError("unreachable: the last try raises")  # pragma: no cover

    def _give_up_or_go_on(self, error: DBAPIError, tries_left: int, deadline: float | None) -> None:
        if deadline is not None and _ran_out_of_time(error):
            raise TooLate from error
        if tries_left == 0 or not _worth_another_try(error):
            raise error
        log.info("db.retried", reason=type(error.orig).__name__)

    def _attempt(
        self, fn: Callable[[Tx], T], once: tuple[str, str] | None, deadline: float | None
    ) -> T:
        with self._transaction(once, deadline) as tx:
            result = fn(tx)
            if self._left(deadline) <= 0:
                raise TooLate  # leaving the block by an error rolls everything back
        if tx.deliveries.planned:
            self.on_planned()
        if tx.deliveries.happened:
            self._meter.delivered(tx.deliveries.happened)
        return result

    def _rehearse(
        self, fn: Callable[[Tx], T], once: tuple[str, str] | None, deadline: float | None
    ) -> None:
        with suppress(Rehearsed), self._transaction(once, deadline) as tx:
            fn(tx)
            raise Rehearsed

    @contextmanager
    def _transaction(self, once: tuple[str, str] | None, deadline: float | None) -> Iterator[Tx]:
        with (
            self._writer.connect() as connection,
            self._bounded(connection, deadline),
            connection.begin(),
        ):
            tx = self._tx(connection)
            if once is not None:
                tx.receipts.take(*once, self._clock.now())
            yield tx

    def _tx(self, connection: sa.Connection) -> Tx:
        return Tx(connection, self._draws.token, self._vault)

    def _left(self, deadline: float | None) -> float:
        return float("inf") if deadline is None else deadline - self._clock.monotonic()

    @contextmanager
    def _bounded(self, connection: sa.Connection, deadline: float | None) -> Iterator[None]:
        """Every wait and statement of the transaction to come ends by the deadline."""
        left = self._left(deadline)
        if left <= 0:
            raise TooLate
        if deadline is None:
            yield
        elif self.is_sqlite:
            with self._interrupted(connection, deadline, int(left * 1000)):
                yield
        else:
            connection.execution_options(**{LIMIT: max(int(left * 1000), 1)})
            yield

    @contextmanager
    def _interrupted(self, connection: sa.Connection, deadline: float, left: int) -> Iterator[None]:
        """SQLite waits for the file's lock, and computes, no longer than the deadline."""
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - narrows for the type checker
        driver.execute(f"PRAGMA busy_timeout = {min(left + 1, SQLITE_BUSY_MS)}")
        driver.set_progress_handler(lambda: int(self._left(deadline) <= 0), 20_000)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
            driver.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MS}")


# Milliseconds after which PostgreSQL ends a wait or a statement of the transaction that begins.
LIMIT = "parallax_limit_ms"


def without_password(url: sa.URL, text: str) -> str:
    """What a database said, fit to be shown: some repeat the password that was tried."""
    return text.replace(str(url.password), "…") if url.password else text


def make_engine(url: sa.URL, size: int, *, read_only: bool) -> sa.Engine:
    """An engine with our settings for its database; errors never print parameters."""
    sqlite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
        **({} if sqlite else {"isolation_level": "AUTOCOMMIT"}),  # we say BEGIN ourselves, below
    )
    if sqlite:
        _tune_sqlite(engine, read_only=read_only)
    else:
        _tune_postgres(engine, read_only=read_only)
    return engine


def _tune_postgres(engine: sa.Engine, *, read_only: bool) -> None:
    sa.event.listen(engine, "do_connect", _connect_in_time)
    sa.event.listen(engine, "handle_error", _withhold_values)
    sa.event.listen(engine, "checkout", _refuse_dead)
    # Several statements make one picture only if they all look at the same snapshot.
    mode = "REPEATABLE READ READ ONLY" if read_only else "READ COMMITTED"

    @sa.event.listens_for(engine, "begin")
    def say_begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        begin, limit = f"BEGIN ISOLATION LEVEL {mode}", options.get(LIMIT)
        if limit is not None:
            begin += f"; SET LOCAL lock_timeout = {limit}; SET LOCAL statement_timeout = {limit}"
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101 - narrows for the type checker
        # All of it in one round trip, which cannot be a prepared statement.
        driver.execute(begin, prepare=False)


def _refuse_dead(driver: psycopg.Connection, _record: object, _proxy: object) -> None:
    """A server that closed a connection has told us: there is something to read, unasked.

    Costs no round trip, unlike a ping before every transaction. The pool connects anew.
    """
    if driver.closed or _readable(driver.fileno()):
        raise DisconnectionError


def _readable(file: int) -> bool:
    looks = select.poll()
    looks.register(file, select.POLLIN)
    return bool(looks.poll(0))


def _connect_in_time(
    _dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]
) -> None:
    """A server that does not answer fails a command in time to tell the person."""
    parameters.setdefault("connect_timeout", CONNECT_SECONDS)


def _withhold_values(context: sa.ExceptionContext) -> None:
    """PostgreSQL quotes the row it refuses, people's words included; keep the first line only."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    told = str(original)
    first = told.partition("\n")[0]
    original.args = (first,)
    if wrapped is not None:
        wrapped.args = tuple(
            each.replace(told, first) if isinstance(each, str) else each for each in wrapped.args
        )


def _tune_sqlite(engine: sa.Engine, *, read_only: bool) -> None:
    @sa.event.listens_for(engine, "connect")
    def configure(driver: sqlite3.Connection, _record: object) -> None:
        driver.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {SQLITE_BUSY_MS}",
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            driver.execute(f"PRAGMA {pragma}")

    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @sa.event.listens_for(engine, "begin")
    def say_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _ran_out_of_time(error: DBAPIError) -> bool:
    told = str(error.orig)
    return _sqlstate(error) in TIMEOUT_STATES or "interrupted" in told or "locked" in told


def _worth_another_try(error: DBAPIError) -> bool:
    unique_race = isinstance(error, IntegrityError) and (
        _sqlstate(error) == "23505" or "UNIQUE constraint" in str(error.orig)
    )
    return unique_race or _sqlstate(error) in RETRY_STATES
