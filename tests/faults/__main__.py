"""`python -m tests.faults`: real processes, killed at every named point, and a Slack that lies."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tests.faults.harness import run
from tests.faults.options import Options
from tests.faults.replayed import compare

USUAL = Options(sends=0)
PAUSED = 0.01
BEYOND = 1.5


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--sends", type=int, default=1000)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--database", default="sqlite", help="sqlite, or a PostgreSQL URL")
    parser.add_argument("--kill", type=float, default=0.03, help="chance at every named point")
    parser.add_argument("--bad", type=float, default=0.2, help="chance of every call")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease", type=float, default=USUAL.lease)
    parser.add_argument("--settle", type=float, default=USUAL.settle)
    parser.add_argument("--factor", type=float, default=USUAL.factor)
    parser.add_argument("--mutant", default="", choices=["no_fence", "no_look_back", "sdk_retries"])
    parser.add_argument(
        "--limits",
        action="store_true",
        help="also what cannot be promised: pauses past the lease, lateness beyond the settle",
    )
    parser.add_argument("--replay", type=Path, help="this recorded incident, instead of sends")
    parser.add_argument(
        "--kill-every", type=float, default=3.0, help="seconds; of a replay, one replica each time"
    )
    return parser.parse_args()


def main() -> None:
    """Run once and print the result as one line of JSON."""
    told = vars(_arguments())
    limits, database = told.pop("limits"), told.pop("database")
    replay, kill_every = told.pop("replay"), told.pop("kill_every")
    if replay is not None:
        print(json.dumps(asdict(compare(replay, told["replicas"], kill_every, database))))
        return
    if limits:
        told |= {"pause": PAUSED, "lateness": told["settle"] * BEYOND}
    print(json.dumps(asdict(run(Options(**told), database))))


if __name__ == "__main__":
    main()
