"""One grammar, three ways in: what a message, `/thread`, `/log` or `/incident` means.

Pure functions from text to one meaning; nothing here knows the time or the threads there are. The
rules are those of screens.md section 1. Where a rule is about telling our words from talk, talk
wins in messages (`say`), and nothing typed is lost in commands.
"""

import re
from collections.abc import Callable
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
from bot.incidents.verbs import LOOKS, VERBS, IncidentVerb
from bot.incidents.words import (
    ENDS,
    EVIDENCE_AND_ACTIONS,
    INVISIBLE_CLASS,
    LONGEST_LABEL,
    MOST_WORDS,
    NUMBER,
    Label,
    Tail,
    Word,
    key,
    listed,
    near,
    near_label,
    read_label,
    severity_level,
    split_at_colon,
    visible,
)

__all__ = [
    "End",
    "IncidentCommand",
    "IncidentVerb",
    "Minutes",
    "Misspelt",
    "Moment",
    "Said",
    "Show",
    "Take",
    "WallTime",
    "Word",
    "incident",
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


@dataclass(frozen=True, slots=True)
class IncidentCommand:
    """What `/incident` was asked to do.

    `numbers` are the threads or incidents named, `number` the first of them; `level` is critical,
    major or minor. With SAY, `said` is an everyday word typed after `/incident`. With DECLARE,
    `nearest` is the verb that the title may have been meant to be ("reslove").
    """

    verb: IncidentVerb
    text: str = ""
    number: int | None = None
    numbers: tuple[int, ...] = ()
    level: str | None = None
    private: bool = False
    said: Said | Misspelt | None = None
    nearest: IncidentVerb | None = None


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


# --- /incident ---------------------------------------------------------------------------------

_INCIDENT_NUMBER = re.compile(
    r"#?(?:(?:inc|incident)[- ]?#?0*(?P<named>\d{1,6})(?:-[\w-]*)?|0*(?P<bare>\d{1,6}))",
    re.IGNORECASE,
)
_JOINERS = listed("and, &, +, with, into, to, from, of, thread, threads, inc, incident")
# A dash counts too: without its colon "private — TEXT" would tell the world, for good.
_PRIVATE = re.compile(r"private(?:\s+incident)?(?:\s*[:：—,;]|\s+[-–]+(?=\s)|\s*$)", re.IGNORECASE)
_OPTIONS = {
    IncidentVerb.QUIET: frozenset({"on", "off"}),
    IncidentVerb.LIST: frozenset({"all", "open", "closed", "resolved", "mine", "improvised"}),
}
_WITH_NUMBERS = frozenset({IncidentVerb.MERGE, IncidentVerb.SPLIT, IncidentVerb.RELATE})
_WITH_NUMBER = frozenset(
    {IncidentVerb.SHOW, IncidentVerb.CATCH_UP, IncidentVerb.REOPEN, IncidentVerb.CLOSE}
)
_WITH_TEXT_INSIDE = frozenset(map(IncidentVerb, ("update", "find", "resolve", "clock")))


def incident(text: str, *, inside: bool) -> IncidentCommand:
    """`/incident TEXT`: a verb that stands alone, has a colon or only what it takes; else a title.

    `inside`: typed in an incident's channel, where update, find and resolve take text and the
    everyday words work too.
    """
    text = text.strip()
    if not visible(text):
        return IncidentCommand(IncidentVerb.SHOW)
    found = _private(text) or _alone(text) or _with_colon(text) or _followed(text, inside=inside)
    if found:
        return found
    # In talk "changes: none today" is nothing to us; behind the command it was meant for us.
    spoken = re.sub(r"(?i)^changes\s*:", "changed:", text)
    if inside and (said := say(spoken)):
        return IncidentCommand(IncidentVerb.SAY, spoken, said=said)
    return IncidentCommand(IncidentVerb.DECLARE, text, nearest=_nearest_verb(text))


def _alone(text: str) -> IncidentCommand | None:
    if len(text) > LONGEST_LABEL:
        return None
    typed = key(text)
    if typed in VERBS:
        return IncidentCommand(VERBS[typed])
    if level := severity_level(typed):
        return IncidentCommand(IncidentVerb.SEVERITY, level=level)
    named = _INCIDENT_NUMBER.fullmatch(visible(text))
    return _numbered(IncidentVerb.SHOW, text) if named and named["named"] else None


def _with_colon(text: str) -> IncidentCommand | None:
    label, rest = split_at_colon(text) or ("", "")
    verb, rest = VERBS.get(key(label)), rest.strip()
    if verb is None or (verb in LOOKS and rest):  # "symptoms: 500s" says something
        return None
    found = _taking(verb, rest, inside=True) if rest else None
    return found or IncidentCommand(verb, rest)


def _followed(text: str, *, inside: bool) -> IncidentCommand | None:
    """A verb and, without a colon, only what it takes; the longest verb wins."""
    ends = [found.end() for found in re.finditer(r"\S+", text[:LONGEST_LABEL])][:MOST_WORDS]
    for end in reversed(ends):
        verb = VERBS.get(key(text[:end]))
        tail = text[end:].strip()
        if verb and tail and (found := _taking(verb, tail, inside=inside)):
            return found
    return None


def _taking(verb: IncidentVerb, tail: str, *, inside: bool) -> IncidentCommand | None:
    """The verb with what follows it, if that is what it takes."""
    take = _TAKING.get(verb)
    found = take(verb, tail) if take else None
    # A workspace names its severities as it likes, so one word may be a level of its own.
    own_level = verb is IncidentVerb.SEVERITY and len(tail.split()) == 1
    if found is None and inside and (verb in _WITH_TEXT_INSIDE or own_level):
        return IncidentCommand(verb, tail)
    return found


def _private(text: str) -> IncidentCommand | None:
    found = _PRIVATE.match(text)
    if found is None:
        return None
    return IncidentCommand(IncidentVerb.DECLARE, text[found.end() :].strip(), private=True)


def _declared(verb: IncidentVerb, tail: str) -> IncidentCommand:
    return _private(tail) or IncidentCommand(verb, tail)


def _numbered(verb: IncidentVerb, tail: str) -> IncidentCommand | None:
    """Only numbers and the small words between them: "131", "#131 into inc-0130-db"."""
    numbers = []
    for token in visible(tail).replace(",", " ").split():
        found = _INCIDENT_NUMBER.fullmatch(token)
        if found:
            numbers.append(int(found["named"] or found["bare"]))
        elif key(token) not in _JOINERS:
            return None
    if not numbers or (verb in _WITH_NUMBER and len(numbers) > 1):
        return None
    return IncidentCommand(verb, tail, number=numbers[0], numbers=tuple(numbers))


def _severity(verb: IncidentVerb, tail: str) -> IncidentCommand | None:
    typed = re.sub(r"^(?:to|is|=|->|→)\s*", "", key(tail))
    level = severity_level(typed) or severity_level("sev" + typed)
    return IncidentCommand(verb, level=level) if level else None


def _option(verb: IncidentVerb, tail: str) -> IncidentCommand | None:
    return IncidentCommand(verb, key(tail)) if key(tail) in _OPTIONS[verb] else None


def _help(_: IncidentVerb, tail: str) -> IncidentCommand | None:
    return IncidentCommand(IncidentVerb.HELP_PRIVACY) if key(tail) == "privacy" else None


_TAKING: dict[IncidentVerb, Callable[[IncidentVerb, str], IncidentCommand | None]] = {
    IncidentVerb.DECLARE: _declared,
    IncidentVerb.SEVERITY: _severity,
    IncidentVerb.HELP: _help,
    **dict.fromkeys(_OPTIONS, _option),
    **dict.fromkeys(_WITH_NUMBERS | _WITH_NUMBER, _numbered),
}


def _nearest_verb(text: str) -> IncidentVerb | None:
    """The verb a title may have been meant to be: the whole of it, or what precedes its colon."""
    label = (split_at_colon(text) or (text, ""))[0]
    nearest = near(key(label), VERBS) if len(label) <= LONGEST_LABEL else None
    return VERBS[nearest] if nearest else None
