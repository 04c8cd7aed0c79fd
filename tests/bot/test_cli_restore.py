"""`parallax restore`, typed, where somebody was erased since the backup: on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import SystemClock, SystemDraws
from bot.sampling.keeping import Keeping
from bot.sampling.model import Answer, Outcome, Prompt, Trigger
from bot.sampling.sealing import Vault
from bot.sampling.studies import Studies
from bot.sampling.tombstones import Tombstones
from bot.sampling.volunteering import Volunteering
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, STUDY_KEY, alone, empty_schema, on
from tests.contracts.volunteering import a_study, joined, request

WORKSPACE = "T1"
LEFT_TABLES = ("volunteers", "answers")


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    with alone(url, request) as own:
        yield own


@pytest.fixture
def target(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same kind."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    with empty_schema(request.getfixturevalue("postgres_url")) as own:
        yield own


@pytest.fixture
def stones(tmp_path: Path) -> Path:
    return tmp_path / "parallax.tombstones"


def typed(*words: object, stones: Path, key: str = STUDY_KEY.hex()) -> Result:
    told = {"PARALLAX_TOMBSTONES": str(stones), "PARALLAX_STUDY_KEY": key}
    return CliRunner().invoke(app, [str(each) for each in words], env=told)


@pytest.fixture
async def backup(url: str, stones: Path, tmp_path: Path) -> Path:
    """From before U1 erased what they gave, by the service; U2 stays."""
    db = SqlDatabase(url, SystemClock(), SystemDraws(), vault=Vault(STUDY_KEY))
    keeping = Keeping(db, SystemDraws(), Tombstones(stones))
    volunteering = Volunteering(db, SystemDraws(), bury=keeping.bury)
    study = await a_study(db, Studies(db, SystemDraws()), WORKSPACE)
    for who in ("U1", "U2"):
        me = await joined(volunteering, study, who)
        prompt = Prompt(
            f"p-{who}", study.id, me.pseudonym, 1, Trigger.SIGNAL, me.first_day, 1, 1, 3,
            NOW, "UTC", outcome=Outcome.COMPLETE, sent_at=NOW,
        )  # fmt: skip
        words = Answer(prompt.id, "words", "the build", is_text=True, at=NOW)

        def gave(tx: Tx, prompt: Prompt = prompt, words: Answer = words) -> None:
            tx.prompts.put(prompt)
            tx.prompts.answer([words], study)

        await db.run(gave)
    file = tmp_path / "older.backup"
    done = typed("backup", file, "--database-url", url, stones=stones)
    assert done.exit_code == 0, done.output
    asked = replace(request(WORKSPACE), at=NOW + timedelta(days=1))
    assert await volunteering.erase(asked) == 1
    db.close()
    return file


def rows(url: str) -> list[int]:
    def count(connection: sa.Connection) -> list[int]:
        some = (sa.select(sa.func.count()).select_from(sa.table(each)) for each in LEFT_TABLES)
        return [connection.execute(each).scalar_one() for each in some]

    return on(url, count)


def test_whoever_was_erased_since_is_erased_again(backup: Path, stones: Path, target: str) -> None:
    done = typed("restore", backup, "--database-url", target, stones=stones)

    assert done.exit_code == 0, done.output
    assert "1 volunteers who were erased since the backup were erased again." in done.stdout
    assert rows(target) == [1, 1]


def test_without_the_list_all_are_back_and_it_says_so(
    backup: Path, target: str, tmp_path: Path
) -> None:
    done = typed("restore", backup, "--database-url", target, stones=tmp_path / "lost")

    assert done.exit_code == 0, done.output
    assert "holds no tombstones" in done.stdout
    assert rows(target) == [2, 2]


def test_without_the_key_nothing_is_restored(backup: Path, stones: Path, target: str) -> None:
    done = typed("restore", backup, "--database-url", target, stones=stones, key="")

    assert done.exit_code == 2
    assert "without PARALLAX_STUDY_KEY it cannot be told" in done.stderr


async def test_and_they_are_found_no_more(backup: Path, stones: Path, target: str) -> None:
    typed("restore", backup, "--database-url", target, stones=stones)
    db = SqlDatabase(target, SystemClock(), SystemDraws(), vault=Vault(STUDY_KEY))
    found = [
        await db.read(lambda tx, who=who: tx.volunteers.all_of(WORKSPACE, who))  # type: ignore[misc]
        for who in ("U1", "U2")
    ]
    db.close()

    assert [len(each) for each in found] == [0, 1]
