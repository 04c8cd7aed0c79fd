"""When somebody is asked because of a signal, where, and what becomes of the question.

The rule book is references/fixation-and-charts.md, section 2, *Nudge rules*; docs/nudges.md states
them as built. Pure functions: what was asked, what holds, when it is, a draw; out comes what to do.

Questions are asked in slots: the first ten minutes after declaring, then after gaps that grow. A
slot asks one question, about two signals at most. What nobody answers climbs at a later slot.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.incidents.model import Entry, Incident, IncidentState, Kind, Record
from bot.incidents.nudges_model import (
    BUDGETED,
    SIGNALS_MAX,
    SNOOZE,
    Judged,
    Muting,
    Nudge,
    NudgeOutcome,
    Rung,
)
from bot.incidents.signals_model import Key, Signal, SignalKind
from bot.workspace.settings import Nudges, WorkspaceSettings

GAPS = tuple(timedelta(minutes=each) for each in (25, 40, 40, 60))
AN_HOUR = timedelta(hours=1)
# Below so many useful of a hundred, once so many were judged, a signal is off by default.
USEFUL_PERCENT, JUDGED_LEAST = 30, 20

# The first are asked first; the others by when they began to hold.
RANKED = (SignalKind.RECURRENCE, SignalKind.ACTION_OVERDUE, SignalKind.SINGLE_LINE)
# Asked otherwise: in place and at once; and of one person alone, of whom nothing is kept.
NOT_HERE = frozenset({SignalKind.DESTRUCTIVE_VERB, SignalKind.LONG_HAUL})
ASKABLE = tuple(each for each in SignalKind if each not in NOT_HERE)
# Somebody took it up, or had: the same is not asked about again as long as it lasts.
SETTLED = frozenset({NudgeOutcome.ACTED, NudgeOutcome.ANSWERED})
# Nobody answered, so it climbs.
UNHEARD = frozenset({NudgeOutcome.NONE, NudgeOutcome.LEFT, NudgeOutcome.DECLINED})
MUTED_BY = 2


@dataclass(frozen=True, slots=True)
class Ways:
    """How a workspace wants to be asked. jitter: a share of the gap. off: kinds never asked about.

    first: how long after declaring the first question comes, at the earliest.
    """

    where: Nudges
    first: timedelta
    jitter: float
    off: frozenset[SignalKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to be asked now; of whom, empty for everybody in the channel."""

    rung: Rung
    signals: tuple[Signal, ...]
    asked_of: str = ""


# Whom of those with fresh eyes to ask; empty where nobody can be.
FindOutsider = Callable[[], str]


def ways_of(settings: WorkspaceSettings) -> Ways:
    """As the settings say. What people found useless is not known here: see `switched_off`."""
    return Ways(
        settings.nudges,
        timedelta(minutes=settings.nudges_first),
        settings.nudges_jitter / 100,
        off=frozenset(SignalKind(each) for each in settings.nudges_never),
    )


def switched_off(judged: Iterable[Judged], settings: WorkspaceSettings) -> tuple[Judged, ...]:
    """Kinds that are off by default, since too few found them useful; not those asked always."""
    return tuple(
        each
        for each in judged
        if each.asked >= JUDGED_LEAST
        and each.useful * 100 < USEFUL_PERCENT * each.asked
        and each.kind.value not in settings.nudges_always
    )


# -- what becomes of those that were asked ---------------------------------------------------------


def settled(record: Record, nudges: Iterable[Nudge], held: Iterable[Signal]) -> tuple[Nudge, ...]:
    """Those of which something has become: nothing is left of them, or questions are off."""
    now_held = {each.key: each for each in held}
    changed = (_settled(record, each, now_held) for each in nudges if each.stands)
    return tuple(each for each in changed if each is not None)


def _settled(record: Record, nudge: Nudge, held: dict[Key, Signal]) -> Nudge | None:
    if not any(lasts(each, nudge, held) for each in nudge.signals):
        return _over(nudge)
    incident = record.incident
    if incident.quiet and nudge.rung in BUDGETED:
        last = _last(record, Kind.QUIET)
        who = last.actor if last else incident.commander
        at = last.recorded_at if last else None
        return nudge.changed(outcome=NudgeOutcome.STOPPED, answered_by=who, answered_at=at)
    return None


