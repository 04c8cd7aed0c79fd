"""Folders of files: what is in each bundle, what is refused, and that nothing half-done is left."""

import csv
import hashlib
import json
import re
import stat
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sampling.export import Bundle
from bot.sampling.export_bundle import SUMS, Event, Made, Wanted, Writing
from bot.sampling.export_files import CannotExport, Format, digest
from bot.sampling.model import Outcome
from tests.bot.sampling.exporting import NASTY, NOW, STUDY, about, person

Make = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(
        bundle: Bundle = Bundle.ANALYST,
        kind: Format = Format.CSV,
        *,
        guarded: bool = False,
        people: int = 6,
        name: str = "out",
    ) -> Made:
        with Writing(tmp_path / name, Wanted(bundle, kind, guarded), (STUDY,)) as writing:
            writing.event(Event("locked", NOW, 1))
            for number in range(people):
                writing.add(person(number), NOW)
            done = writing.finish(about())
            writing.keep()
            return done

    return made


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestWhatIsInIt:
    def test_the_analysts(self, make: Make) -> None:
        made = make()
        assert {name for name, _ in made.files} == {
            "signals.csv", "self_reports.csv", "static.csv", "events.csv", "codebook.csv",
            "codebook.json", "schedule.json", "methods.md", "README.md", "read_study.R",
            "read_study.py",
        }  # fmt: skip
        assert made.rows == {"signals": 108, "self_reports": 6, "static": 6, "events": 1}

    def test_a_readers_holds_no_text_no_clock_and_no_reason(self, make: Make) -> None:
        made = make(Bundle.READER)
        assert "events.csv" not in {name for name, _ in made.files}
        assert "not anonymous; review before sharing" in (made.folder / "README.md").read_text()
        everything = "".join(
            each.read_text("utf-8")
            for each in made.folder.iterdir()
            if each.suffix == ".csv" and each.stem != "codebook"
        )
        for secret in ("007", "🧯", "meeting", "quiet_hours", "Berlin", "09:15", "failed", "late,"):
            assert secret not in everything.partition("\n")[2] or secret == "late,"
        assert {row["status"] for row in cells(made.folder / "signals.csv")} == {
            "complete", "partial", "expired", "declined", "not_sent",
        }  # fmt: skip

    def test_openesm(self, make: Make) -> None:
        made = make(Bundle.OPENESM, Format.TSV)
        names = {name for name, _ in made.files}
        assert {"stuck_ts.tsv", "stuck_static.tsv", "stuck_metadata.json"} <= names
        told = json.loads((made.folder / "stuck_metadata.json").read_text("utf-8"))
        assert "not anonymous; review before sharing" in told["additional_comments"]
        assert told["implicit_missingness"] == "no"
        assert told["sampling_scheme"].startswith("2-4x/day, circular, minimum gap 60 min")
        head = (made.folder / "stuck_ts.tsv").read_text("utf-8").partition("\n")[0].split("\t")
        assert [each["name"] for each in told["features"]] == head
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in head)
        needed = {
            "description", "variable_type", "transformations", "answer_categories", "comments",
            "details", "labels", "source", "assessment_type", "construct",
        }  # fmt: skip
        assert all(needed <= each.keys() for each in told["features"])
        by_name = {each["name"]: each for each in told["features"]}
        assert by_name["challenge"]["variable_type"] == "rating_scale"
        assert by_name["challenge"]["answer_categories"] == 5
        assert by_name["valid"]["variable_type"] == "binary"

    def test_the_code_book_has_the_columns_that_esmtools_joins_by(self, make: Make) -> None:
        folder = make().folder
        book = cells(folder / "codebook.csv")
        head = (folder / "signals.csv").read_text("utf-8").partition("\n")[0].split(",")
        assert [each["Variable"] for each in book if each["File"] == "signals.csv"] == head
        as_json = json.loads((folder / "codebook.json").read_text("utf-8"))
        assert [each["variable"] for each in as_json] == [each["Variable"] for each in book]

    def test_what_was_asked_once_is_in_a_file_of_its_own(self, make: Make) -> None:
        rows = cells(make(Bundle.READER).folder / "static.csv")
        assert {(row["years"], row["stuck_week"], row["burden"]) for row in rows} == {
            ("2", "9", "")
        }

    def test_the_key_is_in_it_only_once_it_is_published(self, tmp_path: Path) -> None:
        for revealed, key in ((None, None), (NOW, bytes(range(32)).hex())):
            name = f"revealed-{revealed is not None}"
            with Writing(tmp_path / name, Wanted(Bundle.ANALYST, Format.CSV), (STUDY,)) as writing:
                writing.finish(about(revealed_at=revealed))
                writing.keep()
            told = json.loads((tmp_path / name / "schedule.json").read_text("utf-8"))
            assert told["key"] == key
            assert told["commitment"] == "c0ffee" * 10
            whole = "".join(each.read_text("utf-8") for each in (tmp_path / name).iterdir())
            assert (bytes(range(32)).hex() in whole) == (key is not None)

    def test_the_hash_of_the_export_is_that_of_its_list_of_hashes(self, make: Make) -> None:
        made = make()
        sums = (made.folder / SUMS).read_bytes()
        assert made.digest == hashlib.sha256(sums).hexdigest()
        for line in sums.decode().splitlines():
            hashed, _, name = line.partition("  ")
            assert digest(made.folder / name) == hashed

    def test_the_same_study_makes_the_same_files(self, make: Make) -> None:
        assert make(name="one").digest == make(name="two").digest

    def test_only_its_owner_can_read_it(self, make: Make) -> None:
        folder = make().folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


