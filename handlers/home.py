"""The app's own tab, published whenever somebody opens it or changes something on it."""

from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import SendFailed
from bot.workspace.model import Request
from handlers.blocks import home
from handlers.blocks.attending import BRIEF
from handlers.inbox import RECEIVED, ok
from handlers.parse import Malformed, action_of
from handlers.services import Services

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

    async def on_brief(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        if payload.value not in {"yes", "no"}:
            raise Malformed("neither yes nor no")
        await services.attending.be_brief(request, brief=payload.value == "yes")
        await publish(services, request)
        return ok()

    app.event("app_home_opened")(on_opened)
    app.action(BRIEF)(on_brief)


async def publish(services: Services, request: Request, seen: str = "") -> None:
    """Show somebody their tab. Whoever was faster has shown something newer."""
    shown = await services.attending.home(request)
    view = home.home(shown, services.command("incident"))
    try:
        await services.dialogs.publish(request.workspace, request.person.id, view, seen)
    except SendFailed as failure:
        log.warning("home.not_shown", reason=failure.reason)
