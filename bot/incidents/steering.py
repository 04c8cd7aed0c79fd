"""Steering: updates, looks from further off, the end and back, merge, split, relate, clocks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.errors import Offer, Refusal
from bot.incidents import clocks, owed, relating, signals_owed, steer, steering_owed
from bot.incidents.clocks import ClockName
from bot.incidents.desk import Desk, find_incident, outside, written
from bot.incidents.model import Change, Done, Incident, Kind
from bot.incidents.ports import Tx
from bot.incidents.rules import entered
from bot.incidents.summary import StepBack, step_back
from bot.workspace.model import Permit, Request, authorise

TxT = TypeVar("TxT", bound=Tx)
Decide = Callable[[Incident], tuple[Change, Done]]

GONE = "There is no such incident here, so nothing changed."


class Steering(Desk[TxT]):
    """What stands under More: one method for each verb that changes something."""

    async def update(self, request: Request, text: str, *, incident: str = "") -> Done:
        """Post one line in the channel, under the person's name."""
        asked = Offer("", "update", text)
        return await self._steer(
            request,
            lambda old: steer.update(old, request, text),
            asked,
            incident,
            steering_owed.UPDATE,
        )

    async def set_quiet(self, request: Request, *, on: bool, incident: str = "") -> Done:
        """Switch questions off, or on again."""
        asked = Offer("", f"quiet {'on' if on else 'off'}")
        return await self._steer(
            request, lambda old: steer.set_quiet(old, request, on=on), asked, incident
        )

    async def close(self, request: Request, text: str, *, incident: str = "") -> Done:
        """Nothing more is added."""
        return await self._steer(
            request,
            lambda old: steer.close(old, request, text),
            Offer("", "close", text),
            incident,
        )

    async def handover(self, request: Request, *, incident: str = "") -> Done:
        """One message for whoever takes over."""
        return await self._steer(
            request,
            lambda old: steer.asked_for(old, request, Kind.HANDOVER),
            Offer("", "handover"),
            incident,
            steering_owed.HANDOVER,
        )

    async def step_back(self, request: Request, *, incident: str = "") -> Done:
        """A look from further off: the channel sees counts, the commander alone the names."""

        def work(tx: TxT) -> Done:
            found = self._here(tx, request, Offer("", "step back"), incident)
            change, done = steer.asked_for(found, request, Kind.STEP_BACK)
            written(tx, found, change, done, request)
            seq = change.entries[0].seq
            tx.deliveries.plan(
                owed.post(done.incident, steering_owed.STEP_BACK, request.at, seq), request.at
            )
            tx.deliveries.plan(steering_owed.names(done.incident, request.at, seq), request.at)
            return done

        return await self._run(request, work)

    async def reopen(
        self, request: Request, text: str, *, number: int | None = None, incident: str = ""
    ) -> Done:
        """It is back; also from outside, by its number."""

        def work(tx: TxT) -> Done:
            found = _to_reopen(tx, request, number, incident)
            if found is None:
                raise _no_such(tx, request, number, Offer("", "reopen", text))
            change, done = steer.reopen_again(found, request, text)
            _refuse_channel_taken(tx, found)
            return written(tx, found, change, done, request)

        return await self._run(request, work)

    async def merge(self, request: Request, number: int, *, incident: str = "") -> Done:
        """This incident goes on in the one of that number."""

        def work(tx: TxT) -> Done:
            here = self._which(tx, request, incident, Offer("", "merge", str(number)))
            other = tx.search.id_of_number(request.workspace, request.person.id, number)
            away, into = _lock_both(tx, request.workspace, here, other)
            return _merged(tx, away, into, request)

        return await self._run(request, work)

    async def relate(self, request: Request, number: int, *, incident: str = "") -> Done:
        """This incident and the one of that number belong together."""

        def work(tx: TxT) -> Done:
            here = self._which(tx, request, incident, Offer("", "relate", str(number)))
            other = tx.search.id_of_number(request.workspace, request.person.id, number)
            mine, theirs = _lock_both(tx, request.workspace, here, other)
            made = relating.relate(mine, theirs, request, tx.relations.of(mine.id))
            tx.relations.link(made.link)
            for each, about in ((mine, theirs), (theirs, mine)):
                if each is not None and about is not None:
                    _noted(tx, each, request, Kind.RELATE, f"incident {about.number}")
            return Done(mine, Kind.RELATE, told=made.sentence)

        return await self._run(request, work)

    async def split(self, request: Request, number: int, *, incident: str = "") -> Done:
        """The thread of that number becomes an incident of its own."""
        child_id = self._draws.token()

        def work(tx: TxT) -> Done:
            parent = self._here(tx, request, Offer("", "split", str(number)), incident)
            child_number = tx.workspace.next_number(request.workspace)
            made = relating.split(parent, number, request, child_id, child_number)
            bare = replace(made.child, investigations=(), running=())
            tx.incidents.add(bare, made.entry)
            tx.incidents.save(bare, Change(made.child))
            tx.relations.link(made.link)
            after, entry = entered(made.parent, request, Kind.SPLIT, f"incident {child_number}")
            change = Change(after, (replace(entry, investigation=number),), (), made.ended)
            done = Done(after, Kind.SPLIT, told=made.sentence)
            written(tx, parent, change, done, request)
            made_channel = owed.step(made.child, owed.CHANNEL, "create", request.at)
            tx.deliveries.plan(made_channel, request.at)
            return done

        return await self._run(request, work)

    async def join(self, request: Request, incident: str) -> Done:
        """Be let into the channel of an incident that is open."""
        authorise(request.person, Permit.DECLARE)

        def work(tx: TxT) -> Done:
            found = tx.incidents.lock(request.workspace, incident)
            if found is None or _hidden(tx, request, found):
                raise Refusal(GONE)
            if not found.channel or found.channel_lost:
                raise Refusal(f"Incident {found.number} has no channel to join. Nothing changed.")
            invite = owed.step(found, owed.INVITE, "invite", request.at, request.person.id)
            tx.deliveries.plan(invite, request.at)
            where = f"#{found.channel_name}" if found.channel_name else "its channel"
            return Done(found, Kind.DECLARE, told=f"You will be in {where} in a moment.")

        return await self._run(request, work)

    async def set_clock(
        self,
        request: Request,
        clock: ClockName,
        at: datetime | None,
        *,
        incident: str = "",
        sure: bool = False,
    ) -> Done:
        """Set one of the clocks; what it said before is kept."""
        asked = Offer("", f"clock {clock}", at.isoformat() if at else "")

        def decide(old: Incident) -> tuple[Change, Done]:
            return steer.noted(old, clocks.edit(old, request, clock, at, sure=sure), request)

        return await self._steer(request, decide, asked, incident)

    async def set_clocks(
        self, request: Request, times: Mapping[ClockName, datetime | None], *, incident: str
    ) -> None:
        """Set several, from a form that shows them all; each change is an entry."""

        def work(tx: TxT) -> None:
            found = self._here(tx, request, Offer("", "clock"), incident)
            for clock, at in times.items():
                edited = clocks.edit(found, request, clock, at, sure=True)
                change, done = steer.noted(found, edited, request)
                written(tx, found, change, done, request)
                found = done.incident

        await self._run(request, work)

    async def looked(self, request: Request, *, incident: str = "") -> Incident:
        """The incident that is meant, as it is now; for menus and forms."""

        def look(tx: TxT) -> Incident:
            named = incident or tx.incidents.id_of_channel(request.workspace, request.channel)
            found = tx.incidents.get(request.workspace, named) if named else None
            if found is None or _hidden(tx, request, found):
                raise Refusal(GONE)
            return found

        return await self._db.read(look)

    async def _steer(
        self,
        request: Request,
        decide: Decide,
        asked: Offer,
        incident: str = "",
        purpose: str = "",
    ) -> Done:
        def work(tx: TxT) -> Done:
            found = self._here(tx, request, asked, incident)
            if _hidden(tx, request, found):
                raise Refusal(GONE)
            change, done = decide(found)
            written(tx, found, change, done, request)
            if purpose and done.incident.channel:
                seq = change.entries[0].seq
                tx.deliveries.plan(owed.post(done.incident, purpose, request.at, seq), request.at)
            return done

        return await self._run(request, work)

    def _here(self, tx: TxT, request: Request, asked: Offer, incident: str = "") -> Incident:
        found = find_incident(tx, request, incident)
        if found is None and incident:  # a button that names one that is none
            raise Refusal(GONE)
        if found is None:
            raise outside(tx, request, asked)
        return found

    def _which(self, tx: TxT, request: Request, incident: str, asked: Offer) -> str:
        """The id of the incident that is meant, before anything is locked."""
        found = incident or tx.incidents.id_of_channel(request.workspace, request.channel)
        if not found:
            raise outside(tx, request, asked)
        return found


