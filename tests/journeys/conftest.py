"""Journeys: the real bot against the sandbox, told as what people do and see."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from storage import schema

pytest.register_assert_rewrite("tests.journeys.stage")

from tests.journeys.stage import Human, World, a_world  # noqa: E402 - after it is registered

# Most journeys are about people, not about SQL: a few run on both.
BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
    indirect=True,
)


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
