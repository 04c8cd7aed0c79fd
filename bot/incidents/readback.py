"""Unknown is not known because somebody else says so: whoever said it is asked. SPEC, *Claims*.

The source is an incident in which "unknown" was heard as "locked" (F6). A `known` that seems to
answer another person's `unknown` is read back to that person; until they say yes, the board reads
*unknown; Bo believes yes*.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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

    The one that shares most words, the latest of equals. One that was settled by its own writer,
    or that somebody was asked about already, is not asked about again.
    """
    if new.kind is not Kind.KNOWN:
        return None
    earlier = tuple(each for each in claims if each.number < new.number)
    asked = _read_back(settled(earlier, {}), new)
    return None if asked is None else asked.claim


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
    readings: tuple[Reading, ...] = ()
    for claim in sorted(claims, key=lambda each: each.number):
        learn = _known if claim.kind is Kind.KNOWN else _said_again
        readings = _confirmed(learn(readings, claim), confirmations)
    return readings


def _known(readings: tuple[Reading, ...], claim: Claim) -> tuple[Reading, ...]:
    """One's own unknowns are settled by it; of others' the nearest waits for its writer."""
    own = _answered(readings, claim, own=True)
    left = tuple(each for each in readings if each not in own)
    asked = _read_back(left, claim)
    if asked is not None:
        waiting = replace(asked, belief=claim, says=says(asked.claim, claim))
        return tuple(waiting if each is asked else each for each in left)
    waits = _answered(left, claim, own=False)
    return left if waits else _said_again(left, claim)


def _said_again(readings: tuple[Reading, ...], claim: Claim) -> tuple[Reading, ...]:
    """The same words take the place of those before; but nobody replaces another's unknown."""
    same = [each for each in readings if _fold(each.claim.text) == _fold(claim.text)]
    stays = [each for each in same if each.kind is Kind.UNKNOWN and each.claim.actor != claim.actor]
    if stays and claim.kind is Kind.UNKNOWN:
        return readings
    kept = tuple(each for each in readings if each not in same or each in stays)
    return (*kept, Reading(claim.kind, claim))


def _confirmed(
    readings: tuple[Reading, ...], confirmations: Mapping[int, bool]
) -> tuple[Reading, ...]:
    """A belief that the unknown's writer confirmed is known."""
    return tuple(
        Reading(Kind.KNOWN, each.belief)
        if each.belief is not None and confirmations.get(each.claim.number)
        else each
        for each in readings
    )


def _read_back(readings: tuple[Reading, ...], claim: Claim) -> Reading | None:
    """The unknown to ask about: another's, and nobody's belief waits there yet."""
    free = [each for each in _answered(readings, claim, own=False) if each.belief is None]
    return max(free, key=lambda each: (_shared(each.claim, claim), each.claim.number), default=None)


def _answered(readings: tuple[Reading, ...], claim: Claim, *, own: bool) -> tuple[Reading, ...]:
    """The standing unknowns that a known answers: one's own, or those of others."""
    return tuple(
        each
        for each in readings
        if each.kind is Kind.UNKNOWN
        and (each.claim.actor == claim.actor) is own
        and answers(each.claim, claim)
    )


def says(unknown: Claim, belief: Claim) -> Says | None:
    """Yes or no, where the unknown asks for that ("whether it is locked"); else None."""
    first = _FIRST.search(_plain(unknown.text))
    if first is None or first.group() not in _ASKS.split():
        return None
    denied = _negated(unknown) != _negated(belief)
    return Says.NO if denied else Says.YES


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
