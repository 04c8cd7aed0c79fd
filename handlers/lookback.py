"""Looking back: which message carries a key, with one read of a place for all that ask at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from weakref import WeakValueDictionary

from bot.errors import SendFailed


class Place(NamedTuple):
    """A channel, or a Slack thread in it."""

    workspace: str
    channel: str
    thread: str


class Pages(Protocol):
    """How the messages of a place since then are read, page by page."""

    def __call__(self, place: Place, since: datetime) -> AsyncIterator[dict[str, Any]]: ...


@dataclass(slots=True)
class _Asked:
    """Who waits for the next read of a place: by key, since when."""

    since: dict[str, datetime] = field(default_factory=dict)
    answer: "asyncio.Future[dict[str, str]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class LookBack:
    """Answers who asks. Reading a channel is limited, and after an outage many keys are open."""

    def __init__(self, read: Pages) -> None:
        self._read = read
        self._turns: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()
        self._next: dict[Place, _Asked] = {}

    async def find(self, place: Place, key: str, since: datetime) -> str | None:
        """The ts of the message with the key. Raises SendFailed as reading does."""
        asked = self._next.setdefault(place, _Asked())
        asked.since[key] = since
        async with self._turns.setdefault(place, asyncio.Lock()):
            if self._next.get(place) is asked:
                del self._next[place]
                await self._answer(place, asked)
        found: dict[str, str] = await asked.answer
        return found.get(key)

    async def _answer(self, place: Place, asked: _Asked) -> None:
        try:
            asked.answer.set_result(await self._look(place, asked.since))
        except BaseException as error:
            # Everybody who waits for this read fails with it; one who is cancelled fails alone.
            told = error if isinstance(error, Exception) else SendFailed("look_back_interrupted")
            asked.answer.set_exception(told)
            asked.answer.exception()  # seen: there may be nobody else
            raise

    async def _look(self, place: Place, since: dict[str, datetime]) -> dict[str, str]:
        found: dict[str, str] = {}
        async for message in self._read(place, min(since.values())):
            metadata = message.get("metadata") or {}
            key = metadata.get("event_payload", {}).get("key")
            if key in since:
                found[key] = str(message["ts"])
            if len(found) == len(since):
                break
        return found
