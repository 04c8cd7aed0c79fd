"""The operator's commands, typed."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import SeededDraws, SystemClock
from bot.sandbox.workspace import Sandbox
from storage import schema
from tests.contracts.databases import on
from tests.storage.filled import ROWS, content, fill
from tests.storage.test_upgrade import VERSIONS

NOTHING = {"PARALLAX_BOT_TOKEN": "", "PARALLAX_APP_TOKEN": ""}


def typed(*words: object, **environment: str) -> Result:
    told = NOTHING | environment
    return CliRunner().invoke(app, [str(each) for each in words], env=told)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'parallax.db'}"


class TestMigrate:
    def test_it_says_each_step_and_then_that_there_is_none(self, url: str) -> None:
        schema.upgrade(url, "0002")

        first = typed("migrate", "--database-url", url)
        second = typed("migrate", PARALLAX_DATABASE_URL=url)

        assert (first.exit_code, second.exit_code) == (0, 0)
        steps = [line.split()[0] for line in first.stdout.splitlines() if line[:2] == "  "]
        assert steps == VERSIONS[2:]
        assert f"schema 0002 → {VERSIONS[-1]}" in first.stdout
        assert second.stdout == f"schema {VERSIONS[-1]} already; nothing to do\n"

    def test_a_newer_schema_is_refused_in_a_line(self, url: str) -> None:
        schema.upgrade(url)
        on(url, lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))

        done = typed("migrate", "--database-url", url)

        assert done.exit_code == 2
        assert done.stderr.startswith("the database has schema 9999, which a newer Parallax made")
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize("command", ["migrate", "backup", "restore"])
    def test_a_database_that_does_not_answer_is_no_crash(
        self, command: str, tmp_path: Path, url: str
    ) -> None:
        file = tmp_path / "a.backup"
        schema.upgrade(url)
        typed("backup", file, "--database-url", url)
        words = [command] if command == "migrate" else [command, file, "--force"]
        nobody = "postgresql+psycopg://bot:hunter2@127.0.0.1:1/none"

        done = typed(*words, "--database-url", nobody)

        assert done.exit_code == 2
        assert "nothing answers there" in done.stderr
        assert "hunter2" not in done.output


class TestBackupAndRestore:
    def test_there_and_back(self, url: str, tmp_path: Path) -> None:
        schema.upgrade(url, "0001")
        tables = len(on(url, fill))
        file, target = tmp_path / "parallax.backup", f"sqlite:///{tmp_path / 'other.db'}"

        written = typed("backup", file, "--database-url", url)
        read = typed("restore", file, "--database-url", target)

        assert (written.exit_code, read.exit_code) == (0, 0)
        assert written.stdout.startswith(f"{ROWS * tables} rows of {tables} tables, schema 0001")
        assert f"{ROWS * tables} rows of {tables} tables of 20" in read.stdout
        assert f"schema 0001 → {VERSIONS[-1]}" in read.stdout
        assert on(target, content)["people"] == on(url, content)["people"]

    def test_a_file_in_the_way_is_kept(self, url: str, tmp_path: Path) -> None:
        schema.upgrade(url)
        file = tmp_path / "parallax.backup"
        file.write_text("precious")

        assert typed("backup", file, "--database-url", url).exit_code == 2
        assert file.read_text() == "precious"
        assert typed("backup", file, "--force", "--database-url", url).exit_code == 0

    def test_a_database_in_use_is_kept(self, url: str, tmp_path: Path) -> None:
        schema.upgrade(url)
        on(url, fill)
        file = tmp_path / "parallax.backup"
        typed("backup", file, "--database-url", url)

        done = typed("restore", file, "--force", "--database-url", url)

        assert done.exit_code == 2
        assert "the database is in use" in done.stderr


class TestDoctor:
    @pytest.fixture
    async def environment(self, url: str) -> dict[str, str]:
        schema.upgrade(url)
        return {"PARALLAX_DATABASE_URL": url}

    async def test_well_is_zero_and_says_so(self, environment: dict[str, str]) -> None:
        sandbox = Sandbox(SystemClock(), SeededDraws(7))
        await sandbox.start()
        environment |= {
            "PARALLAX_BOT_TOKEN": sandbox.bot_token,
            "PARALLAX_APP_TOKEN": sandbox.app_token,
            "PARALLAX_SLACK_API_URL": sandbox.api_url,
        }
        try:
            done = await asyncio.to_thread(lambda: typed("doctor", **environment))
            machine = await asyncio.to_thread(lambda: typed("doctor", "--json", **environment))
        finally:
            await sandbox.stop()

        assert done.exit_code == 0, done.output
        assert done.stdout.endswith("Nothing is wrong.\n")
        assert {"check", "level", "found", "mend"} == json.loads(machine.stdout)[0].keys()

    def test_what_is_wrong_is_one_and_has_its_mend_below(self, environment: dict[str, str]) -> None:
        done = typed("doctor", **environment)
        machine = typed("doctor", "--json", **environment)

        assert (done.exit_code, machine.exit_code) == (1, 1)
        assert "✗ settings" in done.stdout
        assert "→ It begins with xoxb-" in done.stdout
        assert done.stdout.endswith("2 things are wrong.\n")
        levels = [each["level"] for each in json.loads(machine.stdout)]
        assert levels.count("wrong") == 2

    def test_live_needs_to_know_whom_to_write_to(self, environment: dict[str, str]) -> None:
        done = typed("doctor", "--live", **environment)

        assert done.exit_code == 2
        assert "--user" in done.stderr

    def test_a_time_to_keep_that_is_out_of_bounds(self, environment: dict[str, str]) -> None:
        done = typed("doctor", PARALLAX_KEEP='{"deliveries": 3}', **environment)

        assert done.exit_code == 2
        assert "PARALLAX_KEEP is not right: deliveries can be kept from 30 to" in done.stderr
