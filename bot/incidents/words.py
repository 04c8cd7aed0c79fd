"""The words of the grammar as tables, and how one is recognised before a colon.

A word and everything that means it are one row. Nothing here knows about messages or commands; it
answers "is this ours?" and "was this meant to be ours?".
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from unicodedata import normalize

from bot.incidents.times import Deadline, Moment, label_end, timebox, when_at_end


class Word(StrEnum):
    """What a line can mean; the values are the record's entry kinds."""

    THREAD = "thread"
    FOR = "for"
    AGAINST = "against"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"
    NO_HELP = "no_help"
    SET_ASIDE = "set_aside"
    KNOWN = "known"
    UNKNOWN = "unknown"
    BELIEVE = "believe"
    SEEING = "seeing"
    CHANGED = "changed"
    DECIDED = "decided"
    CALLING = "calling"
    NOTE = "note"
    CONFUSED = "confused"
    ODD = "odd"
    IMPROVISED = "improvised"
    USED = "used"
    UNSAFE = "unsafe"
    NO_MORE = "no_more"
    TIMEBOX = "timebox"


ENDS = frozenset({Word.CONFIRMED, Word.RULED_OUT, Word.NO_HELP, Word.SET_ASIDE})
EVIDENCE_AND_ACTIONS = frozenset({Word.FOR, Word.AGAINST, Word.DOING, Word.DONE, Word.FAILED})


class Takes(Enum):
    """What may stand between a name and its colon, besides a time."""

    TITLE = "the number of a thread or words of its title"
    NUMBER = "the number of a thread"
    ORDINAL = "a number that only counts: 'Update 2:' is the second update, not thread 2"


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of a word."""

    word: Word
    takes: Takes


# One row a word: names that may carry a title · names that may carry a number · nouns people
# count with. Titles are for names nobody begins a sentence with by accident: "confirmed impact:"
# and "failed deploys:" are talk, and a thread must not end because of them.
_ROWS: tuple[tuple[Word, str, str, str], ...] = (
    (Word.THREAD, "", "thread, new thread", ""),
    (Word.FOR, "for, evidence for", "supports, supporting", ""),
    (Word.AGAINST, "against, evidence against", "", ""),
    (Word.DOING, "", "doing, trying, I'm doing, I'm trying", ""),
    (Word.DONE, "", "done, worked, it worked, that worked", ""),
    (Word.FAILED, "", "failed, it failed, that failed, didn't work, did not work", ""),
    (Word.CONFIRMED, "that's it", "confirmed, that is it, that was it", ""),
    (Word.RULED_OUT, "not it, ruled out, rule out", "ruling out", ""),
    (Word.NO_HELP, "no help", "tried no help, didn't help, did not help", ""),
    (Word.SET_ASIDE, "set aside", "parked, setting aside", ""),
    (Word.KNOWN, "", "known, we know", ""),
    (Word.UNKNOWN, "", "unknown, not known, we don't know, nobody knows", ""),
    (Word.BELIEVE, "", "we believe, believe, believed, I believe", ""),
    (Word.SEEING, "", "seeing, I'm seeing, we're seeing", "symptom, symptoms"),
    (Word.CHANGED, "", "changed", "change"),
    (Word.DECIDED, "", "decided, we decided", "decision"),
    (Word.CALLING, "", "calling, called", ""),
    (Word.NOTE, "", "note", "update"),
    (Word.CONFUSED, "", "confused, confusing, I'm confused", ""),
    (Word.ODD, "", "odd, that's odd", "puzzle"),
    (Word.IMPROVISED, "", "improvised, improvising", ""),
    (Word.USED, "", "used, control used", "knob"),
    (Word.UNSAFE, "", "unsafe", ""),
    (Word.NO_MORE, "", "no more, stop retry, stop retrying, stop retries", ""),
    (Word.TIMEBOX, "", "timebox, time box", ""),
)

_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
INVISIBLE_CLASS = _INVISIBLE
"""Zero-width and bidi control characters, for use inside a regular expression's brackets."""

_VANISH = str.maketrans(dict.fromkeys(_INVISIBLE, ""))
_FOLD = str.maketrans(
    dict.fromkeys(_INVISIBLE + "'’‘ʼ´′＇‛", "") | dict.fromkeys("-‐‑‒–—―−_,", " ")
)


def visible(text: str) -> str:
    """The text without its zero-width and bidi control characters, and trimmed."""
    return text.translate(_VANISH).strip()


def key(text: str) -> str:
    """The form in which spellings are compared: no case, apostrophes, hyphens or odd spaces."""
    return " ".join(normalize("NFKC", text.translate(_FOLD)).casefold().split())


