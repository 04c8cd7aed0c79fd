"""/health and /metrics of a bot that is well, that nobody can reach, and that can keep nothing."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.config import VERSION
from storage import schema
from tests.journeys.stage import Human, World

ONE_LINE = "over HTTP there is one line, which is there, and has been tried"


@pytest.fixture
async def at(world: World) -> AsyncIterator[str]:
    async with world.lodger.watched() as address:
        yield address


async def health(at: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"{at}/health") as said:
        return said.status, await said.json()


@pytest.mark.sockets(ONE_LINE)
async def test_a_bot_that_is_well(world: World, at: str, alice: Human) -> None:
    before = await health(at)
    await alice.declares("checkout is slow")
    status, after = await health(at)

    assert before == (
        200,
        {
            "ok": True,
            "version": VERSION,
            "schema": schema.steps()[-1].revision,
            "database": True,
            "lines": {"open": 2, "wanted": 2},
            "last_envelope_seconds": None,
            "owed": {"ahead": 0, "due": 0, "held": 0},
            "oldest_due_seconds": None,
            "clock_ahead_seconds": 0.0,
        },
    )
    assert status == 200
    assert 0 <= after["last_envelope_seconds"] < 60


@pytest.mark.sockets(ONE_LINE)
async def test_nobody_can_reach_it(world: World, at: str) -> None:
    await world.lodger.loses_lines()
    status, told = await health(at)

    assert (status, told["ok"], told["lines"]) == (503, False, {"open": 0, "wanted": 2})


async def test_it_can_keep_nothing(world: World, at: str) -> None:
    await world.lodger.loses_database()
    status, told = await health(at)

    assert (status, told["ok"], told["database"], told["owed"]) == (503, False, False, None)


@pytest.mark.anywhere
async def test_metrics_hold_nobody(world: World, at: str, alice: Human) -> None:
    await alice.declares("checkout is slow")
    async with aiohttp.ClientSession() as session, session.get(f"{at}/metrics") as said:
        shown = await said.text()

    assert "parallax_database_up 1.0" in shown
    for word in ("checkout", alice.person.id, world.channel.id, world.bot.workspace.id):
        assert word not in shown


async def test_its_clock_is_so_far_ahead_that_nothing_is_sent(world: World, at: str) -> None:
    world.bot.ledger.seconds_ahead = 3600.0
    status, told = await health(at)

    assert (status, told["ok"], told["clock_ahead_seconds"]) == (503, False, 3600.0)
