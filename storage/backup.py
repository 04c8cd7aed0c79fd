"""A backup: one file for both databases, read back into either.

A ZIP of one member for each table (a JSON list a line, values in the order of the columns) and, at
its end, `contents.json`: the schema, and each table's columns, count and checksum. It is written
from one read-only transaction, so it shows one moment while Parallax goes on; rows pass through
one at a time, so memory does not grow with the database.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.errors import ParallaxError
from storage import schema
from storage.engine import make_engine
from storage.restores import set_mark
from storage.tables import BY_HAND, metadata
from storage.types import UtcTime

FORMAT = 1
CONTENTS = "contents.json"
ROWS_AT_ONCE = 500
# Only its owner may read it: it holds what people wrote.
PRIVATE = 0o600

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "time": UtcTime(),
    "yes_no": sa.Boolean(),
    "json": sa.JSON(none_as_null=True),
    "number": sa.Double(),
    "count": sa.Integer(),
    "text": sa.Text(),
}


# A turned bit may name a way of packing that there is not.
READING = (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError)


class WrongBackup(ParallaxError):
    """This file cannot be written or read as a backup, or not in this place; it says why."""


@dataclass(frozen=True, slots=True)
class TableOf:
    """One table in a backup. columns: name and type, in the order of a row's values."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        """Where its rows are in the file."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: of which schema, taken when, and its tables, parents first."""

    schema: str
    taken: datetime
    tables: tuple[TableOf, ...]

    @property
    def rows(self) -> int:
        """In all tables together."""
        return sum(each.rows for each in self.tables)


# -- Writing --------------------------------------------------------------------------------------


