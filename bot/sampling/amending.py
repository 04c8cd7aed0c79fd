"""What an amendment changes, and whether volunteers have to agree to it anew."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.sampling.model import Appointment, Item, Protocol
from bot.sampling.wanted import WEEKDAYS

ITEMS, TEXT, RETENTION, LOAD = "items", "consent text", "legal section", "schedule"
NO_CONSENT = ("title", "planned")
# What each figure of a schedule is, to somebody who is asked by it.
FIGURES = {
    "scheme": "how moments are chosen",
    "per_day": "questions a day",
    "vary": "more or fewer of them on a day",
    "gap_min": "minutes between two, at least",
    "windows": "hours that are proposed",
    "days": "days that are proposed",
    "study_days": "days in all",
    "expiry_min": "minutes to answer",
    "reminder_min": "minutes until a reminder",
    "grace_min": "minutes in which a late answer still counts",
    "max_send_lag_min": "minutes that a question may be late",
    "times": "times of day",
    "interval_min": "minutes from one to the next",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that can be told in a few words, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than what somebody agreed to, as far as it needs their consent.

    parts: see `changed_parts`. asked: questions that are new or worded anew; dropped: those that
    are not asked any more; both as they are worded. roles: given since.
    """

    parts: tuple[str, ...]
    figures: tuple[Figure, ...]
    asked: tuple[str, ...]
    dropped: tuple[str, ...]
    roles: tuple[Appointment, ...]


def changed_parts(before: Protocol, after: Protocol) -> tuple[str, ...]:
    """What of it is other than before, of all that needs fresh consent."""
    parts = {
        ITEMS: ("items", "rotate", "rotate_show", "decline", "baseline", "exit"),
        LOAD: ("schedule",),
        RETENTION: ("legal",),
        TEXT: ("consent",),
    }
    return tuple(
        part
        for part, fields in parts.items()
        if any(getattr(before, each) != getattr(after, each) for each in fields)
    )


def changes(before: Protocol, after: Protocol, held: Iterable[Appointment]) -> Changes:
    """From the version that somebody agreed to, to the newest. held: roles that are held now."""
    old, new = _questions(before), _questions(after)
    return Changes(
        changed_parts(before, after),
        tuple(each for each in _figures(before, after) if each.before != each.after),
        tuple(each.text for name, each in new.items() if each != old.get(name)),
        tuple(each.text for name, each in old.items() if name not in new),
        tuple(each for each in held if each.since_version > before.version),
    )


def _questions(protocol: Protocol) -> dict[str, Item]:
    every = (*protocol.baseline, *protocol.items, *protocol.rotate, *protocol.exit)
    return {each.name: each for each in every}


def _figures(before: Protocol, after: Protocol) -> Iterable[Figure]:
    for name, label in FIGURES.items():
        yield Figure(label, _told(before, name), _told(after, name))
    yield Figure("deleted on", before.legal.delete_on, after.legal.delete_on)


def _told(protocol: Protocol, name: str) -> str:
    value = getattr(protocol.schedule, name)
    if name == "days":
        return ", ".join(WEEKDAYS[each] for each in value)
    if name == "times":
        return ", ".join(f"{each:%H:%M}" for each in value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)
