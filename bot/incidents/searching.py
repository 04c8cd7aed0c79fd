"""Finding and listing: what somebody may see, a page at a time. Nothing here writes."""

from typing import Generic, TypeVar

from bot.deliveries.ports import Database
from bot.errors import Refusal, TooLate
from bot.incidents.found import PAGE, Found, Hit, Listed, Place, Term, terms_of
from bot.incidents.model import IncidentState
from bot.incidents.ports import Tx
from bot.workspace.model import Permit, Request, authorise

TxT = TypeVar("TxT", bound=Tx)

TOO_BROAD = (
    "That is more than I can look through in time. Add a word that is said less often, or try"
    " again. Nothing changed."
)
STATES: dict[str, tuple[IncidentState, ...]] = {
    "open": (IncidentState.OPEN,),
    "resolved": (IncidentState.RESOLVED,),
    "closed": (IncidentState.CLOSED,),
    "all": tuple(IncidentState),
    "mine": tuple(IncidentState),
}


class Searching(Generic[TxT]):
    """Private incidents exist only for those who are in their channel."""

    def __init__(self, db: Database[TxT]) -> None:
        self._db = db

    async def find(self, request: Request, words: str, after: Place | None = None) -> Found:
        """Entries with all these words, the latest first. Raises Refusal, also when late."""
        authorise(request.person, Permit.DECLARE, words)
        terms = terms_of(words)
        try:
            hits = await self._hits(request, terms, after)
        except TooLate as late:
            raise Refusal(TOO_BROAD, given_back=words) from late
        more = hits[PAGE - 1].place if len(hits) > PAGE else None
        return Found(hits[:PAGE], more)

    async def _hits(
        self, request: Request, terms: tuple[Term, ...], after: Place | None
    ) -> tuple[Hit, ...]:
        # A reader is for everybody: no search holds one longer than its answer is waited for.
        return await self._db.read(
            lambda tx: tx.search.find(request.workspace, request.person.id, terms, after, PAGE + 1),
            deadline=request.deadline,
        )

    async def listed(self, request: Request, which: str, below: int | None = None) -> Listed:
        """Incidents, newest first: open, all, mine, resolved or closed. Raises Refusal."""
        # Guests and outsiders know of the channels they are in, and of no other incident.
        authorise(request.person, Permit.DECLARE)
        person, mine = request.person.id, which == "mine"
        found = await self._db.read(
            lambda tx: tx.search.listed(
                request.workspace, person, STATES[which], below, PAGE + 1, mine=mine
            )
        )
        return Listed(found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None)