def _over(nudge: Nudge) -> Nudge:
    """What one person said of its use is worth more than that it is over."""
    if nudge.outcome is NudgeOutcome.NOT_USEFUL:
        return nudge.changed(left=True)
    return nudge.changed(outcome=NudgeOutcome.OVER)


def lasts(signal: Signal, nudge: Nudge, held: dict[Key, Signal]) -> bool:
    """Whether what was asked about holds still, and without having ended in between."""
    now = held.get(signal.key)
    return now is not None and now.at <= nudge.asked_at


def replaced(nudges: Iterable[Nudge], by: Nudge) -> tuple[Nudge, ...]:
    """Earlier ones on the same rung shrink when one is asked below; what was said of them stays."""
    return tuple(
        each.changed(left=True, outcome=_left(each.outcome))
        for each in nudges
        if each.rung is by.rung and each.number < by.number and each.stands
    )


def _left(outcome: NudgeOutcome) -> NudgeOutcome:
    return NudgeOutcome.LEFT if outcome is NudgeOutcome.NONE else outcome


def mutings(nudges: Iterable[Nudge]) -> tuple[Muting, ...]:
    """What is not asked about here any more: two people found it not useful."""
    by: dict[Key, dict[str, None]] = {}
    since: dict[Key, datetime] = {}
    for nudge in nudges:
        for key in nudge.keys if nudge.not_useful else ():
            said = by.setdefault(key, {})
            said.update(dict.fromkeys(nudge.not_useful))
            if len(said) >= MUTED_BY:
                since.setdefault(key, nudge.answered_at or nudge.asked_at)
    return tuple(Muting(key, tuple(by[key]), at) for key, at in since.items())


def found_useless(nudges: Sequence[Nudge], nudge: Nudge, person: str, now: datetime) -> Nudge:
    """One more person finds it not useful: one press lets it rest, two mute it.

    Who owns the thread that it is about cannot mute it alone; with one owner, two people suffice.
    """
    said = nudge.changed(
        outcome=NudgeOutcome.NOT_USEFUL,
        not_useful=(*nudge.not_useful, person),
        answered_by=person,
        answered_at=now,
        until=now + SNOOZE,
    )
    others = [each for each in nudges if each.number != nudge.number]
    muted = {each.key for each in mutings([*others, said])}
    if muted.issuperset(said.keys):
        return said.changed(outcome=NudgeOutcome.MUTED, until=None)
    return said


def cards_within_the_hour(nudges: Iterable[Nudge], nudge: Nudge) -> int:
    """Which card of its hour this is, itself included."""
    since = nudge.asked_at - AN_HOUR
    cards = [each for each in nudges if each.rung is Rung.CARD and each.number <= nudge.number]
    return max(1, sum(each.asked_at > since for each in cards))


# -- when to ask -----------------------------------------------------------------------------------


def begun(record: Record) -> datetime | None:
    """Since when people look: since it was declared, or reopened."""
    last, declared = _last(record, Kind.REOPEN), record.incident.clocks.declared
    moments = [each for each in (declared, last.recorded_at if last else None) if each]
    return max(moments, default=None)


def slot(record: Record, nudges: Iterable[Nudge], ways: Ways) -> datetime | None:
    """From when on the next question may be asked; None where nothing has begun."""
    start = begun(record)
    if start is None:
        return None
    asked = [each for each in nudges if each.rung in BUDGETED]
    if not asked:
        return start + ways.first
    gap = GAPS[min(len(asked), len(GAPS)) - 1]
    longer = round(gap.total_seconds() * ways.jitter * asked[-1].draw)
    return max(start + ways.first, asked[-1].asked_at + gap + timedelta(seconds=longer))


def next_slot(
    record: Record, nudges: Sequence[Nudge], held: Iterable[Signal], ways: Ways, now: datetime
) -> datetime | None:
    """When to look again whether to ask about what holds now; None where nothing waits."""
    opens = slot(record, nudges, ways)
    if opens is None or not _asks_at_all(record.incident):
        return None
    past = _past(nudges)
    waits = [_ready_at(each, past) for each in held if each.kind not in NOT_HERE | ways.off]
    return min((moment for each in waits if (moment := max(opens, each)) > now), default=None)


