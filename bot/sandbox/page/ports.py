"""What the page needs of whoever runs the workspace it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.sandbox.people import Person
from bot.sandbox.state import JSON
from bot.sandbox.workspace import Sandbox

Order = Literal["play", "pause", "pace", "seek", "load"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the composer offers: commands, the words of the grammar, and shortcuts.

    The fields of each are in docs/page.md.
    """

    commands: tuple[JSON, ...] = ()
    words: tuple[JSON, ...] = ()
    shortcuts: tuple[JSON, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """The workspace on show. `take` changes whenever it is another one; `viewer`: who to begin as.

    `read_before`: what is older was there when it came on show, and is not news to anybody.
    """

    take: int
    sandbox: Sandbox
    viewer: Person
    read_before: str = ""


class Director(Protocol):
    """Owns what is on show, and what its strip says and does."""

    @property
    def shown(self) -> Shown: ...

    def strip(self) -> JSON | None:
        """The Strip of docs/page.md; None if there is nothing to play and nothing to load."""
        ...

    async def order(self, what: Order, value: object) -> None:
        """A press on the strip; returns when it is done. Raises CannotAct."""
        ...

    def watched(self, new_show: Callable[[], None], new_strip: Callable[[], None]) -> None:
        """Have these called whenever another workspace is on show, or the strip has changed."""
        ...

    def seen(self) -> None:
        """Somebody has opened the page."""
        ...
