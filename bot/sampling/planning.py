"""The planning tick: volunteers' next dates are planned shortly before they begin.

Once an hour a look goes through the volunteers of a study, in slices, each of them one row of the
ledger and one short transaction: the days, the prompts and their deliveries are written together.
Until a date is planned, whatever a volunteer changes holds for it; from then on it does not.

A look that comes late (we were down) plans the same days all the same, for anybody can plan them
again: what was past by then has failed, and what is still ahead is asked. Nothing is caught up.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.model import Delivery, Planned, Sent
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling import asking_owed
from bot.sampling.calendar import first_day, gap_of, next_day, zone_of
from bot.sampling.model import (
    NOW_IN,
    DayPlan,
    Hours,
    Outcome,
    Prompt,
    Study,
    StudyState,
    Trigger,
    Volunteer,
)
from bot.sampling.outcomes import is_late
from bot.sampling.plan import plan_day
from bot.sampling.ports import Tx
from bot.sampling.telling import tell

TxT = TypeVar("TxT", bound=Tx)

AHEAD = timedelta(hours=2)
# So many volunteers are looked at in a transaction, or so many days planned: well below 100 ms.
LOOKED_AT = 200
PLANNED_AT_ONCE = 20
ID_LENGTH = 22


@dataclass(frozen=True, slots=True)
class Drawn(Sent):
    """What makes the ids of a slice's prompts random: drawn outside the transaction, and kept
    nowhere."""

    seed: str = ""


class PlanSender(Generic[TxT]):
    """One slice of a look. Sends nothing."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    async def send(self, _delivery: Delivery) -> Sent:
        return Drawn("", seed=self._draws.token())

    async def find(self, _delivery: Delivery) -> Sent | None:
        return None

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Plan what is due of this slice, and owe the next one, or the next look."""
        study_id, _, place = delivery.subject.partition(asking_owed.SEPARATOR)
        study = tx.studies.lock(delivery.workspace, study_id)
        if study is None or study.state is not StudyState.RUNNING or not isinstance(sent, Drawn):
            return
        last = plan_slice(tx, study, place, sent.seed, now)
        if last:
            following = asking_owed.plan_days(study, delivery.due, last)
        else:
            hour = max(delivery.due, asking_owed.full_hour(now)) + asking_owed.AN_HOUR
            following = asking_owed.plan_days(study, hour)
        tx.deliveries.plan(following, now)

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """Nothing is sent, so nothing is refused."""


async def wake(db: Database[TxT], workspace: str, now: datetime) -> None:
    """See to it that every running study is looked at: at our start, for a row may be lost."""

    def work(tx: TxT) -> None:
        found = tx.studies.studies(workspace) if tx.studies.ready() else ()
        running = [each for each in found if each.state is StudyState.RUNNING]
        looks = [asking_owed.first_planning(each, now) for each in running]
        tx.deliveries.plan_all(looks, now)

    await db.run(work)


def plan_slice(tx: Tx, study: Study, place: str, seed: str, now: datetime) -> str:
    """Plan for the volunteers after that place, as many as fit; the place of the last one looked
    at, or empty where there are no more."""
    days: list[Day] = []
    # A page at a time: to open the row of somebody is most of the work where nothing is due.
    for _ in range(0, LOOKED_AT, PLANNED_AT_ONCE):
        page = tx.volunteers.volunteers(study, limit=PLANNED_AT_ONCE, place=place)
        days += plan_all(tx, study, page, seed, now)
        place = tx.volunteers.place(page[-1]) if len(page) == PLANNED_AT_ONCE else ""
        if not place or len(days) >= PLANNED_AT_ONCE:
            break
    _write(tx, study, days, now)
    _say_farewell(tx, days, now)
    return place


def plan_now(tx: Tx, study: Study, volunteer: Volunteer, seed: str, now: datetime) -> None:
    """Plan for one volunteer what begins soon: for who has just joined, or agreed again.

    Their next date is that of the next whole window; what went by before they agreed was never
    theirs. seed: random, drawn outside the transaction. The study is locked.
    """
    with suppress(Refusal):  # every day ahead of them is a day off
        first = first_day(volunteer.hours, now)
        if first > volunteer.first_day:
            tx.volunteers.put(replace(volunteer, first_day=first))
    days = plan_all(tx, study, (volunteer,), seed, now)
    _write(tx, study, days, now)
    _say_farewell(tx, days, now)


# -- volunteers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """A planned day and whose it is. `study`: in the version that they agreed to."""

    study: Study
    person: str
    plan: DayPlan
    prompts: tuple[Prompt, ...]


def plan_all(
    tx: Tx, study: Study, volunteers: Iterable[Volunteer], seed: str, now: datetime
) -> list[Day]:
    """Every day of theirs that is due; it is noted with them that it is planned."""
    due = [each.pseudonym for each in volunteers if is_due(study, each, now)]
    days: list[Day] = []
    planned: list[Volunteer] = []
    for locked, person in tx.volunteers.locked(study, due):
        newest = study.protocol.version == locked.version
        agreed = study if newest else tx.studies.version(study, locked.version)
        if agreed is None:
            continue
        theirs, after = plan_volunteer(agreed, locked, person, seed, now)
        days += theirs
        planned += [after] if theirs else []
    tx.volunteers.put_all(planned)
    return days


def plan_volunteer(
    study: Study, volunteer: Volunteer, person: str, seed: str, now: datetime
) -> tuple[list[Day], Volunteer]:
    """Every day of theirs that is due, and what is to be kept of them then. study: in the version
    that they agreed to."""
    days: list[Day] = []
    while is_due(study, volunteer, now) and (on := next_date(study, volunteer)) is not None:
        number = volunteer.planned_days + 1
        plan = plan_day(study.secret, study.protocol, volunteer, on, number)
        days.append(Day(study, person, plan, prompts_of(study, plan, seed, now)))
        until = plan.windows[-1][1] if plan.windows else volunteer.planned_until
        volunteer = replace(volunteer, planned_to=on, planned_days=number, planned_until=until)
    return days, volunteer


def is_due(study: Study, volunteer: Volunteer, now: datetime) -> bool:
    """Whether there is a date of theirs to plan: not all study days are, and it begins soon."""
    if volunteer.state not in NOW_IN or not study.has_consent_of(volunteer):
        return False
    if volunteer.planned_days >= study.protocol.schedule.study_days:
        return False
    # The next hours begin after those that are planned, so most of a day there is nothing to find.
    if volunteer.planned_until is not None and now < volunteer.planned_until - AHEAD:
        return False
    on = next_date(study, volunteer)
    return on is not None and begins(on, volunteer.hours.zone) - AHEAD <= now


def next_date(study: Study, volunteer: Volunteer) -> date | None:
    """Their first date that is not planned, as their hours are now; None if there is none.

    Hours that were changed begin no sooner after what is planned than two prompts may lie apart.
    """
    hours, until = volunteer.hours, volunteer.planned_until
    gap = timedelta(minutes=gap_of(study.protocol.schedule, more_time=hours.more_time))
    after = None if until is None else until + gap
    return _next_date(hours, volunteer.first_day, volunteer.planned_to, after)


@lru_cache(maxsize=4096)
def _next_date(
    hours: Hours, first: date, planned_to: date | None, after: datetime | None
) -> date | None:
    """The same; asked every hour for each, and seldom something new."""
    try:
        # Their first day, or the next one on which they work: days off may have changed since.
        begin = first_day(hours, begins(first, hours.zone))
        if planned_to is None or after is None:
            return begin
        return max(begin, next_day(hours, planned_to, after))
    except Refusal:  # every day ahead of them is a day off
        return None


def begins(on: date, zone: str) -> datetime:
    """When a date begins there."""
    return datetime.combine(on, time(), zone_of(zone))


def prompts_of(study: Study, plan: DayPlan, seed: str, now: datetime) -> tuple[Prompt, ...]:
    """The prompts of a day. One whose time has passed has failed already."""
    return tuple(_prompts(study, plan, seed, now))


def _prompts(study: Study, plan: DayPlan, seed: str, now: datetime) -> Iterator[Prompt]:
    for number, at in enumerate(plan.times):
        late = is_late(at, study.protocol.schedule, now)
        yield Prompt(
            id=_id(seed, plan, number),
            study=plan.study,
            pseudonym=plan.pseudonym,
            version=plan.version,
            trigger=Trigger.SIGNAL,
            date=plan.date,
            day=plan.day,
            beep=number + 1,
            planned_n=len(plan.times),
            planned_at=at,
            zone=plan.zone,
            rotated=plan.rotated[number] if plan.rotated else None,
            outcome=Outcome.FAILED if late else None,
            reason="late" if late else "",
        )


def _id(seed: str, plan: DayPlan, number: int) -> str:
    told = f"{seed}|{plan.pseudonym}|{plan.date}|{number}"
    return hashlib.sha256(told.encode()).hexdigest()[:ID_LENGTH]


# -- writing ---------------------------------------------------------------------------------------


def _write(tx: Tx, study: Study, days: list[Day], now: datetime) -> None:
    if not days:
        return
    tx.studies.append(study, [each.plan for each in days])
    tx.prompts.put_all(prompt for day in days for prompt in day.prompts)
    tx.deliveries.plan_all(_owed(days), now)


def _owed(days: list[Day]) -> Iterator[Planned]:
    for day in days:
        for prompt in day.prompts:
            if prompt.outcome is None:
                yield asking_owed.ask(day.study, prompt, day.person)


def _say_farewell(tx: Tx, days: list[Day], now: datetime) -> None:
    """After the last window of the last day, when nothing more can be answered in time: a word of
    thanks, and what is asked once. Unasked for, so it waits for their purse."""
    for day in days:
        if day.plan.day == day.study.protocol.schedule.study_days and day.study.protocol.exit:
            tell(tx, day.study, day.person, asking_owed.EXIT, now, since=_over(day))


def _over(day: Day) -> datetime:
    schedule, plan = day.study.protocol.schedule, day.plan
    ends = plan.windows[-1][1] if plan.windows else begins(plan.date, plan.zone)
    longer = 2 if plan.more_time else 1
    return ends + longer * timedelta(minutes=schedule.expiry_min + schedule.grace_min)
