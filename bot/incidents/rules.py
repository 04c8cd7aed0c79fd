"""What each word does to an incident: pure functions from the old value to the new.

`record` is the whole of it. Every word has one effect, looked up in a table; around the effect go
the entry and the counters, which are the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import Offer, Refusal
from bot.incidents.checks import check_hypothesis, check_reason, check_text, same_idea
from bot.incidents.choose import (
    Telling,
    action_meant,
    thread_around,
    thread_meant,
)
from bot.incidents.grammar import Word
from bot.incidents.model import (
    THREADS_MAX,
    Action,
    Change,
    Claim,
    Clocks,
    Done,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Severity,
)
from bot.workspace.model import Permit, Request, authorise


@dataclass(frozen=True, slots=True)
class Effect:
    """What one word changes, before the entry and the counters."""

    incident: Incident
    thread: int | None = None
    claims: tuple[Claim, ...] = ()
    ended: tuple[Action, ...] = ()
    earlier: Investigation | None = None


def record(incident: Incident, telling: Telling) -> tuple[Change, Done]:
    """Record one thing that somebody says. Raises Refusal."""
    return record_with(incident, telling, EFFECTS[telling.said.word])


def record_with(
    incident: Incident, telling: Telling, apply: Callable[[Incident, Telling], Effect]
) -> tuple[Change, Done]:
    """Record one thing by the effect given: its entry, the counters, and what the actor is told."""
    check_not_closed(incident, telling.said.text)
    effect = apply(incident, telling)
    kind = Kind(telling.said.word.value)
    after, entry = entered(effect.incident, telling.request, kind, telling.said.text)
    entry = replace(entry, at=telling.at, investigation=effect.thread, item=_item(effect, kind))
    entry = replace(entry, ramp=telling.ramp)
    if kind is Kind.CALLING and telling.request.mentions:
        entry = replace(entry, person=telling.request.mentions[0])
    thread = None if effect.thread is None else after.investigation(effect.thread)
    happened = telling.at if telling.said.when else None
    started = after.running[-1] if kind is Kind.DOING else None
    done = Done(after, kind, thread, telling.by, effect.earlier, happened, started)
    change = Change(after, (entry,), effect.claims, effect.ended)
    return change, replace(done, ramp=entry.ramp)


def _item(effect: Effect, kind: Kind) -> int | None:
    """The action or claim that the entry is about, so that taking it back can find it."""
    made = effect.claims or effect.ended
    if made:
        return made[0].number
    return effect.incident.last_action if kind is Kind.DOING else None


def take_thread(
    incident: Incident, request: Request, number: int, text: str = ""
) -> tuple[Change, Done]:
    """Somebody takes a thread, with what they said about it: they own it now. Raises Refusal."""
    authorise(request.person, Permit.RECORD, text)
    check_not_closed(incident, text)
    text = check_reason(text)
    thread = incident.investigation(number)
    if thread is None or not thread.is_open:
        raise Refusal(f"Thread {number} is not open, so nothing changed.", given_back=text)
    if thread.owner == request.person.id:
        raise Refusal(f"Thread {number} is yours already, so nothing changed.", given_back=text)
    taken = _with_thread(incident, replace(thread, owner=request.person.id))
    after, entry = entered(taken, request, Kind.TAKE, text)
    change = Change(after, (replace(entry, investigation=number),))
    return change, Done(after, Kind.TAKE, after.investigation(number))


def take_command(incident: Incident, request: Request) -> tuple[Change, Done]:
    """Somebody takes command. Raises Refusal if they have it."""
    authorise(request.person, Permit.STEER)
    check_not_closed(incident)
    if incident.commander == request.person.id and incident.commander_took:
        raise Refusal("You hold command already, so nothing changed.")
    taken = replace(incident, commander=request.person.id, commander_took=True)
    return steered(taken, request, Kind.COMMAND, "")


def set_severity(
    incident: Incident, request: Request, severity: Severity, label: str
) -> tuple[Change, Done]:
    """Say how bad it is; `label` is what that is called here. Raises Refusal if it says so."""
    authorise(request.person, Permit.STEER)
    check_not_closed(incident)
    if incident.severity is severity:
        raise Refusal(f"It is {label} already, so nothing changed.")
    set_to = replace(incident, severity=severity)
    change, done = steered(set_to, request, Kind.SEVERITY, severity.value)
    return change, replace(done, told=f"It is {label} now. The board shows it.")


def resolve(incident: Incident, request: Request, text: str) -> tuple[Change, Done]:
    """It is over, from this moment; no thread or action ends by it. Raises Refusal."""
    authorise(request.person, Permit.STEER, text)
    check_not_closed(incident, text)
    text = check_reason(text)
    if incident.state is IncidentState.RESOLVED:
        raise Refusal("It is resolved already, so nothing changed.", given_back=text)
    clocks = replace(incident.clocks, resolved=request.at)
    resolved = replace(incident, state=IncidentState.RESOLVED, clocks=clocks)
    return steered(resolved, request, Kind.RESOLVE, text)


def declare(
    request: Request, incident_id: str, number: int, title: str, *, private: bool = False
) -> tuple[Incident, Entry]:
    """A new incident, commanded by whoever declares it until somebody takes it."""
    incident = Incident(
        id=incident_id,
        workspace=request.workspace,
        number=number,
        title=title,
        private=private,
        declared_by=request.person.id,
        commander=request.person.id,
        clocks=Clocks(declared=request.at),
        declared_in=request.channel,
    )
    after, entry = entered(incident, request, Kind.DECLARE, title)
    return replace(after, version=1), entry


def steered(incident: Incident, request: Request, kind: Kind, text: str) -> tuple[Change, Done]:
    after, entry = entered(incident, request, kind, text)
    return Change(after, (entry,)), Done(after, kind)


def entered(incident: Incident, request: Request, kind: Kind, text: str) -> tuple[Incident, Entry]:
    """The incident with its counters moved on, and the entry that says why."""
    seq = incident.last_entry + 1
    entry = Entry(
        seq=seq,
        kind=kind,
        actor=request.person.id,
        at=request.at,
        recorded_at=request.at,
        text=text,
        channel=request.channel,
        message=request.message,
    )
    return replace(incident, last_entry=seq, version=incident.version + 1), entry


def check_not_closed(incident: Incident, text: str = "") -> None:
    if incident.state is IncidentState.CLOSED:
        raise Refusal("This incident is closed, so nothing changed.", given_back=text)


def _with_thread(incident: Incident, changed: Investigation) -> Incident:
    kept = tuple(
        changed if each.number == changed.number else each for each in incident.investigations
    )
    return replace(incident, investigations=kept)


# -- effects, one for each word ------------------------------------------------------------------


def _open(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    hypothesis = check_hypothesis(telling.said.what or telling.said.text)
    _check_room(incident, hypothesis)
    same = [each for each in incident.investigations if same_idea(each.hypothesis, hypothesis)]
    _check_not_open_already(same, telling)
    thread = Investigation(
        number=len(incident.investigations) + 1,
        hypothesis=hypothesis,
        opened_at=telling.at,
        owner=telling.actor,
        timebox=telling.by,
        slack_thread=_own_slack_thread(incident, telling.request),
    )
    opened = replace(incident, investigations=(*incident.investigations, thread))
    return Effect(opened, thread.number, earlier=same[-1] if same else None)


def _own_slack_thread(incident: Incident, request: Request) -> str:
    """Said in the channel, the message starts the Slack thread; said in another thread's Slack
    thread, or by command, the bot has to post a message for it."""
    if not request.message or incident.in_slack_thread(request.thread):
        return ""
    return request.thread or request.message


def _check_room(incident: Incident, text: str) -> None:
    if len(incident.investigations) >= THREADS_MAX:
        raise Refusal(
            f"This incident has {THREADS_MAX} threads; more would help nobody. Nothing changed.",
            given_back=text,
        )


def _check_not_open_already(same: list[Investigation], telling: Telling) -> None:
    still_open = [each for each in same if each.is_open]
    if not still_open:
        return
    number, mine = still_open[0].number, still_open[0].owner == telling.actor
    raise Refusal(
        f"Thread {number} is that idea already{', and yours' if mine else ''}. Nothing changed.",
        given_back=telling.said.text,
        offers=() if mine else (Offer(f"I'm on {number}", "take", number=number),),
    )


def _evidence(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    check_text(telling.said.text)
    thread = thread_meant(incident, telling)
    if telling.said.word is Word.FOR:
        weighed = replace(thread, said_for=thread.said_for + 1)
    else:
        weighed = replace(thread, said_against=thread.said_against + 1)
    return Effect(_with_thread(incident, weighed), thread.number)


def _start(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    said = telling.said
    check_text(said.text)
    thread = _thread_of_action(incident, telling)
    number = incident.last_action + 1
    action = Action(
        number=number,
        investigation=thread,
        actor=telling.actor,
        text=said.what or said.text,
        started_at=telling.at,
        said_in=telling.request.thread,
        message=telling.request.message,
        expect=said.expect,
        otherwise=said.otherwise,
        by=telling.by,
    )
    started = replace(incident, last_action=number, running=(*incident.running, action))
    return Effect(started, thread)


def _thread_of_action(incident: Incident, telling: Telling) -> int | None:
    """An action may belong to no thread; said by the owner of one thread, it belongs to that."""
    if telling.said.number is not None:
        return thread_meant(incident, telling).number
    around = thread_around(incident, telling)
    if around is not None:
        return around.number if around.is_open else None
    mine = [each for each in incident.open_investigations() if each.owner == telling.actor]
    return mine[0].number if len(mine) == 1 else None


def _finish(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    check_reason(telling.said.text)
    return end_action(incident, telling, action_meant(incident, telling))


def end_action(incident: Incident, telling: Telling, action: Action) -> Effect:
    """The action is over, as the word says."""
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    ended = replace(
        action,
        outcome=Outcome(telling.said.word.value),
        ended_at=telling.at,
        result=telling.said.text,
    )
    left = tuple(each for each in incident.running if each.number != action.number)
    return Effect(replace(incident, running=left), action.investigation, ended=(ended,))


def already_ended(incident: Incident, telling: Telling) -> Effect:
    """An action nobody announced is over: its start is not known."""
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    check_text(telling.said.text)
    around = thread_around(incident, telling)
    number = incident.last_action + 1
    action = Action(
        number=number,
        investigation=None if around is None else around.number,
        actor=telling.actor,
        text=telling.said.text,
        started_at=None,
        said_in=telling.request.thread,
        message=telling.request.message,
        outcome=Outcome(telling.said.word.value),
        ended_at=telling.at,
        result=telling.said.text,
    )
    after = replace(incident, last_action=number)
    return Effect(after, action.investigation, ended=(action,))


def _end(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.END_OWN_THREAD, telling.said.text)
    thread = thread_meant(incident, telling)
    own = thread.owner == telling.actor
    permit = Permit.END_OWN_THREAD if own else Permit.END_THREAD
    authorise(telling.request.person, permit, telling.said.text)
    ended = replace(
        thread,
        ending=Ending(telling.said.word.value),
        why=check_reason(telling.said.text),
        ended_by=telling.actor,
        closed_at=telling.at,
    )
    return Effect(_with_thread(incident, ended), thread.number)


def _claim(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    text = check_text(telling.said.text)
    number = incident.last_claim + 1
    claim = Claim(number, Kind(telling.said.word.value), text, telling.actor, telling.at)
    around = thread_around(incident, telling)
    after = replace(incident, last_claim=number)
    return Effect(after, None if around is None else around.number, (claim,))


def _fact(incident: Incident, telling: Telling) -> Effect:
    permit = Permit.UNSAFE if telling.said.word is Word.UNSAFE else Permit.RECORD
    authorise(telling.request.person, permit, telling.said.text)
    check_text(telling.said.text)
    around = thread_around(incident, telling)
    return Effect(incident, None if around is None else around.number)


def _timebox(incident: Incident, telling: Telling) -> Effect:
    authorise(telling.request.person, Permit.RECORD, telling.said.text)
    if telling.by is None:
        raise Refusal(
            "When should it be decided again? Say 'timebox: 20 min' or 'timebox: 03:20'. "
            "Nothing changed.",
            given_back=telling.said.text,
        )
    thread = thread_meant(incident, telling)
    return Effect(_with_thread(incident, replace(thread, timebox=telling.by)), thread.number)


EFFECTS: dict[Word, Callable[[Incident, Telling], Effect]] = {
    Word.THREAD: _open,
    Word.FOR: _evidence,
    Word.AGAINST: _evidence,
    Word.DOING: _start,
    Word.DONE: _finish,
    Word.FAILED: _finish,
    Word.CONFIRMED: _end,
    Word.RULED_OUT: _end,
    Word.NO_HELP: _end,
    Word.SET_ASIDE: _end,
    Word.KNOWN: _claim,
    Word.UNKNOWN: _claim,
    Word.BELIEVE: _claim,
    Word.TIMEBOX: _timebox,
    **dict.fromkeys(
        (
            Word.SEEING,
            Word.CHANGED,
            Word.DECIDED,
            Word.CALLING,
            Word.CONFUSED,
            Word.ODD,
            Word.IMPROVISED,
            Word.USED,
            Word.NO_MORE,
            Word.UNSAFE,
            Word.NOTE,
        ),
        _fact,
    ),
}
