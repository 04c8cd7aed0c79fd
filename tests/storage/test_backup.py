"""A backup of one database restored into the other: every row, or a reason why not."""

import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage import schema
from storage.backup import WrongBackup, back_up, read_contents, restore
from storage.engine import make_engine
from tests.contracts.databases import NOW, empty_schema, on
from tests.storage.filled import as_before, but_for_gone, content, fill
from tests.storage.test_upgrade import VERSIONS

LATER = NOW + timedelta(days=400)
MARK = LATER.isoformat(timespec="microseconds")
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
POSTGRES = pytest.mark.postgres
BOTH_WAYS = [
    pytest.param("sqlite", "postgresql", marks=POSTGRES),
    pytest.param("postgresql", "sqlite", marks=POSTGRES),
]
Place = Callable[[str], str]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Empty databases of a kind."""
    opened: list[Any] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            opened.append(None)
            return f"sqlite:///{tmp_path / f'{len(opened)}.db'}"
        opened.append(empty_schema(request.getfixturevalue("postgres_url")))
        url: str = opened[-1].__enter__()
        return url

    yield make
    for each in filter(None, opened):
        each.__exit__(None, None, None)


def filled(url: str, version: str = schema.HEAD) -> str:
    schema.upgrade(url, version)
    on(url, fill)
    return url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "parallax.backup"


class TestThereAndBack:
    @pytest.mark.parametrize("to", KINDS)
    @pytest.mark.parametrize("of", KINDS)
    def test_every_row_is_equal(self, place: Place, file: Path, of: str, to: str) -> None:
        source, target = filled(place(of)), place(to)
        before = on(source, content)

        told = back_up(source, file, NOW)
        restore(target, file, LATER)

        after = on(target, content)
        (mark,) = [row for row in after["restores"] if row not in before["restores"]]
        after["restores"].remove(mark)
        assert after == before
        assert told.rows == sum(map(len, before.values())) > 0
        assert mark["at"] == MARK
        assert mark["taken"] == NOW.isoformat(timespec="microseconds")

    @pytest.mark.parametrize("to", KINDS)
    def test_counters_go_on_after_the_highest_number(
        self, place: Place, file: Path, to: str
    ) -> None:
        target = place(to)
        back_up(filled(place("sqlite")), file, NOW)
        restore(target, file, LATER)
        audit = sa.text(
            "INSERT INTO settings_audit (workspace, at, person, key, old, new)"
            " VALUES ('T', :at, 'U1', 'k', '', '') RETURNING id"
        )

        at = NOW.isoformat(timespec="microseconds")
        assert on(target, lambda c: c.execute(audit, {"at": at}).scalar_one()) == 4

    @pytest.mark.parametrize(("of", "to"), [("sqlite", "sqlite"), BOTH_WAYS[0], BOTH_WAYS[1]])
    @pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-2]])
    def test_an_older_backup_is_restored_and_then_migrated(
        self, place: Place, file: Path, version: str, of: str, to: str
    ) -> None:
        source, target = filled(place(of), version), place(to)
        before = but_for_gone(on(source, content))
        assert back_up(source, file, NOW).schema == version

        restore(target, file, LATER)

        after = on(target, content)
        after["restores"] = [each for each in after["restores"] if each["at"] != MARK]
        assert schema.is_current(target)
        assert as_before(before, after) == before

    def test_many_rows_come_through_in_batches(self, place: Place, file: Path) -> None:
        source, target = place("sqlite"), place("sqlite")
        schema.upgrade(source)
        rows = [{"k": f"Ev{n}", "at": NOW.isoformat()} for n in range(1501)]
        put = sa.text("INSERT INTO receipts (workspace, key, at) VALUES ('T', :k, :at)")
        on(source, lambda c: c.execute(put, rows))

        assert back_up(source, file, NOW).rows == 1501
        restore(target, file, LATER)

        assert on(target, lambda c: c.scalar(sa.text("SELECT count(*) FROM receipts"))) == 1501

    def test_it_shows_one_moment_while_others_write(self, place: Place, file: Path) -> None:
        source = filled(place("sqlite"))
        others = make_engine(sa.make_url(source), 1, read_only=False)
        written: list[str] = []

        def write(_c: object, _k: object, sql: str, *_: object) -> None:
            if "FROM attendants" in sql and not written:
                written.append(sql)
                with others.begin() as connection:
                    connection.exec_driver_sql("DELETE FROM workspaces")
                    connection.exec_driver_sql("DELETE FROM people")

        sa.event.listen(sa.Engine, "after_cursor_execute", write)
        try:
            told = back_up(source, file, NOW)
        finally:
            sa.event.remove(sa.Engine, "after_cursor_execute", write)
            others.dispose()

        assert written
        assert {each.rows for each in told.tables} == {3}
        assert on(source, content)["people"] == []


class TestTheFile:
    def test_is_its_owners_alone(self, place: Place, file: Path) -> None:
        back_up(filled(place("sqlite")), file, NOW)

        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_is_not_written_over_unless_told_to(self, place: Place, file: Path) -> None:
        source = filled(place("sqlite"))
        file.write_text("precious")

        with pytest.raises(WrongBackup, match="exists already"):
            back_up(source, file, NOW)
        assert file.read_text() == "precious"

        back_up(source, file, NOW, force=True)
        assert read_contents(file).schema == VERSIONS[-1]

    def test_is_whole_or_not_there(self, place: Place, tmp_path: Path) -> None:
        source = filled(place("sqlite"))
        on(source, lambda c: c.execute(sa.text("UPDATE deliveries SET due = 'no time'")))
        folder = tmp_path / "backups"
        folder.mkdir()

        with pytest.raises(ValueError, match="no time"):
            back_up(source, folder / "x", NOW)

        assert list(folder.iterdir()) == []

    def test_that_cannot_be_written_says_why(self, place: Place, tmp_path: Path) -> None:
        with pytest.raises(WrongBackup, match="cannot be written: No such file or directory"):
            back_up(filled(place("sqlite")), tmp_path / "no" / "x", NOW)

    def test_an_empty_database_has_nothing_to_back_up(self, place: Place, file: Path) -> None:
        with pytest.raises(WrongBackup, match="empty"):
            back_up(place("sqlite"), file, NOW)

    def test_of_a_newer_schema_is_not_written(self, place: Place, file: Path) -> None:
        source = filled(place("sqlite"))
        on(source, lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9'")))

        with pytest.raises(schema.NewerSchema):
            back_up(source, file, NOW)
        assert not file.exists()


def rewrite(file: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The same file, each member changed; None leaves it out."""
    with zipfile.ZipFile(file) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            if (changed := change(name, data)) is not None:
                archive.writestr(name, changed)


