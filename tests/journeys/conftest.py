"""Journeys: the real bot against the sandbox, told as what people do and see."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.config import Mode
from storage import schema
from tests.journeys.apart import Apart
from tests.journeys.forks import Forks
from tests.journeys.lodging import WAY
from tests.journeys.stage import Human, World, a_world

INSIDE = "inside"
MARKERS = (
    "anywhere: a journey that is also made with the bot in a process of its own, in both modes",
    "sockets(why): a journey about sockets, which HTTP mode has not",
)
# Most journeys are about people, not about SQL: a few run on both.
BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bot",
        choices=[INSIDE, *Mode],
        default=INSIDE,
        help="journeys: the bot in this process, or in one of its own, over sockets or over HTTP",
    )


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few journeys are always made in every way."""
    if _asked(metafunc.config) == INSIDE and metafunc.definition.get_closest_marker("anywhere"):
        metafunc.parametrize("way", [INSIDE, *Mode], indirect=True)


def _asked(config: pytest.Config) -> str:
    return str(config.getoption("--bot", INSIDE))


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Where bots come from that have a process of their own."""
    with Forks() as made:
        yield made


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the bot is; a journey that cannot be made in that way is skipped by name."""
    chosen = str(getattr(request, "param", _asked(request.config)))
    about_sockets = request.node.get_closest_marker("sockets")
    if about_sockets and chosen == Mode.HTTP:
        pytest.skip(f"not over HTTP: {request.node.name}: {about_sockets.args[0]}")
    if chosen == INSIDE:
        yield
        return
    token = WAY.set(Apart(request.getfixturevalue("forks"), Mode(chosen)))
    yield
    WAY.reset(token)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with our schema; copied, not used."""
    path = tmp_path_factory.mktemp("journeys") / "empty.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """A schema of our own in the PostgreSQL that is there; each journey has its own workspace."""
    name, server = f"journeys_{os.getpid()}", postgres_url.replace("+psycopg", "", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        url = f"{postgres_url}?options=-csearch_path%3D{name}"
        schema.upgrade(url)
        yield url
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def database_url(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> str:
    """A database for one journey."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return str(request.getfixturevalue("migrated_postgres"))
    shutil.copy(migrated, tmp_path / "parallax.db")
    return f"sqlite:///{tmp_path / 'parallax.db'}"


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A workspace with the bot in it."""
    async with a_world(database_url) as world:
        yield world


@pytest.fixture
def alice(world: World) -> Human:
    return world.person("alice", zone="Europe/Amsterdam")


@pytest.fixture
def bob(world: World) -> Human:
    return world.person("bob", zone="America/New_York")


@pytest.fixture
def carol(world: World) -> Human:
    return world.person("carol")
