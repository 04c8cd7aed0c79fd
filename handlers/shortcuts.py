"""Shortcuts: from the menu of a message, and the global one."""

from collections.abc import Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.model import Incident
from bot.workspace.model import Permit, authorise
from handlers.blocks import forms
from handlers.blocks.text import Block
from handlers.filled import About, Shortcut, shortcut_of
from handlers.forms import open_declare
from handlers.inbox import RECEIVED, ok
from handlers.marks import without_word
from handlers.services import Services

DECLARE = "declare"
RECORD = "record"
MISLED = "misled"
Form = Callable[[Incident, About, str], Block]


def register(app: AsyncApp, services: Services) -> None:
    """*Declare an incident*, *Record this …* and *The tool misled …*."""

    async def on_declare(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        used = shortcut_of(body)
        request = await services.inbox.from_shortcut(used, context[RECEIVED])
        await open_declare(services, request, used.trigger_id)
        return ok()

    async def on_record(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        return await _open(services, shortcut_of(body), context[RECEIVED], _record)

    async def on_misled(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        return await _open(services, shortcut_of(body), context[RECEIVED], _misled)

    app.global_shortcut(DECLARE)(on_declare)
    app.message_shortcut(RECORD)(on_record)
    app.message_shortcut(MISLED)(on_misled)


async def _open(services: Services, used: Shortcut, received: float, form: Form) -> BoltResponse:
    """A form about the message, prefilled with its words; nothing of them is kept before."""
    request = await services.inbox.from_shortcut(used, received)
    authorise(request.person, Permit.RECORD)
    if not used.message_ts:
        raise Refusal("That message can't be recorded, so nothing changed.")
    incident = await services.marking.incident(request)
    about = About(
        incident=incident.id,
        channel=request.channel,
        thread=request.thread,
        message=used.message_ts,
        author=used.message.user,
    )
    text = without_word(await services.inbox.text_of(request.workspace, used.message.text))
    await services.dialogs.open(request.workspace, used.trigger_id, form(incident, about, text))
    return ok()


def _record(incident: Incident, about: About, text: str) -> Block:
    thread = incident.in_slack_thread(about.thread or about.message)
    number = thread.number if thread is not None else None
    return forms.log(incident, about.packed(), text=text, thread=number, written=True)


def _misled(incident: Incident, about: About, text: str) -> Block:
    return forms.misled(incident, about.packed(), text)
