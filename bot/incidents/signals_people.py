"""Signals of who is where: many on one thread, nobody new, one person for long.

From who was active where and when: counts and times, no text, and no figure about anybody but how
long they have been here. What somebody wrote between the first and the last line in a place is not
kept, so the rules take them to have been there where nothing else is known of them.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.incidents.signals_facts import FOREVER, PAUSE, Facts, Span, merged
from bot.incidents.signals_model import Evidence, Signal, SignalKind, minutes, stamp

LAST_LINE_WITHIN = timedelta(minutes=20)
PEOPLE = 3


def concentration(facts: Facts) -> Iterator[Signal]:
    """For 10 min, three people or more have nearly all been on one thread.

    By the thread of each one's last line in 20 min: the sum of the squares of the shares
    (Herfindahl) is 0.65 or more; four of five make 0.68. Source: essay 001. False alarms: medium,
    for one big repair looks the same. Ends when people spread, or fall silent.
    """
    if not _may_crowd(facts):
        return
    paths = {person: _path(found) for person, found in _stays(facts).items()}
    held = _crowd(facts, paths, facts.now)
    if held is None:
        return
    since = facts.now
    for moment in reversed(_turns(facts, paths)):
        before = _crowd(facts, paths, moment)
        if before is None or before.line != held.line:
            break
        since = moment
    limit = facts.limits.concentration
    evidence: Evidence = {
        "since": stamp(since),
        "minutes": minutes(limit),
        "people": held.people,
        "on_it": held.on_it,
        "share": held.share,
    }
    yield Signal(SignalKind.CONCENTRATION, held.line, max(since, facts.begun) + limit, evidence)


def next_turn(facts: Facts) -> datetime | None:
    """When somebody's last line is too old to count: the others may be concentrated then."""
    lasts = [last for last, _ in _lately(facts).values()]
    return min(lasts) + LAST_LINE_WITHIN if len(lasts) > PEOPLE else None


def stale_crew(facts: Facts) -> Iterator[Signal]:
    """Nobody new has come for 90 min.

    Source: Patterson (fresh eyes; the bot recruits a person, it does not ask "are you sure?").
    False alarms: medium. Ends when somebody new is seen.
    """
    came = [min(start for start, _ in spans) for spans in _presence(facts).values()]
    if not came:
        return
    since, limit = max(*came, facts.begun), facts.limits.stale_crew
    evidence: Evidence = {"since": stamp(since), "minutes": minutes(limit), "people": len(came)}
    yield Signal(SignalKind.STALE_CREW, None, since + limit, evidence)


def long_haul(facts: Facts) -> Iterator[Signal]:
    """Somebody has been here for 240 min without a pause of an hour; for them alone to hear.

    Source: GitLab 2017 (a removal near midnight, after a day's work). False alarms: medium. Ends
    with a pause.
    """
    limit = facts.limits.long_haul
    for person, spans in sorted(_presence(facts).items()):
        start, last = merged(sorted((first, end + PAUSE) for first, end in spans))[-1]
        at = max(start, facts.begun) + limit
        if facts.now <= last:
            evidence: Evidence = {"since": stamp(at - limit), "minutes": minutes(limit)}
            yield Signal(SignalKind.LONG_HAUL, None, at, evidence, person)


def _presence(facts: Facts) -> dict[str, list[Span]]:
    """When each person is known to have been here."""
    here = {person: [*spans] for person, spans in facts.here.items()}
    for row in facts.activity:
        here.setdefault(row.person, []).append((row.first_at, row.last_at))
    return here


# -- who is on which thread ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crowd:
    """How people are shared among threads, and which has most of them."""

    line: int
    people: int
    on_it: int
    share: float


@dataclass(frozen=True, slots=True)
class Path:
    """On which thread somebody was, from when to when, in order."""

    starts: list[datetime]
    ends: list[datetime]
    lines: list[int]

    def at(self, moment: datetime) -> int | None:
        """Their thread then, or None."""
        which = bisect_right(self.starts, moment) - 1
        return self.lines[which] if which >= 0 and moment < self.ends[which] else None


