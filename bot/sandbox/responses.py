"""Answers that do not come as API calls: what a response_url and an ack may carry."""

from typing import Any

from bot.sandbox.desk import Desk
from bot.sandbox.methods_chat import content, text_of
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Channel, Message
from bot.sandbox.typed import stored

_KNOWN = frozenset(
    {
        "attachments",
        "blocks",
        "delete_original",
        "metadata",
        "mrkdwn",
        "replace_original",
        "response_type",
        "text",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
    }
)


def respond(desk: Desk, token: str, body: Any) -> Message | None:
    """Answer an act through its response_url; the message that was written or changed."""
    url = desk.triggers.respond(token)
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    channel = desk.workspace.channels[url.channel]
    if body.get("delete_original"):
        if url.message is None or url.message.deleted:
            raise ApiError("no_original")
        desk.world.delete(url.message)
        return None
    check(desk, body)
    if body.get("replace_original"):
        if url.message is None or url.message.deleted:
            raise ApiError("no_original")
        _replace(desk, url.message, body)
        return url.message
    message = show(desk, channel, url.user, body)
    if url.message is None:
        url.message = message  # the first answer to a command is what later ones may replace
    return message


def check(desk: Desk, body: JSON) -> None:
    """Refuse what Slack would refuse in a response_url body or in the ack of a command."""
    unknown = sorted(set(body) - _KNOWN)
    if unknown:
        raise ApiError("invalid_payload", [f"no such field: {name}" for name in unknown])
    if body.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_payload", ["response_type must be ephemeral or in_channel"])
    content(desk, body)


def show(desk: Desk, channel: Channel, user: str, body: JSON) -> Message:
    """Write the answer: to everybody, or to the person only. The bot need not be a member."""
    blocks, attachments = body.get("blocks") or [], body.get("attachments") or []
    thread = body.get("thread_ts")
    if body.get("response_type") == "in_channel":
        return desk.world.post_as_app(
            channel, text_of(body), blocks=blocks, attachments=attachments, thread_ts=thread
        )
    return desk.world.post_ephemeral(
        channel, user, text_of(body), blocks=blocks, attachments=attachments, thread_ts=thread
    )


def _replace(desk: Desk, message: Message, body: JSON) -> None:
    """The whole message is replaced: what is not given is gone."""
    desk.world.edit(
        message,
        desk.bot,
        text=stored(text_of(body)),
        blocks=body.get("blocks") or [],
        attachments=body.get("attachments") or [],
    )
