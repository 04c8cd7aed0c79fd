"""What a simulated study came to: its figures, and whatever is not as the protocol promises."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.sampling import rates
from bot.sampling.audit import Audit, audit
from bot.sampling.calendar import within
from bot.sampling.model import REASONS, DayPlan, Outcome, Prompt, Study, Trigger
from bot.sampling.studies import Proof


@dataclass(frozen=True, slots=True)
class Observed:
    """A study that is over, as it is kept, and which questions people were sent, in that order.

    began: when the study did. now: when it was looked at.
    """

    proof: Proof
    prompts: tuple[Prompt, ...]
    asked: tuple[str, ...]
    now: datetime

    @property
    def study(self) -> Study:
        return self.proof.study

    @property
    def duplicates(self) -> int:
        """Questions that somebody was sent a second time."""
        return len(self.asked) - len(set(self.asked))


def record(seen: Observed) -> dict[str, Any]:
    """The figures. Of who was erased a total is left: those prompts count as cancelled."""
    planned = [each for each in seen.prompts if each.trigger is Trigger.SIGNAL]
    counts = rates.counts(planned)
    counts[Outcome.CANCELLED] += seen.study.erased
    reasons = rates.reasons(planned)
    cancelled = Counter(reasons.get(Outcome.CANCELLED, {}))
    cancelled["erased"] += seen.study.erased
    reasons[Outcome.CANCELLED] = dict(cancelled)
    looked = _audit(seen)
    return {
        "counts": {"scheduled": sum(counts.values())}
        | {outcome.value: number for outcome, number in counts.items()},
        "reasons": {
            outcome.value: {name: reasons.get(outcome, {}).get(name, 0) for name in names}
            for outcome, names in REASONS.items()
        },
        "duplicates": seen.duplicates,
        "commitment": seen.study.commitment,
        "late": sum(each.late for each in planned),
        "reminded": sum(each.reminded_at is not None for each in planned),
        "days": looked.days,
        "lag_s": None
        if looked.lag is None
        else {"p50": looked.lag.p50, "p99": looked.lag.p99, "max": looked.lag.most},
        "rates": _rates(planned),
        "wrong": list(wrong(seen)),
    }


def _rates(planned: Iterable[Prompt]) -> dict[str, Any]:
    found = rates.rates(planned)
    three = (("coverage", found.coverage), ("response_rate", found.response))
    return {
        name: {"of": rate.n, "is": rate.part, "value": rate.value}
        for name, rate in (*three, ("compliance", found.compliance))
    }


def wrong(seen: Observed) -> Iterator[str]:
    """What is not as it should be; nothing, if all is well."""
    planned = [each for each in seen.prompts if each.trigger is Trigger.SIGNAL]
    plans = [row.plan for row in seen.proof.rows if row.plan is not None]
    yield from (f"{each.where}: {each.what}" for each in _audit(seen).wrong)
    yield from _without_outcome(planned)
    yield from _too_close(plans)
    yield from _out_of_hours(plans)
    yield from _sent_otherwise(planned, seen.study)
    if seen.duplicates:
        yield f"{seen.duplicates} questions were sent twice"
    if missing := {each.id for each in planned if each.sent_at} - set(seen.asked):
        yield f"{len(missing)} questions are called sent, and nobody has seen them"


def _audit(seen: Observed) -> Audit:
    proof = seen.proof
    return audit(
        proof.rows,
        seen.prompts,
        proof.study.secret,
        proof.versions,
        seen.now,
        commitment=proof.study.commitment,
    )


def _without_outcome(planned: Collection[Prompt]) -> Iterator[str]:
    """Every planned prompt has one outcome, and a reason where that outcome has reasons."""
    for each in planned:
        if each.outcome is None:
            yield f"{each.pseudonym} {each.date} {each.beep}: has no outcome"
        elif each.reason not in REASONS.get(each.outcome, ("",)):
            yield f"{each.pseudonym} {each.date} {each.beep}: {each.outcome} for {each.reason!r}"


def _too_close(plans: Sequence[DayPlan]) -> Iterator[str]:
    """No planned gap is below the least, within a day and from one to the next."""
    times: dict[str, list[tuple[datetime, int]]] = {}
    for plan in plans:
        times.setdefault(plan.pseudonym, []).extend((at, plan.gap) for at in plan.times)
    for who, theirs in times.items():
        for (before, gap), (after, _) in pairwise(sorted(theirs)):
            if after - before < timedelta(minutes=gap):
                yield f"{who}: planned at {before} and {after}, which is less than {gap} minutes"


def _out_of_hours(plans: Sequence[DayPlan]) -> Iterator[str]:
    for plan in plans:
        for at in plan.times:
            if not within(at, plan.windows):
                yield f"{plan.pseudonym} {plan.date}: planned at {at}, outside their hours"


def _sent_otherwise(planned: Collection[Prompt], study: Study) -> Iterator[str]:
    """Nothing is sent before its second, nor more than the lag after it."""
    most = timedelta(minutes=study.protocol.schedule.max_send_lag_min)
    for each in planned:
        if each.sent_at is None or each.planned_at is None:
            continue
        if not timedelta(0) <= each.sent_at - each.planned_at <= most:
            yield f"{each.pseudonym} {each.date} {each.beep}: sent at {each.sent_at}"
