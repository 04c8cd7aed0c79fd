"""How the questions of time are asked, and what the timers do when they are due.

Between planning and sending the world moves on, so each looks first whether its question still
makes sense, and otherwise sends nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import bot.incidents.ports
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.incidents import nudges_owed, owed, timing_owed
from bot.incidents import timing_timers as timers
from bot.incidents.asked import Asking, last_seen
from bot.incidents.destructive import HostCheck, compare_hosts, host_written
from bot.incidents.model import Action, Claim, Entry, Incident, IncidentState, Kind
from bot.incidents.ports import Tx
from bot.incidents.senders import GONE, LOOK_BEFORE, After, IncidentSender, Subject, nothing
from bot.incidents.silence import Answer
from bot.incidents.timing_rules import place_of
from bot.incidents.timing_timers import may_command

TxT = TypeVar("TxT", bound=Tx)

AROUND = timedelta(minutes=30)
NOTHING = Sent("")
PRIVATE = "-"  # asked of one person alone: there is no message to find again


class Asker(bot.incidents.ports.Messenger, Protocol):
    """What timing needs beyond the rest. Every method raises SendFailed.

    place: the Slack thread; empty where there is none, and then only whoever acts is asked.
    """

    async def ask_outcome(self, incident: Incident, action: Action, place: str, key: str) -> str:
        """The time of an action is up."""
        ...

    async def ask_host(
        self, incident: Incident, action: Action, second: str, place: str, key: str
    ) -> str:
        """What can't be undone is being done; `second` could look along."""
        ...

    async def compare(self, incident: Incident, check: HostCheck, place: str, key: str) -> str: ...

    async def ask_to_look(
        self, incident: Incident, action: Action, entry: Entry, place: str, key: str
    ) -> str:
        """Under the asker's name, in the Slack thread; nobody is paged."""
        ...

    async def ask_to_look_privately(
        self, incident: Incident, action: Action, entry: Entry, place: str
    ) -> None: ...

    async def read_back(self, incident: Incident, unknown: Claim, known: Claim) -> None:
        """To whoever said unknown."""
        ...

    async def ask_back(self, incident: Incident, entry: Entry, stamp: str, key: str) -> str: ...

    async def announce_reopened(self, incident: Incident, entry: Entry, key: str) -> str: ...

    async def ask_commander(self, incident: Incident, minutes: int) -> None: ...

    async def offer_command(
        self, incident: Incident, person: str, minutes: int, *, wanted: bool
    ) -> None: ...

    async def announce_takeover(self, incident: Incident, asking: Asking, key: str) -> str: ...

    async def shrink(
        self, incident: Incident, asking: Asking, action: Action | None, entry: Entry | None
    ) -> None:
        """A question becomes one line that says what became of it."""
        ...


Place = Callable[[Incident, Delivery], Awaitable[str]]


class AskingSender(IncidentSender[TxT]):
    """An incident's sender whose messages may lie in a Slack thread."""

    def __init__(
        self,
        db: Database[TxT],
        messenger: Asker,
        send: Callable[[Incident, Delivery], Awaitable[Sent]],
        after: After,
        place: Place,
    ) -> None:
        super().__init__(db, messenger, send, after)
        self._place = place

    async def find(self, delivery: Delivery) -> Sent | None:
        incident = await self._incident(delivery)
        since = (delivery.first_try or delivery.due) - LOOK_BEFORE
        place = await self._place(incident, delivery)
        where = (incident.workspace, incident.channel, place)
        found = await self._messenger.find(*where, delivery.key, since)
        return None if found is None else Sent(found)


