"""What the stand-in workspace remembers: plain, inspectable dataclasses and their finders.

Nothing here sends, checks or waits. Every time is domain time; a `ts` is the text form
"seconds.microseconds" that Slack uses as the name of a message.
"""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

JSON = dict[str, Any]
"""One JSON object at the wire edge; everything inside uses the dataclasses below."""

NOTICES = frozenset(
    {
        "channel_join",
        "channel_leave",
        "channel_topic",
        "channel_purpose",
        "channel_name",
        "channel_archive",
        "channel_unarchive",
        "group_join",
        "group_leave",
        "group_topic",
        "group_purpose",
        "group_name",
        "group_archive",
        "pinned_item",
    }
)
"""Subtypes that Slack writes by itself when something happens to a channel."""


@dataclass(slots=True)
class Dnd:
    """The do-not-disturb window that others can see; Unix seconds."""

    start: int
    end: int


@dataclass(slots=True)
class User:
    """A person or the bot. `stranger`: belongs to another workspace (a shared channel)."""

    id: str
    name: str
    real_name: str
    team: str
    tz: str = "UTC"
    locale: str = "en-US"
    is_bot: bool = False
    is_guest: bool = False
    is_admin: bool = False
    deleted: bool = False
    stranger: bool = False
    email: str = ""
    presence: str = "active"
    dnd: Dnd | None = None


@dataclass(slots=True)
class Reaction:
    """One emoji under a message and who put it there, in order."""

    name: str
    users: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Edit:
    """Who changed a message last, and when."""

    user: str
    ts: str


@dataclass(slots=True)
class Message:
    """A line in a channel, or an ephemeral one.

    `ephemeral_to` is the only user that sees it; `unseen` marks an ephemeral that Slack accepts
    but never shows (a thread nobody has answered in). `broadcast`: a reply also shown in the
    channel. `posted`: its first blocks, if they were changed since. The object is changed in place
    by updates, so a test may keep hold of it.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    bot_id: str | None = None
    thread_ts: str | None = None
    metadata: JSON | None = None
    edited: Edit | None = None
    deleted: bool = False
    reactions: list[Reaction] = field(default_factory=list)
    ephemeral_to: str | None = None
    posted: list[JSON] | None = None
    unseen: bool = False
    subtype: str | None = None
    broadcast: bool = False
    client_msg_id: str | None = None
    inviter: str | None = None
    files: list[str] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it sits inside a thread (a thread's first message does not)."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def is_notice(self) -> bool:
        """Whether Slack wrote it by itself."""
        return self.subtype in NOTICES


@dataclass(slots=True)
class Bookmark:
    """A link in a channel's header."""

    id: str
    title: str
    kind: str
    link: str
    emoji: str = ""


@dataclass(slots=True)
class Pin:
    """A pinned message: its ts, who pinned it, when (Unix seconds)."""

    ts: str
    user: str
    created: int


@dataclass(slots=True)
class File:
    """An upload of `length` bytes. `content` None: not uploaded, or deleted.

    `done`: completed, so that it exists for others; `processed`: blocks may show it. `shares`
    holds channel and ts of every message with it.
    """

    id: str
    name: str
    user: str
    length: int
    created: int
    upload_token: str
    url: str
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None
    done: bool = False
    processed: bool = True
    deleted: bool = False
    shares: list[tuple[str, str]] = field(default_factory=list)

    @property
    def mimetype(self) -> str:
        """What kind of file its name says it is."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def is_picture(self) -> bool:
        """Whether an image block may show it."""
        return self.mimetype in ("image/png", "image/jpeg", "image/gif")


@dataclass(slots=True)
class Usergroup:
    """A team that can be mentioned by its handle."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Canvas:
    """A document of markdown; `channel` is where it is a tab, if anywhere."""

    id: str
    title: str
    text: str
    channel: str = ""