class TestADamagedFile:
    @pytest.fixture
    def taken(self, place: Place, file: Path) -> Path:
        back_up(filled(place("sqlite")), file, NOW)
        return file

    def refused(self, place: Place, file: Path, match: str) -> None:
        target = place("sqlite")
        with pytest.raises(WrongBackup, match=match):
            restore(target, file, LATER)
        assert schema.versions(target)[0] is None

    def test_a_changed_value_is_noticed(self, place: Place, taken: Path) -> None:
        rewrite(taken, lambda _, data: data.replace(b"people.name 0", b"people.name 9"))

        self.refused(place, taken, "damaged: people is not as it was written")

    def test_a_lost_line_is_noticed(self, place: Place, taken: Path) -> None:
        def lose(name: str, data: bytes) -> bytes:
            return data.partition(b"\n")[2] if name == "tables/people.jsonl" else data

        rewrite(taken, lose)

        self.refused(place, taken, "damaged: people")

    def test_a_lost_table_is_noticed(self, place: Place, taken: Path) -> None:
        rewrite(taken, lambda name, data: None if "people" in name else data)

        self.refused(place, taken, "cannot be read as a backup")

    @pytest.mark.parametrize("told", [b"", b"[]", b"{}", b'{"format": 1, "schema": 3}'])
    def test_contents_that_say_nothing(self, place: Place, taken: Path, told: bytes) -> None:
        rewrite(taken, lambda name, data: told if name == "contents.json" else data)

        self.refused(place, taken, "cannot be read as a backup")

    def test_a_file_cut_short(self, place: Place, taken: Path) -> None:
        taken.write_bytes(taken.read_bytes()[:-40])

        self.refused(place, taken, "cannot be read as a backup")

    @pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9])
    def test_a_bit_that_turned_restores_nothing_else_than_was_written(
        self, place: Place, file: Path, part: float
    ) -> None:
        source, target = filled(place("sqlite")), place("sqlite")
        back_up(source, file, NOW)
        data = bytearray(file.read_bytes())
        data[int(len(data) * part)] ^= 0x10
        file.write_bytes(data)

        try:
            restore(target, file, LATER)
        except WrongBackup:
            assert schema.versions(target)[0] is None
        else:  # a bit of the file's own that nobody reads, such as the time in a header
            assert on(target, content)["entries"] == on(source, content)["entries"]

    def test_another_format_is_named(self, place: Place, taken: Path) -> None:
        def newer(name: str, data: bytes) -> bytes:
            return data.replace(b'"format": 1', b'"format": 2') if name[0] == "c" else data

        rewrite(taken, newer)

        self.refused(place, taken, "is of format 2; this version reads 1")

    def test_of_a_newer_schema_is_refused(self, place: Place, taken: Path) -> None:
        def newer(name: str, data: bytes) -> bytes:
            return data.replace(b'"schema": "0', b'"schema": "9') if name[0] == "c" else data

        rewrite(taken, newer)

        with pytest.raises(schema.NewerSchema):
            restore(place("sqlite"), taken, LATER)

    def test_a_missing_file_is_named(self, place: Place, file: Path) -> None:
        self.refused(place, file, "parallax.backup cannot be read")


