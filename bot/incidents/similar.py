"""Whether an incident that is being declared is open already: offered, never decided.

"A similar open incident is offered first (*Join it / No, a new one*)", SPEC section 2. A wrong
offer costs somebody a press at the worst moment, so this errs on the side of silence.
"""

import re
from collections.abc import Collection, Iterable
from unicodedata import normalize

from bot.errors import Offer, Refusal
from bot.incidents.choose import short
from bot.incidents.model import Incident, IncidentState

LIKENESS = 0.5
_WORD = re.compile(r"[^\W_](?:[\w'’]*[^\W_])?")
_STOP_WORDS = (
    "a an and are as at be been but by can could did do does for from had has have how i if in "
    "into is it its may me more my no not of off on or our out over so some that the their them "
    "then there they this to too up very was we were what when where which while who why will "
    "with would you your"
)
_STOP = frozenset(_STOP_WORDS.split())
# What titles of incidents are full of; they tell none from another.
_GENERAL_WORDS = (
    "alert alerting broken customer degraded down error fail failed failing failure high incident "
    "issue low outage page problem prod production severe slow slowness stopped unavailable user"
)
_GENERAL = frozenset(_GENERAL_WORDS.split())
_PLURAL_FROM = 4


def content_words(text: str, stop: Collection[str] = _STOP) -> frozenset[str]:
    """The words that carry the meaning, folded: case, width and plural aside."""
    words = _WORD.findall(normalize("NFKC", text).casefold().replace("’", "'"))
    return frozenset(_singular(each) for each in words if each not in stop)


def _singular(word: str) -> str:
    plural = (
        len(word) >= _PLURAL_FROM and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    )
    return word[:-1] if plural else word


def similar(
    title: str, incidents: Iterable[Incident], member_of: Collection[str] = ()
) -> Incident | None:
    """The open incident whose title is most alike; of equals the newest.

    member_of: ids of the private incidents whose channel the person is in; others do not exist
    for them.
    """
    seen = [each for each in incidents if _offered(each, member_of)]
    alike = [(likeness(title, each.title), each.number, each) for each in seen]
    best = max(alike, key=lambda one: one[:2], default=None)
    return best[2] if best and best[0] >= LIKENESS else None


def likeness(one: str, other: str) -> float:
    """How much two titles share, 0 to 1; 0 where it is one word of many, or another host."""
    mine, theirs = (content_words(each) - _GENERAL for each in (one, other))
    shared = mine & theirs
    if not shared or (len(shared) == 1 and mine != theirs) or _elsewhere(mine, theirs):
        return 0.0
    return len(shared) / len(mine | theirs)


def ask(incident: Incident, title: str, *, private: bool = False) -> Refusal:
    """The question that is asked before another is declared; it keeps the title."""
    return Refusal(
        f"Incident {incident.number} is open and sounds like it: '{short(incident.title)}'. "
        "Is it that one? Nothing is declared yet.",
        given_back=title,
        offers=(
            Offer("Join it", "join", title, incident=incident.id),
            Offer("No, a new one", "declare private" if private else "declare", title, again=True),
        ),
    )


def _offered(incident: Incident, member_of: Collection[str]) -> bool:
    visible = not incident.private or incident.id in member_of
    return visible and incident.state is IncidentState.OPEN


def _elsewhere(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """ "db1 is full" and "db2 is full" share a word and are two incidents."""
    named = [{word for word in words if any(map(str.isdigit, word))} for words in (mine, theirs)]
    return bool(named[0]) and bool(named[1]) and not named[0] & named[1]
