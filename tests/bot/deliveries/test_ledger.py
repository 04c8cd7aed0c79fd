"""The ledger on both databases, against an outside that does as it is told."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.clock import Draws
from bot.deliveries.model import RATES, Delivery, Planned, Policy, Priority, State
from bot.deliveries.service import SHORTEST_WAIT, Ledger
from bot.workspace.model import Workspace
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.books import Books, Rows
from tests.bot.deliveries.outside import (
    Outside,
    accept_and_lose_the_answer,
    crash,
    lose,
    refuse,
)
from tests.contracts.databases import NOW, Hands, MakeDb
from tests.contracts.values import full_planned, planned

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class TestPlanning:
    async def test_what_is_planned_is_sent_once(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        await books.plan("a", "b")

        assert await books.ledger.drain() == 2
        assert await books.ledger.drain() == 0

        assert sorted(outside.arrived) == ["a", "b"]
        assert rows.states() == {"a": "sent", "b": "sent"}
        assert rows["a"].ref == outside.by_key[rows["a"].key]

    async def test_the_same_thing_is_owed_once(self, books: Books, outside: Outside) -> None:
        await books.plan("a")
        await books.plan("a")
        await books.ledger.drain()
        await books.plan("a")

        await books.ledger.drain()

        assert outside.arrived == ["a"]

    async def test_several_at_once_are_owed_as_one_by_one(
        self, books: Books, outside: Outside, rows: Rows, db: SqlDatabase, workspace: str
    ) -> None:
        latest = {"due": NOW, "policy": Policy.LATEST_WINS}
        await books.plan("once", due=NOW, wanted=1)
        await books.plan("board", wanted=1, **latest)

        def work(tx: Tx) -> None:
            tx.deliveries.plan_all(
                (
                    planned(workspace, "new", due=NOW),
                    planned(workspace, "once", due=NOW, wanted=9),
                    planned(workspace, "board", wanted=9, **latest),
                ),
                NOW,
            )
            tx.deliveries.plan_all((), NOW)

        await db.run(work)
        assert (rows["once"].wanted, rows["board"].wanted) == (1, 9)

        await books.ledger.drain()

        assert sorted(outside.arrived) == ["board", "new", "once"]

    async def test_every_field_reaches_the_sender(self, db: SqlDatabase, workspace: str) -> None:
        owed: Planned = full_planned(workspace)

        def work(tx: Tx) -> tuple[Delivery, ...]:
            tx.deliveries.plan(owed, NOW)
            return tx.deliveries.claim([workspace], NOW, 1, 1.0)

        taken = await db.run(work)

        assert taken == (
            Delivery(
                key=taken[0].key, workspace=workspace, purpose=owed.purpose, subject=owed.subject,
                due=owed.due, lane=owed.lane, policy=owed.policy, priority=owed.priority,
                expires=owed.expires, wanted=7, state=State.PENDING, at=NOW, fence=1, attempts=1,
                first_try=NOW, ref="",
            ),
        )  # fmt: skip

    async def test_not_before_its_time(self, books: Books, outside: Outside, clock: Hands) -> None:
        await books.plan("later", due=NOW + MINUTE)
        assert await books.ledger.drain() == 0
        assert await books.ledger.next_due() == NOW + MINUTE

        clock.advance(NOW + MINUTE)
        await books.ledger.drain()

        assert outside.arrived == ["later"]
        assert await books.ledger.next_due() is None

    async def test_past_its_moment_it_is_missed(
        self, books: Books, outside: Outside, clock: Hands, rows: Rows
    ) -> None:
        await books.plan("prompt", expires=NOW + MINUTE)
        clock.advance(NOW + MINUTE)

        await books.ledger.drain()

        assert outside.arrived == []
        assert rows.states() == {"prompt": "missed"}
        assert rows["prompt"].reason == "past its moment"


class TestOrder:
    async def test_an_incidents_sends_overtake_everything_and_the_oldest_goes_first(
        self, books: Books, outside: Outside, clock: Hands
    ) -> None:
        for subject, priority in (
            ("digest", Priority.ROUTINE),
            ("board", Priority.BOARD),
            ("mark", Priority.PERSON),
            ("first", Priority.INCIDENT),
            ("second", Priority.INCIDENT),
        ):
            await books.plan(subject, priority=priority)
            clock.advance_by(0.001)

        taken = await books.claim()

        assert [each.subject for each in taken] == ["first", "second", "board", "mark", "digest"]

    async def test_a_crowd_in_one_lane_does_not_stand_before_another(self, books: Books) -> None:
        crowd = [f"crowd {n}" for n in range(50)]
        await books.plan(*crowd, lane="post:C1")
        books.clock.advance_by(0.001)
        await books.plan("alone", lane="post:C2", priority=Priority.ROUTINE)

        taken = [each.lane for each in (*await books.claim(2), *await books.claim(2))]

        assert taken == ["post:C1", "post:C2"]

    async def test_a_workspace_with_much_to_say_does_not_outrank_anothers_incident(
        self, db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        def work(tx: Tx) -> list[str]:
            for n in range(9):
                chatter = planned(workspace, str(n), lane=f"post:C{n}", priority=Priority.ROUTINE)
                tx.deliveries.plan(chatter, NOW)
            tx.deliveries.plan(planned(other_workspace, "urgent"), NOW)
            both = [workspace, other_workspace]
            return [each.subject for each in tx.deliveries.claim(both, NOW, 2, 90.0)]

        assert (await db.run(work))[0] == "urgent"

    async def test_the_lanes_rate_is_kept_over_time(
        self, books: Books, outside: Outside, clock: Hands
    ) -> None:
        sent_at: list[datetime] = []

        async def note(_delivery: Delivery) -> None:
            sent_at.append(clock.now())

        outside.while_sending = note
        await books.plan(*map(str, range(12)), lane="topic")
        while (due := await books.ledger.next_due()) is not None:
            clock.advance(due)
            await books.ledger.drain()

        gap = timedelta(seconds=RATES["topic"].interval)
        assert sent_at == [NOW] * 4 + [NOW + gap * n for n in range(1, 9)]


class TestLatestWins:
    policy = Policy.LATEST_WINS

    async def board(self, books: Books, version: int) -> None:
        await books.plan("board", policy=self.policy, wanted=version, due=NOW)

    async def test_changes_before_the_send_coalesce(self, books: Books, outside: Outside) -> None:
        for version in (1, 2, 3):
            await self.board(books, version)

        await books.ledger.drain()

        assert [each.wanted for each in outside.tried] == [3]

    async def test_a_change_after_the_send_is_sent_again(
        self, books: Books, outside: Outside
    ) -> None:
        await self.board(books, 1)
        await books.ledger.drain()
        await self.board(books, 2)

        await books.ledger.drain()

        assert [each.wanted for each in outside.tried] == [1, 2]

    async def test_a_change_during_the_send_is_not_lost(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        async def change(delivery: Delivery) -> None:
            if delivery.wanted == 1:
                await self.board(books, 2)

        outside.while_sending = change
        await self.board(books, 1)

        await books.ledger.drain()

        assert [(each.wanted, each.attempts) for each in outside.tried] == [(1, 1), (2, 1)]
        assert (rows["board"].shown, rows["board"].state) == (2, "sent")

    async def test_an_older_version_changes_nothing(self, books: Books, outside: Outside) -> None:
        await self.board(books, 5)
        await books.ledger.drain()
        for version in (4, 5):
            await self.board(books, version)

        assert await books.ledger.drain() == 0

    async def test_what_the_sender_showed_counts_not_what_was_wanted(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        outside.versions["board"] = 9
        await self.board(books, 3)
        await books.ledger.drain()

        await self.board(books, 9)
        assert rows["board"].shown == 9

    async def test_after_a_lost_answer_it_is_edited_again_without_looking(
        self, books: Books, outside: Outside, clock: Hands
    ) -> None:
        outside.answers["board"] = [accept_and_lose_the_answer]
        await self.board(books, 1)
        await books.ledger.drain()

        clock.advance_by(3)
        await books.ledger.drain()

        assert outside.arrived == ["board", "board"]
        assert outside.looked == []

    async def test_a_refused_board_is_tried_again_when_it_changes(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        outside.answers["board"] = [refuse(permanent=True)]
        await self.board(books, 1)
        await books.ledger.drain()
        assert rows.states() == {"board": "parked"}

        await self.board(books, 2)
        await books.ledger.drain()

        assert rows.states() == {"board": "sent"}


class TestUnknownOutcome:
    async def test_a_step_is_repeated(self, books: Books, outside: Outside, clock: Hands) -> None:
        outside.answers["a"] = [accept_and_lose_the_answer, lose]
        await books.plan("a", policy=Policy.STEP)

        for _ in range(3):
            await books.ledger.drain()
            clock.advance_by(5)

        assert outside.arrived == ["a", "a"]
        assert outside.looked == []

    async def test_at_most_once_is_left_as_unknown(
        self, books: Books, outside: Outside, rows: Rows, clock: Hands
    ) -> None:
        outside.answers["a"] = [accept_and_lose_the_answer]
        await books.plan("a", policy=Policy.AT_MOST_ONCE)
        await books.ledger.drain()
        clock.advance_by(3600)
        rows.let_holds_run_out()

        assert await books.ledger.drain() == 0
        assert rows.states() == {"a": "unknown"}
        assert rows["a"].finished is not None
        assert outside.recorded == {}

    async def test_at_most_once_is_unknown_too_when_the_sender_dies(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        await books.plan("a", policy=Policy.AT_MOST_ONCE)
        await books.claim()
        rows.let_holds_run_out()

        await books.ledger.drain()

        assert outside.tried == []
        assert rows.states() == {"a": "unknown"}

    async def test_at_most_once_is_sent_after_a_definite_no(
        self, books: Books, outside: Outside, clock: Hands
    ) -> None:
        outside.answers["a"] = [refuse("fatal_error")]
        await books.plan("a", policy=Policy.AT_MOST_ONCE)
        await books.ledger.drain()
        clock.advance_by(5)

        await books.ledger.drain()

        assert outside.arrived == ["a"]

    @pytest.mark.parametrize(
        ("answer", "sends"), [(accept_and_lose_the_answer, 1), (lose, 1), (crash, 1)]
    )
    async def test_a_post_is_looked_for_and_sent_only_if_it_is_not_there(
        self, books: Books, outside: Outside, rows: Rows, clock: Hands, answer: Any, sends: int
    ) -> None:
        outside.answers["a"] = [answer]
        await books.plan("a")
        await books.ledger.drain()
        assert outside.looked == []

        clock.advance_by(5)
        assert await books.ledger.drain() == 0  # it settles first, in machine time
        rows.let_holds_run_out()
        await books.ledger.drain()

        assert outside.looked == ["a"]
        assert outside.arrived == ["a"] * sends
        assert rows["a"].ref == "ts-1"
        assert outside.recorded == {"a": "ts-1"}

    async def test_what_was_not_found_is_not_sent_past_its_moment(
        self, books: Books, outside: Outside, rows: Rows, clock: Hands
    ) -> None:
        outside.answers["a"] = [lose]
        await books.plan("a", expires=NOW + MINUTE)
        await books.ledger.drain()
        clock.advance_by(61)
        rows.let_holds_run_out()

        await books.ledger.drain()

        assert outside.arrived == []
        assert rows.states() == {"a": "missed"}


class TestRefusals:
    async def test_for_good_it_is_parked_and_followed_up_in_the_same_transaction(
        self, books: Books, outside: Outside, rows: Rows, workspace: str
    ) -> None:
        outside.answers["a"] = [refuse("is_archived", permanent=True)]
        outside.follow_up = lambda tx, _: tx.workspace.save(Workspace(workspace, "told", ""))
        await books.plan("a")

        await books.ledger.drain()

        assert (rows["a"].state, rows["a"].reason) == ("parked", "is_archived")
        assert rows["a"].finished is not None
        assert outside.recorded == {"a": "refused: is_archived"}
        told = await books.db.read(lambda tx: tx.workspace.get(workspace))
        assert told == Workspace(workspace, "told", "")

    @pytest.mark.parametrize("answers", [[refuse(permanent=True)], []])
    async def test_a_follow_up_that_fails_takes_the_end_with_it(
        self, books: Books, outside: Outside, rows: Rows, answers: list[Any]
    ) -> None:
        def fail(_tx: Tx, _delivery: Delivery) -> None:
            raise ZeroDivisionError

        outside.answers["a"] = answers
        outside.follow_up = fail
        await books.plan("a")

        with pytest.raises(ZeroDivisionError):
            await books.ledger.drain()

        assert rows.states() == {"a": "pending"}
        assert rows["a"].hold > 0

    async def test_for_now_it_is_tried_again_later_and_later(
        self, books: Books, outside: Outside, clock: Hands, rows: Rows
    ) -> None:
        outside.answers["a"] = [refuse("fatal_error")] * 4
        await books.plan("a", policy=Policy.STEP)
        waits = []
        while (due := await books.ledger.next_due()) is not None:
            waits.append((due - clock.now()) / SECOND)
            clock.advance(due)
            await books.ledger.drain()

        assert waits[0] == 0
        assert [2**n <= wait <= 2**n * 1.2 for n, wait in enumerate(waits[1:], 1)] == [True] * 4
        assert rows["a"].attempts == 5

    async def test_retry_after_shuts_the_lane_and_no_other(
        self, books: Books, outside: Outside, clock: Hands
    ) -> None:
        outside.answers["a"] = [refuse("ratelimited", retry_after=30.0)]
        await books.plan("a", lane="edit")
        await books.ledger.drain()
        clock.advance_by(0.001)  # what is owed from the same moment has no order
        await books.plan("same lane", lane="edit")
        await books.plan("other lane", lane="mark")

        clock.advance(NOW + 29.9 * SECOND)
        await books.ledger.drain()
        assert outside.arrived == ["other lane"]

        while (due := await books.ledger.next_due()) is not None:
            clock.advance(due)
            await books.ledger.drain()
        assert outside.arrived == ["other lane", "a", "same lane"]
        gap = timedelta(seconds=RATES["edit"].interval)
        assert clock.now() == NOW + 30 * SECOND + gap

    async def test_retry_after_nothing_waits_a_little_all_the_same(
        self, books: Books, outside: Outside
    ) -> None:
        outside.answers["a"] = [refuse("ratelimited", retry_after=0.0)] * 9
        await books.plan("a", lane="whisper")

        assert await books.ledger.drain() == 1
        assert await books.ledger.next_due() == NOW + SHORTEST_WAIT * SECOND

    async def test_a_purpose_of_a_newer_version_is_left_for_it(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        await books.plan("new", purpose="hologram.send", lane="hologram")
        await books.plan("known")

        await books.ledger.drain()

        assert outside.arrived == ["known"]
        assert rows.states() == {"new": "pending", "known": "sent"}
        assert rows["new"].reason == "no_sender"


class TestFence:
    async def test_a_claimed_one_is_nobody_elses(self, books: Books, outside: Outside) -> None:
        await books.plan("a")
        await books.claim()

        assert await books.claim() == ()
        assert await books.ledger.drain() == 0

    async def test_a_lease_that_ran_out_lets_another_take_it_and_refuses_the_first(
        self, books: Books, rows: Rows
    ) -> None:
        await books.plan("a", lane="edit")
        (first,) = await books.claim()
        rows.let_holds_run_out()
        (second,) = await books.claim()
        db, at = books.db, NOW + SECOND

        assert (first.key, first.fence) != (second.key, second.fence)
        assert (second.attempts, second.first_try, second.in_doubt) == (2, NOW, True)
        assert not await books.finish(first, "late")
        assert not await db.run(
            lambda tx: tx.deliveries.give_back(first, at, 0.0, "late", lane_shut=False)
        )
        assert not await db.run(lambda tx: tx.deliveries.close(first, State.PARKED, "late", NOW))
        assert await books.finish(second, "won")
        assert (rows["a"].ref, rows["a"].state, rows["a"].reason) == ("won", "sent", "")
        assert not await books.finish(second, "twice")

    async def test_a_sender_paused_past_its_lease_records_nothing(
        self, books: Books, outside: Outside, rows: Rows, make_db: MakeDb, draws: Draws
    ) -> None:
        other = Books(make_db(), outside, books.workspace, books.clock, draws)

        async def pause(delivery: Delivery) -> None:
            outside.while_sending = None
            rows.let_holds_run_out()
            await other.ledger.drain()

        outside.while_sending = pause
        await books.plan("a", lane="edit")

        with capture_logs() as logs:
            await books.ledger.drain()

        assert outside.recorded == {"a": "ts-1"}
        assert rows["a"].ref == "ts-1"
        assert [each["event"] for each in logs if "fence" in each["event"]] == [
            "delivery.fence_lost"
        ]


class TestReplicas:
    async def test_many_claiming_at_once_take_no_row_twice_and_share_the_budgets(
        self, make_db: MakeDb, outside: Outside, workspace: str, clock: Hands, draws: Draws
    ) -> None:
        replicas = [
            Books(make_db(run_twice=False), outside, workspace, clock, draws) for _ in range(2)
        ]
        owed = [
            planned(workspace, f"{lane}/{n}", lane=f"post:C{lane}")
            for lane in range(100)
            for n in range(5)
        ]

        def plan_all(tx: Tx) -> None:
            for each in owed:
                tx.deliveries.plan(each, NOW)

        await replicas[0].db.run(plan_all)

        while (due := await replicas[0].ledger.next_due()) is not None:
            clock.advance(due)
            before = Counter(each.lane for each in outside.tried)
            await asyncio.gather(*(each.ledger.drain() for each in replicas))
            now = Counter(each.lane for each in outside.tried) - before
            assert set(now.values()) <= {1}

        assert len(outside.arrived) == 500
        assert len(set(outside.arrived)) == 500

    @pytest.mark.postgres
    async def test_a_row_that_another_is_taking_is_passed_over_and_not_waited_for(
        self, postgres_db: SqlDatabase, workspace: str
    ) -> None:
        def plan_two(tx: Tx) -> None:
            tx.deliveries.plan(planned(workspace, "a", lane="mark"), NOW)
            tx.deliveries.plan(planned(workspace, "b", lane="edit"), NOW + SECOND)

        await postgres_db.run(plan_two)
        taken, go_on = threading.Event(), threading.Event()

        def take_one(tx: Tx) -> None:
            tx.deliveries.give_back(owed[0], NOW, 60.0, "", lane_shut=False)
            taken.set()
            assert go_on.wait(5)

        owed = await postgres_db.run(lambda tx: tx.deliveries.claim([workspace], NOW, 9, 60.0))
        at = NOW + SECOND
        await postgres_db.run(
            lambda tx: tx.deliveries.give_back(owed[0], NOW, 0.0, "", lane_shut=False)
        )
        taking = asyncio.create_task(postgres_db.run(take_one))
        assert await asyncio.to_thread(taken.wait, 5)
        try:
            others = await asyncio.wait_for(
                postgres_db.run(lambda tx: tx.deliveries.claim([workspace], at, 9, 60.0)), 5
            )
        finally:
            go_on.set()
        await taking

        assert [each.subject for each in others] == ["b"]


class TestPump:
    @pytest.fixture
    async def pumping(self, books: Books) -> "asyncio.Task[None]":
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(books.ledger.wake)

        books.db.on_planned = wake
        return asyncio.create_task(books.ledger.pump())

    async def arrival(self, outside: Outside) -> asyncio.Event:
        came = asyncio.Event()

        async def note(_delivery: Delivery) -> None:
            came.set()

        outside.while_sending = note
        return came

    async def test_planning_wakes_it_and_stop_ends_it(
        self, books: Books, outside: Outside, pumping: "asyncio.Task[None]"
    ) -> None:
        came = await self.arrival(outside)
        await books.plan("a")

        await asyncio.wait_for(came.wait(), 5)
        books.ledger.stop()
        await asyncio.wait_for(pumping, 5)

        assert outside.recorded == {"a": "ts-1"}  # the send in flight was finished

    async def test_a_database_that_is_away_for_a_moment_does_not_end_it(
        self, outside: Outside, workspace: str, clock: Hands, draws: Draws, db: SqlDatabase
    ) -> None:
        shaky = Shaky(db)
        ledger = Ledger[Tx](shaky, {"test.send": outside}, lambda: (workspace,), clock, draws)
        pumping = asyncio.create_task(ledger.pump())
        came = await self.arrival(outside)
        await db.run(lambda tx: tx.deliveries.plan(planned(workspace), NOW))

        with capture_logs() as logs:
            ledger.wake()
            await asyncio.wait_for(shaky.failed.wait(), 5)
            ledger.wake()
            await asyncio.wait_for(came.wait(), 5)
            ledger.stop()
            await asyncio.wait_for(pumping, 5)

        assert outside.arrived == ["s"]
        assert "ledger.tick_failed" in [each["event"] for each in logs]

    async def test_stopped_it_claims_nothing_more(self, books: Books, outside: Outside) -> None:
        await books.plan("a")
        books.ledger.stop()

        await asyncio.wait_for(books.ledger.pump(), 5)

        assert outside.tried == []

    async def test_one_that_cannot_be_recorded_does_not_cut_off_the_others(
        self, books: Books, outside: Outside, rows: Rows
    ) -> None:
        def fail_one(_tx: Tx, delivery: Delivery) -> None:
            if delivery.subject == "bad":
                raise ZeroDivisionError

        async def dawdle(delivery: Delivery) -> None:
            for _ in range(0 if delivery.subject == "bad" else 50):
                await asyncio.to_thread(bool)  # finish well after the bad one

        outside.follow_up, outside.while_sending = fail_one, dawdle
        await books.plan("bad", "good")

        with pytest.raises(ZeroDivisionError):
            await books.ledger.tick()

        assert rows.states() == {"bad": "pending", "good": "sent"}


class Shaky:
    """A database whose first transaction fails."""

    def __init__(self, db: SqlDatabase) -> None:
        self._db = db
        self.failed = asyncio.Event()

    async def run(
        self,
        fn: Callable[[Tx], Any],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> Any:
        if not self.failed.is_set():
            self.failed.set()
            raise ConnectionError
        return await self._db.run(fn, once=once, deadline=deadline)

    async def read(self, fn: Callable[[Tx], Any], *, deadline: float | None = None) -> Any:
        return await self._db.read(fn, deadline=deadline)
