"""The name of an incident's channel."""

import re
import unicodedata

NAME_MAX = 80  # docs.slack.dev/reference/methods/conversations.create
SLUG_MAX = 40
# Letters that have no parts to fall back on; what is not Latin leaves nothing.
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def channel_name(prefix: str, number: int, title: str) -> str:
    """`inc-0131-replication-db2`: lower case, ASCII, at most 80; no slug if nothing is left."""
    slug = slug_of(title)
    name = f"{prefix}-{number:04d}"
    return f"{name}-{slug}"[:NAME_MAX].rstrip("-") if slug else name


def slug_of(title: str) -> str:
    """The words of a title that a channel name can hold, whole words up to SLUG_MAX."""
    latin = unicodedata.normalize("NFKD", title.lower().translate(_LATIN))
    plain = "".join(char for char in latin if not unicodedata.combining(char))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) <= SLUG_MAX:
        return slug
    return slug[: SLUG_MAX + 1].rpartition("-")[0] or slug[:SLUG_MAX]


def next_name(name: str, attempt: int) -> str:
    """The name to try when `name` belongs to somebody else: `-2`, `-3`, …"""
    ending = f"-{attempt}"
    return name[: NAME_MAX - len(ending)].rstrip("-") + ending
