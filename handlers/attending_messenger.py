"""What those who attend are told: boards that follow, cards, words to one person."""

from typing import Any

from bot.incidents.attended import Question
from bot.incidents.model import Incident, Investigation, Starter
from bot.incidents.summary import CatchUp
from handlers.blocks import attending, heads
from handlers.messenger import SlackMessenger, whisper

BOOKMARK = "Board"


class SlackAttending(SlackMessenger):
    """See `bot.incidents.attending_senders.Messenger`."""

    async def unpin_board(self, incident: Incident, old: str) -> None:
        await self._settled(
            "no_pin",
            self._slack.call(
                incident.workspace, "pins.remove", channel=incident.channel, timestamp=old
            ),
        )

    async def link_board(self, incident: Incident) -> None:
        place: dict[str, Any] = {"channel_id": incident.channel}
        link = await self._link_to(incident, incident.board)
        kept = await self._slack.ask(incident.workspace, "bookmarks.list", **place)
        ours = [each for each in kept.get("bookmarks", []) if _is_ours(each, incident)]
        if ours:
            await self._slack.call(
                incident.workspace,
                "bookmarks.edit",
                bookmark_id=ours[0]["id"],
                link=link,
                title=BOOKMARK,
                **place,
            )
            return
        await self._slack.call(
            incident.workspace,
            "bookmarks.add",
            title=BOOKMARK,
            type="link",
            link=link,
            emoji=":compass:",
            **place,
        )

    async def show_card(
        self, incident: Incident, thread: Investigation, starter: Starter | None
    ) -> None:
        message = heads.head(incident, thread, starter, await self._names(incident))
        await self._slack.call(
            incident.workspace,
            "chat.update",
            channel=incident.channel,
            ts=thread.head,
            **message.shown(),
        )

    async def tell_catch_up(self, told: CatchUp, person: str) -> None:
        people = {told.incident.commander, *attending.people_in(told)}
        names = await self._names_of(told.incident.workspace, people)
        message = attending.catch_up(told, names)
        await whisper(self._slack, told.incident, person, message)

    async def tell_over(self, incident: Incident, person: str) -> None:
        await self._slack.call(
            incident.workspace,
            "chat.postMessage",
            channel=person,
            **attending.over(incident).arguments(),
        )

    async def tell_answer(self, incident: Incident, question: Question) -> None:
        people = {each for each in (question.answered_by,) if each}
        names = await self._names_of(incident.workspace, people)
        await whisper(self._slack, incident, question.asker, attending.answer(question, names))


def _is_ours(bookmark: dict[str, str], incident: Incident) -> bool:
    return bookmark.get("title") == BOOKMARK and incident.channel in bookmark.get("link", "")
