"""A ledger in its database, and its rows, with what tests want to ask of them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.clock import Draws
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.service import Ledger, LedgerSettings
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import Hands
from tests.contracts.values import planned

SETTINGS = LedgerSettings(lease=90.0, settle=60.0, batch=20)


class Books:
    """A ledger in its database, with what a test wants to ask of it."""

    def __init__(
        self, db: SqlDatabase, outside: Outside, workspace: str, clock: Hands, draws: Draws
    ) -> None:
        self.db = db
        self.outside = outside
        self.workspace = workspace
        self.clock = clock
        self.ledger = Ledger[Tx](
            db, {"test.send": outside}, lambda: (workspace,), clock, draws, SETTINGS
        )

    async def plan(self, *subjects: str, **changes: Any) -> None:
        now = self.clock.now()
        changes = {"due": now} | changes
        owed = [planned(self.workspace, subject, **changes) for subject in subjects]

        def work(tx: Tx) -> None:
            for each in owed:
                tx.deliveries.plan(each, now)

        await self.db.run(work)

    async def claim(self, limit: int = 20, lease: float = 90.0) -> tuple[Delivery, ...]:
        now = self.clock.now()
        return await self.db.run(
            lambda tx: tx.deliveries.claim([self.workspace], now, limit, lease)
        )

    async def finish(self, delivery: Delivery, ref: str = "ts") -> bool:
        now = self.clock.now()
        return await self.db.run(lambda tx: tx.deliveries.finish(delivery, Sent(ref), now))


class Rows:
    """The ledger's rows as they are, and the passing of machine time."""

    def __init__(self, engine: sa.Engine, workspace: str) -> None:
        self._engine = engine
        self._workspace = workspace

    def __getitem__(self, subject: str) -> Any:
        (row,) = [row for row in self._all() if row.subject == subject]
        return row

    def states(self) -> dict[str, str]:
        return {row.subject: row.state for row in self._all()}

    def let_holds_run_out(self) -> None:
        self.let_hold_run_out("%")

    def let_hold_run_out(self, subject: str) -> None:
        held = "UPDATE deliveries SET hold = 1 WHERE hold > 0 AND workspace = :w"
        with self._engine.begin() as connection:
            connection.execute(
                sa.text(f"{held} AND subject LIKE :s"), {"w": self._workspace, "s": subject}
            )

    def _all(self) -> Sequence[sa.Row[Any]]:
        with self._engine.begin() as connection:
            return connection.execute(
                sa.text("SELECT * FROM deliveries WHERE workspace = :w"), {"w": self._workspace}
            ).all()
