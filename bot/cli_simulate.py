"""`parallax study simulate`: a study lived through by people who are not there."""

import json
import logging
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot.sampling.simulated import record
from bot.simulating import run

PEOPLE_MAX, DAYS_MAX = 2000, 60
TOLD_MAX = 20


def simulate(
    people: Annotated[
        int, typer.Option(min=1, max=PEOPLE_MAX, help="how many volunteers there are")
    ] = 200,
    days: Annotated[
        int, typer.Option(min=1, max=DAYS_MAX, help="on how many days each of them is asked")
    ] = 20,
    seed: Annotated[int, typer.Option(help="what all chance of it follows from")] = 7,
    write: Annotated[
        Path | None, typer.Option("--record", metavar="OUT.json", help="write the figures here")
    ] = None,
) -> None:
    """Run the default study with simulated people, through the real app and its ledger.

    Nothing of it is kept. Ends with 1 if a prompt has not exactly one outcome, was planned too
    close to another or outside somebody's hours, was sent late or twice, or can't be planned again.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = record(run(people, days, seed))
    text = json.dumps(found, indent=2)
    if write is not None:
        write.write_text(f"{text}\n", "utf-8")
    typer.echo(_told(found))
    for each in found["wrong"][:TOLD_MAX]:
        typer.echo(f"✗ {each}")
    raise typer.Exit(1 if found["wrong"] else 0)


def _told(found: dict[str, dict[str, int]]) -> str:
    counts = [f"{number} {name}" for name, number in found["counts"].items()]
    return f"{', '.join(counts)}."
