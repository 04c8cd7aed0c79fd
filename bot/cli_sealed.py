"""The database as commands about studies find it: by the settings, opened with the studies' key."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot import logs
from bot.clock import Draws, SystemClock, SystemDraws
from bot.errors import Refusal
from bot.sampling.keeping import put_right
from bot.sampling.sealing import NOT_SET_UP, Vault
from bot.starting import read_settings
from storage.checks import reaching
from storage.engine import SqlDatabase
from storage.opening import Unusable, look

T = TypeVar("T")
# Done on a database, for a workspace of it.
Work = Callable[[SqlDatabase, Draws, str], Awaitable[T]]


def on_database(given: str | None, workspace: str, work: Work[T]) -> T:
    """Do it on that database, or on the one that is set. Raises what is told in a line."""
    logs.configure(as_json=False, level=40)
    settings = read_settings()
    if settings.sealing_key is None:
        raise Refusal(f"{NOT_SET_UP} `parallax study key` prints a new one.")
    url = given or settings.database_url
    with reaching(url):
        try:
            look(url)
        except Unusable as error:
            raise Refusal(f"{error}. Nothing changed.") from error
        return asyncio.run(_on(url, settings.sealing_key, workspace, work))


async def _on(url: str, sealing_key: bytes, workspace: str, work: Work[T]) -> T:
    draws = SystemDraws()
    db = SqlDatabase(url, SystemClock(), draws, vault=Vault(sealing_key))
    try:
        there = [each.id for each in await db.read(lambda tx: tx.workspace.all())]
        await put_right(db)
        return await work(db, draws, _which(there, workspace))
    finally:
        db.close()


def _which(there: list[str], wanted: str) -> str:
    if wanted in there:
        return wanted
    if not wanted and len(there) == 1:
        return there[0]
    if not there:
        raise Refusal("This database has no workspace yet: `parallax run` makes it known.")
    raise Refusal(f"Say which with --workspace: {', '.join(there)}.")
