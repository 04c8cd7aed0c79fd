"""`parallax study`: a researcher's files, checked before anybody is asked anything.

`check`, `new` and `replay-schedule` read and write files only; what needs the database is below.
"""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from bot import cli_simulate, cli_studies
from bot.clock import SystemClock
from bot.findings import Finding, Level
from bot.sampling.model import Protocol
from bot.sampling.plan_chain import Replayed
from bot.sampling.plan_file import BadProofError, Proof, read_proof
from bot.sampling.protocol import (
    BadStudyError,
    clashes,
    default_texts,
    load_study,
)
from bot.sampling.protocol_check import check as examined

WRONG_INPUT = 2
TOLD_MAX = 20
MARKS = {
    Level.OK: ("✓", "green"),
    Level.NOTE: ("·", "dim"),
    Level.WARNING: ("!", "yellow"),
    Level.WRONG: ("✗", "red"),
}

app = typer.Typer(no_args_is_help=True, help="Experience sampling: study files, and running them.")


# -- files -----------------------------------------------------------------------------------------


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="study files (TOML)")],
) -> None:
    """Say what is wrong with study files, what weakens them, and what they ask of people.

    Ends with 1 if `lock` would refuse one of them today, save for an empty legal section.
    """
    console = Console()
    read = [(file, found) for file in files if (found := _read(file, console)) is not None]
    well = [_show(console, file, study) for file, study in read]
    clashing = clashes([(file.name, study) for file, study in read])
    for wrong in clashing:
        _print(console, Finding("studies", Level.WRONG, wrong), 0)
    raise typer.Exit(0 if all(well) and len(read) == len(files) and not clashing else 1)


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="where to write it; ends in .toml")],
) -> None:
    """Write the default study to change, and its consent text beside it."""
    study, consent = default_texts()
    beside = file.with_name(f"{file.stem}-consent.md")
    if file.suffix != ".toml":
        _refuse(f"{file} is no name for a study file: it ends in .toml")
    for each in (file, beside):
        if each.exists():
            _refuse(f"{each} is there already; nothing was written")
    if not file.parent.is_dir():
        _refuse(f"{file.parent} is no folder")
    named = study.replace('consent = "stuck-consent-1.md"', f'consent = "{beside.name}"')
    file.write_text(named, "utf-8")
    beside.write_text(consent, "utf-8")
    typer.echo(f"{file} and {beside} written; now `parallax study check {file}`")


@app.command("replay-schedule")
def replay_schedule(
    file: Annotated[Path, typer.Argument(help="the proof that `parallax study reveal` wrote")],
) -> None:
    """Plan every day of a revealed study again, second by second, and say what differs.

    Needs nothing but the file, so it is for you to hold the commitment and the heads that it prints
    against those that were published. Ends with 1 if anything is not as the file promises.
    """
    try:
        proof = read_proof(file.read_bytes())
    except OSError as error:
        _refuse(f"{file}: can't be read: {error.strerror}")
    except BadProofError as error:
        _refuse(f"{file}: {error}")
    found = proof.replay()
    for each in found.differences[:TOLD_MAX]:
        typer.echo(f"✗ {each.where}: {each.what}")
    if more := len(found.differences[TOLD_MAX:]):
        typer.echo(f"✗ and {more} more")
    typer.echo(f"{found.prompts} prompts of {found.days} days planned again; {_verdict(found)}")
    for line in _promised(proof):
        typer.echo(line)
    raise typer.Exit(1 if found.differences else 0)


def _verdict(found: Replayed) -> str:
    erased = f" Of {found.erased} erased days only the links were checked." if found.erased else ""
    if found.differences:
        return f"not all is as the file promises.{erased}"
    return f"every second is as the file promises.{erased}"


def _promised(proof: Proof) -> list[str]:
    """What only those can check who know what was published."""
    heads = proof.heads or ("none in this file",)
    return [
        f"commitment  {proof.commitment}",
        *(f"head        {each}" for each in heads),
        "Hold these against what was published (`/sampling results`, `parallax study status`).",
        "A file from which days and their heads were cut is as it promises, too.",
    ]


def _read(file: Path, console: Console) -> Protocol | None:
    try:
        return load_study(file)
    except BadStudyError as error:
        for line in error.lines:
            _print(console, Finding("", Level.WRONG, line), 0)
        return None


def _show(console: Console, file: Path, protocol: Protocol) -> bool:
    """Whether nothing is wrong with it."""
    found = examined(protocol, SystemClock().now().date())
    console.print(Text(f"{file.name}: {protocol.title} ({protocol.id})", "bold"), soft_wrap=True)
    console.print(Text(f"  study hash {protocol.digest}"), soft_wrap=True)
    width = max(len(each.check) for each in found)
    for each in found:
        _print(console, each, width)
    console.print(_end([each.level for each in found]))
    return Level.WRONG not in {each.level for each in found}


def _end(levels: list[Level]) -> str:
    if Level.WRONG in levels:
        return "As it is, `lock` will refuse it."
    weak = levels.count(Level.WARNING)
    ends = {0: "Nothing is wrong.", 1: "Nothing is wrong; one thing is weak."}
    return ends.get(weak, f"Nothing is wrong; {weak} things are weak.")


def _print(console: Console, finding: Finding, width: int) -> None:
    mark, style = MARKS[finding.level]
    said = f"{finding.check:<{width}}  {finding.found}" if width else finding.found
    console.print(Text(f"{mark} {said}", style), soft_wrap=True)
    if finding.mend:
        console.print(Text(f"  {'':<{width}}  → {finding.mend}"), soft_wrap=True)


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(WRONG_INPUT)


# -- the database: lock, start, amend, stop, reveal, simulate --------------------------------------

for command in (*cli_studies.COMMANDS, cli_simulate.simulate):
    app.command()(command)
