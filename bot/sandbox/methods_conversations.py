"""conversations.*: channels, their members and what was said in them."""

import unicodedata
from collections.abc import Callable
from decimal import Decimal

from bot.sandbox.desk import Args, Desk, Handler, comma_list, page, unique, with_cursor
from bot.sandbox.refusals import ApiError
from bot.sandbox.spec import require_scope
from bot.sandbox.state import JSON, Channel, Message, ts_key

_NAME_LENGTH = 80
_TOPIC_LENGTH = 250
_MOST_INVITED = 100
_MOST_IN_DM = 8
_HISTORY_PAGE = 100
_REPLIES_PAGE = 1000
_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
_READ = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


def create(desk: Desk, args: Args) -> JSON:
    """conversations.create"""
    private = bool(args.get("is_private"))
    require_scope(desk.app.scopes, ["groups:write" if private else "channels:manage"])
    _check_name(desk, args["name"])
    if desk.workspace.forbid_channel_creation:
        raise ApiError("restricted_action")
    channel = desk.world.create_channel(args["name"], desk.bot, private=private)
    return {"channel": desk.world.channel_body(channel)}


def rename(desk: Desk, args: Args) -> JSON:
    """conversations.rename: only what the bot created itself."""
    channel = desk.open_channel(args["channel"])
    _no_dm(channel)
    if channel.creator != desk.bot:
        raise ApiError("not_authorized")
    if args["name"] != channel.name:
        _check_name(desk, args["name"])
        desk.world.rename(channel, desk.bot, args["name"])
    return {"channel": desk.world.channel_body(channel)}


def _check_name(desk: Desk, name: str) -> None:
    """Slack's rules for channel names; letters of any alphabet, as long as they are lower case."""
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > _NAME_LENGTH:
        raise ApiError("invalid_name_maxlength")
    if all(c in "-_" or unicodedata.category(c).startswith("P") for c in name):
        raise ApiError("invalid_name_punctuation")
    if name != name.lower() or not all(c.isalnum() or c in "-_" for c in name):
        raise ApiError("invalid_name_specials")
    if desk.workspace.channel_named(name) is not None:
        raise ApiError("name_taken")


def _no_dm(channel: Channel) -> None:
    if channel.dm_of:
        raise ApiError("method_not_supported_for_channel_type")


def set_topic(desk: Desk, args: Args) -> JSON:
    """conversations.setTopic"""
    channel = desk.open_channel(args["channel"])
    if len(args["topic"]) > _TOPIC_LENGTH:
        raise ApiError("too_long")
    if args["topic"] != channel.topic:
        desk.world.set_topic(channel, desk.bot, args["topic"])
    return {"channel": desk.world.channel_body(channel)}


def set_purpose(desk: Desk, args: Args) -> JSON:
    """conversations.setPurpose"""
    channel = desk.open_channel(args["channel"])
    if len(args["purpose"]) > _TOPIC_LENGTH:
        raise ApiError("too_long")
    if args["purpose"] != channel.purpose:
        desk.world.set_purpose(channel, desk.bot, args["purpose"])
    return {"purpose": args["purpose"]}


def invite(desk: Desk, args: Args) -> JSON:
    """conversations.invite: all or nobody, unless forced."""
    channel = desk.open_channel(args["channel"])
    _no_dm(channel)
    users = unique(comma_list(args.get("users", "")))
    if not users:
        raise ApiError("no_user")
    if len(users) > _MOST_INVITED:
        raise ApiError("invalid_arguments", [f"[ERROR] no more than {_MOST_INVITED} users"])
    refused = {u: code for u in users if (code := _uninvitable(desk, channel, u))}
    errors = [{"user": u, "error": code, "ok": False} for u, code in refused.items()]
    if refused and (not args.get("force") or len(refused) == len(users)):
        raise ApiError(next(iter(refused.values())), errors=errors)
    for user in users:
        if user not in refused:
            desk.world.join(channel, user, desk.bot)
    body = {"channel": desk.world.channel_body(channel)}
    return body | ({"errors": errors} if errors else {})


def _uninvitable(desk: Desk, channel: Channel, user_id: str) -> str:
    """Why this person cannot be invited; empty if they can."""
    user = desk.workspace.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user_id == desk.bot:
        return "cant_invite_self"
    if user.deleted:
        return "cant_invite"
    if user.stranger:
        return "org_user_not_in_team"
    return "already_in_channel" if user_id in channel.members else ""


def join(desk: Desk, args: Args) -> JSON:
    """conversations.join: public channels only."""
    channel = desk.channel(args["channel"])
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    already = desk.bot in channel.members
    if not already:
        desk.world.join(channel, desk.bot)
    body: JSON = {"channel": desk.world.channel_body(channel)}
    return body | ({"warning": "already_in_channel"} if already else {})


def leave(desk: Desk, args: Args) -> JSON:
    """conversations.leave"""
    channel = desk.channel(args["channel"])
    _no_dm(channel)
    if channel.general:
        raise ApiError("cant_leave_general")
    if desk.bot not in channel.members:
        return {"not_in_channel": True}
    desk.world.leave(channel, desk.bot)
    return {}


def kick(desk: Desk, args: Args) -> JSON:
    """conversations.kick"""
    channel = desk.joined(args["channel"])
    _no_dm(channel)
    user = desk.user(args.get("user", ""))
    if user.id == desk.bot:
        raise ApiError("cant_kick_self")
    if channel.general:
        raise ApiError("cant_kick_from_general")
    if user.id not in channel.members:
        raise ApiError("user_not_found")
    desk.world.leave(channel, user.id)
    return {}


