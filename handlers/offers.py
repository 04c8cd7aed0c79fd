"""Buttons under refusals, and the board's *I'm on …*: one press does what was probably meant."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.grammar import Said, Word, spoken
from bot.incidents.model import Done
from bot.incidents.starters import STARTERS
from bot.workspace.model import Request
from handlers.blocks import answers
from handlers.blocks.answers import OFFER
from handlers.blocks.incidents import TAKE
from handlers.inbox import RECEIVED
from handlers.parse import Malformed, OfferValue, action_of, offer_of
from handlers.services import Services

Carry = Callable[[Services, Request, OfferValue], Awaitable[Done]]


def register(app: AsyncApp, services: Services) -> None:
    """Offers, and choosing a thread or an idea on the board."""

    async def on_offer(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        done = await carry_out(services, request, offer_of(payload.value))
        return await services.inbox.to_action(payload, answers.done(done), replace=True)

    async def on_take(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        done = await _take(services, request, payload.value)
        return await services.inbox.to_action(payload, answers.done(done))

    app.action(re.compile(rf"^{OFFER}:\d+$"))(on_offer)
    app.action(TAKE)(on_take)


async def carry_out(services: Services, request: Request, offer: OfferValue) -> Done:
    """Do what an offer's button says. Raises Malformed for an intent that is none of ours."""
    if offer.intent in set(Word):
        said = spoken(Word(offer.intent), offer.text, offer.number)
        return await services.incidents.command(
            request, said, incident=offer.incident, again=offer.again
        )
    if offer.intent not in CARRY:
        raise Malformed(f"unknown intent {offer.intent!r}")
    return await CARRY[offer.intent](services, request, offer)


async def _take(services: Services, request: Request, value: str) -> Done:
    kind, _, which = value.partition(":")
    if kind == "thread" and which.isdecimal():
        return await services.incidents.take(request, int(which))
    starters = [each for each in STARTERS if kind == "starter" and each.key == which]
    if not starters:
        raise Malformed("neither a thread nor an idea of ours")
    return await services.incidents.command(request, spoken(Word.THREAD, starters[0].label))


async def _declare(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.declare(request, offer.text, again=offer.again)


async def _adopt(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.adopt_for(request, offer.incident, request.channel)


async def _take_number(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.take(request, _number(offer))


async def _already(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.already(request, _said_after(offer), incident=offer.incident)


async def _ends(services: Services, request: Request, offer: OfferValue) -> Done:
    said = Said(_word_after(offer), offer.text)
    return await services.incidents.end_action(
        request, said, _number(offer), incident=offer.incident
    )


def _word_after(offer: OfferValue) -> Word:
    return Word(offer.intent.partition("_")[2])


def _said_after(offer: OfferValue) -> Said:
    return spoken(_word_after(offer), offer.text, offer.number)


def _number(offer: OfferValue) -> int:
    if offer.number is None:
        raise Refusal("That button has lost its number, so nothing changed.")
    return offer.number


CARRY: dict[str, Carry] = {
    "declare": _declare,
    "adopt": _adopt,
    "take": _take_number,
    "already_done": _already,
    "already_failed": _already,
    "ends_done": _ends,
    "ends_failed": _ends,
}
