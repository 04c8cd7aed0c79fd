"""Who joins and leaves incident channels, and what becomes of the channels."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from handlers import attending
from handlers.inbox import ok
from handlers.parse import Malformed, time_of
from handlers.services import Services

Body = dict[str, Any]
Told = Callable[[Services, Body, AsyncBoltContext], Awaitable[None]]

_ID = re.compile(r"[CGD][A-Z0-9]{1,30}")


def register(app: AsyncApp, services: Services) -> None:
    """Every event about a channel and those in it."""
    for kind, told in TOLD.items():
        app.event(kind)(_listener(services, told))
    app.event({"type": "message", "subtype": "channel_convert_to_private"})(
        _listener(services, _private)
    )


def _listener(services: Services, told: Told) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_event(body: Body, context: AsyncBoltContext) -> BoltResponse:
        await told(services, body, context)
        return ok()

    return on_event


def _channel(body: Body) -> str:
    told = body["event"].get("channel")
    channel = told.get("id") if isinstance(told, dict) else told
    if not isinstance(channel, str) or not _ID.fullmatch(channel):
        raise Malformed("no channel")
    return channel


async def _joined(services: Services, body: Body, context: AsyncBoltContext) -> None:
    event, team, channel = body["event"], body["team_id"], _channel(body)
    at = time_of(event["event_ts"])
    if event.get("user") == context.bot_user_id:
        await services.incidents.invited(team, channel, at)
        await services.membership.back(team, channel, at)
        return
    await services.membership.joined(team, channel, event["user"], at)
    await attending.came(services, body, context)


async def _left(services: Services, body: Body, context: AsyncBoltContext) -> None:
    event, team, channel = body["event"], body["team_id"], _channel(body)
    if event.get("user") == context.bot_user_id:
        await services.membership.lost(team, channel, "removed")
        return
    await services.membership.left(team, channel, event["user"], time_of(event["event_ts"]))


async def _archived(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    await services.membership.lost(body["team_id"], _channel(body), "archived")


async def _deleted(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    await services.membership.lost(body["team_id"], _channel(body), "deleted")


async def _removed(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    await services.membership.lost(body["team_id"], _channel(body), "removed")


async def _unarchived(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    at = time_of(body["event"]["event_ts"])
    await services.membership.back(body["team_id"], _channel(body), at)


async def _renamed(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    name = body["event"]["channel"].get("name", "")
    await services.membership.renamed(body["team_id"], _channel(body), str(name)[:80])


async def _private(services: Services, body: Body, _context: AsyncBoltContext) -> None:
    await services.membership.made_private(body["team_id"], _channel(body))


TOLD: dict[str, Told] = {
    "member_joined_channel": _joined,
    "member_left_channel": _left,
    "channel_left": _removed,
    "group_left": _removed,
    "channel_archive": _archived,
    "group_archive": _archived,
    "channel_unarchive": _unarchived,
    "group_unarchive": _unarchived,
    "channel_deleted": _deleted,
    "group_deleted": _deleted,
    "channel_rename": _renamed,
    "group_rename": _renamed,
}
