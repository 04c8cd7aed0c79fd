"""Commands for the operator's database, and the doctor."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot import doctor as examining
from bot import logs
from bot.clock import SystemClock, SystemDraws
from bot.doctor import Asked, is_well
from bot.errors import ParallaxError
from bot.findings import Finding, Level
from bot.sampling.tombstones import Tombstones
from bot.starting import CannotStart, read_settings
from storage import backup as backups
from storage import schema
from storage.checks import reaching
from storage.sampling_again import Again

WRONG_INPUT = 2
Url = Annotated[
    str | None, typer.Option(envvar="PARALLAX_DATABASE_URL", help="the database; SQLite if none")
]
Force = Annotated[bool, typer.Option("--force", help="do it all the same; see above")]

MARKS = {
    Level.OK: ("✓", "green"),
    Level.NOTE: ("·", "dim"),
    Level.WARNING: ("!", "yellow"),
    Level.WRONG: ("✗", "red"),
}


def migrate(database_url: Url = None) -> None:
    """Bring a database to this version's schema, a step at a time; say each step."""
    with _using(database_url) as url:
        before, _ = schema.versions(url)
        done = schema.upgrade(url)
    for step in done:
        typer.echo(f"  {step.revision}  {step.title}")
    last = schema.steps()[-1].revision
    if done:
        typer.echo(f"schema {before or 'empty'} → {last}")
    else:
        typer.echo(f"schema {last} already; nothing to do")


def backup(
    file: Annotated[Path, typer.Argument(help="where to write it")],
    database_url: Url = None,
    force: Force = False,
) -> None:
    """Write the whole database to one file, while Parallax runs.

    Whoever can read the file can read what people wrote. --force writes over a file.
    """
    with _using(database_url) as url:
        told = backups.back_up(url, file, SystemClock().now(), force=force)
    size = file.stat().st_size
    typer.echo(f"{_rows(told)}, schema {told.schema}, {size:,} bytes → {file}")


def restore(
    file: Annotated[Path, typer.Argument(help="a file that `parallax backup` wrote")],
    database_url: Url = None,
    force: Force = False,
) -> None:
    """Fill an empty database from a backup of either kind of database. Stop Parallax first.

    --force takes one whose tables are there, if there is nothing in them. Whoever was erased since
    the backup, as PARALLAX_TOMBSTONES says, is erased again.
    """
    with _using(database_url) as url:
        settings = read_settings()
        stones = Tombstones(settings.tombstones).read()
        again = Again(backups.read_contents(file), stones, settings.sealing_key)
        told = backups.restore(url, file, SystemClock().now(), force=force, then=again.erase)
    if again.matters:
        typer.echo(again.told(settings.tombstones))
    typer.echo(f"{_rows(told)} of {told.taken:%Y-%m-%d %H:%M} UTC restored")
    last = schema.steps()[-1].revision
    if told.schema != last:
        typer.echo(f"schema {told.schema} → {last}")
    typer.echo("What was due before now is looked for in Slack before it is sent.")


def doctor(
    live: Annotated[
        bool, typer.Option("--live", help="also send a direct message, and take it back")
    ] = False,
    user: Annotated[str, typer.Option(help="with --live: who gets it, a member ID (U…)")] = "",
    manifest: Annotated[
        Path | None, typer.Option(help="the app's manifest, from its page at Slack", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Look at everything that must be right, and say what mends it."""
    logs.configure(as_json=False, level=40)
    if live and not user:
        raise typer.BadParameter("--live needs --user: whose direct messages? A member ID (U…)")
    asked = Asked(user if live else "", manifest.read_text("utf-8", "replace") if manifest else "")
    with _refusals_told():
        found = asyncio.run(examining.examine(read_settings(), asked, SystemClock(), SystemDraws()))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=1))
    else:
        _show(found)
    raise typer.Exit(0 if is_well(found) else 1)


COMMANDS = (migrate, backup, restore, doctor)


@contextmanager
def _using(given: str | None) -> Iterator[str]:
    """The database's address; what it refuses is told as the doctor tells it."""
    with _refusals_told():
        url = given or read_settings().database_url
        with reaching(url):
            yield url


def _rows(told: backups.Contents) -> str:
    return f"{told.rows:,} rows of {len(told.tables)} tables"


def _show(found: list[Finding]) -> None:
    console = Console()
    width = max(len(each.check) for each in found)
    for each in found:
        mark, style = MARKS[each.level]
        console.print(Text(f"{mark} {each.check:<{width}}  {each.found}", style), soft_wrap=True)
        if each.mend:
            console.print(Text(f"  {'':<{width}}  → {each.mend}"), soft_wrap=True)
    wrong = sum(each.level is Level.WRONG for each in found)
    ends = {0: "Nothing is wrong.", 1: "One thing is wrong."}
    console.print(ends.get(wrong, f"{wrong} things are wrong."))


@contextmanager
def _refusals_told() -> Iterator[None]:
    """What was refused on purpose is said in a line, and is no crash."""
    try:
        yield
    except ParallaxError as error:
        typer.echo(str(error), err=True)
        code = error.code if isinstance(error, CannotStart) else WRONG_INPUT
        raise typer.Exit(code) from error
