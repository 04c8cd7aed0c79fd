"""The planning tick on stores in memory: dates shortly before they begin, late ones as failed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.clock import SteppedClock
from bot.sampling import asking_owed, asking_senders, planning
from bot.sampling.calendar import spans, within
from bot.sampling.model import (
    Hours,
    Item,
    ItemKind,
    Option,
    Outcome,
    Study,
    StudyState,
    Volunteer,
    VolunteerState,
    Window,
)
from bot.sampling.plan import plan_day
from bot.workspace.purse import PROMPT
from tests.bot.sampling.fakes import (
    HOURS,
    NOW,
    PROTOCOL,
    Db,
    Ledger,
    Messenger,
    a_study,
    a_volunteer,
    all_prompts,
    draws,
)

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)  # the Sunday before


class World:
    """A running study and whoever takes part; the looks begin at BEGIN."""

    def __init__(
        self, *volunteers: Volunteer, study: Study | None = None, begin: datetime = BEGIN
    ) -> None:
        self.db = Db()
        self.clock = SteppedClock(begin)
        self.messenger = Messenger()
        db: Any = self.db
        senders = asking_senders.table(db, self.messenger, self.clock.now, draws())
        self.ledger = Ledger(self.db, senders, self.clock)
        self.study = study or a_study()
        self.db.do(lambda tx: tx.studies.put(self.study))
        for number, each in enumerate(volunteers):
            self.joins(each, f"U{number}")

    def joins(self, volunteer: Volunteer, person: str) -> None:
        self.db.do(lambda tx: tx.volunteers.put(volunteer))
        self.db.do(lambda tx: tx.volunteers.identify(volunteer, "T1", person))

    async def starts(self) -> None:
        db: Any = self.db
        await planning.wake(db, "T1", self.clock.now())

    async def until(self, when: datetime) -> None:
        await self.ledger.until(when)

    def prompts(self) -> list[Any]:
        return sorted(all_prompts(self.db), key=lambda each: (each.pseudonym, each.planned_at))

    def dates(self) -> list[date]:
        return [each.date for each in self.db.rows.days.get("s1", [])]


async def started(*volunteers: Volunteer, study: Study | None = None) -> World:
    world = World(*volunteers, study=study)
    await world.starts()
    return world


class TestWhen:
    async def test_a_date_is_planned_in_the_two_hours_before_it(self) -> None:
        world = await started(a_volunteer())
        await world.until(datetime(2026, 11, 22, 21, 59, tzinfo=UTC))
        assert world.dates() == []
        await world.until(datetime(2026, 11, 22, 22, tzinfo=UTC))
        assert world.dates() == [date(2026, 11, 23)]
        await world.until(datetime(2026, 11, 23, 21, 59, tzinfo=UTC))
        assert world.dates() == [date(2026, 11, 23)]

    async def test_each_in_their_own_zone(self) -> None:
        zones = ("Pacific/Auckland", "Asia/Tokyo", "UTC", "America/Los_Angeles")
        people = [
            a_volunteer(f"v{number}", hours=replace(HOURS, zone=zone))
            for number, zone in enumerate(zones)
        ]
        world = await started(*people)
        planned: list[str] = []
        for _ in range(30):
            await world.until(world.clock.now() + HOUR)
            planned += [each.zone for each in world.db.rows.days.get("s1", [])][len(planned) :]
        assert planned[:4] == list(zones)

    async def test_the_plan_is_that_of_the_planner_and_in_the_chain(self) -> None:
        world = await started(a_volunteer())
        await world.until(NOW - HOUR)
        day = world.db.rows.days["s1"][0]
        wanted = plan_day(world.study.secret, PROTOCOL, a_volunteer(), date(2026, 11, 23), 1)
        assert replace(day, previous="", digest="") == wanted
        assert day.digest
        prompts = world.prompts()
        assert tuple(each.planned_at for each in prompts) == wanted.times
        assert [each.rotated for each in prompts] == list(wanted.rotated)
        assert [(e.day, e.beep, e.planned_n) for e in prompts] == [
            (1, number + 1, len(wanted.times)) for number in range(len(wanted.times))
        ]
        owed = {each.subject: each.due for each in world.ledger.owed(PROMPT)}
        assert owed == {each.id: each.planned_at for each in prompts}

    async def test_a_study_day_is_a_working_day_and_there_are_so_many(self) -> None:
        short = replace(PROTOCOL, schedule=replace(PROTOCOL.schedule, study_days=4))
        off = replace(HOURS, days_off=(date(2026, 11, 25),))
        world = await started(a_volunteer(hours=off), study=a_study(protocol=short))
        await world.until(BEGIN + timedelta(days=14))
        assert [each.day for each in world.dates()] == [23, 24, 26, 27]
        assert [each.day for each in world.db.rows.days["s1"]] == [1, 2, 3, 4]

    async def test_a_changed_window_starts_on_the_next_unplanned_date(self) -> None:
        world = await started(a_volunteer())
        await world.until(datetime(2026, 11, 23, 12, tzinfo=UTC))
        there = world.db.rows.volunteers["s1", "vabcde"]
        evening = replace(HOURS, windows=(Window(time(18), time(22)),))
        world.db.do(lambda tx: tx.volunteers.put(replace(there, hours=evening)))

        await world.until(datetime(2026, 11, 25, 0, tzinfo=UTC))

        first, second, *_ = world.db.rows.days["s1"]
        assert first.windows == spans(HOURS, date(2026, 11, 23))
        assert second.windows == spans(evening, date(2026, 11, 24))
        rest = [
            e for e in world.prompts() if e.day == 1 and e.planned_at and e.planned_at.hour >= 12
        ]
        assert {(each.outcome, each.reason) for each in rest} == {
            (Outcome.NOT_SENT, "outside_window")
        }
        assert any(each.outcome is Outcome.EXPIRED for each in world.prompts() if each.day == 2)

    async def test_a_zone_change_in_flight_overlaps_nothing(self) -> None:
        world = await started(a_volunteer())
        await world.until(datetime(2026, 11, 23, 16, 30, tzinfo=UTC))
        there = world.db.rows.volunteers["s1", "vabcde"]
        moved = replace(there, hours=replace(HOURS, zone="Pacific/Auckland"))
        world.db.do(lambda tx: tx.volunteers.put(moved))

        await world.until(datetime(2026, 11, 27, 0, tzinfo=UTC))

        days = world.db.rows.days["s1"]
        windows = [window for each in days for window in each.windows]
        assert all(before[1] <= after[0] for before, after in pairwise(windows))
        assert days[1].zone == "Pacific/Auckland"
        times = [each.planned_at for each in world.prompts() if each.planned_at]
        assert all(after - before >= HOUR for before, after in pairwise(sorted(times)))

    async def test_paused_people_are_planned_for_and_those_gone_are_not(self) -> None:
        world = await started(
            a_volunteer("v1", state=VolunteerState.PAUSED),
            a_volunteer("v2", state=VolunteerState.LEFT),
            a_volunteer("v3", version=0),
        )
        await world.until(NOW + timedelta(hours=12))
        assert {each.pseudonym for each in world.prompts()} == {"v1"}
        assert {each.reason for each in world.prompts()} == {"paused"}

    async def test_more_time_is_twice_the_gap(self) -> None:
        world = await started(a_volunteer(hours=replace(HOURS, more_time=True)))
        await world.until(BEGIN + timedelta(days=12))
        assert {each.gap for each in world.db.rows.days["s1"]} == {120}
        assert {len(each.times) for each in world.db.rows.days["s1"]} <= {0, 1, 2}

    async def test_a_stopped_study_is_not_looked_at_again(self) -> None:
        world = await started(a_volunteer(), study=a_study(state=StudyState.STOPPED))
        assert world.ledger.owed(asking_owed.PLAN) == []
        running = await started(a_volunteer())
        running.db.do(lambda tx: tx.studies.put(a_study(state=StudyState.STOPPED)))
        await running.until(NOW)
        assert running.ledger.owed(asking_owed.PLAN) == []
        assert running.dates() == []

    async def test_waking_twice_is_one_look(self) -> None:
        world = await started(a_volunteer())
        await world.starts()
        assert len(world.ledger.owed(asking_owed.PLAN)) == 1

    async def test_the_exit_questions_come_after_the_last_window(self) -> None:
        asked = Item("burden", ItemKind.RADIO, "Too many?", (Option("1", "No"),))
        short = replace(PROTOCOL, schedule=replace(PROTOCOL.schedule, study_days=2), exit=(asked,))
        world = await started(a_volunteer(), study=a_study(protocol=short))
        await world.until(datetime(2026, 11, 24, 17, 44, tzinfo=UTC))
        assert "tell" not in world.messenger.ways()
        await world.until(datetime(2026, 11, 24, 17, 45, tzinfo=UTC))
        assert [each.about for each in world.messenger.told if each.way == "tell"] == ["exit"]


class TestLate:
    async def test_down_for_days_nothing_floods(self) -> None:
        world = await started(a_volunteer())
        await world.until(datetime(2026, 11, 23, 23, tzinfo=UTC))
        first = len(world.messenger.told)
        world.clock.advance(datetime(2026, 11, 27, 12, tzinfo=UTC))
        await world.until(world.clock.now())

        assert len(world.messenger.told) == first
        assert [each.day for each in world.dates()] == [23, 24, 25, 26, 27]
        past = [e for e in world.prompts() if e.day > 1 and e.planned_at < world.clock.now()]
        assert past
        assert {(each.outcome, each.reason) for each in past} == {(Outcome.FAILED, "late")}

    async def test_what_is_still_ahead_is_asked(self) -> None:
        world = World(a_volunteer())
        world.clock.advance(NOW + 4 * HOUR)
        await world.starts()
        await world.until(NOW + 4 * HOUR)
        ahead = {each.id for each in world.prompts() if each.planned_at >= world.clock.now()}
        assert {each.subject for each in world.ledger.owed(PROMPT)} == ahead
        await world.until(NOW + 12 * HOUR)
        assert None not in {each.outcome for each in world.prompts()}

    async def test_who_joins_in_the_morning_is_planned_for_at_once(self) -> None:
        world = World()
        world.clock.advance(NOW - HOUR / 2)
        await world.starts()
        await world.until(world.clock.now())
        joined = a_volunteer()
        world.joins(joined, "U0")
        world.db.do(lambda tx: planning.plan_now(tx, world.study, joined, "seed", NOW - HOUR / 2))
        assert world.dates() == [date(2026, 11, 23)]
        await world.until(NOW + 12 * HOUR)
        assert {each.outcome for each in world.prompts()} == {Outcome.EXPIRED}


class TestNights:
    @pytest.mark.parametrize(
        ("zone", "begins", "on"),
        [
            ("Europe/Berlin", datetime(2026, 3, 28, 0, tzinfo=UTC), date(2026, 3, 28)),
            ("Europe/Berlin", datetime(2026, 10, 24, 0, tzinfo=UTC), date(2026, 10, 24)),
            ("America/New_York", datetime(2026, 11, 1, 0, tzinfo=UTC), date(2026, 10, 31)),
        ],
    )
    async def test_the_clock_changes_under_a_night(
        self, zone: str, begins: datetime, on: date
    ) -> None:
        night = Hours(zone, (Window(time(22), time(6)),), tuple(range(7)))
        there = a_volunteer(hours=night, first_day=on)
        world = World(there, begin=begins - timedelta(days=1))
        await world.starts()
        await world.until(begins + timedelta(days=3))
        times = [each.planned_at for each in world.prompts() if each.planned_at]
        assert all(after - before >= HOUR for before, after in pairwise(sorted(times)))
        for each in world.prompts():
            if each.date == on:
                assert each.planned_at
                assert within(each.planned_at, spans(night, on))
                assert each.outcome is Outcome.EXPIRED


class TestSlices:
    async def test_many_are_planned_in_short_transactions(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(planning, "LOOKED_AT", 8)
        monkeypatch.setattr(planning, "PLANNED_AT_ONCE", 3)
        world = await started(*(a_volunteer(f"v{number:03}") for number in range(50)))
        await world.until(NOW - HOUR)
        assert len(world.dates()) == 50
        assert len({each.pseudonym for each in world.prompts()}) == 50
        assert len({each.id for each in world.prompts()}) == len(world.prompts())
        assert len(world.ledger.owed(asking_owed.PLAN)) == 1

    async def test_a_slice_again_changes_nothing(self) -> None:
        world = await started(a_volunteer())
        await world.until(NOW - HOUR)
        before = repr(world.db.rows)
        world.db.do(lambda tx: planning.plan_slice(tx, world.study, "", "other", NOW - HOUR))
        assert repr(world.db.rows) == before
