"""What the doctor finds of a database: each trouble told apart, with its mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.findings import Finding, Level
from storage import schema
from storage.checks import Unreached, of_database, reaching
from storage.engine import make_engine
from tests.contracts.databases import NOW, empty_schema, in_schema, on, unique


def wrong(url: str) -> Finding:
    """The one thing that is wrong."""
    (found,) = [each for each in of_database(url, NOW) if each.level is Level.WRONG]
    assert found.mend
    return found


class TestWell:
    def test_every_check_is_ok_and_nothing_is_left(self, url: str) -> None:
        found = of_database(url, NOW)

        assert {each.level for each in found} == {Level.OK}
        assert [each.check for each in found][:3] == ["database", "schema", "database"]
        rows = sa.text("SELECT count(*) FROM receipts WHERE key = 'doctor'")
        assert on(url, lambda c: c.scalar(rows)) == 0


class TestSchema:
    def test_none_yet(self, postgres_url: str) -> None:
        with empty_schema(postgres_url) as url:
            assert wrong(url).found.startswith("none, and this version needs")

    def test_an_older_one_says_what_to_run(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'a.db'}"
        schema.upgrade(url, "0001")

        assert wrong(url).found.startswith("0001, and this version needs")
        assert "parallax migrate" in wrong(url).mend

    def test_a_newer_one_is_not_to_be_migrated(self, url: str) -> None:
        with newer(url):
            assert "newer Parallax" in wrong(url).found
            assert "migrate" not in wrong(url).mend


@contextmanager
def newer(url: str) -> Iterator[None]:
    """A database of the future; the place is shared with other tests, so it is brought back."""
    has = schema.steps()[-1].revision
    change = sa.text("UPDATE alembic_version SET version_num = :to")
    on(url, lambda c: c.execute(change, {"to": "9999"}))
    try:
        yield
    finally:
        on(url, lambda c: c.execute(change, {"to": has}))


class TestSqlite:
    def test_no_file_yet_and_none_is_made(self, tmp_path: Path) -> None:
        found = wrong(f"sqlite:///{tmp_path / 'none.db'}")

        assert "there is no" in found.found
        assert list(tmp_path.iterdir()) == []

    def test_no_folder(self, tmp_path: Path) -> None:
        assert "the folder of" in wrong(f"sqlite:///{tmp_path / 'no' / 'a.db'}").found

    def test_something_else_in_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.db").write_text("minutes of the meeting\n" * 99)

        assert "not a database" in wrong(f"sqlite:///{tmp_path / 'a.db'}").found

    def test_held_by_another_program(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'a.db'}"
        schema.upgrade(url)
        other = make_engine(sa.make_url(url), 1, read_only=False)
        with other.begin():
            assert "another program holds it" in wrong(url).found
        other.dispose()


class TestPostgres:
    def place(self, postgres_url: str, **changes: object) -> str:
        changed = sa.make_url(postgres_url).set(**changes)  # type: ignore[arg-type]
        return changed.render_as_string(hide_password=False)

    def test_nobody_there(self, postgres_url: str) -> None:
        assert "nothing answers there" in wrong(self.place(postgres_url, port=1)).found

    def test_no_such_database(self, postgres_url: str) -> None:
        found = wrong(self.place(postgres_url, database="nowhere"))

        assert "no database of that name" in found.found

    def test_no_such_user(self, postgres_url: str) -> None:
        found = wrong(self.place(postgres_url, username="nobody", password="secret"))

        assert "does not know that user" in found.found
        assert "secret" not in found.found + found.mend

    def test_read_only(self, postgres_url: str, postgres_place: str) -> None:
        url = f"{postgres_place}%20-cdefault_transaction_read_only%3Don"

        assert "it can be read, not written" in wrong(url).found

    def test_we_may_not_write(self, postgres_url: str, postgres_place: str) -> None:
        role, name = f"role_{unique()}", postgres_place.rpartition("%3D")[2]
        plain = postgres_url.replace("+psycopg", "", 1)
        with psycopg.connect(plain, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {role} LOGIN".encode())
            admin.execute(f"GRANT USAGE ON SCHEMA {name} TO {role}".encode())
            admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {role}".encode())
        try:
            url = in_schema(self.place(postgres_url, username=role), name)
            assert "we may not write there" in wrong(url).found
        finally:
            with psycopg.connect(plain, autocommit=True) as admin:
                admin.execute(f"DROP OWNED BY {role}".encode())
                admin.execute(f"DROP ROLE {role}".encode())


class TestTheAddress:
    @pytest.mark.parametrize("url", ["", "parallax.db", "oracle://x", "postgres://u:p@h/d"])
    def test_that_cannot_be_read_is_not_repeated(self, url: str) -> None:
        found = wrong(url)

        assert found.found == "its address cannot be read"


# What servers say that we cannot bring about here: each as it was seen.
SAID = {
    'FATAL:  password authentication failed for user "bot"': "refuses the name or the password",
    "fe_sendauth: no password supplied": "refuses the name or the password",
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "bot"': "lets nobody in from here",
    "FATAL:  sorry, too many clients already": "no connection left",
    'could not extend file "base/5/1": No space left on device': "its disk is full",
    "database or disk is full": "its disk is full",
    "attempt to write a readonly database": "can be read, not written",
    "connection timeout expired": "nothing answers there",
    "unable to open database file": "the file cannot be opened",
    "something nobody has heard of": "something nobody has heard of",
}


@pytest.mark.parametrize("told", SAID)
def test_what_they_say_is_told_apart(told: str) -> None:
    url = "postgresql+psycopg://bot:hunter2@h/d"

    with pytest.raises(Unreached) as raised, reaching(url):
        raise sa.exc.OperationalError("SELECT 1", {}, Exception(told))

    assert SAID[told] in str(raised.value)


def test_a_password_is_never_repeated() -> None:
    url = "postgresql+psycopg://bot:hunter2@h/d"

    with pytest.raises(Unreached) as raised, reaching(url):
        raise sa.exc.OperationalError("", {}, Exception('bad option "hunter2"'))

    assert "hunter2" not in str(raised.value)
    assert "…" in str(raised.value)
