"""A recorded incident worked on by several processes of which one is killed every few seconds.

Slack and the people are here; the bots are processes of their own on one database. Time is told to
all of them through shared memory, and moves on only when nothing is owed: so a run with kills and
one without have the same moments, and what they leave behind can be compared word for word.
"""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import drills
from bot.clock import ReplayDraws, SeededDraws, SteppedClock, SystemClock
from bot.compose import Bot, Wiring, running
from bot.deliveries.model import Backlog, Policy
from bot.sandbox.acks import Ack
from bot.sandbox.reading import lines_of
from bot.sandbox.recording import Recording, read_recording
from bot.sandbox.replay import Replay
from bot.sandbox.stage import SteppedStage
from bot.sandbox.state import JSON, Message
from bot.sandbox.workspace import Sandbox
from storage.deliveries import deliveries
from storage.engine import make_engine
from tests.faults.harness import FORKS, Stuck, fresh
from tests.faults.told import LEDGER, TellingClock, live

SOCKETS = 2
LOOK_SECONDS = 0.02
CALM_LOOKS = 4
# An event whose receiver died is brought again, as Slack does, only sooner; and more often, for
# on a busy machine the other one may have no time for it.
RETRIES = (0.0, 0.3, 0.5, *[1.0] * 20)
ASKED_AGAIN = 20
PATIENCE_SECONDS = 180.0
# What was put off for a while is sent by then.
AFTERWARDS = timedelta(minutes=5)
TOO_LONG = "took too long"
# Parts of a subject that are as long as this are drawn, and differ from run to run.
DRAWN = 20
TS = re.compile(r"\b(\d{9,11})\.\d{6}\b")


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a replay with kills beside the same without.

    asked: questions in the record, marks included. doubled: messages that are one too many.
    differences: what the two do not have in common, of the record, of how sends ended, of what
    people see.
    """

    replay: str
    kills: int
    sends: int
    asked: int
    doubled: int
    differences: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left behind: the record, how each send ended, what people see."""

    record: dict[str, Any]
    ends: Counter[str]
    seen: Counter[str]
    doubled: int
    kills: int


def compare(file: Path, replicas: int, kill_every: float, database: str) -> Compared:
    """Replay it undisturbed and disturbed, and hold the two against each other."""
    recording, began = read_recording(file), SystemClock().monotonic()
    calm, rough = (_run(recording, replicas, every, database) for every in (0.0, kill_every))
    seconds = round(SystemClock().monotonic() - began, 1)
    sends, asked = rough.ends.total(), len(rough.record["nudges"])
    found = tuple(differences(calm, rough))
    return Compared(file.stem, rough.kills, sends, asked, rough.doubled, found, seconds)


def _run(recording: Recording, replicas: int, kill_every: float, database: str) -> Left:
    with fresh(database) as url:
        return asyncio.run(_replay(recording, replicas, kill_every, url))


async def _replay(recording: Recording, replicas: int, kill_every: float, url: str) -> Left:
    clock = TellingClock(drills.start_of(recording), FORKS.Value("q"))
    sandbox = Sandbox(clock, SeededDraws(1), retries=RETRIES)
    await sandbox.start()
    try:
        wiring = Wiring(
            sandbox.bot_token, sandbox.app_token, sandbox.api_url, url, ticking=False, ledger=LEDGER
        )
        async with AsyncExitStack() as stack:
            onlooker = await stack.enter_async_context(_onlooker(wiring, clock))
            bots = Replicas(sandbox, wiring, clock)
            stack.callback(bots.end)
            for _ in range(replicas):
                await bots.begin()
            await drills.asks_in_channel(onlooker, clock.now())
            return await _played(recording, sandbox, clock, onlooker, bots, kill_every)
    finally:
        await sandbox.stop()


@asynccontextmanager
async def _onlooker(wiring: Wiring, clock: SteppedClock) -> AsyncIterator[Bot]:
    """Our services on the same database, which hear nothing and send nothing."""
    async with running(replace(wiring, sockets=0), clock, ReplayDraws(clock)) as bot:
        yield bot


async def _played(
    recording: Recording,
    sandbox: Sandbox,
    clock: TellingClock,
    onlooker: Bot,
    bots: "Replicas",
    kill_every: float,
) -> Left:
    stage = Steady(clock, sandbox, onlooker)
    killing = asyncio.create_task(bots.killed(kill_every)) if kill_every else None
    try:
        channel = await Replay(recording, sandbox, stage).play()
        await stage.until(clock.now() + AFTERWARDS)
    finally:
        if killing is not None and not killing.cancel():
            killing.result()  # ended by itself, which only an error does
    if any(each.given_up for each in sandbox.deliveries):
        raise Stuck("the machine is too busy: an event was never taken")
    drill = drills.Drill(sandbox, onlooker, stage, clock)
    record = await drills._record(drill, channel)  # noqa: SLF001 - what a drill tells of itself
    return Left(record, _ends(onlooker), _seen(sandbox), _doubled(sandbox), bots.kills)


