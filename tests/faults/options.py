"""What a run of the fault harness is told, and what it found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Mutant = Literal["", "no_fence", "no_look_back", "sdk_retries"]


@dataclass(frozen=True, slots=True)
class Options:
    """A run. kill, bad: chances at every point and of every call; times in machine seconds.

    lateness: how long a call that Slack "loses" takes to be applied after all. pause: the chance
    that a sender is held up past its lease between its last look and its call. factor: how much
    faster than the machine's the time of budgets and backoffs runs.
    """

    sends: int
    replicas: int = 2
    kill: float = 0.0
    bad: float = 0.0
    seed: int = 1
    lease: float = 8.0
    settle: float = 1.5
    lateness: float = 0.4
    pause: float = 0.0
    factor: float = 10.0
    mutant: Mutant = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the replicas of a run work. started: what their clocks count from."""

    database: str
    api_url: str
    token: str
    workspace: str
    channels: tuple[str, ...]
    started: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the sends. missed: given up by the ledger, which says so."""

    sends: int
    kills: int
    lost: int
    duplicates: int
    missed: int
    seconds: float
