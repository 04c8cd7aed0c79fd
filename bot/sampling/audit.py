"""The weekly self-check of a study: was it planned as promised, did every prompt come to one end,
how late was it sent, and which parts of the day were reached.

Pure. The parts of the day are described, never tested: a test every week finds something in most
years, and a test on what was sent rejects a planner that is right, for people are in meetings.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.sampling.model import REASONS, SENT, DayPlan, Outcome, Prompt, Protocol, Trigger
from bot.sampling.plan import joined_seconds, position
from bot.sampling.plan_chain import DayRow, Difference, replay_schedule, version_of

SIXTEENTHS = 16
# After the last moment at which an answer counts: the sweep that ends a prompt needs its turn.
SLACK = timedelta(minutes=10)

Places = Mapping[str, str]
"""Where days stand in the chain, by code name and date: they are told by that, and not by whose
they are."""


@dataclass(frozen=True, slots=True)
class Lag:
    """From the planned second to the sending, in seconds."""

    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Reached:
    """One sixteenth of the window: how many prompts were planned in it, and how many were sent."""

    planned: int = 0
    sent: int = 0

    @property
    def coverage(self) -> float | None:
        """None where nothing was planned."""
        return self.sent / self.planned if self.planned else None


@dataclass(frozen=True, slots=True)
class Audit:
    """What the check found. erased: days of which nothing but a hash is left.

    prompts: those whose time has come; of what is still to come, nothing is told. wrong: what is
    not as promised, by the day's place in the chain: whoever reads it may know nobody's code name
    and no planned time; empty if all is well. lag: None if nothing was sent yet.
    """

    days: int
    erased: int
    prompts: int
    wrong: tuple[Difference, ...]
    lag: Lag | None
    sixteenths: tuple[Reached, ...]

    @property
    def is_well(self) -> bool:
        return not self.wrong


def audit(
    rows: Sequence[DayRow],
    prompts: Collection[Prompt],
    secret: bytes,
    versions: Collection[Protocol],
    now: datetime,
    *,
    commitment: str,
    heads: Collection[str] = (),
) -> Audit:
    """Look at everything that is kept of a study's plan and its prompts, in the chain's order."""
    replayed = replay_schedule(secret, versions, rows, commitment=commitment, heads=heads)
    places = _places(rows)
    plans = [row.plan for row in rows if row.plan is not None]
    signals = [each for each in prompts if each.trigger is Trigger.SIGNAL]
    past = [each for each in signals if each.planned_at is not None and each.planned_at <= now]
    wrong = [
        *(_anonymous(each, places) for each in replayed.differences),
        *_unlike_the_plan(plans, signals, places),
        *_without_an_end(plans, past, versions, now, places),
    ]
    return Audit(
        days=replayed.days,
        erased=replayed.erased,
        prompts=len(past),
        wrong=tuple(wrong),
        lag=lag_of(past),
        sixteenths=sixteenths_of(plans, past),
    )


def _places(rows: Iterable[DayRow]) -> Places:
    found = {}
    for number, row in enumerate(rows, 1):
        if row.plan is not None:
            found[_name(row.plan.pseudonym, row.plan.date)] = f"day {number} of the chain"
    return found


def _anonymous(found: Difference, places: Places) -> Difference:
    """What replaying found, without a name and without the times that it was about."""
    what = "is not what its inputs give" if "its inputs give" in found.what else found.what
    return Difference(places.get(found.where, found.where), what)


def lag_of(prompts: Iterable[Prompt]) -> Lag | None:
    """How late prompts were sent; a share of them by nearest rank."""
    taken = sorted(
        (each.sent_at - each.planned_at).total_seconds()
        for each in prompts
        if each.sent_at is not None and each.planned_at is not None
    )
    return Lag(_rank(taken, 50), _rank(taken, 99), taken[-1]) if taken else None


def sixteenths_of(plans: Iterable[DayPlan], prompts: Iterable[Prompt]) -> tuple[Reached, ...]:
    """Coverage by sixteenth of the joined windows; what was cancelled is in neither count."""
    days = {(each.pseudonym, each.date): each for each in plans}
    planned, sent = Counter[int](), Counter[int]()
    for each in prompts:
        day = days.get((each.pseudonym, each.date))
        if day is None or each.planned_at is None or each.planned_at not in day.times:
            continue
        if each.outcome is Outcome.CANCELLED:
            continue
        part = sixteenth(each.planned_at, day)
        planned[part] += 1
        sent[part] += each.outcome in SENT
    return tuple(Reached(planned[part], sent[part]) for part in range(SIXTEENTHS))


def sixteenth(moment: datetime, day: DayPlan) -> int:
    """In which sixteenth of the day's joined windows a moment lies, from 0."""
    return position(moment, day.windows) * SIXTEENTHS // joined_seconds(day.windows)


def _rank(ordered: Sequence[float], share: int) -> float:
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def _unlike_the_plan(
    plans: Iterable[DayPlan], prompts: Iterable[Prompt], places: Places
) -> Iterator[Difference]:
    """Every planned time has one prompt, and every prompt a planned time."""
    kept: dict[tuple[str, date, int], list[Prompt]] = {}
    for each in prompts:
        kept.setdefault((each.pseudonym, each.date, each.beep), []).append(each)
    for plan in plans:
        for beep, at in enumerate(plan.times, 1):
            found = kept.pop((plan.pseudonym, plan.date, beep), [])
            if len(found) != 1:
                what = f"has {len(found)} prompts for number {beep}, not one"
                yield Difference(places[_name(plan.pseudonym, plan.date)], what)
            elif not _is_planned(found[0], plan, at):
                where = places[_name(plan.pseudonym, plan.date)]
                yield Difference(where, f"prompt {beep} is not as planned")
    for pseudonym, on, beep in kept:
        where = places.get(_name(pseudonym, on), "a day that is not in the chain")
        yield Difference(where, f"prompt {beep} was never planned")


def _is_planned(prompt: Prompt, plan: DayPlan, at: datetime) -> bool:
    rotated = plan.rotated[prompt.beep - 1] if plan.rotated else None
    told = (prompt.planned_at, prompt.rotated, prompt.planned_n, prompt.day, prompt.version)
    return told == (at, rotated, len(plan.times), plan.day, plan.version)


def _without_an_end(
    plans: Iterable[DayPlan],
    prompts: Iterable[Prompt],
    versions: Collection[Protocol],
    now: datetime,
    places: Places,
) -> Iterator[Difference]:
    """A prompt whose time is over has one outcome, with a reason where that has reasons."""
    days = {(each.pseudonym, each.date): each for each in plans}
    for each in prompts:
        day = days.get((each.pseudonym, each.date))
        if day is None or each.planned_at is None:
            continue
        where = f"{places[_name(day.pseudonym, day.date)]}, prompt {each.beep}"
        if each.outcome is None:
            protocol = version_of(day, versions)
            if protocol is not None and now > each.planned_at + _at_most(protocol):
                yield Difference(where, "has no outcome")
        elif each.reason not in REASONS.get(each.outcome, ("",)):
            yield Difference(where, f"is {each.outcome} for the reason {each.reason or 'of none'}")


def _at_most(protocol: Protocol) -> timedelta:
    """From the planned second to when the outcome must be known. Somebody may have asked for twice
    the time after the day was planned."""
    schedule = protocol.schedule
    answer = 2 * (schedule.expiry_min + schedule.grace_min)
    return timedelta(minutes=schedule.max_send_lag_min + answer) + SLACK


def _name(pseudonym: str, on: date) -> str:
    """As `plan_chain` names a day."""
    return f"{pseudonym} {on}"
