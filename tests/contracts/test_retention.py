"""What is past its time goes, and nothing else, on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.deliveries.model import Sent, State
from bot.errors import AlreadyHandled
from bot.incidents.model import IncidentState
from bot.workspace import retention
from bot.workspace.retention import KINDS, SLICE, SLICES, WrongRetention, kept
from storage.engine import SqlDatabase
from storage.retention import OLD
from tests.contracts.databases import NOW, alone
from tests.contracts.values import entry, incident, person, planned

DAY = timedelta(days=1)
LONG_AGO = NOW - 5000 * DAY


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place of its own: the sweep is of every workspace."""
    with alone(url, request) as own:
        yield own


Count = Callable[[str], int]


@pytest.fixture
def count(engine: sa.Engine) -> Count:
    def counted(table: str) -> int:
        with engine.begin() as connection:
            found = sa.select(sa.func.count()).select_from(sa.table(table))
            return connection.execute(found).scalar_one()

    return counted


async def sweep(db: SqlDatabase, now: datetime = NOW, **days: int) -> dict[str, int]:
    return await retention.sweep(db, kept(days), now)


class TestReceipts:
    async def test_go_after_their_day(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.receipts.take(workspace, "old", NOW))
        await db.run(lambda tx: tx.receipts.take(workspace, "just", NOW + timedelta(seconds=1)))

        gone = await sweep(db, NOW + DAY + timedelta(microseconds=1))

        assert gone["receipts"] == 1
        await db.run(lambda tx: tx.receipts.take(workspace, "old", NOW))
        with pytest.raises(AlreadyHandled):
            await db.run(lambda tx: tx.receipts.take(workspace, "just", NOW))

    async def test_go_in_slices_until_none_is_left(
        self, db: SqlDatabase, engine: sa.Engine, workspace: str, count: Count
    ) -> None:
        fill = sa.text("INSERT INTO receipts (workspace, key, at) VALUES (:w, :k, :at)")
        at = LONG_AGO.isoformat(timespec="microseconds")
        with engine.begin() as connection:
            rows = [{"w": workspace, "k": str(n), "at": at} for n in range(2 * SLICE + 7)]
            connection.execute(fill, rows)

        assert (await sweep(db))["receipts"] == 2 * SLICE + 7
        assert count("receipts") == 0

    async def test_a_sweep_has_an_end(self, workspace: str) -> None:
        class Endless:
            """There is always more to delete."""

            slices = 0

            async def run(self, fn: Callable[[Any], int], **_: object) -> int:
                self.slices += 1
                return SLICE

        endless: Any = Endless()

        gone = await retention.sweep(endless, {"receipts": DAY}, NOW)

        assert gone == {"receipts": SLICE * SLICES}


