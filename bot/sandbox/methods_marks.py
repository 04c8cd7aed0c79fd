"""pins.*, bookmarks.* and reactions.*: marks that people and the app put on things."""

import re

from bot.sandbox.desk import Args, Desk, Handler
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Bookmark, Channel, Message
from bot.sandbox.wire import bookmark_json, pin_json

_MOST_PINS = 100
_MOST_BOOKMARKS = 100
_TS = re.compile(r"\d{10}\.\d{6}\Z")
EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?\Z")


def _item(desk: Desk, channel: Channel, args: Args) -> Message:
    """The message that `timestamp` names."""
    timestamp = args.get("timestamp")
    if not timestamp:
        raise ApiError("no_item_specified")
    if not _TS.match(timestamp):
        raise ApiError("bad_timestamp")
    return desk.message(channel, timestamp)


def pin_add(desk: Desk, args: Args) -> JSON:
    """pins.add"""
    channel = desk.joined(args["channel"])
    message = _item(desk, channel, args)
    if any(pin.ts == message.ts for pin in channel.pins):
        raise ApiError("already_pinned")
    if message.is_notice:
        raise ApiError("not_pinnable")
    if len(channel.pins) >= _MOST_PINS:
        raise ApiError("too_many_pins")
    desk.world.pin(message, desk.bot)
    return {}


def pin_remove(desk: Desk, args: Args) -> JSON:
    """pins.remove"""
    channel = desk.channel(args["channel"])
    message = _item(desk, channel, args)
    if all(pin.ts != message.ts for pin in channel.pins):
        raise ApiError("no_pin")
    desk.world.unpin(message, desk.bot)
    return {}


def pin_list(desk: Desk, args: Args) -> JSON:
    """pins.list: newest first"""
    channel = desk.channel(args["channel"])
    pins = reversed(channel.pins)
    app_id = desk.app.app_id
    return {"items": [pin_json(pin, channel, desk.workspace, app_id) for pin in pins]}


def bookmark_add(desk: Desk, args: Args) -> JSON:
    """bookmarks.add: links only"""
    channel = _bookmarked(desk, args)
    if args["type"] != "link":
        raise ApiError("invalid_bookmark_type")
    if not str(args.get("link", "")).startswith(("https://", "http://")):
        raise ApiError("invalid_link")
    if len(channel.bookmarks) >= _MOST_BOOKMARKS:
        raise ApiError("too_many_bookmarks")
    made = Bookmark(
        id=desk.workspace.new_id("Bk"),
        title=args["title"],
        kind="link",
        link=args["link"],
        emoji=args.get("emoji", ""),
    )
    channel.bookmarks.append(made)
    return {"bookmark": bookmark_json(made, channel)}


def bookmark_edit(desk: Desk, args: Args) -> JSON:
    """bookmarks.edit"""
    channel = _bookmarked(desk, args)
    found = _bookmark(channel, args)
    if "link" in args and not args["link"].startswith(("https://", "http://")):
        raise ApiError("invalid_link")
    found.title = args.get("title", found.title)
    found.link = args.get("link", found.link)
    found.emoji = args.get("emoji", found.emoji)
    return {"bookmark": bookmark_json(found, channel)}


def bookmark_remove(desk: Desk, args: Args) -> JSON:
    """bookmarks.remove"""
    channel = _bookmarked(desk, args)
    channel.bookmarks.remove(_bookmark(channel, args))
    return {}


def bookmark_list(desk: Desk, args: Args) -> JSON:
    """bookmarks.list"""
    channel = _bookmarked(desk, args)
    return {"bookmarks": [bookmark_json(b, channel) for b in channel.bookmarks]}


def _bookmarked(desk: Desk, args: Args) -> Channel:
    """Only members see bookmarks; Slack has no own code for others."""
    if "channel_id" not in args:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: channel_id"])
    channel = desk.channel(args["channel_id"])
    if desk.bot not in channel.members:
        raise ApiError("channel_not_found")
    return channel


def _bookmark(channel: Channel, args: Args) -> Bookmark:
    found = [b for b in channel.bookmarks if b.id == args.get("bookmark_id")]
    if not found:
        raise ApiError("not_found")
    return found[0]


def reaction_add(desk: Desk, args: Args) -> JSON:
    """reactions.add"""
    message = _reactable(desk, args)
    if message.channel and desk.workspace.channels[message.channel].archived:
        raise ApiError("is_archived")
    if _has_reacted(message, args["name"], desk.bot):
        raise ApiError("already_reacted")
    desk.world.react(message, desk.bot, args["name"])
    return {}


def reaction_remove(desk: Desk, args: Args) -> JSON:
    """reactions.remove"""
    message = _reactable(desk, args)
    if not _has_reacted(message, args["name"], desk.bot):
        raise ApiError("no_reaction")
    desk.world.unreact(message, desk.bot, args["name"])
    return {}


def reaction_get(desk: Desk, args: Args) -> JSON:
    """reactions.get"""
    message = _reactable(desk, args | {"name": "ok"})
    body = desk.world.message_body(message)
    return {"type": "message", "channel": message.channel, "message": body}


def _reactable(desk: Desk, args: Args) -> Message:
    if not args.get("channel"):
        raise ApiError("no_item_specified")
    channel = desk.channel(args["channel"])
    if not EMOJI.match(args["name"]):
        raise ApiError("invalid_name")
    if desk.bot not in channel.members:
        raise ApiError("message_not_found")
    return _item(desk, channel, args)


def _has_reacted(message: Message, name: str, user: str) -> bool:
    return any(r.name == name and user in r.users for r in message.reactions)


METHODS: dict[str, Handler] = {
    "bookmarks.add": bookmark_add,
    "bookmarks.edit": bookmark_edit,
    "bookmarks.list": bookmark_list,
    "bookmarks.remove": bookmark_remove,
    "pins.add": pin_add,
    "pins.list": pin_list,
    "pins.remove": pin_remove,
    "reactions.add": reaction_add,
    "reactions.get": reaction_get,
    "reactions.remove": reaction_remove,
}
