"""The directory on both databases."""

from dataclasses import replace

import pytest

from bot.errors import SendFailed
from bot.workspace.model import Person, Workspace
from bot.workspace.service import REMEMBER_SECONDS, Directory
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import Hands


class Source:
    """Slack's own directory, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def fetch(self, workspace: str, person: str) -> Person:
        self.asked.append(person)
        if self.away:
            raise SendFailed("timeout")
        return Person(workspace, person, f"Name of {person}")


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def directory(db: SqlDatabase, source: Source, clock: Hands) -> Directory[Tx]:
    return Directory(db, source, clock)


class TestPeople:
    async def test_slack_is_asked_once_about_a_stranger(
        self, directory: Directory[Tx], source: Source, workspace: str, clock: Hands
    ) -> None:
        for _ in range(3):
            assert (await directory.person(workspace, "U1")).name == "Name of U1"
            clock.skipped += REMEMBER_SECONDS

        assert source.asked == ["U1"]

    async def test_what_another_replica_learned_is_known_within_a_minute(
        self,
        directory: Directory[Tx],
        db: SqlDatabase,
        source: Source,
        workspace: str,
        clock: Hands,
    ) -> None:
        known = await directory.person(workspace, "U1")
        await Directory[Tx](db, source, clock).learn(replace(known, deleted=True))

        clock.skipped += REMEMBER_SECONDS

        assert (await directory.person(workspace, "U1")).deleted

    async def test_what_we_learn_ourselves_is_known_at_once(
        self, directory: Directory[Tx], workspace: str
    ) -> None:
        known = await directory.person(workspace, "U1")

        await directory.learn(replace(known, deleted=True))

        assert (await directory.person(workspace, "U1")).deleted

    async def test_a_failure_is_told_and_not_kept(
        self, directory: Directory[Tx], source: Source, workspace: str
    ) -> None:
        source.away = True
        with pytest.raises(SendFailed):
            await directory.person(workspace, "U1")
        source.away = False

        assert (await directory.person(workspace, "U1")).name == "Name of U1"

    async def test_the_same_id_elsewhere_is_somebody_else(
        self, directory: Directory[Tx], workspace: str, other_workspace: str
    ) -> None:
        await directory.learn(Person(workspace, "U1", "Ours"))

        assert (await directory.person(other_workspace, "U1")).name == "Name of U1"
        assert await directory.names(workspace) == {"U1": "Ours"}


class TestWorkspaces:
    async def test_are_kept(self, directory: Directory[Tx], workspace: str) -> None:
        ours = Workspace(workspace, "Ours", "UBOT")
        assert await directory.workspace(workspace) is None

        await directory.save(ours)

        assert await directory.workspace(workspace) == ours