def look_back(tx: Tx, incident: Incident, now: datetime) -> StepBack | None:
    """What a step back shows now: everybody in the channel but bots counts as here."""
    record = tx.incidents.record(incident.workspace, incident.id)
    if record is None:
        return None
    known = {each.id: each for each in tx.workspace.people(incident.workspace)}
    there = [each.person for each in tx.members.members(incident.id)]
    here = [each for each in there if each not in known or not known[each].bot]
    active = {each.actor: each.recorded_at for each in record.entries}
    return step_back(record, now, here, active)


def _hidden(tx: Tx, request: Request, incident: Incident) -> bool:
    """A private incident exists only for who is in its channel, wherever the press came from."""
    if not incident.private:
        return False
    return incident.channel != request.channel and not tx.members.is_member(
        incident.id, request.person.id
    )


def _to_reopen(tx: Tx, request: Request, number: int | None, incident: str) -> Incident | None:
    if number is not None:
        found = tx.search.id_of_number(request.workspace, request.person.id, number)
        return tx.incidents.lock(request.workspace, found) if found else None
    if incident:
        return find_incident(tx, request, incident)
    last = tx.search.last_in_channel(request.workspace, request.channel)
    return tx.incidents.lock(request.workspace, last) if last else None


def _no_such(tx: Tx, request: Request, number: int | None, asked: Offer) -> Refusal:
    if number is None:
        return outside(tx, request, asked)
    return Refusal(f"There is no incident {number} that you can see, so nothing changed.")


