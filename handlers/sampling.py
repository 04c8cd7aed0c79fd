"""`/sampling`: taking part in a study, on one's own terms; and every button about it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.sampling.commands import Typed, Verb, typed, until_of
from bot.sampling.model import Volunteer
from bot.sampling.who_may import NOT_IN
from bot.workspace.model import Request
from handlers import home, sampling_asking, sampling_joining, sampling_results, sampling_review
from handlers.blocks import answers, sampling_mine
from handlers.blocks import sampling as blocks
from handlers.blocks import sampling_status as status
from handlers.blocks.message import Message
from handlers.inbox import RECEIVED, ok
from handlers.parse import Command, action_of, command_of
from handlers.services import Services

# None: a form was opened instead.
Handle = Callable[[Services, Request, Typed, str], Awaitable[Message | None]]
# What a button decides, and what its value says it is about.
Choose = Callable[[Services, Request, str], Awaitable[str]]

PAUSED = "Paused. Nothing is asked until you resume."
PAUSED_UNTIL = "Paused until {day}. Nothing is asked meanwhile."
RESUMED = "Good. You may be asked again."
STAYS = "All right. Nothing changed."
LEFT_KEPT = "You have left. What you gave is kept, under your code name."
LEFT_ERASED = (
    "You have left, and everything you gave is erased. Our messages go within minutes. Slack may "
    "keep copies of them, and what you typed here yourself stays."
)
RETURNED_KEPT = "What you gave is kept, under your code name. You are not asked any more."
ERASED = "Erased. Our messages go within minutes; backups follow."


def register(app: AsyncApp, services: Services) -> None:
    """The command, and the buttons of status, pausing, leaving and erasing."""

    async def on_sampling(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = command_of(body)
        request = await services.inbox.from_command(payload, context[RECEIVED])
        asked = typed(await services.inbox.text_of(payload.team_id, payload.text))
        message = await HANDLERS[asked.verb](services, request, asked, payload.trigger_id)
        if message is None:
            return ok()
        return await _answered(services, payload, context[RECEIVED], message)

    app.command(services.command("sampling"))(on_sampling)
    for action_id, verb in BUTTONS.items():
        app.action(action_id)(_pressed(services, verb))
    for action_id, choose in CHOICES.items():
        app.action(action_id)(_chosen(services, choose))
    app.action(re.compile(rf"^{re.escape(sampling_mine.PAGE)}\.\d{{1,4}}$"))(_turned(services))


async def _answered(
    services: Services, payload: Command, received: float, message: Message
) -> BoltResponse:
    response = services.inbox.to_command(message)
    await services.inbox.finish_slow(payload, received, response)
    return response


def _pressed(services: Services, verb: Verb) -> Callable[..., Awaitable[BoltResponse]]:
    """A button that does what the command with that verb does."""

    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        asked = Typed(verb, payload.value)
        message = await HANDLERS[verb](services, request, asked, payload.trigger_id)
        if message is None:
            return ok()
        return await said(services, body, request, message)

    return on_press


def _chosen(services: Services, choose: Choose) -> Callable[..., Awaitable[BoltResponse]]:
    """A button that decides something, below a question or on one's own tab."""

    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        told = answers.talk(await choose(services, request, payload.value))
        if payload.container.is_ephemeral:
            return await services.inbox.to_action(payload, told, replace=True)
        return await said(services, body, request, told)

    return on_press


def _turned(services: Services) -> Callable[..., Awaitable[BoltResponse]]:
    """Another page of what they gave, in the place of this one."""

    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        number = int(payload.actions[0].action_id.rpartition(".")[2])
        view = sampling_mine.view(await services.volunteering.given(request), number)
        shown = str((body.get("view") or {}).get("id", ""))
        await services.dialogs.update(request.workspace, shown, view)
        return ok()

    return on_press


async def said(
    services: Services, body: dict[str, Any], request: Request, message: Message
) -> BoltResponse:
    """What to say to a press. On the Home tab there is no place to say it in: a form says it."""
    payload = action_of(body)
    if payload.response_url:
        return await services.inbox.to_action(payload, message)
    view, opened = status.in_a_form(message), body.get("view") or {}
    if opened.get("type") == "modal":
        await services.dialogs.update(request.workspace, str(opened["id"]), view)
    else:
        await services.dialogs.open(request.workspace, payload.trigger_id, view)
    await home.publish(services, request)
    return ok()


# -- verbs -----------------------------------------------------------------------------------------


