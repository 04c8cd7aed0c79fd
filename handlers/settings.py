"""The settings of a workspace: a form for admins; what does not fit is said beside its field."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.workspace.settings import KEYS, described
from handlers.blocks import settings
from handlers.dialogs import errors, submission_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import action_of
from handlers.services import Services

VALUE_MAX = 3000


def register(app: AsyncApp, services: Services) -> None:
    """*Change*, and *Save*."""

    async def on_open(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        shown = described(await services.settings.shown(request))
        await services.dialogs.open(request.workspace, payload.trigger_id, settings.form(shown))
        return ok()

    async def on_save(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = submission_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        typed = typed_in(body)
        try:
            await services.settings.change(request, typed)
        except Refusal as refused:
            field = refused.field if refused.field in typed else next(iter(typed), KEYS[0])
            return errors(field, refused.text)
        return ok()

    app.action(settings.OPEN_FORM)(on_open)
    app.view(settings.FORM)(on_save)


def typed_in(body: dict[str, Any]) -> dict[str, str]:
    """What stands in each field: text, the choice, or the channel."""
    values = body.get("view", {}).get("state", {}).get("values", {})
    typed = {}
    for key in KEYS:
        given = values.get(key, {}).get(settings.VALUE)
        if isinstance(given, dict):
            chosen = given.get("selected_option") or {}
            text = given.get("value") or given.get("selected_channel") or chosen.get("value") or ""
            typed[key] = str(text)[:VALUE_MAX]
    return typed
