"""What a look at the signals costs: `assess`, and the next moment, of a long incident."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import SystemClock
from bot.incidents.asked import Activity
from bot.incidents.model import Action, Clocks, Entry, Incident, Investigation, Kind, Record
from bot.incidents.signals import assess, next_look
from bot.incidents.thresholds import thresholds_of
from bot.workspace.settings import WorkspaceSettings
from tests.bench.measure import Figure, quantile

THREADS = 12
ENTRIES = 500
PEOPLE = 8
ACTIONS = 24
LASTS = timedelta(hours=8)
TIMES = 200
AIM = 1.0  # ms: issue 6, "assess for 12 threads and 500 entries"
KINDS = (
    Kind.FOR,
    Kind.AGAINST,
    Kind.SEEING,
    Kind.NOTE,
    Kind.DOING,
    Kind.DONE,
    Kind.DECIDED,
    Kind.KNOWN,
)


async def signals(name: str, _url: str, *, quick: bool) -> list[Figure]:
    """Both of them in ms, p50, held against the aim; the database plays no part."""
    clock = SystemClock()
    now = clock.now()
    record, activity = a_long_incident(now)
    limits = thresholds_of(WorkspaceSettings(), None)
    times = TIMES // 10 if quick else TIMES
    took = quantile(_timed(clock, lambda: assess(record, activity, now, limits), times), 0.5)
    ahead = quantile(_timed(clock, lambda: next_look(record, activity, now, limits), times), 0.5)
    size = f"{THREADS} threads, {ENTRIES} entries, p50"
    return [
        Figure(f"assess, {size}", name, took, baseline=AIM),
        Figure(f"next look, {size}", name, ahead, baseline=AIM),
    ]


def a_long_incident(now: datetime) -> tuple[Record, tuple[Activity, ...]]:
    """Eight hours, of which everybody has said something everywhere; nothing is confirmed."""
    began, step = now - LASTS, LASTS / ENTRIES
    threads = tuple(
        Investigation(
            number,
            f"idea {number} about the database",
            began + number * 3 * step,
            f"U{number % PEOPLE}",
            slack_thread=f"{number}.1",
            timebox=now - LASTS / number,
        )
        for number in range(1, THREADS + 1)
    )
    entries = tuple(_entry(seq, began + seq * step) for seq in range(1, ENTRIES + 1))
    actions = tuple(
        Action(number, number % THREADS + 1, "U1", f"restart {number}", began + 20 * number * step)
        for number in range(1, ACTIONS + 1)
    )
    incident = Incident("I", "T", 1, "slow", "U0", Clocks(declared=began), investigations=threads)
    activity = tuple(
        Activity(f"U{person}", f"{line}.1", began, now - line * step, 9)
        for person in range(PEOPLE)
        for line in range(1, THREADS + 1)
    )
    return Record(incident, entries, actions), activity


def _entry(seq: int, at: datetime) -> Entry:
    kind = Kind.THREAD if seq <= THREADS else KINDS[seq % len(KINDS)]
    line = seq if seq <= THREADS else seq % (THREADS + 1) or None
    return Entry(seq, kind, f"U{seq * 7 % PEOPLE}", at, at, f"the graph of host {seq}", line)


def _timed(clock: SystemClock, work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds each; the first, which fills caches as any look before would, is left out."""
    work()
    took = []
    for _ in range(times):
        begun = clock.monotonic()
        work()
        took.append((clock.monotonic() - begun) * 1000)
    return took
