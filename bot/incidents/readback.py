"""Unknown is not known because somebody else says so: whoever said it is asked. SPEC, *Claims*.

The source is an incident in which "unknown" was heard as "locked" (F6). A `known` that seems to
answer another person's `unknown` is read back to that person; until they say yes, the board reads
*unknown; Bo believes yes*.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from unicodedata import normalize

from bot.incidents.model import Claim, Kind
from bot.incidents.similar import content_words

_ASKS = "whether if is are was were has have had did does do can could will would should"
_NEGATIONS = (
    "no not never none nothing nobody cannot n't isn't aren't wasn't weren't hasn't haven't hadn't "
    "didn't doesn't don't can't couldn't won't wouldn't without neither nor"
)
_STOP = frozenset(
    f"{_ASKS} {_NEGATIONS} a an and as at be because been being but by for from how i in into it "
    "it's its may might my of off on or our so still that the their then there they this to up "
    "we what when where which who why with yes you your yet now already really actually".split()
)
_STEMS_FROM = 5
_OR_NOT = re.compile(r"(?<![\w'])or\s+not(?![\w'])")
_FIRST = re.compile(r"[\w']+")
_NEGATED = re.compile(rf"(?<![\w'])(?:{'|'.join(_NEGATIONS.split())})(?![\w'])|n't(?!\w)")


class Says(StrEnum):
    """How a belief answers a question that can be answered so."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of what is known, as the board reads it.

    kind: UNKNOWN stays unknown while `belief` waits for its readback. says: where the unknown was
    a yes-or-no question; otherwise the belief's own words are shown.
    """

    kind: Kind
    claim: Claim
    belief: Claim | None = None
    says: Says | None = None


def contradicts(claims: tuple[Claim, ...], new: Claim) -> Claim | None:
    """The `unknown` of another person that a new `known` seems to answer, or None.

    The one that shares most words, the latest of equals. One that was answered before, by its own
    writer or by somebody who was read back, is not asked about again.
    """
    if new.kind is not Kind.KNOWN:
        return None
    earlier = [each for each in claims if each.number < new.number]
    asked = [each for each in _unanswered(earlier) if each.actor != new.actor]
    alike = [(_shared(each, new), each.number, each) for each in asked if answers(each, new)]
    return max(alike, key=lambda one: one[:2])[2] if alike else None


def answers(unknown: Claim, known: Claim) -> bool:
    """Whether a `known` is about the same thing: all words of the shorter, or most of the unknown.

    Yes and no are the same thing said two ways, so negations are left out.
    """
    asked, told = _words(unknown.text), _words(known.text)
    shared = len(asked & told)
    if not shared:
        return False
    return shared == min(len(asked), len(told)) or (shared > 1 and 2 * shared >= len(asked))


def settled(claims: tuple[Claim, ...], confirmations: Mapping[int, bool]) -> tuple[Reading, ...]:
    """What the board reads, in the order it was said; the same words again take the last place.

    confirmations: by the number of an unknown, what its writer said when read back: True if it is
    known now, False if it still is not.
    """
    readings: list[Reading] = []
    for claim in sorted(claims, key=lambda each: each.number):
        asked = _asked_about([each.claim for each in readings], claim)
        if asked is None:
            readings = _said_again(readings, claim)
        elif asked.actor == claim.actor or confirmations.get(asked.number):
            kept = [each for each in readings if each.claim.number != asked.number]
            readings = [*kept, Reading(Kind.KNOWN, claim)]
        else:
            readings = [_believed(each, asked, claim) for each in readings]
    return tuple(readings)


def _said_again(readings: list[Reading], claim: Claim) -> list[Reading]:
    """The same words take the place of those before; a belief that waits for its answer stays."""
    same = [each for each in readings if _fold(each.claim.text) == _fold(claim.text)]
    kept = [each for each in readings if each not in same]
    last = same[-1] if same else None
    if last is None or last.belief is None or claim.kind is not Kind.UNKNOWN:
        return [*kept, Reading(claim.kind, claim)]
    return [*kept, Reading(claim.kind, claim, last.belief, last.says)]


def says(unknown: Claim, belief: Claim) -> Says | None:
    """Yes or no, where the unknown asks for that ("whether it is locked"); else None."""
    first = _FIRST.search(_plain(unknown.text))
    if first is None or first.group() not in _ASKS.split():
        return None
    denied = _negated(unknown) != _negated(belief)
    return Says.NO if denied else Says.YES


def _believed(reading: Reading, asked: Claim, belief: Claim) -> Reading:
    if reading.claim.number != asked.number:
        return reading
    return Reading(Kind.UNKNOWN, asked, belief, says(asked, belief))


def _asked_about(before: list[Claim], claim: Claim) -> Claim | None:
    """The standing unknown that a known answers, its own writer's too."""
    if claim.kind is not Kind.KNOWN:
        return None
    fitting = [each for each in before if each.kind is Kind.UNKNOWN and answers(each, claim)]
    return max(fitting, key=lambda each: (_shared(each, claim), each.number), default=None)


def _unanswered(claims: list[Claim]) -> list[Claim]:
    answered = {
        asked.number
        for place, claim in enumerate(claims)
        if (asked := _asked_about(claims[:place], claim)) is not None
    }
    unknown = [each for each in claims if each.kind is Kind.UNKNOWN]
    return [each for each in unknown if each.number not in answered]


def _shared(one: Claim, other: Claim) -> int:
    return len(_words(one.text) & _words(other.text))


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    """Content words by their stems: "locked", "locks" and "lock" are one."""
    return frozenset(_stem(each) for each in content_words(text, _STOP) if not each.endswith("n't"))


def _stem(word: str) -> str:
    ends = [
        end for end in ("ing", "ed", "es", "e") if word.endswith(end) and len(word) >= _STEMS_FROM
    ]
    return word.removesuffix(ends[0]) if ends else word


def _negated(claim: Claim) -> bool:
    return bool(_NEGATED.search(_OR_NOT.sub("", _plain(claim.text))))


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold().replace("’", "'")


def _fold(text: str) -> str:
    return " ".join(_plain(text).split())
