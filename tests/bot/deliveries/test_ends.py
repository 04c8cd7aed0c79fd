"""Deliveries that end unsent: who is told, what is cancelled, what is deleted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.clock import Draws
from bot.deliveries.model import Delivery, Policy
from bot.deliveries.service import Ledger
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.books import SETTINGS, Books, Rows
from tests.bot.deliveries.outside import Outside, lose
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PURPOSE = "test.send"


class Attentive(Outside):
    """A sender that is told of every end. `ends` is kept in the transaction, as a real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 0

    def missed(self, tx: Tx, delivery: Delivery, now: datetime) -> None:
        self._note(tx, delivery, "missed")

    def unknown(self, tx: Tx, delivery: Delivery, now: datetime) -> None:
        self._note(tx, delivery, "unknown")

    def _note(self, tx: Tx, delivery: Delivery, end: str) -> None:
        if self.fails:
            raise ZeroDivisionError
        # A receipt can be taken once: the second time it raises, and nothing ends.
        tx.receipts.take(delivery.workspace, f"{end} {delivery.subject}", NOW)
        self.recorded[delivery.subject] = end


@pytest.fixture
def outside() -> Attentive:
    return Attentive()


class TestTold:
    async def test_a_missed_one_once_in_the_transaction_that_ends_it(
        self, books: Books, outside: Attentive, rows: Rows, clock: Hands
    ) -> None:
        await books.plan("a", "b", expires=NOW + MINUTE)
        clock.advance(NOW + MINUTE)

        await books.ledger.drain()
        await books.ledger.drain()

        assert outside.tried == []
        assert outside.recorded == {"a": "missed", "b": "missed"}
        assert rows.states() == {"a": "missed", "b": "missed"}
        assert rows["a"].reason == "past its moment"
        assert rows["a"].finished == rows["b"].finished is not None

    async def test_more_than_there_is_room_for_in_one_crowded_lane(
        self, books: Books, outside: Attentive, rows: Rows, clock: Hands
    ) -> None:
        subjects = [str(n) for n in range(SETTINGS.batch * 2 + 3)]
        await books.plan(*subjects, expires=NOW + MINUTE, lane="create")
        clock.advance(NOW + MINUTE)

        await books.ledger.drain()

        assert outside.recorded == dict.fromkeys(subjects, "missed")
        assert await books.ledger.next_due() is None

    async def test_an_unknown_one_when_the_answer_is_lost(
        self, books: Books, outside: Attentive, rows: Rows
    ) -> None:
        outside.answers["a"] = [lose]
        await books.plan("a", policy=Policy.AT_MOST_ONCE)

        await books.ledger.drain()

        assert outside.recorded == {"a": "unknown"}
        assert (rows["a"].state, rows["a"].reason) == ("unknown", "timeout")

    async def test_an_unknown_one_when_its_sender_died(
        self, books: Books, outside: Attentive, rows: Rows
    ) -> None:
        await books.plan("a", policy=Policy.AT_MOST_ONCE)
        await books.claim()
        rows.let_holds_run_out()

        await books.ledger.drain()

        assert outside.tried == []
        assert outside.recorded == {"a": "unknown"}
        assert (rows["a"].state, rows["a"].reason) == ("unknown", "sender_died")

    async def test_what_fails_ends_nothing_and_is_told_again(
        self, books: Books, outside: Attentive, rows: Rows, clock: Hands
    ) -> None:
        outside.fails = True
        await books.plan("a", expires=NOW + MINUTE)
        clock.advance(NOW + MINUTE)
        with pytest.raises(ZeroDivisionError):
            await books.ledger.drain()
        assert rows.states() == {"a": "pending"}

        outside.fails = False
        rows.let_holds_run_out()
        await books.ledger.drain()

        assert outside.recorded == {"a": "missed"}
        assert outside.looked == []

    async def test_one_that_is_not_attentive_is_not_asked(
        self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws, rows: Rows
    ) -> None:
        deaf = Outside()
        senders = {PURPOSE: deaf}
        ledger = Ledger[Tx](db, senders, lambda: (workspace,), clock, draws, SETTINGS)
        await db.run(lambda tx: tx.deliveries.plan(planned(workspace, "a", expires=NOW), NOW))

        assert await ledger.drain() == 0
        assert rows.states() == {"a": "missed"}