def back_up(url: str, path: Path, taken: datetime, *, force: bool = False) -> Contents:
    """Write everything in the database to a file that is there whole or not at all.

    An older schema is backed up as it is, so that an upgrade can begin with a backup. Raises
    WrongBackup if the file exists (unless `force`), cannot be written, or the database is empty;
    NewerSchema.
    """
    if path.exists() and not force:
        raise WrongBackup(f"{path} exists already; --force writes over it")
    has, _ = schema.versions(url)
    if has is None:
        raise WrongBackup("the database is empty; there is nothing to back up")
    schema.refuse_newer(has)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with _private(partial) as file:
            contents = _write(url, file, has, taken)
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise WrongBackup(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return contents


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A file of its owner's alone, on the disk when this ends well."""
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, PRIVATE)
    with os.fdopen(handle, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(url: str, file: IO[bytes], has: str, taken: datetime) -> Contents:
    engine = make_engine(sa.make_url(url), 1, read_only=True)
    try:
        with (
            engine.connect() as connection,
            connection.begin(),
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            tables = [_write_table(connection, archive, each) for each in _there(connection)]
            contents = Contents(has, taken, tuple(tables))
            archive.writestr(CONTENTS, _contents_as_json(contents))
            return contents
    finally:
        engine.dispose()


def _there(connection: sa.Connection) -> list[sa.Table]:
    """The tables of the database as it is, parents first; full text is made from them anew."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: _ours(name))
    return found.sorted_tables


def _ours(name: str) -> bool:
    return name != "alembic_version" and not name.startswith((BY_HAND, "sqlite_"))


def _write_table(connection: sa.Connection, archive: zipfile.ZipFile, table: sa.Table) -> TableOf:
    columns = tuple((each.name, _type_of(each)) for each in table.columns)
    made, count, digest = TableOf(table.name, columns, 0, ""), 0, hashlib.sha256()
    streamed = connection.execution_options(yield_per=ROWS_AT_ONCE)
    with archive.open(made.member, "w", force_zip64=True) as member:
        for row in streamed.execute(_as_kept(table.name, columns)):
            line = json.dumps([*map(_plain, row)], ensure_ascii=False).encode() + b"\n"
            member.write(line)
            digest.update(line)
            count += 1
    return TableOf(table.name, columns, count, digest.hexdigest())


def _as_kept(name: str, columns: tuple[tuple[str, str], ...]) -> "sa.Select[Any]":
    """The values as the database has them, whatever the code makes of some."""
    return sa.select(*_typed(columns)).select_from(sa.table(name))


def _typed(columns: tuple[tuple[str, str], ...]) -> "list[sa.ColumnClause[Any]]":
    return [sa.column(name, TYPES[kind]) for name, kind in columns]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _type_of(column: "sa.Column[Any]") -> str:
    """The name of the most special type that holds the column's values.

    SQLite keeps times as text; the code knows which. What it no longer knows is as it is kept.
    """
    known = metadata.tables.get(column.table.name)
    own = column.type if known is None else known.columns.get(column.name, column).type
    kept = own.impl_instance if isinstance(own, sa.TypeDecorator) else own
    for name, kind in TYPES.items():
        if isinstance(own, type(kind)) or isinstance(kept, type(kind)):
            return name
    raise TypeError(f"a backup cannot hold {column}: {column.type!r}")


def _contents_as_json(contents: Contents) -> str:
    whole = {"format": FORMAT, **asdict(contents), "taken": contents.taken.isoformat()}
    return json.dumps(whole, indent=1)


# -- Reading --------------------------------------------------------------------------------------


def read_contents(path: Path) -> Contents:
    """What a backup says it holds. Raises WrongBackup if it is none, or is damaged."""
    with _opened(path) as archive:
        return _contents_of(archive, path)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except READING as error:
        raise WrongBackup(f"{path} cannot be read as a backup: {error}") from error


def _contents_of(archive: zipfile.ZipFile, path: Path) -> Contents:
    try:
        told = json.loads(archive.read(CONTENTS))
        if told["format"] != FORMAT:
            raise WrongBackup(f"{path} is of format {told['format']}; this version reads {FORMAT}")
        tables = tuple(map(_table_of, told["tables"]))
        return Contents(str(told["schema"]), datetime.fromisoformat(told["taken"]), tables)
    except (ValueError, TypeError, KeyError) as error:
        raise WrongBackup(f"{path} cannot be read as a backup: no sound {CONTENTS}") from error


def _table_of(told: dict[str, Any]) -> TableOf:
    columns = tuple((str(name), str(kind)) for name, kind in told["columns"])
    if unknown := [kind for _, kind in columns if kind not in TYPES]:
        raise ValueError(unknown)
    return TableOf(str(told["name"]), columns, int(told["rows"]), str(told["sha256"]))


def _check(archive: zipfile.ZipFile, contents: Contents, path: Path) -> None:
    """Every table is as it was written. Raises WrongBackup, naming the first that is not."""
    for table in contents.tables:
        digest, count = hashlib.sha256(), 0
        with archive.open(table.member) as member:
            for line in member:
                digest.update(line)
                count += 1
        if (count, digest.hexdigest()) != (table.rows, table.sha256):
            raise WrongBackup(f"{path} is damaged: {table.name} is not as it was written")


# -- Restoring ------------------------------------------------------------------------------------


Then = Callable[[sa.Connection], None]


def restore(
    url: str, path: Path, now: datetime, *, force: bool = False, then: Then | None = None
) -> Contents:
    """Fill an empty database from a backup, bring it to this version, and set the restore mark.

    force: also one whose tables are there but hold nothing. then: what must be done before anybody
    is served, in the transaction that sets the mark. Everything is checked before the first row is
    written, and the rows come in one transaction. Raises WrongBackup, NewerSchema.
    """
    with _opened(path) as archive:
        contents = _contents_of(archive, path)
        _check(archive, contents, path)
        _make_room(url, contents, force=force)
        with _transaction(url) as connection:
            _fill(connection, archive, contents)
    schema.upgrade(url)
    with _transaction(url) as connection:
        set_mark(connection, now, contents.taken)
        if then is not None:
            then(connection)
    return contents


def _make_room(url: str, contents: Contents, *, force: bool) -> None:
    """The tables of the backup's schema, with nothing in them."""
    schema.refuse_newer(contents.schema)
    has, _ = schema.versions(url)
    if has is None:
        schema.upgrade(url, contents.schema)
    elif not force:
        raise WrongBackup("the database has tables already; restore into an empty one")
    elif has != contents.schema:
        raise WrongBackup(
            f"the database has schema {has}, the backup {contents.schema}:"
            " restore into an empty one, which then gets the backup's"
        )
    else:
        _refuse_rows(url, contents)


def _refuse_rows(url: str, contents: Contents) -> None:
    with _transaction(url) as connection:
        for table in contents.tables:
            if (
                connection.execute(
                    sa.select(sa.literal(1)).select_from(sa.table(table.name)).limit(1)
                ).first()
                is not None
            ):
                raise WrongBackup(f"the database is in use: there are rows in {table.name}")


@contextmanager
def _transaction(url: str) -> Iterator[sa.Connection]:
    engine = make_engine(sa.make_url(url), 1, read_only=False)
    try:
        # AUTOCOMMIT is how PostgreSQL's engine is made: we say BEGIN ourselves.
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _fill(connection: sa.Connection, archive: zipfile.ZipFile, contents: Contents) -> None:
    for each in contents.tables:
        try:
            _fill_table(connection, archive, each)
        except DBAPIError as error:
            raise WrongBackup(f"the database refused rows of {each.name}: {error.orig}") from error
    if connection.dialect.name == "sqlite":
        _renumber(connection)
    else:
        _restore_sequences(connection, contents)


def _fill_table(connection: sa.Connection, archive: zipfile.ZipFile, each: TableOf) -> None:
    table = sa.table(each.name, *_typed(each.columns))
    with archive.open(each.member) as member:
        for rows in _batches(member, each):
            connection.execute(sa.insert(table), rows)


def _batches(lines: Iterable[bytes], table: TableOf) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(_row(json.loads(line), table))
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(values: list[Any], table: TableOf) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if kind == "time" and value is not None else value
        for (name, kind), value in zip(table.columns, values, strict=True)
    }


def _restore_sequences(connection: sa.Connection, contents: Contents) -> None:
    """PostgreSQL's counters go on after the highest number there is."""
    for table in contents.tables:
        for name, kind in table.columns:
            if kind == "count":
                connection.execute(_set_sequence(table.name, name))


def _set_sequence(table: str, column: str) -> "sa.Select[Any]":
    """Does nothing where the column has no counter, or the table no rows."""
    highest: sa.Select[Any] = sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table))
    counter = sa.func.pg_get_serial_sequence(table, column)
    return sa.select(sa.func.setval(counter, highest.scalar_subquery()))


# As migration 0005 does: numbered as they were recorded, and indexed anew.
RENUMBER = (
    "INSERT INTO search_entries (search_entries) VALUES ('delete-all')",
    "DELETE FROM search_rows",
    (
        "INSERT INTO search_rows (incident, seq) SELECT incident, seq FROM entries"
        " ORDER BY recorded_at, incident, seq"
    ),
    "INSERT INTO search_entries (rowid, text) SELECT id, text FROM search_texts",
)


def _renumber(connection: sa.Connection) -> None:
    """Full text of SQLite gives the latest first by number, and rows came in any order."""
    if not sa.inspect(connection).has_table("search_rows"):
        return  # a backup from before there was full text; the migration makes it
    for statement in RENUMBER:
        connection.exec_driver_sql(statement)
