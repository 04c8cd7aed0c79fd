"""The six clocks of an incident, edited by people: SPEC section 1. Resolved is not "impact over".

What cannot be is refused; what is merely unusual is asked about, for it may have been so: a fault
can be noticed before anybody was hurt, and fixed before anybody declared it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Offer, Refusal
from bot.incidents.model import Clocks, Entry, Incident, IncidentState
from bot.workspace.model import Permit, Request, authorise

# Clocks of two machines differ a little.
LENIENT = timedelta(minutes=1)
TOLD_LATER = timedelta(minutes=2)
INTENT = "clock"


class ClockName(StrEnum):
    """The clocks, in the order in which they usually follow."""

    BEGAN = "began"
    DETECTED = "detected"
    DECLARED = "declared"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"


# What the bot stamps itself is corrected, never emptied.
STAMPED = frozenset({ClockName.DECLARED, ClockName.RESOLVED, ClockName.CLOSED})


@dataclass(frozen=True, slots=True)
class ClockEdit:
    """One clock set: what changes, what it was, and the sentence for the person who did it."""

    after: Incident
    clock: ClockName
    was: datetime | None
    now: datetime | None
    sentence: str


def edit(
    incident: Incident,
    request: Request,
    clock: ClockName,
    at: datetime | None,
    *,
    sure: bool = False,
) -> ClockEdit:
    """Set a clock, or empty it with None. Raises Refusal; `sure` once the question is answered."""
    authorise(request.person, Permit.STEER)
    was = read(incident.clocks, clock)
    _check_possible(incident, request, clock, at)
    if was == at:
        raise Refusal(f"*{clock}* says so already, so nothing changed.", field=clock)
    if at is not None and not sure:
        _ask_about_order(incident, request, clock, at)
    clocks = replace(incident.clocks, **{clock.value: at})
    after = replace(incident, clocks=clocks, version=incident.version + 1)
    return ClockEdit(after, clock, was, at, _sentence(request, clock, was, at))


def read(clocks: Clocks, clock: ClockName) -> datetime | None:
    """What a clock says; None where it is not known."""
    at: datetime | None = getattr(clocks, clock.value)
    return at


def timeline(clocks: Clocks) -> tuple[tuple[ClockName, datetime], ...]:
    """The clocks that are known, in the order of their times."""
    known = [(each, at) for each in ClockName if (at := read(clocks, each)) is not None]
    return tuple(sorted(known, key=lambda one: one[1]))


def lasted(clocks: Clocks, start: ClockName, end: ClockName) -> timedelta | None:
    """From one clock to another; None if either is not known. Duration unknown is never zero."""
    first, last = read(clocks, start), read(clocks, end)
    return None if first is None or last is None else last - first


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by when things happened; of one moment, by when they were told."""
    return tuple(sorted(entries, key=lambda each: (each.at, each.seq)))


def told_later(entry: Entry) -> bool:
    """Whether an entry was written down well after it happened; shown, for memory is not a log."""
    return entry.recorded_at - entry.at > TOLD_LATER


def _check_possible(
    incident: Incident, request: Request, clock: ClockName, at: datetime | None
) -> None:
    why = _why_not(incident, request, clock, at)
    if why:
        raise Refusal(f"{why} Nothing changed.", field=clock)


def _why_not(incident: Incident, request: Request, clock: ClockName, at: datetime | None) -> str:
    """What makes a time impossible; empty if nothing does."""
    if at is not None and at > request.at + LENIENT:
        return f"{_shown(request, at)} has not come yet."
    if at is None and clock in STAMPED and read(incident.clocks, clock) is not None:
        return f"*{clock}* can be corrected, not emptied."
    if at is not None and clock is ClockName.RESOLVED and incident.state is IncidentState.OPEN:
        return "It is not resolved yet. Resolve it first, then set the time."
    if at is not None and clock is ClockName.CLOSED and incident.state is not IncidentState.CLOSED:
        return "It is not closed yet. Close it first, then set the time."
    return _closed_too_early(incident.clocks, request, clock, at)


def _closed_too_early(
    clocks: Clocks, request: Request, clock: ClockName, at: datetime | None
) -> str:
    """Closing is an act of ours, and comes after the other two that are."""
    if at is None or clock not in STAMPED:
        return ""
    closed = at if clock is ClockName.CLOSED else clocks.closed
    others = STAMPED - {ClockName.CLOSED} if clock is ClockName.CLOSED else {clock}
    for other in sorted(others):
        its = at if other is clock else read(clocks, other)
        if closed is not None and its is not None and its > closed:
            times = f"({_shown(request, its)}) before it was closed ({_shown(request, closed)})"
            return f"An incident is {other} {times}."
    return ""


def _ask_about_order(incident: Incident, request: Request, clock: ClockName, at: datetime) -> None:
    """Raise a Refusal that asks, if this would turn two clocks around."""
    places = list(ClockName)
    for other, its in timeline(incident.clocks):
        usual = places.index(other) < places.index(clock)
        if other is clock or (its <= at if usual else its >= at):
            continue
        first, then = (clock, other) if usual else (other, clock)
        raise Refusal(
            f"That puts *{first}* ({_shown(request, min(at, its))}) before *{then}* "
            f"({_shown(request, max(at, its))}). It can be so. Is it right? Nothing changed yet.",
            offers=(
                Offer(
                    "Yes, that's right",
                    f"{INTENT} {clock}",
                    at.isoformat(),
                    incident=incident.id,
                    again=True,
                ),
            ),
            field=clock,
        )


def _sentence(request: Request, clock: ClockName, was: datetime | None, at: datetime | None) -> str:
    before = f"it was {_shown(request, was)}" if was else "it was not known"
    if at is None:
        return f"*{clock}* is not known now; {before}. The history keeps it."
    return f"*{clock}* is {_shown(request, at)} now; {before}."


def _shown(request: Request, at: datetime) -> str:
    """A time as the person who typed it reads it, with the day where it is another."""
    zone = request.person.zoneinfo()
    here, now = at.astimezone(zone), request.at.astimezone(zone)
    return f"{here:%H:%M}" if here.date() == now.date() else f"{here:%d %b %H:%M}"
