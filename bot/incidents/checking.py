"""What must be true for a thread's idea to work, and what became of checking it: F5."""

from dataclasses import replace
from enum import StrEnum

from bot.errors import Refusal
from bot.incidents.model import (
    Change,
    Done,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
)
from bot.incidents.starters import assumption_of
from bot.workspace.model import Permit, Request, authorise


class Checked(StrEnum):
    """What somebody says about an assumption."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


SAID = {
    Checked.YES: "checked, it is so",
    Checked.NO: "it can't",
    Checked.UNKNOWN: "nobody knows",
}


def check(incident: Incident, request: Request, number: int, said: Checked) -> tuple[Change, Done]:
    """Somebody says whether the assumption of a thread holds; the last word stands."""
    authorise(request.person, Permit.RECORD)
    thread = _open_thread(incident, number)
    assumption = assumption_of(thread)
    if not assumption:
        raise Refusal(f"Thread {number} assumes nothing that I know of, so nothing changed.")
    if (thread.checked, thread.checked_by) == (said.value, request.person.id):
        raise Refusal("You said so already, so nothing changed.")
    changed = replace(thread, checked=said.value, checked_by=request.person.id)
    kept = tuple(changed if each == thread else each for each in incident.investigations)
    after = replace(incident, investigations=kept)
    return added(after, request, Kind.CHECKED, f"{assumption}: {SAID[said]}", number)


def observed(incident: Incident, request: Request, text: str) -> tuple[Change, Done]:
    """The note of somebody who watches."""
    authorise(request.person, Permit.RECORD, text)
    check_not_closed(incident, text)
    return added(incident, request, Kind.OBSERVED, text)


def added(
    incident: Incident, request: Request, kind: Kind, text: str, thread: int | None = None
) -> tuple[Change, Done]:
    """The change with its entry, and the counters moved on."""
    seq = incident.last_entry + 1
    entry = Entry(
        seq,
        kind,
        request.person.id,
        request.at,
        request.at,
        text,
        investigation=thread,
        channel=request.channel,
    )
    after = replace(incident, last_entry=seq, version=incident.version + 1)
    about = None if thread is None else after.investigation(thread)
    return Change(after, (entry,)), Done(after, kind, about)


def check_not_closed(incident: Incident, text: str = "") -> None:
    if incident.state is IncidentState.CLOSED:
        raise Refusal("This incident is closed, so nothing changed.", given_back=text)


def _open_thread(incident: Incident, number: int) -> Investigation:
    check_not_closed(incident)
    found = incident.investigation(number)
    if found is None or not found.is_open:
        raise Refusal(f"Thread {number} is not open, so nothing changed.")
    return found