def _refuse_channel_taken(tx: Tx, incident: Incident) -> None:
    now_here = tx.incidents.id_of_channel(incident.workspace, incident.channel)
    if incident.channel and now_here not in {None, incident.id}:
        raise Refusal(
            "Its channel is another incident's by now, so nothing changed. Declare a new one, and "
            f"relate it to {incident.number}."
        )


def _lock_both(
    tx: Tx, workspace: str, here: str, other: str | None
) -> tuple[Incident, Incident | None]:
    """Both rows, always in the same order: two merges at once must not wait for each other."""
    wanted = sorted({here, other or here})
    locked = {each: tx.incidents.lock(workspace, each) for each in wanted}
    mine = locked[here]
    if mine is None:
        raise Refusal(GONE)
    return mine, locked[other] if other else None


def _merged(tx: Tx, away: Incident, into: Incident | None, request: Request) -> Done:
    made = relating.merge(away, into, request)
    tx.relations.link(made.link)
    left, gone = entered(made.away, request, Kind.MERGE, f"into incident {made.into.number}")
    tx.incidents.save(away, Change(left, (gone,), (), made.ended))
    if left.board:
        tx.deliveries.plan(owed.board(left, request.at), request.at)
    if left.channel:
        line = owed.post(left, steering_owed.MERGED, request.at, made.into.id)
        look = signals_owed.look(left, request.at, left.version)
        tx.deliveries.plan_all((line, look), request.at)
    if into is not None:
        after, came = entered(made.into, request, Kind.MERGE, f"incident {away.number}")
        done = Done(after, Kind.MERGE)
        written(tx, into, Change(after, (came,)), done, request)
    return Done(left, Kind.MERGE, told=made.sentence)


def _noted(tx: Tx, incident: Incident, request: Request, kind: Kind, text: str) -> None:
    after, entry = entered(incident, request, kind, text)
    tx.incidents.save(incident, Change(after, (entry,)))
