"""Who is in an active incident, on both databases: the sampling protocol, section 3."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.incidents.model import (
    Change,
    Clocks,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
)
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import unique
from tests.contracts.values import entry

NOW = datetime(2028, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Place:
    """A workspace with incidents; who is asked about is U1."""

    def __init__(self, db: SqlDatabase, workspace: str) -> None:
        self.db = db
        self.workspace = workspace
        self.number = 0

    async def incident(self, *, ago: timedelta = HOUR, **changes: Any) -> Incident:
        self.number += 1
        made = Incident(
            id=unique(),
            workspace=self.workspace,
            number=self.number,
            title="x",
            declared_by="U9",
            commander="U9",
            clocks=Clocks(declared=NOW - ago),
        )
        after = replace(made, **changes)
        declared = said(1, made.clocks.declared or NOW, "U9")

        def add(tx: Tx) -> None:
            tx.incidents.add(made, declared)
            tx.incidents.save(made, Change(after))

        await self.db.run(add)
        return after

    async def resolved(self, ago: timedelta, **changes: Any) -> Incident:
        clocks = Clocks(declared=NOW - 3 * HOUR, resolved=NOW - ago)
        return await self.incident(state=IncidentState.RESOLVED, clocks=clocks, **changes)

    async def talks(self, incident: Incident, ago: timedelta, lines: int = 1) -> None:
        await self.db.run(lambda tx: tx.activity.seen(incident.id, "U1", "", NOW - ago, lines))

    async def is_in(self, person: str = "U1", now: datetime = NOW, workspace: str = "") -> bool:
        def look(tx: Tx) -> bool:
            return tx.responding.in_incident(workspace or self.workspace, person, now)

        return await self.db.read(look)


@pytest.fixture
def place(db: SqlDatabase, workspace: str) -> Place:
    return Place(db, workspace)


def said(seq: int, at: datetime, person: str) -> Entry:
    return replace(entry(seq, at), actor=person, investigation=None, person=None)


def thread(**changes: Any) -> Investigation:
    made = Investigation(number=1, hypothesis="x", opened_at=NOW - HOUR, owner="U1")
    return replace(made, **changes)


async def test_nobody_is_in_what_is_not_there(place: Place, other_workspace: str) -> None:
    assert not await place.is_in()
    await place.incident(commander="U1")
    assert await place.is_in()
    assert not await place.is_in("U2")
    assert not await place.is_in(workspace=other_workspace)


async def test_whoever_declared_it_and_left_it_alone_is_not(place: Place) -> None:
    await place.incident(declared_by="U1")
    assert not await place.is_in()


async def test_an_open_thread(place: Place) -> None:
    await place.incident(investigations=(thread(),))
    assert await place.is_in()


async def test_a_thread_that_ended_or_is_somebody_elses(place: Place) -> None:
    over = thread(ending=Ending.RULED_OUT, closed_at=NOW - 5 * MINUTE)
    await place.incident(investigations=(over, thread(number=2, owner="U2")))
    assert not await place.is_in()


async def test_who_wrote_in_the_last_hour(place: Place) -> None:
    here = await place.incident(ago=3 * HOUR)
    await place.talks(here, 60 * MINUTE)
    assert not await place.is_in()
    await place.talks(here, 59 * MINUTE)
    assert await place.is_in()


async def test_who_only_marks_or_presses_has_not_written(place: Place) -> None:
    here = await place.incident()
    await place.talks(here, MINUTE, lines=0)
    assert not await place.is_in()


async def test_what_was_said_by_command_counts(place: Place) -> None:
    here = await place.incident()
    change = Change(here, (said(2, NOW - MINUTE, "U1"),))
    await place.db.run(lambda tx: tx.incidents.save(here, change))
    assert await place.is_in()


async def test_half_an_hour_after_it_was_resolved(place: Place) -> None:
    await place.resolved(29 * MINUTE, commander="U1")
    assert await place.is_in()
    assert not await place.is_in(now=NOW + MINUTE)


async def test_after_it_was_resolved_what_counts_is_who_was_in_it_then(place: Place) -> None:
    here = await place.resolved(20 * MINUTE)
    await place.talks(here, 81 * MINUTE)
    assert not await place.is_in()
    await place.talks(here, 79 * MINUTE)
    assert await place.is_in()


async def test_a_thread_that_ended_with_it_was_open_until_then(place: Place) -> None:
    ended = thread(ending=Ending.CONFIRMED, closed_at=NOW - 20 * MINUTE)
    await place.resolved(20 * MINUTE, investigations=(ended,))
    assert await place.is_in()


async def test_at_most_twelve_hours(place: Place) -> None:
    await place.incident(ago=12 * HOUR - MINUTE, commander="U1")
    assert await place.is_in()
    assert not await place.is_in(now=NOW + MINUTE)
