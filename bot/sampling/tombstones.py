"""Who was erased, kept outside the database and every backup of it: hashes, one a line.

A backup from before an erasure brings the erased back. This file says whom to erase again, and says
nothing else: its hashes are made with the operator's key.
"""

import os
import re
from collections.abc import Collection
from pathlib import Path

from bot.errors import ParallaxError

# Its owner's alone, as a backup is.
PRIVATE = 0o600
LINE, PART = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{1,64}")


class WrongTombstones(ParallaxError):
    """The file cannot be read or written, or is something else; says which."""


class Tombstones:
    """The file, only ever added to. Without a path nothing is kept, as in a demonstration."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> frozenset[str]:
        """All hashes; none where there is no file. Raises WrongTombstones."""
        if self._path is None:
            return frozenset()
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return frozenset()
        except (OSError, UnicodeDecodeError) as error:
            raise WrongTombstones(f"{self._path} cannot be read: {_why(error)}") from error
        lines = [each for each in text.splitlines() if each]
        # A line that a crash cut short was written again below.
        if any(PART.fullmatch(each) is None for each in lines):
            raise WrongTombstones(f"{self._path} is no list of tombstones; it holds other lines")
        return frozenset(each for each in lines if LINE.fullmatch(each))

    def add(self, stones: Collection[str]) -> int:
        """Write what is not there yet, to the disk; how many. Raises WrongTombstones."""
        new = sorted(frozenset(stones) - self.read())
        if not new or self._path is None:
            return 0
        flags = os.O_CREAT | os.O_APPEND | os.O_RDWR
        try:
            handle = os.open(self._path, flags, PRIVATE)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                # After a line that was cut short a new one begins.
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - 1, 0))
                begins = b"" if file.read(1) in {b"", b"\n"} else b"\n"
                file.write(begins + "".join(f"{each}\n" for each in new).encode("ascii"))
                os.fsync(file.fileno())
        except OSError as error:
            raise WrongTombstones(f"{self._path} cannot be written: {_why(error)}") from error
        return len(new)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not text"
