"""Questions that signals made: in the channel, to one person directly, and what became of them."""

from collections.abc import Iterator

from bot.incidents.model import Incident
from bot.incidents.nudges_model import Asked
from bot.incidents.signals_model import Signal
from handlers.blocks import nudges, nudges_became
from handlers.blocks.text import Names
from handlers.messenger import SlackMessenger, whisper


class SlackNudges(SlackMessenger):
    """See `bot.incidents.nudging.NudgeMessenger`."""

    async def post_card(self, asked: Asked, key: str) -> str:
        return await self._post(asked.incident, nudges.card(asked, await self._in(asked)), key)

    async def ask_one(self, asked: Asked) -> tuple[str, str]:
        message = nudges_became.shown(asked, await self._in(asked))
        posted = await self._slack.call(
            asked.incident.workspace,
            "chat.postMessage",
            channel=asked.nudge.asked_of,
            **message.arguments(),
        )
        return str(posted["channel"]), str(posted["ts"])

    async def ask_long_haul(self, incident: Incident, person: str, signal: Signal) -> None:
        names = await self._names_of(incident.workspace, ())
        message = nudges_became.long_haul(incident, signal, names)
        await whisper(self._slack, incident, person, message)

    async def tell_recruited(self, asked: Asked, person: str, by: str) -> None:
        message = nudges_became.recruited(asked, by, await self._in(asked, by))
        await whisper(self._slack, asked.incident, person, message)

    async def show_nudge(self, asked: Asked) -> None:
        message = nudges_became.shown(asked, await self._in(asked))
        await self._slack.call(
            asked.incident.workspace,
            "chat.update",
            channel=asked.nudge.channel or asked.incident.channel,
            ts=asked.nudge.message,
            **message.shown(),
        )

    async def _in(self, asked: Asked, *others: str) -> Names:
        people = {*others, *_people_in(asked)}
        return await self._names_of(asked.incident.workspace, people)


def _people_in(asked: Asked) -> Iterator[str]:
    """Everybody whom its words may name."""
    nudge, record = asked.nudge, asked.record
    if nudge.answered_by:
        yield nudge.answered_by
        yield from (
            each.person
            for each in record.entries
            if each.person and each.recorded_at == nudge.answered_at
        )
    numbers = {each.evidence.get("action") for each in nudge.signals}
    yield from (each.actor for each in record.actions if each.number in numbers)
    said = {each.evidence.get("entry") for each in nudge.signals}
    yield from (each.actor for each in record.entries if each.seq in said)
    earlier = {each.evidence.get("earlier") for each in nudge.signals}
    threads = (each for each in record.incident.investigations if each.number in earlier)
    yield from (each.ended_by for each in threads if each.ended_by)
