"""Teams and fresh eyes: kept as Slack tells of them, and as people say of themselves."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Generic, TypeVar

import structlog

from bot.deliveries.ports import Database
from bot.errors import Refusal, SendFailed
from bot.workspace.model import Request
from bot.workspace.ports import Tx
from bot.workspace.teams import Hours, Team, TeamSource, Willing, may_be_asked

log = structlog.get_logger(__name__)

TxT = TypeVar("TxT", bound=Tx)

NOT_YOU = "Only members of this workspace are asked for fresh eyes. Nothing changed."


class Teams(Generic[TxT]):
    """Refreshed by events, and from time to time as a whole."""

    def __init__(self, db: Database[TxT], source: TeamSource) -> None:
        self._db = db
        self._source = source
        self._without: set[str] = set()

    async def refresh(self, workspace: str) -> None:
        """Ask Slack for all of them; a workspace that has none to tell is not asked again."""
        if workspace in self._without:
            return
        try:
            found = await self._source.teams(workspace)
        except SendFailed as failure:
            if failure.permanent:
                self._without.add(workspace)
            log.warning("teams.not_known", reason=failure.reason, again=not failure.permanent)
            return
        await self._db.run(lambda tx: tx.groups.keep(workspace, found))

    async def changed(self, workspace: str, team: Team, *, whole: bool) -> None:
        """A team is new, or is called or made up otherwise."""
        await self._db.run(lambda tx: tx.groups.put(workspace, team, whole=whole))

    async def gone(self, workspace: str, team: str) -> None:
        """A team was disabled."""
        await self._db.run(lambda tx: tx.groups.drop(workspace, team))

    async def moved(
        self, workspace: str, team: str, came: Collection[str], went: Collection[str]
    ) -> None:
        """Some came into a team, some went."""
        await self._db.run(lambda tx: tx.groups.moved(workspace, team, came, went))

    async def me(self, workspace: str, person: str) -> Willing | None:
        """Whether somebody would look with fresh eyes, and when."""
        return await self._db.read(lambda tx: tx.groups.is_willing(workspace, person))

    async def of(self, workspace: str, person: str) -> tuple[str, ...]:
        """The names of somebody's teams."""
        return await self._db.read(lambda tx: tx.groups.teams_of(workspace, person))

    async def willing(self, request: Request, hours: Hours) -> None:
        """They would, in these hours. Raises Refusal."""
        if not may_be_asked(request.person):
            raise Refusal(NOT_YOU)

        def work(tx: TxT) -> None:
            old = tx.groups.is_willing(request.workspace, request.person.id)
            now = replace(old or Willing(request.person.id), hours=hours)
            tx.groups.put_willing(request.workspace, now)

        await self._run(request, work)

    async def unwilling(self, request: Request) -> None:
        """They would rather not; also from the question itself."""
        await self._run(
            request, lambda tx: tx.groups.unwilling(request.workspace, request.person.id)
        )

    async def _run(self, request: Request, work: Callable[[TxT], None]) -> None:
        await self._db.run(work, once=request.receipt, deadline=request.deadline)
