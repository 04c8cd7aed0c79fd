"""What the ledger owes, and what is counted of it, on both databases."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from bot.clock import SeededDraws
from bot.deliveries.model import Backlog, Sent, State
from bot.meter import Unmetered
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Counts(Unmetered):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.happened: Counter[str] = Counter()
        self.asked: list[tuple[str, float]] = []

    def delivered(self, happened: Mapping[str, int]) -> None:
        self.happened.update(happened)

    def asked_database(self, way: str, seconds: float) -> None:
        self.asked.append((way, seconds))


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def counted(url: str, clock: Hands, draws: SeededDraws, counts: Counts) -> Iterator[SqlDatabase]:
    made = SqlDatabase(url, clock, draws, run_twice=True, meter=counts)
    yield made
    made.close()


def plan(tx: Tx, workspace: str, *subjects: str, **changes: object) -> None:
    tx.deliveries.plan_all([planned(workspace, each, **changes) for each in subjects], NOW)


class TestBacklog:
    async def test_nothing_is_owed(self, counted: SqlDatabase, workspace: str) -> None:
        owed = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW))

        assert owed == Backlog(0, 0, 0, None)

    async def test_it_is_told_by_how_far_it_has_come(
        self, counted: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        def work(tx: Tx) -> None:
            plan(tx, workspace, "later", due=NOW + HOUR)
            plan(tx, workspace, "a", "b", "c", due=NOW - HOUR, lane="edit")
            plan(tx, other_workspace, "theirs", due=NOW)

        await counted.run(work)
        await counted.run(lambda tx: tx.deliveries.claim((workspace,), NOW, 1, 90.0))
        owed = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW + SECOND))

        # It was planned now, for an hour ago: it is due since it was planned.
        assert owed == Backlog(ahead=1, due=2, held=1, oldest=NOW)

    async def test_a_prompt_that_is_still_to_come_is_not_told(
        self, counted: SqlDatabase, workspace: str
    ) -> None:
        """Whoever reads /metrics would know whether somebody is asked again today."""

        def work(tx: Tx) -> None:
            plan(tx, workspace, "p1", "p2", due=NOW + HOUR, purpose="sampling.prompt")
            plan(tx, workspace, "a board", due=NOW + HOUR)

        await counted.run(work)
        ahead = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW))
        due = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW + HOUR))

        assert (ahead.ahead, due.due) == (1, 3)

    async def test_what_a_budget_makes_wait_is_still_as_old(
        self, counted: SqlDatabase, workspace: str, counts: Counts
    ) -> None:
        def work(tx: Tx) -> None:
            plan(tx, workspace, "a", "b", "c", due=NOW, lane="post:C1")

        await counted.run(work)
        await counted.run(lambda tx: tx.deliveries.claim((workspace,), NOW, 20, 90.0))
        owed = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW + SECOND))

        assert owed == Backlog(ahead=0, due=2, held=1, oldest=NOW)
        assert counts.happened == {"postponed": 2}

    async def test_it_is_not_owed_once_it_is_sent(
        self, counted: SqlDatabase, workspace: str, counts: Counts
    ) -> None:
        await counted.run(lambda tx: plan(tx, workspace, "a", due=NOW))
        (claimed,) = await counted.run(lambda tx: tx.deliveries.claim((workspace,), NOW, 20, 90.0))
        await counted.run(lambda tx: tx.deliveries.finish(claimed, Sent("1.2"), NOW))
        owed = await counted.read(lambda tx: tx.deliveries.backlog((workspace,), NOW))

        assert owed == Backlog(0, 0, 0, None)
        assert counts.happened["sent"] == 1


class TestCounts:
    async def test_each_end_is_counted_once_and_by_its_name(
        self, counted: SqlDatabase, workspace: str, counts: Counts
    ) -> None:
        await counted.run(lambda tx: plan(tx, workspace, "a", "b", due=NOW, lane="edit"))
        await counted.run(lambda tx: plan(tx, workspace, "late", due=NOW, expires=NOW))
        first, second = await counted.run(
            lambda tx: tx.deliveries.claim((workspace,), NOW, 20, 90.0)
        )
        await counted.run(lambda tx: tx.deliveries.close(first, State.PARKED, "no", NOW))
        await counted.run(
            lambda tx: tx.deliveries.give_back(second, NOW, 0.0, "busy", lane_shut=True)
        )
        await counted.run(lambda tx: tx.deliveries.finish(first, Sent("1.2"), NOW))

        assert +counts.happened == {
            "missed": 1,
            "parked": 1,
            "told_to_wait": 1,
            "again": 1,
            "fence_lost": 1,
        }

    async def test_what_was_rolled_back_did_not_happen(
        self, counted: SqlDatabase, workspace: str, counts: Counts
    ) -> None:
        await counted.run(lambda tx: plan(tx, workspace, "a", due=NOW))

        def fails(tx: Tx) -> None:
            tx.deliveries.claim((workspace,), NOW, 20, 90.0)
            tx.deliveries.happened["sent"] += 1
            raise ValueError("after it was sent")

        with pytest.raises(ValueError, match="after"):
            await counted.run(fails)
        assert not +counts.happened

    async def test_every_transaction_is_timed_well_or_not(
        self, counted: SqlDatabase, counts: Counts
    ) -> None:
        await counted.run(lambda _: None)
        with pytest.raises(ZeroDivisionError):
            await counted.read(lambda _: 1 // 0)

        assert [way for way, _ in counts.asked] == ["write", "read"]
        assert all(seconds >= 0 for _, seconds in counts.asked)
