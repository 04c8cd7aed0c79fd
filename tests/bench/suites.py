"""The path from a payload to its ack: a fact, a command, and what they are held against."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.clock import Clock, Draws, SystemClock, SystemDraws
from bot.compose import Bot, Wiring, running
from bot.sandbox.people import Person
from bot.sandbox.workspace import Sandbox
from bot.workspace.model import Request
from handlers.inbox import COMMIT_SECONDS
from storage.tx import Tx
from tests.bench.measure import Figure, in_flight, in_turn, one_by_one, quantile

AT_ONCE = 32
# A thread a command: not more of them in one incident than people would open.
THREADS_EACH = 20
# In flight, ours and the baseline take turns as well.
ROUNDS = 2
Work = Callable[[int], Awaitable[object]]


@dataclass(slots=True)
class Statements:
    """Counts the statements that this process sends: BEGIN is one, several rows at once are."""

    reads: int = 0
    writes: int = 0
    begun: int = 0

    @property
    def count(self) -> int:
        return self.reads + self.writes + self.begun

    def __enter__(self) -> Self:
        sa.event.listen(sa.Engine, "before_cursor_execute", self._sent)
        sa.event.listen(sa.Engine, "begin", self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(sa.Engine, "before_cursor_execute", self._sent)
        sa.event.remove(sa.Engine, "begin", self._begin)

    def _sent(self, _connection: object, _cursor: object, sql: str, *_: object) -> None:
        if sql.startswith("SELECT"):
            self.reads += 1
        elif not sql.startswith("BEGIN"):
            self.writes += 1

    def _begin(self, _connection: object) -> None:
        self.begun += 1


@dataclass(frozen=True, slots=True)
class Stage:
    """The bot with incidents that have channels, and somebody who is in them."""

    bot: Bot
    ana: Person
    channels: tuple[str, ...]

    @property
    def app(self) -> AsyncApp:
        return self.bot.sockets[0].app

    def event(self, kind: str, number: int, text: str) -> AsyncBoltRequest:
        """A message as Slack delivers it; the same kind and number is the same message."""
        return _request(
            {
                "type": "event_callback",
                "team_id": self.bot.workspace.id,
                "event_id": f"Ev{kind}{number}",
                "event": {
                    "type": "message",
                    "channel": self.channels[0],
                    "user": self.ana.id,
                    "text": text,
                    "ts": f"{kind}.{number:06d}",
                },
            }
        )

    def command(self, kind: str, number: int, text: str) -> AsyncBoltRequest:
        """`/thread` typed in one of the channels, in turn."""
        return _request(
            {
                "command": "/thread",
                "team_id": self.bot.workspace.id,
                "channel_id": self.channels[number % len(self.channels)],
                "channel_name": "inc",
                "user_id": self.ana.id,
                "text": text,
                "trigger_id": f"{kind}.{number}",
                "response_url": "",
            }
        )


def _request(body: dict[str, Any]) -> AsyncBoltRequest:
    return AsyncBoltRequest(mode="socket_mode", body=body)


@asynccontextmanager
async def _staged(url: str, incidents: int) -> AsyncIterator[Stage]:
    clock, draws = SystemClock(), SystemDraws()
    team = "T" + "".join(c for c in draws.token().upper() if c.isalnum())[:10]
    sandbox = Sandbox(clock, draws, team=team)
    sandbox.tiers.enforced = False
    await sandbox.start()
    try:
        wiring = Wiring(
            sandbox.bot_token, sandbox.app_token, sandbox.api_url, url, sockets=1, ticking=False
        )
        async with running(wiring, clock, draws) as bot:
            ana = sandbox.person("ana")
            channels = [
                sandbox.channel(f"trouble-{each}", members=[ana], bot=True).id
                for each in range(incidents)
            ]
            for channel in channels:
                await _declare(bot, ana, channel, clock, draws)
            await bot.ledger.drain()
            yield Stage(bot, ana, tuple(channels))
    finally:
        await sandbox.stop()


async def _declare(bot: Bot, ana: Person, channel: str, clock: Clock, draws: Draws) -> None:
    """Adopt a channel: making one takes calls that Slack allows only so often."""
    person = await bot.directory.person(bot.workspace.id, ana.id)
    request = Request(bot.workspace.id, person, clock.now(), draws.token(), channel=channel)
    await bot.incidents.adopt(request, f"Trouble in {channel}", channel, private=False)


async def ack_path(name: str, url: str, *, quick: bool) -> list[Figure]:
    """From dispatch to ack: `against:` and `/thread`, each beside a listener that runs as many
    statements in one transaction, and default Bolt, which keeps nothing."""
    times = 100 if quick else 400
    async with _staged(url, 2 * times // THREADS_EACH) as stage:
        await stage.app.async_dispatch(stage.event("1", 0, "thread: disk"))

        def against(number: int) -> AsyncBoltRequest:
            return stage.event("2", number, f"against: graph {number} is flat")

        def thread(number: int) -> AsyncBoltRequest:
            return stage.command("3", number, f"idea {number}")

        figures = await _beside(stage, name, "against:", against, times)
        figures += await _beside(stage, name, "/thread", thread, times)
        figures += await _default(stage, name, times, {each.what: each.value for each in figures})
    return figures


async def _beside(
    stage: Stage, name: str, what: str, made: Callable[[int], AsyncBoltRequest], times: int
) -> list[Figure]:
    work = _dispatching(stage.app, made)
    warm = 2 * len(stage.channels)
    for number in range(warm):
        await work(2 * times + number)
    with Statements() as ours:
        await work(2 * times + warm)
    # A second transaction of ours begins, too: the baseline reads once more instead.
    nothing = _noop(stage, ours.reads + ours.begun - 1, ours.writes, what)
    with Statements() as theirs:
        await nothing(2 * times)
    alone, base = await in_turn(work, nothing, times)
    both, base_both = [], []
    for start in range(times, 2 * times, times // ROUNDS):
        both += await in_flight(_from(start, work), times // ROUNDS, AT_ONCE)
        base_both += await in_flight(_from(start, nothing), times // ROUNDS, AT_ONCE)
    return [
        Figure(f"{what}, statements", name, ours.count, "", theirs.count),
        *_compared(f"{what}, alone", name, alone, base, (0.5, 0.99)),
        *_compared(
            f"{what}, {AT_ONCE} in flight", name, sorted(both), sorted(base_both), (0.5, 0.99)
        ),
    ]


def _from(start: int, work: Work) -> Work:
    return lambda number: work(start + number)


def _compared(
    what: str, name: str, taken: list[float], base: list[float], shares: tuple[float, ...]
) -> list[Figure]:
    return [
        Figure(f"{what}, p{share * 100:.0f}", name, quantile(taken, share), "ms",
               quantile(base, share))
        for share in shares
    ]  # fmt: skip


def _dispatching(app: AsyncApp, made: Callable[[int], AsyncBoltRequest]) -> Work:
    async def work(number: int) -> object:
        answer = await app.async_dispatch(made(number))
        if answer.status != 200 or "Nothing changed" in answer.body:
            raise RuntimeError(f"not recorded: {answer.body}")
        return answer

    return work


def _noop(stage: Stage, reads: int, writes: int, kind: str) -> Work:
    """As many statements in a transaction of the same deadline, each the least of its sort.

    A read finds one row by an index, a write adds one; both are built once, as ours are.
    """
    app, bot, monotonic = _app(stage, durable=True), stage.bot, SystemClock().monotonic
    workspace, at = bot.workspace.id, SystemClock().now()

    async def listen(body: dict[str, Any]) -> None:
        receipt = f"noop{kind}{body['event_id']}"

        def work(tx: Tx) -> None:
            for _ in range(reads):
                tx.incidents.id_of_channel(workspace, stage.channels[0])
            for number in range(writes - 1):
                tx.receipts.take(workspace, f"{receipt}:{number}", at)

        await bot.db.run(work, once=(workspace, receipt), deadline=monotonic() + COMMIT_SECONDS)

    app.event("message")(listen)
    return _dispatching(app, lambda number: stage.event("noop", number, "x"))


async def _default(stage: Stage, name: str, times: int, ours: dict[str, float]) -> list[Figure]:
    """Bolt as it comes, which keeps nothing: an event is acknowledged before anybody listens, a
    command by its listener, for which Bolt looks every ten milliseconds."""
    app = _app(stage, durable=False)

    async def listen(ack: AsyncAck) -> None:
        await ack()

    app.event("message")(listen)
    app.command("/thread")(listen)
    made = {
        "against:": lambda number: stage.event("default", number, "x"),
        "/thread": lambda number: stage.command("default", number, "x"),
    }
    figures = []
    for what, request in made.items():
        work = _dispatching(app, request)
        taken = {
            f"{what}, alone, p50": quantile(await one_by_one(work, times), 0.5),
            f"{what}, {AT_ONCE} in flight, p99": quantile(
                await in_flight(work, times, AT_ONCE), 0.99
            ),
        }
        figures += [
            Figure(f"{each}; default Bolt", name, ours[each], baseline=theirs)
            for each, theirs in taken.items()
        ]
    return figures


def _app(stage: Stage, *, durable: bool) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=stage.bot.workspace.id,
            bot_token="xoxb-bench",
            bot_user_id=stage.bot.workspace.bot_user,
        )

    return AsyncApp(
        name="bench",
        process_before_response=durable,
        authorize=authorize,
        request_verification_enabled=False,
        signing_secret="",
    )
