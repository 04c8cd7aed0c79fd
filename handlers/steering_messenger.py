"""What steering says to people who did not ask just now."""

from contextlib import suppress

from bot.errors import SendFailed
from bot.incidents.model import Entry, Incident
from bot.incidents.summary import Handover, StepBack
from handlers.blocks import steering, summary
from handlers.blocks.message import Message
from handlers.messenger import EVENT_TYPE, SlackMessenger


class SlackSteering(SlackMessenger):
    """See `bot.incidents.steering_senders.Messenger`."""

    async def post_update(self, incident: Incident, entry: Entry, key: str) -> str:
        names = await self._names(incident, entry=entry)
        return await self._post(incident, steering.update(entry, names), key)

    async def announce_merged(self, incident: Incident, into: Incident, key: str) -> str:
        return await self._post(incident, steering.merged(into), key)

    async def post_step_back(self, told: StepBack, key: str) -> str:
        names = await self._names_of(told.incident.workspace, told.on_nothing)
        return await self._post(
            told.incident, summary.step_back(told, commander=False, names=names), key
        )

    async def tell_step_back(self, told: StepBack) -> None:
        names = await self._names_of(told.incident.workspace, told.on_nothing)
        shown = summary.step_back(told, commander=True, names=names)
        await self._whisper(told.incident, told.incident.commander, shown)

    async def post_handover(self, told: Handover, key: str) -> str:
        incident = told.incident
        called = {each.person for each in told.called if each.person}
        claimed = {each.claim.actor for each in told.unknown}
        claimed |= {each.belief.actor for each in told.unknown if each.belief}
        threads = {each.owner for each in told.opened if each.owner}
        doing = {each.action.actor for each in told.running}
        people = {incident.commander} | called | claimed | threads | doing
        names = await self._names_of(incident.workspace, people)
        return await self._post(incident, summary.handover(told, names), key)

    async def announce(self, incident: Incident, where: str, key: str) -> str:
        # Where we are in already, or may post without, a refused join is no matter.
        with suppress(SendFailed):
            await self._slack.call(incident.workspace, "conversations.join", channel=where)
        names = await self._names_of(incident.workspace, [incident.commander])
        posted = await self._slack.call(
            incident.workspace,
            "chat.postMessage",
            channel=where,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            **steering.announcement(incident, names).arguments(),
        )
        return str(posted["ts"])

    async def members(self, incident: Incident) -> tuple[str, ...]:
        pages = self._pages(
            incident.workspace, "conversations.members", "members", channel=incident.channel
        )
        return tuple([str(each) async for each in pages])

    async def _whisper(self, incident: Incident, person: str, message: Message) -> None:
        await self._slack.call(
            incident.workspace,
            "chat.postEphemeral",
            channel=incident.channel,
            user=person,
            **message.shown(),
        )