class TestEachBundleSaysWhatIsInIt:
    def entries(self, folder: Path, file: str) -> dict[str, dict[str, str]]:
        book = cells(folder / "codebook.csv")
        return {row["Variable"]: row for row in book if row["File"].startswith(file)}

    @pytest.mark.parametrize("bundle", Bundle)
    def test_the_code_book_lists_every_status_and_none_that_is_not_there(
        self, make: Make, bundle: Bundle
    ) -> None:
        """Held against rows with every outcome that a study has, by name."""
        kind = Format.TSV if bundle is Bundle.OPENESM else Format.CSV
        table = "stuck_ts" if bundle is Bundle.OPENESM else "signals"
        folder = make(bundle, kind).folder
        told = self.entries(folder, table)["status"]
        listed = [each.partition(" = ")[0] for each in told["Values"].split(" | ")]
        lines = (folder / f"{table}.{kind.value}").read_text("utf-8").splitlines()
        comma = "\t" if kind is Format.TSV else ","
        column = lines[0].split(comma).index("status")
        if bundle.is_whole:
            assert listed == [each.value for each in Outcome]
        else:
            assert set(listed) == {line.split(comma)[column] for line in lines[1:]}
            assert "coverage and compliance cannot be computed" in told["Description"]
            assert "cancelled" in told["Values"]  # what not_sent holds as well

    def test_a_readme_says_that_coverage_is_not_in_it(self, make: Make) -> None:
        for name, bundle, kind in (
            ("reader", Bundle.READER, Format.CSV),
            ("openesm", Bundle.OPENESM, Format.TSV),
        ):
            told = (make(bundle, kind, name=name).folder / "README.md").read_text("utf-8")
            assert "coverage and compliance cannot be computed" in told
        whole = (make(name="whole").folder / "README.md").read_text("utf-8")
        assert "coverage and compliance" not in whole
        assert "utc_offset_min" in whole

    def test_a_readme_calls_every_table_what_it_is(self, make: Make) -> None:
        told = (make(Bundle.OPENESM, Format.TSV).folder / "README.md").read_text("utf-8")
        assert "| stuck_self_reports.tsv | reports that people volunteered; in no rate |" in told
        assert "| stuck_ts.tsv | one row for each planned prompt" in told
        assert "The study has one version." in told

    def test_attrition_points_to_events_only_where_there_are_any(self, make: Make) -> None:
        for name, bundle in (("analyst", Bundle.ANALYST), ("reader", Bundle.READER)):
            folder = make(bundle, name=name).folder
            told = (folder / "methods.md").read_text("utf-8")
            assert ("Dates are in the events" in told) == (folder / "events.csv").exists()

    def test_a_report_is_not_described_as_a_planned_prompt(self, make: Make) -> None:
        own = self.entries(make().folder, "self_reports")
        assert own["obsno"]["Description"] == "Report of this volunteer, from 1, without gaps"
        assert own["hours_since_start"]["Description"].endswith("to when the report began")
        assert own["trigger"]["Values"] == "self_report = the volunteer reported unasked"
        said = " ".join(row["Description"] for row in own.values())
        assert "planned" not in said
        assert "prompt" not in said

    def test_times_of_events_are_times(self, make: Make) -> None:
        events = self.entries(make().folder, "events")
        assert events["at"]["Type"] == "time"
        assert "amended" in events["event"]["Values"]

    def test_openesm_counts_what_one_person_has_and_answers_that_are_some(self, make: Make) -> None:
        folder = make(Bundle.OPENESM, Format.TSV).folder
        told = json.loads((folder / "stuck_metadata.json").read_text("utf-8"))
        rows = (folder / "stuck_ts.tsv").read_text("utf-8").splitlines()[1:]
        assert told["n_time_points"] == max(Counter(row.split("\t")[0] for row in rows).values())
        by_name = {each["name"]: each["answer_categories"] for each in told["features"]}
        assert by_name["interrupted"] == 4  # and "Cannot say"
        assert by_name["stuck"] == 3  # and "Was not working"
        assert by_name["activity"] == 11


