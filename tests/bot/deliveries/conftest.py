"""A ledger, whom it sends to, and its rows."""

import pytest
import sqlalchemy as sa

from bot.clock import Draws
from storage.engine import SqlDatabase
from tests.bot.deliveries.books import Books, Rows
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import Hands


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def books(db: SqlDatabase, outside: Outside, workspace: str, clock: Hands, draws: Draws) -> Books:
    return Books(db, outside, workspace, clock, draws)


@pytest.fixture
def rows(engine: sa.Engine, workspace: str) -> Rows:
    return Rows(engine, workspace)
