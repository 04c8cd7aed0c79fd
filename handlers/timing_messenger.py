"""What time has us ask: in a Slack thread, in the channel, or of one person alone."""

from bot.incidents import owed, timing_owed
from bot.incidents.asked import Asking
from bot.incidents.destructive import HostCheck
from bot.incidents.model import Action, Claim, Entry, Incident
from bot.incidents.timing_rules import asked_to_look
from handlers.blocks import destructive, readback, silence, timing
from handlers.blocks.message import Message
from handlers.blocks.text import Names
from handlers.messenger import SlackMessenger, whisper


class SlackAsker(SlackMessenger):
    """See `bot.incidents.timing_senders.Asker`."""

    async def ask_outcome(self, incident: Incident, action: Action, place: str, key: str) -> str:
        names = await self._called(incident, action.actor)
        message = timing.outcome(incident, action, names)
        return await self._in_place(incident, message, action.actor, place, key)

    async def ask_host(
        self, incident: Incident, action: Action, second: str, place: str, key: str
    ) -> str:
        names = await self._called(incident, action.actor, second)
        message = destructive.question(incident.id, action, second or None, names)
        return await self._in_place(incident, message, action.actor, place, key)

    async def compare(self, incident: Incident, check: HostCheck, place: str, key: str) -> str:
        return await self._post(incident, destructive.comparison(check), key, thread_ts=place)

    async def ask_to_look(
        self, incident: Incident, action: Action, entry: Entry, place: str, key: str
    ) -> str:
        names = await self._called(incident, entry.actor, entry.person or "")
        message = destructive.look_with(action, entry.actor, entry.person or "", names)
        return await self._post(incident, message, key, thread_ts=place)

    async def ask_to_look_privately(
        self, incident: Incident, action: Action, entry: Entry, place: str
    ) -> None:
        names = await self._called(incident, entry.actor)
        message = timing.looks_privately(action, entry.actor, names)
        await whisper(self._slack, incident, entry.person or "", message, place)

    async def read_back(self, incident: Incident, unknown: Claim, known: Claim) -> None:
        names = await self._called(incident, known.actor)
        message = readback.question(incident.id, unknown, known, names)
        await whisper(self._slack, incident, unknown.actor, message)

    async def ask_back(self, incident: Incident, entry: Entry, stamp: str, key: str) -> str:
        names = await self._called(incident, entry.actor)
        return await self._post(incident, timing.back(incident, entry, stamp, names), key)

    async def announce_unsafe(self, incident: Incident, entry: Entry, key: str) -> str:
        names = await self._called(incident, entry.actor)
        return await self._post(incident, timing.unsafe(incident, entry, names), key)

    async def announce_reopened(self, incident: Incident, entry: Entry, key: str) -> str:
        names = await self._called(incident, entry.actor)
        return await self._post(incident, timing.reopened(entry, names), key)

    async def ask_commander(self, incident: Incident, minutes: int) -> None:
        await whisper(
            self._slack, incident, incident.commander, silence.question(incident, minutes)
        )

    async def offer_command(
        self, incident: Incident, person: str, minutes: int, *, wanted: bool
    ) -> None:
        names = await self._called(incident, incident.commander)
        message = silence.offer(incident, minutes, names, wanted=wanted)
        await whisper(self._slack, incident, person, message)

    async def announce_takeover(self, incident: Incident, asking: Asking, key: str) -> str:
        names = await self._called(incident, incident.commander, asking.asked_of)
        return await self._post(incident, timing.taken_over(incident, asking, names), key)

    async def shrink(
        self, incident: Incident, asking: Asking, action: Action | None, entry: Entry | None
    ) -> None:
        people = [asking.answered_by, asked_to_look(asking), incident.commander]
        people += [entry.actor] if entry else []
        names = await self._called(incident, *(each for each in people if each))
        message = _shrunk(incident, asking, action, entry, names)
        await self._slack.call(
            incident.workspace,
            "chat.update",
            channel=incident.channel,
            ts=asking.message,
            **message.shown(),
        )

    async def _called(self, incident: Incident, *people: str) -> Names:
        return await self._names_of(incident.workspace, {each for each in people if each})

    async def _in_place(
        self, incident: Incident, message: Message, person: str, place: str, key: str
    ) -> str:
        """In the Slack thread; where there is none, to whoever acts alone: then no ts."""
        if place:
            return await self._post(incident, message, key, thread_ts=place)
        await whisper(self._slack, incident, person, message)
        return ""


def _shrunk(
    incident: Incident, asking: Asking, action: Action | None, entry: Entry | None, names: Names
) -> Message:
    if asking.purpose == owed.UNSAFE and entry is not None:
        return timing.unsafe_answered(asking, entry, names)
    if asking.purpose == timing_owed.BACK:
        return timing.back_answered(asking, names)
    if asking.purpose == timing_owed.OUTCOME and action is not None:
        return timing.outcome_answered(asking, action, names)
    if asking.purpose == timing_owed.TAKEN_OVER:
        return timing.said_back(incident, names)
    if second := asked_to_look(asking):
        return destructive.asked_line(second, names)
    return destructive.checked_line(asking.answered_by or "", names)
