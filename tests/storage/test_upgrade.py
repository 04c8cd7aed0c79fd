"""From every version there was to this one: every row stays, on both databases."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from bot.incidents.found import terms_of
from storage import schema
from storage.incidents_search import SearchTables
from storage.tables import metadata
from tests.contracts.databases import empty_schema, on
from tests.storage.filled import ROWS, as_before, but_for_gone, content, fill

VERSIONS = [each.revision for each in schema.steps()]


def found_by_its_words(connection: sa.Connection) -> list[str]:
    where = "incidents.workspace 0 🧯"
    found = SearchTables(connection).find(where, "U1", terms_of("replica"), None, 9)
    return [each.text for each in found]


class TestFromEveryVersion:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_row_and_value_is_still_there(self, empty: str, version: str) -> None:
        schema.upgrade(empty, version)
        counts = on(empty, fill)
        before = but_for_gone(on(empty, content))

        done = schema.upgrade(empty)

        after = on(empty, content)
        assert [each.revision for each in done] == VERSIONS[VERSIONS.index(version) + 1 :]
        assert as_before(before, after) == before
        assert {table: len(after[table]) for table in counts} == counts
        assert all(each == ROWS for each in counts.values())
        assert on(empty, found_by_its_words) == ["the replica lags"]
        assert schema.is_current(empty)

    def test_the_rows_to_keep_are_in_every_table_there_is(self, empty: str) -> None:
        schema.upgrade(empty)

        assert on(empty, fill).keys() == metadata.tables.keys()


class TestSayingWhatItDoes:
    def test_from_empty_every_step_in_order(self, empty: str) -> None:
        assert schema.upgrade(empty) == schema.steps()
        assert schema.upgrade(empty) == ()

    def test_a_step_has_a_line_about_it(self) -> None:
        assert all(each.title and "\n" not in each.title for each in schema.steps())


class TestANewerSchema:
    def test_is_refused_and_not_touched(self, empty: str) -> None:
        schema.upgrade(empty)
        on(empty, lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))

        with pytest.raises(schema.NewerSchema, match="has schema 9999, which a newer Parallax"):
            schema.upgrade(empty)

        assert schema.versions(empty)[0] == "9999"


class TestTwoReplicasAtOnce:
    def test_both_end_well_and_it_is_done_once(self, postgres_url: str) -> None:
        with empty_schema(postgres_url) as url:
            command = (sys.executable, "-m", "bot", "migrate", "--database-url", url)
            both = [
                subprocess.Popen(  # noqa: S603 - our own fixed command
                    command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                )
                for _ in range(2)
            ]
            told = [(*each.communicate(), each.returncode) for each in both]

            assert [(error, code) for _, error, code in told] == [("", 0), ("", 0)]
            assert schema.is_current(url)
