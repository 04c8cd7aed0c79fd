"""The process is killed at every step of a send: nothing is lost, nothing is sent twice."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import Draws
from bot.deliveries.model import Delivery, Policy
from bot.deliveries.service import Ledger
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned

STEPS = ("before the claim", "before the call", "after the call", "at the commit", "after it")


class Killed(BaseException):
    """Nobody catches this: from here on the process does nothing more."""


class Dying:
    """A database and a sender of a process that ends at one step."""

    def __init__(self, db: SqlDatabase, outside: Outside, step: str) -> None:
        self._db = db
        self._outside = outside
        self._step = step

    def _at(self, step: str) -> None:
        if step == self._step:
            raise Killed

    async def run(
        self,
        fn: Callable[[Tx], Any],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> Any:
        self._at("before the claim")
        return await self._db.run(fn, once=once, deadline=deadline)

    async def read(self, fn: Callable[[Tx], Any], *, deadline: float | None = None) -> Any:
        return await self._db.read(fn, deadline=deadline)

    async def send(self, delivery: Delivery) -> Any:
        self._at("before the call")
        sent = await self._outside.send(delivery)
        self._at("after the call")
        return sent

    async def find(self, delivery: Delivery) -> Any:
        return await self._outside.find(delivery)

    def sent(self, tx: Tx, delivery: Delivery, sent: Any, now: Any) -> None:
        self._outside.sent(tx, delivery, sent, now)
        self._at("at the commit")

    def refused(self, tx: Tx, delivery: Delivery, reason: str, now: Any) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("policy", "most"),
    [(Policy.LOOK_BACK, 1), (Policy.AT_MOST_ONCE, 1), (Policy.STEP, 2), (Policy.LATEST_WINS, 2)],
)
async def test_after_a_kill_another_process_ends_what_was_begun(
    db: SqlDatabase,
    engine: sa.Engine,
    workspace: str,
    clock: Hands,
    draws: Draws,
    step: str,
    policy: Policy,
    most: int,
) -> None:
    outside = Outside()
    dying = Dying(db, outside, step)
    first = Ledger[Tx](dying, {"test.send": dying}, lambda: (workspace,), clock, draws)
    second = Ledger[Tx](db, {"test.send": outside}, lambda: (workspace,), clock, draws)
    await db.run(lambda tx: tx.deliveries.plan(planned(workspace, policy=policy, wanted=1), NOW))

    if step == "after it":
        await first.tick()
    else:
        with pytest.raises(Killed):
            await first.tick()
    if step != "before the claim":
        assert await second.drain() == 0  # the lease still holds
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE deliveries SET hold = 1 WHERE workspace = :w AND hold > 0"),
            {"w": workspace},
        )
    clock.advance_by(60)
    await second.drain()

    assert await second.next_due() is None
    died_between = step in STEPS[1:4]
    arrived = len(outside.arrived)
    if policy is Policy.AT_MOST_ONCE and died_between:
        assert arrived == (0 if step == "before the call" else 1)
    else:
        assert 1 <= arrived <= most
        assert outside.recorded["s"] == f"ts-{arrived}"
