"""The ledger: claim, send nothing, finish; beside bare commits."""

import time

from bot.clock import SystemClock, SystemDraws
from bot.deliveries.model import Delivery, Planned, Policy, Sent
from bot.deliveries.service import Ledger, LedgerSettings
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bench.measure import Figure


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
    ours = await claimed_and_finished(url, times, LedgerSettings().batch)
    return [Figure("claim and finish", name, ours, "a second", await _bare_commits(url, times))]


async def claimed_and_finished(url: str, times: int, batch: int) -> float:
    """Deliveries a second, `batch` of them at once, from all lying ready to the last recorded."""
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

    try:
        await db.run(plan)
        settings = LedgerSettings(batch=batch)
        senders = {"bench": NoopSender()}
        books = Ledger[Tx](db, senders, lambda: (workspace,), clock, draws, settings)
        start = time.perf_counter()
        handled = await books.drain()
        seconds = time.perf_counter() - start
    finally:
        db.close()
    if handled != times:
        raise RuntimeError(f"{handled} of {times} were handled")
    return times / seconds


async def _bare_commits(url: str, times: int) -> float:
    draws = SystemDraws()
    db = SqlDatabase(url, SystemClock(), draws)
    workspace = draws.token()
    start = time.perf_counter()
    for number in range(times):
        await db.run(lambda _tx: None, once=(workspace, str(number)))
    seconds = time.perf_counter() - start
    db.close()
    return times / seconds
