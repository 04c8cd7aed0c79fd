"""Everything Parallax says to people who did not ask just now: the core's messenger port.

It speaks the domain on one side and Slack on the other. A message that must be found again carries
the ledger's key as metadata, and nothing else: every member and app can read metadata.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from bot.errors import SendFailed
from bot.incidents.board import Board
from bot.incidents.model import Entry, Incident, Investigation, Starter
from bot.workspace.model import Person
from handlers.blocks import answers, heads
from handlers.blocks import incidents as screens
from handlers.blocks.message import Message
from handlers.blocks.text import Names, named
from handlers.lookback import LookBack, Place
from handlers.slack import Slack

EVENT_TYPE = "parallax_delivery"
PAGE = 200
RECORDED = "white_check_mark"
# We are not where somebody typed a command.
OUTSIDE = frozenset({"not_in_channel", "channel_not_found"})

FindPerson = Callable[[str, str], Awaitable[Person]]


class SlackMessenger:
    """See `bot.incidents.ports.Messenger`."""

    def __init__(self, slack: Slack, find_person: FindPerson, prefix: str = "") -> None:
        self._slack = slack
        self._find_person = find_person
        self._prefix = prefix
        self._look_back = LookBack(self._messages)

    async def create_channel(self, incident: Incident, name: str) -> str:
        made = await self._slack.call(
            incident.workspace, "conversations.create", name=name, is_private=incident.private
        )
        return str(made["channel"]["id"])

    async def own_channel(self, workspace: str, name: str) -> str | None:
        me = await self._slack.ask(workspace, "auth.test")
        async for channel in self._pages(
            workspace,
            "users.conversations",
            "channels",
            types="public_channel,private_channel",
            exclude_archived=True,
        ):
            if channel.get("name") == name and channel.get("creator") == me.get("user_id"):
                return str(channel["id"])
        return None

    async def join(self, incident: Incident) -> None:
        try:
            await self._slack.call(
                incident.workspace, "conversations.join", channel=incident.channel
            )
        except SendFailed as failure:
            # A private channel cannot be joined; where we were invited we can post all the same.
            if failure.reason != "method_not_supported_for_channel_type":
                raise

    async def invite(self, incident: Incident, person: str) -> None:
        await self._settled(
            "already_in_channel",
            self._slack.call(
                incident.workspace,
                "conversations.invite",
                channel=incident.channel,
                users=person,
            ),
        )

    async def set_topic(self, incident: Incident) -> None:
        await self._slack.call(
            incident.workspace,
            "conversations.setTopic",
            channel=incident.channel,
            topic=screens.topic(incident),
        )

    async def post_board(self, board: Board, key: str) -> str:
        return await self._post(board.incident, await self._shown(board), key)

    async def show_board(self, board: Board) -> None:
        incident, message = board.incident, await self._shown(board)
        await self._slack.call(
            incident.workspace,
            "chat.update",
            channel=incident.channel,
            ts=incident.board,
            **message.shown(),
        )

    async def _shown(self, board: Board) -> Message:
        names = await self._names(board.incident, board)
        return screens.board(board, names, named("thread", self._prefix))

    async def pin_board(self, incident: Incident) -> None:
        await self._settled(
            "already_pinned",
            self._slack.call(
                incident.workspace, "pins.add", channel=incident.channel, timestamp=incident.board
            ),
        )

    async def shrink_board(self, incident: Incident, old: str) -> None:
        link = await self._link_to(incident, incident.board)
        await self._slack.call(
            incident.workspace,
            "chat.update",
            channel=incident.channel,
            ts=old,
            **screens.moved_board(incident, link).shown(),
        )

    async def _link_to(self, incident: Incident, message: str) -> str:
        found = await self._slack.ask(
            incident.workspace, "chat.getPermalink", channel=incident.channel, message_ts=message
        )
        return str(found["permalink"])

    async def open_thread(self, incident: Incident, thread: Investigation, key: str) -> str:
        return await self._post(
            incident, screens.thread_root(thread, await self._names(incident)), key
        )

    async def post_head(
        self, incident: Incident, thread: Investigation, starter: Starter | None, key: str
    ) -> str:
        message = heads.head(incident, thread, starter, await self._names(incident))
        return await self._post(incident, message, key, thread_ts=thread.slack_thread)

    async def announce_end(self, incident: Incident, thread: Investigation, key: str) -> str:
        message = screens.thread_end(thread, await self._names(incident))
        place: dict[str, Any] = {}
        if thread.slack_thread:
            place = {"thread_ts": thread.slack_thread, "reply_broadcast": True}
        return await self._post(incident, message, key, **place)

    async def announce_command(self, incident: Incident, key: str) -> str:
        message = screens.command_changed(incident, await self._names(incident))
        return await self._post(incident, message, key)

    async def announce_resolved(self, incident: Incident, entry: Entry, key: str) -> str:
        message = screens.resolved(incident, entry, await self._names(incident, entry=entry))
        return await self._post(incident, message, key)

    async def announce_unsafe(self, incident: Incident, entry: Entry, key: str) -> str:
        message = screens.unsafe(entry, await self._names(incident, entry=entry))
        return await self._post(incident, message, key)

    async def mark(self, workspace: str, channel: str, message: str) -> None:
        await self._settled(
            "already_reacted",
            self._slack.call(
                workspace, "reactions.add", channel=channel, timestamp=message, name=RECORDED
            ),
        )

    async def unmark(self, workspace: str, channel: str, message: str) -> None:
        await self._settled(
            "no_reaction",
            self._slack.call(
                workspace, "reactions.remove", channel=channel, timestamp=message, name=RECORDED
            ),
        )

    async def tell_no_channel(self, incident: Incident, reason: str) -> None:
        message = answers.no_channel(incident, reason)
        try:
            await self._slack.call(
                incident.workspace,
                "chat.postEphemeral",
                channel=incident.declared_in,
                user=incident.declared_by,
                **message.shown(),
            )
        except SendFailed as failure:
            if failure.reason not in OUTSIDE:
                raise
            await self._slack.call(
                incident.workspace,
                "chat.postMessage",
                channel=incident.declared_by,
                **_elsewhere(incident, named("incident", self._prefix)).arguments(),
            )

    async def find(
        self, workspace: str, channel: str, thread: str, key: str, since: datetime
    ) -> str | None:
        return await self._look_back.find(Place(workspace, channel, thread), key, since)

    def _messages(self, place: Place, since: datetime) -> AsyncIterator[dict[str, Any]]:
        method = "conversations.replies" if place.thread else "conversations.history"
        thread = {"ts": place.thread} if place.thread else {}
        return self._pages(
            place.workspace,
            method,
            "messages",
            channel=place.channel,
            oldest=f"{since.timestamp():.6f}",
            include_all_metadata=True,
            **thread,
        )

    async def take_back(self, workspace: str, channel: str, message: str) -> None:
        await self._settled(
            "message_not_found",
            self._slack.call(workspace, "chat.delete", channel=channel, ts=message),
        )

    async def _pages(
        self, workspace: str, method: str, items: str, **arguments: Any
    ) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        while True:
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            page = await self._slack.ask(workspace, method, limit=PAGE, **arguments, **more)
            for item in page.get(items, []):
                yield item
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return

    async def _post(self, incident: Incident, message: Message, key: str, **place: Any) -> str:
        posted = await self._slack.call(
            incident.workspace,
            "chat.postMessage",
            channel=incident.channel,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            **message.arguments(),
            **place,
        )
        return str(posted["ts"])

    async def _settled(self, already: str, call: Awaitable[object]) -> None:
        """A repeated step that finds its work done has succeeded."""
        try:
            await call
        except SendFailed as failure:
            if failure.reason != already:
                raise

    async def _names(
        self, incident: Incident, board: Board | None = None, entry: Entry | None = None
    ) -> Names:
        ids = {incident.commander, *_people_in(incident)}
        ids |= {claim.actor for claim in board.claims} if board else set()
        ids |= {stop.actor for stop in board.stops} if board else set()
        ids |= {board.hushed.actor} if board and board.hushed else set()
        ids |= {entry.actor} if entry else set()
        return await self._names_of(incident.workspace, ids)

    async def _names_of(self, workspace: str, ids: Iterable[str]) -> Names:
        people = [await self._find_person(workspace, each) for each in sorted(ids)]
        names = {person.id: person.name for person in people}
        return lambda person: names.get(person, "somebody")


def _elsewhere(incident: Incident, command: str) -> Message:
    """The same for somebody who declared where we are not: no button there would reach us."""
    title = " ".join(incident.title.split())
    problem = f"I am not in the channel where “{title}” is, so it has no board yet."
    if not incident.adopted:
        problem = f"I could not make a channel for “{title}”."
    return answers.talk(
        f"{problem} The incident itself is recorded. Say {command} here in the channel you want to "
        "use; if it is private, invite me to it first."
    )


def _people_in(incident: Incident) -> Iterable[str]:
    for thread in incident.investigations:
        yield from filter(None, (thread.owner, thread.ended_by, thread.checked_by))
    for action in incident.running:
        yield action.actor


class SlackPeople:
    """See `bot.workspace.ports.PeopleSource`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def fetch(self, workspace: str, person: str) -> Person:
        """Ask Slack, quickly: somebody is waiting for the answer."""
        answer = await self._slack.ask(workspace, "users.info", quick=True, user=person)
        return person_of(workspace, answer["user"])


def person_of(workspace: str, user: dict[str, Any]) -> Person:
    """A person as Slack's user objects describe them, in answers and in events."""
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or user.get("name") or user["id"]
    return Person(
        workspace=workspace,
        id=user["id"],
        name=name,
        zone=user.get("tz") or "UTC",
        bot=bool(user.get("is_bot")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        external=bool(user.get("team_id") and user["team_id"] != workspace),
        deleted=bool(user.get("deleted")),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
    )


async def whisper(
    slack: Slack, incident: Incident, person: str, message: Message, thread: str = ""
) -> None:
    """Show something to one person in the incident's channel, or in a Slack thread of it."""
    place: dict[str, Any] = {"thread_ts": thread} if thread else {}
    try:
        await slack.call(
            incident.workspace,
            "chat.postEphemeral",
            channel=incident.channel,
            user=person,
            **message.shown(),
            **place,
        )
    except SendFailed as failure:
        # They are not here (any more); there is nobody to tell.
        if failure.reason != "user_not_in_channel":
            raise
