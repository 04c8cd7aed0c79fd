"""The app's own tab, published whenever somebody opens it or changes something on it."""

from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import SendFailed
from bot.incidents.attended import Wants
from bot.workspace.model import Request
from bot.workspace.teams import may_be_asked
from handlers.blocks import answers, home, sampling_status, teams
from handlers.blocks.attending import LEVELS, WANTS
from handlers.blocks.text import Block
from handlers.inbox import RECEIVED, ok
from handlers.parse import Malformed, action_of
from handlers.services import Services
from handlers.steering import labels_of

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """`app_home_opened`, and what is pressed there."""

    async def on_opened(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        event = body["event"]
        if event.get("tab") == "home":
            request = await services.dialogs.from_person(
                str(body["team_id"]), str(event["user"]), context[RECEIVED]
            )
            await publish(services, request, str((event.get("view") or {}).get("hash", "")))
        return ok()

    async def on_wants(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        if payload.value not in set(Wants):
            raise Malformed("no level of ours")
        me = await services.attending.hear(request, Wants(payload.value))
        await publish(services, request)
        if not payload.channel.id:
            return ok()
        return await services.inbox.to_action(payload, answers.talk(f"{LEVELS[me.wants]}: kept."))

    app.event("app_home_opened")(on_opened)
    app.action(WANTS)(on_wants)


async def publish(services: Services, request: Request, seen: str = "") -> None:
    """Show somebody their tab. Whoever was faster has shown something newer."""
    shown = await services.attending.home(request)
    labels = labels_of(await services.settings.of(request.workspace))
    me, left = await services.volunteering.status(request), await services.exporting.shared(request)
    standing = sampling_status.on_home(me, request.at, left, services.command("sampling"))
    back = [
        block
        for each in await services.volunteering.returned(request)
        for block in sampling_status.returned(each)
    ]
    more = (*back, *standing, *await _eyes(services, request))
    view = home.home(shown, services.command("incident"), labels, more)
    try:
        await services.dialogs.publish(request.workspace, request.person.id, view, seen)
    except SendFailed as failure:
        log.warning("home.not_shown", reason=failure.reason)


async def _eyes(services: Services, request: Request) -> tuple[Block, ...]:
    """Whether they would be asked for fresh eyes; nothing for whom nobody would ask."""
    if not may_be_asked(request.person):
        return ()
    who = (request.workspace, request.person.id)
    return (*teams.on_home(await services.teams.me(*who), await services.teams.of(*who)),)
