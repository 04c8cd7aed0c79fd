"""How what is owed to those who attend is sent: boards that follow, cards, words to one person."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import bot.incidents.ports
from bot.deliveries.model import Delivery, Planned, Policy, Priority, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.incidents import attending_owed, owed, timing_owed
from bot.incidents.attended import Question
from bot.incidents.model import Change, Incident, Investigation, Record, Starter
from bot.incidents.ports import Tx
from bot.incidents.senders import GONE, After, IncidentSender, Send, Subject, board_of, nothing
from bot.incidents.starters import starter_of, untaken
from bot.incidents.summary import CatchUp, catch_up
from bot.workspace.model import Permit, Person, permits

TxT = TypeVar("TxT", bound=Tx)
FindPerson = Callable[[str, str], Awaitable[Person]]


class Messenger(bot.incidents.ports.Messenger, Protocol):
    """What attending needs beyond the rest. Every method raises SendFailed."""

    async def unpin_board(self, incident: Incident, old: str) -> None: ...

    async def link_board(self, incident: Incident) -> None:
        """Have one bookmark of the channel lead to the board."""
        ...

    async def show_card(
        self, incident: Incident, thread: Investigation, starter: Starter | None
    ) -> None:
        """Bring the head of a thread up to date."""
        ...

    async def tell_catch_up(self, told: CatchUp, person: str) -> None:
        """Show somebody who came in where it stands; only they see it."""
        ...

    async def tell_over(self, incident: Incident, person: str) -> None:
        """One direct message to somebody who asked to be told."""
        ...

    async def tell_answer(self, incident: Incident, question: Question) -> None:
        """The answer to whoever asked; only they see it."""
        ...


class AttendingSenders(Generic[TxT]):
    """The table of purposes that belong to attending."""

    def __init__(
        self,
        db: Database[TxT],
        messenger: Messenger,
        now: Callable[[], datetime],
        find_person: FindPerson,
    ) -> None:
        self._db = db
        self._messenger = messenger
        self._now = now
        self._find_person = find_person

    def table(self) -> Mapping[str, Sender[TxT]]:
        """Which sender makes which purpose."""
        return {
            attending_owed.BOARD_AGAIN: self._sender(self._again, _moved),
            attending_owed.BOARD_SHRINK: self._sender(self._shrink),
            attending_owed.BOARD_UNPIN: self._sender(self._unpin),
            attending_owed.BOARD_LINK: self._sender(self._link),
            attending_owed.CARD: self._sender(self._card),
            attending_owed.CATCH_UP: self._sender(self._catch_up),
            attending_owed.OVER: self._sender(self._over),
            attending_owed.ANSWER: self._sender(self._answer),
        }

    def _sender(self, send: Send, after: After = nothing) -> IncidentSender[TxT]:
        return IncidentSender(self._db, self._messenger, send, after)

    async def _again(self, incident: Incident, delivery: Delivery) -> Sent:
        now = self._now()
        shown = await self._db.read(lambda tx: board_of(tx, incident, now))
        return Sent(await self._messenger.post_board(shown, delivery.key), incident.version)

    async def _shrink(self, incident: Incident, delivery: Delivery) -> Sent:
        old = Subject.of(delivery).rest[0]
        await self._messenger.shrink_board(incident, old)
        return Sent(old)

    async def _unpin(self, incident: Incident, delivery: Delivery) -> Sent:
        old = Subject.of(delivery).rest[0]
        await self._messenger.unpin_board(incident, old)
        return Sent(old)

    async def _link(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.link_board(incident)
        return Sent(incident.board)

    async def _card(self, incident: Incident, delivery: Delivery) -> Sent:
        thread = incident.investigation(int(Subject.of(delivery).rest[0]))
        if thread is None or not thread.head:
            raise SendFailed(GONE, permanent=True)
        await self._messenger.show_card(incident, thread, starter_of(thread.hypothesis))
        return Sent(thread.head, incident.version)

    async def _catch_up(self, incident: Incident, delivery: Delivery) -> Sent:
        person, now = Subject.of(delivery).rest[0], self._now()
        if not await self._may_read(incident, person):
            return Sent(person)
        told = await self._db.read(lambda tx: caught_up(tx, incident, now))
        await self._messenger.tell_catch_up(told, person)
        return Sent(person)

    async def _may_read(self, incident: Incident, person: str) -> bool:
        found = await self._find_person(incident.workspace, person)
        return Permit.RECORD in permits(found)

    async def _over(self, incident: Incident, delivery: Delivery) -> Sent:
        person = Subject.of(delivery).rest[0]
        await self._messenger.tell_over(incident, person)
        return Sent(person)

    async def _answer(self, incident: Incident, delivery: Delivery) -> Sent:
        number = int(Subject.of(delivery).rest[0])
        asked = await self._db.read(lambda tx: tx.attending.questions(incident))
        found = [each for each in asked if each.number == number]
        if not found:
            raise SendFailed(GONE, permanent=True)
        await self._messenger.tell_answer(incident, found[0])
        return Sent(found[0].asker)


def caught_up(tx: Tx, incident: Incident, now: datetime) -> CatchUp:
    """Where it stands, in the words of this workspace."""
    record = tx.incidents.record(incident.workspace, incident.id) or Record(incident)
    confirmed = timing_owed.confirmations(tx, incident)
    told = catch_up(record, now, untaken(incident), confirmed)
    settings = tx.settings.get(incident.workspace)
    return replace(told, severity=settings.label_of(incident.severity))


def _moved(tx: Tx, incident: Incident, _delivery: Delivery, sent: Sent, now: datetime) -> None:
    """The board stands at the bottom now: the old one shrinks, pin and bookmark follow."""
    old, after = incident.board, replace(incident, board=sent.ref)
    tx.incidents.save(incident, Change(after))
    shrink = Planned(
        workspace=after.workspace,
        purpose=attending_owed.BOARD_SHRINK,
        subject=owed.subject(after, old),
        due=now,
        lane="edit",
        policy=Policy.STEP,
        priority=Priority.BOARD,
    )
    tx.deliveries.plan(shrink, now)
    unpin = owed.step(after, attending_owed.BOARD_UNPIN, "pin", now, old)
    tx.deliveries.plan(unpin, now)
    tx.deliveries.plan(owed.step(after, owed.BOARD_PIN, "pin", now), now)
    if incident.version > sent.version:
        tx.deliveries.plan(owed.board(after, now), now)
