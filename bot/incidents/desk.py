"""What every service of responding does alike: find the incident, decide, write, plan the sends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Offer, Refusal
from bot.incidents import attending_owed, owed, signals_owed, timing_owed
from bot.incidents.choose import Telling, short, words_before_colon
from bot.incidents.grammar import Said
from bot.incidents.homes import may_see
from bot.incidents.model import Change, Done, Incident
from bot.incidents.ports import Tx
from bot.incidents.times import resolve_moment
from bot.workspace.model import Permit, Request, permits

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")
Decide = Callable[[Incident], tuple[Change, Done]]

OFFERED_INCIDENTS = 5


class Desk(Generic[TxT]):
    """The base of the services: one request is one transaction on one locked incident."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        self._db = db
        self._draws = draws

    async def _decide(
        self, request: Request, decide: Decide, asked: Offer, incident: str = ""
    ) -> Done:
        return await self._run(
            request,
            lambda tx: decided(tx, self._here(tx, request, asked, incident), request, decide),
        )

    def _here(self, tx: TxT, request: Request, asked: Offer, incident: str = "") -> Incident:
        found = find_incident(tx, request, incident)
        if found is None:
            raise outside(tx, request, asked)
        return found

    async def _run(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.run(work, once=request.receipt, deadline=request.deadline)


def decided(tx: Tx, incident: Incident, request: Request, decide: Decide) -> Done:
    """Let a rule decide, and write what it says."""
    change, done = decide(incident)
    return written(tx, incident, change, done, request)


def written(tx: Tx, incident: Incident, change: Change, done: Done, request: Request) -> Done:
    """Write a change and plan every send that follows from it."""
    tx.incidents.save(incident, change)
    following = (
        *owed.following(incident, change, request),
        *attending_owed.following(tx, incident, change, request),
        *timing_owed.following(tx, incident, change, request),
        *signals_owed.following(incident, change, request),
    )
    tx.deliveries.plan_all(following, request.at)
    return done


def find_incident(tx: Tx, request: Request, incident: str) -> Incident | None:
    """The incident that is named, or that of the channel; locked."""
    if not incident:
        return tx.incidents.lock_by_channel(request.workspace, request.channel)
    found = tx.incidents.lock(request.workspace, incident)
    # A private incident exists only for those who are in its channel.
    hidden = found is not None and found.private and found.channel != request.channel
    return None if hidden else found


def read_telling(request: Request, said: Said) -> Telling:
    """What is said, with its times read in the writer's zone. Raises Refusal."""
    if said.bad_by:
        raise Refusal(
            f"I can't read '{short(said.bad_by)}' as a time. Say 'by 02:45' or 'in 10 min'. "
            "Nothing changed.",
            given_back=said.text,
            field="by",
        )
    return Telling(request, said, _happened_at(request, said), _due_by(request, said))


def _happened_at(request: Request, said: Said) -> datetime:
    if said.when is None:
        return request.at
    zone = request.person.zoneinfo()
    at = resolve_moment(said.when, request.at, zone, direction="past")
    if at is None:
        raise Refusal("That time lies ahead, so nothing changed.", given_back=said.text)
    return at


def _due_by(request: Request, said: Said) -> datetime | None:
    if said.by is None:
        return None
    zone = request.person.zoneinfo()
    by = resolve_moment(said.by, request.at, zone, direction="future")
    if by is None:
        here = request.at.astimezone(zone)
        raise Refusal(
            f"That time has passed for you: it is {here:%H:%M} ({zone.key}). By when? "
            "Nothing changed.",
            given_back=said.text,
            field="by",
        )
    return by


def offering(telling: Telling) -> Offer:
    """What somebody said as an offer to say it somewhere else, or again."""
    said = telling.said
    return Offer("", words_before_colon(telling), said.text, said.number)


def open_to(tx: Tx, request: Request) -> tuple[Incident, ...]:
    """Open incidents that the person may know of, newest first."""
    found = tx.incidents.open_ones(request.workspace)
    return tuple(each for each in found if may_see(tx, each, request.person, request.channel))


def _declaring(request: Request, text: str) -> tuple[Offer, ...]:
    if not text or Permit.DECLARE not in permits(request.person):
        return ()
    return (Offer("Declare an incident with that title", "declare", text),)


def outside(tx: Tx, request: Request, asked: Offer) -> Refusal:
    """Said outside an incident: the open ones are offered, and the text goes along."""
    open_ones = [each for each in open_to(tx, request) if not each.private]
    if not open_ones:
        return Refusal(
            "This is not an incident's channel, and none is open, so nothing changed.",
            given_back=asked.text,
            offers=_declaring(request, asked.text),
        )
    offers = tuple(
        replace(asked, label=f"{each.number} · {short(each.title)}", incident=each.id)
        for each in open_ones[:OFFERED_INCIDENTS]
    )
    return Refusal(
        "This is not an incident's channel. In which incident is that? Nothing is recorded yet.",
        given_back=asked.text,
        offers=offers,
    )