async def _status(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    standing = await services.volunteering.status(request)
    back = await services.volunteering.returned(request)
    if standing is not None:
        return status.with_returned(status.standing(standing, request.at), back)
    offers = await services.volunteering.offers(request)
    return status.with_returned(status.offered(offers, services.command("sampling")), back)


async def _pause(
    services: Services, request: Request, asked: Typed, _trigger: str
) -> Message | None:
    me = await _taking_part(services, request)
    if not asked.rest:
        return status.pausing()
    return answers.talk(await _pause_for(services, request, asked.rest, me.hours.zone))


async def _taking_part(services: Services, request: Request) -> Volunteer:
    """Raises Refusal, before anything is asked of somebody who takes part in nothing."""
    standing = await services.volunteering.status(request)
    if standing is None:
        raise Refusal(NOT_IN)
    return standing.volunteer


async def _pause_for(services: Services, request: Request, rest: str, zone: str) -> str:
    """rest: how long, or until when; nothing is until they resume."""
    until = until_of(rest, request.at, zone)
    await services.volunteering.pause(request, until)
    if until is None:
        return PAUSED
    return PAUSED_UNTIL.format(day=status.day_of(until, request.at, zone))


async def _resume(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    await services.volunteering.resume(request)
    return answers.talk(RESUMED)


async def _leave(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    await _taking_part(services, request)
    return status.leaving()


async def _erase(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    # Refuses where nothing of theirs is found, also of studies that they have left.
    await services.volunteering.given(request)
    return status.erasing()


async def _now(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    return await sampling_asking.report(services, request)


async def _practice(
    services: Services, request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    return await sampling_asking.practice(services, request)


async def _mine(services: Services, request: Request, _asked: Typed, trigger: str) -> None:
    view = sampling_mine.view(await services.volunteering.given(request))
    await services.dialogs.open(request.workspace, trigger, view)


async def _help(
    services: Services, _request: Request, _asked: Typed, _trigger: str
) -> Message | None:
    return status.helped(services.command("sampling"))


HANDLERS: dict[Verb, Handle] = {
    Verb.STATUS: _status,
    Verb.JOIN: sampling_joining.join,
    Verb.SETTINGS: sampling_joining.settings,
    Verb.PAUSE: _pause,
    Verb.RESUME: _resume,
    Verb.LEAVE: _leave,
    Verb.ERASE: _erase,
    Verb.NOW: _now,
    Verb.PRACTICE: _practice,
    Verb.MINE: _mine,
    Verb.HELP: _help,
    Verb.RESULTS: sampling_results.results,
    Verb.REVIEW: sampling_review.review,
    Verb.STUDY: sampling_review.study,
    Verb.EXPORT: sampling_review.export,
}
BUTTONS: dict[str, Verb] = {
    blocks.JOIN: Verb.JOIN,
    blocks.SETTINGS: Verb.SETTINGS,
    blocks.PAUSE: Verb.PAUSE,
    blocks.RESUME: Verb.RESUME,
    blocks.LEAVE: Verb.LEAVE,
    blocks.PRACTISE: Verb.PRACTICE,
    status.NOW: Verb.NOW,
    status.MINE: Verb.MINE,
}


# -- decisions -------------------------------------------------------------------------------------


def _for_days(days: int) -> Choose:
    async def choose(services: Services, request: Request, _about: str) -> str:
        me = await _taking_part(services, request)
        return await _pause_for(services, request, f"{days} days", me.hours.zone)

    return choose


async def _open_pause(services: Services, request: Request, _about: str) -> str:
    me = await _taking_part(services, request)
    return await _pause_for(services, request, "", me.hours.zone)


async def _leave_keep(services: Services, request: Request, _about: str) -> str:
    await services.volunteering.leave(request, keep=True)
    return LEFT_KEPT


async def _leave_erase(services: Services, request: Request, _about: str) -> str:
    await services.volunteering.leave(request, keep=False)
    return LEFT_ERASED


async def _stay(_services: Services, _request: Request, _about: str) -> str:
    return STAYS


async def _erase_all(services: Services, request: Request, _about: str) -> str:
    await services.volunteering.erase(request)
    return ERASED


def _if_gone(keep: bool) -> Choose:
    async def choose(services: Services, request: Request, _about: str) -> str:
        await services.volunteering.keep_if_gone(request, keep)
        return "If your account goes, what you gave is " + (
            "kept." if keep else "erased after 30 days."
        )

    return choose


async def _keep_returned(services: Services, request: Request, about: str) -> str:
    await services.volunteering.keep_if_gone(request, True, about)
    return RETURNED_KEPT


CHOICES: dict[str, Choose] = {
    status.PAUSE_OPEN: _open_pause,
    status.PAUSE_TOMORROW: _for_days(1),
    status.PAUSE_WEEK: _for_days(7),
    status.LEAVE_KEEP: _leave_keep,
    status.LEAVE_ERASE: _leave_erase,
    status.STAY: _stay,
    status.ERASE: _erase_all,
    status.KEEP_IF_GONE: _if_gone(True),
    status.ERASE_IF_GONE: _if_gone(False),
    status.KEEP_RETURNED: _keep_returned,
}
