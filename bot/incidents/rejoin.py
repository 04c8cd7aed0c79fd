"""An action that was said where a thread had ended: the thread goes on, and the action is in it."""

from dataclasses import replace

from bot.errors import Refusal
from bot.incidents.model import Change, Done, Entry, Incident, Investigation, Kind, Record
from bot.incidents.rules import check_not_closed, entered
from bot.workspace.model import Permit, Request, authorise


def rejoin(record: Record, request: Request, action: int) -> tuple[Change, Done]:
    """Open the thread again in whose Slack thread the action was said. Raises Refusal.

    The action and its entry belong to the thread from now on; both texts stay as they are.
    """
    authorise(request.person, Permit.RECORD)
    check_not_closed(record.incident)
    thread = _thread_of(record.incident, action)
    opened = _opened(record.incident, thread, action)
    after, entry = entered(opened, request, Kind.TAKE, "goes on")
    told = replace(entry, investigation=thread.number)
    moved = tuple(
        replace(each, seq=after.last_entry + place, investigation=thread.number)
        for place, each in enumerate(_corrections(record, request, action), 1)
    )
    after = replace(after, last_entry=after.last_entry + len(moved))
    sentence = f"Thread {thread.number} is open again, and this is in it."
    return Change(after, (told, *moved)), Done(after, Kind.TAKE, told=sentence)


def left(done: Done) -> Investigation | None:
    """The ended thread where they started something, which is outside any thread for now."""
    if done.started is None or done.started.investigation is not None:
        return None
    return done.incident.in_slack_thread(done.started.said_in)


def _thread_of(incident: Incident, action: int) -> Investigation:
    for each in incident.running:
        thread = incident.in_slack_thread(each.said_in)
        if each.number == action and each.investigation is None and thread is not None:
            return thread
    raise Refusal("That action has ended or is in a thread already, so nothing changed.")


def _opened(incident: Incident, thread: Investigation, action: int) -> Incident:
    again = replace(thread, ending=None, why="", ended_by=None, closed_at=None)
    threads = tuple(
        again if each.number == thread.number else each for each in incident.investigations
    )
    running = tuple(
        replace(each, investigation=thread.number) if each.number == action else each
        for each in incident.running
    )
    return replace(incident, investigations=threads, running=running)


def _corrections(record: Record, request: Request, action: int) -> tuple[Entry, ...]:
    """The entry of the action once more, to stand in another place of the record."""
    return tuple(
        replace(each, actor=request.person.id, recorded_at=request.at, corrects=each.seq)
        for each in record.standing
        if each.kind is Kind.DOING and each.item == action
    )
