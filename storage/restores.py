"""When this database was filled from a backup: what was sent after the backup, it has forgotten."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.types import UtcTime, metadata

restores = sa.Table(
    "restores",
    metadata,
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("taken", UtcTime, nullable=False),
)

# The mark: NULL, and so before nothing, where no backup was ever restored.
_MARK = sa.select(sa.func.max(restores.c.at)).scalar_subquery()


def from_before(table: sa.Table) -> "sa.ColumnElement[Any]":
    """Whether a delivery was planned and due before the mark, and so may have been sent."""
    return sa.func.coalesce(sa.and_(table.c.since < _MARK, table.c.due < _MARK), sa.false())


def set_mark(connection: sa.Connection, at: datetime, taken: datetime) -> None:
    """Note that a backup taken at `taken` was restored at `at`."""
    connection.execute(sa.insert(restores), {"at": at, "taken": taken})
