"""Commands about studies on a database that is not as they need it."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.cli import app
from storage import schema
from tests.bot.test_cli_export import typed, url
from tests.contracts.databases import STUDY_KEY, on

__all__ = ["url"]  # a fixture: a study of six volunteers


def asked(*words: str) -> Result:
    told = {"PARALLAX_BOT_TOKEN": "", "PARALLAX_APP_TOKEN": "", "PARALLAX_STUDY_KEY": ""}
    return CliRunner().invoke(app, [*words], env=told | {"PARALLAX_STUDY_KEY": STUDY_KEY.hex()})


@pytest.mark.parametrize("command", ["report", "self-check", "stop"])
def test_where_there_is_no_file_none_is_made(tmp_path: Path, command: str) -> None:
    file = tmp_path / "none.db"

    done = asked("study", command, "stuck", "--database-url", f"sqlite:///{file}")

    assert done.exit_code != 0
    assert "Run `parallax migrate` first" in done.output
    assert not file.exists()


def test_an_older_schema_is_to_be_migrated_first(tmp_path: Path) -> None:
    older = f"sqlite:///{tmp_path / 'older.db'}"
    schema.upgrade(older, "0012")

    done = asked("study", "report", "stuck", "--database-url", older)

    assert done.exit_code != 0
    assert "Run `parallax migrate` first" in done.output


def test_rows_of_an_earlier_version_are_found(url: str) -> None:
    before = typed("study", "report", "stuck", "--database-url", url).output
    on(url, lambda c: c.execute(sa.text("UPDATE prompts SET shelf = ''")))

    assert "60 planned prompts" in before
    assert typed("study", "report", "stuck", "--database-url", url).output == before
