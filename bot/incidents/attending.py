"""Attending: coming in late, asking without interrupting, watching, being told when it is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import Refusal
from bot.incidents import attending_owed, owed
from bot.incidents.attended import LINE_MAX, QUESTION_MAX, Aside, Attendant, Question, Wants
from bot.incidents.attending_senders import caught_up
from bot.incidents.checking import Checked, check, check_not_closed, observed
from bot.incidents.checks import check_text
from bot.incidents.desk import Desk, decided
from bot.incidents.homes import Home, home_of, may_see
from bot.incidents.model import Change, Done, Incident, IncidentState, Record
from bot.incidents.ports import Tx
from bot.incidents.summary import CatchUp, who_is_on_nothing
from bot.workspace.model import Permit, Request, authorise

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")

# Those who come with the first minutes are invited or called: they know why they are here.
LATE = timedelta(minutes=5)
WORTH_TELLING = timedelta(minutes=10)
QUESTIONS_MAX = 50
NO_SUCH = "There is no such incident here, so nothing changed."


class Attending(Desk[TxT]):
    """One method for each thing that somebody can do who comes in, watches, or asks."""

    async def check(self, request: Request, incident: str, number: int, said: Checked) -> Done:
        """Say whether what a thread assumes is so. Raises Refusal."""
        return await self._with(
            request,
            incident,
            lambda tx, old: decided(
                tx, old, request, lambda now: check(now, request, number, said)
            ),
        )

    async def came(
        self, workspace: str, incident: str, person: str, at: datetime, once: str
    ) -> None:
        """Somebody came into the channel: who comes late is told where it stands.

        By id, for two hundred may come at once and Slack would not tell us who they all are.
        """

        def work(tx: TxT) -> None:
            found = tx.incidents.get(workspace, incident)
            if found is None or not _is_late(found, at):
                return
            if tx.attending.attendant(workspace, person).wants is not Wants.ALL:
                return
            told = owed.whisper(
                found, attending_owed.CATCH_UP, at, person, until=at + WORTH_TELLING
            )
            tx.deliveries.plan(told, at)

        await self._db.run(work, once=(workspace, once))

    async def line(self, incident: str) -> None:
        """One more line of talk lies below the board; what it says is forgotten."""
        await self._db.run(lambda tx: tx.attending.line_below(incident))

    async def catch_up(self, request: Request, incident: str = "") -> tuple[CatchUp, Attendant]:
        """Where it stands, fresh. Raises Refusal."""
        authorise(request.person, Permit.RECORD)

        def look(tx: TxT) -> tuple[CatchUp, Attendant]:
            found = _visible(tx, request, incident)
            told = caught_up(tx, found, request.at)
            return told, tx.attending.attendant(request.workspace, request.person.id)

        return await self._db.read(look)

    async def aside(self, request: Request) -> Aside | None:
        """What the person sees beside the board of this channel; None where there is none."""

        def look(tx: TxT) -> Aside | None:
            incident = tx.incidents.id_of_channel(request.workspace, request.channel)
            record = incident and tx.incidents.record(request.workspace, incident)
            return _aside(tx, record, request) if record else None

        return await self._db.read(look)

    async def ask(self, request: Request, incident: str, text: str) -> None:
        """Ask without interrupting: it waits on the board. Raises Refusal."""
        authorise(request.person, Permit.RECORD, text)
        text = _checked_length(text, QUESTION_MAX)

        def work(tx: TxT, found: Incident) -> None:
            check_not_closed(found, text)
            asked = tx.attending.questions(found)
            if len(asked) >= QUESTIONS_MAX:
                raise Refusal(
                    f"{QUESTIONS_MAX} questions were asked here already; ask in the channel. "
                    "Nothing changed.",
                    given_back=text,
                )
            tx.attending.ask(found, Question(len(asked) + 1, request.person.id, text, request.at))
            _board_changed(tx, found, request)

        await self._with(request, incident, work)

    async def questions(
        self, request: Request, incident: str
    ) -> tuple[Incident, tuple[Question, ...]]:
        """Everything asked in an incident. Raises Refusal."""
        authorise(request.person, Permit.RECORD)

        def look(tx: TxT) -> tuple[Incident, tuple[Question, ...]]:
            found = _visible(tx, request, incident)
            return found, tx.attending.questions(found)

        return await self._db.read(look)

    async def answer(self, request: Request, incident: str, number: int, text: str) -> None:
        """Answer a question that waits; whoever asked is told. Raises Refusal."""
        authorise(request.person, Permit.RECORD, text)
        text = check_text(text)

        def work(tx: TxT, found: Incident) -> None:
            asked = [each for each in tx.attending.questions(found) if each.number == number]
            if not asked or not asked[0].waits:
                raise Refusal("Somebody has answered that, so nothing changed.", given_back=text)
            given = replace(
                asked[0], answer=text, answered_by=request.person.id, answered_at=request.at
            )
            tx.attending.answered(found, given)
            tx.deliveries.plan(attending_owed.answer(found, given, request.at), request.at)
            _board_changed(tx, found, request)

        await self._with(request, incident, work)

    async def watch(self, request: Request, incident: str) -> bool:
        """Tell them when it is over; False if that was asked before. Raises Refusal."""
        authorise(request.person, Permit.RECORD)

        def work(tx: TxT, found: Incident) -> bool:
            if found.state is not IncidentState.OPEN:
                raise Refusal(f"It is {found.state.value} already. Nothing changed.")
            return tx.attending.watch(found, request.person.id, request.at)

        return await self._with(request, incident, work)

    async def observe(self, request: Request, incident: str, text: str) -> Done:
        """Keep an observer's note. Raises Refusal."""
        text = check_text(text)
        return await self._with(
            request,
            incident,
            lambda tx, old: decided(tx, old, request, lambda now: observed(now, request, text)),
        )

    async def me(self, workspace: str, person: str) -> Attendant:
        """How somebody takes part."""
        return await self._db.read(lambda tx: tx.attending.attendant(workspace, person))

    async def introduce(self, request: Request, text: str) -> Attendant:
        """Keep the one line that somebody says about themselves. Raises Refusal."""
        line = " ".join(_checked_length(text, LINE_MAX).split())
        return await self._change_me(request, lambda me: replace(me, line=line))

    async def hear(self, request: Request, wants: Wants) -> Attendant:
        """How much they want to hear that they did not ask for."""
        return await self._change_me(request, lambda me: replace(me, wants=wants))

    async def home(self, request: Request) -> Home:
        """What the person has to do with, for the app's own tab."""

        def look(tx: TxT) -> Home:
            return home_of(tx, request.workspace, request.person, request.at)

        return await self._db.read(look)

    async def _change_me(
        self, request: Request, change: Callable[[Attendant], Attendant]
    ) -> Attendant:
        authorise(request.person, Permit.RECORD)

        def work(tx: TxT) -> Attendant:
            me = change(tx.attending.attendant(request.workspace, request.person.id))
            tx.attending.put_attendant(request.workspace, me)
            return me

        return await self._run(request, work)

    async def _with(
        self, request: Request, incident: str, work: Callable[[TxT, Incident], Answered]
    ) -> Answered:
        """Do something with an incident that is named, its row locked."""

        def locked(tx: TxT) -> Answered:
            _visible(tx, request, incident)
            found = tx.incidents.lock(request.workspace, incident)
            if found is None:
                raise Refusal(NO_SUCH)
            return work(tx, found)

        return await self._run(request, locked)


