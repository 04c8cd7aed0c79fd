"""Whether the database can be used: each way in which it cannot, told apart, with its mend."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from bot.errors import ParallaxError
from bot.findings import Finding, Level
from bot.sampling.sealing import SETTING, NotSetUp, Vault, WrongKey
from storage import schema
from storage.deliveries import receipts
from storage.engine import make_engine, without_password
from storage.sampling_keeping import check_key, has_studies

CHECK, STUDIES = "database", "studies"
MEGABYTE = 1_000_000
LITTLE, TOO_LITTLE = 500 * MEGABYTE, 20 * MEGABYTE
ADDRESS = "PARALLAX_DATABASE_URL"

# What the databases say, in their own words, and what that means here. The first that fits.
SAID = (
    (("password authentication failed", "no password supplied"),
     "it refuses the name or the password", f"Correct them in {ADDRESS}"),
    (("no pg_hba.conf entry",),
     "it lets nobody in from here", "Allow this machine in the server's pg_hba.conf"),
    (('role "',), "it does not know that user", f"Create the user, or correct it in {ADDRESS}"),
    (('database "',), "there is no database of that name",
     f"Create it (createdb), or correct its name in {ADDRESS}"),
    (("refused", "could not translate", "resolve host", "timeout", "timed out", "unreachable",
      "no such file or directory", "no route"),
     "nothing answers there", f"Is it running? Is the address in {ADDRESS} right?"),
    (("too many clients", "too many connections", "remaining connection slots"),
     "it has no connection left for us", "Raise the server's max_connections"),
    (("unable to open database file",), "the file cannot be opened",
     "Create its folder, and let the user that runs Parallax write there"),
    (("file is not a database",), "that file is not a database", f"Correct {ADDRESS}"),
    (("readonly", "read-only"), "it can be read, not written",
     "Let us write: the file and its folder, or a server that is not a standby"),
    (("permission denied", "insufficient privilege"), "we may not write there",
     "Make the user the owner of the database"),
    (("disk is full", "no space left", "could not extend file"), "its disk is full",
     "Make room there; nothing can be recorded until then"),
    (("locked",), "another program holds it", "End what keeps the file open for writing"),
)  # fmt: skip


class Unreached(ParallaxError):
    """The database did not do what it was asked; says why, and what mends it."""


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Tell what the database or its address refuses in our words. Raises Unreached."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Unreached(_as_line(_unreadable())) from error
    except DBAPIError as error:
        raise Unreached(_as_line(_trouble(sa.make_url(url), error))) from error


def _as_line(finding: Finding) -> str:
    return f"{finding.found}. {finding.mend}"


def of_database(url: str, now: datetime) -> list[Finding]:
    """Look at the database as the bot would use it: reach it, know its schema, write, delete."""
    try:
        place = sa.make_url(url)
        if (missing := _missing_file(place)) is not None:
            return [missing]
        has, needs = schema.versions(url)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        return [_unreadable()]
    except DBAPIError as error:
        return [_trouble(place, error)]
    reached = Finding(CHECK, Level.OK, f"{_name(place)} answers")
    compared = _compared(has, needs)
    if compared.level is Level.WRONG:
        return [reached, compared]
    return [reached, compared, _written(place, now), *_room(place)]


def of_studies(url: str, key: bytes | None) -> list[Finding]:
    """Whether what is sealed can be opened; of a database that cannot be asked, nothing."""
    place = sa.make_url(url)
    if _missing_file(place) is not None or schema.versions(url)[0] != schema.versions(url)[1]:
        return []
    engine = make_engine(place, 1, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            return [_of_key(connection, Vault(key))]
    finally:
        engine.dispose()


def _of_key(connection: sa.Connection, vault: Vault) -> Finding:
    if not has_studies(connection):
        found = "there are none" if vault.ready else f"there are none, and no {SETTING}"
        return Finding(STUDIES, Level.OK if vault.ready else Level.NOTE, found)
    try:
        check_key(connection, vault)
    except NotSetUp:
        mend = f"Set {SETTING} to the key that they were made with; sampling stands still without"
        return Finding(STUDIES, Level.WRONG, f"there are studies, and no {SETTING}", mend)
    except WrongKey as error:
        found, _, mend = str(error).partition(". ")
        return Finding(STUDIES, Level.WRONG, found, mend)
    return Finding(STUDIES, Level.OK, f"{SETTING} opens them")


def _unreadable() -> Finding:
    # Not repeated: its password may be what cannot be read.
    mend = f"{ADDRESS} is like sqlite:///parallax.db or postgresql+psycopg://user@host/name"
    return Finding(CHECK, Level.WRONG, "its address cannot be read", mend)


def _missing_file(place: sa.URL) -> Finding | None:
    """Connecting would make an empty file; a check leaves nothing behind."""
    if place.get_backend_name() != "sqlite" or not place.database or place.database == ":memory:":
        return None
    file = Path(place.database)
    if file.exists():
        return None
    if not file.parent.is_dir():
        mend = "Create it, and let the user that runs Parallax write there"
        return Finding(CHECK, Level.WRONG, f"the folder of {file} does not exist", mend)
    return Finding(CHECK, Level.WRONG, f"there is no {file} yet", "Run `parallax migrate`")


def _name(place: sa.URL) -> str:
    kind = "SQLite" if place.get_backend_name() == "sqlite" else "PostgreSQL"
    where = place.database if kind == "SQLite" else f"{place.host or 'local'}/{place.database}"
    return f"{kind} ({where})"


def _trouble(place: sa.URL, error: DBAPIError) -> Finding:
    told = str(error.orig).strip()
    for signs, means, mend in SAID:
        if any(sign in told.lower() for sign in signs):
            return Finding(CHECK, Level.WRONG, f"{_name(place)}: {means}", mend)
    last = without_password(place, told.splitlines()[-1] if told else type(error.orig).__name__)
    mend = "That is what the database said; its own log may say more"
    return Finding(CHECK, Level.WRONG, f"{_name(place)}: {last}", mend)


def _compared(has: str | None, needs: str | None) -> Finding:
    if has == needs:
        return Finding("schema", Level.OK, f"{has}, as this version needs")
    if schema.is_newer(has):
        found = f"{has}, which a newer Parallax made; this one knows {needs}"
        mend = "Start the newer version, or restore a backup from before it"
        return Finding("schema", Level.WRONG, found, mend)
    found = f"{has or 'none'}, and this version needs {needs}"
    return Finding("schema", Level.WRONG, found, "Back up, then run `parallax migrate`")


def _written(place: sa.URL, now: datetime) -> Finding:
    """A row of ours, there and gone again: committed, for only then has the disk been asked."""
    key = {"workspace": "", "key": "doctor"}
    engine = make_engine(place, 1, read_only=False)
    mine = sa.and_(*(receipts.c[name] == value for name, value in key.items()))
    try:
        with engine.connect() as connection:
            for statement in (
                sa.delete(receipts).where(mine),
                sa.insert(receipts).values(**key, at=now),
                sa.delete(receipts).where(mine),
            ):
                with connection.begin():
                    connection.execute(statement)
    except DBAPIError as error:
        return _trouble(place, error)
    finally:
        engine.dispose()
    return Finding(CHECK, Level.OK, "a row was written and deleted again")


def _room(place: sa.URL) -> list[Finding]:
    """How much the disk of a file still holds; of a server we cannot know."""
    if place.get_backend_name() != "sqlite" or not place.database:
        return []
    free = shutil.disk_usage(Path(place.database).resolve().parent).free
    found = f"{free // MEGABYTE} MB are free on its disk"
    if free >= LITTLE:
        return [Finding("room", Level.OK, found)]
    level = Level.WARNING if free >= TOO_LITTLE else Level.WRONG
    return [Finding("room", level, found, "Make room there, or move the database")]
