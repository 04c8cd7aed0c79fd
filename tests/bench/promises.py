"""What the ledger promises in seconds: how late a send is, how soon a dead process is replaced,
and what a long past costs. Each is held against its aim, or against itself without the past."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.connection import Connection

import sqlalchemy as sa

from bot.clock import SeededDraws, SystemClock, SystemDraws
from bot.deliveries.model import Delivery, Planned, Policy, Sent
from bot.deliveries.service import Ledger, LedgerSettings
from storage.engine import SqlDatabase, make_engine
from storage.tx import Tx
from tests.bench.ledger import NoopSender, claimed_and_finished
from tests.bench.measure import Figure, in_place, quantile

TICK = 1.0  # as often as the bot looks; see bot/compose.py
LATENESS_AIM = 2_000.0
# Shorter than in production, so that the bench is; what is promised is the lease and two seconds.
DYING = LedgerSettings(lease=4.0, settle=2.0)
GRACE = 2.0
ROUNDS = 3
FILL = (
    "INSERT INTO deliveries (key, workspace, purpose, subject, due, lane, policy, priority,"
    " wanted, state, at, since, finished, fence, attempts, ref)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
    " SELECT CAST(:prefix AS TEXT) || i, :workspace, 'bench', 's' || i, :at,"
    " 'post:C' || (i % 997), 'look_back', 0, 0, 'sent', :at, :at, :at, 1, 1, '17.' || i FROM n"
)


async def promises(name: str, url: str, *, quick: bool) -> list[Figure]:
    """Lateness and recovery beside their aims; the rate with many sent rows beside without."""
    late = await _lateness(url, 100 if quick else 1000, 4.0 if quick else 20.0)
    bound = (max(DYING.lease, DYING.settle) + GRACE) * 1000
    return [
        Figure("lateness, p99; the aim", name, quantile(late, 0.99), baseline=LATENESS_AIM),
        Figure("taken over after kill -9; the aim", name, await _recovery(url), baseline=bound),
        await _with_a_past(name, url, 100_000 if quick else 1_000_000, 400 if quick else 2000),
    ]


class Clocked(NoopSender):
    """Notes how late it sends, in milliseconds."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.late: list[float] = []
        self._now = now

    async def send(self, delivery: Delivery) -> Sent:
        self.late.append((self._now() - delivery.due) / timedelta(milliseconds=1))
        return Sent(delivery.key)


async def _lateness(url: str, sends: int, seconds: float) -> list[float]:
    """Of sends that fall due at any time within so many seconds."""
    clock, draws = SystemClock(), SystemDraws()
    db, workspace, chance = SqlDatabase(url, clock, draws), draws.token(), SeededDraws(1)
    sender, begins = Clocked(clock.now), clock.now() + timedelta(seconds=TICK)
    owed = [
        _owed(workspace, number, begins + timedelta(seconds=chance.uniform(0, seconds)))
        for number in range(sends)
    ]
    await db.run(lambda tx: tx.deliveries.plan_all(owed, clock.now()))
    ledger = Ledger[Tx](db, {"bench": sender}, lambda: (workspace,), clock, draws)
    await _work(ledger, lambda: len(sender.late) == sends)
    db.close()
    return sorted(sender.late)


def _owed(workspace: str, number: int, due: datetime) -> Planned:
    return Planned(workspace, "bench", str(number), due, f"post:C{number}", Policy.LOOK_BACK)


async def _work(ledger: Ledger[Tx], done: Callable[[], bool]) -> None:
    """As the bot does: a pump, and a tick every second."""
    pumping = asyncio.create_task(ledger.pump())
    while not done():
        ledger.wake()
        await asyncio.sleep(TICK)
    ledger.stop()
    await pumping


async def _recovery(url: str) -> float:
    """Milliseconds from a sender's kill -9, in the middle of a send, until another has sent it."""
    clock, draws = SystemClock(), SystemDraws()
    db, workspace = SqlDatabase(url, clock, draws), draws.token()
    await db.run(lambda tx: tx.deliveries.plan(_owed(workspace, 1, clock.now()), clock.now()))
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    dying = multiprocessing.get_context("spawn").Process(
        target=_hang, args=(url, workspace, theirs)
    )
    dying.start()
    await asyncio.to_thread(ours.recv)
    os.kill(dying.pid or 0, signal.SIGKILL)
    began = clock.monotonic()
    taken: list[float] = []
    sender = Noting(lambda: taken.append((clock.monotonic() - began) * 1000))
    ledger = Ledger[Tx](db, {"bench": sender}, lambda: (workspace,), clock, draws, DYING)
    await _work(ledger, lambda: bool(taken))
    dying.join()
    db.close()
    return taken[0]


class Noting(NoopSender):
    """Says that it sends."""

    def __init__(self, say: Callable[[], object]) -> None:
        self._say = say

    async def send(self, delivery: Delivery) -> Sent:
        self._say()
        return Sent(delivery.key)


class Hanging(NoopSender):
    """Never comes back from a send."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def send(self, delivery: Delivery) -> Sent:
        self._pipe.send("sending")
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def _hang(url: str, workspace: str, pipe: Connection) -> None:
    """The target of a process that is to be killed."""
    asyncio.run(_hanging(url, workspace, pipe))


async def _hanging(url: str, workspace: str, pipe: Connection) -> None:
    clock, draws = SystemClock(), SystemDraws()
    db = SqlDatabase(url, clock, draws)
    senders = {"bench": Hanging(pipe)}
    await Ledger[Tx](db, senders, lambda: (workspace,), clock, draws, DYING).drain()


async def _with_a_past(name: str, url: str, rows: int, times: int) -> Figure:
    """The best of some rounds, which other programs of the machine can only slow down."""
    batch = LedgerSettings().batch
    without = [await claimed_and_finished(url, times, batch) for _ in range(ROUNDS)]
    _fill(url, rows)
    after = [await claimed_and_finished(url, times, batch) for _ in range(ROUNDS)]
    what = f"claim and finish beside {rows:,} sent; beside none"
    return Figure(what, name, max(after), "a second", max(without))


def _fill(url: str, rows: int) -> None:
    engine = make_engine(sa.make_url(url), 1, read_only=False)
    sqlite = engine.dialect.name == "sqlite"
    at = SystemClock().now() - timedelta(days=1)
    token = SystemDraws().token()
    values = {
        "rows": rows,
        "prefix": token,
        "workspace": token,
        "at": at.isoformat(timespec="microseconds") if sqlite else at,
    }
    with engine.begin() as connection:
        connection.execute(sa.text(FILL), values)
    engine.dispose()
    in_place(url)
