"""`/incident`: declare, see, steer."""

from collections.abc import Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Offer, Refusal
from bot.incidents import commands
from bot.incidents.commands import IncidentCommand
from bot.incidents.grammar import Misspelt
from bot.incidents.model import Done
from bot.incidents.verbs import IncidentVerb
from bot.workspace.model import Request
from handlers import attending
from handlers.blocks import answers, incidents
from handlers.blocks import attending as blocks
from handlers.blocks.message import Message
from handlers.inbox import RECEIVED, ok
from handlers.parse import Command, command_of
from handlers.say import misspelt
from handlers.services import Services
from handlers.steering import labels_of
from handlers.steering_verbs import VERBS, Handle

# What Slack calls a channel whose name it does not tell.
DIRECT, PRIVATE = "directmessage", "privategroup"


def register(app: AsyncApp, services: Services) -> None:
    """`/incident`, with every verb it takes."""

    async def on_incident(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = command_of(body)
        request = await services.inbox.from_command(payload, context[RECEIVED])
        text = await services.inbox.text_of(payload.team_id, payload.text)
        here = await services.incidents.incident_here(payload.team_id, payload.channel_id)
        asked = commands.incident(text, inside=here is not None)
        message = await HANDLERS.get(asked.verb, _not_yet)(services, request, asked, payload)
        if message is None:  # a form was opened instead
            return ok()
        response = services.inbox.to_command(message)
        await services.inbox.finish_slow(payload, context[RECEIVED], response)
        return response

    app.command(services.command("incident"))(on_incident)


async def _show(
    services: Services, request: Request, _asked: IncidentCommand, payload: Command
) -> Message:
    board = await services.incidents.board(request)
    if board is None:
        opened = await services.incidents.open_ones(request)
        labels = labels_of(await services.settings.of(request.workspace))
        return answers.open_incidents(opened, payload.command, labels)
    known, aside = await names(services, request), await services.attending.aside(request)
    shown = incidents.board(board, known, services.command("thread"))
    return blocks.beside(shown, aside, known) if aside else shown


async def _catch_up(
    services: Services, request: Request, _asked: IncidentCommand, _payload: Command
) -> Message:
    return await attending.summary_of(services, request)


async def names(services: Services, request: Request) -> Callable[[str], str]:
    """Everybody's name by id."""
    known = await services.directory.names(request.workspace)
    return lambda person: known.get(person, "somebody")


async def _declare(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    if asked.nearest is not None:
        raise _perhaps_a_verb(asked)
    done = await services.incidents.declare(request, asked.text, private=asked.private)
    return answers.done(done)


def _perhaps_a_verb(asked: IncidentCommand) -> Refusal:
    verb = asked.nearest.value.replace("_", " ") if asked.nearest else ""
    return Refusal(
        f"Did you mean '{verb}'? Nothing changed. If it is a title, press the button.",
        given_back=asked.text,
        offers=(Offer("Declare it with that title", "declare", asked.text),),
    )


async def _here(
    services: Services, request: Request, asked: IncidentCommand, payload: Command
) -> Message:
    if payload.channel_name == DIRECT:
        raise not_here(services, asked.text)
    done = await services.incidents.adopt(
        request, asked.text, payload.channel_name, private=payload.channel_name == PRIVATE
    )
    return answers.done(done)


def not_here(services: Services, given_back: str = "") -> Refusal:
    """A direct message is nobody else's: it cannot be an incident's channel."""
    return Refusal(
        "A direct message can't be an incident's channel, so nothing changed. "
        f"Say {services.command('incident')} here in the channel you want to use.",
        given_back=given_back,
    )


async def _command(
    services: Services, request: Request, _asked: IncidentCommand, _payload: Command
) -> Message:
    return _told(await services.incidents.take_command(request))


async def _resolve(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    return _told(await services.incidents.resolve(request, asked.text))


async def _say(
    services: Services, request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    if isinstance(asked.said, Misspelt):
        raise misspelt(asked.said, asked.text)
    if asked.said is None:
        raise Refusal("I don't know that, so nothing changed.", given_back=asked.text)
    return _told(await services.incidents.command(request, asked.said))


async def _help(
    _services: Services, _request: Request, _asked: IncidentCommand, payload: Command
) -> Message:
    return answers.help_page(payload.command)


async def _not_yet(
    _services: Services, _request: Request, asked: IncidentCommand, _payload: Command
) -> Message:
    verb = asked.verb.value.replace("_", " ")
    note = Offer("Record it as a note", "note", asked.text)
    raise Refusal(
        f"I can't do '{verb}' yet, so nothing changed.",
        given_back=asked.text,
        offers=(note,) if asked.verb is IncidentVerb.UPDATE and asked.text else (),
    )


def _told(done: Done) -> Message:
    return answers.done(done)


HANDLERS: dict[IncidentVerb, Handle] = {
    **VERBS,
    IncidentVerb.SHOW: _show,
    IncidentVerb.CATCH_UP: _catch_up,
    IncidentVerb.DECLARE: _declare,
    IncidentVerb.HERE: _here,
    IncidentVerb.COMMAND: _command,
    IncidentVerb.RESOLVE: _resolve,
    IncidentVerb.SAY: _say,
    IncidentVerb.HELP: _help,
}
