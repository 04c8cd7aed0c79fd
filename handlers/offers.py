"""Buttons under refusals, and the board's *I'm on …*: one press does what was probably meant."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents import grammar
from bot.incidents.grammar import Said, Word, spoken
from bot.incidents.model import Done, Kind, Severity
from bot.incidents.starters import STARTERS
from bot.workspace.model import Request
from handlers import marks
from handlers.blocks import answers
from handlers.blocks.answers import OFFER
from handlers.blocks.incidents import TAKE
from handlers.inbox import RECEIVED
from handlers.incidents import DIRECT, PRIVATE, not_here
from handlers.parse import ActionPayload, Malformed, OfferValue, action_of, offer_of
from handlers.services import Services
from handlers.steering_offers import STEERING

Carry = Callable[[Services, Request, OfferValue], Awaitable[Done]]


def register(app: AsyncApp, services: Services) -> None:
    """Offers, and choosing a thread or an idea on the board."""

    async def on_offer(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(
            payload, context[RECEIVED], once=_question(payload)
        )
        done = await carry_out(services, request, offer_of(payload.value), payload.channel.name)
        return await services.inbox.to_action(payload, answers.done(done), replace=True)

    async def on_take(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        done = await _take(services, request, payload.value)
        return await services.inbox.to_action(payload, answers.done(done))

    app.action(re.compile(rf"^{OFFER}:\d+$"))(on_offer)
    app.action(TAKE)(on_take)


def _question(payload: ActionPayload) -> str:
    """The receipt of an offer: a question is answered once, however often it is pressed."""
    return f"offer:{payload.channel.id}:{payload.container.message_ts}"


async def carry_out(
    services: Services, request: Request, offer: OfferValue, channel_name: str
) -> Done:
    """Do what an offer's button says. Raises Malformed for an intent that is none of ours."""
    if offer.intent == "adopt":
        return await _adopt(services, request, offer, channel_name)
    carry = CARRY.get(offer.intent) or CARRY.get(offer.intent.partition(" ")[0])
    if carry is not None:
        return await carry(services, request, offer)
    return await services.incidents.command(
        request, _said(offer, offer.intent), incident=offer.incident, again=offer.again
    )


def _said(offer: OfferValue, label: str) -> Said:
    """What the button says for the person, in words they might have typed themselves."""
    said = grammar.say(f"{label}: {offer.text}")
    if not isinstance(said, Said):
        raise Malformed(f"unknown intent {offer.intent!r}")
    return said if offer.number is None else replace(said, number=offer.number, title="")


async def _take(services: Services, request: Request, value: str) -> Done:
    kind, _, which = value.partition(":")
    if kind == "thread" and which.isdecimal():
        return await services.incidents.take(request, int(which))
    starters = [each for each in STARTERS if kind == "starter" and each.key == which]
    if not starters:
        raise Malformed("neither a thread nor an idea of ours")
    return await services.incidents.command(request, spoken(Word.THREAD, starters[0].label))


async def _declare(services: Services, request: Request, offer: OfferValue) -> Done:
    private = offer.intent == "declare private"
    return await services.incidents.declare(request, offer.text, private=private, again=offer.again)


async def _adopt(
    services: Services, request: Request, offer: OfferValue, channel_name: str
) -> Done:
    if channel_name == DIRECT:
        raise not_here(services)
    return await services.incidents.adopt_for(
        request, offer.incident, channel_name, private=channel_name == PRIVATE
    )


async def _take_number(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.take(
        request, _number(offer), offer.text, incident=offer.incident
    )


async def _already(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.already(request, _after(offer), incident=offer.incident)


async def _ends(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.end_action(
        request, _after(offer), _number(offer), incident=offer.incident
    )


async def _take_command(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.take_command(request, incident=offer.incident)


async def _severity(services: Services, request: Request, offer: OfferValue) -> Done:
    if offer.text not in set(Severity):
        raise Malformed("no severity of ours")
    return await services.incidents.set_severity(
        request, Severity(offer.text), incident=offer.incident
    )


async def _resolve(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.resolve(request, offer.text, incident=offer.incident)


async def _rejoin(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.incidents.rejoin(request, _number(offer), incident=offer.incident)


async def _stay_out(services: Services, request: Request, offer: OfferValue) -> Done:
    """It is outside any thread already; the answer only says so."""
    incident = await services.marking.incident(request, offer.incident)
    return Done(incident, Kind.DOING, told="It stays outside any thread.")


def _after(offer: OfferValue) -> Said:
    """What is said with "already done" or "ends failed"."""
    said = _said(offer, offer.intent.partition(" ")[2])
    if said.word not in {Word.DONE, Word.FAILED}:
        raise Malformed(f"unknown intent {offer.intent!r}")
    return said


def _number(offer: OfferValue) -> int:
    if offer.number is None:
        raise Refusal("That button has lost its number, so nothing changed.")
    return offer.number


CARRY: dict[str, Carry] = {
    **STEERING,
    marks.MARK: marks.carry,
    "declare": _declare,
    "take": _take_number,
    "command": _take_command,
    "severity": _severity,
    "resolve": _resolve,
    "already": _already,
    "ends": _ends,
    "rejoin": _rejoin,
    "stay out": _stay_out,
}
