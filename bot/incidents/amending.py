"""Taking back what was recorded, and saying it in other words: pure, from the record to a change.

An entry that is taken back keeps its row and loses its text; what it had made of the incident (a
count, an action, an ended thread) is undone with it. An entry said in other words gets a correcting
entry beside it, and what was derived from it follows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.incidents.checks import check_hypothesis, check_reason, check_text
from bot.incidents.choose import Telling
from bot.incidents.model import (
    CLAIMS,
    ENDINGS,
    Action,
    Change,
    Claim,
    Ending,
    Entry,
    Incident,
    Investigation,
    Kind,
    Outcome,
    Record,
)

TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking one entry back makes of the incident, and of the rows beside it."""

    incident: Incident
    actions: tuple[Action, ...] = ()
    claims: tuple[Claim, ...] = ()


def withdraw(record: Record, entry: Entry, at: datetime) -> Change:
    """The entry and its corrections lose their text, and what followed from it is undone."""
    undone = _UNDO.get(entry.kind, _only_its_text)(record, entry, at)
    after = replace(undone.incident, version=undone.incident.version + 1)
    gone = tuple(
        replace(each, text="", person=None, ramp=None, withdrawn_at=at)
        for each in record.entries
        if entry.seq in {each.seq, each.corrects} and each.withdrawn_at is None
    )
    return Change(after, ended_actions=undone.actions, withdrawn=gone, reworded=undone.claims)


def correct(record: Record, entry: Entry, telling: Telling) -> Change | None:
    """The entry in other words, by whoever edited the message; None if nothing differs.

    Raises Refusal where the new text may not be recorded.
    """
    text, person = telling.said.text, _called(entry, telling)
    if (text, telling.at, person) == (entry.text, entry.at, entry.person):
        return None
    undone = _REWORD.get(entry.kind, _new_text)(record, entry, telling)
    seq = undone.incident.last_entry + 1
    after = replace(undone.incident, last_entry=seq, version=undone.incident.version + 1)
    correction = replace(
        entry,
        seq=seq,
        actor=telling.actor,
        at=telling.at,
        recorded_at=telling.request.at,
        text=text,
        person=person,
        corrects=entry.seq,
        ramp=telling.ramp,
    )
    return Change(after, (correction,), (), undone.actions, reworded=undone.claims)


def _called(entry: Entry, telling: Telling) -> str | None:
    if entry.kind is not Kind.CALLING:
        return entry.person
    return telling.request.mentions[0] if telling.request.mentions else None


# -- undoing -------------------------------------------------------------------------------------


def _only_its_text(record: Record, _entry: Entry, _at: datetime) -> Undone:
    return Undone(record.incident)


def _thread_of(record: Record, entry: Entry) -> Investigation | None:
    if entry.investigation is None:
        return None
    return record.incident.investigation(entry.investigation)


def _with(record: Record, thread: Investigation) -> Undone:
    kept = record.incident.investigations
    threads = tuple(thread if each.number == thread.number else each for each in kept)
    return Undone(replace(record.incident, investigations=threads))


def _unopen(record: Record, entry: Entry, at: datetime) -> Undone:
    """A thread in which others have said something stays; it is theirs by now."""
    thread = _thread_of(record, entry)
    if thread is None or not thread.is_open or not _is_empty(record, thread, entry):
        return Undone(record.incident)
    back = replace(
        thread,
        hypothesis=TAKEN_BACK,
        ending=Ending.SET_ASIDE,
        why="",
        ended_by=entry.actor,
        closed_at=at,
    )
    return _with(record, back)


def _is_empty(record: Record, thread: Investigation, opening: Entry) -> bool:
    said = [e for e in record.standing if e.investigation == thread.number and e.seq != opening.seq]
    return not said and all(each.investigation != thread.number for each in record.actions)


def _unweigh(record: Record, entry: Entry, _at: datetime) -> Undone:
    thread = _thread_of(record, entry)
    if thread is None:
        return Undone(record.incident)
    if entry.kind is Kind.FOR:
        return _with(record, replace(thread, said_for=max(thread.said_for - 1, 0)))
    return _with(record, replace(thread, said_against=max(thread.said_against - 1, 0)))


def _unstart(record: Record, entry: Entry, at: datetime) -> Undone:
    action = _action_of(record, entry)
    if action is None:
        return Undone(record.incident)
    left = tuple(each for each in record.incident.running if each.number != action.number)
    gone = replace(
        action,
        text="",
        expect="",
        otherwise="",
        result="",
        outcome=Outcome.WITHDRAWN,
        ended_at=action.ended_at or at,
    )
    return Undone(replace(record.incident, running=left), (gone,))


