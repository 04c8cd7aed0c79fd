"""`parallax export study` and `parallax study report`, typed."""

import asyncio
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import SystemClock, SystemDraws
from bot.sampling.export_tally import Tally
from bot.sampling.model import Appointment, Outcome, Prompt, Role, StudyState, VolunteerState
from bot.sampling.report import lines
from bot.sampling.review_ports import Grant, Look
from bot.sampling.sealing import Vault
from bot.workspace.model import Workspace
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.sampling.test_export_shares import STOPPED
from tests.contracts.databases import STUDY_KEY
from tests.contracts.review_values import ANALYST, OWNER, House, furnish

NOTHING = {"PARALLAX_BOT_TOKEN": "", "PARALLAX_APP_TOKEN": ""}
EARLIER = timedelta(days=728)  # the examples are of 2028, and commands ask the machine's clock
T = "T1"


def typed(*words: object, key: bytes | None = STUDY_KEY) -> Result:
    told = NOTHING | ({} if key is None else {"PARALLAX_STUDY_KEY": key.hex()})
    return CliRunner().invoke(app, [str(each) for each in words], env=told)


def on(url: str, work: Callable[[Tx], object]) -> None:
    db = SqlDatabase(url, SystemClock(), SystemDraws(), vault=Vault(STUDY_KEY))
    try:
        asyncio.run(db.run(work))
    finally:
        db.close()


def past(prompt: Prompt) -> Prompt:
    times: dict[str, Any] = {
        each.name: at - EARLIER
        for each in fields(prompt)
        if isinstance(at := getattr(prompt, each.name), date)
    }
    return replace(prompt, **times)


@pytest.fixture
def url(tmp_path: Path, sqlite_template: Path) -> str:
    """A database with a study of six volunteers."""
    shutil.copyfile(sqlite_template, tmp_path / "parallax.db")
    url = f"sqlite:///{tmp_path / 'parallax.db'}"

    def fill(tx: Tx) -> None:
        tx.workspace.save(Workspace(T, T, "UBOT"))
        house: House = furnish(tx, T)
        tx.prompts.put_all([past(each) for each in house.prompts])

    on(url, fill)
    return url


def grant(url: str, ago: timedelta = timedelta(minutes=5)) -> None:
    at = SystemClock().now() - ago
    on(
        url,
        lambda tx: tx.review.put_grant(
            Grant("G1", f"S-{T}", ANALYST, OWNER, at, at + timedelta(hours=1))
        ),
    )


def export(url: str, out: Path, *more: object, key: bytes | None = STUDY_KEY) -> Result:
    return typed("export", "study", "stuck", "--out", out, "--database-url", url, *more, key=key)


