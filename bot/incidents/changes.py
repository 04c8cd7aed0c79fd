"""What changed, with the window of a change that came in steps, and what fell into it (R3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.incidents.model import Entry, Incident, Kind, Record
from bot.incidents.symptoms import first_symptom


class Sign(StrEnum):
    """By what it was first noticed that something is wrong, the surest first."""

    SYMPTOM = "first symptom"
    DETECTED = "detected"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Noticed:
    """The first moment at which something was seen to be wrong."""

    sign: Sign
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed, by when it began; true at `at`. noticed: None where nothing says so."""

    incident: Incident
    at: datetime
    changed: tuple[Entry, ...]
    noticed: Noticed | None


def changes(record: Record, now: datetime) -> Changes:
    """What was changed, oldest first, and when something was first noticed."""
    changed = [each for each in record.standing if each.kind is Kind.CHANGED]
    ordered = tuple(sorted(changed, key=lambda each: (began(each), each.seq)))
    return Changes(record.incident, now, ordered, next(_signs(record), None))


def began(change: Entry) -> datetime:
    """When a change began: its window's start, else when it happened."""
    return change.ramp.start if change.ramp else change.at


def _signs(record: Record) -> Iterator[Noticed]:
    seen, clocks = first_symptom(record), record.incident.clocks
    if seen is not None:
        yield Noticed(Sign.SYMPTOM, seen.entry.at)
    if clocks.detected is not None:
        yield Noticed(Sign.DETECTED, clocks.detected)
    if clocks.declared is not None:
        yield Noticed(Sign.DECLARED, clocks.declared)
