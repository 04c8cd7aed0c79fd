"""What steering owes to people: lines somebody asked for, an announcement, a private look."""

from collections.abc import Iterator
from datetime import datetime

from bot.deliveries.model import Planned
from bot.incidents import owed
from bot.incidents.model import Incident
from bot.incidents.ports import Tx

UPDATE = "incident.update"
STEP_BACK = "incident.step_back"
STEP_BACK_NAMES = "incident.step_back_names"
HANDOVER = "incident.handover"
MERGED = "incident.merged"
ANNOUNCE = "incident.announce"
MEMBERS = "incident.members"
# These do not need the incident's own channel.
ELSEWHERE = frozenset({ANNOUNCE, owed.NO_CHANNEL, owed.JOIN})


def announcement(tx: Tx, incident: Incident, now: datetime) -> Iterator[Planned]:
    """A new incident is announced where that was chosen; a private one never is."""
    where = tx.settings.get(incident.workspace).announce_channel
    if where and not incident.private:
        yield Planned(
            workspace=incident.workspace,
            purpose=ANNOUNCE,
            subject=owed.subject(incident, where),
            due=now,
            lane=f"post:{where}",
        )


def names(incident: Incident, now: datetime, seq: int) -> Planned:
    """Who is on no thread: for the commander's eyes."""
    return owed.whisper(incident, STEP_BACK_NAMES, now, seq)


def members(incident: Incident, now: datetime) -> Planned:
    """Who was in the channel before we were: Slack has to be asked."""
    return owed.step(incident, MEMBERS, "invite", now)