@dataclass(slots=True)
class Channel:
    """A conversation. `dm_of` holds the other people of a DM or group DM with the bot."""

    id: str
    name: str
    created: int
    creator: str
    private: bool = False
    archived: bool = False
    general: bool = False
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    dm_of: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """ "channel", "group", "im" or "mpim": the `channel_type` of message events."""
        if self.dm_of:
            return "im" if len(self.dm_of) == 1 else "mpim"
        return "group" if self.private else "channel"

    def visible(self) -> Iterator[Message]:
        """Everything not deleted, oldest first, replies included."""
        return (m for m in self.messages if not m.deleted)

    def lines(self) -> list[Message]:
        """What a person sees in the channel itself: top level and broadcasts, no notices."""
        return [m for m in self.visible() if not m.is_notice and (not m.is_reply or m.broadcast)]

    def notices(self) -> list[Message]:
        """The lines Slack wrote by itself: joins, topics, pins."""
        return [m for m in self.visible() if m.is_notice]

    def thread(self, ts: str) -> list[Message]:
        """The message `ts` and its replies, oldest first; empty if there is no such message."""
        return [m for m in self.visible() if ts in (m.ts, m.thread_ts)]

    def replies(self, ts: str) -> list[Message]:
        """The replies under `ts`, without the message itself."""
        return [m for m in self.thread(ts) if m.ts != ts]

    def find(self, ts: str) -> Message | None:
        """The message named `ts`, unless it was deleted; never an ephemeral one."""
        return next((m for m in self.visible() if m.ts == ts), None)

    def find_ephemeral(self, ts: str) -> Message | None:
        """The ephemeral message named `ts`, unless it was deleted."""
        return next((m for m in self.ephemerals if m.ts == ts and not m.deleted), None)

    @property
    def bot_line_count(self) -> int:
        """How many visible lines bots wrote, replies included, notices not."""
        return sum(m.bot_id is not None and not m.is_notice for m in self.visible())

    @property
    def human_line_count(self) -> int:
        """How many visible lines people wrote, replies included, notices not."""
        return sum(m.bot_id is None and not m.is_notice for m in self.visible())


@dataclass(slots=True)
class View:
    """A modal on somebody's screen, or their App Home.

    `body` is what the app sent (title, blocks, ...), with ids filled in. `values` is what the
    person has entered so far: block_id -> action_id -> state object.
    """

    id: str
    kind: str
    user: str
    body: JSON
    hash: str
    root_id: str
    previous_id: str | None = None
    trigger_id: str | None = None
    values: dict[str, dict[str, JSON]] = field(default_factory=dict)

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def title(self) -> str:
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[JSON]:
        return list(self.body.get("blocks", []))

    @property
    def private_metadata(self) -> str:
        return str(self.body.get("private_metadata", ""))


@dataclass(slots=True)
class Workspace:
    """The whole state.

    `forbid_channel_creation` is the workspace setting of that name; `is_free`: it pays nothing;
    `holds_files`: uploads stay in processing until `processed` is set.
    """

    team_id: str
    name: str
    domain: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    entered: dict[tuple[str, str], dict[str, dict[str, JSON]]] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    usergroups: dict[str, Usergroup] = field(default_factory=dict)
    canvases: dict[str, Canvas] = field(default_factory=dict)
    forbid_channel_creation: bool = False
    is_free: bool = False
    holds_files: bool = False
    _last_micros: int = 0
    _ids: int = 0

    def stamp(self, now: datetime) -> str:
        """A new `ts`: domain time, or one microsecond after the last one if that is later."""
        self._last_micros = max(micros(now), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """A new identifier in Slack's form, such as C000000001A."""
        self._ids += 1
        return f"{prefix}0{self._ids:08X}SB"

    def user_named(self, name: str) -> User | None:
        """The user with this handle."""
        return next((u for u in self.users.values() if u.name == name), None)

    def channel_named(self, name: str) -> Channel | None:
        """The public or private channel with this name, archived ones included."""
        named = (c for c in self.channels.values() if c.name == name and not c.dm_of)
        return next(named, None)

    def dm_with(self, users: tuple[str, ...]) -> Channel | None:
        """The DM of the bot with exactly these people."""
        wanted = tuple(sorted(users))
        return next((c for c in self.channels.values() if c.dm_of == wanted), None)

    def view(self, view_id: str) -> View | None:
        """An open modal or a published home, by its id."""
        open_views = (v for stack in self.stacks.values() for v in stack)
        return next((v for v in [*open_views, *self.homes.values()] if v.id == view_id), None)

    def view_external(self, external_id: str) -> View | None:
        """An open modal or a published home, by the id the app gave it."""
        open_views = [v for stack in self.stacks.values() for v in stack]
        everything = [*open_views, *self.homes.values()]
        return next((v for v in everything if v.body.get("external_id") == external_id), None)


def micros(now: datetime) -> int:
    """Microseconds since 1970, exactly (a float would lose the last digits)."""
    return (now - EPOCH) // timedelta(microseconds=1)


def ts_key(ts: str) -> Decimal:
    """A `ts` as something that compares; raises ArithmeticError if it is not a number."""
    return Decimal(ts)
