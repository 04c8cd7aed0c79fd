"""Rows for every table of a schema, made from its columns: nothing is left out or named twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.tables import metadata
from storage.types import UtcTime

ROWS = 3
TIME = datetime(2028, 2, 29, 23, 58, 1, 234567, tzinfo=UTC)
# Of a closed list, or with a meaning to the migrations.
GIVEN: dict[str, tuple[Any, ...]] = {
    "deliveries.state": ("pending", "sent", "missed"),
    "deliveries.policy": ("look_back", "latest_wins", "step"),
    "incidents.state": ("open", "resolved", "closed"),
    "attendants.brief": (True, False, True),
    "incidents.private": (False, True, False),
    "nudges.outcome": ("none", "acted", "muted"),
    "nudges.rung": ("card", "commander", "place"),
    "entries.kind": ("note", "calling", "seeing"),
    "entries.withdrawn_at": (None, None, None),
    "entries.text": ("the replica lags", "", "disk 🧯 מלא\nlate"),
}
# What a migration took away on purpose: 0013 lays prompts by day, that nothing ties to another.
GONE = {"prompts": {"whose", "day", "beep"}, "study_days": {"whose"}, "review_quotes": {"prompt"}}
NOT_OURS = ("alembic_version", "search_", "sqlite_")


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables there are, as they are, parents first."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(NOT_OURS))
    return found.sorted_tables


def fill(connection: sa.Connection) -> dict[str, int]:
    """Three rows in each table, every column with a value; how many there are now."""
    tables = tables_of(connection)
    for table in tables:
        rows = [
            {each.name: _value(table, each, n, connection.dialect.name) for each in table.columns}
            for n in range(ROWS)
        ]
        connection.execute(sa.insert(table), rows)
    return {table.name: ROWS for table in tables}


def _value(table: sa.Table, column: "sa.Column[Any]", n: int, dialect: str) -> Any:
    given = GIVEN.get(f"{table.name}.{column.name}")
    if given is not None:
        return given[n]
    for key in column.foreign_keys:
        return _value(key.column.table, key.column, n, dialect)
    return _of_type(table, column, n, dialect)


def _of_type(table: sa.Table, column: "sa.Column[Any]", n: int, dialect: str) -> Any:
    at = TIME + timedelta(days=n)
    for kind, value in (
        (sa.Boolean, n % 2 == 0),
        (sa.Integer, n + 1),
        (sa.Float, n + 0.25),
        (sa.DateTime, at),
        (sa.JSON, {"from": n, "steps": [1, 2.5, None], "text": "é"}),
    ):
        if isinstance(column.type, kind):
            return value
    # SQLite keeps times as text; the code's own tables say which.
    known = metadata.tables[table.name].columns.get(column.name)
    if dialect == "sqlite" and known is not None and isinstance(known.type, UtcTime):
        return at.isoformat(timespec="microseconds")
    return f"{table.name}.{column.name} {n} 🧯"


Content = dict[str, list[dict[str, Any]]]


def content(connection: sa.Connection) -> Content:
    """Every row of every table, in an order of their own, as plain values."""
    found: Content = {}
    for table in tables_of(connection):
        rows = connection.execute(sa.select(table)).mappings()
        plain = [{name: _plain(each) for name, each in row.items()} for row in rows]
        found[table.name] = sorted(plain, key=repr)
    return found


def but_for_gone(before: Content) -> Content:
    """What has to be there after a migration: all but what was taken away."""
    return {
        table: sorted(
            ({k: v for k, v in row.items() if k not in GONE.get(table, ())} for row in rows),
            key=repr,
        )
        for table, rows in before.items()
    }


def as_before(before: Content, after: Content) -> Content:
    """What stands now where there was something before: the same tables, the same columns."""
    return {
        table: sorted(
            ({name: row[name] for name in rows[0]} for row in after[table] if rows), key=repr
        )
        for table, rows in before.items()
    }


def _plain(value: Any) -> Any:
    """The same from both databases: SQLite gives times as text and truth as numbers."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return int(value) if isinstance(value, bool) else value
