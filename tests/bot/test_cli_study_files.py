"""`parallax study check` and `new`: what a researcher sees of files, without a database."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.sampling.plan_file import write_proof
from bot.sampling.protocol import default_texts, load_study
from tests.bot.sampling.test_plan_file import a_proof
from tests.bot.sampling.test_protocol import LEGAL

cli = CliRunner()


def study(*arguments: object) -> tuple[int, str]:
    """The code it ends with, and everything that it says."""
    done = cli.invoke(app, ["study", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    assert study("new", file)[0] == 0
    return file


class TestNew:
    def test_writes_the_default_study_and_its_consent(self, mine: Path) -> None:
        written = load_study(mine)

        assert (mine.parent / "mine-consent.md").read_text("utf-8") == default_texts()[1]
        assert (written.id, len(written.items)) == ("stuck", 6)

    def test_writes_over_nothing(self, mine: Path) -> None:
        mine.write_text("mine", "utf-8")
        code, said = study("new", mine)

        assert (code, mine.read_text("utf-8")) == (2, "mine")
        assert "there already; nothing was written" in said

    def test_leaves_a_consent_that_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "mine-consent.md").write_text("mine", "utf-8")

        assert study("new", tmp_path / "mine.toml")[0] == 2
        assert not (tmp_path / "mine.toml").exists()

    @pytest.mark.parametrize(
        ("name", "why"), [("mine.txt", "ends in .toml"), ("none/mine.toml", "is no folder")]
    )
    def test_says_what_is_wrong_with_a_name(self, tmp_path: Path, name: str, why: str) -> None:
        code, said = study("new", tmp_path / name)

        assert code == 2
        assert why in said


class TestCheck:
    def test_says_what_a_study_asks_of_people_and_its_hash(self, mine: Path) -> None:
        code, said = study("check", mine)

        assert code == 0
        assert load_study(mine).digest in said
        assert "2 (25%), 3 (50%), 4 (25%) prompts, 3 on average" in said
        assert "lowest 0.67 at 239, 0.89 at 180" in said
        assert "`lock` will refuse this: [legal] lacks controller" in said
        assert said.rstrip().endswith("Nothing is wrong; one thing is weak.")

    def test_finds_nothing_weak_once_somebody_answers_for_it(self, mine: Path) -> None:
        text = mine.read_text("utf-8")
        later = LEGAL.replace("2027", "2099")
        mine.write_text(text[: text.index("[legal]")] + later, "utf-8")

        assert study("check", mine)[1].rstrip().endswith("Nothing is wrong.")

    def test_says_what_lock_will_refuse(self, mine: Path, tmp_path: Path) -> None:
        study("new", tmp_path / "other.toml")
        text = mine.read_text("utf-8").replace('"stuck"', '"stuck-2"', 1)
        early = LEGAL.replace("2027", "2001")
        mine.write_text(text[: text.index("[legal]")] + early, "utf-8")

        code, said = study("check", mine)

        assert code == 1
        assert "✗ delete_on" in said
        assert said.rstrip().endswith("As it is, `lock` will refuse it.")
        assert study("check", mine, tmp_path / "other.toml")[0] == 1

    def test_names_file_line_and_key_of_what_is_wrong(self, mine: Path) -> None:
        text = mine.read_text("utf-8")
        mine.write_text(text.replace("gap_min = 60", "gap_min = 90"), "utf-8")
        code, said = study("check", mine)

        assert code == 1
        assert "mine.toml, line 11: [schedule] gap_min: 4 prompts that are 90 minutes" in said

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        code, said = study("check", tmp_path / "none.toml")

        assert code == 1
        assert "can't be read" in said

    def test_two_studies_of_one_id_are_told(self, mine: Path, tmp_path: Path) -> None:
        study("new", tmp_path / "other.toml")
        code, said = study("check", mine, tmp_path / "other.toml")

        assert code == 1
        assert 'other.toml: [study] id "stuck" is that of mine.toml, too' in said

    def test_what_can_be_read_is_told_beside_what_can_not(self, mine: Path, tmp_path: Path) -> None:
        (tmp_path / "broken.toml").write_text("[study\n", "utf-8")
        code, said = study("check", tmp_path / "broken.toml", mine)

        assert code == 1
        assert "broken.toml: " in said
        assert "2 (25%)" in said


class TestReplay:
    def test_what_was_planned_as_promised_is_said_to_be(self, tmp_path: Path) -> None:
        file = tmp_path / "proof.json"
        file.write_text(write_proof(a_proof()), "utf-8")
        code, said = study("replay-schedule", file)

        assert code == 0
        assert "of 2 days planned again; every second is as the file promises." in said
        assert "Of 1 erased days only the links were checked." in said

    def test_what_was_not_is_told_by_volunteer_and_date(self, tmp_path: Path) -> None:
        file = tmp_path / "proof.json"
        text = write_proof(a_proof()).replace('"gap_min": 60', '"gap_min": 61')
        file.write_text(text, "utf-8")
        code, said = study("replay-schedule", file)

        assert code == 1
        assert "✗ vaaaaa 2026-11-23: is not what its hash says" in said
        assert "not all is as the file promises" in said

    def test_what_was_cut_can_be_found_by_what_was_published(self, tmp_path: Path) -> None:
        file, proof = tmp_path / "proof.json", a_proof()
        file.write_text(write_proof(proof), "utf-8")
        said = study("replay-schedule", file)[1]
        cut = replace(proof, rows=proof.rows[:2], heads=())
        file.write_text(write_proof(cut), "utf-8")
        code, less = study("replay-schedule", file)

        assert f"commitment  {proof.commitment}\n" in said
        assert f"head        {proof.heads[0]}\n" in said
        assert (code, "head        none in this file\n" in less) == (0, True)
        assert "Hold these against what was published (`/sampling results`, `parallax" in less

    def test_many_differences_are_cut_short(self, tmp_path: Path) -> None:
        file = tmp_path / "proof.json"
        proof = a_proof()
        file.write_text(write_proof(replace(proof, rows=proof.rows * 9)), "utf-8")

        assert "✗ and " in study("replay-schedule", file)[1]

    @pytest.mark.parametrize(("text", "why"), [(None, "can't be read"), ("{}", "format: ")])
    def test_what_is_no_proof_is_refused(self, tmp_path: Path, text: str | None, why: str) -> None:
        file = tmp_path / "proof.json"
        if text is not None:
            file.write_text(text, "utf-8")
        code, said = study("replay-schedule", file)

        assert code == 2
        assert why in said