Cancel = Callable[..., Any]


@pytest.fixture
def cancel(db: SqlDatabase, workspace: str, clock: Hands) -> Cancel:
    async def ask(subject: str, *, prefix: bool = False) -> tuple[str, ...]:
        now = clock.now()
        return await db.run(
            lambda tx: tx.deliveries.cancel(
                workspace, PURPOSE, subject, "withdrawn", now, prefix=prefix
            )
        )

    return ask


class TestCancel:
    async def test_what_is_owed_is_owed_no_longer(
        self, books: Books, outside: Attentive, rows: Rows, cancel: Cancel, clock: Hands
    ) -> None:
        await books.plan("a", "b", due=NOW + MINUTE)

        assert await cancel("a") == ("a",)
        assert await cancel("a") == ()
        clock.advance(NOW + MINUTE)
        await books.ledger.drain()

        assert outside.arrived == ["b"]
        assert (rows["a"].state, rows["a"].reason) == ("missed", "withdrawn")
        assert rows["a"].finished is not None
        assert outside.recorded == {"b": "ts-1"}

    async def test_all_that_begin_so_and_no_others(
        self, books: Books, cancel: Cancel, rows: Rows
    ) -> None:
        await books.plan("v1/1", "v1/2", "V1/1", "v12/1", "v_/1", "%")
        await books.plan("v1/3", purpose="test.other")

        assert sorted(await cancel("v1/", prefix=True)) == ["v1/1", "v1/2"]
        assert await cancel("v_", prefix=True) == ("v_/1",)
        left = {subject for subject, state in rows.states().items() if state == "pending"}
        assert left == {"V1/1", "v12/1", "%", "v1/3"}

    async def test_one_that_is_being_sent_ends_as_it_would_have(
        self, books: Books, outside: Attentive, rows: Rows, cancel: Cancel
    ) -> None:
        async def while_sending(delivery: Delivery) -> None:
            assert await cancel("a") == ()

        outside.while_sending = while_sending
        await books.plan("a")

        await books.ledger.drain()

        assert rows.states() == {"a": "sent"}

    async def test_one_whose_sender_died_may_have_gone(
        self, books: Books, rows: Rows, cancel: Cancel
    ) -> None:
        await books.plan("a")
        await books.claim()
        rows.let_holds_run_out()

        assert await cancel("a") == ("a",)
        assert rows.states() == {"a": "unknown"}


class TestPurge:
    async def purge(self, books: Books, before: datetime, prefix: str = "test.") -> int:
        return await books.db.run(
            lambda tx: tx.deliveries.purge(books.workspace, prefix, before, 2)
        )

    async def test_what_has_ended_goes_and_nothing_else(
        self, books: Books, rows: Rows, clock: Hands
    ) -> None:
        await books.plan("a", "b", "c")
        await books.ledger.drain()
        await books.plan("owed", due=NOW + DAY)
        await books.plan("other", purpose="tests.send")
        clock.advance(NOW + MINUTE)

        assert await self.purge(books, NOW) == 0
        assert await self.purge(books, NOW + MINUTE) == 2
        assert await self.purge(books, NOW + MINUTE) == 1
        assert rows.states() == {"owed": "pending", "other": "pending"}

    async def test_one_that_sent_a_message_too_many_stays_until_that_is_gone(
        self, books: Books, outside: Attentive, rows: Rows
    ) -> None:
        await books.plan("a")
        (taken,) = await books.claim()
        await books.finish(taken)

        def note(tx: Tx) -> None:
            tx.orphans.note(taken, "one too many", NOW)

        await books.db.run(note)

        assert await self.purge(books, NOW + DAY) == 0
        await books.ledger.sweep()
        assert outside.taken_back == ["one too many"]
        assert await self.purge(books, NOW + DAY) == 1
        assert rows.states() == {}
