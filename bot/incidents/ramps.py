"""Changes that do not come at once: a rollout in steps, a flag between two times (R3).

What began at 10 % smears the onset of its symptoms, so a `changed:` line may say its window. Pure:
the text is read in the writer's zone around the moment when it was said. Talk wins: a part between
commas counts only if all of it reads as a step or a span; else the text is a plain change.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.incidents.model import Ramp, Step
from bot.incidents.times import WallTime, masked, occurrences, wall_time

ALL = 100  # per cent
LONGEST = timedelta(hours=18)
STEPS_MAX = 20
# A change is told while it happens or after it, rarely before; a day holds each wall time once.
BEFORE, AFTER = timedelta(hours=18), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Spread:
    """A window as it is typed: wall times, in the order they were said."""

    what: str
    start: WallTime | None = None
    end: WallTime | None = None
    steps: tuple[tuple[int, WallTime], ...] = ()

    @property
    def is_ramp(self) -> bool:
        return bool(self.start or self.end or self.steps)


_ARROWS = re.compile(r"\s*(?:[,，،;]|→|->)\s*")
_AND = re.compile(r"\s+(?:and|then)\s+", re.IGNORECASE)
_JOINED = re.compile(r"^(?:and|then)\s+", re.IGNORECASE)
_SHARE = r"(?:(?P<percent>\d{1,3})\s*%|(?P<all>all|everybody|everyone|everywhere|complete|full))"
_OF = r"(?:\s+of\s+\w+)?"
_AT = r"\s*(?:(?:at|from|since|by|@)\s*)?"
_STEP_FIRST = re.compile(rf"(?:to\s+)?{_SHARE}{_OF}{_AT}(?=\d|noon|mid)", re.IGNORECASE)
_STEP_LAST = re.compile(rf"\s*:?\s*(?:to\s+)?{_SHARE}{_OF}\s*", re.IGNORECASE)
_FROM = re.compile(
    r"(?:(?:from|since|between|starting(?:\s+at)?)\s+)?(?=\d|noon|mid)", re.IGNORECASE
)
_TO = re.compile(r"\s*(?:[-–—]|(?:to|until|till|and)\b)\s*", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|up\s+to)\s+", re.IGNORECASE)
_OPEN = re.compile(r"(?:since|from|starting(?:\s+at)?)\s", re.IGNORECASE)


def read(text: str, said_at: datetime, zone: tzinfo) -> Ramp | None:
    """The window a change was told with, or None for a plain change."""
    spread = spread_of(text)
    return _resolved(spread, said_at, zone) if spread.is_ramp else None


def share_at(ramp: Ramp, at: datetime) -> int | None:
    """How much had the change at that moment, per cent; None where nobody said."""
    reached = [each.share for each in ramp.steps if each.at <= at]
    return reached[-1] if reached else None


def spread_of(text: str) -> Spread:
    """Split steps and a span off a text; where they do not fit together, none."""
    if masked(text) != text:
        return Spread(text)  # a pasted log is full of times
    found, said = Spread(""), []
    for part in _ARROWS.split(text):
        more = _with(found, part)
        said += [part] if more is None else []
        found = more or found
    one_step = len(found.steps) == 1 and not (found.start or found.end)
    if one_step or len(found.steps) > STEPS_MAX or not found.is_ramp:
        return Spread(text)
    return Spread(", ".join(said).strip(), found.start, found.end, found.steps)


def _with(found: Spread, part: str) -> Spread | None:
    """What was found with one more part; None if the part says something else."""
    said = _JOINED.sub("", part.strip()).rstrip(" .!")
    pieces = [_step(each) for each in _AND.split(said)]
    steps = tuple(each for each in pieces if each is not None)
    if len(steps) == len(pieces):
        return Spread("", found.start, found.end, (*found.steps, *steps))
    span = None if found.start or found.end else _span(said)
    return Spread("", *span, steps=found.steps) if span else None


def _step(said: str) -> tuple[int, WallTime] | None:
    """ "10% 02:10", "all at 03:20", "02:10 10%"."""
    if found := _STEP_FIRST.match(said):
        read_at = wall_time(said, found.end())
        return _share(found, read_at[0]) if read_at and read_at[1] == len(said) else None
    if read_at := wall_time(said):
        last = _STEP_LAST.fullmatch(said, read_at[1])
        return _share(last, read_at[0]) if last else None
    return None


def _share(found: re.Match[str], at: WallTime) -> tuple[int, WallTime] | None:
    share = int(found["percent"]) if found["percent"] else ALL
    return (share, at) if share <= ALL else None


def _span(said: str) -> tuple[WallTime | None, WallTime | None] | None:
    """ "from 02:10 to 03:40", "02:10-03:40", "since 02:10", "until 03:40"."""
    if until := _UNTIL.match(said):
        end = wall_time(said, until.end())
        return (None, end[0]) if end and end[1] == len(said) else None
    lead = _FROM.match(said)
    start = wall_time(said, lead.end()) if lead else None
    if start is None:
        return None
    if start[1] == len(said):
        return (start[0], None) if _OPEN.match(said) else None
    between = _TO.match(said, start[1])
    end = wall_time(said, between.end()) if between else None
    return (start[0], end[0]) if end and end[1] == len(said) else None


def _resolved(spread: Spread, said_at: datetime, zone: tzinfo) -> Ramp | None:
    """Each time is the next one after that before it; the whole lies around what was said."""
    typed = [each for _, each in spread.steps]
    wanted = [spread.start] if spread.start else []
    order = [*wanted, *typed, *([spread.end] if spread.end else [])]
    if not wanted and not typed:  # "until 03:40": from now on
        end = _next(order[0], said_at, zone)
        return Ramp(said_at, end) if end - said_at <= LONGEST else None
    moments = [_around(order[0], said_at, zone)]
    for each in order[1:]:
        moments.append(_next(each, moments[-1], zone))
    if moments[-1] - moments[0] > LONGEST:
        return None
    told = moments[len(wanted) : len(wanted) + len(typed)]
    steps = tuple(Step(at, share) for at, (share, _) in zip(told, spread.steps, strict=True))
    return Ramp(moments[0], _end(spread, moments[-1]), steps)


def _end(spread: Spread, last: datetime) -> datetime | None:
    """The end that was said, or the step at which everybody had it."""
    whole = bool(spread.steps) and spread.steps[-1][0] == ALL
    return last if spread.end or whole else None


def _around(wall: WallTime, said_at: datetime, zone: tzinfo) -> datetime:
    near = [
        at for at in occurrences(wall, said_at, zone) if said_at - BEFORE < at <= said_at + AFTER
    ]
    return near[-1] if near else said_at


def _next(wall: WallTime, after: datetime, zone: tzinfo) -> datetime:
    later = [at for at in occurrences(wall, after, zone) if at >= after]
    return min(later, default=after + LONGEST * 2)
