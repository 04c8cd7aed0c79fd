"""What the rules of the signals look up in a record, gathered in one pass.

Moments are those at which we were told: what happened at 02:10 and was written down at 02:40 could
be asked about from 02:40 on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.incidents.asked import Activity
from bot.incidents.model import (
    ENDINGS,
    Ending,
    Entry,
    Incident,
    Investigation,
    Kind,
    Outcome,
    Record,
)
from bot.incidents.summary import STAFFED
from bot.incidents.thresholds import Thresholds

Span = tuple[datetime, datetime]
# Who was not seen for so long has had a pause, or is gone.
PAUSE = timedelta(minutes=60)
EVER = datetime.min.replace(tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)
TESTS = frozenset({Kind.FOR, Kind.AGAINST, Kind.DOING, Kind.DONE, Kind.FAILED, Kind.CHECKED})
ENDED_BY = frozenset({Kind.DONE, Kind.FAILED})


@dataclass(frozen=True, slots=True)
class Facts:
    """One record at `now`. begun: since when people look, that is since it was (re)opened.

    of_kind, of_line: standing entries. opened, closed: threads; started, ended: actions; by number.
    heard: when something was said in a thread, without a gap of 15 min; here: when each person said
    something, without a pause. Both of all entries: what was taken back shows that one was there.
    """

    record: Record
    activity: tuple[Activity, ...]
    now: datetime
    limits: Thresholds
    begun: datetime
    of_kind: dict[Kind, list[Entry]]
    of_line: dict[int, list[Entry]]
    opened: dict[int, datetime]
    closed: dict[int, datetime]
    started: dict[int, datetime]
    ended: dict[int, datetime]
    heard: dict[int, list[Span]]
    here: dict[str, list[Span]]

    @property
    def incident(self) -> Incident:
        return self.record.incident

    @property
    def confirmed(self) -> Investigation | None:
        """The thread that was confirmed last since people look, if any."""
        found = [
            each
            for each in self.incident.investigations
            if each.ending is Ending.CONFIRMED and self.closed[each.number] >= self.begun
        ]
        return max(found, key=lambda each: self.closed[each.number], default=None)

    def told(self, *kinds: Kind) -> Iterator[Entry]:
        """The standing entries of these kinds."""
        for kind in kinds:
            yield from self.of_kind.get(kind, ())

    def tested(self, thread: Investigation) -> bool:
        """Whether anything was looked up, tried or said for or against it."""
        said = self.of_line.get(thread.number, ())
        return any(each.kind in TESTS for each in said) or any(
            each.investigation == thread.number for each in self.record.actions
        )


def gather(
    record: Record, activity: Iterable[Activity], now: datetime, limits: Thresholds
) -> Facts:
    """Everything the rules ask for."""
    of_kind, of_line = _standing(record)
    heard, here = _said(record)
    begun, threads = _begun(record, of_kind), record.incident.investigations
    ended = _ended(record, of_kind, begun)
    told = reversed(of_kind.get(Kind.THREAD, ()))
    opened = {each.investigation: each.recorded_at for each in told}
    return Facts(
        record,
        tuple(activity),
        now,
        limits,
        begun=begun,
        of_kind=of_kind,
        of_line=of_line,
        opened={each.number: opened.get(each.number, each.opened_at) for each in threads},
        closed={each.number: _closed(each, of_line) for each in threads if not each.is_open},
        started=_started(record, of_kind, ended, begun),
        ended=ended,
        heard={line: _spans(moments, STAFFED) for line, moments in heard.items()},
        here={person: _spans(moments, PAUSE) for person, moments in here.items()},
    )


def _standing(record: Record) -> tuple[dict[Kind, list[Entry]], dict[int, list[Entry]]]:
    """What the record says now, by kind and by thread."""
    of_kind: dict[Kind, list[Entry]] = defaultdict(list)
    of_line: dict[int, list[Entry]] = defaultdict(list)
    for entry in record.standing:
        of_kind[entry.kind].append(entry)
        if entry.investigation is not None:
            of_line[entry.investigation].append(entry)
    return of_kind, of_line


def _said(record: Record) -> tuple[dict[int, list[datetime]], dict[str, list[datetime]]]:
    """When anything was said, by thread and by person."""
    heard: dict[int, list[datetime]] = defaultdict(list)
    here: dict[str, list[datetime]] = defaultdict(list)
    for entry in record.entries:
        here[entry.actor].append(entry.recorded_at)
        if entry.investigation is not None:
            heard[entry.investigation].append(entry.recorded_at)
    return heard, here


def _spans(moments: list[datetime], within: timedelta) -> list[Span]:
    """From when to when one followed the other soon enough, in the order given."""
    spans: list[Span] = []
    start = end = moments[0]
    for moment in moments:
        if start <= moment <= end + within:
            end = max(end, moment)
        else:
            spans.append((start, end))
            start = end = moment
    return [*spans, (start, end)]


def _begun(record: Record, of_kind: dict[Kind, list[Entry]]) -> datetime:
    declared = record.incident.clocks.declared
    first = [declared] if declared else [each.recorded_at for each in record.entries[:1]]
    again = [each.recorded_at for each in of_kind.get(Kind.REOPEN, ())]
    return max((*first, *again), default=EVER)


def _closed(thread: Investigation, of_line: dict[int, list[Entry]]) -> datetime:
    said = of_line.get(thread.number, ())
    told = [each.recorded_at for each in said if each.kind in ENDINGS]
    return max(told, default=thread.closed_at or thread.opened_at)


def _ended(
    record: Record, of_kind: dict[Kind, list[Entry]], begun: datetime
) -> dict[int, datetime]:
    told = {each.item: each.recorded_at for kind in ENDED_BY for each in of_kind.get(kind, ())}
    return {
        each.number: told.get(each.number) or each.ended_at or each.started_at or begun
        for each in record.actions
        if each.outcome is not Outcome.RUNNING
    }


def _started(
    record: Record, of_kind: dict[Kind, list[Entry]], ended: dict[int, datetime], begun: datetime
) -> dict[int, datetime]:
    """When we heard of each action; where nobody announced it, at its end."""
    told = {each.item: each.recorded_at for each in of_kind.get(Kind.DOING, ())}
    return {
        each.number: told.get(each.number) or each.started_at or ended.get(each.number, begun)
        for each in record.actions
    }


# -- who is at what --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alone:
    """That no other thread was staffed, from when to when if nothing more is said."""

    line: int
    start: datetime
    end: datetime


def alone(facts: Facts) -> list[Alone]:
    """The stretches in which exactly one thread was staffed, oldest first."""
    turns = sorted(
        (moment, gone, thread.number)
        for thread in facts.incident.investigations
        for span in staffed_spans(facts, thread)
        for gone, moment in enumerate(span)
    )
    found, here = [], set[int]()
    for at, (moment, gone, line) in enumerate(turns):
        (here.discard if gone else here.add)(line)
        until = turns[at + 1][0] if at + 1 < len(turns) else moment
        if len(here) == 1 and until > moment:
            found.append(Alone(next(iter(here)), moment, until))
    return _joined(found)


def _joined(found: list[Alone]) -> list[Alone]:
    """The same, where one goes on after a moment in which nothing changed for it."""
    joined: list[Alone] = []
    for each in found:
        last = joined[-1] if joined else None
        if last is not None and (last.line, last.end) == (each.line, each.start):
            joined[-1] = Alone(each.line, last.start, each.end)
        else:
            joined.append(each)
    return joined


def staffed_spans(facts: Facts, thread: Investigation) -> list[Span]:
    """From when to when a thread was staffed: `summary.staffed`, over all of its time.

    An owner is taken to have been there all along: when somebody lost a thread is not on record.
    """
    if not thread.owner:
        return []
    first, last = facts.opened[thread.number], facts.closed.get(thread.number, FOREVER)
    said = ((start, end + STAFFED) for start, end in facts.heard.get(thread.number, ()))
    spans = sorted((*said, *_done(facts, thread.number)))
    clipped = [(max(start, first), min(end, last)) for start, end in merged(spans)]
    return [(start, end) for start, end in clipped if start < end]


def _done(facts: Facts, number: int) -> Iterator[Span]:
    for each in facts.record.actions:
        if each.investigation == number:
            yield facts.started[each.number], facts.ended.get(each.number, FOREVER)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order of their start, those that touch as one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
