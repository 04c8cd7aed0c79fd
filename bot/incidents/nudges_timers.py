"""What follows from a look at the signals: who is asked, what is over, what the board marks.

In the transaction that finishes the look, so that of two replicas one decides, once. The draw comes
from outside and is kept with the question, so that whoever looks next counts from the same gap.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.incidents import nudges_owed, owed
from bot.incidents.attended import Wants
from bot.incidents.model import Change, Incident, IncidentState, Record
from bot.incidents.nudges import (
    Ask,
    Ways,
    decide,
    next_slot,
    settled,
    switched_off,
    ways_of,
)
from bot.incidents.nudges_model import Nudge, Rung
from bot.incidents.ports import Tx
from bot.incidents.signals_model import Signal, SignalKind
from bot.workspace.settings import Nudges, WorkspaceSettings


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look has found: what holds, what has begun and ended since the last one."""

    record: Record
    held: tuple[Signal, ...]
    begun: tuple[Signal, ...]
    over: tuple[Signal, ...]
    settings: WorkspaceSettings
    now: datetime
    draw: float

    @property
    def incident(self) -> Incident:
        return self.record.incident


def follow(tx: Tx, looked: Looked) -> datetime | None:
    """Ask, if a slot is open, and end what is over; when to look again, or None."""
    incident, ways = looked.incident, ways_of(looked.settings)
    nudges = {each.number: each for each in tx.nudges.nudges(incident)}
    for each in settled(looked.record, nudges.values(), looked.held):
        nudges[each.number] = each
        nudges_owed.keep(tx, incident, each, looked.now)
    if (asked := _asked(tx, looked, (*nudges.values(),), ways)) is not None:
        nudges[asked.number] = asked
    _tell_people(tx, looked)
    _mark(tx, looked)
    return next_slot(looked.record, (*nudges.values(),), looked.held, ways, looked.now)


def _asked(tx: Tx, looked: Looked, nudges: tuple[Nudge, ...], ways: Ways) -> Nudge | None:
    incident, now = looked.incident, looked.now

    def outsider() -> str:
        had = {each.asked_of for each in nudges}
        able = tx.teams.fresh_eyes(incident.workspace, now, incident)
        return next((each for each in able if each not in had), "")

    ask = decide(looked.record, nudges, looked.held, ways, now, outsider)
    if ask is not None and (useless := _useless(tx, looked, ask)):
        fewer = replace(ways, off=ways.off | useless)
        ask = decide(looked.record, nudges, looked.held, fewer, now, outsider)
    if ask is None:
        return None
    return _asks(tx, looked, ask, nudges_owed.next_number(nudges))


def _useless(tx: Tx, looked: Looked, ask: Ask) -> frozenset[SignalKind]:
    """What few found useful here; looked up only where something is about to be asked."""
    judged = tx.nudges.judged(looked.incident.workspace)
    off = frozenset(each.kind for each in switched_off(judged, looked.settings))
    return off if off & {each.kind for each in ask.signals} else frozenset()


def _asks(tx: Tx, looked: Looked, ask: Ask, number: int) -> Nudge:
    incident, shadow = looked.incident, looked.settings.nudges is Nudges.SHADOW
    nudge = Nudge(
        number,
        ask.rung,
        ask.signals,
        looked.now,
        asked_of=ask.asked_of,
        draw=looked.draw,
        shadow=shadow,
    )
    tx.nudges.put(incident, nudge)
    if not shadow:
        tx.deliveries.plan(nudges_owed.ask(incident, nudge), looked.now)
        if ask.rung is Rung.OUTSIDER:
            tx.groups.asked(incident.workspace, ask.asked_of, looked.now)
    return nudge


def _tell_people(tx: Tx, looked: Looked) -> None:
    """What is for one person alone is said to them alone; nothing of it is kept here."""
    incident = looked.incident
    if looked.settings.nudges is Nudges.SHADOW or incident.quiet:
        return
    for each in looked.begun:
        if each.kind is SignalKind.LONG_HAUL and _wants(tx, incident, each.about):
            tx.deliveries.plan(nudges_owed.alone(incident, each), looked.now)


def _wants(tx: Tx, incident: Incident, person: str) -> bool:
    return tx.attending.attendant(incident.workspace, person).wants is not Wants.ASKED


def _mark(tx: Tx, looked: Looked) -> None:
    """The board marks what holds now, if that is not what it held before."""
    incident = looked.incident
    if looked.settings.nudges is Nudges.SHADOW or not incident.board:
        return
    if incident.state is IncidentState.OPEN and any(
        nudges_owed.is_marked(each) for each in (*looked.begun, *looked.over)
    ):
        newer = replace(incident, version=incident.version + 1)
        tx.incidents.save(incident, Change(newer))
        tx.deliveries.plan(owed.board(newer, looked.now), looked.now)
