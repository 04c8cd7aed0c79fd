"""Buttons under refusals that steer: what they carry is looked up again, never believed."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.errors import Refusal
from bot.incidents.clocks import ClockName
from bot.incidents.model import Done
from bot.workspace.model import Request
from handlers.parse import Malformed, OfferValue
from handlers.services import Services

Carry = Callable[[Services, Request, OfferValue], Awaitable[Done]]


async def _join(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.join(request, offer.incident)


async def _update(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.update(request, offer.text, incident=offer.incident)


async def _quiet(services: Services, request: Request, offer: OfferValue) -> Done:
    on = offer.intent != "quiet off"
    return await services.steering.set_quiet(request, on=on, incident=offer.incident)


async def _step_back(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.step_back(request, incident=offer.incident)


async def _handover(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.handover(request, incident=offer.incident)


async def _reopen(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.reopen(request, offer.text, incident=offer.incident)


async def _close(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.close(request, offer.text, incident=offer.incident)


async def _merge(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.merge(request, _number(offer), incident=offer.incident)


async def _split(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.split(request, _number(offer), incident=offer.incident)


async def _relate(services: Services, request: Request, offer: OfferValue) -> Done:
    return await services.steering.relate(request, _number(offer), incident=offer.incident)


async def _clock(services: Services, request: Request, offer: OfferValue) -> Done:
    name = offer.intent.partition(" ")[2]
    if name not in set(ClockName):
        raise Malformed("no clock of ours")
    return await services.steering.set_clock(
        request, ClockName(name), _time(offer.text), incident=offer.incident, sure=offer.again
    )


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("no time of ours") from None
    if at.tzinfo is None:
        raise Malformed("a time without a zone")
    return at


def _number(offer: OfferValue) -> int:
    if not offer.text.isdecimal() or len(offer.text) > 7:  # noqa: PLR2004 - no incident has more
        raise Refusal("That button has lost its number, so nothing changed.")
    return int(offer.text)


STEERING: dict[str, Carry] = {
    "join": _join,
    "update": _update,
    "quiet": _quiet,
    "step back": _step_back,
    "handover": _handover,
    "reopen": _reopen,
    "close": _close,
    "merge": _merge,
    "split": _split,
    "relate": _relate,
    "clock": _clock,
}
