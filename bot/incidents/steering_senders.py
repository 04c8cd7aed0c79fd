"""How what steering owes is sent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import bot.incidents.ports
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.incidents import steering_owed
from bot.incidents.model import Entry, Incident, Record
from bot.incidents.ports import Tx
from bot.incidents.senders import GONE, LOOK_BEFORE, After, IncidentSender, Send, Subject, nothing
from bot.incidents.steering import look_back
from bot.incidents.summary import Handover, StepBack, handover

TxT = TypeVar("TxT", bound=Tx)


class Messenger(bot.incidents.ports.Messenger, Protocol):
    """What steering needs beyond the rest. Every method raises SendFailed."""

    async def post_update(self, incident: Incident, entry: Entry, key: str) -> str: ...

    async def announce_merged(self, incident: Incident, into: Incident, key: str) -> str:
        """Say in the channel that is left where it goes on."""
        ...

    async def post_step_back(self, told: StepBack, key: str) -> str:
        """The look from further off, with people counted."""
        ...

    async def tell_step_back(self, told: StepBack) -> None:
        """The same with names, for the commander alone."""
        ...

    async def post_handover(self, told: Handover, key: str) -> str: ...

    async def announce(self, incident: Incident, where: str, key: str) -> str:
        """Tell a channel that was chosen for it that there is an incident."""
        ...

    async def members(self, incident: Incident) -> tuple[str, ...]:
        """Who is in the channel."""
        ...


class SteeringSenders(Generic[TxT]):
    """The table of purposes that belong to steering."""

    def __init__(
        self, db: Database[TxT], messenger: Messenger, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._messenger = messenger
        self._now = now

    def table(self) -> Mapping[str, Sender[TxT]]:
        """Which sender makes which purpose."""
        return {
            steering_owed.UPDATE: self._sender(self._update),
            steering_owed.MERGED: self._sender(self._merged),
            steering_owed.STEP_BACK: self._sender(self._step_back),
            steering_owed.STEP_BACK_NAMES: self._sender(self._names),
            steering_owed.HANDOVER: self._sender(self._handover),
            steering_owed.MEMBERS: self._sender(self._members, _are_members),
            steering_owed.ANNOUNCE: Announcing(self._db, self._messenger, self._announce),
        }

    def _sender(self, send: Send, after: After = nothing) -> IncidentSender[TxT]:
        return IncidentSender(self._db, self._messenger, send, after)

    async def _update(self, incident: Incident, delivery: Delivery) -> Sent:
        entry = await self._entry(incident, delivery)
        return Sent(await self._messenger.post_update(incident, entry, delivery.key))

    async def _merged(self, incident: Incident, delivery: Delivery) -> Sent:
        other = Subject.of(delivery).rest[0]
        into = await self._db.read(lambda tx: tx.incidents.get(incident.workspace, other))
        if into is None:
            raise SendFailed(GONE, permanent=True)
        return Sent(await self._messenger.announce_merged(incident, into, delivery.key))

    async def _look(self, incident: Incident) -> StepBack:
        now = self._now()
        told = await self._db.read(lambda tx: look_back(tx, incident, now))
        if told is None:
            raise SendFailed(GONE, permanent=True)
        return told

    async def _step_back(self, incident: Incident, delivery: Delivery) -> Sent:
        told = await self._look(incident)
        return Sent(await self._messenger.post_step_back(told, delivery.key))

    async def _names(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.tell_step_back(await self._look(incident))
        return Sent(incident.commander)

    async def _handover(self, incident: Incident, delivery: Delivery) -> Sent:
        told = handover(await self._record(incident), self._now())
        settings = await self._db.read(lambda tx: tx.settings.get(incident.workspace))
        told = replace(told, severity=settings.label_of(incident.severity))
        return Sent(await self._messenger.post_handover(told, delivery.key))

    async def _announce(self, incident: Incident, delivery: Delivery) -> Sent:
        if incident.private:  # made so since it was planned
            raise SendFailed("private_by_now", permanent=True)
        where = Subject.of(delivery).rest[0]
        return Sent(await self._messenger.announce(incident, where, delivery.key))

    async def _members(self, incident: Incident, _delivery: Delivery) -> Sent:
        return Sent(",".join(await self._messenger.members(incident)))

    async def _record(self, incident: Incident) -> Record:
        found = await self._db.read(lambda tx: tx.incidents.record(incident.workspace, incident.id))
        if found is None:
            raise SendFailed(GONE, permanent=True)
        return found

    async def _entry(self, incident: Incident, delivery: Delivery) -> Entry:
        seq = int(Subject.of(delivery).rest[-1])
        entry = await self._db.read(lambda tx: tx.incidents.entry(incident, seq))
        if entry is None:
            raise SendFailed(GONE, permanent=True)
        return entry


class Announcing(IncidentSender[TxT]):
    """An announcement is posted, and looked for, in another channel than the incident's."""

    async def find(self, delivery: Delivery) -> Sent | None:
        where = Subject.of(delivery).rest[0]
        since = (delivery.first_try or delivery.due) - LOOK_BEFORE
        found = await self._messenger.find(delivery.workspace, where, "", delivery.key, since)
        return None if found is None else Sent(found)

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        where = Subject.of(delivery).rest[0]
        await self._messenger.take_back(delivery.workspace, where, ref)


def _are_members(
    tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, _now: datetime
) -> None:
    for person in filter(None, sent.ref.split(",")):
        tx.members.joined(incident.id, person, delivery.due)
