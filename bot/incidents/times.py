"""Time as people type it: "02:45", "2:45pm", "in 10 min", "40 min ago"; and what it means.

Reading needs no clock; `resolve_moment` gets the present as an argument. Also here: the clauses
of an action (", expect …, by …, else …") and the colon after a word: telling a time from text is
most of that work.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal


@dataclass(frozen=True, slots=True)
class Minutes:
    """A length: "in 10 min" ahead, "40 min ago" back."""

    count: int


@dataclass(frozen=True, slots=True)
class WallTime:
    """What a clock on the wall shows, in the writer's zone unless they wrote UTC."""

    hour: int
    minute: int
    utc: bool = False


Moment = Minutes | WallTime


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time that was read, or the words that look like one and are none."""

    moment: Moment | None
    bad: str = ""


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts of an action or a hypothesis."""

    what: str
    expect: str = ""
    otherwise: str = ""
    by: Moment | None = None
    bad_by: str = ""


AHEAD = timedelta(hours=12)
BACK = timedelta(hours=24)

_NOON, _LAST_HOUR, _LAST_MINUTE = 12, 23, 59
_LONGEST = 64  # characters of a time expression; the bound keeps every pattern below linear

# A zone that is not the writer's cannot be converted without guessing ("IST" is three of them),
# and a wrong hour is worse than a question; UTC is the one exception that everybody agrees on.
_ALIEN = (
    r"tomorrow|(?:on\s+)?(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?|[ECMP][SD]?T|"
    r"BST|CEST|EEST|EET|MSK|IST|JST|KST|HKT|SGT|AE[SD]T|AC[SD]T|AWST|NZ[SD]T"
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?P<sep>[:：h.])(?P<minute>\d{2})(?:[:：]\d{2})?)?(?!\d)"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?(?P<zulu>z)?(?!\w)(?![:：]\d)"
    rf"(?:\s*(?P<utc>UTC|GMT|Z)\b|\s+(?P<alien>{_ALIEN})\b)?"
    r"|(?P<noon>noon|midday)\b|(?P<midnight>midnight)\b",
    re.IGNORECASE,
)
_HOURS = r"(?:h|hrs?|hours?)"
_MINUTES = r"(?:m|mins?|minutes?)"
_LENGTH = re.compile(
    rf"(?:(?P<hours>\d{{1,3}}(?:\.\d{{1,2}})?|(?P<half>half\s+(?:an\s+)?)|an\s+|one\s+)\s*{_HOURS}"
    rf"(?:\s*(?:and\s+)?(?P<extra>\d{{1,2}})\s*{_MINUTES}?)?"
    rf"|(?P<minutes>\d{{1,4}}|a\s+|one\s+)\s*{_MINUTES}"
    r"|(?P<seconds>\d{1,4})\s*(?:s|secs?|seconds?))(?!\w)\.?",
    re.IGNORECASE,
)
_ROUGHLY = r"(?:(?:at|about|around|circa|ca\.|@|~)\s*)?"
_KEYWORD = re.compile(rf"(?P<by>by)?\s*(?P<length>(?:in|within)\b)?\s*{_ROUGHLY}", re.IGNORECASE)
# "in 10 min" is a deadline, "in 10 min intervals" is part of the action.
_LENGTH_ENDS = re.compile(
    r"\s*(?:from now|or so|max(?:imum)?|at most|at the latest|latest|tops)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"(?:^|(?<=\s)){_ROUGHLY}(?=\d|now|noon|mid|an?\s|one\s|half\s|just)", re.IGNORECASE
)
_TIMEBOX_LEAD = re.compile(r"\s*(?:(?P<until>by|until|till|to)|in|within|for)?\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[,，،]\s*(?:(?P<expect>expect(?:ing|ed)?)|(?P<otherwise>or\s+else|else|otherwise)"
    r"|(?P<by>by|in|within))(?![\w'’-])\s*[:：]?\s*",
    re.IGNORECASE,
)
_COMMA = re.compile("[,，،]")
_CODE_OR_QUOTE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|^[ \t]*(?:>|&gt;)[^\n]*", re.DOTALL | re.MULTILINE
)


