"""One grammar, three ways in: what a message, `/thread`, `/log` or `/incident` means.

Pure functions from text to one meaning; nothing here knows the time or the threads there are. The
rules are those of screens.md section 1. Where a rule is about telling our words from talk, talk
wins in messages (`say`), and nothing typed is lost in commands.
"""

import re
from dataclasses import dataclass, replace

from bot.incidents.times import (
    Clauses,
    Minutes,
    Moment,
    WallTime,
    clauses,
    resolve_moment,
    timebox,
    when_at_end,
)
from bot.incidents.words import (
    ENDS,
    EVIDENCE_AND_ACTIONS,
    INVISIBLE_CLASS,
    LONGEST_LABEL,
    NUMBER,
    Label,
    Tail,
    Word,
    key,
    near_label,
    read_label,
    split_at_colon,
    visible,
)

__all__ = [
    "End",
    "Minutes",
    "Misspelt",
    "Moment",
    "Said",
    "Show",
    "Take",
    "WallTime",
    "Word",
    "log",
    "resolve_moment",
    "say",
    "spoken",
    "threads",
]


@dataclass(frozen=True, slots=True)
class Said:
    """One of our words and what was said with it.

    `text` is as typed, clauses included, without our word. The thread is named by `number` or by
    `title` (words of it); a title that no thread has means that a message was ordinary talk, and
    that `/thread` got a new hypothesis. `when` is in the past, `by` in the future. `what` is the
    action or the hypothesis without clauses. `bad_by` looks like a time and is none.
    """

    word: Word
    text: str
    number: int | None = None
    title: str = ""
    when: Moment | None = None
    what: str = ""
    expect: str = ""
    otherwise: str = ""
    by: Moment | None = None
    bad_by: str = ""


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A word before a colon that is nearly ours; `meant` is what it would have been."""

    typed: str
    nearest: Word
    rest: str
    meant: Said


@dataclass(frozen=True, slots=True)
class Show:
    """A bare command: the state with buttons, one thread, or (for `/log`) the form."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """ "I'm on 2"."""

    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """ "end 2": which of the four ways was not said, so it must be asked."""

    number: int
    text: str = ""


ThreadCommand = Show | Take | End | Said | Misspelt
LogCommand = Show | Said | Misspelt


# --- Messages, /thread, /log -------------------------------------------------------------------

_PASTED = re.compile(rf"[\s{INVISIBLE_CLASS}]*(?:`|>|&gt;)")


def say(text: str) -> Said | Misspelt | None:
    """What a message in the incident's channel or threads records; None is ordinary talk."""
    return None if _PASTED.match(text) else _read(text, command=False)


def threads(text: str) -> ThreadCommand:
    """`/thread TEXT`: bare it shows, a verb needs a colon or a number, all else is a hypothesis."""
    if key(visible(text)) in {"", "thread", "threads"}:
        return Show()
    numbered = _on_number(text)
    return numbered or _read(text, command=True) or _said(Word.THREAD, text.strip(), Tail())


def log(text: str) -> LogCommand:
    """`/log TEXT`: our words with a colon, a time and a colon, or a plain note; bare, the form."""
    if not visible(text):
        return Show()
    return _read(text, command=True) or _dated_note(text) or Said(Word.NOTE, text.strip())


def spoken(word: Word, text: str, number: int | None = None) -> Said:
    """What a button says for somebody: the word is known, the text is theirs."""
    return _said(word, text, Tail(number=number))


def _read(text: str, *, command: bool) -> Said | Misspelt | None:
    split = split_at_colon(text)
    if split is None:
        return _without_colon(text, command=command)
    label, rest = split
    if exact := read_label(label):
        return _said(exact.name.word, rest.strip(), exact.tail)
    if slip := near_label(label):
        return _misspelt(slip, rest.strip())
    return None


def _misspelt(slip: Label, rest: str) -> Misspelt:
    return Misspelt(slip.typed, slip.name.word, rest, _said(slip.name.word, rest, slip.tail))


def _said(word: Word, text: str, tail: Tail) -> Said:
    parts = _clauses(word, text)
    by, bad_by = tail.by or parts.by, tail.bad or parts.bad_by
    said = Said(word, text, tail.number, tail.title, tail.when, by=by, bad_by=bad_by)
    return replace(said, what=parts.what, expect=parts.expect, otherwise=parts.otherwise)


def _clauses(word: Word, text: str) -> Clauses:
    if word is Word.DOING:
        return clauses(text)
    if word is Word.THREAD:
        return clauses(text, only_by=True)
    return timebox(text) if word is Word.TIMEBOX else Clauses("")


_BECAUSE = re.compile(r"\s*[,;]\s|\s+[-–—]+\s+|\s+because\s+", re.IGNORECASE)


def _without_colon(text: str, *, command: bool) -> Said | Misspelt | None:
    """ "rule out 2" alone on its line; in commands also "for 2", "set aside 3, reason"."""
    line, _, below = text.lstrip().partition("\n")
    cut = _BECAUSE.search(line, 0, LONGEST_LABEL) if command else None
    typed, reason = (line[: cut.start()], line[cut.end() :]) if cut else (line, "")
    if len(typed) > LONGEST_LABEL:
        return None
    typed, said = visible(typed).strip("*_ ").rstrip(".! "), (reason + "\n" + below).strip()
    exact = read_label(typed)
    if exact and _stands_alone(exact, command=command, reason=reason):
        return _said(exact.name.word, said, exact.tail)
    slip = near_label(typed) if command and not exact else None
    if slip and slip.name.word in ENDS and slip.tail.number:
        return _misspelt(slip, said)
    return None


def _stands_alone(label: Label, *, command: bool, reason: str) -> bool:
    """Whether a word and a number mean something without a colon.

    In messages only what cannot be an answer to "how many?": "rule out 2", "set aside #3", but not
    "confirmed 3".
    """
    word, tail = label.name.word, label.tail
    if word is Word.TIMEBOX:
        return command and not reason and bool(tail.by or tail.bad)
    if tail.number is None:
        return False
    if word in ENDS:
        return command or tail.explicit or key(label.typed) in {"rule out", "ruled out"}
    return command and not reason and word in EVIDENCE_AND_ACTIONS


_ON_NUMBER = re.compile(
    rf"(?:(?P<take>i\s?am on|im on|on|take)|(?P<end>end)|(?P<show>show))?\s*{NUMBER.pattern}",
    re.IGNORECASE,
)


def _on_number(text: str) -> Show | Take | End | None:
    """ "2", "I'm on 2", "take 2: checking", "end 2": verbs that only `/thread` knows."""
    label, rest = split_at_colon(text) or (text.strip(), "")
    found = _ON_NUMBER.fullmatch(key(label).rstrip(" .!")) if len(label) <= LONGEST_LABEL else None
    if found is None or not int(found["digits"]):
        return None
    number, said = int(found["digits"]), rest.strip()
    if found["take"] or found["end"]:
        return Take(number, said) if found["take"] else End(number, said)
    return None if said else Show(number)


def _dated_note(text: str) -> Said | None:
    """ "/log 40 min ago: db1 restarted" is a note with a time."""
    label, rest = split_at_colon(text) or ("", "")
    before, past = when_at_end(visible(label))
    if before or past is None:
        return None
    return Said(Word.NOTE, rest.strip(), when=past.moment, bad_by=past.bad)
