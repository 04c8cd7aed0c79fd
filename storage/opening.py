"""Whether a database can be used by this version, asked once before anything relies on it."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from bot.errors import ParallaxError
from bot.sampling.sealing import Vault
from storage import schema
from storage.engine import make_engine, without_password
from storage.sampling_keeping import check_key


class Unusable(ParallaxError):
    """Why not, and what to do; never a password. `may_pass`: trying again later may help."""

    def __init__(self, why: str, *, may_pass: bool = False) -> None:
        super().__init__(why)
        self.may_pass = may_pass


def look(url: str) -> str:
    """The schema of a database that answers, which is this version's. Raises Unusable."""
    if _is_missing(url):  # to ask would make an empty file
        raise Unusable("there is no database file there yet. Run `parallax migrate` first")
    try:
        has, needs = schema.versions(url)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        # The address itself is not repeated: its password may be what cannot be read.
        raise Unusable("that is no address of a database we know (sqlite, postgresql)") from error
    except DBAPIError as error:
        why = without_password(sa.make_url(url), str(error.orig).strip().splitlines()[-1])
        raise Unusable(f"the database does not answer: {why}", may_pass=True) from error
    return _current(has, needs)


def _is_missing(url: str) -> bool:
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError):
        return False
    file = address.database if address.get_backend_name() == "sqlite" else None
    return file is not None and file != ":memory:" and not Path(file).exists()


def look_at_key(url: str, key: bytes | None) -> None:
    """Where there are studies, their key opens them. Raises WrongKey; a key that is not set is the
    doctor's to tell, for all but sampling works without."""
    if key is None:
        return
    engine = make_engine(sa.make_url(url), 1, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            check_key(connection, Vault(key))
    finally:
        engine.dispose()


def _current(has: str | None, needs: str | None) -> str:
    if has is not None and has == needs:
        return has
    if schema.is_newer(has):
        raise Unusable(
            f"the database has schema {has}, made by a newer Parallax; this one knows {needs}."
            " Start the newer version"
        )
    raise Unusable(
        f"the database has schema {has or 'none'}, this version needs {needs}."
        " Run `parallax migrate` first"
    )
