"""Somebody to send to: accepts, refuses, loses answers, and remembers what arrived."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.deliveries.model import Delivery, Sent
from bot.errors import SendFailed
from storage.tx import Tx

Answer = Callable[["Outside", Delivery], Awaitable[Sent]]


async def accept(outside: "Outside", delivery: Delivery) -> Sent:
    """It arrives, and says so."""
    outside.arrived.append(delivery.subject)
    outside.by_key[delivery.key] = f"ts-{len(outside.arrived)}"
    return Sent(outside.by_key[delivery.key], outside.version_of(delivery))


async def accept_and_lose_the_answer(outside: "Outside", delivery: Delivery) -> Sent:
    """It arrives, and nobody hears of it."""
    await accept(outside, delivery)
    raise SendFailed("timeout", ambiguous=True)


async def lose(_outside: "Outside", _delivery: Delivery) -> Sent:
    """It does not arrive, and nobody hears of that either."""
    raise SendFailed("timeout", ambiguous=True)


async def crash(_outside: "Outside", _delivery: Delivery) -> Sent:
    """The sender itself has a bug."""
    raise ZeroDivisionError


def refuse(reason: str = "is_archived", **how: object) -> Answer:
    """It is refused, as said."""

    async def answer(_outside: "Outside", _delivery: Delivery) -> Sent:
        raise SendFailed(reason, **how)  # type: ignore[arg-type]

    return answer


class Outside:
    """A sender of every purpose. `answers` holds, for a subject, what comes before acceptance."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.by_key: dict[str, str] = {}
        self.tried: list[Delivery] = []
        self.looked: list[str] = []
        self.recorded: dict[str, str] = {}  # what followed; a transaction may run twice
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        self.versions: dict[str, int] = {}
        self.while_sending: Callable[[Delivery], Awaitable[None]] | None = None
        self.gate: asyncio.Event | None = None
        self.taken_back: list[str] = []
        self.keeps = ""  # why a message cannot be taken back
        self.follow_up: Callable[[Tx, Delivery], None] = lambda _tx, _delivery: None

    def version_of(self, delivery: Delivery) -> int:
        return self.versions.get(delivery.subject, delivery.wanted)

    async def send(self, delivery: Delivery) -> Sent:
        self.tried.append(delivery)
        if self.while_sending is not None:
            await self.while_sending(delivery)
        waiting = self.answers[delivery.subject]
        return await (waiting.pop(0) if waiting else accept)(self, delivery)

    async def find(self, delivery: Delivery) -> Sent | None:
        self.looked.append(delivery.subject)
        found = self.by_key.get(delivery.key)
        return None if found is None else Sent(found)

    def sent(self, tx: Tx, delivery: Delivery, sent: Sent, now: datetime) -> None:
        self.follow_up(tx, delivery)
        self.recorded[delivery.subject] = sent.ref

    def refused(self, tx: Tx, delivery: Delivery, reason: str, now: datetime) -> None:
        self.follow_up(tx, delivery)
        self.recorded[delivery.subject] = f"refused: {reason}"

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        if self.keeps:
            raise SendFailed(self.keeps, permanent=self.keeps != "ratelimited")
        self.taken_back.append(ref)
