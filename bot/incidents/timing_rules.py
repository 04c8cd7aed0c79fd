"""What the questions of time change: pure rules, and what they look up of what was asked."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import Refusal
from bot.incidents import rules, timing_owed
from bot.incidents.asked import Asking
from bot.incidents.checks import check_reason
from bot.incidents.choose import short
from bot.incidents.model import Action, Change, Done, Incident, IncidentState, Kind
from bot.incidents.ports import Tx
from bot.workspace.model import Permit, Person, Request, authorise, permits

ELSEWHERE = "That button is not of this channel's incident, so nothing changed."
NOT_ASKED = "That is not asked any more, so nothing changed."
HEARD_FOR = timedelta(hours=1)
ASKED = "asked "


def set_by(incident: Incident, request: Request, number: int, by: datetime) -> tuple[Change, Done]:
    """An action should be done by then. Raises Refusal."""
    authorise(request.person, Permit.RECORD)
    rules.check_not_closed(incident)
    action = running_one(incident, number)
    changed = replace(action, by=by, assumed=False)
    running = tuple(changed if each == action else each for each in incident.running)
    minutes = round((by - request.at).total_seconds() / 60)
    text = f"{minutes} more minutes: {short(action.text, 200)}"
    change = noted(replace(incident, running=running), request, Kind.ANSWER, text, action)
    thread = change.after.investigation(action.investigation or 0)
    return change, Done(change.after, Kind.DOING, thread, by)


def reopen(incident: Incident, request: Request, text: str) -> tuple[Change, Done]:
    """It is not over after all; the clocks of its end are empty again. Raises Refusal."""
    authorise(request.person, Permit.STEER, text)
    text = check_reason(text)
    if incident.state is IncidentState.OPEN:
        raise Refusal("It is open already, so nothing changed.", given_back=text)
    clocks = replace(incident.clocks, resolved=None, closed=None)
    opened = replace(incident, state=IncidentState.OPEN, clocks=clocks, quiet_since=None)
    return rules.steered(opened, request, Kind.REOPEN, text)


def place_of(incident: Incident, action: Action) -> str:
    """The Slack thread in which an action is asked about; empty where there is none yet."""
    thread = incident.investigation(action.investigation or 0)
    if thread is not None:
        return thread.slack_thread
    return action.said_in or action.message


def asked_to_look(asking: Asking) -> str:
    """Who was asked to look along; empty if nobody."""
    return asking.answer.removeprefix(ASKED) if asking.answer.startswith(ASKED) else ""


def next_thread(incident: Incident, number: int | None) -> str:
    if number is None:
        return ""
    thread = incident.investigation(number)
    if thread is None or not thread.is_open:
        raise Refusal(f"Thread {number} is not open, so nothing changed.")
    return f"Next: thread {number}, {short(thread.hypothesis, 200)}"


def running_one(incident: Incident, number: int) -> Action:
    found = [each for each in incident.running if each.number == number]
    if not found:
        raise Refusal("That action has ended, so nothing changed.")
    return found[0]


def host_question(tx: Tx, incident: Incident, number: int) -> tuple[Asking, Action]:
    asking = still_asked(tx, incident, timing_owed.HOST, str(number))
    action = tx.askings.action(incident, number)
    if action is None:
        raise Refusal(NOT_ASKED)
    return asking, action


def check_second(action: Action, person: Person) -> None:
    if person.id == action.actor:
        raise Refusal("A second pair of eyes is somebody else's. Whom else? Nothing changed.")
    if Permit.SEE not in permits(person):
        raise Refusal("They can't look along here. Whom else? Nothing changed.")


def host_was_asked(tx: Tx, workspace: str, channel: str) -> bool:
    """Whether a host was asked for in that channel at all."""
    which = tx.incidents.id_of_channel(workspace, channel)
    incident = tx.incidents.get(workspace, which) if which else None
    return incident is not None and bool(tx.askings.askings(incident, timing_owed.HOST))


def host_asked(tx: Tx, incident: Incident, request: Request) -> Action | None:
    """The action whose host was asked for in this Slack thread, of this person, lately."""
    for asking in reversed(tx.askings.askings(incident, timing_owed.HOST)):
        action = tx.askings.action(incident, int(asking.about))
        if action is None or place_of(incident, action) != request.thread:
            continue
        theirs = request.person.id in {action.actor, asked_to_look(asking)}
        if theirs and request.at - asking.asked_at < HEARD_FOR:
            return action
    return None


def here_now(tx: Tx, request: Request, incident: str) -> Incident:
    """The incident of this channel, if it is the one that the button is of."""
    found = tx.incidents.lock_by_channel(request.workspace, request.channel)
    if found is None or found.id != incident:
        raise Refusal(ELSEWHERE)
    return found


def still_asked(tx: Tx, incident: Incident, purpose: str, about: str) -> Asking:
    asking = tx.askings.asking(incident, purpose, about)
    if asking is None or not asking.waits:
        raise Refusal(NOT_ASKED)
    return asking


def answered(asking: Asking, request: Request, answer: str) -> Asking:
    who, at = request.person.id, request.at
    return replace(asking, answer=answer, answered_by=who, answered_at=at)


def settle(tx: Tx, incident: Incident, asking: Asking, request: Request, answer: str) -> None:
    """Keep the answer, and let the question say what became of it."""
    done = answered(asking, request, answer)
    tx.askings.put(incident, done)
    if done.message:
        tx.deliveries.plan(timing_owed.shrink(incident, done), request.at)


def noted(
    incident: Incident, request: Request, kind: Kind, text: str, action: Action | None = None
) -> Change:
    """An answer on the record, beside the action that it is about."""
    change, _ = rules.steered(incident, request, kind, text)
    if action is None:
        return change
    entry = replace(change.entries[0], investigation=action.investigation, item=action.number)
    return replace(change, entries=(entry,))


def addressed(change: Change, person: str) -> Change:
    """The same, and who it is about."""
    return replace(change, entries=(replace(change.entries[0], person=person),))
