"""Being asked while clocks change: a night of daylight saving, another zone, a bot that was down.

Plans are random, so each journey looks for a salt that puts a prompt where it is to be, before the
day is planned. The real app, as people, on both databases.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.sampling.model import DayPlan, Outcome, Volunteer
from bot.sampling.plan import plan_day
from bot.sandbox.state import Message
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, a_world
from tests.journeys.studying import Lab, a_lab, asked, joins, said, submits

MINUTE, HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT_ONCE = timedelta(seconds=30)
THURSDAY = datetime(2026, 11, 19, 18, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)
SALTS = 2000


@asynccontextmanager
async def a_study(database_url: str, start: datetime) -> AsyncIterator[Lab]:
    async with a_world(database_url, start) as world:
        yield await a_lab(world, world.person("olga"))


async def will_be_asked(
    lab: Lab, people: Sequence[Human], on: date, fits: Callable[[Sequence[datetime]], bool]
) -> tuple[datetime, ...]:
    """Give all of them a salt with which the plan of their first day fits; its times."""
    first = await lab.volunteer(people[0])
    salts = (number.to_bytes(16) for number in range(SALTS))
    drawn = ((salt, times_of(lab, replace(first, salt=salt), on)) for salt in salts)
    salt, times = next((salt, times) for salt, times in drawn if fits(times))
    for each in people:
        me = replace(await lab.volunteer(each), salt=salt)
        assert me.planned_to is None, "it is planned already"
        await lab.world.bot.db.run(lambda tx, me=me: tx.volunteers.put(me))  # type: ignore[misc]
    return times


def times_of(lab: Lab, volunteer: Volunteer, on: date) -> tuple[datetime, ...]:
    return plan_day(lab.study.secret, lab.study.protocol, volunteer, on, 1).times


async def plans(lab: Lab, human: Human) -> tuple[DayPlan, ...]:
    me = await lab.volunteer(human)
    return await lab.world.bot.db.read(
        lambda tx: tx.studies.plans(lab.study, pseudonym=me.pseudonym)
    )


def questions(human: Human) -> list[str]:
    """Of their direct messages, those that ask."""
    return [said(each) for each in asked(human) if "were you stuck" in said(each)]


NIGHTS = [
    # zone, the Saturday on which the night begins, when clocks change, hours of 22:00 to 06:00
    ("Europe/Berlin", date(2026, 10, 24), datetime(2026, 10, 25, 1, tzinfo=UTC), 9),
    ("Europe/Berlin", date(2027, 3, 27), datetime(2027, 3, 28, 1, tzinfo=UTC), 7),
    ("America/New_York", date(2026, 10, 31), datetime(2026, 11, 1, 6, tzinfo=UTC), 9),
    ("America/New_York", date(2027, 3, 13), datetime(2027, 3, 14, 7, tzinfo=UTC), 7),
]


class TestANightOnWhichClocksChange:
    @BOTH
    @pytest.mark.parametrize(("zone", "saturday", "change", "hours"), NIGHTS)
    async def test_a_prompt_in_flight_stays_open_as_long_as_any(
        self, database_url: str, zone: str, saturday: date, change: datetime, hours: int
    ) -> None:
        noon = datetime.combine(saturday, datetime.min.time(), UTC) + 12 * HOUR
        async with a_study(database_url, noon - A_DAY) as lab:
            world = lab.world
            ana, bob = (world.person(name, zone=zone) for name in ("ana", "bob"))
            for each in (ana, bob):
                await joins(each, hours="22:00-06:00", days=["5", "6"])
            times = await will_be_asked(
                lab, (ana, bob), saturday, lambda t: any(in_flight(each, change) for each in t)
            )
            at = next(each for each in times if in_flight(each, change))

            await world.stage.until(change + 2 * MINUTE)
            await ana.presses_on(asked_at(ana, at), "A bit stuck")
            assert await submits(ana, {"stuck_text": "the clock"}) == {}
            await world.stage.until(at + 29 * MINUTE)
            assert await outcome(lab, bob, at) is None
            await world.stage.until(at + 31 * MINUTE)

            assert await outcome(lab, ana, at) is Outcome.COMPLETE
            assert await outcome(lab, bob, at) is Outcome.EXPIRED
            await world.stage.until(noon + A_DAY)
            await is_a_night_like_any_other(lab, bob, times, hours)
            await the_next_night_is_at_its_hours(lab, bob, change)


def in_flight(at: datetime, change: datetime) -> bool:
    return change - 25 * MINUTE < at < change - 5 * MINUTE


def asked_at(human: Human, at: datetime) -> Message:
    """The prompt that was sent then."""
    (found,) = [
        each
        for each in asked(human)
        if timedelta(0) <= datetime.fromtimestamp(float(each.ts), UTC) - at < MINUTE
    ]
    return found


async def outcome(lab: Lab, human: Human, at: datetime) -> Outcome | None:
    (one,) = [each for each in await lab.prompts(human) if each.planned_at == at]
    assert one.sent_at is not None
    assert timedelta(0) <= one.sent_at - at < AT_ONCE
    return one.outcome


async def is_a_night_like_any_other(
    lab: Lab, human: Human, times: Sequence[datetime], hours: int
) -> None:
    """Each in its second, an hour apart at least, open for half an hour, reminded of once."""
    night = [each for each in await lab.prompts(human) if each.day == 1]
    assert [each.planned_at for each in night] == [*times]
    assert {each.outcome for each in night} == {Outcome.EXPIRED}
    assert all(later - sooner >= HOUR for sooner, later in pairwise(times))
    for each in night:
        assert each.sent_at
        assert each.expires_at
        assert each.reminded_at
        assert each.expires_at - each.sent_at == 30 * MINUTE
        assert timedelta(0) <= each.reminded_at - each.sent_at - 20 * MINUTE < AT_ONCE
    ((begins, ends),) = (await plans(lab, human))[0].windows
    assert ends - begins == hours * HOUR


async def the_next_night_is_at_its_hours(lab: Lab, human: Human, change: datetime) -> None:
    """By the wall: an hour more or less after the one before, in UTC."""
    await lab.world.stage.until(change + A_DAY)
    first, second = await plans(lab, human)
    between = second.windows[0][0] - first.windows[0][0]
    assert between == A_DAY + (first.windows[0][1] - first.windows[0][0] - 8 * HOUR)
    assert second.windows[0][1] - second.windows[0][0] == 8 * HOUR


class TestAnotherZone:
    @BOTH
    async def test_todays_prompts_keep_their_instant_or_are_not_sent(
        self, database_url: str
    ) -> None:
        """From Berlin to New York in the morning: there it is still night till 14:00 UTC."""
        opens = datetime(2026, 11, 20, 14, tzinfo=UTC)
        async with a_study(database_url, THURSDAY) as lab:
            world = lab.world
            ana = world.person("ana", zone="Europe/Berlin")
            await joins(ana)
            times = await will_be_asked(
                lab, (ana,), FRIDAY, lambda t: len(t) > 1 and t[0] < opens < t[-1] - MINUTE
            )
            await world.stage.until(datetime(2026, 11, 20, 7, 30, tzinfo=UTC))

            await ana.commands("/sampling settings")
            assert await submits(ana, {"zone": "America/New_York"}) == {}
            await world.stage.until(datetime(2026, 11, 21, tzinfo=UTC))

            today = await lab.prompts(ana)
            assert [each.planned_at for each in today] == [*times]
            ends = {each.planned_at: (each.outcome, each.reason) for each in today}
            assert {ends[each] for each in times if each < opens} == {
                (Outcome.NOT_SENT, "outside_window")
            }
            assert {ends[each] for each in times if each > opens} == {(Outcome.EXPIRED, "")}
            assert all(
                each.sent_at and each.sent_at - each.planned_at < AT_ONCE
                for each in today
                if each.planned_at and each.planned_at > opens
            )
            await world.stage.until(datetime(2026, 11, 23, 12, tzinfo=UTC))
            (before, after) = await plans(lab, ana)
            assert (before.zone, after.zone) == ("Europe/Berlin", "America/New_York")
            assert after.windows[0][0] == opens + 3 * A_DAY


class TestDown:
    @BOTH
    async def test_for_days_nothing_floods_and_then_all_is_as_ever(self, database_url: str) -> None:
        monday = datetime(2026, 11, 23, 7, tzinfo=UTC)
        async with a_study(database_url, THURSDAY) as lab:
            world = lab.world
            ana = world.person("ana", zone="Europe/Berlin")
            await joins(ana)
            times = await will_be_asked(lab, (ana,), FRIDAY, lambda t: len(t) > 1)
            await world.stage.until(times[0] + 5 * MINUTE)
            assert len(questions(ana)) == 1

            await down_until(world, monday)

            first, *others = await lab.prompts(ana)
            assert first.outcome is Outcome.EXPIRED
            assert [each.reason for each in others if each.date == FRIDAY] == ["late"] * (
                len(times) - 1
            )
            assert len(questions(ana)) == 0
            assert ["counts as late" in said(each) for each in asked(ana)] == [True]
            await world.stage.until(monday + 12 * HOUR)
            later = [each for each in await lab.prompts(ana) if each.date == monday.date()]
            assert later
            assert {each.outcome for each in later} == {Outcome.EXPIRED}


async def down_until(world: World, at: datetime) -> None:
    await world.bot_stops()
    world.clock.advance(at)
    await world.bot_starts()
    await world.settles()
