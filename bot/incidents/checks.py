"""Limits on what people type: refused with the limit named and the text given back."""

import re
import unicodedata

from bot.errors import Refusal
from bot.incidents.model import TEXT_MAX, TITLE_MAX

_INVISIBLE = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
# Letters and marks by category, and blank on every screen: Hangul fillers, the empty braille
# pattern, the grapheme joiner and the variation selectors.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f") | {chr(n) for n in range(0xFE00, 0xFE10)}

# Slack sends an emoji by its name, whose letters are no words.
_EMOJI = re.compile(r"(?<!\S)(?::[\w+'-]{1,80}:)+(?!\S)")


def visible(text: str) -> str:
    """The characters somebody can see: no blanks, controls, or zero-width characters."""
    return "".join(
        char for char in text if unicodedata.category(char) not in _INVISIBLE and char not in _BLANK
    )


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit of any script."""
    return any(unicodedata.category(char)[0] in "LN" for char in _EMOJI.sub("", text))


def check_title(text: str) -> str:
    """A title: words, one line, at most TITLE_MAX characters. Raises Refusal."""
    return _check_idea(" ".join(text.split()), "title", TITLE_MAX)


def check_hypothesis(text: str) -> str:
    """A thread's hypothesis: words, at most TEXT_MAX characters. Raises Refusal."""
    return _check_idea(text, "thread", TEXT_MAX)


def _check_idea(text: str, noun: str, limit: int) -> str:
    seen = visible(text)
    if not seen:
        raise Refusal(f"That {noun} has no text, so nothing changed. Say what the idea is.")
    if not has_words(text):
        raise Refusal(
            f"A {noun} needs words, so that everybody sees the same thing in it. Nothing changed.",
            given_back=text,
        )
    if len(seen) == 1 and seen.isascii():
        raise Refusal(f"One letter is short for a {noun}. Nothing changed.", given_back=text)
    return _check_length(text, limit)


def check_text(text: str) -> str:
    """What somebody says about something: visible, at most TEXT_MAX characters. Raises Refusal."""
    if not visible(text):
        raise Refusal("There is no text after that word, so nothing changed. Say what it is.")
    return _check_length(text, TEXT_MAX)


def check_reason(text: str) -> str:
    """Why a thread ended; may be empty. Raises Refusal."""
    return _check_length(text, TEXT_MAX) if visible(text) else ""


def _check_length(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Refusal(
            f"That is {len(text):,} characters; at most {limit:,} fit. Nothing changed.",
            given_back=text,
        )
    return text


def same_idea(one: str, other: str) -> bool:
    """Whether two hypotheses are the same words, case and punctuation aside."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        char if unicodedata.category(char)[0] in "LNM" else " " for char in plain
    ).split()