def listed(names: str) -> frozenset[str]:
    """The names of a comma-separated list, as keys."""
    return frozenset(key(name) for name in names.split(",") if name.strip())


NAMES: dict[str, Name] = {
    spelling: Name(word, takes)
    for word, *columns in _ROWS
    for takes, names in zip(Takes, columns, strict=True)
    for spelling in listed(names)
}

_TINY, _SHORT, _MEDIUM = 3, 4, 6  # letters
_RANKS = ("critical", "critical", "major", "minor", "minor", "minor")  # sev0 to sev5
_RANK = re.compile(r"(?:sev(?:erity)? ?|p ?)(?P<rank>[0-5])")

# Talk that is a letter or two from a word of ours. Found by running the grammar over line starts
# of manuals, changelogs and chat; a name here is never nagged about.
_EVERYDAY = listed(
    """
    again, agenda, agents, and no more, any more, caching, ceiling, chained, chance, changes,
    changer, charged, closed, closes, closer, coming, confirm, confirms, confine, decides,
    decisions, divided, doings, dosing, during, dying, dong, fail, fails, failer, failure, filed,
    for me, form, found, how, hands off, know, knows, no helm, no here, no name, no one, no core,
    no move, none, note it, notes, noted, not in, not if, not is, not set, on it, one more,
    parsed, party, passed, patched, pared, parser, partner, packed, role out, roll out, rules,
    rolled out, rolling out, rule, seeding, seeking, seething, selling, set, set inside, send,
    sets aside, step, support, supported, supporter, symptomatic, thanks it, that bit, thats if,
    thats is, thats in, thread id, threads, threaded, thread, threat, tying, trying it, unsafely,
    unsaved, unused, update it, updated, updates, updater, user, users, worker, workers, works,
    words, world, workload, we believed, known by, knowing, callings, calling it, calls, callee,
    caller, failback, falling, failing, mailing, channel, channels, decode, decoder, decline,
    declined, defined, derived, division, chunked, consumed, that is, if failed
    """
)


def near(typed: str, names: Iterable[str]) -> str | None:
    """The name that a key was probably meant to be, or None: two letters off at most.

    Stricter for short names, because everyday English is dense there: up to four letters only a
    swap or a doubled letter counts ("fro", "notte", but not "fir", "node", "none"), up to six one
    letter, and the first letter must be among the first two of the name ("got it" is not "not it").
    """
    if typed in _EVERYDAY or not typed.replace(" ", "").isalpha():
        return None
    found = [(distance, name) for name in names if (distance := _slip(typed, name)) is not None]
    return min(found)[1] if found else None


def _slip(typed: str, name: str) -> int | None:
    """How many letters off, or None if that is too far for a slip of the finger."""
    letters = len(name.replace(" ", ""))
    tiny_word = any(len(part) < _TINY for part in name.split())  # "that's a" is not "that's it"
    most = 2 if letters > _MEDIUM and not tiny_word else 1
    if abs(len(typed) - len(name)) > most or typed[0] not in name[:2]:
        return None
    swapped = sorted(typed) == sorted(name)
    doubled = len(typed) > len(name) and set(typed) == set(name)
    if letters <= _SHORT and not (swapped or doubled):
        return None
    distance = _distance(typed, name)
    return distance if 0 < distance <= most else None


