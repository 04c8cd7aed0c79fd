"""`parallax run`, a real process, is told to end under load: it is gone in time, and nothing is
lost or doubled, not even what hangs at Slack just then."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.clock import SystemClock
from bot.sandbox.people import Person
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox
from tests.journeys.outside import Running, a_sandbox, running, until
from tests.journeys.stage import RECORDED, read

IDEAS = [f"idea {number}" for number in range(3)]
NOTES = [f"note: line {number}" for number in range(4)]
HANGS = IDEAS[0]
# Longer than a process that is told to end waits for its sends; shorter than its last moment.
HANGING_SECONDS = 12.0
SLOW_SECONDS = 1.0
GONE_BY_SECONDS = 15.0
ALWAYS = 10**6
LOOK_SECONDS = 0.2


async def declared(sandbox: Sandbox, by: Person) -> Channel:
    lobby = sandbox.channel("general", members=[by])
    await by.command("/incident", "checkout is slow", lobby)
    await until(sandbox, lambda: any(each.name.startswith("inc-") for each in channels(sandbox)))
    (made,) = [each for each in channels(sandbox) if each.name.startswith("inc-")]
    await until(sandbox, lambda: by.id in made.members)
    return made


def channels(sandbox: Sandbox) -> list[Channel]:
    return list(sandbox.workspace.channels.values())


def ideas(channel: Channel) -> Counter[str]:
    """How often each was posted."""
    said = [read(line) for line in channel.lines() if line.bot_id]
    roots = [text for text in said if text.startswith("*Thread")]
    return Counter(idea for text in roots for idea in IDEAS if idea in text)


async def drained(bot: Running, clock: SystemClock) -> None:
    """Return once nothing is owed by now."""
    async with asyncio.timeout(60):
        while True:
            _, told = await bot.health()
            if not (told["owed"]["due"] or told["owed"]["held"]):
                return
            await asyncio.sleep(LOOK_SECONDS)


def let_holds_run_out(path: Path) -> None:
    """A minute passes, in which what hung would have settled."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE deliveries SET hold = 1 WHERE hold > 0")
        connection.commit()


async def test_told_to_end_under_load(sqlite_path: Path) -> None:
    clock, url = SystemClock(), f"sqlite:///{sqlite_path}"
    async with a_sandbox() as sandbox:
        alice = sandbox.person("alice")
        async with running(sandbox, url) as bot:
            channel = await declared(sandbox, alice)
            sandbox.fault("chat.postMessage", slow=HANGING_SECONDS, where=lambda a: HANGS in str(a))
            for method in ("chat.postMessage", "reactions.add", "chat.update"):
                sandbox.fault(method, slow=SLOW_SECONDS, times=ALWAYS)
            for idea in IDEAS:
                await alice.command("/thread", idea, channel)
            said = [await alice.says(channel, note) for note in NOTES]
            await until(sandbox, lambda: bool(ideas(channel)))
            began = clock.monotonic()
            assert HANGS not in ideas(channel)
            bot.signals()
            code = await bot.ends()
            took = clock.monotonic() - began
        sandbox.clear_faults()
        let_holds_run_out(sqlite_path)
        async with running(sandbox, url) as bot:
            await drained(bot, clock)
            bot.signals()
            assert await bot.ends() == 0

        assert (code, took < GONE_BY_SECONDS) == (0, True)
        assert ideas(channel) == Counter(IDEAS)
        marks = [[each.name for each in sandbox.message(ts).reactions] for ts in said]
        assert marks == [[RECORDED]] * len(NOTES)
        assert not sandbox.refused
