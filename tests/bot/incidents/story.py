"""A record told in minutes since it was declared, for tests of what a record shows."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.incidents.asked import Activity
from bot.incidents.model import (
    Action,
    Clocks,
    Ending,
    Entry,
    Incident,
    Investigation,
    Kind,
    Outcome,
    Record,
    Severity,
)
from bot.incidents.signals import assess
from bot.incidents.signals_model import Signal, SignalKind
from bot.incidents.thresholds import Thresholds, thresholds_of
from bot.workspace.settings import WorkspaceSettings
from tests.bot.incidents.test_rules import NOW

ANA, BO, CY, DI, EVE = "UANA", "UBO", "UCY", "UDI", "UEVE"
IDEAS = ("the disk is full", "a slow query", "the load balancer", "an expired certificate")
A_SECOND = timedelta(seconds=1)


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def limits(severity: Severity | None = None) -> Thresholds:
    return thresholds_of(WorkspaceSettings(), severity)


@dataclass
class Story:
    """An incident that was declared at minute 0, and what was said since."""

    incident: Incident = field(
        default_factory=lambda: Incident(
            "I1", "T1", 1, "db2 has stopped", ANA, Clocks(declared=NOW), commander=ANA
        )
    )
    entries: list[Entry] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    activity: list[Activity] = field(default_factory=list)

    @property
    def record(self) -> Record:
        return Record(self.incident, tuple(self.entries), tuple(self.actions))

    def says(
        self,
        minute: float,
        kind: Kind,
        thread: int | None = None,
        person: str = ANA,
        text: str = "said",
        item: int | None = None,
    ) -> int:
        """An entry; its number."""
        seq = len(self.entries) + 1
        told = Entry(seq, kind, person, at(minute), at(minute), text, thread, item=item)
        self.entries.append(told)
        return seq

    def opens(self, minute: float, idea: str = "", person: str = ANA, **more: object) -> int:
        """A thread; its number."""
        number = len(self.incident.investigations) + 1
        idea = idea or f"{IDEAS[number % 4]} {number}"
        thread = Investigation(number, idea, at(minute), person, slack_thread=f"{number}.1")
        thread = replace(thread, **more)  # type: ignore[arg-type]
        threads = (*self.incident.investigations, thread)
        self.incident = replace(self.incident, investigations=threads)
        self.says(minute, Kind.THREAD, number, person, idea)
        return number

    def changes(self, number: int, **more: object) -> None:
        """A thread is otherwise than it was."""
        self.incident = replace(
            self.incident,
            investigations=tuple(
                replace(each, **more) if each.number == number else each  # type: ignore[arg-type]
                for each in self.incident.investigations
            ),
        )

    def ends(self, minute: float, number: int, ending: Ending = Ending.RULED_OUT) -> None:
        self.changes(number, ending=ending, closed_at=at(minute))
        self.says(minute, Kind(ending.value), number)

    def does(
        self, minute: float, thread: int | None = None, text: str = "restart", **more: object
    ) -> int:
        """An action begins; its number."""
        number = len(self.actions) + 1
        begun = Action(number, thread, ANA, text, at(minute))
        self.actions.append(replace(begun, **more))  # type: ignore[arg-type]
        self.says(minute, Kind.DOING, thread, text=text, item=number)
        return number

    def did(
        self, minute: float, number: int, outcome: Outcome = Outcome.DONE, result: str = "so"
    ) -> None:
        """It is over."""
        ended = replace(
            self.actions[number - 1], outcome=outcome, ended_at=at(minute), result=result
        )
        self.actions[number - 1] = ended
        self.says(minute, Kind(outcome.value), ended.investigation, text=result, item=number)

    def writes(
        self, first: float, person: str, thread: int | None = None, last: float = -1
    ) -> None:
        """Talk, of which only when and where is kept."""
        place = "" if thread is None else f"{thread}.1"
        last = max(first, last)
        self.activity.append(Activity(person, place, at(first), at(last), 1))

    def shows(
        self, kind: SignalKind, minute: float, thresholds: Thresholds | None = None
    ) -> list[Signal]:
        return self.shows_at(kind, at(minute), thresholds)

    def shows_at(
        self, kind: SignalKind, now: datetime, thresholds: Thresholds | None = None
    ) -> list[Signal]:
        found = assess(self.record, self.activity, now, thresholds or limits())
        return [each for each in found if each.kind is kind]

    def begins(
        self, kind: SignalKind, minute: float, thresholds: Thresholds | None = None
    ) -> Signal:
        """The one signal of that kind that begins to hold then, and not a second before."""
        assert self.shows_at(kind, at(minute) - A_SECOND, thresholds) == []
        (found,) = self.shows(kind, minute, thresholds)
        assert found.at == at(minute)
        return found
