"""Drills: the real bot against the sandbox, with a recorded incident to work on."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import Clock, ReplayDraws, ScaledClock, SteppedClock, SystemClock, SystemDraws
from bot.compose import Bot, Wiring, running
from bot.sandbox.recording import SHIPPED, Event, Recording
from bot.sandbox.replay import Replay
from bot.sandbox.report import Questions, report
from bot.sandbox.server import Call
from bot.sandbox.stage import ScaledStage, Stage, SteppedStage
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox
from bot.workspace.settings import Changed, Nudges
from handlers.blocks.nudges import mark
from storage import schema

NAP_SECONDS = 0.02
Told = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Drill:
    """A sandbox workspace with the bot in it, and the way time passes there."""

    sandbox: Sandbox
    bot: Bot
    stage: Stage
    clock: Clock


@dataclass(frozen=True, slots=True)
class Played:
    """What one replay left behind."""

    record: dict[str, Any]
    calls: tuple[Call, ...]
    channel: Channel


@contextmanager
def temporary_database() -> Iterator[str]:
    """A fresh SQLite database, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="parallax-") as folder:
        url = f"sqlite:///{folder}/drill.db"
        schema.upgrade(url)
        yield url


def prepare(url: str) -> str | None:
    """Make the tables of an empty database; say what is wrong with one of another version."""
    has, needs = schema.versions(url)
    if has is None:
        schema.upgrade(url)
    elif has != needs:
        return f"the database has schema {has}, this version needs {needs}: run parallax migrate"
    return None


@asynccontextmanager
async def stepped(recording: Recording, database_url: str) -> AsyncIterator[Drill]:
    """Domain time jumps from event to event, as fast as the machine can follow."""
    clock = SteppedClock(start_of(recording))
    async with _workspace(clock) as sandbox:
        plugged = wiring(sandbox, database_url, ticking=False)
        async with running(plugged, clock, ReplayDraws(clock)) as bot:
            await asks_in_channel(bot, clock.now())
            stage = SteppedStage(clock, bot.ledger.drain, sandbox.idle, bot.ledger.next_due)
            yield Drill(sandbox, bot, stage, clock)


@asynccontextmanager
async def scaled(recording: Recording, database_url: str, factor: float) -> AsyncIterator[Drill]:
    """Domain time runs `factor` times as fast as ours; the bot ticks for itself."""
    clock = ScaledClock(start_of(recording), SystemClock().now(), factor)
    async with _workspace(clock) as sandbox:
        plugged = wiring(sandbox, database_url, ticking=True)
        async with running(plugged, clock, SystemDraws()) as bot:
            await asks_in_channel(bot, clock.now())
            stage = ScaledStage(clock, sandbox.idle, bot.ledger.next_due, nap)
            yield Drill(sandbox, bot, stage, clock)


async def nap() -> None:
    """A moment of machine time, for whoever waits for what others do."""
    await asyncio.sleep(NAP_SECONDS)


async def play(
    recording: Recording,
    database_url: str,
    factor: float | None,
    told: Told = lambda _event: None,
) -> Played:
    """Play one recording in a workspace of its own. factor None: as fast as possible.

    Raises ReplayError where the bot refuses what the recording says was done.
    """
    drill = (
        stepped(recording, database_url)
        if factor is None
        else scaled(recording, database_url, factor)
    )
    async with drill as on:
        channel = await Replay(recording, on.sandbox, on.stage).play(told)
        return Played(await _record(on, channel), tuple(on.sandbox.calls), channel)


async def _record(on: Drill, channel: Channel) -> dict[str, Any]:
    team = on.bot.workspace.id
    incident = await on.bot.incidents.incident_here(team, channel.id)
    found = await on.bot.incidents.record(team, incident) if incident else None
    if found is None:
        raise LookupError("the replay's channel belongs to no incident")
    signals = await on.bot.db.read(lambda tx: tx.signals.signals(found.incident))
    nudges = await on.bot.db.read(lambda tx: tx.nudges.nudges(found.incident))
    questions = Questions(nudges, on.sandbox.workspace, mark)
    return report(found, await on.bot.directory.names(team), channel, signals, questions)


async def asks_in_channel(bot: Bot, now: datetime) -> None:
    """In a replay questions go to the channel, where they can be seen; as an admin would choose."""
    chosen = Changed("nudges", "", Nudges.CHANNEL.value, bot.workspace.bot_user, now)
    await bot.db.run(lambda tx: tx.settings.put(bot.workspace.id, chosen))


def workspace_on(clock: Clock, commands: Mapping[str, bool] | None = None) -> Sandbox:
    """A workspace with an id of its own; `commands` as `sandbox.app.App` has them."""
    draws = SystemDraws()
    name = "".join(char for char in draws.token().upper() if char.isalnum())[:10]
    return Sandbox(clock, draws, team=f"T{name}", commands=commands)


@asynccontextmanager
async def _workspace(clock: Clock) -> AsyncIterator[Sandbox]:
    sandbox = workspace_on(clock)
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


def wiring(sandbox: Sandbox, database_url: str, *, ticking: bool) -> Wiring:
    """The bot, plugged into a sandbox."""
    return Wiring(
        bot_token=sandbox.bot_token,
        app_token=sandbox.app_token,
        api_url=sandbox.api_url,
        database_url=database_url,
        ticking=ticking,
    )


def start_of(recording: Recording) -> datetime:
    """When a replay begins: nothing in it happened before."""
    return min(recording.started_at, recording.events[0].at)


def calls_as_json(calls: tuple[Call, ...]) -> list[dict[str, Any]]:
    """Every Web API call, without its token."""
    return [
        {
            "method": each.method,
            "args": each.args,
            "response_ok": each.response_ok,
            "error": each.error,
        }
        for each in calls
    ]


def default_recordings() -> list[Path]:
    """The recordings that come with Parallax."""
    return sorted(SHIPPED.glob("*.json"))
