"""What a viewer sees, as the JSON of docs/page.md. Nothing else leaves the workspace."""

from collections import defaultdict
from dataclasses import dataclass

from bot.sandbox.forms import Values
from bot.sandbox.page.marks import ReadMarks, mentions
from bot.sandbox.people import Person
from bot.sandbox.state import JSON, Channel, File, Message, User, View
from bot.sandbox.workspace import Sandbox


@dataclass(slots=True)
class Eyes:
    """One person's view of one workspace."""

    sandbox: Sandbox
    person: Person
    marks: ReadMarks

    # -- what they may see ---------------------------------------------------------------------

    def sees_channel(self, channel: Channel) -> bool:
        """Whether they are in it, or could open it."""
        if self.person.id in channel.members:
            return True
        user = self.person.user
        return channel.kind == "channel" and not (user.is_guest or user.stranger)

    def sees(self, message: Message) -> bool:
        """Whether this message is on their screen."""
        channel = self.sandbox.workspace.channels[message.channel]
        return self.sees_channel(channel) and self.person.sees(message)

    def has_read(self, channel: Channel) -> None:
        """They have read everything that stands in the channel now."""
        self.marks.read(self.person.id, channel.id, _last(channel))

    # -- the parts of a scene ------------------------------------------------------------------

    def people(self) -> dict[str, JSON]:
        """Everybody, by id."""
        return {user.id: person_json(user) for user in self.sandbox.workspace.users.values()}

    def channels(self) -> dict[str, JSON]:
        """The channels they see, by id."""
        everywhere = self.sandbox.workspace.channels.values()
        return {each.id: self._channel(each) for each in everywhere if self.sees_channel(each)}

    def modals(self) -> list[JSON]:
        """Their open modals, the visible one last."""
        return [view_json(view) for view in self.sandbox.workspace.stacks.get(self.person.id, [])]

    def home(self) -> JSON | None:
        """Their App Home, if there is one."""
        return view_json(self.person.home) if self.person.home else None

    def bot(self) -> JSON:
        """The app: its bot, whether it is there, and their DM with it ("" if there is none)."""
        dm = self.person.dm
        return {
            "id": self.sandbox.bot_user_id,
            "name": self.sandbox.workspace.users[self.sandbox.bot_user_id].name,
            "connected": bool(self.sandbox.connections),
            "dm": dm.id if dm else "",
        }

    def now(self) -> float:
        """Domain time in Unix seconds."""
        return self.sandbox.world.clock.now().timestamp()

    def messages(self, channel: Channel) -> list[JSON]:
        """Everything they see in a channel, oldest first."""
        replies = _by_thread(channel)
        seen = [m for m in (*channel.messages, *channel.ephemerals) if self.person.sees(m)]
        return [self.message(m, replies[m.ts]) for m in sorted(seen, key=lambda m: m.ts)]

    def message(self, message: Message, replies: list[Message] | None = None) -> JSON:
        """One message; `replies` if they are known already."""
        if replies is None:
            replies = self.sandbox.workspace.channels[message.channel].replies(message.ts)
        body: JSON = {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "text": message.text,
            "blocks": message.blocks,
            "bot": message.bot_id is not None,
            "notice": message.is_notice,
            "ephemeral": message.ephemeral_to is not None,
            "edited": message.edited is not None,
            "thread_ts": message.thread_ts,
            "reply": message.is_reply,
            "broadcast": message.broadcast,
            "reactions": [{"name": r.name, "users": list(r.users)} for r in message.reactions],
            "files": self._files(message),
            "values": self._values(message),
        }
        return body | ({"replies": _counted(replies)} if replies else {})

    def _values(self, message: Message) -> Values:
        return self.person.chosen(message) if message.bot_id else {}

    def _files(self, message: Message) -> list[JSON]:
        files = self.sandbox.workspace.files
        return [file_json(files[each]) for each in message.files if not files[each].deleted]

    def _channel(self, channel: Channel) -> JSON:
        unread = self.marks.unread(self.person, channel)
        calls = [each for each in unread if mentions(each, self.person.id)]
        return {
            "id": channel.id,
            "name": self._name(channel),
            "kind": channel.kind,
            "private": channel.private,
            "archived": channel.archived,
            "topic": channel.topic,
            "member": self.person.id in channel.members,
            "members": list(channel.members),
            "bookmarks": [
                {"title": b.title, "link": b.link, "emoji": b.emoji} for b in channel.bookmarks
            ],
            "pins": [pin.ts for pin in channel.pins],
            "unread": len(unread),
            "mentioned": bool(calls) or (channel.kind == "im" and bool(unread)),
            "last": _last(channel),
        }

    def _name(self, channel: Channel) -> str:
        """An im is named after the other side, a group's DM after the others in it."""
        if not channel.dm_of:
            return channel.name
        users = self.sandbox.workspace.users
        return ", ".join(users[u].name for u in channel.members if u != self.person.id)


def _by_thread(channel: Channel) -> defaultdict[str, list[Message]]:
    """The replies of every thread, in one pass."""
    replies: defaultdict[str, list[Message]] = defaultdict(list)
    for message in channel.visible():
        if message.is_reply and message.thread_ts is not None:
            replies[message.thread_ts].append(message)
    return replies


def _counted(replies: list[Message]) -> JSON:
    users = list(dict.fromkeys(each.user for each in replies))
    return {"count": len(replies), "users": users, "last": replies[-1].ts}


def _last(channel: Channel) -> str:
    """The ts of the newest line, whoever wrote it."""
    return next((m.ts for m in reversed(channel.messages) if not m.deleted), "")


def person_json(user: User) -> JSON:
    """Somebody, or the bot."""
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "tz": user.tz,
        "bot": user.is_bot,
        "admin": user.is_admin,
        "guest": user.is_guest,
        "stranger": user.stranger,
        "deleted": user.deleted,
    }


def file_json(file: File) -> JSON:
    """A file; its url is a path of the page's own server."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "size": file.length,
        "alt": file.alt_text,
        "url": f"/file/{file.id}",
    }


def view_json(view: View) -> JSON:
    """A modal or App Home; its words are "" where it has none."""
    return {
        "id": view.id,
        "kind": view.kind,
        "title": view.title,
        "submit": _words(view.body.get("submit")),
        "close": _words(view.body.get("close")),
        "blocks": view.blocks,
        "values": view.values,
    }


def _words(text: object) -> str:
    return str(text.get("text", "")) if isinstance(text, dict) else ""
