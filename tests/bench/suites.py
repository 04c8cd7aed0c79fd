"""What is measured: the path from a payload to its ack, the ledger, start and rest."""

import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.clock import SystemClock, SystemDraws
from bot.compose import Bot, Wiring, running
from bot.deliveries.model import Delivery, Planned, Policy, Sent
from bot.deliveries.service import Ledger
from bot.sandbox.people import Person
from bot.sandbox.workspace import Sandbox
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bench.measure import Figure, in_flight, one_by_one, quantile

AT_ONCE = 32
Work = Callable[[int], Awaitable[object]]


@dataclass(slots=True)
class Statements:
    """Counts the statements that this process sends, reads included."""

    count: int = 0

    def __enter__(self) -> Self:
        sa.event.listen(sa.Engine, "before_cursor_execute", self._one)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(sa.Engine, "before_cursor_execute", self._one)

    def _one(self, *_: object) -> None:
        self.count += 1


@asynccontextmanager
async def _incident(url: str) -> AsyncIterator[tuple[Bot, Sandbox, Person, str]]:
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
            lobby = sandbox.channel("general", members=[ana], bot=True)
            await ana.command("/incident", "the database is slow", lobby)
            await bot.ledger.drain()
            channel = next(c for c in sandbox.workspace.channels.values() if c.name[:4] == "inc-")
            yield bot, sandbox, ana, channel.id
    finally:
        await sandbox.stop()


def _event(bot: Bot, person: str, channel: str, ts: str, number: int, text: str) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": bot.workspace.id,
        "event_id": f"Ev{ts}{number}",
        "event": {
            "type": "message",
            "channel": channel,
            "user": person,
            "text": text,
            "ts": f"{ts}.{number:06d}",
        },
    }


async def ack_path(name: str, url: str, *, quick: bool) -> list[Figure]:
    """`against:` from dispatch to ack, beside a listener that runs as many statements."""
    times = 100 if quick else 400
    async with _incident(url) as (bot, _sandbox, ana, channel):
        app: AsyncApp = bot.sockets[0].app
        await app.async_dispatch(_request(_event(bot, ana.id, channel, "1", 0, "thread: disk")))

        async def against(number: int) -> object:
            event = _event(bot, ana.id, channel, "2", number, f"against: graph {number} is flat")
            answer = await app.async_dispatch(_request(event))
            if answer.status != 200:
                raise RuntimeError(f"not acknowledged: {answer.body}")
            return answer

        with Statements() as statements:
            alone = await one_by_one(against, times)
        each = round(statements.count / times)
        noop = _noop_app(bot, each)

        async def nothing(number: int) -> object:
            return await noop.async_dispatch(
                _request(_event(bot, ana.id, channel, "3", number, "x"))
            )

        base = await one_by_one(nothing, times)
        both = await in_flight(lambda number: against(number + times), times, AT_ONCE)
        base_both = await in_flight(lambda number: nothing(number + times), times, AT_ONCE)
    what = f"against: ({each} statements)"
    return [
        Figure(f"{what}, alone, p50", name, quantile(alone, 0.5), baseline=quantile(base, 0.5)),
        Figure(f"{what}, alone, p99", name, quantile(alone, 0.99), baseline=quantile(base, 0.99)),
        Figure(
            f"{what}, {AT_ONCE} in flight, p99",
            name,
            quantile(both, 0.99),
            baseline=quantile(base_both, 0.99),
        ),
    ]


def _request(body: dict[str, Any]) -> AsyncBoltRequest:
    return AsyncBoltRequest(mode="socket_mode", body=body)


def _app(bot: Bot) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=bot.workspace.id,
            bot_token="xoxb-bench",
            bot_user_id=bot.workspace.bot_user,
        )

    return AsyncApp(
        name="bench",
        process_before_response=True,
        authorize=authorize,
        request_verification_enabled=False,
        signing_secret="",
    )


def _noop_app(bot: Bot, statements: int) -> AsyncApp:
    """A listener that runs as many trivial statements in one transaction, and nothing else."""
    app = _app(bot)

    def work(tx: Tx) -> None:
        for _ in range(statements - 1):
            tx.workspace.get(bot.workspace.id)

    async def listen(body: dict[str, Any]) -> None:
        await bot.db.run(work, once=(bot.workspace.id, "noop" + body["event_id"]))

    app.event("message")(listen)
    return app


class NoopSender:
    """Sends at once, to nobody."""

    async def send(self, delivery: Delivery) -> Sent:
        return Sent(delivery.key)

    async def find(self, delivery: Delivery) -> Sent | None:
        return None

    def sent(self, tx: Tx, delivery: Delivery, sent: Sent, now: object) -> None:
        """Nothing follows."""

    def refused(self, tx: Tx, delivery: Delivery, reason: str, now: object) -> None:
        """Nothing follows."""


async def ledger(name: str, url: str, *, quick: bool) -> list[Figure]:
    """Claim, send nothing, finish: deliveries a second, beside one bare commit each."""
    times = 200 if quick else 2000
    clock, draws = SystemClock(), SystemDraws()
    db = SqlDatabase(url, clock, draws)
    workspace = draws.token()
    due = clock.now()

    def plan(tx: Tx) -> None:
        for number in range(times):
            lane = f"post:C{number}"
            tx.deliveries.plan(
                Planned(workspace, "bench", str(number), due, lane, Policy.STEP), due
            )

    await db.run(plan)
    books = Ledger[Tx](db, {"bench": NoopSender()}, lambda: (workspace,), clock, draws)
    start = time.perf_counter()
    handled = await books.drain()
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    for number in range(times):
        await db.run(lambda _tx: None, once=(workspace, str(number)))
    bare = time.perf_counter() - start
    db.close()
    if handled != times:
        raise RuntimeError(f"{handled} of {times} were handled")
    return [Figure("claim and finish", name, times / seconds, "a second", times / bare)]


def rest() -> list[Figure]:
    """What importing the bot costs."""
    code = (
        "import time; t = time.perf_counter(); import bot.compose; print(time.perf_counter() - t)"
    )
    took = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Figure("imports", "", float(took.stdout) * 1000),
        Figure("memory after imports", "", peak, "MiB"),
    ]
