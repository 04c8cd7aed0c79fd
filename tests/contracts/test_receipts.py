"""Receipts on both databases."""

from datetime import timedelta

import pytest

from bot.errors import AlreadyHandled
from storage.engine import SqlDatabase
from tests.contracts.databases import NOW

DAY = timedelta(days=1)


class TestReceipts:
    async def test_an_envelope_is_handled_once(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.receipts.take(workspace, "Ev1", NOW))

        with pytest.raises(AlreadyHandled):
            await db.run(lambda tx: tx.receipts.take(workspace, "Ev1", NOW + DAY))

    async def test_the_same_key_of_another_workspace_is_another_envelope(
        self, db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        await db.run(lambda tx: tx.receipts.take(workspace, "Ev1", NOW))
        await db.run(lambda tx: tx.receipts.take(other_workspace, "Ev1", NOW))

    async def test_the_sweep_forgets_what_is_older_and_nothing_else(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        long_ago = NOW - 1000 * DAY  # so that other tests' receipts are younger
        await db.run(lambda tx: tx.receipts.take(workspace, "old", long_ago))
        await db.run(
            lambda tx: tx.receipts.take(workspace, "just", long_ago + timedelta(microseconds=1))
        )
        limit = long_ago + timedelta(microseconds=1)

        assert await db.run(lambda tx: tx.receipts.forget_before(limit)) == 1

        await db.run(lambda tx: tx.receipts.take(workspace, "old", NOW))
        with pytest.raises(AlreadyHandled):
            await db.run(lambda tx: tx.receipts.take(workspace, "just", NOW))

    async def test_sweeping_nothing_is_no_error(self, db: SqlDatabase) -> None:
        assert await db.run(lambda tx: tx.receipts.forget_before(NOW - 2000 * DAY)) == 0
