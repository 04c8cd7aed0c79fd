"""The databases that these tests run on."""

from tests.contracts.databases import (
    clock,
    db,
    draws,
    engine,
    make_db,
    other_workspace,
    postgres_db,
    postgres_place,
    second_writer,
    sqlite_db,
    sqlite_path,
    sqlite_template,
    url,
    workspace,
)

__all__ = [
    "clock",
    "db",
    "draws",
    "engine",
    "make_db",
    "other_workspace",
    "postgres_db",
    "postgres_place",
    "second_writer",
    "sqlite_db",
    "sqlite_path",
    "sqlite_template",
    "url",
    "workspace",
]
