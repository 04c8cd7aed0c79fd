"""The schema: its version, and how it is brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.errors import ParallaxError
from storage.engine import make_engine

HERE = Path(__file__).parent / "migrations"
HEAD = "head"


class NewerSchema(ParallaxError):
    """A later version of Parallax made this database: this one must not touch it."""

    def __init__(self, has: str, needs: str) -> None:
        super().__init__(
            f"the database has schema {has}, which a newer Parallax made; this one knows up to"
            f" {needs}. Start the newer version, or restore a backup from before it"
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its number, and what it does in a line."""

    revision: str
    title: str


def alembic_config(url: str) -> Config:
    """Alembic's configuration, without a file: the scripts are part of the package."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    # Handed over as an attribute, so that a password with a % in it stays whole.
    config.attributes["url"] = sa.make_url(url)
    return config


@cache
def steps() -> tuple[Step, ...]:
    """Every migration there is, the first one first."""
    found = ScriptDirectory.from_config(alembic_config("sqlite://")).walk_revisions()
    return tuple(Step(each.revision, _title(each.doc)) for each in reversed(list(found)))


def _title(doc: str | None) -> str:
    return " ".join((doc or "").split())


def upgrade(url: str, to: str = HEAD) -> tuple[Step, ...]:
    """Bring the database to this code's schema (or to that revision); from empty, too.

    Gives the steps that were missing. On PostgreSQL whoever comes second waits, and finds
    nothing to do. Raises NewerSchema and changes nothing if the database is ahead of this code.
    """
    missing = _missing(versions(url)[0], to)
    command.upgrade(alembic_config(url), to)
    return missing


def is_newer(has: str | None) -> bool:
    """Whether a later Parallax than this one made that schema: we have no such migration."""
    return has is not None and has not in {each.revision for each in steps()}


def refuse_newer(has: str | None) -> None:
    """Raises NewerSchema where a later Parallax made that schema."""
    if has is not None and is_newer(has):
        raise NewerSchema(has, steps()[-1].revision)


def _missing(has: str | None, to: str) -> tuple[Step, ...]:
    refuse_newer(has)
    known = steps()
    names = [each.revision for each in known]
    done = 0 if has is None else names.index(has) + 1
    return known[done : _end(names, to)]


def _end(names: Sequence[str], to: str) -> int:
    return len(names) if to == HEAD else names.index(to) + 1


def versions(url: str) -> tuple[str | None, str | None]:
    """The schema the database has, and the one this code needs."""
    needed = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    engine = make_engine(sa.make_url(url), 1, read_only=True)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), needed
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the database has the schema that this code needs."""
    has, needs = versions(url)
    return has == needs