class TestOnlyIntoAnEmptyDatabase:
    @pytest.mark.parametrize("force", [False, True])
    def test_one_in_use_is_refused_and_kept(self, place: Place, file: Path, force: bool) -> None:
        back_up(filled(place("sqlite")), file, NOW)
        target = filled(place("sqlite"))
        before = on(target, content)

        with pytest.raises(WrongBackup, match="in use" if force else "empty one"):
            restore(target, file, LATER, force=force)

        assert on(target, content) == before

    def test_one_with_tables_alone_is_taken_when_told_to(self, place: Place, file: Path) -> None:
        source, target = filled(place("sqlite")), place("sqlite")
        back_up(source, file, NOW)
        schema.upgrade(target)

        restore(target, file, LATER, force=True)

        assert on(target, content)["people"] == on(source, content)["people"]

    def test_one_with_newer_tables_than_the_backup_is_refused(
        self, place: Place, file: Path
    ) -> None:
        target = place("sqlite")
        back_up(filled(place("sqlite"), VERSIONS[0]), file, NOW)
        schema.upgrade(target)

        with pytest.raises(WrongBackup, match="the backup 0001: restore into an empty one"):
            restore(target, file, LATER, force=True)

    def test_rows_the_database_refuses_leave_nothing_behind(self, place: Place, file: Path) -> None:
        source, target = filled(place("sqlite")), place("sqlite")
        with sqlite3.connect(source.removeprefix("sqlite:///")) as raw:
            raw.execute("PRAGMA ignore_check_constraints = ON")
            raw.execute("UPDATE deliveries SET state = 'nowhere'")
        raw.close()
        back_up(source, file, NOW)

        with pytest.raises(WrongBackup, match="refused rows of deliveries"):
            restore(target, file, LATER)

        assert not any(on(target, content).values())
