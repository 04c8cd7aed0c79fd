"""Where in a study file a key stands: the TOML reader of Python keeps no lines."""

import re
from collections.abc import Iterator

from bot.sampling.protocol_rules import Place

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"\s*([\w\-]+)\s*=")
_LONG = re.compile(r'"""|\'\'\'')


def line_of(text: str, at: Place) -> int | None:
    """The line, from 1, of a key, or else of the table that it is in, or of the first of many.

    None where there is none.
    """
    found = None
    for line, table, key in _places(text):
        shared = min(len(at), len(table))
        if at[:shared] != table[:shared]:
            continue
        if key is None:
            found = found or line
        elif at[len(table) : len(table) + 1] == (key,):
            return line
    return found


def _places(text: str) -> Iterator[tuple[int, Place, str | None]]:
    """Each header and each key: its line, the table it is in, and the key."""
    table: Place = ()
    counts: dict[str, int] = {}
    in_long = False
    for line, said in enumerate(text.splitlines(), 1):
        was_long, in_long = in_long, in_long ^ (len(_LONG.findall(said)) % 2 == 1)
        if was_long:
            continue
        if header := _HEADER.fullmatch(said):
            table = _table(header[2], counts, many=header[1] == "[[")
            yield line, table, None
        elif key := _KEY.match(said):
            yield line, table, key[1]


def _table(name: str, counts: dict[str, int], *, many: bool) -> Place:
    parts: Place = tuple(name.split("."))
    if not many:
        return parts
    counts[name] = counts.get(name, -1) + 1
    return (*parts, counts[name])
