"""People: what somebody does in Slack, and what comes of it.

A person can do what Slack's own screens would let them do; anything else raises CannotAct. What
they do changes the workspace at once and reaches the app over its socket: acts that are answered
(commands, buttons, modals, shortcuts) wait for the ack, everything else is an event, sent in the
background (`await sandbox.idle()` waits for those).
"""

import asyncio

from bot.sandbox import payloads
from bot.sandbox.files import new_file, share
from bot.sandbox.member import Member, Place
from bot.sandbox.methods_marks import EMOJI
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON, Channel, Dnd, Message, View
from bot.sandbox.touching import Touching
from bot.sandbox.typed import message_text, rich_text

_LONGEST = 40_000


class Person(Touching):
    """Somebody in the workspace. `user` is their record; `id` and `name` are shortcuts to it."""

    # -- messages ------------------------------------------------------------------------------

    async def says(
        self,
        channel: Place,
        text: str,
        thread: str | Message | None = None,
        *,
        broadcast: bool = False,
        raw: bool = False,
    ) -> str:
        """Write a line, in a thread if one is given; the ts of the line.

        `text` is what they type; with `raw` it is sent as it stands. `broadcast` also shows a
        reply in the channel.
        """
        place = self._composer(channel)
        if not text.strip() or len(text) > _LONGEST:
            raise CannotAct(f"a message has 1 to {_LONGEST} characters")
        workspace, token = self._desk.workspace, self._world.draws.token
        message = self._world.post(
            place,
            self.id,
            text if raw else message_text(text, workspace),
            blocks=[] if raw else [rich_text(text, workspace, token()[:5])],
            thread_ts=self._thread(place, thread),
            broadcast=broadcast and thread is not None,
            client_msg_id=token(),
        )
        await asyncio.sleep(0)
        return message.ts

    async def dms(self, text: str, thread: str | Message | None = None) -> str:
        """Write to the bot directly; the ts of the line."""
        return await self.says(self._world.open_dm([self.id]), text, thread)

    async def uploads(
        self,
        channel: Place,
        name: str,
        content: bytes,
        text: str = "",
        thread: str | Message | None = None,
    ) -> str:
        """Share a file, with a few words if they like; the ts of the line."""
        place = self._composer(channel)
        file = new_file(self._desk, self.id, name, len(content))
        file.content, file.done = content, True
        typed = message_text(text, self._desk.workspace)
        message = share(self._desk, [file], place, self.id, typed, self._thread(place, thread))
        await asyncio.sleep(0)
        return message.ts

    async def edits(self, ts: str | Message, text: str) -> None:
        """Change one of their own lines."""
        message = self._own(ts)
        block = rich_text(text, self._desk.workspace, self._world.draws.token()[:5])
        typed = message_text(text, self._desk.workspace)
        self._world.edit(message, self.id, text=typed, blocks=[block])
        await asyncio.sleep(0)

    async def deletes(self, ts: str | Message) -> None:
        """Delete one of their own lines."""
        self._world.delete(self._own(ts))
        await asyncio.sleep(0)

    async def reacts(self, message: Message, name: str) -> None:
        """Put an emoji under a message."""
        self._reactable(message, name)
        if any(r.name == name and self.id in r.users for r in message.reactions):
            raise CannotAct(f"{self} has already reacted with {name}")
        self._world.react(message, self.id, name)
        await asyncio.sleep(0)

    async def unreacts(self, message: Message, name: str) -> None:
        """Take the emoji away again."""
        self._reactable(message, name)
        if not any(r.name == name and self.id in r.users for r in message.reactions):
            raise CannotAct(f"{self} has not reacted with {name}")
        self._world.unreact(message, self.id, name)
        await asyncio.sleep(0)

    async def pins(self, message: Message) -> None:
        """Pin a message."""
        self._reactable(message, "pushpin")
        self._world.pin(message, self.id)
        await asyncio.sleep(0)

    async def opens_home(self) -> View | None:
        """Open the app's Home tab; the view that is there already, if any."""
        self._active()
        event: JSON = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self._world.open_dm([self.id]).id,
            "tab": "home",
            "event_ts": self._world.stamp(),
        }
        if self.home is not None:
            event["view"] = payloads.view_body(self._desk, self.home)
        self._world.emit(event, None)
        await asyncio.sleep(0)
        return self.home

    # -- channels ------------------------------------------------------------------------------

    async def creates(self, name: str, *, private: bool = False) -> Channel:
        """Create a channel; the bot is not in it."""
        self._active()
        if self.user.is_guest or self._desk.workspace.channel_named(name) is not None:
            raise CannotAct(f"{self} cannot create #{name}")
        channel = self._world.create_channel(name, self.id, private=private)
        await asyncio.sleep(0)
        return channel

    async def joins(self, channel: Place) -> None:
        """Join a public channel; nothing happens if they are in it."""
        place = self._channel(channel)
        self._active()
        if place.archived or place.kind != "channel" or self.user.is_guest or self.user.stranger:
            raise CannotAct(f"{self} cannot join #{place.name} by themselves")
        if self.id not in place.members:
            self._world.join(place, self.id)
        await asyncio.sleep(0)

    async def leaves(self, channel: Place) -> None:
        """Leave a channel."""
        self._world.leave(self._member_of(channel), self.id)
        await asyncio.sleep(0)

    async def invites(self, channel: Place, *people: Member) -> None:
        """Add others to a channel."""
        place = self._writable(channel)
        for person in people:
            if person.id not in place.members:
                self._world.join(place, person.id, self.id)
        await asyncio.sleep(0)

    async def invites_bot(self, channel: Place) -> None:
        """Add the bot to a channel, as /invite does."""
        place = self._writable(channel)
        if self._desk.bot not in place.members:
            self._world.join(place, self._desk.bot, self.id)
        await asyncio.sleep(0)

    async def removes_bot(self, channel: Place) -> None:
        """Take the bot out of a channel."""
        place = self._writable(channel)
        if self._desk.bot not in place.members:
            raise CannotAct(f"the bot is not in #{place.name}")
        self._world.leave(place, self._desk.bot)
        await asyncio.sleep(0)

    async def renames(self, channel: Place, name: str) -> None:
        """Rename a channel."""
        self._world.rename(self._writable(channel), self.id, name)
        await asyncio.sleep(0)

    async def archives(self, channel: Place) -> None:
        """Archive a channel."""
        self._world.archive(self._writable(channel), self.id)
        await asyncio.sleep(0)

    # -- themselves ----------------------------------------------------------------------------

    async def arrives(self) -> None:
        """Join the workspace: the app hears team_join."""
        self._world.announce("team_join", self.user)
        await asyncio.sleep(0)

    async def moves(self, zone: str) -> None:
        """Change the time zone."""
        self.user.tz = zone
        self._world.announce("user_change", self.user)
        await asyncio.sleep(0)

    async def goes(self) -> None:
        """Leave the workspace: the account is deactivated."""
        self.user.deleted = True
        for channel in self._desk.workspace.channels.values():
            if self.id in channel.members and not channel.dm_of:
                channel.members.remove(self.id)
        self._world.announce("user_change", self.user)
        await asyncio.sleep(0)

    def pauses_notifications(self, start: int, end: int) -> None:
        """Set the do-not-disturb window; Unix seconds. Slack tells no app about it."""
        self.user.dnd = Dnd(start, end)

    def _composer(self, place: Place) -> Channel:
        """A place with a box to write in: not a DM of an app that wants none."""
        channel = self._writable(place)
        app = self._desk.app
        if channel.kind == "im" and (not app.messages_tab or app.messages_read_only):
            raise CannotAct(
                "the app's messages tab is off or read-only: there is no box to type in"
            )
        return channel

    def _thread(self, channel: Channel, thread: str | Message | None) -> str | None:
        """The first message of the thread; answering a reply answers its thread."""
        if thread is None:
            return None
        ts = thread if isinstance(thread, str) else thread.ts
        message = channel.find(ts)
        if message is None:
            raise CannotAct(f"there is no message {ts} in #{channel.name}")
        return message.thread_ts or message.ts

    def _own(self, ts: str | Message) -> Message:
        self._active()
        name = ts if isinstance(ts, str) else ts.ts
        for channel in self._desk.workspace.channels.values():
            message = channel.find(name)
            if message is not None and message.user == self.id and not message.is_notice:
                return message
        raise CannotAct(f"{self} wrote no message {name}")

    def _reactable(self, message: Message, name: str) -> None:
        self._must_see(message)
        self._writable(message.channel)
        if message.ephemeral_to is not None or not EMOJI.match(name):
            raise CannotAct(f"cannot mark that with {name}")
