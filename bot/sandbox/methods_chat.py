"""chat.*: what the app says, changes and takes back."""

from typing import Any

from bot.sandbox.blockkit import TEXT_LIMIT, message_problems
from bot.sandbox.desk import Args, Desk, Handler
from bot.sandbox.pictures import picture_problems
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Channel, Message
from bot.sandbox.typed import stored

_MOST_ATTACHMENTS = 100
_METADATA_LIMIT = 8000


def post_message(desk: Desk, args: Args) -> JSON:
    """chat.postMessage"""
    channel = _target(desk, args["channel"])
    content(desk, args)
    parent = _parent(channel, args.get("thread_ts"))
    desk.space_posts(channel)
    message = desk.world.post_as_app(
        channel,
        text_of(args),
        blocks=args.get("blocks") or [],
        attachments=args.get("attachments") or [],
        thread_ts=parent,
        broadcast=bool(args.get("reply_broadcast")) and parent is not None,
        metadata=metadata(args),
    )
    body = desk.world.message_body(message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": body}


def post_ephemeral(desk: Desk, args: Args) -> JSON:
    """chat.postEphemeral"""
    channel = desk.open_channel(args["channel"])
    content(desk, args)
    metadata(args)  # checked, then dropped: an ephemeral message cannot carry any
    user = desk.workspace.users.get(args["user"])
    if user is None or user.deleted or user.id not in channel.members:
        raise ApiError("user_not_in_channel")
    message = desk.world.post_ephemeral(
        channel,
        user.id,
        text_of(args),
        blocks=args.get("blocks") or [],
        attachments=args.get("attachments") or [],
        thread_ts=_parent(channel, args.get("thread_ts")),
    )
    return {"message_ts": message.ts}


def update(desk: Desk, args: Args) -> JSON:
    """chat.update: blocks and attachments that are not given stay as they are."""
    channel = desk.channel(args["channel"])
    message = desk.message(channel, args["ts"])
    if message.bot_id != desk.app.bot_id:
        raise ApiError("cant_update_message")
    content(desk, args, has_blocks=bool(message.blocks))
    text = text_of(args) if "text" in args or "markdown_text" in args else None
    desk.world.edit(
        message,
        desk.bot,
        text=stored(text) if text is not None else None,
        blocks=args.get("blocks"),
        attachments=args.get("attachments"),
        metadata=metadata(args),
    )
    body = desk.world.message_body(message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def delete(desk: Desk, args: Args) -> JSON:
    """chat.delete"""
    channel = desk.channel(args["channel"])
    message = desk.message(channel, args["ts"])
    if message.bot_id != desk.app.bot_id:
        raise ApiError("cant_delete_message")
    desk.world.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(desk: Desk, args: Args) -> JSON:
    """chat.getPermalink"""
    channel = desk.channel(args["channel"])
    message = desk.message(channel, args["message_ts"])
    return {"channel": channel.id, "permalink": permalink_of(desk, message)}


def permalink_of(desk: Desk, message: Message) -> str:
    """The address of a message in Slack's web client."""
    place = f"https://{desk.workspace.domain}.slack.com/archives/{message.channel}"
    link = f"{place}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link


def content(desk: Desk, args: Args, *, has_blocks: bool = False) -> None:
    """Refuse a message whose text, blocks or attachments Slack would refuse."""
    if "markdown_text" in args and ("text" in args or "blocks" in args):
        raise ApiError("markdown_text_conflict")
    text, blocks = text_of(args), args.get("blocks")
    attachments = args.get("attachments")
    if not (text or blocks or attachments or (has_blocks and blocks is None)):
        raise ApiError("no_text")
    if len(text) > TEXT_LIMIT:
        raise ApiError("msg_too_long", [f"text has {len(text)} characters, the most is 3900"])
    if attachments is not None and not isinstance(attachments, list):
        raise ApiError("invalid_attachments")
    if attachments and len(attachments) > _MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    if blocks is not None:
        problems = message_problems(blocks) or picture_problems(desk.world, blocks)
        if problems:
            raise ApiError("invalid_blocks", [f"[ERROR] {p}" for p in problems])


def text_of(args: Args) -> str:
    """The text of a call, whichever way it came."""
    return str(args.get("text") or args.get("markdown_text") or "")


def metadata(args: Args) -> JSON | None:
    """The metadata of a call, if any and if it is in order."""
    given = args.get("metadata")
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    payload = given.get("event_payload")
    if not isinstance(payload, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise ApiError("invalid_metadata_schema")
    if not all(_flat(value) for value in payload.values()):
        raise ApiError("invalid_metadata_schema")
    if len(str(given)) > _METADATA_LIMIT:
        raise ApiError("metadata_too_large")
    return given


def _flat(value: Any) -> bool:
    """A string, number or boolean, or one level of objects or lists of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return all(isinstance(inner, str | int | float | bool) for inner in value)
    return isinstance(value, str | int | float | bool)


def _target(desk: Desk, name: str) -> Channel:
    """Where a post goes: a channel id, a #name, or a user id (their DM)."""
    user = desk.workspace.users.get(name)
    if user is not None and not user.is_bot:
        if user.deleted:
            raise ApiError("channel_not_found")
        return _with_tab(desk, desk.world.open_dm([user.id]))
    named = desk.workspace.channel_named(name.removeprefix("#"))
    channel_id = named.id if named is not None else name
    channel = desk.channel(channel_id)
    if channel.archived:
        raise ApiError("is_archived")
    everywhere = "chat:write.public" in desk.app.scopes and channel.kind == "channel"
    return channel if everywhere else _with_tab(desk, desk.joined(channel_id))


def _with_tab(desk: Desk, channel: Channel) -> Channel:
    """A DM shows the bot's messages only if the app has a messages tab."""
    if channel.kind == "im" and not desk.app.messages_tab:
        raise ApiError("messages_tab_disabled")
    return channel


def _parent(channel: Channel, thread_ts: str | None) -> str | None:
    """The first message of the thread to answer in; a reply has no thread of its own."""
    if not thread_ts:
        return None
    parent = channel.find(thread_ts)
    if parent is None or parent.is_reply or parent.is_notice:
        raise ApiError("cannot_reply_to_message")
    return thread_ts


METHODS: dict[str, Handler] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
}
