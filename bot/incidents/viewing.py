"""Private looks at an incident besides the board: symptoms, what changed, who is on what."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.errors import Refusal
from bot.incidents import symptoms
from bot.incidents.attending import NO_SUCH
from bot.incidents.changes import Changes, changes
from bot.incidents.desk import Desk, written
from bot.incidents.found import PAGE, Place
from bot.incidents.group import Group, group
from bot.incidents.homes import may_see
from bot.incidents.improvised import WEEK, ImprovisedPage
from bot.incidents.model import Incident, Record
from bot.incidents.ports import Tx
from bot.incidents.symptoms import Symptoms
from bot.workspace.model import Permit, Request, authorise

TxT = TypeVar("TxT", bound=Tx)
Shown = TypeVar("Shown")


class Viewing(Desk[TxT]):
    """One method for each look; what it shows is for the one person who asked."""

    async def symptoms(self, request: Request, incident: str = "") -> Symptoms:
        """What was seen, each with what is doubted about it. Raises Refusal."""
        return await self._look(request, incident, lambda _tx, record: _symptoms(record, request))

    async def doubt(
        self, request: Request, incident: str, seq: int, *, unrelated: bool
    ) -> Symptoms:
        """Mark a symptom as maybe unrelated or take that back; how it reads now. Raises Refusal."""

        def work(tx: TxT) -> Symptoms:
            found = _visible(tx, request, incident)
            locked = tx.incidents.lock(request.workspace, found.id) or found
            record = tx.incidents.record(request.workspace, found.id) or Record(locked)
            change, done = symptoms.doubt(record, request, seq, unrelated=unrelated)
            written(tx, locked, change, done, request)
            after = tx.incidents.record(request.workspace, found.id) or record
            return _symptoms(after, request)

        return await self._run(request, work)

    async def changes(self, request: Request, incident: str = "") -> Changes:
        """What was changed, and when something was noticed. Raises Refusal."""
        return await self._look(request, incident, lambda _tx, record: changes(record, request.at))

    async def group(self, request: Request, incident: str = "") -> Group:
        """Who is on what. Raises Refusal."""
        return await self._look(request, incident, lambda tx, record: _group(tx, record, request))

    async def improvised(
        self, request: Request, after: Place | None = None, *, within: timedelta = WEEK
    ) -> ImprovisedPage:
        """What was improvised lately in incidents that the person may see. Raises Refusal."""
        authorise(request.person, Permit.DECLARE)
        person, since = request.person.id, request.at - within
        lines = await self._db.read(
            lambda tx: tx.improvised.since(request.workspace, person, since, after, PAGE + 1)
        )
        more = lines[PAGE - 1].place if len(lines) > PAGE else None
        return ImprovisedPage(lines[:PAGE], more)

    async def _look(
        self, request: Request, incident: str, show: Callable[[TxT, Record], Shown]
    ) -> Shown:
        authorise(request.person, Permit.RECORD)

        def look(tx: TxT) -> Shown:
            found = _visible(tx, request, incident)
            return show(tx, tx.incidents.record(found.workspace, found.id) or Record(found))

        return await self._db.read(look)


def _symptoms(record: Record, request: Request) -> Symptoms:
    return Symptoms(record.incident, request.at, symptoms.symptoms(record))


def _group(tx: Tx, record: Record, request: Request) -> Group:
    present = [each.person for each in tx.members.members(record.incident.id)]
    known = {each.id: each for each in tx.workspace.people(request.workspace)}
    tools = [each for each in present if each in known and known[each].bot]
    return group(record, request.at, present, tools)


def _visible(tx: Tx, request: Request, incident: str) -> Incident:
    """The incident that is named, or that of the channel, if the person may know of it."""
    wanted = incident or tx.incidents.id_of_channel(request.workspace, request.channel) or ""
    found = tx.incidents.get(request.workspace, wanted) if wanted else None
    if found is None or not may_see(tx, found, request.person, request.channel):
        raise Refusal(NO_SUCH)
    return found
