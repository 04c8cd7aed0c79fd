"""What the running bot counts about itself. No names, texts or ids: only how often and how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Meter(Protocol):
    """Where counts go. Called from any thread; never raises."""

    def acked(self, kind: str, outcome: str, seconds: float) -> None:
        """An envelope was answered (`ok`), or given back to Slack to bring again (`not_ok`).

        kind: what Socket Mode calls it; seconds: of machine time since it came.
        """
        ...

    def delivered(self, happened: Mapping[str, int]) -> None:
        """A transaction of the ledger was committed; how often what happened in it."""
        ...

    def asked_database(self, way: str, seconds: float) -> None:
        """A transaction has ended, well or not. way: `write` or `read`; seconds: the wait for a
        thread and a connection included."""
        ...


class Unmetered:
    """Counts nothing: for drills and tests."""

    def acked(self, kind: str, outcome: str, seconds: float) -> None:
        """Forget it."""

    def delivered(self, happened: Mapping[str, int]) -> None:
        """Forget it."""

    def asked_database(self, way: str, seconds: float) -> None:
        """Forget it."""


UNMETERED = Unmetered()


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the bot is just now; ages in seconds, None where there is nothing to count from.

    lines: how many ways in are open, of `lines_wanted`. owed: the ledger's rows, by how far they
    have come; None while the database does not answer. clock_ahead: seconds, while our clock is so
    far ahead of the database's that nothing is sent.
    """

    lines: int
    lines_wanted: int
    last_envelope: float | None
    in_flight: int
    owed: Mapping[str, int] | None
    oldest_due: float | None
    clock_ahead: float = 0.0

    @property
    def database(self) -> bool:
        """Whether it answered."""
        return self.owed is not None

    @property
    def well(self) -> bool:
        """Whether somebody who writes to the bot is heard, what they say is kept, and others are
        told."""
        return self.database and self.lines > 0 and not self.clock_ahead