def _unfinish(record: Record, entry: Entry, at: datetime) -> Undone:
    """The action runs again; one of which only the end was told is gone with it."""
    action = _action_of(record, entry)
    if action is None or action.outcome.value != entry.kind.value:
        return Undone(record.incident)
    if action.started_at is None:
        return _unstart(record, entry, at)
    again = replace(action, outcome=Outcome.RUNNING, ended_at=None, result="")
    running = sorted((*record.incident.running, again), key=lambda each: each.number)
    return Undone(replace(record.incident, running=tuple(running)))


def _action_of(record: Record, entry: Entry) -> Action | None:
    found = [each for each in record.actions if each.number == entry.item]
    return found[0] if found else None


def _unend(record: Record, entry: Entry, _at: datetime) -> Undone:
    thread = _thread_of(record, entry)
    if thread is None or not _ended_it(entry, thread):
        return Undone(record.incident)
    return _with(record, replace(thread, ending=None, why="", ended_by=None, closed_at=None))


def _ended_it(entry: Entry, thread: Investigation) -> bool:
    """Whether the thread still stands as this entry left it."""
    ending = thread.ending.value if thread.ending else ""
    return (ending, thread.ended_by) == (entry.kind.value, entry.actor)


def _unclaim(record: Record, entry: Entry, _at: datetime) -> Undone:
    gone = tuple(replace(each, withdrawn=True) for each in _reworded(record, entry, ""))
    return Undone(record.incident, claims=gone)


def _reworded(record: Record, entry: Entry, text: str) -> tuple[Claim, ...]:
    return tuple(replace(each, text=text) for each in record.claims if each.number == entry.item)


def _unbox(record: Record, entry: Entry, _at: datetime) -> Undone:
    thread = _thread_of(record, entry)
    return _with(record, replace(thread, timebox=None)) if thread else Undone(record.incident)


_UNDO: dict[Kind, Callable[[Record, Entry, datetime], Undone]] = {
    Kind.THREAD: _unopen,
    Kind.FOR: _unweigh,
    Kind.AGAINST: _unweigh,
    Kind.DOING: _unstart,
    Kind.DONE: _unfinish,
    Kind.FAILED: _unfinish,
    Kind.TIMEBOX: _unbox,
    **dict.fromkeys(ENDINGS, _unend),
    **dict.fromkeys(CLAIMS, _unclaim),
}


# -- saying it in other words --------------------------------------------------------------------


def _new_text(record: Record, _entry: Entry, telling: Telling) -> Undone:
    check_text(telling.said.text)
    return Undone(record.incident)


def _new_hypothesis(record: Record, entry: Entry, telling: Telling) -> Undone:
    hypothesis = check_hypothesis(telling.said.what or telling.said.text)
    thread = _thread_of(record, entry)
    if thread is None:
        return Undone(record.incident)
    timebox = telling.by or thread.timebox
    return _with(record, replace(thread, hypothesis=hypothesis, timebox=timebox))


def _new_action(record: Record, entry: Entry, telling: Telling) -> Undone:
    check_text(telling.said.text)
    action, said = _action_of(record, entry), telling.said
    if action is None:
        return Undone(record.incident)
    told = replace(
        action,
        text=said.what or said.text,
        expect=said.expect,
        otherwise=said.otherwise,
        by=telling.by or action.by,
        started_at=telling.at,
    )
    return _with_action(record, told)


def _new_result(record: Record, entry: Entry, telling: Telling) -> Undone:
    check_reason(telling.said.text)
    action = _action_of(record, entry)
    if action is None or action.outcome.value != entry.kind.value:
        return Undone(record.incident)
    return _with_action(record, replace(action, result=telling.said.text, ended_at=telling.at))


def _with_action(record: Record, action: Action) -> Undone:
    """A running action is below the incident, an ended one beside it."""
    incident = record.incident
    if action.outcome is not Outcome.RUNNING:
        return Undone(incident, (action,))
    running = tuple(action if each.number == action.number else each for each in incident.running)
    return Undone(replace(incident, running=running))


def _new_reason(record: Record, entry: Entry, telling: Telling) -> Undone:
    why, thread = check_reason(telling.said.text), _thread_of(record, entry)
    if thread is None or not _ended_it(entry, thread):
        return Undone(record.incident)
    return _with(record, replace(thread, why=why))


def _new_claim(record: Record, entry: Entry, telling: Telling) -> Undone:
    return Undone(record.incident, claims=_reworded(record, entry, check_text(telling.said.text)))


def _new_box(record: Record, entry: Entry, telling: Telling) -> Undone:
    thread = _thread_of(record, entry)
    if thread is None or telling.by is None:
        return Undone(record.incident)
    return _with(record, replace(thread, timebox=telling.by))


_REWORD: dict[Kind, Callable[[Record, Entry, Telling], Undone]] = {
    Kind.THREAD: _new_hypothesis,
    Kind.DOING: _new_action,
    Kind.DONE: _new_result,
    Kind.FAILED: _new_result,
    Kind.TIMEBOX: _new_box,
    **dict.fromkeys(ENDINGS, _new_reason),
    **dict.fromkeys(CLAIMS, _new_claim),
}
