"""Rows of the fault matrix that need no process of their own; docs/ledger.md names them all."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clock import Clock, Draws, SystemClock
from bot.deliveries.model import PER_LANE, Delivery, Planned, Policy, Sent
from bot.deliveries.service import MOST_AHEAD, Ledger, LedgerSettings
from bot.errors import SendFailed
from storage.deliveries import LOOKED_AT, ROUNDS
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside, accept, accept_and_lose_the_answer, lose, refuse
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SETTINGS = LedgerSettings(lease=90.0, settle=60.0, batch=20)
SOON = 5


ClockT = TypeVar("ClockT", bound=Clock)


class Replica(Generic[ClockT]):
    """One process of several on a database, by a clock of its own."""

    def __init__(
        self, db: SqlDatabase, outside: Outside, workspace: str, clock: ClockT, draws: Draws
    ) -> None:
        self.db, self.outside, self.workspace, self.clock = db, outside, workspace, clock
        senders = {"test.send": outside}
        self.ledger = Ledger[Tx](db, senders, lambda: (workspace,), clock, draws, SETTINGS)

    async def plan(self, *subjects: str, **changes: Any) -> None:
        now = self.clock.now()
        owed = [self.owed(subject, **({"due": now} | changes)) for subject in subjects]
        await self.db.run(lambda tx: tx.deliveries.plan_all(owed, now))

    def owed(self, subject: str, **changes: Any) -> Planned:
        return planned(self.workspace, subject, **({"lane": f"post:{subject}"} | changes))


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def one(
    db: SqlDatabase, outside: Outside, workspace: str, clock: Hands, draws: Draws
) -> Replica[Hands]:
    return Replica(db, outside, workspace, clock, draws)


class Rows:
    """The rows of a workspace as they are."""

    def __init__(self, engine: sa.Engine, workspace: str) -> None:
        self._engine, self._workspace = engine, workspace

    def ask(self, question: str, **values: object) -> list[Any]:
        with self._engine.begin() as connection:
            asked = connection.execute(sa.text(question), {"w": self._workspace, **values})
            return list(asked) if asked.returns_rows else []

    def states(self) -> dict[str, str]:
        found = self.ask("SELECT subject, state FROM deliveries WHERE workspace = :w")
        return {row.subject: row.state for row in found}

    def let_holds_run_out(self) -> None:
        self.ask("UPDATE deliveries SET hold = 1 WHERE workspace = :w AND hold > 0")

    def orphans(self) -> list[str]:
        return [row.ref for row in self.ask("SELECT ref FROM orphans WHERE workspace = :w")]


@pytest.fixture
def rows(engine: sa.Engine, workspace: str) -> Rows:
    return Rows(engine, workspace)


class TestSlackIsDown:
    async def test_for_two_hours_the_backlog_is_kept_and_what_expired_is_missed(
        self, one: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        for subject in ("prompt", "board"):
            outside.answers[subject] = [refuse("unreachable")] * 99
        await one.plan("prompt", expires=NOW + HOUR)
        await one.plan("board")
        while one.clock.now() < NOW + 2 * HOUR:
            await one.ledger.drain()
            one.clock.advance_by(60)
        assert rows.states() == {"prompt": "missed", "board": "pending"}

        outside.answers["board"].clear()
        one.clock.advance_by(400)
        await one.ledger.drain()

        assert outside.arrived == ["board"]

    @pytest.mark.parametrize("reason", ["invalid_auth", "channel_not_found", "is_archived"])
    async def test_what_it_refuses_for_good_is_parked_and_not_tried_again(
        self, one: Replica[Hands], outside: Outside, rows: Rows, reason: str
    ) -> None:
        outside.answers["a"] = [refuse(reason, permanent=True)]
        await one.plan("a")
        with capture_logs() as logs:
            await one.ledger.drain()
        one.clock.advance(NOW + DAY)
        await one.ledger.drain()

        assert len(outside.tried) == 1
        assert rows.states() == {"a": "parked"}
        assert [each["reason"] for each in logs if each["event"] == "delivery.failed"] == [reason]


class Shy(Outside):
    """Refuses to be read, as said, so often; then it is read as usual."""

    def __init__(self, *refusals: SendFailed) -> None:
        super().__init__()
        self.refusals = list(refusals)

    async def find(self, delivery: Delivery) -> Sent | None:
        if self.refusals:
            raise self.refusals.pop(0)
        return await super().find(delivery)


class TestLookingBack:
    async def to_be_looked_for(
        self, db: SqlDatabase, outside: Outside, workspace: str, clock: Hands, draws: Draws
    ) -> Replica[Hands]:
        """One send that arrived, of which nobody heard."""
        one = Replica(db, outside, workspace, clock, draws)
        outside.answers["a"] = [accept_and_lose_the_answer]
        await one.plan("a")
        await one.ledger.drain()
        return one

    async def again(self, one: Replica[Hands], rows: Rows, seconds: float = 10) -> None:
        rows.let_holds_run_out()
        one.clock.advance_by(seconds)
        await one.ledger.drain()

    async def test_a_message_deleted_before_the_look_is_sent_again(
        self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws, rows: Rows
    ) -> None:
        """As docs/ledger.md says: what is not there cannot be told from what never was."""
        outside = Outside()
        one = await self.to_be_looked_for(db, outside, workspace, clock, draws)
        outside.by_key.clear()

        await self.again(one, rows)

        assert (outside.looked, outside.arrived) == (["a"], ["a", "a"])
        assert rows.states() == {"a": "sent"}

    async def test_where_reading_is_limited_it_waits_and_sends_nothing_unseen(
        self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws, rows: Rows
    ) -> None:
        outside = Shy(*[SendFailed("ratelimited", retry_after=60.0)] * 2)
        one = await self.to_be_looked_for(db, outside, workspace, clock, draws)
        for seconds in (10, 30, 31):  # the second is too early
            await self.again(one, rows, seconds)
            assert outside.arrived == ["a"]
        assert (outside.refusals, rows.states()) == ([], {"a": "pending"})

        await self.again(one, rows, 61)

        assert (outside.looked, outside.arrived) == (["a"], ["a"])
        assert rows.states() == {"a": "sent"}

    async def test_where_reading_is_refused_for_good_it_is_parked_and_not_sent_again(
        self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws, rows: Rows
    ) -> None:
        outside = Shy(SendFailed("missing_scope", permanent=True))
        one = await self.to_be_looked_for(db, outside, workspace, clock, draws)

        await self.again(one, rows)
        await self.again(one, rows)

        assert outside.arrived == ["a"]
        assert rows.states() == {"a": "parked"}


class Shifted(SystemClock):
    """The real clock, set wrong by so much."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return super().now() + self.shift


