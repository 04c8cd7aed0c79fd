"""The consent text as a volunteer reads it: its placeholders filled, its two buttons apart."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Refusal
from bot.sampling.model import Protocol
from bot.sampling.protocol_rules import missing_legal

UNLINK_DAYS = 30  # after the end of a study, the tie between names and code names is destroyed
YES, NO = "I take part", "No, thanks"

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
          "twelve")  # fmt: skip
_ONE = rf"\b(\d+|{'|'.join(_WORDS)})\b"
_COUNT = re.compile(rf"(up to |at most )?{_ONE}(?:(?: to | or |\s?[-–]\s?){_ONE})?", re.IGNORECASE)
_DAILY = re.compile(r"\b(?:a|per|each|every) day\b|\bdaily\b", re.IGNORECASE)
_BUTTONS = re.compile(r"\n\s*\[([^\[\]\n]+)\]\s*\[([^\[\]\n]+)\]\s*\Z")


@dataclass(frozen=True, slots=True)
class Consent:
    """What is shown, in Markdown with ** for bold, and what the two buttons say.

    digest: SHA-256, in hex, of the text as it was shown; kept with a volunteer's agreement.
    """

    text: str
    yes: str
    no: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def consent_of(protocol: Protocol, readers: Sequence[str], backup_days: int) -> Consent:
    """Fill the text in. readers: who reads answers, as they are to be named; at least one.

    Refuses while [legal] is not filled, for then it would promise nothing to nobody.
    """
    if missing := missing_legal(protocol.legal):
        raise Refusal(f"The study's [legal] section lacks {', '.join(missing)}.")
    if not readers:
        raise Refusal("The consent text names those who read answers: give at least one.")
    legal = protocol.legal
    filled = {
        "readers": together(readers),
        "operator": legal.operator,
        "backup_days": str(backup_days),
        "unlink_days": str(UNLINK_DAYS),
        "delete_on": legal.delete_on,
        "support": legal.support,
        "controller": legal.controller,
        "contact": legal.contact,
        "legal_basis": legal.legal_basis,
        "notice_url": legal.notice_url,
    }
    body, yes, no = _apart(protocol.consent)
    # All at once, so that a filled-in value is never taken for a placeholder.
    text = re.sub(r"\{(\w+)\}", lambda found: filled[found[1]], body)
    return Consent(text, yes, no)


@dataclass(frozen=True, slots=True)
class Daily:
    """How often a day the consent text says that people are asked. least: None of "up to four"."""

    said: str
    least: int | None
    most: int

    def is_of(self, least: int, most: int) -> bool:
        """Whether that is from `least` to `most`."""
        return self.most == most and self.least in {None, least}


def daily_of(consent: str) -> Daily | None:
    """The last number, or two, before "a day" in the first sentence that has both."""
    for sentence in re.split(r"[.!?\n]", consent):
        daily = _DAILY.search(sentence)
        counts = [*_COUNT.finditer(sentence, 0, daily.start())] if daily else []
        if counts:
            limit, first, second = counts[-1].groups()
            least = None if limit else _integer(first)
            return Daily(counts[-1][0], least, _integer(second or first))
    return None


def stands_in(number: int, consent: str) -> bool:
    """Whether the text has that number, in digits or, up to twelve, as an English word."""
    return number in {_integer(each[0]) for each in re.finditer(_ONE, consent, re.IGNORECASE)}


def _integer(said: str) -> int:
    return int(said) if said.isdigit() else _WORDS.index(said.lower()) + 1


def together(names: Sequence[str]) -> str:
    """ "Ada", "Ada and Bo", "Ada, Bo and Cy"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _apart(consent: str) -> tuple[str, str, str]:
    """The text, and the labels of a last line such as "[ I take part ]  [ No, thanks ]"."""
    found = _BUTTONS.search(consent)
    if found is None:
        return consent, YES, NO
    return consent[: found.start()].rstrip(), found[1].strip(), found[2].strip()
