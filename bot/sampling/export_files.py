"""Tables written to files, a row at a time, so that memory does not grow with them.

csv: for esmtools; times as the clock on the wall showed them at the planned second; the events of a
study, UTC. tsv: as openESM wants it; times by
ISO 8601, and tabs and newlines in texts become spaces. json: an array of objects. parquet: needs
pyarrow. A missing value is an empty cell (`NA` in the openESM bundle, which holds no texts), null
in json and parquet. Nothing is changed in a text but line ends and NUL characters, which no reader
takes; save that with `guarded` a text that a spreadsheet would compute gets an apostrophe.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from bot.errors import ParallaxError
from bot.sampling.export import Column, Kind
from bot.sampling.export_rows import Row, Value

BLOCK = 1 << 20
ROW_GROUP = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
TYPES = {
    Kind.INTEGER: "int64",
    Kind.CHOICE: "int64",
    Kind.NUMBER: "float64",
    Kind.LABEL: "string",
    Kind.TEXT: "string",
}


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    JSON = "json"


class CannotExport(ParallaxError):
    """Files that cannot be written; what to do."""


class Sink(Protocol):
    """A table that is being written."""

    def write(self, row: Row) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def opened(
    path: Path, columns: Sequence[Column], kind: Format, *, guarded: bool = False, missing: str = ""
) -> Sink:
    """A table at that path, to be written into. Raises CannotExport."""
    if kind is Format.PARQUET:
        return _Parquet(path, columns)
    if kind is Format.JSON:
        return _Json(path, columns)
    return _Delimited(path, columns, _cell(kind, guarded=guarded, missing=missing), kind)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex, read in blocks."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def plain(text: str) -> str:
    """A text with one kind of line end and without NUL, which R refuses."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


# -- csv and tsv -----------------------------------------------------------------------------------

Cell = Callable[[Value, Kind], str]


def _cell(kind: Format, *, guarded: bool, missing: str) -> Cell:
    when = _wall if kind is Format.CSV else _iso

    def cell(value: Value, of: Kind) -> str:
        if value is None:
            return missing
        if isinstance(value, datetime):
            return when(value)
        if not isinstance(value, str):
            return str(value)
        text = plain(value) if of is Kind.TEXT else value
        if guarded and of is Kind.TEXT and text.startswith(FORMULA):
            text = f"'{text}"
        return " ".join(text.split("\n")).replace("\t", " ") if kind is Format.TSV else text

    return cell


def _wall(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


class _Delimited:
    """Commas with quotes where needed, or tabs without any: a TSV has no quoting."""

    def __init__(self, path: Path, columns: Sequence[Column], cell: Cell, kind: Format) -> None:
        self._columns = columns
        self._cell = cell
        self._file = path.open("w", encoding="utf-8", newline="")
        tabs = kind is Format.TSV
        self._writer = None if tabs else csv.writer(self._file, lineterminator="\n")
        self._line([each.name for each in columns])

    def write(self, row: Row) -> None:
        cell = self._cell
        self._line([cell(row.get(each.name), each.kind) for each in self._columns])

    def _line(self, cells: list[str]) -> None:
        if self._writer is None:
            self._file.write("\t".join(cells) + "\n")
        else:
            self._writer.writerow(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


# -- json ------------------------------------------------------------------------------------------


class _Json:
    """An array with one object to a line."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._before = "[\n"

    def write(self, row: Row) -> None:
        found = {each.name: _as_json(row.get(each.name)) for each in self._columns}
        self._file.write(self._before + json.dumps(found, ensure_ascii=False))
        self._before = ",\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.write("[]\n" if self._before == "[\n" else "\n]\n")
        self._file.close()


def _as_json(value: Value) -> Value:
    if isinstance(value, datetime):
        return _iso(value)
    return plain(value) if isinstance(value, str) else value


# -- parquet ---------------------------------------------------------------------------------------


class _Parquet:
    """Columns with types; times are UTC, the zone stands in a column of its own."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._arrow, parquet = _pyarrow()
        self._columns = columns
        self._rows: list[Row] = []
        fields = [self._arrow.field(each.name, self._type(each.kind)) for each in columns]
        self._schema = self._arrow.schema(fields)
        self._file = parquet.ParquetWriter(str(path), self._schema)

    def _type(self, kind: Kind) -> Any:
        if kind is Kind.TIME:
            return self._arrow.timestamp("s", tz="UTC")
        return getattr(self._arrow, TYPES[kind])()

    def write(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        found = {
            each.name: [_as_arrow(row.get(each.name)) for row in self._rows]
            for each in self._columns
        }
        self._file.write_table(self._arrow.table(found, schema=self._schema))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._rows:
            self._flush()
        self._file.close()


def _as_arrow(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return plain(value) if isinstance(value, str) else value


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise CannotExport(
            "Parquet needs pyarrow, which is not installed here: pip install 'parallax[parquet]', "
            "or choose --format csv, tsv or json."
        ) from error


def needs(kind: Format) -> None:
    """Whether that format can be written here, before anything is. Raises CannotExport."""
    if kind is Format.PARQUET:
        _pyarrow()


def as_json(value: Mapping[str, object] | Sequence[object]) -> str:
    """A small file of JSON, for people to read as well."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
