"""How questions that signals made are asked, and how they say what became of them.

Between deciding and sending the world moves on: each looks first whether its question still makes
sense, and otherwise asks nobody.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.incidents import nudges_owed, owed, signals_owed, signals_timers
from bot.incidents.model import Incident, IncidentState
from bot.incidents.nudges import lasts, replaced
from bot.incidents.nudges_model import Asked, Nudge, NudgeOutcome, Rung, find
from bot.incidents.nudging import NudgeMessenger
from bot.incidents.ports import Tx
from bot.incidents.senders import GONE, After, IncidentSender, Send, Subject, nothing
from bot.incidents.signals_model import SignalKind
from bot.workspace.model import Permit, permits

TxT = TypeVar("TxT", bound=Tx)
NOTHING = Sent("")


class NudgeSenders(Generic[TxT]):
    """The table of purposes that belong to nudging, and the looks that decide on them."""

    def __init__(
        self,
        db: Database[TxT],
        messenger: NudgeMessenger,
        draws: Draws,
    ) -> None:
        self._db = db
        self._messenger = messenger
        self._draws = draws

    def table(self) -> Mapping[str, Sender[TxT]]:
        """Which sender makes which purpose."""
        return {
            signals_owed.LOOK: self._sender(self._look, signals_timers.look),
            nudges_owed.CARD: self._sender(self._card, _was_asked),
            nudges_owed.COMMANDER: self._sender(self._one, _was_asked),
            nudges_owed.OUTSIDER: self._sender(self._one, _was_asked),
            nudges_owed.PERSON: self._sender(self._person),
            nudges_owed.RECRUIT: self._sender(self._recruit),
            nudges_owed.SHRINK: self._sender(self._shrink),
        }

    def _sender(self, send: Send, after: After = nothing) -> IncidentSender[TxT]:
        return IncidentSender(self._db, self._messenger, send, after)

    async def _look(self, _incident: Incident, _delivery: Delivery) -> Sent:
        return signals_timers.drawn(self._draws.uniform(0.0, 1.0))

    async def _card(self, incident: Incident, delivery: Delivery) -> Sent:
        asked = await self._asked(incident, delivery)
        if not await self._makes_sense(asked):
            return NOTHING
        return Sent(await self._messenger.post_card(asked, delivery.key))

    async def _one(self, incident: Incident, delivery: Delivery) -> Sent:
        asked = await self._asked(incident, delivery)
        if not await self._makes_sense(asked):
            return NOTHING
        return Sent(owed.SEPARATOR.join(await self._messenger.ask_one(asked)))

    async def _person(self, incident: Incident, delivery: Delivery) -> Sent:
        person = Subject.of(delivery).rest[0]
        seen = await self._db.read(lambda tx: tx.signals.signals(incident))
        found = [
            each.signal
            for each in seen
            if (each.signal.kind, each.signal.about) == (SignalKind.LONG_HAUL, person)
            and each.over_at is None
        ]
        if not found or not _asks(incident) or not await self._may_hear(incident, person):
            return NOTHING
        await self._messenger.ask_long_haul(incident, person, found[-1])
        return NOTHING

    async def _may_hear(self, incident: Incident, person: str) -> bool:
        found = await self._db.read(lambda tx: tx.workspace.person(incident.workspace, person))
        return found is not None and Permit.SEE in permits(found)

    async def _recruit(self, incident: Incident, delivery: Delivery) -> Sent:
        _, person, by = Subject.of(delivery).rest
        if incident.state is not IncidentState.OPEN:
            return NOTHING
        asked = await self._asked(incident, delivery)
        await self._messenger.tell_recruited(asked, person, by)
        return NOTHING

    async def _shrink(self, incident: Incident, delivery: Delivery) -> Sent:
        asked = await self._asked(incident, delivery)
        if asked.nudge.message:
            await self._messenger.show_nudge(asked)
        return Sent(asked.nudge.message, asked.nudge.version)

    # -- looking up ----------------------------------------------------------------------------

    async def _asked(self, incident: Incident, delivery: Delivery) -> Asked:
        number = int(Subject.of(delivery).rest[0])
        found = await self._db.read(lambda tx: nudges_owed.shown(tx, incident, number))
        if found is None:
            raise SendFailed(GONE, permanent=True)
        return found

    async def _makes_sense(self, asked: Asked) -> bool:
        return await self._db.read(lambda tx: makes_sense(tx, asked))


def makes_sense(tx: Tx, asked: Asked) -> bool:
    """Whether it is still to be asked, of that person, about something that holds."""
    incident, nudge = asked.incident, asked.nudge
    if not _asks(incident) or not nudge.stands or not _still_theirs(tx, incident, nudge):
        return False
    seen = tx.signals.signals(incident)
    held = {each.signal.key: each.signal for each in seen if each.over_at is None}
    return any(lasts(each, nudge, held) for each in nudge.signals)


def _asks(incident: Incident) -> bool:
    return incident.state is IncidentState.OPEN and not incident.quiet


def _still_theirs(tx: Tx, incident: Incident, nudge: Nudge) -> bool:
    if nudge.rung is Rung.COMMANDER:
        return incident.commander == nudge.asked_of
    if nudge.rung is Rung.OUTSIDER:
        willing = tx.groups.is_willing(incident.workspace, nudge.asked_of)
        return willing is not None and not incident.private
    return True


# -- what follows, in the transaction that finishes the delivery ---------------------------------


def _was_asked(tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime) -> None:
    """It stands there now, and what stood on the same rung before it shrinks."""
    nudges = tx.nudges.nudges(incident)
    nudge = find(nudges, int(Subject.of(delivery).rest[0]))
    if nudge is None:
        return
    if not sent.ref:
        if nudge.stands:  # it was asked of nobody
            tx.nudges.put(incident, nudge.changed(outcome=NudgeOutcome.OVER))
        return
    channel, _, message = sent.ref.rpartition(owed.SEPARATOR)
    posted = replace(nudge, channel=channel, message=message)
    tx.nudges.put(incident, posted)
    if not posted.stands:  # it was over before it was there
        tx.deliveries.plan(nudges_owed.shrink(incident, posted), now)
    for each in replaced(nudges, posted):
        nudges_owed.keep(tx, incident, each, now)
