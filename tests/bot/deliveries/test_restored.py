"""After a backup was restored: what was due before it is looked for before it is sent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.clock import Draws
from bot.deliveries.model import Policy
from bot.deliveries.service import Ledger
from storage.engine import SqlDatabase
from storage.restores import set_mark
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside, lose
from tests.contracts.databases import NOW, Hands, alone
from tests.contracts.values import planned

MINUTE = timedelta(minutes=1)
Mark = Callable[[datetime], None]


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place of its own: a mark is the whole database's."""
    with alone(url, request) as own:
        yield own


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def ledger(
    db: SqlDatabase, outside: Outside, workspace: str, clock: Hands, draws: Draws
) -> Ledger[Tx]:
    return Ledger[Tx](db, {"test.send": outside}, lambda: (workspace,), clock, draws)


@pytest.fixture
def mark(engine: sa.Engine) -> Mark:
    def set_at(at: datetime) -> None:
        with engine.begin() as connection:
            set_mark(connection, at, NOW)

    return set_at


async def plan(db: SqlDatabase, workspace: str, at: datetime, **changes: object) -> None:
    owed = planned(workspace, "s", due=at, **changes)
    await db.run(lambda tx: tx.deliveries.plan(owed, at))


async def key_of(db: SqlDatabase, engine: sa.Engine) -> str:
    with engine.begin() as connection:
        return str(connection.execute(sa.text("SELECT key FROM deliveries")).scalar_one())


class TestDueBeforeTheMark:
    async def test_what_was_sent_after_the_backup_is_adopted(
        self, db: SqlDatabase, engine: sa.Engine, ledger: Ledger[Tx], outside: Outside,
        workspace: str, clock: Hands, mark: Mark,
    ) -> None:  # fmt: skip
        await plan(db, workspace, NOW)
        outside.by_key[await key_of(db, engine)] = "ts-before"
        mark(NOW + MINUTE)
        clock.advance(NOW + MINUTE)

        assert await ledger.drain() == 1

        assert outside.looked == ["s"]
        assert outside.arrived == []
        assert outside.recorded == {"s": "ts-before"}

    async def test_what_was_not_is_sent_and_looked_for_since_it_was_due(
        self, db: SqlDatabase, ledger: Ledger[Tx], outside: Outside, workspace: str,
        clock: Hands, mark: Mark,
    ) -> None:  # fmt: skip
        await plan(db, workspace, NOW)
        mark(NOW + MINUTE)
        clock.advance(NOW + 2 * MINUTE)

        assert await ledger.drain() == 1

        assert outside.looked == outside.arrived == ["s"]
        assert [each.first_try for each in outside.tried] == [NOW]

    async def test_what_goes_at_most_once_does_not_go_again(
        self, db: SqlDatabase, ledger: Ledger[Tx], outside: Outside, workspace: str,
        clock: Hands, mark: Mark,
    ) -> None:  # fmt: skip
        await plan(db, workspace, NOW, policy=Policy.AT_MOST_ONCE)
        mark(NOW + MINUTE)
        clock.advance(NOW + MINUTE)

        assert await ledger.drain() == 0
        assert outside.tried == []

    async def test_it_is_looked_for_at_every_try(
        self, db: SqlDatabase, ledger: Ledger[Tx], outside: Outside, workspace: str,
        clock: Hands, mark: Mark, engine: sa.Engine,
    ) -> None:  # fmt: skip
        outside.answers["s"] = [lose]
        await plan(db, workspace, NOW)
        mark(NOW + MINUTE)
        clock.advance(NOW + MINUTE)
        await ledger.drain()
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE deliveries SET hold = 1"))
        clock.advance(NOW + 2 * MINUTE)

        await ledger.drain()

        assert outside.looked == ["s", "s"]
        assert [each.first_try for each in outside.tried] == [NOW, NOW]


class TestNotAffected:
    async def test_due_after_the_mark(
        self, db: SqlDatabase, ledger: Ledger[Tx], outside: Outside, workspace: str,
        clock: Hands, mark: Mark,
    ) -> None:  # fmt: skip
        mark(NOW)
        await plan(db, workspace, NOW)

        await ledger.drain()

        assert outside.looked == []
        assert outside.arrived == ["s"]

    async def test_planned_after_the_mark_for_a_time_before_it(
        self, db: SqlDatabase, ledger: Ledger[Tx], outside: Outside, workspace: str,
        clock: Hands, mark: Mark,
    ) -> None:  # fmt: skip
        mark(NOW)
        owed = planned(workspace, "s", due=NOW - MINUTE, policy=Policy.AT_MOST_ONCE)
        await db.run(lambda tx: tx.deliveries.plan(owed, NOW))

        await ledger.drain()

        assert outside.arrived == ["s"]
