"""Symptoms, and the doubt whether one belongs here: co-incidents mislead (C4).

Nobody is asked to be sure. A mark is an entry of its own that names the symptom, so each can be
taken back by the other, and both stay on record. Pure.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import Refusal
from bot.incidents.model import Change, Done, Entry, Incident, Kind, Record
from bot.incidents.rules import check_not_closed, steered
from bot.workspace.model import Permit, Request, authorise

MARKS = (Kind.MAYBE_UNRELATED, Kind.RELATED_AFTER_ALL)


@dataclass(frozen=True, slots=True)
class Symptom:
    """What somebody saw. by, at: who said last whether it belongs here, if anybody did."""

    entry: Entry
    maybe_unrelated: bool = False
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Symptoms:
    """All that was seen in an incident, by when it happened; true at `at`."""

    incident: Incident
    at: datetime
    seen: tuple[Symptom, ...]


def symptoms(record: Record) -> tuple[Symptom, ...]:
    """What the record says was seen, oldest first, each as it was last marked."""
    last = {each.item: each for each in record.standing if each.kind in MARKS}
    seen = [each for each in record.standing if each.kind is Kind.SEEING]
    return tuple(
        _symptom(each, last.get(each.seq)) for each in sorted(seen, key=lambda e: (e.at, e.seq))
    )


def _symptom(seen: Entry, mark: Entry | None) -> Symptom:
    if mark is None:
        return Symptom(seen, seen.maybe_unrelated)
    return Symptom(seen, mark.kind is Kind.MAYBE_UNRELATED, mark.actor, mark.recorded_at)


def first_symptom(record: Record) -> Symptom | None:
    """The earliest that nobody doubts."""
    return next((each for each in symptoms(record) if not each.maybe_unrelated), None)


def doubt(record: Record, request: Request, seq: int, *, unrelated: bool) -> tuple[Change, Done]:
    """Mark a symptom as maybe unrelated, or as related after all. Raises Refusal."""
    authorise(request.person, Permit.RECORD)
    check_not_closed(record.incident)
    found = next((each for each in symptoms(record) if each.entry.seq == seq), None)
    if found is None:
        raise Refusal("That symptom is not on record any more, so nothing changed.")
    if found.maybe_unrelated is unrelated:
        now = "marked as maybe unrelated" if unrelated else "not marked"
        raise Refusal(f"It is {now} already, so nothing changed.")
    kind = Kind.MAYBE_UNRELATED if unrelated else Kind.RELATED_AFTER_ALL
    change, done = steered(record.incident, request, kind, "")
    entry = replace(change.entries[0], item=seq, investigation=found.entry.investigation)
    return replace(change, entries=(entry,)), done
