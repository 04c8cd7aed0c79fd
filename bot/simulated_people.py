"""The people of a simulated study: what each of them is like, and does in Slack, by hand.

They type commands, press buttons and fill in forms, and know no more than stands on their screen.
All chance is their own draws, so that what one of them does changes nothing for another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import Draws
from bot.sandbox.answering import (
    TAP,
    Intent,
    Temper,
    buttons,
    chance,
    fills_in,
    intent,
    one_of,
    submits,
)
from bot.sandbox.people import Person
from bot.sandbox.replies import Reply
from bot.sandbox.state import Channel, Message

ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Sydney", "America/Los_Angeles",
)  # fmt: skip
COUNTRIES = ("DE-BE", "GB-ENG", "US", "BR", "JP")
NINE_TO_FIVE = "09:00-17:00"
OTHERWISE = ("09:00-12:00, 13:00-17:00", "10:00-14:00", "13:00-20:00", "22:00-06:00")
EVENING = "14:00-21:00"
LUNCH = "12:00-12:45"
WEEK, SUNDAY_WEEK = ("0", "1", "2", "3", "4"), ("0", "1", "2", "3", "6")
LEAVE_KEEP, LEAVE_ERASE = "sampling.leave.keep", "sampling.leave.erase"
PAUSE_OPEN, DAYS_OFF = "sampling.pause.open", "sampling.days_off"
# A busy machine may take longer over a command than Slack waits; people type it again.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Habits:
    """When somebody works, as they would fill it in."""

    zone: str
    hours: str = NINE_TO_FIVE
    days: tuple[str, ...] = WEEK
    quiet: str = ""
    country: str = ""
    more_time: bool = False

    @classmethod
    def drawn(cls, draws: Draws) -> "Habits":
        """Most work from nine to five, some otherwise."""
        return cls(
            zone=one_of(draws, ZONES),
            hours=one_of(draws, (*[NINE_TO_FIVE] * 6, *OTHERWISE)),
            days=WEEK if chance(draws, 0.9) else SUNDAY_WEEK,
            quiet=LUNCH if chance(draws, 0.1) else "",
            country=one_of(draws, COUNTRIES) if chance(draws, 0.1) else "",
            more_time=chance(draws, 0.06),
        )


@dataclass(slots=True)
class Volunteer:
    """Somebody who may be asked. `place`: where they type. `joined`: whether they take part."""

    person: Person
    place: Channel
    temper: Temper
    habits: Habits
    draws: Draws
    joined: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether their account is."""
        return self.person.user.deleted

    # -- taking part ---------------------------------------------------------------------------

    async def joins(self) -> None:
        """Read the text, fill in one's hours, and agree."""
        filled = {
            "hours": self.habits.hours,
            "days": [*self.habits.days],
            "zone": self.habits.zone,
            "quiet": self.habits.quiet,
            "country": self.habits.country,
            "more_time": ["more_time"] if self.habits.more_time else [],
        }
        self.joined = await self._fills("join", filled)
        if not self.joined:
            raise RuntimeError(f"{self.person.name} could not join the simulated study")

    async def changes(self, **filled: str) -> None:
        """Other hours, from the next day that is not planned yet."""
        if self._takes_part():
            await self._fills("settings", filled)

    async def travels(self, zone: str) -> None:
        """Go to another zone, and tell both Slack and the study."""
        if self._takes_part():
            await self.person.moves(zone)
            await self.changes(zone=zone)

    async def pauses(self, days: int) -> None:
        """Not now; in some days again."""
        if self._takes_part():
            await self._types(f"pause {days} days")

    async def pauses_openly(self) -> None:
        """Not now, and who knows when again."""
        if self._takes_part():
            said = await self._types("pause")
            await self._presses(said.message, PAUSE_OPEN)

    async def resumes(self) -> None:
        """Now again."""
        if self._takes_part():
            await self._types("resume")

    async def leaves(self, *, keep: bool) -> None:
        """Enough. keep: what they gave stays."""
        if self._takes_part():
            said = await self._types("leave")
            await self._presses(said.message, LEAVE_KEEP if keep else LEAVE_ERASE)
            self.joined = False

    async def goes(self) -> None:
        """Leave the company: the account is deactivated."""
        await self.person.goes()

    async def takes_off(self, days: Sequence[date]) -> None:
        """Days on which they will not work, beside those that stand there already."""
        if not self._takes_part():
            return
        said = await self._types("status")
        await self._presses(said.message, DAYS_OFF)
        if (view := self.person.modal) is not None:
            there = view.values["dates"]["dates"].get("value") or ""
            await self._submits({"dates": "\n".join([there, *map(str, days)]).strip()})

    async def reports(self) -> None:
        """Tell of something unasked, which is the answer to no prompt."""
        if not self._takes_part():
            return
        said = await self._types("now")
        if said.message is not None and (taps := buttons(said.message, TAP)):
            await self._presses(said.message, one_of(self.draws, taps))
            await self.fills()

    # -- being asked ---------------------------------------------------------------------------

    def means(self, message: Message) -> Intent:
        """What they will do with a question."""
        return intent(self.temper, message, self.draws)

    async def answers(self, message: Message, action: str) -> bool:
        """Press that button below a question, if it is still there; whether a form opened."""
        if self.is_gone or message.deleted or action not in buttons(message, action):
            return False
        await self.person.presses(message, action)
        return self.person.modal is not None

    async def fills(self) -> None:
        """Fill in the form on the screen, somehow."""
        if not self.is_gone:
            await fills_in(self.person, self.draws)

    async def rests(self, begins: datetime, minutes: int) -> None:
        """Have Slack be silent for a while."""
        start = int(begins.timestamp())
        self.person.pauses_notifications(start, start + 60 * minutes)

    # -- by hand -------------------------------------------------------------------------------

    def _takes_part(self) -> bool:
        return self.joined and not self.is_gone

    async def _types(self, line: str) -> Reply:
        """A command; once more where the answer took longer than Slack waits."""
        for _ in range(TRIES):
            said = await self.person.command("/sampling", line, self.place)
            if said.acked:
                break
        return said

    async def _presses(self, message: Message | None, action: str) -> None:
        if message is None:
            raise RuntimeError(f"{self.person.name} was not shown what has {action}")
        await self.person.presses(message, action)

    async def _fills(self, line: str, filled: Mapping[str, Any]) -> bool:
        """Type what opens a form, fill it in and send it; whether it was taken."""
        for _ in range(TRIES):
            await self._types(line)
            if self.person.modal is not None:
                break
        return await self._submits(filled)

    async def _submits(self, filled: Mapping[str, Any]) -> bool:
        """Send the form on the screen, and close what is said then."""
        taken = await submits(self.person, filled)
        if self.person.modal is not None:
            await self.person.closes(self.person.modal, everything=True)
        return taken
