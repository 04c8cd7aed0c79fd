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
