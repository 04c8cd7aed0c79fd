"""`/thread`: open a thread, list them, and say any of our words about one."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Offer, Refusal
from bot.incidents import grammar
from bot.incidents.grammar import End, Misspelt, Show, Take, ThreadCommand
from bot.workspace.model import Request
from handlers.blocks import answers, incidents
from handlers.blocks.message import Message
from handlers.inbox import RECEIVED
from handlers.incidents import names
from handlers.parse import command_of
from handlers.say import misspelt
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """`/thread TEXT`."""

    async def on_thread(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = command_of(body)
        request = await services.inbox.from_command(payload, context[RECEIVED])
        text = await services.inbox.text_of(payload.team_id, payload.text)
        message = await _do(services, request, grammar.threads(text), text)
        response = services.inbox.to_command(message)
        await services.inbox.finish_slow(payload, context[RECEIVED], response)
        return response

    app.command(services.command("thread"))(on_thread)


async def _do(services: Services, request: Request, asked: ThreadCommand, text: str) -> Message:
    match asked:
        case Show():
            return await _list(services, request, asked.number)
        case Take():
            return answers.done(await services.incidents.take(request, asked.number, asked.text))
        case End():
            raise _which_ending(asked)
        case Misspelt():
            raise misspelt(asked, text)
        case _:
            return answers.done(await services.incidents.command(request, asked))


async def _list(services: Services, request: Request, number: int | None) -> Message:
    board = await services.incidents.board(request)
    if board is None:
        raise Refusal(
            "This is not an incident's channel, so there are no threads to show. "
            f"{services.command('incident')} lists the open ones."
        )
    return incidents.threads(board, await names(services, request), only=number)


def _which_ending(asked: End) -> Refusal:
    """Four ways to end a thread, and nobody but the person knows which it was."""
    return Refusal(
        f"How did thread {asked.number} end? Nothing changed yet.",
        given_back=asked.text,
        offers=tuple(
            Offer(label.capitalize(), ending.value, asked.text, asked.number)
            for ending, label in incidents.ENDED.items()
        ),
    )
