"""Responding: one method for each thing a person can do, each one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Offer, Refusal
from bot.incidents import owed, rules, similar
from bot.incidents.board import Board
from bot.incidents.checks import check_title
from bot.incidents.choose import Telling, names_no_thread
from bot.incidents.desk import (
    Desk,
    decided,
    find_incident,
    offering,
    open_to,
    read_telling,
    written,
)
from bot.incidents.grammar import Said
from bot.incidents.model import Change, Done, Entry, Incident, Kind, Record, Severity
from bot.incidents.ports import Tx
from bot.incidents.rejoin import rejoin
from bot.incidents.senders import board_of
from bot.workspace.model import Permit, Request, authorise

TxT = TypeVar("TxT", bound=Tx)

# A command has no message to look at, so a second press or a second typing is asked about.
TWIN = timedelta(seconds=60)


class Incidents(Desk[TxT]):
    """Declaring, saying, and looking."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        super().__init__(db, draws)
        self._once_here: set[tuple[str, str]] = set()

    async def declare(
        self, request: Request, title: str, *, private: bool = False, again: bool = False
    ) -> Done:
        """Declare an incident; its channel follows. Raises Refusal."""
        authorise(request.person, Permit.DECLARE, title)
        title = check_title(title)
        incident_id = self._draws.token()

        def work(tx: TxT) -> Done:
            if not again:
                _refuse_twin_incident(tx, request, title, private=private)
                _offer_similar(tx, request, title, private=private)
            number = tx.workspace.next_number(request.workspace)
            incident, entry = rules.declare(request, incident_id, number, title, private=private)
            return _begin(tx, incident, entry, request, (owed.CHANNEL, "create"))

        return await self._run(request, work)

    async def adopt(
        self, request: Request, title: str, channel_name: str, *, private: bool
    ) -> Done:
        """Declare an incident in this channel: no renaming, no topic, no announcement."""
        authorise(request.person, Permit.DECLARE, title)
        named = check_title(title or f"Incident in #{channel_name}")
        incident_id = self._draws.token()

        def work(tx: TxT) -> Done:
            if stuck := _without_board(tx, request):
                return _joins_again(tx, stuck, request.at)
            _refuse_occupied(tx, request)
            if waiting := _without_channel(tx, request, title):
                return _adopted(tx, waiting, request, channel_name, private=private)
            number = tx.workspace.next_number(request.workspace)
            made, entry = rules.declare(request, incident_id, number, named, private=private)
            here = replace(made, channel=request.channel, channel_name=channel_name, adopted=True)
            return _begin(tx, here, entry, request, (owed.JOIN, "invite"))

        return await self._run(request, work)

    async def adopt_for(
        self, request: Request, incident_id: str, channel_name: str, *, private: bool
    ) -> Done:
        """Give an incident that got no channel of its own this one."""
        authorise(request.person, Permit.DECLARE)

        def work(tx: TxT) -> Done:
            _refuse_occupied(tx, request)
            incident = tx.incidents.lock(request.workspace, incident_id)
            if incident is None or incident.declared_by != request.person.id:
                raise Refusal("There is no such incident here, so nothing changed.")
            if incident.channel:
                raise Refusal("That incident has a channel by now, so nothing changed.")
            return _adopted(tx, incident, request, channel_name, private=private)

        return await self._run(request, work)

    async def invited(self, workspace: str, channel: str, at: datetime) -> None:
        """The bot was let into a channel: an incident that waited for that gets its board."""

        def work(tx: TxT) -> None:
            found = tx.incidents.lock_by_channel(workspace, channel)
            if found is not None and found.adopted and not found.board:
                _joins_again(tx, found, at)

        if await self.incident_here(workspace, channel):
            await self._db.run(work)

    async def incident_here(self, workspace: str, channel: str) -> str | None:
        """Which incident a channel is of; None where it is of none."""
        found = await self._db.read(lambda tx: tx.incidents.id_of_channel(workspace, channel))
        if found:
            self._once_here.add((workspace, channel))
        else:
            self._once_here.discard((workspace, channel))
        return found

    def likely_here(self, workspace: str, channel: str) -> bool:
        """Whether an incident was found in that channel before; it may have closed since.

        No read: good enough where `say` is to follow, which looks for itself.
        """
        return (workspace, channel) in self._once_here

    async def say(self, request: Request, said: Said, *, incident: str = "") -> Done | None:
        """Record a message that starts with one of our words.

        None where it is ordinary talk after all: outside an incident, or about something that is
        no thread ("for example: …"). `incident` names one where the channel does not.
        """
        telling = read_telling(request, said)

        def work(tx: TxT) -> Done | None:
            found = find_incident(tx, request, incident)
            if found is None or _is_talk(found, telling):
                return None
            return decided(tx, found, request, lambda old: rules.record(old, telling))

        return await self._run(request, work)

    async def command(
        self, request: Request, said: Said, *, incident: str = "", again: bool = False
    ) -> Done:
        """Record what a command or a button says. Raises Refusal, also outside an incident."""
        telling = read_telling(request, said)

        def work(tx: TxT) -> Done:
            found = self._here(tx, request, offering(telling), incident)
            change, done = rules.record(found, telling)
            if not again:
                _refuse_twin(tx, found, telling, change.entries[0])
            return written(tx, found, change, done, request)

        return await self._run(request, work)

    async def already(self, request: Request, said: Said, *, incident: str = "") -> Done:
        """Record an action as already done or tried; its start is not known."""
        telling = read_telling(request, said)
        return await self._decide(
            request,
            lambda old: rules.record_with(old, telling, rules.already_ended),
            offering(telling),
            incident,
        )

    async def end_action(
        self, request: Request, said: Said, number: int, *, incident: str = ""
    ) -> Done:
        """End the running action of that number, whoever started it."""
        telling = read_telling(request, said)

        def effect(old: Incident, told: Telling) -> rules.Effect:
            running = [each for each in old.running if each.number == number]
            if not running:
                raise Refusal("That action has ended, so nothing changed.", given_back=said.text)
            return rules.end_action(old, told, running[0])

        return await self._decide(
            request,
            lambda old: rules.record_with(old, telling, effect),
            offering(telling),
            incident,
        )

    async def rejoin(self, request: Request, action: int, *, incident: str = "") -> Done:
        """The thread that had ended where an action was said goes on, with the action in it."""

        def work(tx: TxT) -> Done:
            found = self._here(tx, request, Offer("", "rejoin", number=action), incident)
            record = tx.incidents.record(found.workspace, found.id) or Record(found)
            return decided(tx, found, request, lambda _: rejoin(record, request, action))

        return await self._run(request, work)

    async def take(
        self, request: Request, number: int, text: str = "", *, incident: str = ""
    ) -> Done:
        """Take a thread: own it from now on."""
        return await self._decide(
            request,
            lambda old: rules.take_thread(old, request, number, text),
            Offer("", "take", text, number),
            incident,
        )

    async def take_command(self, request: Request, *, incident: str = "") -> Done:
        """Take command of the incident."""
        return await self._decide(
            request, lambda old: rules.take_command(old, request), Offer("", "command"), incident
        )

    async def set_severity(
        self, request: Request, severity: Severity, *, incident: str = ""
    ) -> Done:
        """Say how bad it is."""
        asked = Offer("", "severity", severity.value)

        def work(tx: TxT) -> Done:
            found = self._here(tx, request, asked, incident)
            label = tx.settings.get(request.workspace).label_of(severity)
            change, done = rules.set_severity(found, request, severity, label)
            return written(tx, found, change, done, request)

        return await self._run(request, work)

    async def resolve(self, request: Request, text: str, *, incident: str = "") -> Done:
        """It is over from this moment."""
        return await self._decide(
            request,
            lambda old: rules.resolve(old, request, text),
            Offer("", "resolve", text),
            incident,
        )

    async def board(self, request: Request) -> Board | None:
        """What is known of the incident in this channel; None where there is none."""

        def look(tx: TxT) -> Board | None:
            incident_id = tx.incidents.id_of_channel(request.workspace, request.channel)
            found = incident_id and tx.incidents.get(request.workspace, incident_id)
            return board_of(tx, found, request.at) if found else None

        return await self._db.read(look)

    async def open_ones(self, request: Request) -> tuple[Incident, ...]:
        """Open incidents that are not private and that the person may know of, newest first."""
        found = await self._db.read(lambda tx: open_to(tx, request))
        return tuple(each for each in found if not each.private)

    async def record(self, workspace: str, incident_id: str) -> Record | None:
        """Everything of one incident."""
        return await self._db.read(lambda tx: tx.incidents.record(workspace, incident_id))


