"""What nudging owes: a question on its rung, the line it becomes, words for one person alone."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents import owed
from bot.incidents.destructive import is_destructive
from bot.incidents.model import Action, Incident, IncidentState
from bot.incidents.nudges import cards_within_the_hour
from bot.incidents.nudges_model import BUDGETED, Asked, Nudge, Rung, find
from bot.incidents.ports import Tx
from bot.incidents.signals_model import Signal, SignalKind
from bot.workspace.settings import Nudges

CARD = "nudge.card"
COMMANDER = "nudge.commander"
OUTSIDER = "nudge.outsider"
PERSON = "nudge.person"
RECRUIT = "nudge.recruit"
SHRINK = "nudge.shrink"

# A question that comes later than this is about something else by then.
WORTH_ASKING = timedelta(minutes=10)
WORTH_A_WORD = timedelta(minutes=60)
_PRIVATELY = {Rung.COMMANDER: COMMANDER, Rung.OUTSIDER: OUTSIDER}


def ask(incident: Incident, nudge: Nudge) -> Planned:
    """The question itself."""
    at, until = nudge.asked_at, nudge.asked_at + WORTH_ASKING
    if nudge.rung is Rung.CARD:
        return replace(owed.post(incident, CARD, at, nudge.number), expires=until)
    return owed.whisper(incident, _PRIVATELY[nudge.rung], at, nudge.number, until=until)


def shrink(incident: Incident, nudge: Nudge) -> Planned:
    """What was shown says what became of it; one row a question, the last state wins."""
    return Planned(
        workspace=incident.workspace,
        purpose=SHRINK,
        subject=owed.subject(incident, nudge.number),
        due=nudge.asked_at,
        lane="edit",
        policy=Policy.LATEST_WINS,
        priority=Priority.BOARD,
        wanted=nudge.version,
    )


def alone(incident: Incident, signal: Signal) -> Planned:
    """Somebody hears, alone, how long they have been here; once for each time that it holds."""
    until = signal.at + WORTH_A_WORD
    return owed.whisper(incident, PERSON, signal.at, signal.about, until=until)


def recruit(incident: Incident, nudge: Nudge, person: str, by: str, now: datetime) -> Planned:
    """Somebody was asked by name to look."""
    until = now + WORTH_A_WORD
    return owed.whisper(incident, RECRUIT, now, nudge.number, person, by, until=until)


# -- what is kept ----------------------------------------------------------------------------------


def keep(tx: Tx, incident: Incident, nudge: Nudge, now: datetime) -> None:
    """Write down what became of a question, and have it say so where it stands."""
    tx.nudges.put(incident, nudge)
    if nudge.message and nudge.rung in BUDGETED:
        tx.deliveries.plan(shrink(incident, nudge), now)


def next_number(nudges: tuple[Nudge, ...]) -> int:
    return max((each.number for each in nudges), default=0) + 1


def shown(tx: Tx, incident: Incident, number: int) -> Asked | None:
    """A question with what it is shown with; None if there is no such question."""
    nudges = tx.nudges.nudges(incident)
    nudge = find(nudges, number)
    record = tx.incidents.record(incident.workspace, incident.id)
    if nudge is None or record is None:
        return None
    nth = cards_within_the_hour(nudges, nudge)
    return Asked(nudge, record, nth, tx.teams.absent(incident))


def marks(tx: Tx, incident: Incident) -> tuple[Signal, ...]:
    """What the board marks: every signal that holds, but what is for one person alone."""
    shown = tx.settings.get(incident.workspace).nudges is not Nudges.SHADOW
    if incident.state is not IncidentState.OPEN or not shown:
        return ()
    return tuple(
        each.signal
        for each in tx.signals.signals(incident)
        if each.over_at is None and is_marked(each.signal)
    )


def is_marked(signal: Signal) -> bool:
    """Whether it may be on the board."""
    return signal.kind is not SignalKind.LONG_HAUL


def in_place(tx: Tx, incident: Incident, action: Action, message: str, now: datetime) -> None:
    """Whoever does what can't be undone was asked, where they do it: that was the question."""
    about, nudges = str(action.number), tx.nudges.nudges(incident)
    if any(each.rung is Rung.PLACE and each.signals[0].about == about for each in nudges):
        return
    signal = _destructive(tx, incident, action, now)
    number = next_number(nudges)
    asked = Nudge(number, Rung.PLACE, (signal,), now, asked_of=action.actor, message=message)
    tx.nudges.put(incident, asked)


def _destructive(tx: Tx, incident: Incident, action: Action, now: datetime) -> Signal:
    """As the looks have found it, or will."""
    kind = SignalKind.DESTRUCTIVE_VERB
    key = (kind, action.investigation, str(action.number))
    found = [each.signal for each in tx.signals.signals(incident) if each.signal.key == key]
    if found:
        return found[-1]
    verbs = tx.settings.get(incident.workspace).destructive_stems
    verb = is_destructive(f"{action.text}\n{action.result}", verbs) or ""
    return Signal(*key[:2], now, {"action": action.number, "verb": verb}, key[2])
