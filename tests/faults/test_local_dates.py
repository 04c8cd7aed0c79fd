"""Something due once each local date, when the clocks change and when somebody's zone does.

The key holds the local date: however often it is planned, by whichever replica, it is owed once.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.clock import Draws
from bot.deliveries.service import Ledger
from bot.sampling.calendar import instants, zone_of
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import Outside
from tests.contracts.databases import Hands
from tests.contracts.values import planned

WALL = time(2, 30)  # is skipped in spring, and comes twice in autumn
HALF_AN_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
BERLIN, NEW_YORK, AUCKLAND = "Europe/Berlin", "America/New_York", "Pacific/Auckland"
SPRING, SUMMER, AUTUMN = date(2028, 3, 26), date(2028, 6, 1), date(2028, 10, 29)


class Daily:
    """Plans the dates around now in somebody's zone; when the zone changes, what is ahead anew."""

    def __init__(self, db: SqlDatabase, workspace: str, outside: Outside) -> None:
        self._db, self._workspace, self._outside = db, workspace, outside

    async def plan(self, now: datetime, zone: str) -> None:
        dates = self._ahead(now, zone)
        owed = [
            planned(self._workspace, f"U1/{on}", due=due, lane="dm:U1", expires=due + 2 * HOUR)
            for on, due in dates
        ]
        await self._db.run(lambda tx: tx.deliveries.plan_all(owed, now))

    async def moves(self, now: datetime) -> None:
        await self._db.run(
            lambda tx: tx.deliveries.cancel(
                self._workspace, "test.send", "U1/", "moved", now, prefix=True
            )
        )

    def _ahead(self, now: datetime, zone: str) -> Iterable[tuple[date, datetime]]:
        today = now.astimezone(zone_of(zone)).date()
        for on in (today, today + DAY):
            due = instants((WALL,), on, zone)[0]
            if due >= now - HOUR and f"U1/{on}" not in self._outside.recorded:
                yield on, due


class Nights:
    """Hours that pass for two replicas; what arrived, and when."""

    def __init__(
        self, daily: Daily, ledgers: list[Ledger[Tx]], outside: Outside, clock: Hands
    ) -> None:
        self.daily, self._ledgers, self._outside, self._clock = daily, ledgers, outside, clock
        self.at: dict[str, datetime] = {}

    async def pass_over(self, begin: datetime, end: datetime, zone: str) -> None:
        self._clock.advance(begin)
        while (now := self._clock.now()) < end:
            for ledger in self._ledgers:
                await self.daily.plan(now, zone)
                await ledger.drain()
            for each in set(self._outside.arrived) - self.at.keys():
                self.at[each] = now
            self._clock.advance_by(HALF_AN_HOUR.total_seconds())


def noon(on: date) -> datetime:
    return datetime.combine(on, time(12), UTC)


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def passed(
    sqlite_db: SqlDatabase, outside: Outside, workspace: str, draws: Draws, clock: Hands
) -> Nights:
    def replica() -> Ledger[Tx]:
        return Ledger[Tx](sqlite_db, {"test.send": outside}, lambda: (workspace,), clock, draws)

    return Nights(Daily(sqlite_db, workspace, outside), [replica(), replica()], outside, clock)


@pytest.mark.parametrize(
    ("changes", "that_night"),
    [(SPRING, time(1, 30)), (AUTUMN, time(0, 30))],  # 03:30 there; the first 02:30
)
async def test_the_clocks_change_and_each_date_has_one(
    passed: Nights, outside: Outside, changes: date, that_night: time
) -> None:
    await passed.pass_over(noon(changes - 2 * DAY), noon(changes + 2 * DAY), BERLIN)

    dates = [changes + n * DAY for n in (-1, 0, 1, 2)]
    assert outside.arrived == [f"U1/{on}" for on in dates]
    assert passed.at[f"U1/{changes}"] == datetime.combine(changes, that_night, UTC)


@pytest.mark.parametrize("moves_to", [NEW_YORK, AUCKLAND])
async def test_somebody_moves_and_each_date_has_one(
    passed: Nights, outside: Outside, moves_to: str
) -> None:
    start = SUMMER
    await passed.pass_over(noon(start), noon(start + 2 * DAY), BERLIN)
    await passed.daily.moves(noon(start + 2 * DAY))
    await passed.pass_over(noon(start + 2 * DAY), noon(start + 5 * DAY), moves_to)

    assert outside.arrived == [f"U1/{start + n * DAY}" for n in range(1, len(outside.arrived) + 1)]
    there = instants((WALL,), start + 4 * DAY, moves_to)[0]
    assert abs(passed.at[f"U1/{start + 4 * DAY}"] - there) <= HALF_AN_HOUR
