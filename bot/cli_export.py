"""`parallax export study` and `parallax study report`: files for analysts, figures for everybody.

An export needs a grant that the study's owner pressed in Slack less than an hour ago. It is
recorded with the hash of its files before they are put in place, and shown to everybody in them.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli_sealed import on_database
from bot.clock import SystemClock
from bot.errors import ParallaxError
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Made, Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.export_words import plural
from bot.sampling.exporting import Exporting
from bot.sampling.report import lines
from bot.sampling.report import report as as_json_report
from bot.sampling.review_ports import Exported
from bot.starting import CannotStart
from storage.tx import Tx

WRONG_INPUT = 2
T = TypeVar("T")
Work = Callable[[Exporting[Tx], str], Awaitable[T]]
Url = Annotated[
    str | None, typer.Option(envvar="PARALLAX_DATABASE_URL", help="the database; SQLite if none")
]
Where = Annotated[str, typer.Option("--workspace", help="which one, by ID (T…); if there are more")]
Name = Annotated[str, typer.Argument(help="the study's id, as its file has it")]


class For(StrEnum):
    """What the files are opened with."""

    STATISTICS = "statistics"
    SPREADSHEET = "spreadsheet"


app = typer.Typer(no_args_is_help=True, help="Files for those who analyse.")


@app.callback()
def export() -> None:
    """Files for those who analyse."""


@app.command()
def study(
    name: Name,
    out: Annotated[Path, typer.Option(help="a folder to be made; or an empty one")],
    kind: Annotated[
        Format, typer.Option("--format", help="csv: esmtools; tsv: openESM")
    ] = Format.CSV,
    bundle: Annotated[
        Bundle, typer.Option(help="reader and openesm: no text, no clock times, no reasons")
    ] = Bundle.ANALYST,
    purpose: Annotated[
        For, typer.Option("--for", help="spreadsheet: put ' before what it would compute")
    ] = For.STATISTICS,
    workspace: Where = "",
    database_url: Url = None,
) -> None:
    """Write a study's files. The study's owner grants it first, in Slack, for an hour."""
    wanted = Wanted(bundle, kind, guarded=purpose is For.SPREADSHEET)
    with _told():
        wanted.check()
        made, kept = _run(
            database_url,
            workspace,
            lambda service, where: _write(service, where, name, out, wanted),
        )
    for table, rows in made.rows.items():
        typer.echo(f"{table:<13} {rows:>9,} rows")
    typer.echo(f"{len(made.files)} files in {made.folder}, for {kept.analyst}")
    typer.echo(f"sha256 {made.digest}")
    typer.echo("Everybody whose answers are in it sees that, with this hash, in their App Home.")


def report(
    name: Name,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
    workspace: Where = "",
    database_url: Url = None,
) -> None:
    """Say whether a study works: response rate, delay, coverage, with their bounds."""
    with _told():
        found, tally = _run(
            database_url,
            workspace,
            lambda service, where: service.tallied(where, name, SystemClock().now()),
        )
    if as_json:
        typer.echo(json.dumps(as_json_report(found, tally), ensure_ascii=False, indent=1))
        return
    for line in lines(found, tally):
        typer.echo(line)


# -- the work --------------------------------------------------------------------------------------


async def _write(
    service: Exporting[Tx], where: str, name: str, out: Path, wanted: Wanted
) -> tuple[Made, Exported]:
    clock = SystemClock()
    now = clock.now()
    allowed = await service.allowed(where, name, now)
    told = await service.told(allowed, _version(), now)
    with _progress() as progress, Writing(out, wanted, allowed.versions) as writing:
        task = progress.add_task("volunteers", total=len(allowed.pseudonyms))
        for event in told.events:
            writing.event(event)
        async for one in service.people(allowed):
            writing.add(one, now)
            progress.advance(task)
        made = writing.finish(told.about)
        kept = await service.record(allowed, made, wanted, clock.now())
        writing.keep()
    if allowed.left_out:
        have = plural(allowed.left_out, "volunteer has", "volunteers have")
        typer.echo(f"{allowed.left_out} {have} not agreed to this analyst; they are not in it.")
    return made, kept


def _version() -> str:
    """Ours, as it is installed; from a checkout there is none."""
    try:
        return metadata.version("parallax")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def _run(given: str | None, workspace: str, work: Work[T]) -> T:
    return on_database(given, workspace, lambda db, draws, where: work(Exporting(db, draws), where))


@contextmanager
def _told() -> Iterator[None]:
    """What was refused on purpose is said in a line, and is no crash."""
    try:
        yield
    except ParallaxError as error:
        typer.echo(str(error), err=True)
        code = error.code if isinstance(error, CannotStart) else WRONG_INPUT
        raise typer.Exit(code) from error
    except OSError as error:
        typer.echo(f"cannot be written: {error.strerror}", err=True)
        raise typer.Exit(WRONG_INPUT) from error