def archive(desk: Desk, args: Args) -> JSON:
    """conversations.archive"""
    channel = desk.joined(args["channel"])
    _no_dm(channel)
    if channel.general:
        raise ApiError("cant_archive_general")
    if channel.archived:
        raise ApiError("already_archived")
    desk.world.archive(channel, desk.bot)
    return {}


def info(desk: Desk, args: Args) -> JSON:
    """conversations.info"""
    channel = desk.channel(args["channel"])
    body = desk.world.channel_body(channel)
    if args.get("include_num_members"):
        body["num_members"] = len(channel.members)
    return {"channel": body}


def members(desk: Desk, args: Args) -> JSON:
    """conversations.members"""
    channel = desk.channel(args["channel"])
    shown, cursor = page(channel.members, args, default=100)
    return with_cursor({"members": shown}, cursor)


def open_dm(desk: Desk, args: Args) -> JSON:
    """conversations.open: a DM with one to eight people, or one that is open already."""
    if args.get("channel"):
        channel = desk.channel(args["channel"])
        return _opened(desk, channel, args, already=True)
    users = unique(comma_list(args.get("users", "")))
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > _MOST_IN_DM:
        raise ApiError("too_many_users")
    require_scope(desk.app.scopes, ["im:write" if len(users) == 1 else "mpim:write"])
    for user_id in users:
        user = desk.user(user_id)
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_bot:
            raise ApiError("invalid_user_combination")
    known = desk.workspace.dm_with(tuple(users))
    if known is None and args.get("prevent_creation"):
        raise ApiError("channel_not_found")
    return _opened(desk, desk.world.open_dm(users), args, already=known is not None)


def _opened(desk: Desk, channel: Channel, args: Args, *, already: bool) -> JSON:
    whole = bool(args.get("return_im"))
    body: JSON = {"channel": desk.world.channel_body(channel) if whole else {"id": channel.id}}
    return body | ({"no_op": True, "already_open": True} if already else {})


def list_channels(desk: Desk, args: Args) -> JSON:
    """conversations.list: public channels, and others the bot is in."""
    return listing(desk, args, lambda c: not c.private or desk.bot in c.members)


def listing(desk: Desk, args: Args, wanted: Callable[[Channel], bool]) -> JSON:
    """A page of the channels of the asked types that `wanted` accepts."""
    kinds = _kinds(desk, args.get("types", "public_channel"))
    found = [
        c
        for c in desk.workspace.channels.values()
        if c.kind in kinds and wanted(c) and not (c.archived and args.get("exclude_archived"))
    ]
    shown, cursor = page(found, args, default=100)
    return with_cursor({"channels": [desk.world.channel_body(c) for c in shown]}, cursor)


def _kinds(desk: Desk, types: str) -> list[str]:
    """The asked channel types, each with its own scope."""
    asked = comma_list(types)
    if not asked or set(asked) - set(_TYPES):
        raise ApiError("invalid_types")
    kinds = [_TYPES[t] for t in asked]
    for kind in kinds:
        require_scope(desk.app.scopes, [f"{_READ[kind]}:read"])
    return kinds


def history(desk: Desk, args: Args) -> JSON:
    """conversations.history: newest first, without replies unless they were broadcast."""
    channel = desk.joined(args["channel"])
    top = [m for m in channel.visible() if not m.is_reply or m.broadcast]
    between = _between(top, args)
    shown, cursor = page(between[::-1], args, default=_HISTORY_PAGE, most=999)
    body = {
        "messages": _bodies(desk, shown, args),
        "has_more": bool(cursor),
        "pin_count": len(channel.pins),
    }
    return with_cursor(body, cursor) if cursor else body


def replies(desk: Desk, args: Args) -> JSON:
    """conversations.replies: oldest first, the thread's first message on every first page."""
    channel = desk.joined(args["channel"])
    asked = channel.find(args["ts"])
    if asked is None:
        raise ApiError("thread_not_found")
    if asked.is_reply:
        return {"messages": _bodies(desk, [asked], args), "has_more": False}
    between = _between(channel.replies(asked.ts), args)
    shown, cursor = page([asked, *between], args, default=_REPLIES_PAGE)
    body = {"messages": _bodies(desk, shown, args), "has_more": bool(cursor)}
    return with_cursor(body, cursor) if cursor else body


def _between(messages: list[Message], args: Args) -> list[Message]:
    """The messages after `oldest` and before `latest`, the ends only if inclusive."""
    oldest = _bound(args.get("oldest", ""), "invalid_ts_oldest")
    latest = _bound(args.get("latest", ""), "invalid_ts_latest")
    ends = bool(args.get("inclusive"))
    found = []
    for message in messages:
        key = ts_key(message.ts)
        after = oldest is None or key > oldest or (ends and key == oldest)
        before = latest is None or key < latest or (ends and key == latest)
        if after and before:
            found.append(message)
    return found


def _bound(text: str, code: str) -> Decimal | None:
    if not text or text == "now":
        return None
    try:
        return ts_key(text)
    except ArithmeticError as error:
        raise ApiError(code) from error


def _bodies(desk: Desk, messages: list[Message], args: Args) -> list[JSON]:
    """Metadata is hidden unless it was asked for."""
    asked = bool(args.get("include_all_metadata"))
    return [desk.world.message_body(m, metadata=asked) for m in messages]


METHODS: dict[str, Handler] = {
    "conversations.create": create,
    "conversations.rename": rename,
    "conversations.setTopic": set_topic,
    "conversations.setPurpose": set_purpose,
    "conversations.invite": invite,
    "conversations.join": join,
    "conversations.leave": leave,
    "conversations.kick": kick,
    "conversations.archive": archive,
    "conversations.info": info,
    "conversations.members": members,
    "conversations.open": open_dm,
    "conversations.list": list_channels,
    "conversations.history": history,
    "conversations.replies": replies,
}
