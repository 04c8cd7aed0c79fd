"""What is kept about attending: questions that wait, who is told at the end, who knows what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.incidents.model import Incident

QUESTION_MAX = 500
LINE_MAX = 120


@dataclass(frozen=True, slots=True)
class Question:
    """Asked without interrupting: it waits on the board until somebody answers."""

    number: int
    asker: str
    text: str
    at: datetime
    answer: str = ""
    answered_by: str | None = None
    answered_at: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.answered_at is None


@dataclass(frozen=True, slots=True)
class Below:
    """How many lines of the channel lie below the board, and since when it stands there."""

    lines: int
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Attendant:
    """How somebody takes part, in every incident: the line they wrote about themselves.

    brief: they want no summary of themselves; they can still ask for it.
    """

    person: str
    line: str = ""
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """What one person sees beside the board: nothing here is for the channel.

    free: for the commander alone, how many are here and on no thread. None: not the commander.
    """

    waiting: int
    roster: tuple[Attendant, ...]
    free: int | None = None


class AttendingStore(Protocol):
    """Every method is told the workspace or the incident."""

    def board_stands(self, incident: Incident, now: datetime) -> None:
        """The board was posted, or soon will be: nothing lies below it."""
        ...

    def line_below(self, incident_id: str) -> None:
        """One more line of the channel lies below the board; the incident is not locked."""
        ...

    def below(self, incident: Incident) -> Below | None: ...

    def last_words(self, incident: Incident) -> dict[int, datetime]:
        """When something was last said in each thread."""
        ...

    def ask(self, incident: Incident, question: Question) -> None: ...

    def answered(self, incident: Incident, question: Question) -> None:
        """Write down the answer."""
        ...

    def questions(self, incident: Incident) -> tuple[Question, ...]:
        """All of them, oldest first."""
        ...

    def waiting(self, incident: Incident) -> int:
        """How many questions wait."""
        ...

    def watch(self, incident: Incident, person: str, now: datetime) -> bool:
        """They want to be told when it is over; False if that is known."""
        ...

    def watchers(self, incident: Incident) -> tuple[str, ...]: ...

    def attendant(self, workspace: str, person: str) -> Attendant: ...

    def put_attendant(self, workspace: str, attendant: Attendant) -> None: ...

    def attendants(self, workspace: str, people: tuple[str, ...]) -> tuple[Attendant, ...]:
        """Those of them who wrote a line."""
        ...