class TimingSenders(Generic[TxT]):
    """The table of purposes that belong to timing."""

    def __init__(self, db: Database[TxT], messenger: Asker, now: Callable[[], datetime]) -> None:
        self._db = db
        self._messenger = messenger
        self._now = now

    def table(self) -> Mapping[str, Sender[TxT]]:
        """Which sender makes which purpose."""
        return {
            timing_owed.ASSUME: self._timer(timers.assume),
            timing_owed.QUIET: self._timer(timers.quiet),
            timing_owed.SILENCE: self._timer(timers.silence),
            timing_owed.OUTCOME: self._asking(self._ask_outcome, _has_asked, self._at_action),
            timing_owed.HOST: self._asking(self._ask_host, _has_asked_host, self._at_action),
            timing_owed.COMPARED: self._asking(self._compare, nothing, self._at_action),
            timing_owed.LOOK: self._asking(self._look, _looks, self._at_action),
            timing_owed.LOOK_PRIVATELY: self._asking(self._look_privately),
            timing_owed.READBACK: self._asking(self._read_back, _has_read_back),
            timing_owed.BACK: self._asking(self._ask_back, _has_asked_back),
            timing_owed.REOPENED: self._asking(self._reopened),
            timing_owed.SILENCE_ASK: self._asking(self._ask_commander),
            timing_owed.SILENCE_OFFER: self._asking(self._offer),
            timing_owed.SHRINK: self._asking(self._shrink),
            owed.UNSAFE: self._asking(self._unsafe, _has_stopped),
            owed.COMMAND: self._asking(self._command, _has_taken_over),
        }

    def _asking(
        self,
        send: Callable[[Incident, Delivery], Awaitable[Sent]],
        after: After = nothing,
        place: Place | None = None,
    ) -> AskingSender[TxT]:
        return AskingSender(self._db, self._messenger, send, after, place or _in_the_channel)

    def _timer(self, fire: After) -> IncidentSender[TxT]:
        return IncidentSender(self._db, self._messenger, _sends_nothing, fire)

    # -- looking up ----------------------------------------------------------------------------

    async def _action(self, incident: Incident, delivery: Delivery) -> Action:
        number = int(Subject.of(delivery).rest[0])
        found = await self._db.read(lambda tx: tx.askings.action(incident, number))
        if found is None:
            raise SendFailed(GONE, permanent=True)
        return found

    async def _entry(self, incident: Incident, seq: str) -> Entry:
        found = await self._db.read(lambda tx: tx.incidents.entry(incident, int(seq)))
        if found is None:
            raise SendFailed(GONE, permanent=True)
        return found

    async def _at_action(self, incident: Incident, delivery: Delivery) -> str:
        action = await self._action(incident, delivery)
        place = place_of(incident, action)
        if not place and action.investigation is not None:
            raise SendFailed("thread_not_posted_yet")
        return place

    # -- sending -------------------------------------------------------------------------------

    async def _ask_outcome(self, incident: Incident, delivery: Delivery) -> Sent:
        action = await self._action(incident, delivery)
        running = any(each.number == action.number for each in incident.running)
        if not running or action.by != delivery.due or incident.state is IncidentState.CLOSED:
            return NOTHING
        place = await self._at_action(incident, delivery)
        asked = await self._messenger.ask_outcome(incident, action, place, delivery.key)
        return Sent(asked or PRIVATE)

    async def _ask_host(self, incident: Incident, delivery: Delivery) -> Sent:
        action = await self._action(incident, delivery)
        if await self._db.read(lambda tx: _was_asked(tx, incident, delivery)):
            return NOTHING  # edited twice before the first question went
        place = await self._at_action(incident, delivery)
        now = self._now()
        second = await self._db.read(lambda tx: _second(tx, incident, action, now))
        asked = await self._messenger.ask_host(incident, action, second, place, delivery.key)
        return Sent(asked or PRIVATE)

    async def _compare(self, incident: Incident, delivery: Delivery) -> Sent:
        action = await self._action(incident, delivery)
        entry = await self._entry(incident, Subject.of(delivery).rest[1])
        place = await self._at_action(incident, delivery)
        check = compare_hosts(host_written(f"{action.text}\n{action.result}"), f"`{entry.text}`")
        return Sent(await self._messenger.compare(incident, check, place, delivery.key))

    async def _look(self, incident: Incident, delivery: Delivery) -> Sent:
        action = await self._action(incident, delivery)
        entry = await self._entry(incident, Subject.of(delivery).rest[1])
        place = await self._at_action(incident, delivery)
        if not place:
            return NOTHING
        key = delivery.key
        return Sent(await self._messenger.ask_to_look(incident, action, entry, place, key))

    async def _look_privately(self, incident: Incident, delivery: Delivery) -> Sent:
        action = await self._action(incident, delivery)
        entry = await self._entry(incident, Subject.of(delivery).rest[1])
        place = await self._at_action(incident, delivery)
        await self._messenger.ask_to_look_privately(incident, action, entry, place)
        return Sent(entry.person or "")

    async def _read_back(self, incident: Incident, delivery: Delivery) -> Sent:
        unknown, known = map(int, Subject.of(delivery).rest)
        said = await self._db.read(lambda tx: tx.incidents.claims(incident))
        claims = {each.number: each for each in said}
        both = claims.get(unknown), claims.get(known)
        # Withdrawn or reworded meanwhile: there is nothing left to read back.
        if both[0] is None or both[1] is None or both[0].kind is not Kind.UNKNOWN:
            return NOTHING
        await self._messenger.read_back(incident, both[0], both[1])
        return Sent(both[0].actor)

    async def _ask_back(self, incident: Incident, delivery: Delivery) -> Sent:
        since = incident.clocks.resolved
        if incident.state is not IncidentState.RESOLVED or since != delivery.due:
            return NOTHING
        seen = await self._db.read(
            lambda tx: tx.askings.first_entry(incident, Kind.SEEING, delivery.due)
        )
        if seen is None:
            return NOTHING
        stamp = timing_owed.resolved_at(incident)
        return Sent(await self._messenger.ask_back(incident, seen, stamp, delivery.key))

    async def _reopened(self, incident: Incident, delivery: Delivery) -> Sent:
        entry = await self._entry(incident, Subject.of(delivery).rest[0])
        return Sent(await self._messenger.announce_reopened(incident, entry, delivery.key))

    async def _unsafe(self, incident: Incident, delivery: Delivery) -> Sent:
        entry = await self._entry(incident, Subject.of(delivery).rest[0])
        return Sent(await self._messenger.announce_unsafe(incident, entry, delivery.key))

    async def _command(self, incident: Incident, delivery: Delivery) -> Sent:
        about, commander = Subject.of(delivery).rest
        if incident.commander != commander:
            raise SendFailed("superseded", permanent=True)  # somebody else took it meanwhile
        asking = await self._db.read(
            lambda tx: tx.askings.asking(incident, timing_owed.TAKEN_OVER, about)
        )
        if asking is None:
            return Sent(await self._messenger.announce_command(incident, delivery.key))
        return Sent(await self._messenger.announce_takeover(incident, asking, delivery.key))

    async def _ask_commander(self, incident: Incident, delivery: Delivery) -> Sent:
        person, minutes = Subject.of(delivery).rest
        if incident.commander != person or incident.state is not IncidentState.OPEN:
            return NOTHING
        await self._messenger.ask_commander(incident, int(minutes))
        return Sent(person)

    async def _offer(self, incident: Incident, delivery: Delivery) -> Sent:
        person, commander, minutes, wanted = Subject.of(delivery).rest
        if incident.commander != commander or incident.state is not IncidentState.OPEN:
            return NOTHING
        asked_for = wanted == Answer.TAKE_OVER
        await self._messenger.offer_command(incident, person, int(minutes), wanted=asked_for)
        return Sent(person)

    async def _shrink(self, incident: Incident, delivery: Delivery) -> Sent:
        purpose, about, _ = Subject.of(delivery).rest
        asking = await self._db.read(lambda tx: tx.askings.asking(incident, purpose, about))
        if asking is None or asking.waits:
            return NOTHING
        shown = replace(asking, message=Subject.of(delivery).rest[2])
        action, entry = await self._about(incident, shown)
        await self._messenger.shrink(incident, shown, action, entry)
        return Sent(shown.message, incident.version)

    async def _about(
        self, incident: Incident, asking: Asking
    ) -> tuple[Action | None, Entry | None]:
        """The action or the entry that a question is about."""
        if not asking.about.isdecimal():
            return None, None
        number = int(asking.about)
        if asking.purpose == owed.UNSAFE:
            return None, await self._entry(incident, asking.about)
        return await self._db.read(lambda tx: tx.askings.action(incident, number)), None


