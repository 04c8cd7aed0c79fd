"""`parallax study` on a database: from the key to the proof, as the operator types it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import cli_studies
from bot.cli import app
from bot.clock import SystemClock, SystemDraws
from bot.sampling.plan_file import read_proof
from bot.sampling.protocol import default_texts
from bot.sampling.sealing import parse_key
from bot.workspace.model import Person, Workspace
from storage.engine import SqlDatabase

LEGAL = {
    "controller": "Acme Ltd",
    "operator": "The platform team",
    "contact": "privacy@acme.example",
    "support": "people@acme.example",
    "legal_basis": "legitimate interest",
    "notice_url": "https://acme.example/notice",
    "delete_on": "2099-12-31",
    "employee_representatives": "asked",
}
Run = Callable[..., Result]


@pytest.fixture
async def url(sqlite_path: Path) -> str:
    """A database with a workspace and somebody in it."""
    place = f"sqlite:///{sqlite_path}"
    db = SqlDatabase(place, SystemClock(), SystemDraws())
    await db.run(lambda tx: tx.workspace.save(Workspace("T1", "Acme", "UBOT")))
    for each in ("UOWNER", "UCODER"):
        known = Person("T1", each, each.title())
        await db.run(lambda tx, known=known: tx.workspace.save_person(known))  # type: ignore[misc]
    db.close()
    return place


@pytest.fixture
def study(tmp_path: Path) -> Path:
    text, consent = default_texts()
    for name, value in LEGAL.items():
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    file = tmp_path / "stuck.toml"
    file.write_text(text, "utf-8")
    named = re.search(r'consent = "(.+?)"', text)
    assert named is not None
    (tmp_path / named[1]).write_text(consent, "utf-8")
    return file


@pytest.fixture
def run(url: str) -> Run:
    key = CliRunner().invoke(app, ["study", "key"]).stdout.strip()

    def do(*words: str, key: str = key) -> Result:
        environment = {"PARALLAX_DATABASE_URL": url, "PARALLAX_STUDY_KEY": key}
        return CliRunner().invoke(app, ["study", *words], env=environment)

    return do


def test_a_key_is_new_each_time_and_can_be_set() -> None:
    one, two = (CliRunner().invoke(app, ["study", "key"]).stdout.strip() for _ in range(2))

    assert one != two
    assert len(parse_key(one)) == 32


class TestALife:
    def test_from_lock_to_proof(self, run: Run, study: Path, tmp_path: Path) -> None:
        locked = run("lock", str(study), "--owner", "UOWNER", "--coder", "UCODER", "--json")
        assert locked.exit_code == 0, locked.output
        told = json.loads(locked.stdout)
        assert (told["study"], told["state"], told["version"]) == ("stuck", "locked", 1)
        assert re.fullmatch("[0-9a-f]{64}", told["commitment"])

        assert "running" in run("start", "stuck").stdout
        early = run("reveal", "stuck")
        assert (early.exit_code, "has not been stopped" in early.stderr) == (2, True)
        assert "stopped" in run("stop", "stuck").stdout
        proof = tmp_path / "proof.json"
        revealed = run("reveal", "stuck", "--record", str(proof), "--json")
        assert json.loads(revealed.stdout)["state"] == "revealed"
        assert read_proof(proof.read_text()).replay().differences == ()
        replayed = run("replay-schedule", str(proof))
        assert (replayed.exit_code, "as the file promises" in replayed.stdout) == (0, True)
        assert f"commitment  {told['commitment']}" in replayed.stdout
        assert told["commitment"] in run("status").stdout

    def test_it_looks_at_itself(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")
        run("start", "stuck")

        looked = run("self-check", "stuck")

        assert (looked.exit_code, looked.stdout) == (
            0,
            "0 days, 0 prompts; lag p50, p99, most: - s\nAll of it is as promised.\n",
        )
        assert json.loads(run("self-check", "stuck", "--json").stdout)["wrong"] == []

    def test_an_amendment_says_what_volunteers_are_asked(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")
        study.write_text(study.read_text().replace("per_day = 3", "per_day = 2"))

        done = run("amend", str(study))

        assert done.exit_code == 0, done.output
        assert "Changed: schedule. Volunteers are asked to agree" in done.stdout
        assert re.search(r"version +2", done.stdout)

    def test_roles_are_given_and_taken(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")

        words = ("appoint", "stuck", "--role", "reader", "--person", "UCODER")

        told = run(*words).stdout
        assert "The study is locked, so nobody is asked to agree again. UCODER attests" in told
        assert "already" in run(*words).stderr
        assert "Nobody is asked again." in run(*words, "--remove").stdout
        assert "no such role" in run(*words, "--remove").stderr

    def test_who_is_asked_again_for_a_role_is_said(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")
        run("start", "stuck")

        told = run("appoint", "stuck", "--role", "reader", "--person", "UCODER").stdout

        assert "Everybody who takes part is asked to agree again, and paused until they do." in told

    @pytest.mark.parametrize(
        ("coder", "told"),
        [("UOWNER", "The one person named now attests"), ("UCODER", "Each of the 2 people named")],
    )
    def test_people_are_counted_and_not_their_roles(
        self, run: Run, study: Path, coder: str, told: str
    ) -> None:
        assert told in run("lock", str(study), "--owner", "UOWNER", "--coder", coder).stdout

    def test_the_secret_is_shown_by_nothing_before(self, run: Run, study: Path) -> None:
        told = [run("lock", str(study), "--owner", "UOWNER", "--json"), run("start", "stuck")]
        told += [run("status", "--json"), run("stop", "stuck", "--json")]
        before = "".join(each.output for each in told)

        secret = json.loads(run("reveal", "stuck", "--json").stdout)["secret"]

        assert len(secret) == 64
        assert secret not in before


class TestTheProof:
    """Its file is tried before the secret is out, for that cannot be taken back."""

    @pytest.fixture
    def over(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")
        run("start", "stuck")
        run("stop", "stuck")

    @pytest.mark.usefixtures("over")
    def test_nothing_is_revealed_for_a_path_that_cannot_be(self, run: Run, tmp_path: Path) -> None:
        done = run("reveal", "stuck", "--record", str(tmp_path / "nowhere" / "p.json"))

        assert done.exit_code == 2
        assert "cannot be written: No such file or directory. Nothing was done." in done.stderr
        assert "stopped" in run("status").stdout
        assert "revealed" not in run("status").stdout

    @pytest.mark.usefixtures("over")
    def test_nothing_is_written_over(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "p.json"
        file.write_text("mine")
        done = run("reveal", "stuck", "--record", str(file))

        assert (done.exit_code, file.read_text()) == (2, "mine")
        assert "choose another name for --record. Nothing was done." in done.stderr
        assert "revealed" not in run("status").stdout

    def test_a_refusal_leaves_no_file(self, run: Run, study: Path, tmp_path: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")

        assert run("reveal", "stuck", "--record", str(tmp_path / "p.json")).exit_code == 2
        assert not (tmp_path / "p.json").exists()

    @pytest.mark.usefixtures("over")
    def test_that_it_is_revealed_is_said_when_the_disk_fails(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "usb"
        folder.mkdir()

        def taken_out(_: object) -> str:
            shutil.rmtree(folder)
            return ""

        monkeypatch.setattr(cli_studies, "write_proof", taken_out)
        done = run("reveal", "stuck", "--record", str(folder / "p.json"))

        assert done.exit_code == 2
        assert "The secret of 'stuck' is revealed, but" in done.stderr
        assert re.search(r"secret +[0-9a-f]{64}", done.stdout)


class TestRefusals:
    def test_without_a_key(self, run: Run, study: Path) -> None:
        done = run("lock", str(study), "--owner", "UOWNER", key="")

        assert done.exit_code == 2
        assert "the operator sets PARALLAX_STUDY_KEY. `parallax study key` prints" in done.stderr

    def test_with_half_a_key(self, run: Run) -> None:
        done = run("status", key="abc")

        assert done.exit_code == 2
        assert "PARALLAX_STUDY_KEY is not right: it must be 32 bytes" in done.stderr
        assert "abc" not in done.stderr

    def test_with_another_key(self, run: Run, study: Path) -> None:
        run("lock", str(study), "--owner", "UOWNER")

        done = run("status", key="00" * 32)

        assert done.exit_code == 2
        assert "is not the key that the studies here were made with" in done.stderr

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("start", "nope"), "There is no study 'nope'"),
            (("status", "--workspace", "T9"), "Say which with --workspace: T1"),
            (("amend", "nowhere.toml"), "can't be read"),
        ],
    )
    def test_are_one_line(self, run: Run, words: tuple[str, ...], told: str) -> None:
        done = run(*words)

        assert done.exit_code == 2
        assert told in done.stderr
        assert "Traceback" not in done.output

    def test_a_study_file_without_its_legal_section(self, run: Run, study: Path) -> None:
        study.write_text(study.read_text().replace('controller = "Acme Ltd"', 'controller = ""'))

        done = run("lock", str(study), "--owner", "UOWNER")

        assert done.exit_code == 2
        assert "controller" in done.stderr
