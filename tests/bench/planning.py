"""What planning costs with many volunteers: a day for each of them, in a database; its memory."""

from datetime import UTC, date, datetime

from bot.clock import SystemClock, SystemDraws
from bot.sampling.calendar import read_windows
from bot.sampling.model import Hours, Study, Volunteer, VolunteerState
from bot.sampling.planning import plan_slice
from bot.sampling.sealing import Vault
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bench.measure import Figure, quantile
from tests.bench.review import resident
from tests.bench.sampling import a_study, drawing

MANY, FEW, AT_ONCE = 100_000, 2_000, 200
HOURS = Hours("Europe/Berlin", read_windows("09:00-17:00"), (0, 1, 2, 3, 4))
LOCKED = datetime(2026, 11, 16, 8, tzinfo=UTC)
# A Monday, and an hour before it begins there: all of them are due.
ON, NOW = date(2026, 11, 23), datetime(2026, 11, 22, 22, tzinfo=UTC)
SALT_BYTES, MICRO, MILLI = 16, 1_000_000, 1_000


async def planning(name: str, url: str, *, quick: bool) -> list[Figure]:
    """Microseconds a volunteer-day beside the bare HMACs of it, milliseconds a transaction, and
    the memory that all of them took."""
    many = FEW if quick else MANY
    clock, draws = SystemClock(), SystemDraws()
    db = SqlDatabase(url, clock, draws, vault=Vault(bytes(range(32))))
    study = a_study(draws.token(), LOCKED)
    try:
        await db.run(lambda tx: tx.studies.put(study))
        for first in range(0, many, AT_ONCE):
            await db.run(lambda tx, first=first: _fill(tx, study, first))  # type: ignore[misc]
        before, taken = resident(), await _plan(db, study, clock, draws)
        memory = resident() - before
    finally:
        db.close()
    each, at = sum(taken) / many * MICRO, f"{many:,} volunteers"
    slices = sorted(seconds * MILLI for seconds in taken)
    return [
        Figure(f"plan a day of {at}, each", name, each, "µs", drawing(SALT_BYTES)),
        Figure(f"plan a day of {at}, a transaction, p50", name, quantile(slices, 0.5), "ms"),
        Figure(f"plan a day of {at}, a transaction, p99", name, quantile(slices, 0.99), "ms"),
        Figure(f"plan a day of {at}, memory above rest", name, memory, "MiB"),
    ]


def _fill(tx: Tx, study: Study, first: int) -> None:
    some = [_volunteer(study, number) for number in range(first, first + AT_ONCE)]
    tx.volunteers.put_all(some)
    for number, each in enumerate(some, first):
        tx.volunteers.identify(each, study.workspace, f"U{number:06}")


def _volunteer(study: Study, number: int) -> Volunteer:
    salt = number.to_bytes(SALT_BYTES, "big")
    return Volunteer(study.id, f"v{number:06}", 1, VolunteerState.ACTIVE, HOURS, salt, ON)


async def _plan(
    db: SqlDatabase, study: Study, clock: SystemClock, draws: SystemDraws
) -> list[float]:
    """Slice after slice, as the ledger has them done; seconds each."""
    taken, after, there_is_more = [], "", True
    while there_is_more:
        begun, seed, place = clock.monotonic(), draws.token(), after

        def work(tx: Tx, seed: str = seed, place: str = place) -> str:
            locked = tx.studies.lock(study.workspace, study.id)
            assert locked is not None
            return plan_slice(tx, locked, place, seed, NOW)

        after = await db.run(work)
        taken.append(clock.monotonic() - begun)
        there_is_more = after != ""
    return taken
