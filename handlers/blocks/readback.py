"""Asked of whoever said unknown, when somebody else says known: SPEC section 2, *Claims*."""

import re

from bot.incidents.model import Claim
from handlers.blocks.message import Message
from handlers.blocks.text import Names, actions, button, clock, name_of, one_line, section

KNOWN_NOW = "readback_known"
STILL_UNKNOWN = "readback_unknown"
SEPARATOR = "/"
SHOWN = 600
# After these, "nobody knows whether it is locked" is a sentence.
_FOLLOWS_KNOWS = re.compile(
    r"(?:whether|if|why|what|when|where|which|who|whose|how)(?!\w)", re.IGNORECASE
)


def question(incident: str, unknown: Claim, known: Claim, names: Names) -> Message:
    """Privately, to the one who said unknown: their words, the other's words, one press."""
    line = f"{_said(unknown)} {name_of(names, known.actor)} says: {_clause(known)}. Known now?"
    value = SEPARATOR.join((incident, str(unknown.number), str(known.number)))
    row = actions(
        "readback",
        button("Known now", KNOWN_NOW, value),
        button("Still not known", STILL_UNKNOWN, value),
    )
    return Message(line, (section(line), row))


def answered(unknown: Claim, *, known: bool) -> Message:
    """What the question shrinks to."""
    now = "known now" if known else "still not known"
    line = f"{_clause(unknown)}: {now}. The board shows it."
    return Message(line, (section(line),))


def _said(unknown: Claim) -> str:
    at = clock(unknown.at)
    if _FOLLOWS_KNOWS.match(unknown.text.strip()):
        return f"You said nobody knows {_clause(unknown)} ({at})."
    return f"You said this is not known ({at}): {_clause(unknown)}."


def _clause(claim: Claim) -> str:
    """Somebody's words as a part of our sentence, which brings the end."""
    return one_line(claim.text.strip().rstrip(" .?"), SHOWN) or "…"
