"""The schema: its version, and how it is brought up to date."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.engine import make_engine

HERE = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's configuration, without a file: the scripts are part of the package."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    # Handed over as an attribute, so that a password with a % in it stays whole.
    config.attributes["url"] = sa.make_url(url)
    return config


def upgrade(url: str) -> None:
    """Bring the database to this code's schema; from empty, too."""
    command.upgrade(alembic_config(url), "head")


def versions(url: str) -> tuple[str | None, str | None]:
    """The schema the database has, and the one this code needs."""
    needed = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    engine = make_engine(sa.make_url(url), 1, read_only=False)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), needed
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the database has the schema that this code needs."""
    has, needs = versions(url)
    return has == needs