def _begin(
    tx: Tx, incident: Incident, entry: Entry, request: Request, first: tuple[str, str]
) -> Done:
    tx.incidents.add(incident, entry)
    tx.deliveries.plan(owed.step(incident, *first, request.at), request.at)
    return Done(incident, Kind.DECLARE)


def _adopted(
    tx: Tx, incident: Incident, request: Request, channel_name: str, *, private: bool
) -> Done:
    """This channel is the incident's from now on."""
    if incident.private and not private:
        raise Refusal("That incident is private and this channel is not, so nothing changed.")
    here = replace(
        incident,
        channel=request.channel,
        channel_name=channel_name,
        adopted=True,
        private=private,
        version=incident.version + 1,
    )
    tx.incidents.save(incident, Change(here))
    return _joins_again(tx, here, request.at)


def _joins_again(tx: Tx, incident: Incident, at: datetime) -> Done:
    tx.deliveries.plan(owed.step(incident, owed.JOIN, "invite", at), at)
    return Done(incident, Kind.DECLARE)


def _without_board(tx: Tx, request: Request) -> Incident | None:
    """The incident of this channel, if we could not post here when it was adopted."""
    found = tx.incidents.lock_by_channel(request.workspace, request.channel)
    return found if found is not None and found.adopted and not found.board else None