Stay = tuple[datetime, datetime, int]


def _crowd(facts: Facts, paths: dict[str, Path], moment: datetime) -> Crowd | None:
    """The crowd on one thread at that moment, if there was one."""
    on = Counter(
        line
        for path in paths.values()
        if (line := path.at(moment)) is not None and facts.closed.get(line, FOREVER) > moment
    )
    people = on.total()
    if people < PEOPLE:
        return None
    share = sum(count * count for count in on.values()) / (people * people)
    line, most = max(on.items(), key=lambda each: (each[1], -each[0]))
    if share < facts.limits.share:
        return None
    return Crowd(line, people, most, round(share, 2))


def _turns(facts: Facts, paths: dict[str, Path]) -> list[datetime]:
    """The moments until now at which anybody was somewhere else than before."""
    turns = {moment for path in paths.values() for moment in (*path.starts, *path.ends)}
    return sorted(moment for moment in turns.union(facts.closed.values()) if moment <= facts.now)


def _lines(facts: Facts) -> dict[str, int]:
    """By Slack thread, the thread that lives there."""
    threads = facts.incident.investigations
    return {each.slack_thread: each.number for each in threads if each.slack_thread}


def _stays(facts: Facts) -> dict[str, list[Stay]]:
    """By person, from when to when something is known of them in a thread."""
    lines, found = _lines(facts), defaultdict[str, list[Stay]](list)
    for row in facts.activity:
        line = lines.get(row.thread)
        if line is not None and row.lines:
            found[row.person].append((row.first_at, row.last_at, line))
    for number, said in facts.of_line.items():
        for each in said:
            found[each.actor].append((each.recorded_at, each.recorded_at, number))
    return found


def _may_crowd(facts: Facts) -> bool:
    """Whether the last lines of all make a crowd; most looks find none and need no more."""
    lasts = _lately(facts).values()
    if any(moment > facts.now for moment, _ in lasts):
        return True
    on = Counter(line for _, line in lasts if facts.closed.get(line, FOREVER) > facts.now)
    squares = sum(count * count for count in on.values())
    return on.total() >= PEOPLE and squares / on.total() ** 2 >= facts.limits.share


def _lately(facts: Facts) -> dict[str, tuple[datetime, int]]:
    """By person, when and where they were last seen in a thread, if that still counts."""
    since, lines = facts.now - LAST_LINE_WITHIN, _lines(facts)
    seen = [
        (row.last_at, lines[row.thread], row.person)
        for row in facts.activity
        if row.last_at > since and row.lines and row.thread in lines
    ]
    seen += [
        (each.recorded_at, number, each.actor)
        for number, said in facts.of_line.items()
        for each in said
        if each.recorded_at > since
    ]
    return {person: (moment, line) for moment, line, person in sorted(seen)}


def _path(stays: list[Stay]) -> Path:
    """Where they were at each moment: at their last line, for 20 min; or still where they came."""
    points = sorted(
        {(moment, line, first) for first, last, line in stays for moment in (first, last)}
    )
    path = Path([], [], [])
    for moment, line, first in points:
        if path.ends and path.ends[-1] < moment and first < moment:
            _goes_on(path, max(path.ends[-1], first), line)
        if path.ends:
            path.ends[-1] = min(path.ends[-1], moment)
        _goes_on(path, moment, line)
        path.ends[-1] = moment + LAST_LINE_WITHIN
    return path


def _goes_on(path: Path, start: datetime, line: int) -> None:
    """From then on they are there; nothing new where they were there already."""
    if path.lines and path.lines[-1] == line and path.ends[-1] >= start:
        path.ends[-1] = FOREVER
        return
    path.starts.append(start)
    path.ends.append(FOREVER)
    path.lines.append(line)
