"""Signals: what a record shows of fixation, or of the opposite. Computed; never a verdict.

The rule book is references/fixation-and-charts.md, section 2: state only, while it is not resolved.
A nudge may be made of a signal; most signals are asked about by nobody. docs/signals.md has every
rule with its source, its false-alarm risk and how it is changed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from bot.incidents.asked import Activity
from bot.incidents.model import IncidentState, Record
from bot.incidents.signals_acts import (
    action_deferred,
    action_overdue,
    destructive_verb,
    orphan_symptom,
    recurrence,
)
from bot.incidents.signals_facts import EVER, Facts, gather
from bot.incidents.signals_lines import (
    no_new_hypothesis,
    no_recent_change,
    reopened_hypothesis,
    single_line,
    timebox_passed,
    unchallenged_leader,
    vagabonding,
)
from bot.incidents.signals_model import Seen, Signal, SignalKind
from bot.incidents.signals_people import concentration, long_haul, next_turn, stale_crew
from bot.incidents.thresholds import Thresholds

Rule = Callable[[Facts], Iterator[Signal]]

RULES: dict[SignalKind, Rule] = {
    SignalKind.SINGLE_LINE: single_line,
    SignalKind.CONCENTRATION: concentration,
    SignalKind.NO_NEW_HYPOTHESIS: no_new_hypothesis,
    SignalKind.UNCHALLENGED_LEADER: unchallenged_leader,
    SignalKind.TIMEBOX_PASSED: timebox_passed,
    SignalKind.RECURRENCE: recurrence,
    SignalKind.ACTION_OVERDUE: action_overdue,
    SignalKind.REOPENED_HYPOTHESIS: reopened_hypothesis,
    SignalKind.VAGABONDING: vagabonding,
    SignalKind.ORPHAN_SYMPTOM: orphan_symptom,
    SignalKind.NO_RECENT_CHANGE: no_recent_change,
    SignalKind.ACTION_DEFERRED: action_deferred,
    SignalKind.STALE_CREW: stale_crew,
    SignalKind.LONG_HAUL: long_haul,
    SignalKind.DESTRUCTIVE_VERB: destructive_verb,
}


def assess(
    record: Record, activity: Iterable[Activity], now: datetime, thresholds: Thresholds
) -> tuple[Signal, ...]:
    """The signals that hold at `now`, in the order in which they began to; none once resolved."""
    found = [
        each for each in _foreseen(_facts(record, activity, now, thresholds)) if each.at <= now
    ]
    return tuple(sorted(found, key=_order))


def next_look(
    record: Record, activity: Iterable[Activity], now: datetime, thresholds: Thresholds
) -> datetime | None:
    """When a signal could first hold that does not hold now, if nothing more is said; or None.

    It may turn out that none does then; none comes to hold before.
    """
    facts = _facts(record, activity, now, thresholds)
    turn = None if facts is None else next_turn(facts)
    moments = [each.at for each in _foreseen(facts) if each.at > now]
    return min((*moments, *((turn,) if turn else ())), default=None)


def _facts(
    record: Record, activity: Iterable[Activity], now: datetime, thresholds: Thresholds
) -> Facts | None:
    if record.incident.state is not IncidentState.OPEN:
        return None
    facts = gather(record, activity, now, thresholds)
    # Without a beginning nothing has lasted for any time.
    return None if facts.begun is EVER else facts


def _foreseen(facts: Facts | None) -> Iterator[Signal]:
    """All that holds, and what will if nothing more is said."""
    if facts is not None:
        for rule in RULES.values():
            yield from rule(facts)


def _order(signal: Signal) -> tuple[datetime, str, int, str]:
    return signal.at, signal.kind, signal.investigation or 0, signal.about


def news(
    seen: Iterable[Seen], held: Iterable[Signal]
) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
    """What has begun and what has ended, from what was seen before and what holds now.

    One that holds from a moment after it was last found to begin has ended in between.
    """
    going = {each.signal.key: each for each in seen if each.over_at is None}
    now = {each.key: each for each in held}
    begun = [each for key, each in now.items() if _is_new(each, going.get(key))]
    again = {each.key for each in begun}
    over = [each.signal for key, each in going.items() if key not in now or key in again]
    return tuple(begun), tuple(over)


def _is_new(signal: Signal, going: Seen | None) -> bool:
    return going is None or signal.at > going.seen_at
