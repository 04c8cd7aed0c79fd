"""Both databases for the tests: migrated, apart from everybody else's, every transaction run twice.

A test that asks for `db` runs on SQLite, in a file of its own, and on PostgreSQL, in a schema of
this session. Tests do not clean up: each has a workspace of its own, and nothing crosses.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
import sqlalchemy as sa

from bot.clock import SeededDraws, SteppedClock, SystemDraws
from bot.sampling.sealing import Vault
from storage import schema
from storage.engine import SqlDatabase, make_engine

__all__ = [
    "NOW",
    "STUDY_KEY",
    "Hands",
    "MakeDb",
    "alone",
    "clock",
    "db",
    "draws",
    "empty",
    "empty_schema",
    "engine",
    "in_schema",
    "make_db",
    "on",
    "other_workspace",
    "postgres_db",
    "postgres_place",
    "second_writer",
    "sqlite_db",
    "sqlite_path",
    "sqlite_template",
    "unique",
    "url",
    "workspace",
]

# Odd on purpose: to the microsecond, in a year with a leap day, minutes before a new day.
NOW = datetime(2028, 2, 29, 23, 58, 1, 234567, tzinfo=UTC)
STUDY_KEY = bytes(range(32))
T = TypeVar("T")
MakeDb = Callable[..., SqlDatabase]


class Hands(SteppedClock):
    """A stepped clock whose machine time a test can move on, too."""

    skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped


def unique() -> str:
    """A name that no other test has, fit for a schema."""
    return SystemDraws().token().encode().hex()[:20]


def in_schema(url: str, name: str) -> str:
    """That database, seen from one schema."""
    return f"{url}?options=-csearch_path%3D{name}"


@contextmanager
def empty_schema(postgres_url: str) -> Iterator[str]:
    """A schema to fill; dropped afterwards with whatever is in it."""
    name = f"test_{unique()}"
    plain = postgres_url.replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    try:
        yield in_schema(postgres_url, name)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("database") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_place(postgres_url: str) -> Iterator[str]:
    """A migrated schema."""
    with empty_schema(postgres_url) as url:
        schema.upgrade(url)
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of each kind."""
    if request.param == "postgresql":
        place: str = request.getfixturevalue("postgres_place")
        return place
    path = tmp_path / "test.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with empty_schema(request.getfixturevalue("postgres_url")) as url:
            yield url


def on(url: str, look: Callable[[sa.Connection], T]) -> T:
    """Look at a database, or change it, over a connection of one's own."""
    engine = make_engine(sa.make_url(url), 1, read_only=False)
    try:
        with engine.begin() as connection:
            return look(connection)
    finally:
        engine.dispose()


@contextmanager
def alone(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """That kind of database with nobody else's rows in it, for what concerns the whole of it."""
    if not url.startswith("postgresql"):
        yield url  # a file of one's own already
        return
    with empty_schema(request.getfixturevalue("postgres_url")) as own:
        schema.upgrade(own)
        yield own


@pytest.fixture
def clock() -> Hands:
    return Hands(NOW)


@pytest.fixture
def workspace() -> str:
    return f"T{unique()}"


@pytest.fixture
def other_workspace() -> str:
    return f"T{unique()}"


@pytest.fixture
def draws(workspace: str) -> SeededDraws:
    # Keys are unique in the whole table, which PostgreSQL's tests share.
    return SeededDraws(int(workspace[1:], 16))


@pytest.fixture
def make_db(url: str, clock: Hands, draws: SeededDraws) -> Iterator[MakeDb]:
    """More databases in the same place: what another replica would have."""
    made: list[SqlDatabase] = []

    def make(*, run_twice: bool = True, key: bytes | None = STUDY_KEY) -> SqlDatabase:
        vault = Vault(key)
        made.append(
            SqlDatabase(url, clock, draws, writers=8, readers=4, run_twice=run_twice, vault=vault)
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def db(make_db: MakeDb) -> SqlDatabase:
    return make_db()


@pytest.fixture
def postgres_db(postgres_place: str, clock: Hands, draws: SeededDraws) -> Iterator[SqlDatabase]:
    """PostgreSQL alone, with every function run once."""
    made = SqlDatabase(postgres_place, clock, draws)
    yield made
    made.close()


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated file of one's own."""
    return Path(shutil.copyfile(sqlite_template, tmp_path / "alone.db"))


@pytest.fixture
def sqlite_db(sqlite_path: Path, clock: Hands, draws: SeededDraws) -> Iterator[SqlDatabase]:
    """SQLite alone, with every function run once."""
    made = SqlDatabase(f"sqlite:///{sqlite_path}", clock, draws)
    yield made
    made.close()


@pytest.fixture
def second_writer(sqlite_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the file of `sqlite_db` open."""
    connection = sqlite3.connect(sqlite_path, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """Somebody else's connections to the same place."""
    made = make_engine(sa.make_url(url), 4, read_only=False)
    yield made
    made.dispose()