class TestDeliveries:
    async def ended(self, db: SqlDatabase, workspace: str, at: datetime) -> None:
        """One of each: sent, missed, parked, waiting."""
        sends = [
            planned(workspace, "sent", due=at),
            planned(workspace, "parked", due=at, lane="post:C2"),
            planned(workspace, "missed", due=at, lane="post:C3", expires=at),
        ]
        await db.run(lambda tx: tx.deliveries.plan_all(sends, at))
        taken = await db.run(lambda tx: tx.deliveries.claim([workspace], at, 9, 60.0))
        sent, parked = sorted(taken, key=lambda each: each.subject, reverse=True)
        await db.run(lambda tx: tx.deliveries.finish(sent, Sent("ts"), at))
        await db.run(lambda tx: tx.deliveries.close(parked, State.PARKED, "gone", at))
        waits = planned(workspace, "waits", due=at, lane="post:C4")
        await db.run(lambda tx: tx.deliveries.plan(waits, at))

    async def test_that_ended_go(self, db: SqlDatabase, workspace: str, engine: sa.Engine) -> None:
        await self.ended(db, workspace, NOW)

        assert (await sweep(db, NOW + 90 * DAY))["deliveries"] == 0
        assert (await sweep(db, NOW + 91 * DAY))["deliveries"] == 3

        with engine.begin() as connection:
            left = connection.execute(sa.text("SELECT subject FROM deliveries")).scalars().all()
        assert left == ["waits"]

    async def test_are_kept_as_long_as_the_operator_says(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await self.ended(db, workspace, NOW)

        assert (await sweep(db, NOW + 91 * DAY, deliveries=100))["deliveries"] == 0
        assert (await sweep(db, NOW + 91 * DAY, deliveries=30))["deliveries"] == 3


class TestLanes:
    async def test_that_are_free_again_go_and_the_rate_still_holds(
        self, db: SqlDatabase, workspace: str, count: Count
    ) -> None:
        await db.run(lambda tx: tx.deliveries.plan(planned(workspace, "a", due=NOW), NOW))
        await db.run(lambda tx: tx.deliveries.claim([workspace], NOW, 9, 60.0))
        assert count("lanes") == 1

        assert (await sweep(db, NOW + DAY))["lanes"] == 0
        assert (await sweep(db, NOW + 2 * DAY))["lanes"] == 1

    async def test_that_are_shut_stay(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.deliveries.plan(planned(workspace, "a", due=NOW), NOW))
        (taken,) = await db.run(lambda tx: tx.deliveries.claim([workspace], NOW, 9, 60.0))
        until = NOW + 3 * DAY
        await db.run(
            lambda tx: tx.deliveries.give_back(taken, until, 0.0, "ratelimited", lane_shut=True)
        )

        assert (await sweep(db, NOW + 2 * DAY))["lanes"] == 0


class TestPeople:
    async def test_who_left_are_forgotten_a_month_after_it_was_noticed(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        gone, here = person(workspace, "UGONE"), person(workspace, "UHERE")
        await db.run(lambda tx: tx.workspace.save_person(gone))
        await db.run(lambda tx: tx.workspace.save_person(replace(here, deleted=False)))

        assert (await sweep(db, NOW))["people"] == 0
        assert (await sweep(db, NOW + 30 * DAY))["people"] == 0
        assert (await sweep(db, NOW + 31 * DAY))["people"] == 1

        left = await db.read(lambda tx: tx.workspace.people(workspace))
        assert [each.id for each in left] == ["UHERE"]

    async def test_who_came_back_begin_anew(
        self, db: SqlDatabase, workspace: str, count: Count
    ) -> None:
        async def save(*, deleted: bool) -> None:
            who = replace(person(workspace, "U1"), deleted=deleted)
            await db.run(lambda tx: tx.workspace.save_person(who))

        await save(deleted=True)
        await sweep(db, NOW)
        await save(deleted=False)
        assert (await sweep(db, NOW + 40 * DAY))["people"] == 0
        assert count("departures") == 0

        await save(deleted=True)
        assert (await sweep(db, NOW + 41 * DAY))["people"] == 0
        assert (await sweep(db, NOW + 72 * DAY))["people"] == 1
        await sweep(db, NOW + 73 * DAY)
        assert count("departures") == 0


class TestActivity:
    @pytest.mark.parametrize(
        ("state", "gone"),
        [(IncidentState.OPEN, 0), (IncidentState.RESOLVED, 1), (IncidentState.CLOSED, 1)],
    )
    async def test_goes_half_a_year_after_the_incident_ended(
        self, db: SqlDatabase, engine: sa.Engine, workspace: str, state: IncidentState, gone: int
    ) -> None:
        root = incident(workspace, f"{workspace}-1")
        await db.run(lambda tx: tx.incidents.add(root, entry(1)))
        await db.run(lambda tx: tx.activity.seen(root.id, "U1", "", NOW, 3))
        ended = sa.text("UPDATE incidents SET state = :state, resolved = :at")
        at = NOW.isoformat(timespec="microseconds")
        with engine.begin() as connection:
            connection.execute(ended, {"state": state.value, "at": at})

        assert (await sweep(db, NOW + 180 * DAY))["activity"] == 0
        assert (await sweep(db, NOW + 181 * DAY))["activity"] == gone


class TestSettings:
    def test_the_defaults_are_within_their_bounds(self) -> None:
        assert kept({}) == {each.name: each.days * DAY for each in KINDS}

    @pytest.mark.parametrize("days", [0, 29, 3651, -1])
    def test_a_time_out_of_bounds_is_refused_by_name(self, days: int) -> None:
        with pytest.raises(WrongRetention, match="deliveries can be kept from 30 to 3650 days"):
            kept({"deliveries": days})

    def test_an_unknown_kind_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(WrongRetention, match="called entries; there are receipts, deliver"):
            kept({"entries": 9})


def test_every_kind_is_swept() -> None:
    assert OLD.keys() == {each.name for each in KINDS}
