"""The database fails under the ledger: it crashes, or its disk is full."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clock import SeededDraws, SystemClock, SystemDraws
from bot.deliveries.model import Delivery
from bot.deliveries.service import Ledger, LedgerSettings
from storage import schema
from storage.deliveries import deliveries
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned
from tests.faults.cluster import Cluster, private_cluster

WORKSPACE = "T1"
SENDS = 40


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with private_cluster() as made:
        yield made


async def test_postgresql_crashes_in_a_run_and_nothing_is_lost_or_doubled(
    cluster: Cluster,
) -> None:
    schema.upgrade(cluster.url)
    clock = SystemClock()
    db = SqlDatabase(cluster.url, clock, SystemDraws())
    outside = Outside()
    settings = LedgerSettings(lease=1.0, settle=0.2, batch=5)
    senders = {"test.send": outside}
    ledger = Ledger[Tx](db, senders, lambda: (WORKSPACE,), clock, SystemDraws(), settings)
    now = clock.now() - timedelta(seconds=1)
    owed = [planned(WORKSPACE, str(n), lane=f"post:C{n}", due=now) for n in range(SENDS)]
    await db.run(lambda tx: tx.deliveries.plan_all(owed, now))
    crashes = [asyncio.Event(), asyncio.Event()]

    async def note(_delivery: Delivery) -> None:
        for crash, after in zip(crashes, (6, 20), strict=True):
            if len(outside.tried) == after and not crash.is_set():
                crash.set()
                await asyncio.to_thread(cluster.crash)

    outside.while_sending = note
    with capture_logs():
        pumping = asyncio.create_task(ledger.pump())
        async with asyncio.timeout(60):
            while await _left(db):
                await _wake_for(ledger, clock, 0.1)
        ledger.stop()
        await pumping
    db.close()

    assert all(crash.is_set() for crash in crashes)
    assert Counter(outside.arrived) == Counter(str(n) for n in range(SENDS))


async def _left(db: SqlDatabase) -> bool:
    try:
        backlog = await db.read(lambda tx: tx.deliveries.backlog([WORKSPACE], NOW))
    except sa.exc.OperationalError:
        return True  # it is down just now
    return bool(backlog.due or backlog.held)


@pytest.fixture
def small_cluster() -> Iterator[Cluster]:
    with private_cluster(small_disk=True) as made:
        yield made


async def test_when_postgresqls_disk_is_full_it_rolls_back_cleanly_and_goes_on(
    small_cluster: Cluster,
) -> None:
    schema.upgrade(small_cluster.url)
    clock = SystemClock()
    db = SqlDatabase(small_cluster.url, clock, SystemDraws())
    outside = Outside()
    settings = LedgerSettings(lease=1.0, settle=0.2, batch=5)
    ledger = Ledger[Tx](
        db, {"test.send": outside}, lambda: (WORKSPACE,), clock, SystemDraws(), settings
    )
    now = clock.now() - timedelta(seconds=1)
    kept = [planned(WORKSPACE, str(n), lane=f"post:C{n}", due=now) for n in range(SENDS)]
    await db.run(lambda tx: tx.deliveries.plan_all(kept, now))
    long = [planned(WORKSPACE, f"{n}" + "x" * 2000, due=now) for n in range(500)]
    unrecorded: list[str] = []

    async def look(delivery: Delivery) -> None:
        if await db.read(lambda tx: _fence_of(tx, delivery)) != delivery.fence:
            unrecorded.append(delivery.subject)

    outside.while_sending = look
    small_cluster.fill_the_disk()
    with pytest.raises(sa.exc.OperationalError, match="space"):
        await db.run(lambda tx: tx.deliveries.plan_all(long, now))
    with capture_logs() as logs:
        pumping = asyncio.create_task(ledger.pump())
        for _ in range(10):
            await _wake_for(ledger, clock, 0.1)
        small_cluster.free_the_disk()
        async with asyncio.timeout(60):
            while await _left(db):
                await _wake_for(ledger, clock, 0.1)
        ledger.stop()
        await pumping
    db.close()

    assert Counter(outside.arrived) == Counter(str(n) for n in range(SENDS))
    assert unrecorded == []
    assert "ledger.tick_failed" in [each["event"] for each in logs]  # it was felt


def _fence_of(tx: Tx, delivery: Delivery) -> int:
    connection = tx.deliveries._connection  # noqa: SLF001 - to see the row as it is
    fence = connection.execute(
        sa.select(deliveries.c.fence).where(deliveries.c.key == delivery.key)
    )
    return int(fence.scalar_one())


async def _wake_for(ledger: Ledger[Tx], clock: SystemClock, seconds: float) -> None:
    ledger.wake()
    await clock.sleep_until(clock.now() + timedelta(seconds=seconds))


async def test_when_sqlites_disk_is_full_it_rolls_back_cleanly_and_goes_on(
    sqlite_db: SqlDatabase, sqlite_path: Path, workspace: str, clock: Hands
) -> None:
    """A file that may not grow answers as a full disk does."""
    outside = Outside()
    ledger = Ledger[Tx](
        sqlite_db, {"test.send": outside}, lambda: (workspace,), clock, SeededDraws(2)
    )
    await sqlite_db.run(lambda tx: tx.deliveries.plan(planned(workspace, "kept"), NOW))
    long = [planned(workspace, f"{n}" + "x" * 2000) for n in range(60)]

    def fill(tx: Tx) -> None:
        connection = tx.deliveries._connection  # noqa: SLF001 - the disk is that connection's
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        tx.deliveries.plan_all(long, NOW)

    with pytest.raises(sa.exc.OperationalError, match="full"):
        await sqlite_db.run(fill)

    await ledger.drain()
    assert outside.arrived == ["kept"]
    with sa.create_engine(f"sqlite:///{sqlite_path}").connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("SELECT count(*) FROM deliveries").scalar_one() == 1
        connection.engine.dispose()
