"""What follows `/incident`: a verb where it can be nothing else, or the title of an incident."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.incidents.grammar import Misspelt, Said, say
from bot.incidents.verbs import LOOKS, VERBS, IncidentVerb
from bot.incidents.words import (
    LONGEST_LABEL,
    MOST_WORDS,
    key,
    listed,
    near,
    severity_level,
    split_at_colon,
    visible,
)


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
_SELDOM_A_TITLE = frozenset(map(IncidentVerb, ("handover", "step_back", "catch_up")))
_WITH_NUMBERS = frozenset({IncidentVerb.MERGE, IncidentVerb.SPLIT, IncidentVerb.RELATE})
_WITH_NUMBER = frozenset(
    {IncidentVerb.SHOW, IncidentVerb.CATCH_UP, IncidentVerb.REOPEN, IncidentVerb.CLOSE}
)
_WITH_TEXT_INSIDE = frozenset(map(IncidentVerb, ("update", "find", "resolve", "reopen", "clock")))


def incident(text: str, *, inside: bool) -> IncidentCommand:
    """`/incident TEXT`: a verb that stands alone, has a colon or only what it takes; else a title.

    `inside`: typed in an incident's channel, where update, find, resolve and reopen take text and
    the everyday words work too.
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
    perhaps = _nearest_verb(text) or (_begun_with(text) if inside else None)
    return IncidentCommand(IncidentVerb.DECLARE, text, nearest=perhaps)


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
    for verb, tail in _beginnings(text):
        if tail and (found := _taking(verb, tail, inside=inside)):
            return found
    return None


def _beginnings(text: str) -> Iterator[tuple[IncidentVerb, str]]:
    """The verbs the text begins with, the longest first, each with what follows it."""
    ends = [found.end() for found in re.finditer(r"\S+", text[:LONGEST_LABEL])][:MOST_WORDS]
    for end in reversed(ends):
        if verb := VERBS.get(key(text[:end])):
            yield verb, text[end:].strip()


def _begun_with(text: str) -> IncidentVerb | None:
    """ "handover @bo", "step back please": likelier meant for this incident than a new title.

    "split brain" and "command line is slow" are titles.
    """
    for verb, tail in _beginnings(text):
        if verb in _SELDOM_A_TITLE or tail.startswith(("@", "<@")):
            return verb
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
