"""Signals of what is done and seen: late, deferred, dangerous, back again, looked at by nobody.

As in `signals_lines`, each rule says what holds from when, if nothing more is said.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.incidents.destructive import is_destructive
from bot.incidents.model import Action, Entry, Kind, Outcome
from bot.incidents.signals_facts import Facts
from bot.incidents.signals_model import Evidence, Signal, SignalKind, minutes, stamp
from bot.incidents.symptoms import MARKS

# A symptom told so soon after declaring belongs to the incident itself.
BELONGS = timedelta(minutes=5)
# How long it is worth asking about what can't be undone and is over.
ASKED_AFTER = timedelta(minutes=30)
ASKED_AND_ANSWERED = (Kind.HOST, Kind.LOOK, Kind.ANSWER)
EXPECTED = "expected"


def action_overdue(facts: Facts) -> Iterator[Signal]:
    """An action has run for 15 min with no time said for it, or for 15 min past its time.

    A time that we assumed is none. Source: essay 003. False alarms: low. Ends by setting a time.
    """
    limit = facts.limits.action_overdue
    for action in _running(facts):
        start = facts.started[action.number]
        said = None if action.assumed else action.by
        since = max(start, said or start, facts.begun)
        evidence: dict[str, int | float | str] = {
            "action": action.number,
            "minutes": minutes(limit),
            "started": stamp(start),
        }
        if said is not None:
            evidence["expected"] = stamp(said)
        kind, about = SignalKind.ACTION_OVERDUE, str(action.number)
        yield Signal(kind, action.investigation, since + limit, evidence, about)


def action_deferred(facts: Facts) -> Iterator[Signal]:
    """A thread was confirmed 15 min ago, and nobody has begun to do anything about it.

    Source: *everything but this* (De Keyser & Woods). False alarms: medium. Ends by an action
    anywhere, or by the reason: `decided:`, or a word in that thread.
    """
    thread = facts.confirmed
    if thread is None:
        return
    since = facts.closed[thread.number]
    acted = any(
        each.investigation == thread.number
        or each.outcome is Outcome.RUNNING
        or facts.started[each.number] >= since
        or facts.ended[each.number] >= since
        for each in facts.record.actions
    )
    reasons = [*facts.told(Kind.DECIDED), *facts.of_line.get(thread.number, ())]
    if acted or any(each.recorded_at > since for each in reasons):
        return
    limit = facts.limits.action_deferred
    evidence: Evidence = {"confirmed": stamp(since), "minutes": minutes(limit)}
    yield Signal(SignalKind.ACTION_DEFERRED, thread.number, since + limit, evidence)


def destructive_verb(facts: Facts) -> Iterator[Signal]:
    """What is being done can't be undone: a verb of the list stands in it. At once.

    Of an action whose start said nothing of the kind, the end is asked about, for half an hour.
    Sources: discussion 002; GitLab 2017. False alarms: high on wording, so a workspace has its own
    list of stems. Ends when a host or a second person was named.
    """
    answered = {each.item for each in facts.told(*ASKED_AND_ANSWERED)}
    for action in facts.record.actions:
        if action.number in answered:
            continue
        for moment, when, text in _told_of(facts, action):
            verb = _verb(text, facts.limits.verbs)
            if verb:
                evidence: Evidence = {"action": action.number, "verb": verb, "told": when}
                about = str(action.number)
                kind = SignalKind.DESTRUCTIVE_VERB
                yield Signal(kind, action.investigation, moment, evidence, about)
                break


def _told_of(facts: Facts, action: Action) -> Iterator[tuple[datetime, str, str]]:
    """What was said of an action and is still worth asking about: when, at which end, the words."""
    running = action.outcome is Outcome.RUNNING
    ended = facts.ended.get(action.number, facts.now)
    if not running and facts.now - ended > ASKED_AFTER:
        return
    if action.started_at is not None:
        yield facts.started[action.number], "start", action.text
    if not running:
        yield ended, "end", f"{action.text}\n{action.result}"


@lru_cache(maxsize=4096)
def _verb(text: str, verbs: tuple[str, ...]) -> str | None:
    return is_destructive(text, verbs)


def recurrence(facts: Facts) -> Iterator[Signal]:
    """It is back: a symptom after an action that was done, with nothing running; or reopened.

    The first after whatever was done last; how many there were is what is kept. Source: essay 000.
    False alarms: low. Ends when somebody acts, opens or ends a thread, or decides; a symptom that
    is expected, or maybe unrelated, is none.
    """
    answered = max(_answers(facts), default=datetime.min.replace(tzinfo=UTC))
    back = [each for each in _signs(facts) if each.recorded_at > answered]
    marks = _marks(facts)
    for each in sorted(back, key=lambda entry: (entry.recorded_at, entry.seq)):
        if _doubted(each, marks):
            continue
        fix = _fix_before(facts, each)
        if fix is not None or each.kind is Kind.REOPEN:
            yield _is_back(facts, each, fix)
            return


def _is_back(facts: Facts, sign: Entry, fix: Action | None) -> Signal:
    evidence: dict[str, int | float | str] = {"entry": sign.seq}
    if fix is not None:
        evidence["action"] = fix.number
        evidence["minutes"] = minutes(sign.recorded_at - facts.ended[fix.number])
    line = fix.investigation if fix else sign.investigation
    return Signal(SignalKind.RECURRENCE, line, sign.recorded_at, evidence, str(sign.seq))


def _fix_before(facts: Facts, seen: Entry) -> Action | None:
    """The action that was done last before a symptom, if nothing was running when it was seen."""
    moment = seen.recorded_at
    known = [each for each in facts.record.actions if facts.started[each.number] <= moment]
    if any(facts.ended.get(each.number, moment) >= moment for each in known):
        return None
    done = [each for each in known if each.outcome is Outcome.DONE]
    return max(done, key=lambda each: (facts.ended[each.number], each.number), default=None)


def _signs(facts: Facts) -> Iterator[Entry]:
    """What may be a sign, since people look, that it is back."""
    yield from facts.told(Kind.REOPEN)
    yield from (each for each in facts.told(Kind.SEEING) if each.recorded_at >= facts.begun)


def _marks(facts: Facts) -> dict[int | None, Entry]:
    """By symptom, what was said last about whether it belongs here."""
    marks = sorted(facts.told(*MARKS), key=lambda each: each.seq)
    return {each.item: each for each in marks}


def _doubted(sign: Entry, marks: dict[int | None, Entry]) -> bool:
    """Whether it was expected, or maybe belongs to something else."""
    if sign.kind is Kind.REOPEN:
        return False
    mark = marks.get(sign.seq)
    if mark is not None:
        return mark.kind is Kind.MAYBE_UNRELATED
    return sign.maybe_unrelated or EXPECTED in sign.text.casefold()


def _answers(facts: Facts) -> Iterator[datetime]:
    """When people acted on what they saw."""
    yield from facts.started.values()
    yield from facts.opened.values()
    yield from facts.closed.values()
    yield from (each.recorded_at for each in facts.told(Kind.DECIDED))


def orphan_symptom(facts: Facts) -> Iterator[Signal]:
    """For 10 min a symptom has been in no thread that anybody has.

    What was told before the first thread, or within 5 min of declaring, belongs to the incident.
    Source: *everything is OK* (De Keyser & Woods). False alarms: medium. Ends when it is in a
    thread with an owner, or maybe unrelated.
    """
    first = min(facts.opened.values(), default=None)
    if first is None:
        return
    ours = max(first, facts.begun + BELONGS)
    limit, marks = facts.limits.orphan_symptom, _marks(facts)
    for each in facts.told(Kind.SEEING):
        if each.recorded_at <= ours or _has_owner(facts, each) or _doubted(each, marks):
            continue
        evidence: Evidence = {
            "entry": each.seq,
            "since": stamp(each.recorded_at),
            "minutes": minutes(limit),
        }
        at = each.recorded_at + limit
        yield Signal(SignalKind.ORPHAN_SYMPTOM, each.investigation, at, evidence, str(each.seq))


def _has_owner(facts: Facts, seen: Entry) -> bool:
    if seen.investigation is None:
        return False
    thread = facts.incident.investigation(seen.investigation)
    return thread is not None and (bool(thread.owner) or not thread.is_open)


def _running(facts: Facts) -> Iterator[Action]:
    return (each for each in facts.record.actions if each.outcome is Outcome.RUNNING)
