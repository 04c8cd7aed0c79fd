"""How Alembic runs our migrations: one transaction, bounded waits, SQLite's rebuilds made safe."""

import sqlalchemy as sa
from alembic import context

from storage.engine import make_engine
from storage.tables import compared, metadata

# Two replicas that start at once: the second waits for the first, and finds nothing to do. One
# lock for each place, for a server may hold several; the number is ours, and means nothing.
TAKE_TURNS = (
    "SET LOCAL lock_timeout = '60s'",
    "SELECT pg_advisory_xact_lock(72656, hashtext(current_schema()))",
    "SET LOCAL lock_timeout = '5s'",
)


def run() -> None:
    """Run the migrations on the database that storage.schema names."""
    url: sa.URL = context.config.attributes["url"]
    engine = make_engine(url, 1, read_only=False)
    try:
        with engine.connect() as connection:
            _run_on(connection)
    finally:
        engine.dispose()


def _run_on(connection: sa.Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Batch mode rebuilds a table; with foreign keys on, that deletes the rows below it.
        _pragma(connection, "foreign_keys = OFF")
    with connection.begin():
        for statement in () if sqlite else TAKE_TURNS:
            connection.exec_driver_sql(statement)
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_object=compared,
            render_as_batch=sqlite,
            transaction_per_migration=False,
        )
        context.run_migrations()
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("a migration left rows without their parent; nothing was changed")
    if sqlite:
        _pragma(connection, "foreign_keys = ON")


def _pragma(connection: sa.Connection, pragma: str) -> None:
    """Outside any transaction, where alone this pragma has an effect."""
    driver = connection.connection.driver_connection
    driver.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]


run()
