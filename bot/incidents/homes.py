"""What somebody has to do with, across incidents: the app's own tab. Private ones for members."""

from dataclasses import dataclass
from datetime import datetime

from bot.incidents.attended import Attendant
from bot.incidents.model import Action, Incident, Investigation
from bot.incidents.ports import Tx
from bot.workspace.model import Permit, Person, permits

LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Home:
    """Open incidents, newest first: those one has a part in, one's threads, and the others.

    late: what one said one would decide or finish by a time that has passed. questions: how many
    wait in each of one's incidents.
    """

    at: datetime
    me: Attendant
    mine: tuple[Incident, ...] = ()
    threads: tuple[tuple[Incident, Investigation], ...] = ()
    late: tuple[tuple[Incident, Investigation | Action], ...] = ()
    questions: tuple[tuple[Incident, int], ...] = ()
    others: tuple[Incident, ...] = ()


def may_see(tx: Tx, incident: Incident, person: Person, channel: str = "") -> bool:
    """A private incident exists only for those who are in its channel.

    For guests and people of another organisation every one does: they know of the channels they
    are in, and of nothing else.
    """
    if Permit.DECLARE in permits(person) and not incident.private:
        return True
    here = bool(channel) and channel == incident.channel
    return here or tx.members.is_member(incident.id, person.id)


def home_of(tx: Tx, workspace: str, person: Person, now: datetime) -> Home:
    """Everything there is for one person."""
    me = tx.attending.attendant(workspace, person.id)
    if Permit.RECORD not in permits(person):
        return Home(now, me)
    known = [each for each in tx.incidents.open_ones(workspace) if may_see(tx, each, person)]
    looked_at = [tx.incidents.get(workspace, each.id) or each for each in known[:LOOKED_AT]]
    mine = [each for each in looked_at if _has_part(tx, each, person.id)]
    ids = {each.id for each in mine}
    asked = [(each, tx.attending.waiting(each)) for each in mine]
    return Home(
        now,
        me,
        tuple(mine),
        tuple((each, thread) for each in mine for thread in _owned(each, person.id)),
        tuple((each, what) for each in mine for what in _late(each, person.id, now)),
        tuple((each, count) for each, count in asked if count),
        tuple(each for each in known if each.id not in ids),
    )


def _has_part(tx: Tx, incident: Incident, person: str) -> bool:
    if person in {incident.commander, incident.declared_by} or _owned(incident, person):
        return True
    return tx.members.is_member(incident.id, person)


def _owned(incident: Incident, person: str) -> tuple[Investigation, ...]:
    return tuple(each for each in incident.open_investigations() if each.owner == person)


def _late(incident: Incident, person: str, now: datetime) -> tuple[Investigation | Action, ...]:
    threads = [each for each in _owned(incident, person) if each.timebox and each.timebox < now]
    running = [
        each for each in incident.running if each.actor == person and each.by and each.by < now
    ]
    return (*running, *threads)
