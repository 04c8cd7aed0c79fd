"""Group commit: what is done together is recorded together, and fails alone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.clock import Draws
from bot.deliveries.model import Delivery, Policy
from bot.deliveries.service import Ledger
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.books import SETTINGS, Books, Rows
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import Hands

SOON = 5


class Gate:
    """A database that counts the transactions begun, and may hold them up before they begin."""

    def __init__(self, db: SqlDatabase) -> None:
        self._db = db
        self.begun = 0
        self.open = asyncio.Event()
        self.open.set()
        self.held_up = asyncio.Event()

    async def run(
        self,
        fn: Callable[[Tx], Any],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> Any:
        self.begun += 1
        if not self.open.is_set():
            self.held_up.set()
        await self.open.wait()
        return await self._db.run(fn, once=once, deadline=deadline)

    async def read(self, fn: Callable[[Tx], Any], *, deadline: float | None = None) -> Any:
        return await self._db.read(fn, deadline=deadline)


@pytest.fixture
def gate(db: SqlDatabase) -> Gate:
    return Gate(db)


@pytest.fixture
def ledger(gate: Gate, outside: Outside, workspace: str, clock: Hands, draws: Draws) -> Ledger[Tx]:
    return Ledger[Tx](gate, {"test.send": outside}, lambda: (workspace,), clock, draws, SETTINGS)


CLAIM, FINISH = 1, 1


async def test_what_is_done_together_shares_a_commit(
    ledger: Ledger[Tx], gate: Gate, books: Books, outside: Outside, rows: Rows
) -> None:
    await books.plan(*"abcde")

    assert await ledger.tick() == 5

    assert gate.begun == CLAIM + FINISH
    assert set(rows.states().values()) == {"sent"}
    assert outside.recorded == {each: rows[each].ref for each in "abcde"}


async def test_what_every_command_may_lock_has_a_commit_of_its_own(
    ledger: Ledger[Tx], gate: Gate, books: Books, rows: Rows
) -> None:
    await books.plan("board", policy=Policy.LATEST_WINS, wanted=1)
    await books.plan("a", "b")

    await ledger.tick()

    assert gate.begun == CLAIM + 2 * FINISH
    assert set(rows.states().values()) == {"sent"}


async def test_one_that_cannot_be_recorded_takes_no_other_with_it(
    ledger: Ledger[Tx], books: Books, outside: Outside, rows: Rows
) -> None:
    def fail_one(_tx: Tx, delivery: Delivery) -> None:
        if delivery.subject == "bad":
            raise ZeroDivisionError

    outside.follow_up = fail_one
    await books.plan("a", "bad", "c")

    with pytest.raises(ZeroDivisionError):
        await ledger.tick()

    assert rows.states() == {"a": "sent", "bad": "pending", "c": "sent"}
    assert outside.recorded == {"a": rows["a"].ref, "c": rows["c"].ref}


async def test_one_that_another_has_taken_takes_no_other_with_it(
    ledger: Ledger[Tx], books: Books, outside: Outside, rows: Rows, clock: Hands, draws: Draws
) -> None:
    """Another replica sends "b" while we do: theirs counts, and ours is noted as one too many."""
    elsewhere = Books(books.db, Outside(), books.workspace, clock, draws)

    async def pause(delivery: Delivery) -> None:
        if delivery.subject == "b":
            rows.let_hold_run_out("b")
            (theirs,) = await elsewhere.claim()
            assert await elsewhere.finish(theirs, "theirs")

    outside.while_sending = pause
    await books.plan(*"abc", lane="edit")

    with capture_logs() as logs:
        await ledger.tick()

    assert set(rows.states().values()) == {"sent"}
    assert rows["b"].ref == "theirs"
    assert sorted(outside.recorded) == ["a", "c"]
    assert [each["event"] for each in logs if "fence" in each["event"]] == ["delivery.fence_lost"]
    (orphan,) = await books.db.read(lambda tx: tx.orphans.ended([books.workspace], 9))
    assert (orphan.ref, orphan.doubled) == (outside.by_key[rows["b"].key], True)


async def test_whoever_is_told_to_stop_has_what_is_done_recorded_first(
    ledger: Ledger[Tx], gate: Gate, books: Books, outside: Outside, rows: Rows
) -> None:

    async def close(_delivery: Delivery) -> None:
        gate.open.clear()

    outside.while_sending = close
    await books.plan("a")
    pumping = asyncio.create_task(ledger.pump())
    ledger.wake()
    await asyncio.wait_for(gate.held_up.wait(), SOON)
    pumping.cancel()
    for _ in range(9):
        await asyncio.sleep(0)
    assert not pumping.done()
    gate.open.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(pumping, SOON)

    assert rows.states() == {"a": "sent"}