class Steady(SteppedStage):
    """Moves time on only when nothing is owed by any process, dead ones included."""

    def __init__(self, clock: SteppedClock, sandbox: Sandbox, onlooker: Bot) -> None:
        super().__init__(clock, _nothing, sandbox.idle, onlooker.ledger.next_due)
        self._sandbox = sandbox
        self._onlooker = onlooker

    async def settle(self) -> None:
        calm = 0
        while calm < CALM_LOOKS:
            await self._sandbox.idle()
            calm = 0 if await self._owes() else calm + 1
            await asyncio.sleep(LOOK_SECONDS)

    async def _owes(self) -> bool:
        now = self._clock.now()
        due = await self._onlooker.ledger.next_due()
        owed: Backlog = await self._onlooker.backlog(now, self._clock.monotonic() + 9)
        return bool(owed.held) or (due is not None and due <= now)


async def _nothing() -> int:
    return 0


class Replicas:
    """The bots' processes. A command is never on its way while one is killed.

    Slack brings an event again whose receiver died; a command it does not, and somebody who gets
    no answer types it again. That is not what is shown here.
    """

    def __init__(self, sandbox: Sandbox, wiring: Wiring, clock: TellingClock) -> None:
        self.kills = 0
        self._sandbox, self._wiring, self._clock = sandbox, wiring, clock
        self._running: list[BaseProcess] = []
        self._turn = asyncio.Lock()
        self._ask = sandbox.hub.ask
        sandbox.hub.ask = self._ask_in_turn  # type: ignore[method-assign]

    async def _ask_in_turn(self, kind: str, payload: JSON) -> Ack:
        """A bot that had no time for it says so, and has recorded nothing: it is asked again."""
        async with self._turn:
            ack = await self._ask(kind, payload)
            for _ in range(ASKED_AGAIN):
                if ack.in_time and TOO_LONG not in str(ack.payload):
                    break
                ack = await self._ask(kind, payload)
            return ack

    async def begin(self) -> None:
        """One more, connected."""
        process = FORKS.Process(target=live, args=(self._wiring, self._clock.told), daemon=True)
        process.start()
        self._running.append(process)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._sandbox.connected(SOCKETS * len(self._running))

    async def killed(self, every: float) -> None:
        """For ever: the one that has lived longest is killed, and another begins."""
        while True:
            await asyncio.sleep(every)
            async with self._turn:
                await self._kill(self._running.pop(0))
            await self.begin()

    async def _kill(self, process: BaseProcess) -> None:
        os.kill(process.pid or 0, signal.SIGKILL)
        self.kills += 1
        await asyncio.to_thread(process.join)
        while len(self._sandbox.connections) > SOCKETS * len(self._running):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    def end(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()


def _ends(onlooker: Bot) -> Counter[str]:
    """How each send ended, by what it was; ids that are drawn anew each time left out.

    How often something was edited depends on who was faster; what it shows in the end is compared
    by what people see.
    """
    engine = make_engine(onlooker.db.url, 1, read_only=True)
    t = deliveries
    with engine.connect() as connection:
        found = connection.execute(
            sa.select(t.c.purpose, t.c.subject, t.c.state).where(
                t.c.policy != Policy.LATEST_WINS.value
            )
        ).all()
    engine.dispose()
    return Counter(f"{row.purpose} {_without_ids(row.subject)} {row.state}" for row in found)


def _without_ids(subject: str) -> str:
    """Of a message's ts only the second: what follows counts the messages of that second."""
    kept = "/".join(part for part in subject.split("/") if len(part) < DRAWN)
    return TS.sub(r"\1", kept)


def _messages(sandbox: Sandbox) -> list[tuple[str, Message]]:
    return [
        (channel.name, message)
        for channel in sandbox.workspace.channels.values()
        for message in channel.visible()
    ]


def _seen(sandbox: Sandbox) -> Counter[str]:
    """Every message that is there, as people read it, with its marks."""
    return Counter(
        " · ".join(
            (
                name,
                "reply" if message.is_reply else "line",
                *(reaction.name for reaction in message.reactions),
                " / ".join(lines_of(message, sandbox.workspace)),
            )
        )
        for name, message in _messages(sandbox)
    )


def _doubled(sandbox: Sandbox) -> int:
    """How many messages carry a key that another one carries, too."""
    keys = Counter(
        message.metadata["event_payload"]["key"]
        for _, message in _messages(sandbox)
        if message.metadata
    )
    return keys.total() - len(keys)


def differences(calm: Left, rough: Left) -> Iterator[str]:
    """What one has and the other has not."""
    for part in calm.record.keys() | rough.record.keys():
        if calm.record.get(part) != rough.record.get(part):
            yield f"record: {part}"
    for what, one, other in (("end", calm.ends, rough.ends), ("seen", calm.seen, rough.seen)):
        yield from (f"{what}, only undisturbed: {each}" for each in (one - other))
        yield from (f"{what}, only disturbed: {each}" for each in (other - one))
