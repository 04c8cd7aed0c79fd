"""What the listeners are given; built once, in the composition root."""

from dataclasses import dataclass
from typing import Any

from bot.incidents.attending import Attending
from bot.incidents.marking import Marking
from bot.incidents.membership import Membership
from bot.incidents.nudging import Nudging
from bot.incidents.searching import Searching
from bot.incidents.service import Incidents
from bot.incidents.steering import Steering
from bot.incidents.timing import Timing
from bot.incidents.viewing import Viewing
from bot.sampling.asking import Asking
from bot.sampling.exporting import Exporting
from bot.sampling.quoting import Quoting
from bot.sampling.releasing import Releasing
from bot.sampling.reviewing import Reviewing
from bot.sampling.studies import Studies
from bot.sampling.volunteering import Volunteering
from bot.workspace.service import Directory, Settings
from bot.workspace.teams_service import Teams
from handlers.blocks.text import named
from handlers.dialogs import Dialogs
from handlers.inbox import Inbox


@dataclass(frozen=True, slots=True)
class Services:
    """The services and the inbox. `prefix` goes before every command: `x-` gives `/x-incident`."""

    inbox: Inbox
    directory: Directory[Any]
    incidents: Incidents[Any]
    asking: Asking[Any]
    exporting: Exporting[Any]
    quoting: Quoting[Any]
    releasing: Releasing[Any]
    reviewing: Reviewing[Any]
    studies: Studies[Any]
    attending: Attending[Any]
    dialogs: Dialogs
    marking: Marking[Any]
    timing: Timing[Any]
    membership: Membership[Any]
    nudging: Nudging[Any]
    searching: Searching[Any]
    settings: Settings[Any]
    steering: Steering[Any]
    teams: Teams[Any]
    viewing: Viewing[Any]
    volunteering: Volunteering[Any]
    prefix: str = ""

    def command(self, name: str) -> str:
        """The slash command as it is installed."""
        return named(name, self.prefix)
