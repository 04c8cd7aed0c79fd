"""Joining a study and changing one's hours: the forms, and what was filled in."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.sampling.amending import Changes, changes
from bot.sampling.calendar import Found, public_holidays, read_ahead, zone_of
from bot.sampling.commands import Typed
from bot.sampling.model import Holidays, Hours, Protocol
from bot.sampling.shown import Offer, Standing
from bot.sampling.wanted import (
    COUNTRY,
    DATES,
    DAYS,
    HOURS,
    QUIET,
    ZONE,
    dates_of,
    days_of,
    place_of,
    quiet_of,
    windows_of,
)
from bot.sampling.wanted import zone_of as zone_typed
from bot.sampling.who_may import NOT_IN
from bot.workspace.model import Request
from handlers.blocks import sampling_forms as forms
from handlers.blocks import sampling_status as status
from handlers.blocks.message import Message
from handlers.blocks.sampling import EXIT_FORM
from handlers.filled import Filled, filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import Malformed, action_of
from handlers.services import Services

AHEAD = timedelta(days=400)
NOTED = "Kept. It counts from the next day that is not planned yet."
ABOUT_PARTS = 3
VERSION = re.compile(r"[0-9]{1,6}")
JUST_JOINED = "/joined"
# The days off, in as many fields as they needed.
DATE_FIELD = re.compile(rf"{DATES}(_\d+)?")

Listener = Callable[[dict[str, Any], AsyncBoltContext], Awaitable[BoltResponse]]
Submitted = Callable[[Services, Request, Filled], Awaitable[BoltResponse]]
Opened = Callable[[Services, Request], Awaitable[dict[str, Any]]]


def register(app: AsyncApp, services: Services) -> None:
    """Consent, hours and days off, filled in."""
    for callback, submitted in SUBMITTED.items():
        app.view(callback)(_on_submission(services, submitted))
    for action, opened in OPENED.items():
        app.action(action)(_on_press(services, opened))


def _on_submission(services: Services, submitted: Submitted) -> Listener:
    async def on_submission(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        return await submitted(services, request, given)

    return on_submission


def _on_press(services: Services, opened: Opened) -> Listener:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        view = await opened(services, request)
        await services.dialogs.open(request.workspace, payload.trigger_id, view)
        return ok()

    return on_press


# -- filled in ------------------------------------------------------------------------------------


async def _joined(services: Services, request: Request, given: Filled) -> BoltResponse:
    study, version, digest = _about(given)
    offer = await _offer(services, request, study)
    hours, found = _hours(given, request.at, None)
    baseline = _surveyed(given, offer.study.protocol)
    me = await services.volunteering.join(request, study, hours, digest, baseline, version)
    if found is not None:
        return _update(_days_off_form(me.hours, me.study + JUST_JOINED, request.at))
    return _update(status.begun(me.first_day))


async def _agreed(services: Services, request: Request, given: Filled) -> BoltResponse:
    _, version, digest = _about(given)
    await services.volunteering.agree(request, digest, version)
    return _update(status.kept("Thank you. You may be asked again."))


async def _set(services: Services, request: Request, given: Filled) -> BoltResponse:
    before = (await _standing(services, request)).volunteer.hours
    hours, found = _hours(given, request.at, before)
    me = await services.volunteering.change(request, hours)
    if found is not None:
        return _update(_days_off_form(me.hours, me.study, request.at))
    return _update(status.kept(NOTED))


async def _took_off(services: Services, request: Request, given: Filled) -> BoltResponse:
    before = (await _standing(services, request)).volunteer.hours
    after = _with_days_off(before, _days_typed(given), request.at)
    me = await services.volunteering.change(request, after)
    just_joined = given.view.private_metadata.endswith(JUST_JOINED)
    return _update(status.begun(me.first_day) if just_joined else status.kept(NOTED))


async def _surveyed_at_end(services: Services, request: Request, given: Filled) -> BoltResponse:
    study = given.view.private_metadata
    await services.volunteering.exit_survey(request, study, given.all())
    return _update(status.kept("Thank you. That was the last of it."))


SUBMITTED: dict[str, Submitted] = {
    forms.JOIN: _joined,
    forms.AGREE: _agreed,
    forms.SETTINGS: _set,
    forms.HOLIDAYS: _took_off,
    forms.EXIT: _surveyed_at_end,
}


# -- opening --------------------------------------------------------------------------------------


async def join(services: Services, request: Request, asked: Typed, trigger: str) -> Message | None:
    """Show the consent text of the study that is meant; of several, which."""
    offers = await services.volunteering.offers(request)
    meant = [each for each in offers if asked.rest in {each.study.id, each.study.name}]
    if not offers and (standing := await services.volunteering.status(request)) is not None:
        return status.in_one_already(standing, request.at)
    if len(meant or offers) != 1:
        return status.offered(offers, services.command("sampling"))
    offer = (meant or list(offers))[0]
    about = f"{offer.study.id}/{offer.study.protocol.version}/{offer.consent.digest}"
    protocol, text = offer.study.protocol, offer.consent.text
    if offer.taking_part is not None:
        changed = await _changes(services, request, offer)
        view = forms.agree(protocol, text, changed, about)
    else:
        view = forms.join(protocol, text, _proposed(protocol, request), about)
    await services.dialogs.open(request.workspace, trigger, view)
    _while_they_read()
    return None


async def _changes(services: Services, request: Request, offer: Offer) -> Changes:
    """What is other than what they agreed to."""
    held = await services.studies.roles(request.workspace, offer.study.id)
    agreed = offer.agreed or offer.study
    return changes(agreed.protocol, offer.study.protocol, held)


def _while_they_read() -> None:
    """Holidays are asked for when the form comes back, and Slack waits three seconds then."""
    asyncio.get_running_loop().run_in_executor(None, read_ahead)


def _proposed(protocol: Protocol, request: Request) -> Hours:
    """What the study proposes, where they are."""
    windows = windows_of(", ".join(protocol.schedule.windows))
    return Hours(request.person.zoneinfo().key, windows, protocol.schedule.days)


async def settings(
    services: Services, request: Request, _asked: Typed, trigger: str
) -> Message | None:
    """Show the hours."""
    me = (await _standing(services, request)).volunteer
    await services.dialogs.open(request.workspace, trigger, forms.settings(me.hours, me.study))
    _while_they_read()
    return None


async def _days_off(services: Services, request: Request) -> dict[str, Any]:
    """The days off, holidays by name."""
    me = (await _standing(services, request)).volunteer
    return _days_off_form(me.hours, me.study, request.at)


async def _exit_survey(services: Services, request: Request) -> dict[str, Any]:
    """What is asked once, at the end."""
    study = await services.volunteering.exit_form(request)
    return forms.exit_survey(study.protocol, study.id)


OPENED: dict[str, Opened] = {EXIT_FORM: _exit_survey, status.DAYS_OFF: _days_off}


async def _standing(services: Services, request: Request) -> Standing:
    standing = await services.volunteering.status(request)
    if standing is None:
        raise Refusal(NOT_IN)
    return standing


async def _offer(services: Services, request: Request, study: str) -> Offer:
    for each in await services.volunteering.offers(request):
        if each.study.id == study:
            return each
    raise Refusal("That study takes nobody in just now. Nothing changed.")


# -- what was filled in --------------------------------------------------------------------------


def _about(given: Filled) -> tuple[str, int, str]:
    """The study, the version and the text that was shown."""
    parts = given.view.private_metadata.split("/")
    if len(parts) != ABOUT_PARTS or not VERSION.fullmatch(parts[1]):
        raise Malformed("no study of ours")
    return parts[0], int(parts[1]), parts[2]


def _hours(given: Filled, now: datetime, before: Hours | None) -> tuple[Hours, Found | None]:
    """The hours, and the holidays if another country was named than before. Raises Refusal."""
    zone = zone_typed(given.text(ZONE))
    hours = Hours(
        zone=zone,
        windows=windows_of(given.text(HOURS)),
        days=days_of(given.ticked(DAYS)),
        days_off=before.days_off if before else (),
        holidays=before.holidays if before else None,
        quiet=quiet_of(given.text(QUIET)),
        more_time=bool(given.ticked(forms.MORE_TIME)),
    )
    country, region = place_of(given.text(COUNTRY))
    if not country:
        return replace(hours, holidays=None), None
    if hours.holidays and (hours.holidays.country, hours.holidays.region) == (country, region):
        return hours, None
    today = now.astimezone(zone_of(zone)).date()
    found = public_holidays(country, region, today, today + AHEAD)
    return replace(hours, holidays=found.keep([day for day, _ in found.named])), found


def _days_typed(given: Filled) -> set[date]:
    """All of them, of every field. Raises Refusal."""
    fields = [each for each in given.view.state.values if DATE_FIELD.fullmatch(each)]
    return {day for field in fields for day in dates_of(given.text(field), field)}


def _surveyed(given: Filled, protocol: Protocol) -> dict[str, str]:
    names = {each.name for each in protocol.baseline}
    return {name: value for name, value in given.all().items() if name in names}


def _with_days_off(hours: Hours, typed: Collection[date], now: datetime) -> Hours:
    """Those that are holidays stay named so; the others are their own."""
    if hours.holidays is None:
        return replace(hours, days_off=tuple(sorted(typed)))
    known = {day for day, _ in _named(hours.holidays, now, hours.zone)} | {*hours.holidays.dates}
    kept = replace(hours.holidays, dates=tuple(sorted({*typed} & known)))
    return replace(hours, holidays=kept, days_off=tuple(sorted({*typed} - known)))


def _named(holidays: Holidays, now: datetime, zone: str) -> tuple[tuple[date, str], ...]:
    today = now.astimezone(zone_of(zone)).date()
    return public_holidays(holidays.country, holidays.region, today, today + AHEAD).named


def _days_off_form(hours: Hours, about: str, now: datetime) -> dict[str, Any]:
    """Holidays that were kept, by name, and their own days."""
    if hours.holidays is None:
        return forms.holidays((), hours.days_off, about)
    names = dict(_named(hours.holidays, now, hours.zone))
    kept = [(day, names.get(day, "")) for day in hours.holidays.dates]
    return forms.holidays(kept, hours.days_off, about)


# -- answering ------------------------------------------------------------------------------------


def _update(view: dict[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body={"response_action": "update", "view": view})
