"""What is kept about attending: questions that wait, who is told at the end, who knows what."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


class Wants(StrEnum):
    """How much somebody wants to hear privately, in incidents, that they did not ask for.

    Answers come always, and so does what follows from their own command or their own action.
    """

    ALL = "all"
    NEEDED = "needed"  # only what needs them: no summary when they come late
    ASKED = "asked"  # nothing: no claim of theirs read back, no command offered


@dataclass(frozen=True, slots=True)
class Attendant:
    """How somebody takes part, in every incident: the line they wrote about themselves.

    wants: how much they want to hear that they did not ask for.
    """

    person: str
    line: str = ""
    wants: Wants = Wants.ALL


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
