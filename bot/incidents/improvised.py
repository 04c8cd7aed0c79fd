"""What people did for which there was no runbook: `improvised:` lines, across incidents (C11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.incidents.found import Place

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Improvised:
    """One such line in its latest words, and where it was said; message is empty for a command.

    of: the number of its incident. home: that incident's channel.
    """

    incident: str
    of: int
    title: str
    home: str
    seq: int
    actor: str
    author: str
    at: datetime
    recorded_at: datetime
    text: str
    channel: str
    message: str

    @property
    def who(self) -> str:
        """Whose words they are, also where somebody else marked them."""
        return self.author or self.actor

    @property
    def place(self) -> Place:
        return Place(self.recorded_at, self.incident, self.seq)


@dataclass(frozen=True, slots=True)
class ImprovisedPage:
    """One page, the latest first; `more` is where the next one begins, if there is one."""

    lines: tuple[Improvised, ...]
    more: Place | None = None


class ImprovisedStore(Protocol):
    """Read across the incidents of one workspace."""

    def since(
        self, workspace: str, person: str, since: datetime, after: Place | None, limit: int
    ) -> tuple[Improvised, ...]:
        """What stands of it, recorded after `since`, the latest first.

        Private incidents only for who is in their channel; to nobody (an empty person), as in a
        digest, none of them.
        """
        ...