def _ready_at(signal: Signal, past: "_Past") -> datetime:
    """From when on it may be asked about, slots aside."""
    last = past.last.get(signal.key)
    return signal.at if last is None or last.until is None else last.until


def _asks_at_all(incident: Incident) -> bool:
    return incident.state is IncidentState.OPEN and not incident.quiet


# -- what to ask, and where ------------------------------------------------------------------------


def decide(
    record: Record,
    nudges: Sequence[Nudge],
    held: Iterable[Signal],
    ways: Ways,
    now: datetime,
    outsider: FindOutsider = lambda: "",
) -> Ask | None:
    """The question to ask now, if a slot is open and there is something to ask about.

    `outsider` is called only where somebody else's eyes are what is left.
    """
    opens = slot(record, nudges, ways)
    if opens is None or now < opens or not _asks_at_all(record.incident):
        return None
    past = _past(nudges)
    rungs = ((_rung(each, record.incident, past, ways, now), each) for each in held)
    ranked = [(_order(each, past), rung, each) for rung, each in rungs if rung is not None]
    waiting = sorted(ranked, key=lambda one: one[0])
    for rung in dict.fromkeys(rung for _, rung, _ in waiting):
        about = tuple(each for _, its, each in waiting if its is rung)[:SIGNALS_MAX]
        asked_of = _asked_of(rung, record.incident, outsider)
        if asked_of is not None:
            return Ask(rung, about, asked_of)
    return None


def _asked_of(rung: Rung, incident: Incident, outsider: FindOutsider) -> str | None:
    """Of whom it is asked on that rung; None where there is nobody."""
    match rung:
        case Rung.CARD:
            return ""
        case Rung.COMMANDER:
            return incident.commander or None
    return outsider() or None


@dataclass(frozen=True, slots=True)
class _Past:
    """What was asked before: the last question about each signal, and what two people muted.

    recurred: whether anybody was asked about something that was back.
    """

    last: dict[Key, Nudge]
    muted: frozenset[Key]
    recurred: bool


def _past(nudges: Iterable[Nudge]) -> _Past:
    asked = [each for each in nudges if each.rung in BUDGETED]
    last = {key: each for each in asked for key in each.keys}
    muted = frozenset(each.key for each in mutings(asked))
    return _Past(last, muted, any(kind is SignalKind.RECURRENCE for kind, *_ in last))


def _order(signal: Signal, past: _Past) -> tuple[int, bool, datetime, str, int, str]:
    """By rank; of the same rank what nobody has been asked about yet comes first."""
    place = RANKED.index(signal.kind) if signal.kind in RANKED else len(RANKED)
    kind, line = signal.kind.value, signal.investigation or 0
    return place, signal.key in past.last, signal.at, kind, line, signal.about


def _rung(
    signal: Signal, incident: Incident, past: _Past, ways: Ways, now: datetime
) -> Rung | None:
    """Where it would be asked about now; None where it is not."""
    if signal.kind in NOT_HERE | ways.off or signal.key in past.muted:
        return None
    last = past.last.get(signal.key)
    if last is None:
        return _first_rung(signal, incident, past, ways)
    if last.until is not None and now < last.until:
        return None
    if last.outcome in SETTLED and signal.at <= (last.answered_at or last.asked_at):
        return None
    if last.outcome in UNHEARD and signal.at <= last.asked_at:
        return _next_rung(last.rung, incident)
    return _first_rung(signal, incident, past, ways)


def _first_rung(signal: Signal, incident: Incident, past: _Past, ways: Ways) -> Rung:
    if ways.where is Nudges.COMMANDER:
        return Rung.COMMANDER
    again = signal.kind is SignalKind.RECURRENCE and past.recurred
    return Rung.COMMANDER if again and incident.commander else Rung.CARD


def _next_rung(rung: Rung, incident: Incident) -> Rung | None:
    """Who is asked after them. An outsider never hears of what is private."""
    if rung is Rung.CARD and incident.commander:
        return Rung.COMMANDER
    return None if rung is Rung.OUTSIDER or incident.private else Rung.OUTSIDER


def _last(record: Record, kind: Kind) -> Entry | None:
    """The last standing entry of a kind; reads them once, from the end."""
    return next(
        (e for e in reversed(record.entries) if e.kind is kind and e.withdrawn_at is None), None
    )