async def _sends_nothing(_incident: Incident, _delivery: Delivery) -> Sent:
    return NOTHING


async def _in_the_channel(_incident: Incident, _delivery: Delivery) -> str:
    return ""


def _was_asked(tx: Tx, incident: Incident, delivery: Delivery) -> bool:
    about = Subject.of(delivery).rest[0]
    return tx.askings.asking(incident, delivery.purpose, about) is not None


def _second(tx: Tx, incident: Incident, action: Action, now: datetime) -> str:
    """Who could look along: whoever commands if they are about, else who was active last."""
    around = {
        person: at
        for person, at in last_seen(tx.activity.activity(incident)).items()
        if person != action.actor and now - at < AROUND and may_command(tx, incident, person)
    }
    if incident.commander in around:
        return incident.commander
    return max(around, key=lambda each: (around[each], each), default="")


# -- what follows, in the transaction that finishes the delivery ---------------------------------


def _has_asked(tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime) -> None:
    if sent.ref:
        about = Subject.of(delivery).rest[0]
        message = "" if sent.ref == PRIVATE else sent.ref
        tx.askings.put(incident, Asking(delivery.purpose, about, now, message=message))


def _has_asked_host(
    tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime
) -> None:
    """That was the question about what can't be undone: nobody asks another."""
    _has_asked(tx, incident, delivery, sent, now)
    action = tx.askings.action(incident, int(Subject.of(delivery).rest[0]))
    if sent.ref and action is not None:
        message = "" if sent.ref == PRIVATE else sent.ref
        nudges_owed.in_place(tx, incident, action, message, now)