class TestExport:
    def test_without_a_grant_nothing_is_written(self, url: str, tmp_path: Path) -> None:
        done = export(url, tmp_path / "out")
        assert done.exit_code == 2
        assert done.stderr.startswith("No export of 'stuck' is granted just now.")
        assert not (tmp_path / "out").exists()
        grant(url, timedelta(minutes=61))
        assert export(url, tmp_path / "out").exit_code == 2

    def test_with_one_the_files_are_there_and_it_is_kept(self, url: str, tmp_path: Path) -> None:
        grant(url)
        done = export(url, tmp_path / "out")
        assert done.exit_code == 0, done.stderr
        assert "signals              60 rows" in done.stdout
        sums = (tmp_path / "out" / "SHA256SUMS").read_bytes()
        assert f"sha256 {hashlib.sha256(sums).hexdigest()}" in done.stdout
        assert len((tmp_path / "out" / "signals.csv").read_text("utf-8").splitlines()) == 61
        events = (tmp_path / "out" / "events.csv").read_text("utf-8").splitlines()
        assert len(events) == 1 + 2 + 6
        looks: list[tuple[Look, ...]] = []
        on(url, lambda tx: looks.append(_looks(tx)))
        assert [each.person for each in looks[0]] == [ANALYST]
        assert looks[0][0].digest in done.stdout

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("--bundle", "openesm"), "openESM takes tab-separated files"),
            (("--format", "json", "--for", "spreadsheet"), "Spreadsheets open csv and tsv"),
            (("--workspace", "T9"), "Say which with --workspace: T1."),
        ],
    )
    def test_bad_input_is_told_in_a_line(
        self, url: str, tmp_path: Path, words: tuple[str, ...], why: str
    ) -> None:
        grant(url)
        done = export(url, tmp_path / "out", *words)
        assert done.exit_code == 2
        assert done.stderr.startswith(why)
        assert not (tmp_path / "out").exists()

    def test_without_the_key_nothing_is_read(self, url: str, tmp_path: Path) -> None:
        grant(url)
        done = export(url, tmp_path / "out", key=None)
        assert done.exit_code == 2
        assert "PARALLAX_STUDY_KEY" in done.stderr

    @pytest.mark.parametrize("kind", ["tsv", "json", "parquet"])
    def test_other_formats(self, url: str, tmp_path: Path, kind: str) -> None:
        grant(url)
        done = export(url, tmp_path / "out", "--format", kind, "--bundle", "reader")
        assert done.exit_code == 0, done.stderr
        assert (tmp_path / "out" / f"signals.{kind}").is_file()

    def test_openesm(self, url: str, tmp_path: Path) -> None:
        grant(url)
        done = export(url, tmp_path / "out", "--format", "tsv", "--bundle", "openesm")
        assert done.exit_code == 0, done.stderr
        told = json.loads((tmp_path / "out" / "stuck_metadata.json").read_text("utf-8"))
        assert told["n_participants"] == 6

    def test_another_study_is_not_there(self, url: str, tmp_path: Path) -> None:
        done = typed("export", "study", "x", "--out", tmp_path / "o", "--database-url", url)
        assert done.exit_code == 2
        assert done.stderr.startswith("There is no study 'x' here.")


class TestWhoIsNotInIt:
    def amend(self, tx: Tx) -> None:
        """A second version names the analyst; five agreed to it, one of them left, one did not."""
        study = tx.studies.named(T, "stuck")
        assert study is not None
        second = replace(study.protocol, version=2, digest="2" * 64)
        study = replace(study, protocol=second)
        tx.studies.put(study)
        at = SystemClock().now()
        tx.studies.appoint(study, Appointment(ANALYST, Role.ANALYST, 2, attested_at=at))
        agreed = tx.volunteers.volunteers(study)[:5]
        tx.volunteers.put_all([replace(each, version=2) for each in agreed])
        gone = replace(agreed[0], version=2, state=VolunteerState.LEFT, left_at=at)
        tx.volunteers.put(gone)

    def test_the_methods_section_says_so_and_the_events_that_it_was_amended(
        self, url: str, tmp_path: Path
    ) -> None:
        on(url, self.amend)
        grant(url)
        done = export(url, tmp_path / "out")
        assert done.exit_code == 0, done.stderr
        assert "1 volunteer has not agreed to this analyst; they are not in it." in done.stdout
        told = (tmp_path / "out" / "methods.md").read_text("utf-8")
        assert "Five volunteers are in these data" in told
        assert "Fewer than five further volunteers had not agreed to this analyst" in told
        assert "Fewer than five of them left before their days were over." in told
        events = (tmp_path / "out" / "events.csv").read_text("utf-8").splitlines()
        assert ",amended,2," in events
        assert len([each for each in events if ",left,2," in each]) == 1

    def test_nor_does_it_count_who_left_after_their_days(self, url: str, tmp_path: Path) -> None:
        def done(tx: Tx) -> None:
            study = tx.studies.named(T, "stuck")
            assert study is not None
            every, at = tx.volunteers.volunteers(study), SystemClock().now()
            tx.volunteers.put_all(
                replace(
                    each, planned_days=10, planned_until=at - timedelta(days=2),
                    state=VolunteerState.LEFT, left_at=at - timedelta(days=1),
                )
                for each in every
            )  # fmt: skip

        on(url, done)
        grant(url)
        assert export(url, tmp_path / "out").exit_code == 0
        told = (tmp_path / "out" / "methods.md").read_text("utf-8")
        assert "None of them left before their days were over." in told


