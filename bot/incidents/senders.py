"""How each send of an incident is made, and what follows from it.

A sender reads what it needs, asks the messenger, and records what came of it in the transaction
that finishes the delivery.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.deliveries.model import Delivery, Planned, Policy, Priority, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.incidents import (
    attending_owed,
    nudges_owed,
    owed,
    signals_owed,
    steering_owed,
    timing_owed,
)
from bot.incidents.board import Board, Mark
from bot.incidents.model import Change, Entry, Incident, Investigation, Kind
from bot.incidents.names import channel_name, next_name
from bot.incidents.ports import Messenger, Tx
from bot.incidents.signals_model import began
from bot.incidents.starters import starter_of, untaken

TxT = TypeVar("TxT", bound=Tx)

# Clocks of two machines differ a little; look for a message from somewhat before the first try.
LOOK_BEFORE = timedelta(minutes=2)
GONE = "incident_gone"
TAKEN = "name_taken"
NAME_TRIES = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """What a delivery is about, read back from the ledger."""

    incident: str
    rest: tuple[str, ...]

    @classmethod
    def of(cls, delivery: Delivery) -> "Subject":
        incident, *rest = delivery.subject.split(owed.SEPARATOR)
        return cls(incident, tuple(rest))


Send = Callable[[Incident, Delivery], Awaitable[Sent]]
After = Callable[[Tx, Incident, Delivery, Sent, datetime], None]


def nothing(_tx: Tx, _incident: Incident, _delivery: Delivery, _sent: Sent, _now: datetime) -> None:
    """Nothing follows."""


class IncidentSender(Generic[TxT]):
    """Sends one purpose of an incident."""

    def __init__(
        self,
        db: Database[TxT],
        messenger: Messenger,
        send: Send,
        after: After = nothing,
        refused: Callable[[Tx, Incident, str, datetime], None] | None = None,
    ) -> None:
        self._db = db
        self._messenger = messenger
        self._send = send
        self._after = after
        self._refused = refused

    async def send(self, delivery: Delivery) -> Sent:
        incident = await self._incident(delivery)
        if incident.channel_lost and delivery.purpose not in steering_owed.ELSEWHERE:
            raise SendFailed(f"channel_{incident.channel_lost}", permanent=True)
        return await self._send(incident, delivery)

    async def find(self, delivery: Delivery) -> Sent | None:
        """Look in the channel, or in the thread the message belongs to."""
        incident = await self._incident(delivery)
        since = (delivery.first_try or delivery.due) - LOOK_BEFORE
        thread = _place_of(incident, delivery)
        found = await self._messenger.find(
            incident.workspace, incident.channel, thread, delivery.key, since
        )
        return None if found is None else Sent(found)

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        """Delete a message that another sender has posted, too."""
        incident = await self._incident(delivery)
        await self._messenger.take_back(incident.workspace, incident.channel, ref)

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        # Locking where nothing follows would take delivery and root in the order opposite to
        # every command's, which is a deadlock on PostgreSQL.
        incident = self._lock(tx, delivery) if self._after is not nothing else None
        if incident is not None:
            self._after(tx, incident, delivery, sent, now)

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        incident = self._lock(tx, delivery) if self._refused is not None else None
        if incident is not None and self._refused is not None:
            self._refused(tx, incident, reason, now)

    def _lock(self, tx: TxT, delivery: Delivery) -> Incident | None:
        return tx.incidents.lock(delivery.workspace, Subject.of(delivery).incident)

    async def _incident(self, delivery: Delivery) -> Incident:
        wanted = Subject.of(delivery).incident
        incident = await self._db.read(lambda tx: tx.incidents.get(delivery.workspace, wanted))
        if incident is None:
            raise SendFailed(GONE, permanent=True)
        return incident


class MarkSender(Generic[TxT]):
    """Marks a message as recorded; it belongs to no incident's row."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    async def send(self, delivery: Delivery) -> Sent:
        channel, message = delivery.subject.split(owed.SEPARATOR)
        await self._messenger.mark(delivery.workspace, channel, message)
        return Sent(message)

    async def find(self, delivery: Delivery) -> Sent | None:  # noqa: ARG002 - marks repeat safely
        return None

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Nothing follows from a mark."""

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """A mark that cannot be set (the message is gone) is no loss: the entry stands."""


def _place_of(incident: Incident, delivery: Delivery) -> str:
    """The Slack thread a delivery is posted in; empty for the channel."""
    if delivery.purpose not in {owed.THREAD_HEAD, owed.THREAD_END}:
        return ""
    return _thread(incident, delivery).slack_thread


def _thread(incident: Incident, delivery: Delivery) -> Investigation:
    thread = incident.investigation(int(Subject.of(delivery).rest[0]))
    if thread is None:
        raise SendFailed(GONE, permanent=True)
    return thread


def board_of(tx: Tx, incident: Incident, now: datetime) -> Board:
    """What the board of an incident shows now."""
    waiting = tx.attending.waiting(incident)
    confirmed = timing_owed.confirmations(tx, incident)
    stops = timing_owed.stops(tx, incident)
    claims = tx.incidents.claims(incident)
    severity = tx.settings.get(incident.workspace).label_of(incident.severity)
    related = tx.relations.related(incident.id)
    marks = nudges_owed.marks(tx, incident)
    return Board(
        incident,
        now,
        claims,
        untaken(incident),
        waiting,
        confirmed,
        stops,
        severity,
        related,
        tx.attending.last_words(incident),
        tx.askings.last_entry(incident, Kind.QUIET) if incident.quiet else None,
        tuple(Mark(each.kind.value, each.investigation, began(each)) for each in marks),
    )


class IncidentSenders(Generic[TxT]):
    """The table of purposes that belong to incidents."""

    def __init__(
        self,
        db: Database[TxT],
        messenger: Messenger,
        now: Callable[[], datetime],
        channel_prefix: Callable[[str], Awaitable[str]],
    ) -> None:
        self._db = db
        self._messenger = messenger
        self._now = now
        self._channel_prefix = channel_prefix

    def table(self) -> Mapping[str, Sender[TxT]]:
        """Which sender makes which purpose."""
        return {
            owed.CHANNEL: self._sender(self._create, _has_channel, _no_channel),
            owed.JOIN: self._sender(self._join, _joined, _no_channel),
            owed.INVITE: self._sender(self._invite),
            owed.TOPIC: self._sender(self._topic),
            owed.BOARD_POST: self._sender(self._post_board, _has_board, _no_board),
            owed.BOARD_PIN: self._sender(self._pin, _pinned),
            owed.BOARD: self._sender(self._show_board),
            owed.THREAD_ROOT: self._sender(self._root, _has_root),
            owed.THREAD_HEAD: self._sender(self._head, _has_head),
            owed.THREAD_END: self._sender(self._ended),
            owed.RESOLVED: self._sender(self._resolved),
            owed.NO_CHANNEL: self._sender(self._tell_no_channel),
            owed.MARK: MarkSender[TxT](self._messenger),
        }

    def _sender(
        self,
        send: Send,
        after: After = nothing,
        refused: Callable[[Tx, Incident, str, datetime], None] | None = None,
    ) -> IncidentSender[TxT]:
        return IncidentSender(self._db, self._messenger, send, after, refused)

    async def _create(self, incident: Incident, _delivery: Delivery) -> Sent:
        prefix = await self._channel_prefix(incident.workspace)
        name = channel_name(prefix, incident.number, incident.title)
        for wanted in (name, *(next_name(name, attempt) for attempt in range(2, NAME_TRIES + 1))):
            channel = await self._make_or_adopt(incident, wanted)
            if channel is not None:
                return Sent(f"{channel}{owed.SEPARATOR}{wanted}")
        raise SendFailed(TAKEN, permanent=True)

    async def _make_or_adopt(self, incident: Incident, name: str) -> str | None:
        """A new channel; or the one we made when the answer was lost; None if the name is taken."""
        try:
            return await self._messenger.create_channel(incident, name)
        except SendFailed as failure:
            if failure.reason != TAKEN:
                raise
        workspace = incident.workspace
        ours = await self._messenger.own_channel(workspace, name)
        if ours is None:
            return None
        owner = await self._db.read(lambda tx: tx.incidents.id_of_channel(workspace, ours))
        return ours if owner is None else None

    async def _join(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.join(incident)
        return Sent(incident.channel)

    async def _invite(self, incident: Incident, delivery: Delivery) -> Sent:
        person = Subject.of(delivery).rest[0]
        await self._messenger.invite(incident, person)
        return Sent(person)

    async def _topic(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.set_topic(incident)
        return Sent(incident.channel)

    async def _board(self, incident: Incident) -> Board:
        now = self._now()
        return await self._db.read(lambda tx: board_of(tx, incident, now))

    async def _post_board(self, incident: Incident, delivery: Delivery) -> Sent:
        board = await self._board(incident)
        return Sent(await self._messenger.post_board(board, delivery.key), incident.version)

    async def _show_board(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.show_board(await self._board(incident))
        await self._not_the_old_one(incident)
        return Sent(incident.board, incident.version)

    async def _not_the_old_one(self, shown: Incident) -> None:
        """If the board was posted again meanwhile, we filled the one that had been shrunk."""
        where = (shown.workspace, shown.id)
        now = await self._db.read(lambda tx: tx.incidents.get(*where))
        if now is not None and now.board != shown.board:
            await self._messenger.shrink_board(now, shown.board)

    async def _pin(self, incident: Incident, _delivery: Delivery) -> Sent:
        await self._messenger.pin_board(incident)
        return Sent(incident.board)

    async def _root(self, incident: Incident, delivery: Delivery) -> Sent:
        thread = _thread(incident, delivery)
        return Sent(await self._messenger.open_thread(incident, thread, delivery.key))

    async def _head(self, incident: Incident, delivery: Delivery) -> Sent:
        thread = _thread(incident, delivery)
        starter = starter_of(thread.hypothesis)
        posted = await self._messenger.post_head(incident, thread, starter, delivery.key)
        return Sent(posted, incident.version)

    async def _ended(self, incident: Incident, delivery: Delivery) -> Sent:
        thread = _thread(incident, delivery)
        return Sent(await self._messenger.announce_end(incident, thread, delivery.key))

    async def _resolved(self, incident: Incident, delivery: Delivery) -> Sent:
        entry = await self._entry(incident, delivery)
        return Sent(await self._messenger.announce_resolved(incident, entry, delivery.key))

    async def _tell_no_channel(self, incident: Incident, delivery: Delivery) -> Sent:
        await self._messenger.tell_no_channel(incident, Subject.of(delivery).rest[0])
        return Sent(incident.declared_by)

    async def _entry(self, incident: Incident, delivery: Delivery) -> Entry:
        seq = int(Subject.of(delivery).rest[-1])
        entry = await self._db.read(lambda tx: tx.incidents.entry(incident, seq))
        if entry is None:
            raise SendFailed(GONE, permanent=True)
        return entry


# -- what follows, in the transaction that finishes the delivery ---------------------------------


def _has_channel(
    tx: Tx, incident: Incident, _delivery: Delivery, sent: Sent, now: datetime
) -> None:
    channel, name = sent.ref.split(owed.SEPARATOR)
    after = replace(incident, channel=channel, channel_name=name)
    tx.incidents.save(incident, Change(after))
    tx.members.joined(after.id, after.declared_by, now)
    for planned in (
        *owed.channel_ready(after, now),
        *steering_owed.announcement(tx, after, now),
    ):
        tx.deliveries.plan(planned, now)


def _joined(tx: Tx, incident: Incident, _delivery: Delivery, _sent: Sent, now: datetime) -> None:
    for planned in (*owed.channel_ready(incident, now), steering_owed.members(incident, now)):
        tx.deliveries.plan(planned, now)


def _has_board(tx: Tx, incident: Incident, _delivery: Delivery, sent: Sent, now: datetime) -> None:
    after = replace(incident, board=sent.ref)
    tx.incidents.save(incident, Change(after))
    tx.attending.board_stands(after, now)
    tx.deliveries.plan(owed.step(after, owed.BOARD_PIN, "pin", now), now)
    tx.deliveries.plan(timing_owed.silence_begins(tx, after, now), now)
    tx.deliveries.plan(signals_owed.look(after, now), now)
    if incident.version > sent.version:
        tx.deliveries.plan(owed.board(after, now), now)


def _pinned(tx: Tx, incident: Incident, _delivery: Delivery, _sent: Sent, now: datetime) -> None:
    tx.deliveries.plan(owed.step(incident, attending_owed.BOARD_LINK, "bookmark", now), now)


def _has_head(tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime) -> None:
    thread = _thread(incident, delivery)
    headed = replace(thread, head=sent.ref)
    threads = tuple(headed if each == thread else each for each in incident.investigations)
    after = replace(incident, investigations=threads)
    tx.incidents.save(incident, Change(after))
    if incident.version > sent.version:
        tx.deliveries.plan(attending_owed.card(after, headed, now), now)


def _has_root(tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime) -> None:
    thread = _thread(incident, delivery)
    moved = replace(thread, slack_thread=sent.ref)
    threads = tuple(moved if each == thread else each for each in incident.investigations)
    tx.incidents.save(incident, Change(replace(incident, investigations=threads)))
    tx.deliveries.plan(owed.post(incident, owed.THREAD_HEAD, now, thread.number), now)


def _no_board(tx: Tx, incident: Incident, reason: str, now: datetime) -> None:
    """In a private channel that was adopted, only posting shows that we were never invited."""
    if incident.adopted:
        _no_channel(tx, incident, reason, now)


def _no_channel(tx: Tx, incident: Incident, reason: str, now: datetime) -> None:
    """Nobody waits for a channel that will not come: the declarer is told, once."""
    told = Planned(
        workspace=incident.workspace,
        purpose=owed.NO_CHANNEL,
        subject=owed.subject(incident, reason),
        due=now,
        lane="whisper",
        policy=Policy.AT_MOST_ONCE,
        priority=Priority.INCIDENT,
    )
    tx.deliveries.plan(told, now)
