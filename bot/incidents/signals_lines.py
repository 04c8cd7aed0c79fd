"""Signals of the threads: one alone, none new, none doubted, too many, one opened again.

Each rule says what holds from when, if nothing more is said; a moment in the future is a foresight.
Sources and false-alarm risks are those of the rule book, references/fixation-and-charts.md,
section 2; docs/signals.md tells them to whoever runs Parallax.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bot.incidents.checks import same_idea
from bot.incidents.model import Ending, Investigation, Kind
from bot.incidents.signals_facts import Facts, alone
from bot.incidents.signals_model import Evidence, Signal, SignalKind, minutes, stamp
from bot.incidents.starters import starter_of

DISPROVED = frozenset({Ending.RULED_OUT, Ending.NO_HELP})


def single_line(facts: Facts) -> Iterator[Signal]:
    """Only one thread is staffed, for 10 min (minor 20), since it became the only one.

    Source: essay 001; *this and only this* (De Keyser & Woods). False alarms: medium, the cause may
    be known. Ends when a thread is confirmed.
    """
    if facts.confirmed:
        return
    limit = facts.limits.single_line
    for each in alone(facts):
        at = max(each.start, facts.begun) + limit
        if facts.now < each.end and at < each.end:
            found = len(facts.incident.open_investigations())
            evidence: Evidence = {
                "since": stamp(at - limit),
                "minutes": minutes(limit),
                "open": found,
            }
            yield Signal(SignalKind.SINGLE_LINE, each.line, at, evidence)


def no_new_hypothesis(facts: Facts) -> Iterator[Signal]:
    """No thread was opened for 30 min.

    Source: Maguire (eight hypotheses in seven minutes). False alarms: medium, while people repair.
    Ends when a thread is confirmed.
    """
    if facts.confirmed:
        return
    last = max((facts.begun, *facts.opened.values()))
    limit = facts.limits.no_new_hypothesis
    opened = len(facts.incident.investigations)
    evidence: Evidence = {"since": stamp(last), "minutes": minutes(limit), "threads": opened}
    yield Signal(SignalKind.NO_NEW_HYPOTHESIS, None, last + limit, evidence)


def unchallenged_leader(facts: Facts) -> Iterator[Signal]:
    """The thread that leads has led for 20 min, and nothing is recorded against it.

    Source: Lord et al. (consider the opposite). False alarms: low. Ends by one `against:`, or by an
    answer to what must be true for it.
    """
    lead = leading(facts)
    if lead is None or lead.thread.said_against or lead.thread.checked in {"yes", "no"}:
        return
    limit = facts.limits.unchallenged_leader
    evidence: Evidence = {"since": stamp(lead.since), "minutes": minutes(limit), "for": lead.weight}
    yield Signal(SignalKind.UNCHALLENGED_LEADER, lead.thread.number, lead.since + limit, evidence)


def vagabonding(facts: Facts) -> Iterator[Signal]:
    """Four threads or more were opened within 20 min, and three or more of them are untested.

    Source: Rudolph (only who explores and tests does well). False alarms: high early, for a broad
    start is good. Ends by a test of each.
    """
    span, many, few = facts.limits.vagabonding, facts.limits.many, facts.limits.untested
    opened = sorted(
        (facts.opened[each.number], facts.tested(each)) for each in facts.incident.investigations
    )
    fresh = [(at, tested) for at, tested in opened if at >= facts.now - span]
    untested = [at for at, tested in fresh if not tested]
    if len(fresh) >= many and len(untested) >= few:
        at = max(fresh[many - 1][0], untested[few - 1], facts.begun)
        evidence: Evidence = {
            "minutes": minutes(span),
            "threads": len(fresh),
            "untested": len(untested),
        }
        yield Signal(SignalKind.VAGABONDING, None, at, evidence)


def reopened_hypothesis(facts: Facts) -> Iterator[Signal]:
    """An idea that was ruled out, or tried without help, is open again: its words or its starter.

    Source: Klein (anomalies are explained away to keep a frame). False alarms: medium, new data is
    a good reason. Ends when somebody gives it: a `for:` in the new thread.
    """
    over = [each for each in facts.incident.investigations if each.ending in DISPROVED]
    for thread in facts.incident.open_investigations() if over else ():
        if any(each.kind is Kind.FOR for each in facts.of_line.get(thread.number, ())):
            continue
        opened = facts.opened[thread.number]
        same = [
            each
            for each in over
            if facts.closed[each.number] <= opened and _same(each.hypothesis, thread.hypothesis)
        ]
        if same:
            last = max(same, key=lambda each: facts.closed[each.number])
            when = stamp(facts.closed[last.number])
            evidence: Evidence = {"earlier": last.number, "ended": when, "as": str(last.ending)}
            yield Signal(SignalKind.REOPENED_HYPOTHESIS, thread.number, opened, evidence)


@lru_cache(maxsize=4096)
def _tag(hypothesis: str) -> str:
    starter = starter_of(hypothesis)
    return starter.key if starter else ""


@lru_cache(maxsize=4096)
def _same(one: str, other: str) -> bool:
    tag = _tag(one)
    return (bool(tag) and tag == _tag(other)) or same_idea(one, other)


def no_recent_change(facts: Facts) -> Iterator[Signal]:
    """For 15 min nobody has opened a thread about what changed, or said `changed:`.

    Source: Allspaw (look for a recent change first); essay 001. False alarms: high where nothing
    changed. Ends by any `changed:`, also "changed: nothing, checked".
    """
    looked = any(_tag(each.hypothesis) == "changed" for each in facts.incident.investigations)
    if looked or facts.of_kind.get(Kind.CHANGED):
        return
    limit = facts.limits.no_recent_change
    evidence: Evidence = {"since": stamp(facts.begun), "minutes": minutes(limit)}
    yield Signal(SignalKind.NO_RECENT_CHANGE, None, facts.begun + limit, evidence)


def timebox_passed(facts: Facts) -> Iterator[Signal]:
    """The time to decide again about a thread passed 5 min ago, and nobody has decided.

    Sources: PagerDuty ("I'll come back in X minutes"); essay 004. False alarms: low. Ends by any
    decision: a new time, an end, or `decided:` in the thread or in the channel.
    """
    decided = [(each.recorded_at, each.investigation) for each in facts.told(Kind.DECIDED)]
    limit = facts.limits.timebox_passed
    for thread in facts.incident.open_investigations():
        box = thread.timebox
        if box is None or any(at >= box and n in {None, thread.number} for at, n in decided):
            continue
        evidence: Evidence = {"timebox": stamp(box), "minutes": minutes(limit)}
        at = max(box, facts.opened[thread.number], facts.begun) + limit
        yield Signal(SignalKind.TIMEBOX_PASSED, thread.number, at, evidence)


# -- which thread leads ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """The open thread with the most for it: evidence, and actions, for who acts bets on it."""

    thread: Investigation
    since: datetime
    weight: int


def leading(facts: Facts) -> Lead | None:
    """Which thread leads, and since when nothing has overtaken it; None while nothing does."""
    weight, over = Counter[int](), set[int]()
    leader, since = 0, facts.begun
    for moment, ended, number in sorted(_turns(facts)):
        before = leader
        if ended:
            over.add(number)
            leader = _heaviest(weight, over) if number == leader else leader
        else:
            weight[number] += 1
            ahead = not leader or weight[number] > weight[leader]
            leader = number if ahead and number not in over else leader
        since = since if leader == before else moment
    thread = facts.incident.investigation(leader) if leader else None
    if thread is None or not thread.is_open:
        return None
    return Lead(thread, max(since, facts.begun), weight[leader])


def _turns(facts: Facts) -> Iterator[tuple[datetime, bool, int]]:
    """All that may change who leads: something for a thread, or its end."""
    known = facts.opened
    for each in facts.told(Kind.FOR):
        if each.investigation in known:
            yield each.recorded_at, False, each.investigation
    for action in facts.record.actions:
        if action.investigation in known:
            yield facts.started[action.number], False, action.investigation
    for number, moment in facts.closed.items():
        yield moment, True, number


def _heaviest(weight: Counter[int], over: set[int]) -> int:
    """The one with the most for it, the oldest of several; 0 if there is none."""
    left = [number for number in weight if number not in over]
    return max(left, key=lambda number: (weight[number], -number), default=0)