class TestReport:
    @pytest.mark.row("E6")
    def test_it_tells_rates_delay_and_coverage_and_no_shares_before_the_end(self, url: str) -> None:
        done = typed("study", "report", "stuck", "--database-url", url)
        assert done.exit_code == 0, done.stderr
        for said in (
            "6 volunteers, 60 planned prompts",
            "coverage       50 % (30 of 60)",
            "response rate  100 % (30 of 30)",
            "compliance     50 % (30 of 60)",
            "median 100 %",
            "p50 1 minute 30 s",
            "not sent       30: incident 30",
            "answers        not told",
            "people who struggle probably answer less",
        ):
            assert said in done.stdout, said

    @pytest.mark.parametrize(
        ("of_many", "told"),
        [
            (0, "declined       25: for reasons of fewer than 5 people each"),
            (6, "declined       31: meeting 6, the rest for reasons of fewer than 5 people each"),
        ],
    )
    def test_reasons_of_few_are_a_rest_only_of_others(self, of_many: int, told: str) -> None:
        tally = Tally(people=6, outcomes=Counter({Outcome.DECLINED: 25 + of_many}))
        tally.why[Outcome.DECLINED, "meeting"].update(f"v{n}" for n in range(of_many))
        for why, n in (("focus", 9), ("incident", 9), ("other", 7)):
            tally.why[Outcome.DECLINED, why].update({f"{why} 1": 4, f"{why} 2": n - 4})

        assert f"  {told}" in lines(STOPPED, tally)

    def test_where_no_others_are_left_there_is_no_rest(self) -> None:
        tally = Tally(people=6, outcomes=Counter({Outcome.DECLINED: 6}))
        tally.why[Outcome.DECLINED, "meeting"].update(f"v{n}" for n in range(6))

        assert "  declined       6: meeting 6" in lines(STOPPED, tally)

    @pytest.mark.row("E6")
    def test_after_the_end_it_tells_shares_with_worst_case_bounds(self, url: str) -> None:
        def stop(tx: Tx) -> None:
            study = tx.studies.named(T, "stuck")
            assert study is not None
            tx.studies.put(replace(study, state=StudyState.STOPPED))

        on(url, stop)
        done = typed("study", "report", "stuck", "--json", "--database-url", url)
        told = json.loads(done.stdout)
        assert told["coverage"] == {"part": 30, "n": 60, "share": 0.5}
        assert told["first_answers"][0] == {
            "label": "Not stuck", "said": "about a third", "points": None,  # words, of six
            "least": 15, "most": 70,
        }  # fmt: skip
        assert set(told["by_study_day"]) == {"1", "2", "3", "4", "5"}
        assert told["reasons"]["not_sent"]["incident"] == 30
        assert "vaaaa" not in done.stdout

    def test_of_too_few_it_tells_nothing(self, url: str) -> None:
        def erase(tx: Tx) -> None:
            study = tx.studies.named(T, "stuck")
            assert study is not None
            for each in tx.volunteers.volunteers(study)[:2]:
                tx.volunteers.erase(each, SystemClock().now())

        on(url, erase)
        done = typed("study", "report", "stuck", "--database-url", url)
        assert done.exit_code == 2
        assert "once 5 volunteers" in done.stderr


def _looks(tx: Tx) -> tuple[Look, ...]:
    study = tx.studies.named(T, "stuck")
    assert study is not None
    return tx.review.looks(study, "vaaaaa")
