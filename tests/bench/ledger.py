"""The ledger: claim, send nothing, finish; beside bare commits."""

import time

from bot.clock import SystemClock, SystemDraws
from bot.deliveries.model import Delivery, Planned, Policy, Sent
from bot.deliveries.service import Ledger
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
