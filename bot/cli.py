"""The commands of `parallax`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from bot import cli_data, cli_export, cli_run, cli_study, drills, logs
from bot.config import clean_environment, has_screen
from bot.demo import DEFAULT_PORT, address, open_browser, perform
from bot.director import Director, reel
from bot.drills import Played
from bot.errors import ParallaxError
from bot.sandbox.recording import Recording, read_recording, shipped
from bot.theatre import CLOSING, Theatre

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
MAX = "max"
WRONG_INPUT = 2
LOOPBACK = "http://127.0.0.1"
PAUSE_SECONDS = 1.5
WIDE = 120
SLOWEST, FASTEST = 0.1, 100_000.0


@app.callback()
def parallax() -> None:
    """A Slack bot for incident response and experience sampling."""


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(help="an incident (gitlab, aws, buildkite-2025, …), study, or empty")
    ] = "gitlab",
    port: Annotated[
        int | None, typer.Option(help="where the page is; 8137 if that is free", min=1, max=65535)
    ] = None,
    paused: Annotated[bool, typer.Option("--paused", help="play only when asked to")] = False,
    browser: Annotated[bool, typer.Option(help="open a browser, if there is a screen")] = True,
    terminal: Annotated[bool, typer.Option("--terminal", help="play it here, in text")] = False,
    pause: Annotated[
        float | None, typer.Option(help="with --terminal: seconds between events", min=0.0)
    ] = None,
) -> None:
    """Play a recorded incident through the real bot, in a browser; anybody may join in."""
    logs.configure(as_json=False, level=40)
    clean_environment(LOOPBACK)
    try:
        if terminal:
            _in_terminal(name, pause)
        else:
            _in_browser(name, port, paused=paused, browser=browser and has_screen())
    except ParallaxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(WRONG_INPUT) from error


def _in_browser(name: str, port: int | None, *, paused: bool, browser: bool) -> None:
    def told(bound: int) -> None:
        if port is None and bound != DEFAULT_PORT:
            typer.echo(f"Port {DEFAULT_PORT} is in use, so this is on {bound}.")
        typer.echo(f"The sandbox is at {address(bound)} (Ctrl-C ends it).")
        if browser:
            open_browser(bound)

    director = Director(reel(name), drills.default_recordings(), paused=paused)
    asyncio.run(perform(director, port, told))


def _in_terminal(name: str, pause: float | None) -> None:
    console = Console()
    recording = read_recording(shipped(name))
    if pause is None:
        pause = PAUSE_SECONDS if console.is_terminal else 0.0
    with drills.temporary_database() as url:
        asyncio.run(Theatre(recording, console, pause).play(url))
    console.print(CLOSING.format(title=recording.title), highlight=False)


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="recorded incidents")],
    speed: Annotated[str, typer.Option(help="how much faster than life: a number, or max")] = MAX,
    record: Annotated[Path | None, typer.Option(help="write the record here, as JSON")] = None,
    calls: Annotated[
        Path | None, typer.Option(help="write every Web API call here, as JSON lines")
    ] = None,
    database_url: Annotated[
        str, typer.Option(help="a database to use instead of a temporary SQLite")
    ] = "",
) -> None:
    """Play recorded incidents through the real bot and keep what came of them."""
    logs.configure(as_json=False, level=40)
    clean_environment(LOOPBACK)
    factor = _factor(speed)
    recordings = _read(files)
    if database_url:
        if wrong := drills.prepare(database_url):
            raise typer.BadParameter(wrong)
        played = _play_all(recordings, database_url, factor)
    else:
        with drills.temporary_database() as url:
            played = _play_all(recordings, url, factor)
    _write(record, calls, played)
    _wide_console().print(_summary(recordings, played))


for command in (cli_run.run, cli_run.manifest, cli_run.sandbox, *cli_data.COMMANDS):
    app.command()(command)
cli_study.app.command()(cli_export.report)
app.add_typer(cli_study.app, name="study")
app.add_typer(cli_export.app, name="export")


def _wide_console() -> Console:
    """A terminal as wide as it is; a file or a pipe as wide as the table wants."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _factor(speed: str) -> float | None:
    if speed == MAX:
        return None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not SLOWEST <= factor <= FASTEST:
        raise typer.BadParameter(f"a number from 0.1 to 100000, or max; not {speed}")
    return factor


def _read(files: list[Path]) -> list[tuple[Path, Recording]]:
    try:
        return [(path, read_recording(path)) for path in files]
    except ParallaxError as error:
        typer.echo(f"Cannot play this: {error}", err=True)
        raise typer.Exit(WRONG_INPUT) from error


def _play_all(
    recordings: list[tuple[Path, Recording]], url: str, factor: float | None
) -> list[Played]:
    played = []
    with _progress() as progress:
        for path, recording in recordings:
            task = progress.add_task(path.stem[:40], total=len(recording.events))
            try:
                done = drills.play(recording, url, factor, _advancing(progress, task))
                played.append(asyncio.run(done))
            except ParallaxError as error:
                typer.echo(f"{path}: {error}", err=True)
                raise typer.Exit(1) from error
    return played


def _advancing(progress: Progress, task: TaskID) -> drills.Told:
    return lambda _event: progress.advance(task)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def _write(record: Path | None, calls: Path | None, played: list[Played]) -> None:
    if record is not None:
        records: Any = [each.record for each in played]
        whole = records[0] if len(records) == 1 else records
        record.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if calls is not None:
        made = [call for each in played for call in drills.calls_as_json(each.calls)]
        lines = [json.dumps(call, ensure_ascii=False) + "\n" for call in made]
        calls.write_text("".join(lines), "utf-8")


def _summary(recordings: list[tuple[Path, Recording]], played: list[Played]) -> Table:
    table = Table(title="Replays")
    for name in ("recording", "threads", "entries", "people's lines", "bot's lines", "in one hour"):
        table.add_column(name, justify="left" if name == "recording" else "right")
    people = bot = 0
    for (path, _), each in zip(recordings, played, strict=True):
        counts = each.record["counts"]
        people, bot = people + counts["human_lines"], bot + counts["bot_lines"]
        table.add_row(
            path.stem,
            str(len(each.record["investigations"])),
            str(len(each.record["entries"])),
            str(counts["human_lines"]),
            _with_ratio(counts["bot_lines"], counts["human_lines"]),
            str(counts["bot_lines_max_hour"]),
        )
    if len(played) > 1:
        table.add_row("together", "", "", str(people), _with_ratio(bot, people), "", style="bold")
    return table


def _with_ratio(bot: int, people: int) -> str:
    return f"{bot} (1 to {people / bot:.1f})" if bot else "0"