def _distance(one: str, other: str) -> int:
    """Damerau-Levenshtein (adjacent swaps count one); both strings are short."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        here = [row]
        for column, right in enumerate(other, 1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, above = above, here
    return above[-1]


# --- A word before its colon -------------------------------------------------------------------

LONGEST_LABEL = 120
"""Characters: the longest word, a title and a time; a colon beyond it is not ours."""
MOST_WORDS = 4
"""In one of our names."""

NUMBER = re.compile(
    r"(?P<said>thread\s*|no\.?\s*|number\s*)?(?P<hash>#\s?)?(?P<digits>\d{1,2})", re.IGNORECASE
)
_LEAD = re.compile(rf"[\s{INVISIBLE_CLASS}]*(?P<marks>[*_]{{0,3}})")
_TITLE = re.compile(r"(?:the\s+)?(?P<title>[\w#][\w#.'’+-]*(?: +[\w#.'’+-]+){0,3}?)(?:\s+thread)?")
# "for example:", "for now:", "against all odds:" name no thread.
_TITLE_STOPS = listed(
    """
    a, an, any, anybody, anyone, all, another, as, at, because, better, both, by, clarity,
    completeness, comparison, context, curious, debugging, details, each, every, everybody,
    everyone, everything, example, expectations, first, folks, followup, from, fun, further,
    future, good, he, her, here, him, his, history, i, if, in, info, information, instance, it,
    its, it's, just, last, later, least, lack, love, me, moment, more, most, my, next, no, not,
    nothing, now, of, on, once, one, others, our, people, policy, posterity, previous, real,
    record, reference, rest, retro, sake, second, security, several, she, simplicity, so, some,
    somebody, someone, something, starters, sure, team, that, them, these, they, this, those, time,
    today, tomorrow, tonight, too, transparency, try, ui, us, via, visibility, we, what, whatever,
    when, which, who, whoever, with, x, y, yesterday, you, your, advice, odds
    """
)
# "for row in rows:" is Python, "for details see:" prose.
_NEVER_IN_TITLE = listed("in, see, is, are, was, who, that, please")


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands between our word and its colon."""

    number: int | None = None
    explicit: bool = False  # "#2" and "thread 2" cannot be a count of something
    title: str = ""
    when: Moment | None = None
    by: Moment | None = None
    bad: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A name, as it was typed, and its tail."""

    name: Name
    typed: str
    tail: Tail


def split_at_colon(text: str) -> tuple[str, str] | None:
    """The label and what follows its colon; None if the first line has no colon of ours."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    line = text[start : start + LONGEST_LABEL].partition("\n")[0]
    end = label_end(line)
    if end is None:
        return None
    label, rest = line[: end[0]], text[start + end[1] :]
    return _unmarked(label, rest, lead["marks"]) if lead and lead["marks"] else (label, rest)


def _unmarked(label: str, rest: str, marks: str) -> tuple[str, str]:
    """`*against:* x`, `*against*: x` and `*against: x*`: the closing marks are not the text's."""
    closing = marks[::-1]
    if label.rstrip().endswith(closing):
        return label.rstrip().removesuffix(closing), rest
    if rest.startswith(closing):
        return label, rest.removeprefix(closing)
    return label, rest.rstrip().removesuffix(closing)


def read_label(label: str) -> Label | None:
    """The label as one of our names with a tail that it takes; the longest name wins."""
    return _longest(label, NAMES.get)


def near_label(label: str) -> Label | None:
    """The same for a name that is a letter or two off, unless a name was spelled right."""
    if _longest(label.split(maxsplit=1)[0] if label.strip() else "", NAMES.get):
        return None  # "against a target:" is no slip of "against"
    return _longest(label, lambda typed: NAMES.get(near(typed, NAMES) or ""))


def _longest(label: str, find: Callable[[str], Name | None]) -> Label | None:
    label = visible(label)
    ends = [found.end() for found in re.finditer(r"\S+", label)][:MOST_WORDS]
    for end in reversed(ends):
        name = find(key(label[:end]))
        tail = _tail(name, label[end:].strip()) if name else None
        if name and tail:
            return Label(name, label[:end], tail)
    return None


def _tail(name: Name, typed: str) -> Tail | None:
    """Read "2", "#2", "thread 2", "rollback", "40 min ago", "2 at 17:20"; None for other words."""
    if not typed:
        return Tail()
    if name.word is Word.THREAD:
        return None  # "thread 2: any news?" is talk
    if name.word is Word.TIMEBOX and not NUMBER.fullmatch(typed):
        box = timebox(typed)
        return Tail(by=box.by, bad=box.bad_by) if box.by or box.bad_by else None
    if name.takes is Takes.TITLE and key(typed) in _TITLE_STOPS:
        return None  # before times, because of "for now:"
    named, past = when_at_end(typed)
    past = past or Deadline(None)
    tail = _named(name, named) if named else Tail()
    return tail and replace(tail, when=past.moment, bad=past.bad)


def _named(name: Name, typed: str) -> Tail | None:
    number = NUMBER.fullmatch(typed)
    if number and int(number["digits"]):
        if name.takes is Takes.ORDINAL and not number["said"]:
            return Tail()
        explicit = bool(number["said"] or number["hash"])
        return Tail(number=int(number["digits"]), explicit=explicit)
    title = _TITLE.fullmatch(typed)
    if name.takes is not Takes.TITLE or title is None:
        return None
    first, *others = key(title["title"]).split() or [""]
    if first in _TITLE_STOPS or not _NEVER_IN_TITLE.isdisjoint(others):
        return None
    return Tail(title=title["title"])


def severity_level(typed: str) -> str | None:
    """ "critical", "sev1", "SEV-2", "p3" as critical, major or minor."""
    rank = _RANK.fullmatch(key(typed))
    if rank:
        return _RANKS[int(rank["rank"])]
    return key(typed) if key(typed) in _RANKS else None