def _board_changed(tx: Tx, incident: Incident, request: Request) -> None:
    """A question is no entry of the record, but the board counts it."""
    after = replace(incident, version=incident.version + 1)
    tx.incidents.save(incident, Change(after))
    if after.board:
        tx.deliveries.plan(owed.board(after, request.at), request.at)


def _is_late(incident: Incident, at: datetime) -> bool:
    declared = incident.clocks.declared or at
    return incident.state is IncidentState.OPEN and at - declared > LATE


def _checked_length(text: str, limit: int) -> str:
    text = check_text(text)
    if len(text) > limit:
        raise Refusal(
            f"At most {limit} characters, please; that was {len(text)}. Nothing changed.",
            given_back=text,
        )
    return text


def _visible(tx: Tx, request: Request, incident: str) -> Incident:
    """The incident that is named, or that of the channel, if the person may know of it."""
    wanted = incident or tx.incidents.id_of_channel(request.workspace, request.channel) or ""
    found = tx.incidents.get(request.workspace, wanted) if wanted else None
    if found is None or not may_see(tx, found, request.person, request.channel):
        raise Refusal(NO_SUCH)
    return found


def _aside(tx: Tx, record: Record, request: Request) -> Aside:
    incident = record.incident
    here = tuple(each.person for each in tx.members.members(incident.id))
    roster = tx.attending.attendants(request.workspace, here)
    waiting = tx.attending.waiting(incident)
    if request.person.id != incident.commander:
        return Aside(waiting, roster)
    return Aside(waiting, roster, len(who_is_on_nothing(record, here, request.at)))
