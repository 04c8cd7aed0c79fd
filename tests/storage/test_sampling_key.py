"""The studies' key, as the doctor sees it and as the start does, on both databases."""

from collections.abc import Iterator

import pytest

from bot.findings import Level
from bot.sampling.sealing import WrongKey
from storage.checks import of_studies
from storage.engine import SqlDatabase
from storage.opening import look_at_key
from tests.contracts.databases import STUDY_KEY, alone
from tests.contracts.sampling_values import study

OTHER = bytes(32)


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    with alone(url, request) as own:
        yield own


@pytest.fixture
async def kept(db: SqlDatabase, workspace: str) -> None:
    await db.run(lambda tx: tx.studies.put(study(workspace)))


class TestWhereThereAreStudies:
    @pytest.mark.parametrize(
        ("key", "level", "told"),
        [
            (STUDY_KEY, Level.OK, "PARALLAX_STUDY_KEY opens them"),
            (None, Level.WRONG, "there are studies, and no PARALLAX_STUDY_KEY"),
            (OTHER, Level.WRONG, "is not the key that the studies here were made with"),
        ],
    )
    def test_the_doctor_says_whether_the_key_opens_them(
        self, kept: None, url: str, key: bytes | None, level: Level, told: str
    ) -> None:
        (found,) = of_studies(url, key)

        assert found.level is level
        assert told in found.found
        assert bool(found.mend) == (level is Level.WRONG)

    def test_a_start_with_another_key_is_refused_and_without_one_is_not(
        self, kept: None, url: str
    ) -> None:
        look_at_key(url, STUDY_KEY)
        look_at_key(url, None)
        with pytest.raises(WrongKey, match="Set the one that was"):
            look_at_key(url, OTHER)


class TestWhereThereAreNone:
    @pytest.mark.parametrize(("key", "level"), [(OTHER, Level.OK), (None, Level.NOTE)])
    def test_any_key_will_do(self, url: str, key: bytes | None, level: Level) -> None:
        look_at_key(url, key)

        assert [each.level for each in of_studies(url, key)] == [level]

    def test_a_database_that_is_not_there_is_told_by_others(self) -> None:
        assert of_studies("sqlite:////nowhere/a.db", OTHER) == []
