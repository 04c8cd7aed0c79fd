"""What the timers do when they are due, in the transaction that finishes their delivery."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.deliveries.model import Delivery, Sent
from bot.incidents import owed, timing_owed
from bot.incidents.asked import Asking, first_seen, last_seen
from bot.incidents.attended import Wants
from bot.incidents.model import Change, Incident, IncidentState, Kind
from bot.incidents.ports import Tx
from bot.incidents.senders import Subject
from bot.incidents.silence import THEN_OFFERED, Answer, Silence, due, longest_present_active
from bot.workspace.model import Permit, permits

# Nobody said by when: twenty minutes, one of the times that were offered.
ASSUMED = timedelta(minutes=20)
OFFERED = "offered"


def assume(tx: Tx, incident: Incident, delivery: Delivery, _sent: Sent, now: datetime) -> None:
    """Nobody said by when, so we assume a time and say on the board that it is ours."""
    number = int(Subject.of(delivery).rest[0])
    waiting = [each for each in incident.running if each.number == number and each.by is None]
    for action in waiting:
        by = delivery.due - timing_owed.ASSUMED_AFTER + ASSUMED
        assumed = replace(action, by=by, assumed=True)
        running = tuple(assumed if each == action else each for each in incident.running)
        _save(tx, replace(incident, running=running), incident, now)
        tx.deliveries.plan(timing_owed.outcome(incident, assumed, max(by, now)), now)


def quiet(tx: Tx, incident: Incident, delivery: Delivery, _sent: Sent, now: datetime) -> None:
    """The quiet minutes are over; whether they were quiet is on record."""
    resolved = incident.clocks.resolved
    if incident.state is not IncidentState.RESOLVED or resolved is None:
        return
    over = resolved + timing_owed.quiet_time(tx, incident)
    asked = tx.askings.asking(incident, timing_owed.BACK, timing_owed.resolved_at(incident))
    expected = asked is not None and asked.answer == "expected"
    seen = tx.askings.first_entry(incident, Kind.SEEING, resolved)
    if over <= delivery.due and (seen is None or expected or not asked):
        _save(tx, replace(incident, quiet_since=resolved), incident, now)


def silence(tx: Tx, incident: Incident, delivery: Delivery, _sent: Sent, now: datetime) -> None:
    """Look whether command has been silent, ask or offer, and look again."""
    commander, *once = Subject.of(delivery).rest
    if incident.state is not IncidentState.OPEN or incident.commander != commander:
        return
    rows = tx.activity.activity(incident)
    asking = tx.askings.asking(incident, timing_owed.SILENCE, commander)
    if asking is not None and asking.answer == Answer.ON_THE_CALL:
        return
    patience = timing_owed.minutes_of_silence(tx, incident)
    last = last_seen(rows).get(commander, incident.clocks.declared or now)
    minutes = round((now - last).total_seconds() / 60)
    again = _next_look(last, patience, now)
    silent = _read(last, asking)
    match silent and due(silent, now, round(patience.total_seconds() / 60)):
        case "ask":
            asked = Asking(timing_owed.SILENCE, commander, now, asked_of=commander)
            tx.askings.put(incident, asked)
            _whisper(tx, incident, timing_owed.SILENCE_ASK, now, commander, minutes)
            again = now + THEN_OFFERED
        case "offer":
            _offer_command(tx, incident, asking, minutes, now)
            again = now + patience
    if not once:
        tx.deliveries.plan(timing_owed.silence(incident, again), now)


def _next_look(last: datetime, patience: timedelta, now: datetime) -> datetime:
    """When they could next have been silent for so long; nothing happens sooner."""
    over = last + patience
    return max(over, now + timedelta(minutes=1)) if over > now else now + patience


def _read(last: datetime, asking: Asking | None) -> Silence | None:
    if asking is None:
        return Silence(last)
    if asking.answer == OFFERED:
        # Offered once for each silence: a sign of life starts anew.
        return Silence(last) if last > asking.asked_at else None
    answer = Answer(asking.answer) if asking.answer else None
    return Silence(last, asking.asked_at, answer)


def _offer_command(
    tx: Tx, incident: Incident, asking: Asking | None, minutes: int, now: datetime
) -> None:
    rows = tx.activity.activity(incident)
    able = {
        person: at
        for person, at in first_seen(rows).items()
        if _may_be_offered(tx, incident, person)
    }
    person = longest_present_active(able, last_seen(rows), incident.commander, now)
    if person is None or asking is None:
        return
    wanted = asking.answer or "silent"
    tx.askings.put(incident, replace(asking, answer=OFFERED))
    offered = Asking(timing_owed.SILENCE_OFFER, person, now, asked_of=person)
    tx.askings.put(incident, offered)
    rest = (person, incident.commander, minutes, wanted)
    _whisper(tx, incident, timing_owed.SILENCE_OFFER, now, *rest)


def _may_be_offered(tx: Tx, incident: Incident, person: str) -> bool:
    wants = tx.attending.attendant(incident.workspace, person).wants
    return wants is not Wants.ASKED and may_command(tx, incident, person)


def _whisper(tx: Tx, incident: Incident, purpose: str, now: datetime, *rest: object) -> None:
    tx.deliveries.plan(timing_owed.urgent(incident, purpose, now, *rest), now)


def _save(tx: Tx, after: Incident, before: Incident, now: datetime) -> None:
    newer = replace(after, version=before.version + 1)
    tx.incidents.save(before, Change(newer))
    show_board(tx, newer, now)


def show_board(tx: Tx, incident: Incident, now: datetime) -> None:
    """The board should say so."""
    if incident.board:
        tx.deliveries.plan(owed.board(incident, now), now)


def may_command(tx: Tx, incident: Incident, person: str) -> bool:
    """Whether they may hold command."""
    found = tx.workspace.person(incident.workspace, person)
    return found is not None and Permit.STEER in permits(found)
