"""A Slack that lies, in a process of its own: it limits, fails after the fact, cuts lines, is late.

It is the sandbox, with faults that meet a call by chance.
"""

import asyncio
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from bot.clock import ScaledClock, SeededDraws
from bot.sandbox.workspace import Sandbox
from tests.faults.options import Options

A_CHANNEL_TAKES = 40
ALWAYS = 10**9
# Of these, the first four take effect in spite of what they say.
Ways = tuple[dict[str, Any], ...]
LIES: Ways = (
    {"status": 500, "applied": True},
    {"drop": "after"},
    {"late": True},
    {"error": "internal_error", "applied": True},
    {"drop": "before"},
    {"status": 503},
    {"status": 429, "retry_after": 1},
)
EXCUSES: Ways = ({"status": 500}, {"status": 429, "retry_after": 1})


def lie(options: Options, started: datetime, pipe: Connection) -> None:
    """Serve until asked over the pipe for what there is to be seen; the target of a process."""
    asyncio.run(_serve(options, started, pipe))


async def _serve(options: Options, started: datetime, pipe: Connection) -> None:
    draws = SeededDraws(options.seed)
    sandbox = Sandbox(ScaledClock(started, started, options.factor), draws)
    sandbox.tiers.enforced = False
    names = [f"c{number}" for number in range(max(options.sends // A_CHANNEL_TAKES, 4))]
    channels = tuple(sandbox.channel(name, bot=True) for name in names)
    _arm(sandbox, "chat.postMessage", LIES, options.bad, draws)
    _arm(sandbox, "conversations.history", EXCUSES, options.bad, draws)
    await sandbox.start()
    applying = asyncio.create_task(_apply_late(sandbox, options.lateness))
    ids = tuple(channel.id for channel in channels)
    pipe.send((sandbox.api_url, sandbox.bot_token, sandbox.workspace.team_id, ids))
    await asyncio.to_thread(pipe.recv)
    applying.cancel()
    sandbox.apply_late()
    pipe.send([message.text for channel in channels for message in channel.visible()])
    await sandbox.stop()


def _arm(sandbox: Sandbox, method: str, faults: Ways, bad: float, draws: SeededDraws) -> None:
    """Every kind of fault meets its share of the calls that go wrong."""
    for rest, fault in zip(range(len(faults), 0, -1), faults, strict=True):
        chance = (bad / len(faults)) / (1 - bad * (len(faults) - rest) / len(faults))
        sandbox.fault(method, times=ALWAYS, where=_by_chance(chance, draws), **fault)


def _by_chance(chance: float, draws: SeededDraws) -> Any:
    return lambda _arguments: draws.uniform(0, 1) < chance


async def _apply_late(sandbox: Sandbox, lateness: float) -> None:
    """What a cut line seemed to have lost is done after all."""
    while True:
        await asyncio.sleep(lateness)
        sandbox.apply_late()
