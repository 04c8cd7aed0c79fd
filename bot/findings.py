"""What a check found, and what mends it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing to do
    WARNING = "warning"  # it works, and will not for long or not always
    WRONG = "wrong"  # it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, in a line; `mend` says what to do, empty if nothing.

    Never holds a token or a password.
    """

    check: str
    level: Level
    found: str
    mend: str = ""