class TestClocks:
    async def test_set_back_an_hour_nothing_is_early_and_no_lane_stays_shut(
        self, one: Replica[Hands], outside: Outside, workspace: str, draws: Draws
    ) -> None:
        await one.plan("first", lane="post:C1")
        await one.ledger.drain()
        back = Replica(one.db, outside, workspace, Hands(NOW - HOUR), draws)
        await back.plan("second", lane="post:C1")
        await back.plan("later", due=NOW)

        await back.ledger.drain()

        assert outside.arrived == ["first", "second"]

    async def test_ahead_of_the_databases_nothing_is_claimed_until_they_agree(
        self, db: SqlDatabase, outside: Outside, workspace: str, draws: Draws, rows: Rows
    ) -> None:
        clock = Shifted()
        one = Replica(db, outside, workspace, clock, draws)
        await one.plan("due")
        await one.plan("later", due=clock.now() + HOUR / 2)
        clock.shift = HOUR
        with capture_logs() as logs:
            for _ in range(3):
                assert await one.ledger.drain() == 0
        assert (outside.tried, round(one.ledger.seconds_ahead)) == ([], 3600)

        clock.shift = timedelta()
        with capture_logs() as more:
            await one.ledger.drain()

        assert outside.arrived == ["due"]
        assert rows.states() == {"due": "sent", "later": "pending"}
        assert one.ledger.seconds_ahead == 0
        events = [each["event"] for each in (*logs, *more)]
        assert events == ["ledger.clock_ahead", "ledger.clock_agrees"]

    async def test_a_little_ahead_is_no_reason(
        self, db: SqlDatabase, outside: Outside, workspace: str, draws: Draws
    ) -> None:
        clock = Shifted(timedelta(seconds=MOST_AHEAD / 2))
        one = Replica(db, outside, workspace, clock, draws)
        await one.plan("a")

        await one.ledger.drain()

        assert outside.arrived == ["a"]

    async def test_two_replicas_half_a_minute_apart_send_each_once(
        self, one: Replica[Hands], outside: Outside, workspace: str, draws: Draws, rows: Rows
    ) -> None:
        ahead = Replica(one.db, outside, workspace, Hands(NOW + MINUTE / 2), draws)
        subjects = [str(n) for n in range(12)]
        for number, subject in enumerate(subjects):
            due = NOW + timedelta(seconds=10 * number)
            await one.plan(subject, due=due, lane=f"post:C{number % 3}")
        for _ in range(24):
            for each in (ahead, one):
                await each.ledger.drain()
                each.clock.advance_by(10)

        assert sorted(outside.arrived, key=int) == subjects
        assert set(rows.states().values()) == {"sent"}
        assert outside.looked == []

    async def test_a_lease_that_seems_over_is_not_taken_from_ourselves(
        self, one: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        """A database whose clock jumps ahead ends every lease."""
        seen: list[str] = []

        async def jump(delivery: Delivery) -> None:
            seen.append(delivery.subject)
            rows.let_holds_run_out()
            await one.ledger.tick()

        outside.while_sending = jump
        await one.plan("a")

        await one.ledger.drain()

        assert seen == ["a"]
        assert outside.arrived == ["a"]

    async def test_so_late_a_first_try_looks_first(
        self, one: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        """A server that lost its last commits gives out again what was sent."""
        await one.plan("a", "b")
        (key,) = [
            row.key
            for row in rows.ask("SELECT * FROM deliveries WHERE subject = 'a' AND workspace = :w")
        ]
        outside.by_key[key] = "ts-before"
        one.clock.advance_by(600)

        await one.ledger.drain()

        assert sorted(outside.looked) == ["a", "b"]
        assert outside.arrived == ["b"]
        assert {each.first_try for each in outside.tried} == {NOW}

    async def test_what_is_held_does_not_hide_what_comes_next(
        self, one: Replica[Hands], outside: Outside
    ) -> None:
        outside.answers["doubtful"] = [lose]
        await one.plan("doubtful")
        await one.plan("later", due=NOW + HOUR)
        await one.ledger.drain()

        assert await one.ledger.next_due() == NOW + HOUR


class TestManyAtOnce:
    async def test_a_slow_send_holds_up_nobody(self, one: Replica[Hands], outside: Outside) -> None:
        begun, go_on, others = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def dawdle(delivery: Delivery) -> None:
            if delivery.subject == "slow":
                begun.set()
                await go_on.wait()
            elif delivery.subject == "new":
                others.set()

        outside.while_sending = dawdle
        await one.plan("slow")
        draining = asyncio.create_task(one.ledger.drain())
        await asyncio.wait_for(begun.wait(), SOON)
        await one.plan("new")
        one.ledger.wake()
        await asyncio.wait_for(others.wait(), SOON)
        go_on.set()
        await asyncio.wait_for(draining, SOON)

        assert outside.arrived == ["new", "slow"]

    async def test_one_lane_cannot_take_all_the_room(
        self, one: Replica[Hands], outside: Outside
    ) -> None:
        await one.plan(*map(str, range(40)), lane="timer")
        await one.ledger.tick()

        assert len(outside.arrived) == PER_LANE

    async def test_a_long_backlog_is_set_aside_in_pieces(
        self, one: Replica[Hands], rows: Rows
    ) -> None:
        await one.plan(*map(str, range(LOOKED_AT * (ROUNDS + 2))), lane="create")
        await one.ledger.tick()  # the burst
        await one.db.run(lambda tx: tx.deliveries.claim([one.workspace], NOW, 20, 90.0))

        (moved,) = rows.ask(
            "SELECT count(*) AS n FROM deliveries WHERE workspace = :w AND"
            " attempts = 0 AND at > since"
        )
        assert moved.n == SETTINGS.batch * 2 + LOOKED_AT * ROUNDS - RATE_BURST


RATE_BURST = 4


class TestStopping:
    @pytest.mark.parametrize(
        ("policy", "state", "held"),
        [
            (Policy.LOOK_BACK, "pending", True),
            (Policy.STEP, "pending", False),
            (Policy.AT_MOST_ONCE, "unknown", False),
        ],
    )
    async def test_what_is_in_flight_when_time_is_up_is_given_back(
        self,
        one: Replica[Hands],
        outside: Outside,
        rows: Rows,
        policy: Policy,
        state: str,
        *,
        held: bool,
    ) -> None:
        begun = asyncio.Event()

        async def hang(_delivery: Delivery) -> None:
            begun.set()
            await asyncio.Event().wait()

        outside.while_sending = hang
        await one.plan("a", policy=policy)
        pumping = asyncio.create_task(one.ledger.pump())
        one.ledger.wake()
        await asyncio.wait_for(begun.wait(), SOON)
        pumping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pumping

        (row,) = rows.ask("SELECT * FROM deliveries WHERE workspace = :w")
        assert (row.state, row.hold > 0) == (state, held)

    async def test_what_was_given_back_is_taken_over(
        self, one: Replica[Hands], outside: Outside, rows: Rows, workspace: str, draws: Draws
    ) -> None:
        begun = asyncio.Event()

        async def hang(delivery: Delivery) -> None:
            outside.while_sending = None
            await accept(outside, delivery)
            begun.set()
            await asyncio.Event().wait()

        outside.while_sending = hang
        await one.plan("a")
        pumping = asyncio.create_task(one.ledger.pump())
        one.ledger.wake()
        await asyncio.wait_for(begun.wait(), SOON)
        pumping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pumping
        rows.let_holds_run_out()
        one.clock.advance_by(10)

        await Replica(one.db, outside, workspace, one.clock, draws).ledger.drain()

        assert outside.arrived == ["a"]
        assert rows.states() == {"a": "sent"}


class TestOrphans:
    async def held_up(
        self, one: Replica[Hands], outside: Outside, rows: Rows, other: Replica[Hands]
    ) -> None:
        """One sends "a" after its lease, when another has sent it."""

        async def pause(_delivery: Delivery) -> None:
            outside.while_sending = None
            rows.let_holds_run_out()
            one.clock.advance_by(5)
            await other.ledger.drain()

        outside.while_sending = pause
        await one.plan("a")
        await one.ledger.drain()

    @pytest.fixture
    def other(self, one: Replica[Hands], outside: Outside, draws: Draws) -> Replica[Hands]:
        return Replica(one.db, outside, one.workspace, one.clock, draws)

    async def test_of_two_messages_the_one_that_lost_is_taken_back(
        self, one: Replica[Hands], other: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        await self.held_up(one, outside, rows, other)
        assert rows.orphans() == ["ts-2"]

        assert await other.ledger.sweep() == 1
        assert await other.ledger.sweep() == 0

        assert outside.taken_back == ["ts-2"]
        assert rows.orphans() == []

    async def test_one_that_another_adopted_stays(
        self, one: Replica[Hands], other: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        async def late(_outside: Outside, delivery: Delivery) -> Any:
            sent = await accept(outside, delivery)
            rows.let_holds_run_out()
            one.clock.advance_by(5)
            await other.ledger.drain()
            return sent

        outside.answers["a"] = [late]
        await one.plan("a")
        await one.ledger.drain()
        assert outside.arrived == ["a"]

        await one.ledger.sweep()

        assert outside.taken_back == []
        assert rows.orphans() == []

    async def test_while_the_other_is_still_sending_it_waits(
        self, one: Replica[Hands], other: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        outside.answers["a"] = [accept_and_lose_the_answer]
        await self.held_up(one, outside, rows, other)

        assert await one.ledger.sweep() == 0
        assert len(rows.orphans()) == 1

    @pytest.mark.parametrize(("reason", "left"), [("ratelimited", 1), ("cant_delete_message", 0)])
    async def test_what_cannot_be_taken_back_now_is_tried_again(
        self,
        one: Replica[Hands],
        other: Replica[Hands],
        outside: Outside,
        rows: Rows,
        reason: str,
        left: int,
    ) -> None:
        await self.held_up(one, outside, rows, other)
        outside.keeps = reason

        await one.ledger.sweep()

        assert len(rows.orphans()) == left

    async def test_of_another_workspace_they_are_none_of_ours(
        self,
        one: Replica[Hands],
        other: Replica[Hands],
        outside: Outside,
        rows: Rows,
        other_workspace: str,
    ) -> None:
        await self.held_up(one, outside, rows, other)
        strange = await one.db.read(lambda tx: tx.orphans.ended([other_workspace], 9))
        assert strange == ()

    async def test_a_board_is_edited_again_and_never_deleted(
        self, one: Replica[Hands], outside: Outside, rows: Rows
    ) -> None:
        async def pause(_delivery: Delivery) -> None:
            outside.while_sending = None
            rows.ask("UPDATE deliveries SET fence = fence + 1 WHERE workspace = :w")

        outside.while_sending = pause
        await one.plan("a", policy=Policy.LATEST_WINS, wanted=1)
        await one.ledger.drain()

        assert rows.orphans() == []
        assert rows.states() == {"a": "pending"}
