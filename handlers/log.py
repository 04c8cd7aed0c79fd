"""`/log`: put something on the record from the composer."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.incidents import grammar
from bot.incidents.grammar import Misspelt, Show
from handlers.blocks import answers
from handlers.forms import open_log
from handlers.inbox import RECEIVED, ok
from handlers.parse import command_of
from handlers.say import A_NOTE, misspelt
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """`/log TEXT`."""

    async def on_log(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = command_of(body)
        request = await services.inbox.from_command(payload, context[RECEIVED])
        text = await services.inbox.text_of(payload.team_id, payload.text)
        asked = grammar.log(text)
        if isinstance(asked, Show):
            await open_log(services, request, payload.trigger_id)
            return ok()
        if isinstance(asked, Misspelt):
            raise misspelt(asked, text, A_NOTE)
        done = await services.incidents.command(request, asked)
        response = services.inbox.to_command(answers.done(done))
        await services.inbox.finish_slow(payload, context[RECEIVED], response)
        return response

    app.command(services.command("log"))(on_log)
