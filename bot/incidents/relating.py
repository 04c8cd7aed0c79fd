"""Merge, split and relate, decided: what is allowed, and what must change, as values.

"Counting is folly" (S9): whether two troubles are one incident is a judgement, and people change
their minds. Nothing is lost by any of these: a merged incident keeps its record, and says where it
goes on. Private stays private: a private incident is named in no public one.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import Refusal
from bot.incidents import rules
from bot.incidents.checks import check_title
from bot.incidents.choose import short
from bot.incidents.model import (
    THREADS_MAX,
    TITLE_MAX,
    Action,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Outcome,
)
from bot.workspace.model import Permit, Request, authorise


class Relation(StrEnum):
    """How two incidents belong together."""

    RELATED = "related"
    MERGED = "merged"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Link:
    """Two incidents that belong together. Related has no direction; `one` is the smaller id.

    Merged: `one` went into `other`. Split: `one` came out of `other`.
    """

    one: str
    other: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Merge:
    """`away` is closed and says where it goes on; `into` has its open threads and actions.

    threads and actions are those carried, as `into` numbers them; none has a Slack thread yet.
    ended: the same actions in `away`, where nobody could end them any more.
    """

    away: Incident
    into: Incident
    threads: tuple[Investigation, ...]
    actions: tuple[Action, ...]
    ended: tuple[Action, ...]
    link: Link
    sentence: str


@dataclass(frozen=True, slots=True)
class Split:
    """A thread that became an incident; `entry` declares it; `ended` is what the parent ran."""

    parent: Incident
    child: Incident
    entry: Entry
    ended: tuple[Action, ...]
    link: Link
    sentence: str


@dataclass(frozen=True, slots=True)
class Relate:
    """Two incidents that are linked from now on."""

    link: Link
    sentence: str


def merge(away: Incident, into: Incident | None, request: Request) -> Merge:
    """This incident goes on in another. Raises Refusal.

    into: None where there is none of that number that the person can see; both read the same.
    """
    authorise(request.person, Permit.STEER)
    into = _checked(away, into, "merge")
    for each in (away, into):
        _check_not_closed(each)
    threads, numbers = _carried_threads(away, into)
    actions = _carried_actions(away, into, numbers)
    closed = _closed_into(away, into, request, numbers)
    after = replace(
        into,
        investigations=(*into.investigations, *threads),
        running=(*into.running, *actions),
        last_action=into.last_action + len(actions),
        version=into.version + 1,
    )
    link = Link(away.id, into.id, Relation.MERGED)
    ended = _moved(away.running, request, into.number)
    return Merge(closed, after, threads, actions, ended, link, _merged(away, into, threads))


def split(
    parent: Incident, number: int, request: Request, child_id: str, child_number: int
) -> Split:
    """A thread becomes an incident of its own, titled by its hypothesis. Raises Refusal."""
    authorise(request.person, Permit.DECLARE)
    _check_not_closed(parent)
    thread = parent.investigation(number)
    if thread is None or not thread.is_open:
        raise Refusal(f"There is no open thread {number} here, so nothing changed.")
    title = check_title(short(thread.hypothesis, TITLE_MAX))
    made, entry = rules.declare(request, child_id, child_number, title, private=parent.private)
    first = replace(thread, number=1, slack_thread="", timebox=None)
    actions = tuple(
        replace(each, number=place, investigation=1, said_in="")
        for place, each in enumerate(_running_in(parent, number), 1)
    )
    child = replace(made, investigations=(first,), running=actions, last_action=len(actions))
    ended = _ended(thread, request, f"goes on as incident {child_number}")
    return Split(
        _with(parent, ended),
        child,
        entry,
        _moved(_running_in(parent, number), request, child_number),
        Link(child_id, parent.id, Relation.SPLIT),
        f"Thread {number} is incident {child_number} now. You hold command of it until somebody "
        "takes it.",
    )


def relate(
    one: Incident, other: Incident | None, request: Request, links: tuple[Link, ...] = ()
) -> Relate:
    """Say that two incidents belong together; closed ones too. Raises Refusal."""
    authorise(request.person, Permit.STEER)
    other = _checked(one, other, "relate")
    link = Link(min(one.id, other.id), max(one.id, other.id), Relation.RELATED)
    if link in links:
        raise Refusal(f"Incident {other.number} is related already, so nothing changed.")
    return Relate(link, f"Incidents {one.number} and {other.number} are related now.")


def _checked(here: Incident, other: Incident | None, verb: str) -> Incident:
    """The other incident, if the two may have to do with each other. Raises Refusal."""
    if other is None or other.workspace != here.workspace:
        raise Refusal(f"There is no such incident to {verb} with, so nothing changed.")
    if other.id == here.id:
        raise Refusal(f"That is this incident itself; {verb} it with another. Nothing changed.")
    if other.private != here.private:
        private = "This incident is private and that one is not"
        if other.private:
            private = "That incident is private and this one is not"
        raise Refusal(f"{private}, and private things stay where they are. Nothing changed.")
    return other


def _check_not_closed(incident: Incident) -> None:
    if incident.state is IncidentState.CLOSED:
        raise Refusal(
            f"Incident {incident.number} is closed, so nothing changed. You can relate them, or "
            "reopen it first."
        )


def _carried_threads(
    away: Incident, into: Incident
) -> tuple[tuple[Investigation, ...], dict[int, int]]:
    """The open threads as the other incident numbers them, and old numbers to new."""
    opened = away.open_investigations()
    if len(into.investigations) + len(opened) > THREADS_MAX:
        raise Refusal(
            f"Incident {into.number} has room for {THREADS_MAX - len(into.investigations)} more "
            f"threads, and {len(opened)} are open here. End some, then merge. Nothing changed."
        )
    first = len(into.investigations) + 1
    numbers = {each.number: first + place for place, each in enumerate(opened)}
    carried = tuple(replace(each, number=numbers[each.number], slack_thread="") for each in opened)
    return carried, numbers


def _carried_actions(away: Incident, into: Incident, numbers: dict[int, int]) -> tuple[Action, ...]:
    return tuple(
        replace(
            each,
            number=into.last_action + place,
            investigation=numbers.get(each.investigation or 0),
            said_in="",
        )
        for place, each in enumerate(away.running, 1)
    )


def _closed_into(
    away: Incident, into: Incident, request: Request, numbers: dict[int, int]
) -> Incident:
    """Closed, its open threads set aside with where they went; its record is not touched."""
    closed = replace(
        away,
        state=IncidentState.CLOSED,
        running=(),
        clocks=replace(away.clocks, closed=request.at),
        version=away.version + 1,
    )
    for old, new in numbers.items():
        thread = closed.investigation(old)
        if thread is not None:
            why = f"goes on in incident {into.number} as thread {new}"
            closed = _put(closed, _ended(thread, request, why))
    return closed


def _moved(actions: tuple[Action, ...], request: Request, number: int) -> tuple[Action, ...]:
    """The record has no word for "moved": the action is over here, and says where it goes on."""
    result = f"goes on in incident {number}"
    return tuple(
        replace(each, outcome=Outcome.DONE, ended_at=request.at, result=result) for each in actions
    )


def _merged(away: Incident, into: Incident, threads: tuple[Investigation, ...]) -> str:
    went = {0: "", 1: " 1 thread goes on there."}.get(
        len(threads), f" {len(threads)} threads go on there."
    )
    return f"Incident {away.number} is part of incident {into.number} now.{went}"


def _running_in(incident: Incident, number: int) -> tuple[Action, ...]:
    return tuple(each for each in incident.running if each.investigation == number)


def _ended(thread: Investigation, request: Request, why: str) -> Investigation:
    return replace(
        thread,
        ending=Ending.SET_ASIDE,
        why=why,
        ended_by=request.person.id,
        closed_at=request.at,
    )


def _with(incident: Incident, thread: Investigation) -> Incident:
    """A parent with its thread ended; what ran in it runs in the child."""
    left = tuple(each for each in incident.running if each.investigation != thread.number)
    return replace(_put(incident, thread), running=left, version=incident.version + 1)


def _put(incident: Incident, thread: Investigation) -> Incident:
    kept = tuple(
        thread if each.number == thread.number else each for each in incident.investigations
    )
    return replace(incident, investigations=kept)
