"""`make bench`: ratios against a baseline measured in the same run; nothing here is a test.

python -m tests.bench [--json OUT.json] [--quick]
"""

import asyncio
import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.growth import growth
from tests.bench.ledger import ledger
from tests.bench.measure import Figure, databases
from tests.bench.rest import imports, rest
from tests.bench.suites import ack_path

WIDE = 120
MEANING = (
    "Baselines, of the same run: for a fact or a command, a listener with as many statements in "
    "one transaction; for find and board, the smallest size; for claims, bare commits."
)


async def run(*, quick: bool) -> list[Figure]:
    """Every suite on every database that can be reached."""
    figures: list[Figure] = []
    for name, url in databases():
        figures += await ack_path(name, url, quick=quick)
        figures += await ledger(name, url, quick=quick)
        figures += await rest(name, url, quick=quick)
        figures += await growth(name, url, quick=quick)
    return [*figures, *imports()]


def show(figures: list[Figure]) -> None:
    """The table: each figure beside the baseline it is a ratio of."""
    table = Table(title=f"Parallax bench · {machine()}", caption=MEANING)
    for column in ("what", "on", "figure", "baseline", "ratio"):
        table.add_column(column, justify="left" if column in {"what", "on"} else "right")
    for each in figures:
        table.add_row(each.what, each.on, each.shown(), each.baseline_shown(), each.ratio_shown())
    console = Console()
    (console if console.is_terminal else Console(width=WIDE)).print(table)


def machine() -> str:
    """What it was measured on, as far as it matters and names nobody."""
    cores, python = os.cpu_count(), platform.python_version()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {python}"


def main() -> None:
    """Measure, print, and write JSON where asked."""
    arguments = sys.argv[1:]
    figures = asyncio.run(run(quick="--quick" in arguments))
    show(figures)
    if "--json" in arguments:
        out = Path(arguments[arguments.index("--json") + 1])
        out.write_text(json.dumps([each.as_dict() for each in figures], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
