"""Migrations: from empty to what the code says, once, on both databases."""

import json
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from storage import schema
from storage.tables import compared, metadata
from tests.contracts.databases import empty_schema, on, unique


def shape(connection: sa.Connection) -> dict[str, object]:
    """Every table with what autogenerate does not compare: defaults, checks, partial indexes."""
    look = sa.inspect(connection)
    return {
        table: [
            sorted(
                json.dumps(each, default=str, sort_keys=True)
                for each in facts(table)
                if compared(None, each.get("name"), "", True, None)
            )
            for facts in (
                look.get_columns,
                look.get_indexes,
                look.get_check_constraints,
                look.get_foreign_keys,
                look.get_unique_constraints,
            )
        ]
        for table in look.get_table_names()
        if table != "alembic_version"
    }


class TestUpgrade:
    def test_from_empty_makes_what_the_code_says(self, empty: str) -> None:
        schema.upgrade(empty)

        def differences(connection: sa.Connection) -> object:
            options = {"include_object": compared}
            context = MigrationContext.configure(connection, opts=options)
            return compare_metadata(context, metadata)

        assert on(empty, differences) == []

    def test_makes_the_same_defaults_checks_and_partial_indexes(self, empty: str) -> None:
        schema.upgrade(empty)
        migrated = on(empty, shape)
        on(empty, metadata.drop_all)
        on(empty, metadata.create_all)

        assert on(empty, shape) == migrated

    def test_twice_is_once(self, empty: str) -> None:
        schema.upgrade(empty)
        on(
            empty,
            lambda c: c.execute(sa.text("INSERT INTO workspaces VALUES ('T', '', '', '', 7)")),
        )
        before = on(empty, shape)

        schema.upgrade(empty)

        assert on(empty, shape) == before
        assert on(empty, lambda c: c.scalar(sa.text("SELECT last_number FROM workspaces"))) == 7

    def test_leaves_foreign_keys_enforced(self, empty: str) -> None:
        schema.upgrade(empty)
        orphan = sa.text(
            "INSERT INTO claims (incident, number, kind, text, actor, at)"
            " VALUES ('nowhere', 1, '', '', '', '2028-01-01Z')"
        )

        with pytest.raises(IntegrityError):
            on(empty, lambda connection: connection.execute(orphan))


# Written out: what stores write belongs to the newest schema.
AN_INCIDENT = (
    "INSERT INTO incidents (id, workspace, number, title, declared_by, private, state, commander,"
    " commander_took, channel, channel_name, declared_in, adopted, board, version, last_entry,"
    " last_action, last_claim) VALUES ('I', 'T', 1, '', '', FALSE, 'open', '', FALSE, '', '', '',"
    " FALSE, '', 1, 0, 0, 0)"
)
AN_ENTRY = (
    "INSERT INTO entries (incident, seq, kind, actor, at, recorded_at, text, channel, message)"
    " VALUES ('I', :seq, 'note', 'U1', :at, :at, :text, '', '')"
)


class TestFromAnOlderVersion:
    def test_what_people_want_to_hear_is_taken_over_and_both_versions_can_write(
        self, empty: str
    ) -> None:
        command.upgrade(schema.alembic_config(empty), "0003")
        older = "INSERT INTO attendants (workspace, person, line, brief) VALUES ('T', :p, '', :b)"
        newer = "INSERT INTO attendants (workspace, person, line, wants) VALUES ('T', 'U3', '', '')"
        brief = [{"p": "U1", "b": True}, {"p": "U2", "b": False}]
        on(empty, lambda c: c.execute(sa.text(older), brief))

        schema.upgrade(empty)

        on(empty, lambda c: c.execute(sa.text(newer)))
        on(empty, lambda c: c.execute(sa.text(older), [{"p": "U4", "b": True}]))
        asked = sa.text("SELECT wants, brief FROM attendants ORDER BY person")
        kept = [("needed", True), ("all", False), ("", False), ("all", True)]
        assert on(empty, lambda c: [tuple(row) for row in c.execute(asked)]) == kept

    def test_sqlite_numbers_entries_as_they_were_recorded_and_finds_their_words(
        self, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path / 'older.db'}"
        command.upgrade(schema.alembic_config(url), "0004")
        told = (("second", 2), ("third", 3), ("first", 1))
        rows = [
            {"seq": seq, "at": f"2028-01-01 0{hour}", "text": f"{word} said"}
            for seq, (word, hour) in enumerate(told, 1)
        ]
        on(url, lambda c: c.execute(sa.text(AN_INCIDENT)))
        on(url, lambda c: c.execute(sa.text(AN_ENTRY), rows))

        schema.upgrade(url)

        asked = sa.text("SELECT rowid FROM search_entries WHERE search_entries MATCH :word")
        words = ("first", "second", "third", "said")
        found = on(url, lambda c: [c.scalars(asked, {"word": each}).all() for each in words])
        assert found == [[1], [2], [3], [1, 2, 3]]


class TestVersions:
    def test_an_empty_database_is_not_current(self, empty: str) -> None:
        has, needs = schema.versions(empty)

        assert has is None
        assert needs is not None
        assert not schema.is_current(empty)

    def test_an_upgraded_one_is(self, empty: str) -> None:
        schema.upgrade(empty)

        has, needs = schema.versions(empty)

        assert has == needs
        assert schema.is_current(empty)

    def test_there_is_one_head(self) -> None:
        scripts = ScriptDirectory.from_config(schema.alembic_config("sqlite://"))

        assert len(scripts.get_heads()) == 1


class TestPasswords:
    def test_a_percent_sign_arrives_whole(self) -> None:
        url = "postgresql+psycopg://bot:p%25w%40rd@127.0.0.1/test"

        config = schema.alembic_config(url)

        assert config.attributes["url"].password == "p%w@rd"

    def test_and_the_migration_takes_it(self, postgres_url: str) -> None:
        # The server trusts us here; what may break is the way the address takes through Alembic.
        role = f"role_{unique()}"
        plain = postgres_url.replace("+psycopg", "", 1)
        with empty_schema(postgres_url) as url:
            name = url.rpartition("%3D")[2]
            with psycopg.connect(plain, autocommit=True) as admin:
                admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'p%w@rd'".encode())
                admin.execute(f"GRANT ALL ON SCHEMA {name} TO {role}".encode())
            try:
                address = sa.make_url(url).set(username=role, password="p%w@rd")
                schema.upgrade(address.render_as_string(hide_password=False))
                assert schema.is_current(url)
            finally:
                with psycopg.connect(plain, autocommit=True) as admin:
                    admin.execute(f"DROP OWNED BY {role}".encode())
                    admin.execute(f"DROP ROLE {role}".encode())
