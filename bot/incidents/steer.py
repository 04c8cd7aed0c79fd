"""What steering does to an incident: pure functions, beside those of `rules`."""

import re
from dataclasses import replace
from datetime import datetime

from bot.errors import Offer, Refusal
from bot.incidents.checks import check_reason, check_text
from bot.incidents.clocks import ClockEdit, ClockName
from bot.incidents.model import Change, Done, Incident, IncidentState, Kind
from bot.incidents.rules import check_not_closed, entered, steered
from bot.incidents.times import Moment, deadline, resolve_moment, when_at_end
from bot.incidents.timing_rules import reopen
from bot.workspace.model import Permit, Request, authorise

Decided = tuple[Change, Done]

QUIET = (
    "I ask nothing more here, except which host when something can't be undone; the board says so."
)

_NEXT = re.compile(
    r"(?:^|[\s,;.(–—-])next(?:\s+(?:update|one|word))?(?:\s+is)?:?\s+"
    r"(?P<how>by|at|in|within)\s+(?P<when>[^,;()\n]{1,30}?)\s*\)?\.?\s*$",
    re.IGNORECASE,
)


def update(incident: Incident, request: Request, text: str) -> Decided:
    """One line for everybody, and when the next one comes if they said so. Raises Refusal."""
    authorise(request.person, Permit.STEER, text)
    check_not_closed(incident, text)
    text = check_text(text)
    told = replace(incident, next_update=_next_update(request, text))
    change, done = steered(told, request, Kind.UPDATE, text)
    return change, replace(done, told="Posted.", by=told.next_update)


def _next_update(request: Request, text: str) -> datetime | None:
    """ "…, next update by 23:00" as a time; None where nothing is promised."""
    found = _NEXT.search(text)
    if found is None:
        return None
    how = "in" if found["how"].lower() in {"in", "within"} else "by"
    read = deadline(f"{how} {found['when']}")
    at = read and read.moment and _ahead(read.moment, request)
    if not at:
        raise Refusal(
            f"I can't read '{found['when']}' as a time to come. Say 'next update by 23:00' or "
            "'next update in 30 min'. Nothing is posted.",
            given_back=text,
        )
    return at


def _ahead(moment: Moment, request: Request) -> datetime | None:
    return resolve_moment(moment, request.at, request.person.zoneinfo(), direction="future")


def set_quiet(incident: Incident, request: Request, *, on: bool) -> Decided:
    """Questions off, or on again; for whoever holds command. Raises Refusal."""
    authorise(request.person, Permit.STEER)
    check_not_closed(incident)
    if incident.commander != request.person.id:
        raise Refusal(
            "Only whoever holds command switches questions off or on. Nothing changed.",
            offers=(Offer("Take command", "command", incident=incident.id),),
        )
    if incident.quiet is on:
        raise Refusal(f"Questions are {'off' if on else 'on'} already, so nothing changed.")
    change, done = steered(replace(incident, quiet=on), request, Kind.QUIET, "on" if on else "off")
    return change, replace(done, told=QUIET if on else "I may ask questions again.")


def reopen_again(incident: Incident, request: Request, text: str) -> Decided:
    """It is back; threads and actions are as they were. Raises Refusal."""
    change, done = reopen(incident, request, text)
    return change, replace(done, told="Open again. Threads and actions are as they were.")


def close(incident: Incident, request: Request, text: str) -> Decided:
    """Nothing more is added, until it is opened again. Raises Refusal."""
    authorise(request.person, Permit.STEER, text)
    text = check_reason(text)
    if incident.state is IncidentState.CLOSED:
        raise Refusal("It is closed already, so nothing changed.", given_back=text)
    if incident.state is IncidentState.OPEN:
        raise Refusal(
            "It is still open. Resolve it first; closing comes when nobody looks any more. "
            "Nothing changed.",
            given_back=text,
            offers=(Offer("Resolve it", "resolve", text, incident=incident.id),),
        )
    clocks = replace(incident.clocks, closed=request.at)
    closed = replace(incident, state=IncidentState.CLOSED, clocks=clocks)
    change, done = steered(closed, request, Kind.CLOSE, text)
    told = "Closed. I record nothing more here; 'reopen' opens it again."
    return change, replace(done, told=told)


def asked_for(incident: Incident, request: Request, kind: Kind) -> Decided:
    """A step back or a handover: a look at what is known, which changes nothing else."""
    authorise(request.person, Permit.STEER)
    check_not_closed(incident)
    change, done = steered(incident, request, kind, "")
    return change, replace(done, told="Posted in the channel.")


def noted(before: Incident, edited: ClockEdit, request: Request) -> Decided:
    """A clock that was set, with the entry that keeps what it said before."""
    was, now = (each.isoformat() if each else "not known" for each in (edited.was, edited.now))
    after, entry = entered(before, request, Kind.CLOCK, f"{edited.clock}: {was} → {now}")
    after = replace(after, clocks=edited.after.clocks)
    return Change(after, (entry,)), Done(after, Kind.CLOCK, told=edited.sentence)


# -- "/incident clock began 02:10" ---------------------------------------------------------------

_NOT_KNOWN = frozenset({"unknown", "not known", "none", "-", "?"})
HOW = (
    "Which clock, and when? Say 'clock began 02:10', 'clock mitigated 20 min ago' or "
    "'clock began not known'. The clocks are began, detected, declared, mitigated, resolved, "
    "closed. Nothing changed."
)


def read_clock(request: Request, typed: str) -> tuple[ClockName, datetime | None]:
    """Which clock is meant, and what it should say. Raises Refusal."""
    name, _, rest = typed.strip().partition(" ")
    named = name.rstrip(":").lower()
    rest = rest.strip().removeprefix("at ").strip()
    if named not in set(ClockName) or not rest:
        raise Refusal(HOW, given_back=typed)
    if rest.lower() in _NOT_KNOWN:
        return ClockName(named), None
    left, read = when_at_end(rest)
    if left or read is None or read.moment is None:
        raise Refusal(f"I can't read '{rest[:60]}' as a time. {HOW}", given_back=typed)
    at = _back(read.moment, request)
    if at is None:
        raise Refusal(
            "That time has not come yet, or lies more than a day back: for that, use Clocks "
            "under More. Nothing changed.",
            given_back=typed,
        )
    return ClockName(named), at


def _back(moment: Moment, request: Request) -> datetime | None:
    return resolve_moment(moment, request.at, request.person.zoneinfo(), direction="past")