def _without_channel(tx: Tx, request: Request, title: str) -> Incident | None:
    """What the person declared before, for which no channel could be made."""
    for each in tx.incidents.open_ones(request.workspace):
        waits = not each.channel and each.declared_by == request.person.id
        if waits and title in {"", each.title}:
            return tx.incidents.lock(request.workspace, each.id)
    return None


def _is_talk(incident: Incident, telling: Telling) -> bool:
    """ "For example: …" starts with a word of ours and is about no thread of this incident."""
    return names_no_thread(incident, telling.said)


def _refuse_twin(tx: Tx, incident: Incident, telling: Telling, entry: Entry) -> None:
    said, since = telling.said, telling.request.at - TWIN
    twin = tx.incidents.twin(incident, entry.actor, entry.kind, entry.text, since)
    if twin is not None and twin.investigation == entry.investigation:
        asked = offering(telling)
        raise Refusal(
            f"Already recorded a moment ago, as entry {twin.seq}. Nothing changed.",
            given_back=said.text,
            offers=(replace(asked, label="Add it again", incident=incident.id, again=True),),
        )


def _offer_similar(tx: Tx, request: Request, title: str, *, private: bool) -> None:
    workspace, person = request.workspace, request.person.id
    member_of = tx.members.member_of(workspace, person)
    found = similar.similar(title, tx.incidents.open_ones(workspace), member_of)
    if found is not None:
        raise similar.ask(found, title, private=private)


def _refuse_twin_incident(tx: Tx, request: Request, title: str, *, private: bool) -> None:
    declare = "declare private" if private else "declare"
    for each in tx.incidents.open_ones(request.workspace):
        recent = each.clocks.declared and request.at - each.clocks.declared < TWIN
        if recent and each.declared_by == request.person.id and each.title == title:
            raise Refusal(
                f"You declared that a moment ago: incident {each.number}. Nothing changed.",
                given_back=title,
                offers=(Offer("Declare another", declare, title, again=True),),
            )


def _refuse_occupied(tx: Tx, request: Request) -> None:
    if tx.incidents.id_of_channel(request.workspace, request.channel):
        raise Refusal("This channel is an incident's already, so nothing changed.")
