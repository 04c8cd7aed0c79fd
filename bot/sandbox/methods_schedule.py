"""chat.scheduleMessage and its kin, and blocks.validate, which anybody may ask."""

import json
from typing import Any

from bot.sandbox.blockkit import message_problems, view_problems
from bot.sandbox.desk import Args, Desk, Handler, page, with_cursor
from bot.sandbox.methods_chat import content, metadata, text_of
from bot.sandbox.refusals import ApiError
from bot.sandbox.schedule import Scheduled
from bot.sandbox.state import JSON, Channel

MOST_AHEAD = 120 * 24 * 3600
_WINDOW = 300
_MOST_IN_WINDOW = 30


def schedule_message(desk: Desk, args: Args) -> JSON:
    """chat.scheduleMessage: one with metadata is accepted and never posted"""
    channel = desk.open_channel(args["channel"])
    content(desk, args)
    made = Scheduled(
        id=desk.workspace.new_id("Q"),
        channel=channel,
        post_at=_time(desk, channel, args["post_at"]),
        made_at=desk.world.seconds(),
        text=text_of(args),
        blocks=args.get("blocks") or [],
        attachments=args.get("attachments") or [],
        thread_ts=args.get("thread_ts"),
        silent=metadata(args) is not None,
    )
    desk.schedule.add(made)
    names = {"channel": channel.id, "scheduled_message_id": made.id, "post_at": made.post_at}
    return {**names, "message": {"text": made.text, "type": "delayed_message"}}


def _time(desk: Desk, channel: Channel, post_at: int) -> int:
    """A time that Slack accepts: ahead, not too far, and not too many around it."""
    now = desk.world.seconds()
    if post_at <= now:
        raise ApiError("time_in_past")
    if post_at > now + MOST_AHEAD:
        raise ApiError("time_too_far")
    waiting = [s for s in desk.schedule.waiting.values() if s.channel is channel]
    if sum(abs(s.post_at - post_at) < _WINDOW for s in waiting) >= _MOST_IN_WINDOW:
        raise ApiError("restricted_too_many")
    return post_at


def delete_scheduled(desk: Desk, args: Args) -> JSON:
    """chat.deleteScheduledMessage"""
    channel = desk.channel(args["channel"])
    found = desk.schedule.waiting.get(args["scheduled_message_id"])
    if found is None or found.channel is not channel:
        raise ApiError("invalid_scheduled_message_id")
    del desk.schedule.waiting[found.id]
    return {}


def list_scheduled(desk: Desk, args: Args) -> JSON:
    """chat.scheduledMessages.list"""
    wanted = [
        {"id": s.id, "channel_id": s.channel.id, "post_at": s.post_at, "date_created": s.made_at}
        | {"text": s.text}
        for s in desk.schedule.waiting.values()
        if args.get("channel", s.channel.id) == s.channel.id
    ]
    shown, cursor = page(wanted, args, default=100)
    return with_cursor({"scheduled_messages": shown}, cursor)


def validate(_desk: Desk, args: Args) -> JSON:
    """blocks.validate: the blocks, the message or the view of a call, and what is wrong with it"""
    given = [name for name in ("blocks", "message", "view") if args.get(name)]
    if len(given) != 1:
        raise ApiError("invalid_arguments", ["[ERROR] one of blocks, message, view"])
    (name,) = given
    problems = _problems(name, args[name])
    if problems:
        raise ApiError(f"invalid_{name}", [f"[ERROR] {p}" for p in problems])
    return {}


def _problems(name: str, value: Any) -> list[str]:
    if name == "view":
        return view_problems(value)
    if name == "blocks":
        return message_problems(value)
    try:
        message = json.loads(value)
    except ValueError:
        return ["must be JSON [json-pointer:/message]"]
    if not isinstance(message, dict):
        return ["must be an object [json-pointer:/message]"]
    return message_problems(message.get("blocks", []))


METHODS: dict[str, Handler] = {
    "blocks.validate": validate,
    "chat.deleteScheduledMessage": delete_scheduled,
    "chat.scheduleMessage": schedule_message,
    "chat.scheduledMessages.list": list_scheduled,
}
