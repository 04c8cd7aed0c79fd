"""One read of a place answers everybody who asks at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import SendFailed
from handlers.lookback import LookBack, Place

HERE = Place("T1", "C1", "")
THREAD = Place("T1", "C1", "1700000000.000100")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


class Channel:
    """Messages by key, and a note of each read."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.reads: list[tuple[Place, datetime]] = []
        self.shown = 0
        self.go_on = asyncio.Event()
        self.fails = False

    async def __call__(self, place: Place, since: datetime) -> AsyncIterator[dict[str, Any]]:
        self.reads.append((place, since))
        await self.go_on.wait()
        if self.fails:
            raise SendFailed("ratelimited", retry_after=30.0)
        yield {"ts": "ts-without"}
        for key in self.keys:
            self.shown += 1
            yield {"ts": f"ts-{key}", "metadata": {"event_payload": {"key": key}}}


async def test_those_who_come_while_one_is_reading_share_the_next_read() -> None:
    channel = Channel("a", "b", "c")
    look = LookBack(channel)
    asked = [
        asyncio.create_task(look.find(HERE, key, NOW - timedelta(minutes=late)))
        for late, key in enumerate("abcd")
    ]
    await asyncio.sleep(0)
    channel.go_on.set()

    assert await asyncio.gather(*asked) == ["ts-a", "ts-b", "ts-c", None]
    assert len(channel.reads) <= 2
    assert min(since for _, since in channel.reads) == NOW - timedelta(minutes=3)


async def test_it_stops_reading_when_all_are_found() -> None:
    channel = Channel("a", "b", "c")
    channel.go_on.set()

    assert await LookBack(channel).find(HERE, "a", NOW) == "ts-a"
    assert channel.shown == 1


async def test_a_thread_and_its_channel_are_two_places() -> None:
    channel = Channel()
    channel.go_on.set()
    look = LookBack(channel)

    await asyncio.gather(look.find(HERE, "a", NOW), look.find(THREAD, "a", NOW))

    assert sorted(place for place, _ in channel.reads) == [HERE, THREAD]


async def test_a_read_that_fails_fails_for_all_and_the_next_one_is_new() -> None:
    channel = Channel("a", "b")
    channel.fails = True
    look = LookBack(channel)
    asked = [asyncio.create_task(look.find(HERE, key, NOW)) for key in "ab"]
    await asyncio.sleep(0)
    channel.go_on.set()
    for each in asked:
        with pytest.raises(SendFailed, match="ratelimited"):
            await each

    channel.fails = False
    assert await look.find(HERE, "b", NOW) == "ts-b"


async def test_who_is_cancelled_leaves_nobody_waiting() -> None:
    channel = Channel("a", "b", "c")
    look = LookBack(channel)
    first, second, third = (asyncio.create_task(look.find(HERE, key, NOW)) for key in "abc")
    await asyncio.sleep(0)
    first.cancel()
    for _ in range(5):
        await asyncio.sleep(0)  # the second reads now, for the third, too
    second.cancel()

    for gone in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await gone
    with pytest.raises(SendFailed, match="look_back_interrupted"):
        await third
