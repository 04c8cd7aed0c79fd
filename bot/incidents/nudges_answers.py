"""What an answer to a question changes: who may give it, what goes on record, what it settles."""

from dataclasses import replace

from bot.errors import Refusal
from bot.incidents import nudges_owed, rules
from bot.incidents.choose import Telling, short
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import Change, Done, Incident, IncidentState, Kind
from bot.incidents.nudges_model import Nudge, NudgeOutcome, Rung, find
from bot.incidents.ports import Tx
from bot.incidents.signals_model import Signal, SignalKind
from bot.incidents.timing_rules import ELSEWHERE, NOT_ASKED, noted
from bot.workspace.model import Permit, Person, Request, authorise, permits

OVER = "The incident is over, so nothing is asked any more. Nothing changed."
NOT_YOURS = "Only whoever was asked can answer that. Nothing changed."
NOT_HERE = "You are not in that incident's channel, so nothing changed."
CALLED = {
    SignalKind.SINGLE_LINE: "only one thread",
    SignalKind.CONCENTRATION: "most people on one thread",
    SignalKind.NO_NEW_HYPOTHESIS: "no new idea",
    SignalKind.UNCHALLENGED_LEADER: "nothing said against the leading idea",
    SignalKind.TIMEBOX_PASSED: "time to decide again",
    SignalKind.RECURRENCE: "back after it was fixed",
    SignalKind.ACTION_OVERDUE: "an action with no time, or past it",
    SignalKind.REOPENED_HYPOTHESIS: "an idea that is back",
    SignalKind.VAGABONDING: "many threads, few tested",
    SignalKind.ORPHAN_SYMPTOM: "a symptom nobody looks at",
    SignalKind.NO_RECENT_CHANGE: "what changed",
    SignalKind.ACTION_DEFERRED: "cause found, nothing done",
    SignalKind.STALE_CREW: "nobody new here",
    SignalKind.LONG_HAUL: "here for long",
    SignalKind.DESTRUCTIVE_VERB: "what can't be undone",
}


CHECKED = "Noted as checked. I ask no more about it while it lasts."
RESTS = (
    "I ask about that again in 30 minutes at the earliest. If a second person finds it not useful, "
    "it is muted here."
)
# What "already checked" says in a word of ours; that ends the signal.
SAID = {
    SignalKind.NO_RECENT_CHANGE: (Word.CHANGED, "nothing, checked"),
    SignalKind.TIMEBOX_PASSED: (Word.DECIDED, "already decided"),
    SignalKind.RECURRENCE: (Word.DECIDED, "expected"),
}


def answerable(
    tx: Tx, request: Request, incident: str, number: int
) -> tuple[Incident, Nudge, Request]:
    """The incident, locked, the question, and who answers, as from its channel. Raises Refusal."""
    here = tx.incidents.lock(request.workspace, incident)
    nudge = find(tx.nudges.nudges(here), number) if here else None
    if here is None or nudge is None:
        raise Refusal(ELSEWHERE)
    check(tx, request, here, nudge)
    return here, nudge, from_the_channel(request, here)


def check(tx: Tx, request: Request, here: Incident, nudge: Nudge) -> None:
    """Whether they may answer it, here and now. Raises Refusal."""
    if nudge.shadow or (not nudge.asked_of and request.channel != here.channel):
        raise Refusal(ELSEWHERE)
    if nudge.asked_of and nudge.asked_of != request.person.id:
        raise Refusal(NOT_YOURS)
    authorise(request.person, Permit.RECORD)
    if nudge.rung is Rung.COMMANDER and not tx.members.is_member(here.id, request.person.id):
        raise Refusal(NOT_HERE)
    if nudge.rung is Rung.OUTSIDER and here.private:
        raise Refusal(ELSEWHERE)
    if here.state is not IncidentState.OPEN:
        raise Refusal(OVER)
    if not nudge.stands:
        raise Refusal(NOT_ASKED)


def may_know(tx: Tx, request: Request, here: Incident) -> bool:
    if request.channel == here.channel:
        return True
    return here.commander == request.person.id and tx.members.is_member(here.id, request.person.id)


def from_the_channel(request: Request, here: Incident) -> Request:
    """A button's own message says nothing, and a direct message is no place of the record."""
    return replace(request, channel=here.channel, thread="", message="")


def answer(tx: Tx, here: Incident, nudge: Nudge, asker: Request, outcome: NudgeOutcome) -> None:
    """Write down what became of it; the same rests a while, also if it ends and begins again."""
    answered = nudge.changed(
        outcome=outcome,
        answered_by=asker.person.id,
        answered_at=asker.at,
        until=asker.at + nudge.snooze if outcome is not NudgeOutcome.DECLINED else None,
    )
    nudges_owed.keep(tx, here, answered, asker.at)


def said(
    old: Incident, asker: Request, word: Word, text: str, line: int | None
) -> tuple[Change, Done]:
    """One of our words, as if they had typed it; `line`: the thread that it is about."""
    thread = old.investigation(line or 0)
    if thread is not None and thread.is_open and word is Word.DECIDED:
        asker = replace(asker, thread=thread.slack_thread)
    told = spoken(word, text, line if word is Word.FOR else None)
    return rules.record(old, Telling(asker, told, asker.at))


def already(old: Incident, signal: Signal, asker: Request) -> tuple[Change, Done]:
    if signal.kind in SAID:
        return said(old, asker, *SAID[signal.kind], signal.investigation)
    change = noted(old, asker, Kind.ANSWER, f"Already checked: {CALLED[signal.kind]}")
    return change, Done(change.after, Kind.ANSWER)


def reason_of(nudge: Nudge) -> tuple[Word, int | None]:
    first = nudge.signals[0]
    back = first.kind is SignalKind.REOPENED_HYPOTHESIS
    return (Word.FOR if back else Word.DECIDED), first.investigation


def about(nudge: Nudge) -> str:
    return short(" · ".join(CALLED[each.kind] for each in nudge.signals), 200)


def check_recruit(tx: Tx, here: Incident, asker: Request, person: Person) -> bool:
    """Whether they must be let in first. Raises Refusal."""
    if person.id == asker.person.id:
        raise Refusal("That is you. Whom else? Nothing changed.")
    if Permit.SEE not in permits(person):
        raise Refusal("They can't look along here. Whom else? Nothing changed.")
    if tx.members.is_member(here.id, person.id):
        return False
    if here.private:
        raise Refusal("They are not in this private channel. Whom else? Nothing changed.")
    return True
