"""What a signal is, and how one that was seen is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.incidents.model import Incident


class SignalKind(StrEnum):
    """The fifteen signs of fixation, or of its opposite, that a record can show."""

    SINGLE_LINE = "single_line"
    CONCENTRATION = "concentration"
    NO_NEW_HYPOTHESIS = "no_new_hypothesis"
    UNCHALLENGED_LEADER = "unchallenged_leader"
    TIMEBOX_PASSED = "timebox_passed"
    RECURRENCE = "recurrence"
    ACTION_OVERDUE = "action_overdue"
    REOPENED_HYPOTHESIS = "reopened_hypothesis"
    VAGABONDING = "vagabonding"
    ORPHAN_SYMPTOM = "orphan_symptom"
    NO_RECENT_CHANGE = "no_recent_change"
    ACTION_DEFERRED = "action_deferred"
    STALE_CREW = "stale_crew"
    LONG_HAUL = "long_haul"
    DESTRUCTIVE_VERB = "destructive_verb"


Evidence = Mapping[str, int | float | str]
Key = tuple[SignalKind, int | None, str]


@dataclass(frozen=True, slots=True)
class Signal:
    """The record shows something since `at`, the first moment at which it held.

    about: what of the incident it is about besides a thread: the number of an action or entry, or,
    for `long_haul`, a person. evidence: numbers, moments (UTC, ISO 8601) and our own words; nothing
    that people wrote, so that what is taken back is gone. Look it up by number.
    """

    kind: SignalKind
    investigation: int | None
    at: datetime
    evidence: Evidence
    about: str = ""

    @property
    def key(self) -> Key:
        """What it is about, whenever it holds."""
        return self.kind, self.investigation, self.about


# What evidence calls the moment from which it lasts.
BEGAN = ("since", "timebox", "confirmed", "expected", "started", "ended")


def began(signal: Signal) -> datetime:
    """Since when it has lasted, by its own evidence: before it was long enough to be one."""
    said = (signal.evidence.get(each) for each in BEGAN)
    found = next((each for each in said if isinstance(each, str)), None)
    return datetime.fromisoformat(found).astimezone(UTC) if found else signal.at


def stamp(moment: datetime) -> str:
    """A moment as evidence says it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def minutes(span: timedelta) -> int:
    """How long, as evidence says it."""
    return round(span.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Seen:
    """A signal that a look has found, and when; over_at: when a look found that it had ended."""

    signal: Signal
    seen_at: datetime
    over_at: datetime | None = None


class SignalStore(Protocol):
    """What the looks have found, once for each time that it held."""

    def begins(self, incident: Incident, signal: Signal, now: datetime) -> None:
        """It holds. One that had ended and holds again from the same moment goes on."""
        ...

    def ends(self, incident: Incident, signal: Signal, now: datetime) -> None:
        """It does not hold any more."""
        ...

    def signals(self, incident: Incident) -> tuple[Seen, ...]:
        """All that were found, in the order in which they first held."""
        ...
