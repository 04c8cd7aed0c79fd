"""`make bench`: ratios against a baseline measured in the same run; nothing here is a test.

python -m tests.bench [--json OUT.json] [--quick] [--only SUITE …]
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Collection
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.table import Table

from tests.bench.growth import growth
from tests.bench.ledger import ledger
from tests.bench.machine import line, machine
from tests.bench.measure import Figure, databases
from tests.bench.peers import not_run, peers
from tests.bench.planning import planning
from tests.bench.promises import promises
from tests.bench.rest import imports, rest
from tests.bench.review import review
from tests.bench.sampling import sampling
from tests.bench.signals import signals
from tests.bench.suites import ack_path

WIDE = 120
MEANING = """\
Ratio: ours to theirs; of milliseconds and MiB less is better, of figures a second more.
Theirs, where it is not named: for a fact or a command, a listener with as many statements in one \
transaction; for claims, bare commits, one by one; for find and board, ours at the smallest size; \
for imports, the libraries alone; for memory, a Python that imported nothing; for plans, the HMACs \
that they draw; for signals and for what the ledger promises, the aim.
Default Bolt keeps nothing, and acknowledges an event before anybody listens.
The queues promise different things: procrastinate commits the end of each job by itself, ours and \
pgqueuer those of several together; what a crash leaves open ours looks for, and pgqueuer runs \
again; APScheduler strikes a job off before it runs, and a crash loses it."""


class Suite(Protocol):
    """Measures something on one database."""

    def __call__(self, name: str, url: str, /, *, quick: bool) -> Awaitable[list[Figure]]: ...


SUITES: dict[str, Suite] = {
    "ack_path": ack_path,
    "ledger": ledger,
    "peers": peers,
    "rest": rest,
    "growth": growth,
    "signals": signals,
    "sampling": sampling,
    "planning": planning,
    "review": review,
    "promises": promises,  # leaves a million rows behind
}
NAMES = (*SUITES, "imports")


async def run(
    figures: list[Figure], places: list[tuple[str, str]], names: Collection[str], *, quick: bool
) -> None:
    """Add the figures of these suites, on every database that can be reached."""
    if "imports" in names:
        figures += imports()
    for name, url in places:
        for suite in (SUITES[each] for each in SUITES if each in names):
            figures += await suite(name, url, quick=quick)


def show(figures: list[Figure], about: dict[str, str], absent: list[str]) -> None:
    """The table: each figure of ours beside the one that it is held against."""
    table = Table(title=f"Parallax bench\n{line(about)}", caption=MEANING, caption_justify="left")
    for column in ("what", "database", "ours", "theirs", "ratio"):
        left = column in {"what", "database"}
        table.add_column(column, justify="left" if left else "right")
    for each in figures:
        table.add_row(each.what, each.on, each.shown(), each.baseline_shown(), each.ratio_shown())
    console = Console()
    console = console if console.is_terminal else Console(width=WIDE)
    console.print(table)
    for why in absent:
        console.print(why, highlight=False, markup=False)


def as_json(figures: list[Figure], about: dict[str, str], absent: list[str]) -> str:
    """The same for programs."""
    told = {
        "machine": about,
        "figures": [each.as_dict() for each in figures],
        "not_run": absent,
    }
    return json.dumps(told, indent=1) + "\n"


def main() -> None:
    """Measure, print, and write JSON where asked; what was measured until a failure is shown."""
    asked = _arguments()
    places = databases()
    figures: list[Figure] = []
    try:
        asyncio.run(run(figures, places, asked.only, quick=asked.quick))
    finally:
        about, absent = machine(places), not_run()
        show(figures, about, absent)
        if asked.json is not None:
            asked.json.write_text(as_json(figures, about, absent), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, one round")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="these suites")
    return parser.parse_args()


if __name__ == "__main__":
    main()