def _has_stopped(tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime) -> None:
    """The stop sign is on the board since it was said; only now there is a message to shrink."""
    asking = tx.askings.asking(incident, owed.UNSAFE, Subject.of(delivery).rest[0])
    if asking is None:
        return
    posted = replace(asking, message=sent.ref)
    tx.askings.put(incident, posted)
    if not posted.waits:
        tx.deliveries.plan(timing_owed.shrink(incident, posted), now)


def _has_asked_back(
    tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime
) -> None:
    if sent.ref:
        about = f"{delivery.due:%Y%m%dT%H%M%S}"
        tx.askings.put(incident, Asking(timing_owed.BACK, about, now, message=sent.ref))


def _has_read_back(
    tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, now: datetime
) -> None:
    if sent.ref:
        about = "-".join(Subject.of(delivery).rest)
        tx.askings.put(incident, Asking(timing_owed.READBACK, about, now, asked_of=sent.ref))


def _has_taken_over(
    tx: Tx, incident: Incident, delivery: Delivery, sent: Sent, _now: datetime
) -> None:
    about = Subject.of(delivery).rest[0]
    asking = tx.askings.asking(incident, timing_owed.TAKEN_OVER, about)
    if asking is not None:
        tx.askings.put(incident, replace(asking, message=sent.ref))


def _looks(tx: Tx, incident: Incident, delivery: Delivery, _sent: Sent, now: datetime) -> None:
    rest = Subject.of(delivery).rest
    tx.deliveries.plan(timing_owed.urgent(incident, timing_owed.LOOK_PRIVATELY, now, *rest), now)