def masked(text: str) -> str:
    """The text with code and quoted lines blanked out, every position kept."""
    return _CODE_OR_QUOTE.sub(lambda found: "\0" * len(found.group()), text)


_EMOJI = re.compile(r"(?<!\S)(?::[\w+'-]{1,80}:)+")
_COLONS = re.compile("[:：]+")
_TIME_COLON = re.compile(r"\d[:：]\d\d(?!\d)")
_DOUBLED = re.compile(r"[:：]{2,}\S")  # std::vector
# "done :)" is a feeling, not an action; "done: (see log)" and "done:(see log)" are not faces.
_FACE = re.compile(r"\s:['’-]?[()\[\]/\\|<>$*@DPpOoSsXx03]+(?!\w)|\S:['’-]?[()/\\|]+(?!\S)")


def label_end(line: str) -> tuple[int, int] | None:
    """Where the first colon that ends a label starts and ends: not one of a time, link or face."""
    shown = _EMOJI.sub(lambda found: "\0" * len(found.group()), masked(line))
    for colon in _COLONS.finditer(shown):
        start, end = colon.span()
        before = max(start - 1, 0)
        if _TIME_COLON.match(shown, before) or shown.startswith("//", end):
            continue
        if _FACE.match(shown, before) or _DOUBLED.match(shown, start):
            return None
        return start, end
    return None


def _clock(text: str, start: int = 0) -> tuple[Deadline, int] | None:
    """A time of day at that place and where it ends; None if the text does not look like one."""
    found = _CLOCK.match(text, start)
    if found is None:
        return None
    if found["noon"] or found["midnight"]:
        return Deadline(WallTime(12 if found["noon"] else 0, 0)), found.end()
    half = (found["half"] or "").lower()
    if not half and (found["sep"] or ".") == ".":
        return None  # "3" counts things and "1.25" measures them; neither is a time
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    morning_after_noon = half == "a" and hour > _NOON
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    elif (hour, minute) == (24, 0):
        hour = 0
    if hour > _LAST_HOUR or minute > _LAST_MINUTE or morning_after_noon or found["alien"]:
        return Deadline(None, found.group()), found.end()
    return Deadline(WallTime(hour, minute, utc=bool(found["utc"] or found["zulu"]))), found.end()


def wall_time(text: str, start: int = 0) -> tuple[WallTime, int] | None:
    """A time of day at that place, and where it ends; None for anything else, also a bad time."""
    found = _clock(text, start)
    if found is None or not isinstance(found[0].moment, WallTime):
        return None
    return found[0].moment, found[1]


def _length(text: str, start: int = 0) -> tuple[Minutes, int] | None:
    """A length of time at that place, in whole minutes (rounded up), and where it ends."""
    found = _LENGTH.match(text, start)
    if found is None:
        return None
    if found["seconds"]:
        return Minutes(math.ceil(int(found["seconds"]) / 60)), found.end()
    if found["minutes"]:
        return Minutes(_count(found["minutes"])), found.end()
    hours = 0.5 if found["half"] else _number(found["hours"])
    return Minutes(math.ceil(hours * 60) + int(found["extra"] or 0)), found.end()


def _number(typed: str) -> float:
    return float(typed) if typed[0].isdigit() else 1.0


def _count(typed: str) -> int:
    return int(_number(typed))


def deadline(typed: str) -> Deadline | None:
    """ "by 02:45", "in 10 min", "by 25:61" (looks like a time, is none), or None for other text."""
    text = typed[:_LONGEST]
    keyword = _KEYWORD.match(text)
    start = keyword.end() if keyword else 0
    wall = keyword is not None and keyword["by"] and not keyword["length"]
    if wall and (clock := _clock(text, start)):
        return clock[0]  # before lengths: "by 14h30" is a time of day, "in 14h30" is not
    if (length := _length(text, start)) and _LENGTH_ENDS.match(text, length[1]):
        return Deadline(length[0])
    return None


