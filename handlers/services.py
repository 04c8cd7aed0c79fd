"""What the listeners are given; built once, in the composition root."""

from dataclasses import dataclass
from typing import Any

from bot.incidents.service import Incidents
from bot.workspace.service import Directory
from handlers.inbox import Inbox


@dataclass(frozen=True, slots=True)
class Services:
    """The services and the inbox. `prefix` goes before every command: `x-` gives `/x-incident`."""

    inbox: Inbox
    directory: Directory[Any]
    incidents: Incidents[Any]
    prefix: str = ""

    def command(self, name: str) -> str:
        """The slash command as it is installed."""
        return f"/{self.prefix}{name}"
