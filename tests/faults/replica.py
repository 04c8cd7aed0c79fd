"""A replica that may be killed at every named point: the real ledger, and the real way to Slack."""

import asyncio
import logging
import os
import signal
from datetime import datetime, timedelta

import aiohttp
import sqlalchemy as sa
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ScaledClock, SeededDraws
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.service import Ledger, LedgerSettings
from bot.workspace.model import Person
from handlers.messenger import EVENT_TYPE, SlackMessenger
from handlers.slack import Slack, make_session
from storage.deliveries import deliveries
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.faults.options import Mutant, Options, Place

PURPOSE = "faults.post"
LOOK_BEFORE = timedelta(minutes=2)
TICK = 0.1
SWEEP_TICKS = 5


class Fate:
    """Whether this process dies here."""

    def __init__(self, chance: float, draws: SeededDraws) -> None:
        self._chance = chance
        self._draws = draws

    def at(self, _point: str) -> None:
        """Die by kill -9, by chance; nothing is cleaned up, nothing flushed."""
        if self._draws.uniform(0, 1) < self._chance:
            os.kill(os.getpid(), signal.SIGKILL)


class Poster:
    """Posts a subject, `channel/number`, as a message."""

    def __init__(self, slack: Slack, options: Options, fate: Fate, draws: SeededDraws) -> None:
        self._slack = slack
        self._messenger = SlackMessenger(slack, _nobody)
        self._options = options
        self._fate = fate
        self._draws = draws

    async def send(self, delivery: Delivery) -> Sent:
        if self._draws.uniform(0, 1) < self._options.pause:
            await asyncio.sleep(self._options.lease * 1.25)
        self._fate.at("before the call")
        posted = await self._slack.call(
            delivery.workspace,
            "chat.postMessage",
            channel=_channel(delivery),
            text=delivery.subject,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
        )
        return Sent(str(posted["ts"]))

    async def find(self, delivery: Delivery) -> Sent | None:
        if self._options.mutant == "no_look_back":
            return None
        since = (delivery.first_try or delivery.due) - LOOK_BEFORE
        where = (delivery.workspace, _channel(delivery), "")
        found = await self._messenger.find(*where, delivery.key, since)
        return None if found is None else Sent(found)

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        await self._messenger.take_back(delivery.workspace, _channel(delivery), ref)

    def sent(self, tx: Tx, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Nothing follows."""

    def refused(self, tx: Tx, delivery: Delivery, reason: str, now: datetime) -> None:
        """Nothing follows."""


class Mortal(Ledger[Tx]):
    """A ledger whose process may die at every named point."""

    fate: Fate
    mutant: Mutant

    async def _take_off(self) -> "tuple[asyncio.Task[None], ...]":
        self.fate.at("before the claim")
        started = await super()._take_off()
        if started:
            self.fate.at("after the attempt was recorded")
        return started

    async def _finish(self, sender: object, delivery: Delivery, sent: Sent) -> None:
        self.fate.at("after Slack accepted, before the commit")
        if self.mutant == "no_fence":
            await self._db.run(lambda tx: _finish_regardless(tx, delivery, sent))
        else:
            await super()._finish(sender, delivery, sent)  # type: ignore[arg-type]
        self.fate.at("after the commit")


def _finish_regardless(tx: Tx, delivery: Delivery, sent: Sent) -> None:
    connection = tx.deliveries._connection  # noqa: SLF001 - a mutant
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.key == delivery.key)
        .values(state="sent", ref=sent.ref, hold=0.0)
    )


def serve(options: Options, place: Place, life: int) -> None:
    """Send until SIGTERM, or until fate strikes; the target of a process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_serve(options, place, life))


async def _serve(options: Options, place: Place, life: int) -> None:
    draws = SeededDraws(options.seed * 1_000_003 + life)
    clock = ScaledClock(place.started, place.started, options.factor)
    db = SqlDatabase(place.database, clock, draws)
    async with make_session() as session:
        slack = Slack(place.api_url, lambda _workspace: place.token, session)
        if options.mutant == "sdk_retries":
            slack._client = _with_retries(place.api_url, session)  # noqa: SLF001 - a mutant
        fate = Fate(options.kill, draws)
        senders = {PURPOSE: Poster(slack, options, fate, draws)}
        settings = LedgerSettings(lease=options.lease, settle=options.settle)
        ledger = Mortal(db, senders, lambda: (place.workspace,), clock, draws, settings)
        ledger.fate, ledger.mutant = fate, options.mutant
        await _pump(ledger)
    db.close()


async def _pump(ledger: Mortal) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ledger.stop)
    ticking = asyncio.create_task(_tick(ledger))
    await ledger.pump()
    ticking.cancel()


async def _tick(ledger: Mortal) -> None:
    while True:
        for _ in range(SWEEP_TICKS):
            ledger.wake()
            await asyncio.sleep(TICK)
        try:
            await ledger.sweep()
        except sa.exc.OperationalError:  # another process holds SQLite's file
            continue


def _with_retries(api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(base_url=api_url, session=session)


def _channel(delivery: Delivery) -> str:
    return delivery.subject.partition("/")[0]


async def _nobody(workspace: str, person: str) -> Person:
    return Person(workspace, person, person)