def timebox(text: str) -> Clauses:
    """ "20 min", "20", "until 03:20", and what is said after a comma."""
    first, _, rest = text.partition(",")
    lead = _TIMEBOX_LEAD.match(first)
    typed = first[lead.end() if lead else 0 :][: 2 * _LONGEST].strip()
    if re.fullmatch(r"\d{1,3}", typed):
        return Clauses(rest.strip(), by=Minutes(int(typed)))
    until = lead is not None and lead["until"]
    read = (None if until else deadline(typed)) or deadline("by " + typed)
    if read is None:
        return Clauses(text)
    return Clauses(rest.strip(), by=read.moment, bad_by=read.bad)


def when_at_end(label: str) -> tuple[str, Deadline | None]:
    """ "2 at 17:20" → ("2", 17:20): a past moment at the end of a label, and what stands before."""
    text = label[-_LONGEST:]
    for found in _WHEN.finditer(text):
        if read := _past(text[found.end() :]):
            return label[: len(label) - len(text) + found.start()].strip(), read
    return label, None


def _past(typed: str) -> Deadline | None:
    if typed.lower() in {"now", "just now"}:
        return Deadline(Minutes(0))
    if (length := _length(typed)) and typed[length[1] :].strip().lower() == "ago":
        return Deadline(length[0])
    if (clock := _clock(typed)) and clock[1] == len(typed):
        return clock[0]
    return None


def clauses(text: str, *, only_by: bool = False) -> Clauses:
    """Split ", expect …", ", by …", ", else …" off a text, in any order, the first of each kind.

    A time ends where its comma-separated piece ends, so what comes after it ("by 02:45, then the
    replicas") belongs to the action again; an expectation runs on to the next clause.
    """
    shown = masked(text)
    parts: dict[str, str] = {}
    read = Deadline(None)
    outside: list[str] = []
    last, kind = 0, "what"
    for found in _CLAUSE.finditer(shown):
        name = found.lastgroup or ""
        if name in parts or (only_by and name != "by"):
            continue
        if name == "by":
            comma = _COMMA.search(shown, found.end())
            end = comma.start() if comma else len(text)
            got = deadline(shown[found.start("by") : min(end, found.end() + _LONGEST)])
            if got is None:
                continue
            read = got
        _keep(parts, outside, kind, text[last : found.start()])
        parts[name] = ""
        last, kind = (end, "what") if name == "by" else (found.end(), name)
    _keep(parts, outside, kind, text[last:])
    what = "".join(outside).strip()
    expect, otherwise = parts.get("expect", ""), parts.get("otherwise", "")
    return Clauses(what, expect, otherwise, read.moment, read.bad)


def _keep(parts: dict[str, str], outside: list[str], kind: str, piece: str) -> None:
    if kind == "what":
        outside.append(piece)
    else:
        parts[kind] = piece.strip()


def resolve_moment(
    moment: Moment, now: datetime, zone: tzinfo, *, direction: Literal["future", "past"]
) -> datetime | None:
    """The instant (UTC) a moment means, or None: not within 12 hours ahead or 24 hours back.

    A wall time that a clock change skips is read with the offset before the change; one that a
    change shows twice is the next (future) or the latest (past) of the two.
    """
    now = now.astimezone(UTC)
    least, most = (now, now + AHEAD) if direction == "future" else (now - BACK, now)
    if isinstance(moment, Minutes):
        ago = timedelta(minutes=moment.count)
        candidates = [now + ago if direction == "future" else now - ago]
    else:
        candidates = occurrences(moment, now, zone)
    fitting = [at for at in candidates if least <= at <= most]
    if not fitting:
        return None
    return min(fitting) if direction == "future" else max(fitting)


def occurrences(moment: WallTime, now: datetime, zone: tzinfo) -> list[datetime]:
    """The wall time yesterday, today and tomorrow; twice where a clock change shows it twice."""
    zone = UTC if moment.utc else zone
    here = now.astimezone(zone)
    found = []
    for days in (-1, 0, 1):
        day = (here + timedelta(days=days)).date()
        wall = datetime(day.year, day.month, day.day, moment.hour, moment.minute, tzinfo=zone)
        first = wall.astimezone(UTC)
        second = wall.replace(fold=1).astimezone(UTC)
        found += [first, second] if second > first else [first]
    return found
