"""Posted twice, because a sender was held up: the one too many is taken back."""

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliveries.model import Delivery
from bot.incidents import owed, steering_owed
from storage.deliveries import deliveries, delivery_of
from tests.journeys.stage import Human, World

TITLE = "Checkout is slow"


async def twin_of(world: World, purpose: str, channel: str) -> str:
    """What a sender leaves that posted after it had lost its fence; the ts of its message."""
    client = AsyncWebClient(world.sandbox.bot_token, world.sandbox.api_url, retry_handlers=[])
    posted = await client.chat_postMessage(channel=channel, text="the same again")
    sent = await delivery_for(world, purpose)
    now = world.clock.now()
    await world.bot.db.run(lambda tx: tx.orphans.note(sent, str(posted["ts"]), now))
    return str(posted["ts"])


async def delivery_for(world: World, purpose: str) -> Delivery:
    engine = sa.create_engine(world.bot.db.url)
    with engine.connect() as connection:
        row = connection.execute(sa.select(deliveries).where(deliveries.c.purpose == purpose)).one()
    engine.dispose()
    return delivery_of(row, in_doubt=False)


@pytest.mark.anywhere
async def test_in_the_incidents_channel(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    before = world.channel_lines()
    twin = await twin_of(world, owed.THREAD_ROOT, world.channel.id)
    assert len(world.channel_lines()) == len(before) + 1

    assert await world.bot.ledger.sweep() == 1

    assert world.channel_lines() == before
    gone = world.channel.find(twin)
    assert gone is None or gone.deleted


async def test_where_incidents_are_announced(world: World) -> None:
    ada = world.person("ada", admin=True)
    await ada.commands(f"/incident settings: announce_channel {world.lobby.id}", world.lobby)
    await ada.declares(TITLE)
    before = [line.text for line in world.lobby.lines()]
    await twin_of(world, steering_owed.ANNOUNCE, world.lobby.id)

    assert await world.bot.ledger.sweep() == 1

    assert [line.text for line in world.lobby.lines()] == before
