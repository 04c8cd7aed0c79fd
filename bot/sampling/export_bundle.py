"""A study's files in a folder: tables, code book, schedule, events, methods, and their readers.

Tables are written while volunteers come in, one at a time; the rest at the end. Nothing stands
under the folder's name before everything is written. SHA256SUMS names the hash of every file; its
own is the hash of the export, which the grant's record keeps.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.sampling.export import (
    EVENTS,
    Bundle,
    Column,
    Kind,
    OnePerson,
    report_columns,
    signal_columns,
    static_columns,
)
from bot.sampling.export_about import About
from bot.sampling.export_codebook import HEAD, code_book, features
from bot.sampling.export_files import (
    CannotExport,
    Format,
    Sink,
    as_json,
    digest,
    needs,
    opened,
)
from bot.sampling.export_methods import methods
from bot.sampling.export_papers import openesm, readme, schedule
from bot.sampling.export_rows import Row, as_seen, rows_of
from bot.sampling.export_tally import Tally
from bot.sampling.model import Protocol

READERS = ("read_study.R", "read_study.py")
SUMS = "SHA256SUMS"
ONLY_OWNER = 0o700
NA = "NA"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for. guarded: for a spreadsheet."""

    bundle: Bundle
    format: Format
    guarded: bool = False

    def check(self) -> None:
        """Raises CannotExport where it cannot be done here."""
        if self.bundle is Bundle.OPENESM and self.format is not Format.TSV:
            raise CannotExport("openESM takes tab-separated files: say --format tsv.")
        if self.guarded and self.format not in {Format.CSV, Format.TSV}:
            raise CannotExport("Spreadsheets open csv and tsv: --for spreadsheet is for those.")
        needs(self.format)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the study or to a volunteer. None where that is not kept."""

    event: str
    at: datetime | None
    version: int | None
    pseudonym: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """An export that is written. digest: SHA-256, in hex, of the list of the files' hashes."""

    folder: Path
    files: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]
    digest: str


class Writing:
    """An export that is being written: `add` every volunteer, in order; `finish`; `keep`.

    What is not kept is gone when it is left, so that nothing stays which was not recorded.
    """

    def __init__(self, folder: Path, wanted: Wanted, versions: Sequence[Protocol]) -> None:
        wanted.check()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CannotExport(f"{folder} is there already, and not empty. Name another folder.")
        self.tally = Tally()
        self._folder = folder
        self._partial = folder.with_name(f"{folder.name}.partial")
        self._wanted = wanted
        self._versions = tuple(versions)
        self._stack = ExitStack()
        self._sinks: dict[str, Sink] = {}
        self._tables: list[tuple[str, str, tuple[Column, ...]]] = []
        self._rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True, mode=ONLY_OWNER)
        bundle, aliases = self._wanted.bundle, self._wanted.format is Format.CSV
        self._open("signals", signal_columns(self._versions, bundle, aliases=aliases))
        self._open("self_reports", report_columns(self._versions, bundle, aliases=aliases))
        self._open("static", static_columns(self._versions, bundle))
        if bundle.is_whole:
            self._open("events", EVENTS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)
        shutil.rmtree(self._partial, ignore_errors=True)

    def add(self, one: OnePerson, now: datetime) -> int:
        """Write a volunteer's rows; how many signals they were."""
        rows = rows_of(one, self._versions, now)
        self.tally.add(one, rows, self._versions[-1].first.name)
        bundle = self._wanted.bundle
        for row in rows.signals:
            self._write("signals", as_seen(row, bundle))
        for row in rows.self_reports:
            self._write("self_reports", as_seen(row, bundle))
        self._write("static", rows.static)
        return len(rows.signals)

    def event(self, event: Event) -> None:
        """Write what happened, where the bundle has events."""
        if "events" in self._sinks:
            at = None if event.at is None else event.at.astimezone(UTC)
            row: Row = {"event": event.event, "study_version": event.version, "at": at}
            self._write("events", row | {"id": event.pseudonym or None})

    def finish(self, about: About) -> Made:
        """Write what goes with the tables; where everything will be, with its hash."""
        self._stack.close()
        self._small_files(about)
        files = tuple(sorted((each.name, digest(each)) for each in self._partial.iterdir()))
        sums = self._partial / SUMS
        sums.write_text("".join(f"{hashed}  {name}\n" for name, hashed in files), "utf-8")
        whole = digest(sums)
        for each in self._partial.iterdir():
            each.chmod(0o600)
        return Made(self._folder, files, self._rows, whole)

    def keep(self) -> None:
        """Put everything in its place, in one step."""
        if self._folder.exists():
            self._folder.rmdir()  # empty, or it would have been refused
        self._partial.rename(self._folder)

    # -- tables --------------------------------------------------------------------------------

    def _open(self, table: str, columns: tuple[Column, ...]) -> None:
        name = f"{self._name(table)}.{self._wanted.format.value}"
        missing = NA if self._wanted.bundle is Bundle.OPENESM else ""
        sink = opened(
            self._partial / name,
            columns,
            self._wanted.format,
            guarded=self._wanted.guarded,
            missing=missing,
        )
        self._sinks[table] = self._stack.enter_context(sink)
        self._tables.append((table, name, columns))
        self._rows[table] = 0

    def _name(self, table: str) -> str:
        if self._wanted.bundle is not Bundle.OPENESM:
            return table
        return f"{self._stem()}_{'ts' if table == 'signals' else table}"

    def _stem(self) -> str:
        return self._versions[-1].id.replace("-", "_").lower()

    def _write(self, table: str, row: Row) -> None:
        self._sinks[table].write(row)
        self._rows[table] += 1

    # -- what goes with them -------------------------------------------------------------------

    def _small_files(self, about: About) -> None:
        tables = [(table, name) for table, name, _ in self._tables]
        self._put("methods.md", methods(about, self.tally, self._wanted.bundle))
        self._put("schedule.json", as_json(schedule(about)))
        self._put("README.md", readme(about, self._wanted.bundle, tables))
        self._code_book()
        for name in READERS:
            self._put(name, resources.files("bot.sampling").joinpath("data", name).read_text())
        if self._wanted.bundle is Bundle.OPENESM:
            columns = self._tables[0][2]
            told = openesm(about, self.tally, features(columns, self._versions))
            self._put(f"{self._stem()}_metadata.json", as_json(told))

    def _code_book(self) -> None:
        book = code_book([(name, columns) for _, name, columns in self._tables], self._versions)
        head = [Column(name, Kind.LABEL, "") for name in HEAD]
        with opened(self._partial / "codebook.csv", head, Format.CSV) as sink:
            for each in book:
                sink.write(dict(zip(HEAD, each.cells(), strict=True)))
        self._put("codebook.json", as_json([each.as_json() for each in book]))

    def _put(self, name: str, text: str) -> None:
        (self._partial / name).write_text(text, "utf-8", newline="\n")
