"""Lines and marks: what can happen to messages, and the events that tell of it.

The base of `World`, which adds channels and people. Nothing here refuses.
"""

from collections.abc import Callable, Iterable

from bot.clock import Clock, Draws
from bot.sandbox.app import App
from bot.sandbox.state import (
    JSON,
    NOTICES,
    Channel,
    Edit,
    Message,
    Pin,
    Reaction,
    User,
    Workspace,
)
from bot.sandbox.typed import stored
from bot.sandbox.wire import channel_json, message_json, user_json

Emit = Callable[[JSON, Channel | None], None]
Touched = Callable[[Message | None], None]
_TOMBSTONE = "This message was deleted."


def nobody_listens(_event: JSON, _channel: Channel | None) -> None:
    """Before anything is connected, and after it is stopped."""


def nobody_watches(_message: Message | None) -> None:
    """As long as no page shows the workspace."""


class Lines:
    """The workspace, its app, and the one way to change it.

    `emit` is told every event with the channel it happened in (None: the whole workspace); it
    decides whether the app hears of it. `touched` is told of every message that came or changed,
    and with None that something else did.
    """

    def __init__(self, workspace: Workspace, app: App, clock: Clock, draws: Draws) -> None:
        self.workspace = workspace
        self.app = app
        self.clock = clock
        self.draws = draws
        self.emit: Emit = nobody_listens
        self.touched: Touched = nobody_watches

    # -- names ---------------------------------------------------------------------------------

    def stamp(self) -> str:
        """A new ts at domain time."""
        return self.workspace.stamp(self.clock.now())

    def seconds(self) -> int:
        """Domain time in whole Unix seconds."""
        return int(self.clock.now().timestamp())

    def message_body(self, message: Message, *, metadata: bool = False) -> JSON:
        """The message as Slack's JSON."""
        return message_json(message, self.workspace, self.app.app_id, metadata=metadata)

    def user_body(self, user: User, *, email: bool = False, locale: bool = False) -> JSON:
        """The user as Slack's JSON."""
        return user_json(user, self.clock.now(), email=email, locale=locale)

    def channel_body(self, channel: Channel) -> JSON:
        """The channel as Slack's JSON, as the bot sees it."""
        return channel_json(channel, self.workspace, self.app.bot_user_id)

    def with_ids(self, blocks: Iterable[JSON]) -> list[JSON]:
        """The blocks with a block_id each, and an action_id on whatever can be acted on."""
        return [self._with_block_id(block) for block in blocks]

    def _with_block_id(self, block: JSON) -> JSON:
        named = {**block, "block_id": block.get("block_id") or self.draws.token()[:5]}
        for key in ("element", "accessory"):
            if isinstance(named.get(key), dict):
                named[key] = self._with_action_id(named[key])
        if named.get("type") == "actions":
            named["elements"] = [self._with_action_id(e) for e in named.get("elements", [])]
        return named

    def _with_action_id(self, element: JSON) -> JSON:
        if element.get("type") == "image":
            return element
        return {**element, "action_id": element.get("action_id") or self.draws.token()[:5]}

    # -- messages ------------------------------------------------------------------------------

    def post(
        self,
        channel: Channel,
        user: str,
        text: str,
        *,
        blocks: Iterable[JSON] = (),
        attachments: Iterable[JSON] = (),
        thread_ts: str | None = None,
        broadcast: bool = False,
        metadata: JSON | None = None,
        subtype: str | None = None,
        client_msg_id: str | None = None,
        inviter: str | None = None,
        files: Iterable[str] = (),
    ) -> Message:
        """A new line by `user`; `text` as it is stored. Notices about the bot are not the app's."""
        by_app = user == self.app.bot_user_id and subtype not in NOTICES
        message = Message(
            ts=self.stamp(),
            channel=channel.id,
            user=user,
            text=text,
            blocks=self.with_ids(blocks),
            attachments=list(attachments),
            bot_id=self.app.bot_id if by_app else None,
            thread_ts=thread_ts,
            metadata=metadata,
            subtype="thread_broadcast" if broadcast else subtype,
            broadcast=broadcast,
            client_msg_id=client_msg_id,
            inviter=inviter,
            files=list(files),
        )
        channel.messages.append(message)
        self.touched(message)
        self._message_event(channel, self.message_body(message), message.ts)
        self._mention_event(channel, message)
        return message

    def post_as_app(
        self,
        channel: Channel,
        text: str,
        *,
        blocks: Iterable[JSON] = (),
        attachments: Iterable[JSON] = (),
        thread_ts: str | None = None,
        broadcast: bool = False,
        metadata: JSON | None = None,
    ) -> Message:
        """A new line of the bot; its text is turned into what Slack stores."""
        return self.post(
            channel,
            self.app.bot_user_id,
            stored(text),
            blocks=blocks,
            attachments=attachments,
            thread_ts=thread_ts,
            broadcast=broadcast,
            metadata=metadata,
        )

    def post_ephemeral(
        self,
        channel: Channel,
        to: str,
        text: str,
        *,
        blocks: Iterable[JSON] = (),
        attachments: Iterable[JSON] = (),
        thread_ts: str | None = None,
    ) -> Message:
        """A line of the bot that only `to` sees, and not in a thread nobody has answered in."""
        message = Message(
            ts=self.stamp(),
            channel=channel.id,
            user=self.app.bot_user_id,
            text=stored(text),
            blocks=self.with_ids(blocks),
            attachments=list(attachments),
            bot_id=self.app.bot_id,
            thread_ts=thread_ts,
            ephemeral_to=to,
            unseen=thread_ts is not None and not channel.replies(thread_ts),
        )
        channel.ephemerals.append(message)
        self.touched(message)
        return message

    def edit(
        self,
        message: Message,
        by: str,
        *,
        text: str | None = None,
        blocks: Iterable[JSON] | None = None,
        attachments: Iterable[JSON] | None = None,
        metadata: JSON | None = None,
    ) -> None:
        """Change a message in place; what is None stays. Ephemerals change without an event."""
        before = self.message_body(message)
        if text is not None:
            message.text = text
        if blocks is not None:
            message.posted = message.posted or message.blocks
            message.blocks = self.with_ids(blocks)
        if attachments is not None:
            message.attachments = list(attachments)
        if metadata is not None:
            message.metadata = metadata
        self.touched(message)
        if message.ephemeral_to is None:
            message.edited = Edit(by, self.stamp())
            self._changed_event(message, before)

    def _changed_event(self, message: Message, before: JSON) -> None:
        ts = self.stamp()
        body = {
            "type": "message",
            "subtype": "message_changed",
            "message": self.message_body(message),
            "previous_message": before,
            "hidden": True,
            "ts": ts,
        }
        self._message_event(self.workspace.channels[message.channel], body, ts)

    def delete(self, message: Message) -> None:
        """Remove a message; a thread's first one leaves a tombstone while it has replies."""
        self.touched(message)
        channel = self.workspace.channels[message.channel]
        if message.ephemeral_to is not None:
            message.deleted = True
            return
        before = self.message_body(message)
        if not message.is_reply and channel.replies(message.ts):
            message.text, message.blocks, message.subtype = _TOMBSTONE, [], "tombstone"
            message.user, message.bot_id, message.metadata = "USLACKBOT", None, None
            message.attachments, message.reactions = [], []
            self._changed_event(message, before)
            return
        message.deleted = True
        channel.pins = [pin for pin in channel.pins if pin.ts != message.ts]
        ts = self.stamp()
        body = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": before,
            "deleted_ts": message.ts,
            "hidden": True,
            "ts": ts,
        }
        self._message_event(channel, body, ts)

    def _message_event(self, channel: Channel, body: JSON, ts: str) -> None:
        place = {"channel": channel.id, "channel_type": channel.kind, "event_ts": ts}
        self.emit(body | place, channel)

    def _mention_event(self, channel: Channel, message: Message) -> None:
        """Slack sends app_mention beside the message event, but not for DMs."""
        if f"<@{self.app.bot_user_id}>" not in message.text or channel.dm_of or message.subtype:
            return
        body = self.message_body(message) | {"type": "app_mention"}
        self.emit(body | {"channel": channel.id, "event_ts": message.ts}, channel)

    # -- marks ---------------------------------------------------------------------------------

    def react(self, message: Message, user: str, name: str) -> None:
        """Put the emoji `name` under a message."""
        reaction = next((r for r in message.reactions if r.name == name), None)
        if reaction is None:
            reaction = Reaction(name)
            message.reactions.append(reaction)
        reaction.users.append(user)
        self.touched(message)
        self._reaction_event("reaction_added", message, user, name)

    def unreact(self, message: Message, user: str, name: str) -> None:
        """Take the emoji away again."""
        for reaction in message.reactions:
            if reaction.name == name and user in reaction.users:
                reaction.users.remove(user)
        message.reactions = [r for r in message.reactions if r.users]
        self.touched(message)
        self._reaction_event("reaction_removed", message, user, name)

    def _reaction_event(self, kind: str, message: Message, user: str, name: str) -> None:
        event = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self.stamp(),
        }
        self.emit(event, self.workspace.channels[message.channel])

    def pin(self, message: Message, user: str) -> None:
        """Pin a message to its channel; Slack writes a notice."""
        channel = self.workspace.channels[message.channel]
        channel.pins.append(Pin(message.ts, user, self.seconds()))
        self._pin_event("pin_added", channel, message, user)
        text = f"<@{user}> pinned a message to this channel."
        self.post(channel, user, text, subtype="pinned_item")

    def unpin(self, message: Message, user: str) -> None:
        """Take the pin away."""
        channel = self.workspace.channels[message.channel]
        channel.pins = [pin for pin in channel.pins if pin.ts != message.ts]
        self._pin_event("pin_removed", channel, message, user)

    def _pin_event(self, kind: str, channel: Channel, message: Message, user: str) -> None:
        item = {
            "type": "message",
            "channel": channel.id,
            "message": self.message_body(message),
            "created": self.seconds(),
            "created_by": user,
        }
        event = {
            "type": kind,
            "user": user,
            "channel_id": channel.id,
            "item": item,
            "item_user": message.user,
            "pin_count": len(channel.pins),
            "event_ts": self.stamp(),
        }
        self.emit(event, channel)
