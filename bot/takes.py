"""A take: one workspace where time flows, one temporary database, one bot, perhaps a replay."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.clock import FlowingClock, SystemClock, SystemDraws
from bot.compose import Bot, from_any_thread, running
from bot.drills import asks_in_channel, start_of, temporary_database, wiring, workspace_on
from bot.samples import Sample, clock_text, present_of, week_before
from bot.sampling.sealing import drawn
from bot.sandbox.people import Person
from bot.sandbox.recording import Recording
from bot.sandbox.replay import Replay
from bot.sandbox.stage import FlowingStage
from bot.sandbox.workspace import Sandbox
from handlers.blocks.vocabulary import COMMANDS

log = structlog.get_logger(__name__)
TICK = timedelta(seconds=1)
BEAT_SECONDS = 0.1  # of machine time, between two steps of a study
LONGEST_SECONDS = 0.5  # that are caught up with in one step, on a busy machine
INSTALLED = {command.split()[0]: True for command, _usage, _help in COMMANDS}


class Take:
    """What is on show. `people`: who is there from the start; the page begins as the first.

    `read_before` is a ts: what is older was played before it came on show. `sample`: the study
    that is here, if there is one. `told` is called when the time that is shown has changed, and
    with the name of whoever was asked something by the study.
    """

    def __init__(self, number: int, sandbox: Sandbox, clock: FlowingClock) -> None:
        self.number = number
        self.sandbox = sandbox
        self.people: list[Person] = []
        self.replay: Replay | None = None
        self.sample: Sample | None = None
        self.told: Callable[[str], None] = lambda _asked: None
        self.read_before = ""
        self._pace: float = 0
        self._exports = Path()
        self._clock = clock
        self._bot: Bot | None = None
        self._stack = AsyncExitStack()
        self._sending = asyncio.Lock()
        self._woken = asyncio.Event()

    @property
    def has_bot(self) -> bool:
        """Whether the bot has been started."""
        return self._bot is not None

    @property
    def has_lived(self) -> bool:
        """Whether it is the present here."""
        return bool(self.read_before)

    @property
    def time(self) -> str:
        """What the clock of the study's workspace shows; "" where there is no study."""
        return clock_text(self._clock.now()) if self.sample else ""

    async def connects(self) -> None:
        """Start the bot. Until the take `lives`, it sends only when the replay has it send, or
        the study's past week."""
        url = self._stack.enter_context(temporary_database())
        plugged = wiring(self.sandbox, url, ticking=False)
        if self.sample is not None:
            plugged = replace(plugged, study_key=drawn(SystemDraws().token))
        running_bot = running(plugged, self._clock, SystemDraws())
        bot = self._bot = await self._stack.enter_async_context(running_bot)
        await self.sandbox.connected(plugged.sockets)
        if self.replay is not None:
            await asks_in_channel(bot, self._clock.now())
        if self.sample is not None:
            made = tempfile.TemporaryDirectory(prefix="parallax-")
            self._exports = Path(self._stack.enter_context(made))
            await self.sample.fills(bot, self._drain)

    def lives(self) -> None:
        """From now on the bot sends by itself, because anybody may act at any time."""
        self.read_before = self.sandbox.world.stamp()
        if self._bot is not None:
            self._bot.db.on_planned = from_any_thread(self._woken.set)
            ticks = self._ticks() if self.sample is None else self._lets_pass(self.sample)
            tasks = [asyncio.create_task(each) for each in (self._sends(), ticks)]
            self._stack.push_async_callback(self._rests, tasks)

    async def stops(self) -> None:
        """End the bot, as if it were killed or updated; the workspace stays."""
        await self._stack.aclose()
        self._bot = None

    async def closes(self) -> None:
        """End the bot and the workspace; the database is gone afterwards."""
        await self.stops()
        await self.sandbox.stop()

    # -- what the replay's stage asks of the bot, if there is one ------------------------------

    def stage(self) -> FlowingStage:
        """How time passes here."""
        return FlowingStage(self._clock, self._drain, self.sandbox.idle, self._next_due)

    async def _drain(self) -> int:
        """Send what is due; the replay and the bot's own sending take turns."""
        async with self._sending:
            return await self._bot.ledger.drain() if self._bot else 0

    async def _next_due(self) -> datetime | None:
        return await self._bot.ledger.next_due() if self._bot else None

    # -- what the bot does by itself -----------------------------------------------------------

    async def _sends(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._drain()
            except Exception:
                log.exception("take.sending_failed")  # the next tick tries again

    async def _ticks(self) -> None:
        """Look for what is due once a second of domain time, and at every jump of it."""
        while True:
            self._woken.set()
            await self._clock.sleep_until(self._clock.now() + TICK)

    # -- how time passes in a study ------------------------------------------------------------

    def paced(self, pace: float) -> None:
        """Let the study's time pass so many times as fast as ours; 0: not at all."""
        self._pace = pace
        if self.sample is not None:
            (self._clock.flow if pace else self._clock.hold)()

    async def _lets_pass(self, sample: Sample) -> None:
        """Time flows as ours does, and beyond that it is moved on, from one thing that is due to
        the next: however slow the machine, nothing is late, and nobody's press waits for long."""
        shown, before = "", self._clock.monotonic()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            passed = min(self._clock.monotonic() - before, LONGEST_SECONDS)
            before = self._clock.monotonic()
            if not self._pace:
                continue
            ahead = timedelta(seconds=passed * (self._pace - 1))
            try:
                asked = await sample.until(self._clock.now() + ahead)
                await sample.exports(self._exports)
            except Exception:
                log.exception("take.study_failed")  # the next beat tries again
                continue
            if asked or self.time != shown:
                shown = self.time
                self.told(asked)

    async def _rests(self, tasks: "list[asyncio.Task[None]]") -> None:
        async with self._sending:  # what is being sent is finished first
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def a_take(number: int, recording: Recording | None, *, study: bool = False) -> Take:
    """A workspace with people in it and no bot yet; what is to be played, if anything."""
    if study:
        return await _a_study(number)
    clock = FlowingClock(start_of(recording) if recording else SystemClock().now())
    take = Take(number, workspace_on(clock, INSTALLED), clock)
    await take.sandbox.start()
    if recording is None:
        take.people = three_people(take.sandbox)
    else:
        take.replay = Replay(recording, take.sandbox, take.stage())
        take.people = take.replay.casts()
    return take


async def _a_study(number: int) -> Take:
    """A workspace in which a study begins, a week ago."""
    present = present_of(SystemClock().now())
    clock = FlowingClock(week_before(present))
    clock.hold()
    take = Take(number, workspace_on(clock, INSTALLED), clock)
    await take.sandbox.start()
    take.sample = Sample(take.sandbox, clock, present)
    take.people = take.sample.people
    return take


def three_people(sandbox: Sandbox) -> list[Person]:
    """Enough for an incident, a night and a day apart."""
    people = [
        sandbox.person("ana", zone="Europe/Amsterdam", admin=True),
        sandbox.person("bo", zone="America/New_York"),
        sandbox.person("cleo", zone="Asia/Tokyo"),
    ]
    sandbox.channel("general", members=people, bot=True)
    for team, person in zip(("database", "payments", "support"), people, strict=True):
        sandbox.usergroup(team, person)
    return people