class TestTexts:
    def test_only_a_spreadsheets_files_guard_formulas(self, make: Make) -> None:
        plain, guarded = make(name="plain"), make(guarded=True, name="guarded")
        texts = [row["stuck_text"] for row in cells(plain.folder / "signals.csv")]
        safe = [row["stuck_text"] for row in cells(guarded.folder / "signals.csv")]
        assert "=1+1" in texts
        assert "'=1+1" in safe
        assert not [each for each in safe if each[:1] in {"=", "+", "-", "@"}]
        changed = {one for one, other in zip(texts, safe, strict=True) if one != other}
        assert changed == {"=1+1", "-", "@cmd", "\nold line end"}

    def test_a_tsv_has_a_line_for_each_row(self, make: Make) -> None:
        folder = make(kind=Format.TSV).folder
        lines = (folder / "signals.tsv").read_bytes().split(b"\n")
        assert len(lines) == 108 + 2
        assert {line.count(b"\t") for line in lines[:-1]} == {lines[0].count(b"\t")}
        assert b"two lines" in b"".join(lines)
        assert b"2028-03-06T09:15:30+01:00" in b"".join(lines)

    def test_json_is_one_array_even_of_nobody(self, make: Make) -> None:
        full, empty = make(kind=Format.JSON), make(kind=Format.JSON, people=0, name="empty")
        rows = json.loads((full.folder / "signals.json").read_text("utf-8"))
        assert len(rows) == 108
        assert set(NASTY) - {"\r\nold line end"} <= {row["stuck_text"] for row in rows}
        assert json.loads((empty.folder / "signals.json").read_text("utf-8")) == []
        with_head = make(people=0, name="head").folder / "signals.csv"
        assert with_head.read_text("utf-8").startswith("id,study_version,day,beep,obsno,")


class TestRefusals:
    def test_what_was_not_recorded_is_not_kept(self, tmp_path: Path) -> None:
        with Writing(tmp_path / "out", Wanted(Bundle.ANALYST, Format.CSV), (STUDY,)) as writing:
            assert writing.finish(about()).rows["signals"] == 0
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_with_something_in_it_is_left_alone(self, make: Make, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("mine")
        with pytest.raises(CannotExport, match="not empty"):
            make()
        assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"

    def test_an_empty_folder_is_taken(self, make: Make, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        assert make().rows["signals"] == 108

    @pytest.mark.parametrize(
        ("bundle", "kind", "guarded", "why"),
        [
            (Bundle.OPENESM, Format.CSV, False, "--format tsv"),
            (Bundle.ANALYST, Format.PARQUET, True, "csv and tsv"),
            (Bundle.ANALYST, Format.JSON, True, "csv and tsv"),
        ],
    )
    def test_what_does_not_go_together(
        self, make: Make, bundle: Bundle, kind: Format, guarded: bool, why: str
    ) -> None:
        with pytest.raises(CannotExport, match=why):
            make(bundle, kind, guarded=guarded)

    def test_what_fails_on_the_way_leaves_nothing(self, tmp_path: Path) -> None:
        class Lost(Exception):
            pass

        def fails() -> None:
            with Writing(tmp_path / "out", Wanted(Bundle.ANALYST, Format.CSV), (STUDY,)) as writing:
                writing.add(person(1), NOW)
                raise Lost

        with pytest.raises(Lost):
            fails()
        assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the volunteers; the writer holds no more than one of them and what it counted."""
    one = person(1)

    def peak(people: int) -> int:
        with Writing(
            tmp_path / str(people), Wanted(Bundle.ANALYST, Format.CSV), (STUDY,)
        ) as writing:
            writing.add(one, NOW)
            tracemalloc.start()
            for _ in range(people):
                writing.add(one, NOW)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

    peak(3)
    assert peak(200) < 1.5 * peak(20) + 100_000
