"""The services of reviewing over one furnished study, and people who ask them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.clock import Draws
from bot.sampling.exporting import Exporting
from bot.sampling.quoting import Quoting
from bot.sampling.releasing import Releasing
from bot.sampling.review_ports import Look, Tag
from bot.sampling.reviewing import Reviewing
from bot.workspace.model import Request
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.review_values import House, furnish, request

TAGS = (Tag("builds", "Building is slow or broken"), Tag("tests"), Tag("people"))


@dataclass(frozen=True, slots=True)
class Desk:
    """The services over one furnished study, and people who ask them."""

    db: SqlDatabase
    house: House
    workspace: str
    reviewing: Reviewing[Tx]
    exporting: Exporting[Tx]
    quoting: Quoting[Tx]
    releasing: Releasing[Tx]

    @property
    def id(self) -> str:
        return self.house.id

    def by(self, person: str, **who: Any) -> Request:
        return request(self.workspace, person, **who)

    async def looks(self, pseudonym: str) -> tuple[Look, ...]:
        return await self.db.read(lambda tx: tx.review.looks(self.house.study, pseudonym))

    async def change(self, work: Callable[[Tx], object]) -> None:
        await self.db.run(work)


async def opened(
    db: SqlDatabase, workspace: str, draws: Draws, people: int = 6, days: int = 5
) -> Desk:
    house = await db.run(lambda tx: furnish(tx, workspace, people, days))
    return Desk(
        db,
        house,
        workspace,
        Reviewing(db, draws),
        Exporting(db, draws),
        Quoting(db, draws),
        Releasing(db, draws),
    )
