"""`/incident` and its verbs under More: typed, pressed, and filled in."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.clocks import ClockName
from bot.incidents.found import Place
from bot.incidents.model import Done, Incident, Severity
from bot.workspace.model import Request
from bot.workspace.settings import WorkspaceSettings
from handlers import viewing
from handlers.blocks import answers, privacy, steering
from handlers.blocks.message import Message
from handlers.blocks.steering import ASKS, CLOCKS_FORM, FORM, MORE, MORE_FIND, MORE_LIST, TEXT
from handlers.dialogs import errors, submission_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, action_of
from handlers.services import Services
from handlers.steering_values import clocks_of, found_at, kept_of, listed_below

Act = Callable[[Services, Request, str], Awaitable[Done]]
FormAct = Callable[[Services, Request, str, str], Awaitable[Message]]
Press = Callable[[Services, Request, ActionPayload], Awaitable[BoltResponse]]
Submit = Callable[[Services, dict[str, Any], float], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
    """The menu under More, its forms, and the pages of lists."""
    app.action(MORE)(_pressed(services, _more))
    app.action(re.compile(rf"^{MORE}:\w+$"))(_pressed(services, _verb))
    app.action(MORE_FIND)(_pressed(services, _turn))
    app.action(MORE_LIST)(_pressed(services, _turn))
    app.view(re.compile(rf"^{FORM}:\w+$"))(_submitted(services, _fill))
    app.view(CLOCKS_FORM)(_submitted(services, _set_clocks))


def _pressed(services: Services, press: Press) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        return await press(services, request, payload)

    return on_press


def _submitted(services: Services, submit: Submit) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_submit(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        return await submit(services, body, context[RECEIVED])

    return on_submit


def labels_of(settings: WorkspaceSettings) -> dict[Severity, str]:
    """What this workspace calls the severities."""
    return dict(zip(Severity, settings.severity_labels, strict=True))


# -- pressed --------------------------------------------------------------------------------------


async def _more(services: Services, request: Request, payload: ActionPayload) -> BoltResponse:
    incident = await services.steering.looked(request, incident=payload.value)
    labels = labels_of(await services.settings.of(request.workspace))
    return await services.inbox.to_action(payload, steering.menu(incident, labels))


async def _verb(services: Services, request: Request, payload: ActionPayload) -> BoltResponse:
    verb = payload.actions[0].action_id.partition(":")[2]
    if verb == "clocks" or verb in ASKS:
        await open_form(services, request, payload.trigger_id, verb, payload.value)
        return ok()
    message = await _press(services, request, verb, payload)
    return await services.inbox.to_action(payload, message)


async def open_form(
    services: Services, request: Request, trigger: str, verb: str, incident: str = ""
) -> None:
    """The form of a verb, for the incident that is named or this channel's. Raises Refusal."""
    found = await services.steering.looked(request, incident=incident)
    kept = json.dumps({"incident": found.id})
    view = steering.clocks_form(found, kept) if verb == "clocks" else steering.form(verb, kept)
    await services.dialogs.open(request.workspace, trigger, view)


async def _press(
    services: Services, request: Request, verb: str, payload: ActionPayload
) -> Message:
    if verb == "severity":
        level, _, incident = payload.value.partition(":")
        if level not in set(Severity):
            raise Malformed("no severity of ours")
        return answers.done(
            await services.incidents.set_severity(request, Severity(level), incident=incident)
        )
    if verb == "list":
        return await _list_page(services, request, "open", None)
    if verb in viewing.LOOKS:
        return await viewing.LOOKS[verb](services, request, payload.value)
    if verb == "help":
        return answers.help_page(services.command("incident"))
    if verb == "privacy":
        return privacy.privacy()
    press = PRESSED.get(verb)
    if press is None:
        raise Malformed("no verb of ours")
    return answers.done(await press(services, request, payload.value))


async def _command(services: Services, request: Request, incident: str) -> Done:
    return await services.incidents.take_command(request, incident=incident)


async def _step_back(services: Services, request: Request, incident: str) -> Done:
    return await services.steering.step_back(request, incident=incident)


async def _handover(services: Services, request: Request, incident: str) -> Done:
    return await services.steering.handover(request, incident=incident)


async def _quiet_on(services: Services, request: Request, incident: str) -> Done:
    return await services.steering.set_quiet(request, on=True, incident=incident)


async def _quiet_off(services: Services, request: Request, incident: str) -> Done:
    return await services.steering.set_quiet(request, on=False, incident=incident)


PRESSED: dict[str, Act] = {
    "command": _command,
    "step_back": _step_back,
    "handover": _handover,
    "quiet_on": _quiet_on,
    "quiet_off": _quiet_off,
}


async def _turn(services: Services, request: Request, payload: ActionPayload) -> BoltResponse:
    message = await _page(services, request, payload)
    return await services.inbox.to_action(payload, message, replace=True)


async def _page(services: Services, request: Request, payload: ActionPayload) -> Message:
    if payload.actions[0].action_id == MORE_FIND:
        words, after = found_at(payload.value)
        return await found_page(services, request, words, after)
    which, below = listed_below(payload.value)
    return await _list_page(services, request, which, below)


async def _list_page(
    services: Services, request: Request, which: str, below: int | None
) -> Message:
    page = await services.searching.listed(request, which, below)
    return steering.listed(page, which, labels_of(await services.settings.of(request.workspace)))


async def found_page(
    services: Services, request: Request, words: str, after: Place | None = None
) -> Message:
    """What has these words, a page at a time. Raises Refusal."""
    found = await services.searching.find(request, words, after)
    known = await services.directory.names(request.workspace)
    labels = labels_of(await services.settings.of(request.workspace))
    return steering.found(
        found, words, lambda person: known.get(person, "somebody"), labels, request.at
    )


# -- filled in ------------------------------------------------------------------------------------


async def _fill(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    given = submission_of(body)
    verb = given.view.callback_id.partition(":")[2]
    act = FORMS.get(verb)
    if act is None:
        raise Malformed("no form of ours")
    try:
        request, incident = await _of_form(services, body, received)
        message = await act(services, request, given.text(TEXT), incident.id)
    except Refusal as refused:
        return errors(TEXT, refused.text)
    view = steering.said(ASKS[verb][0], message)
    return BoltResponse(status=200, body={"response_action": "update", "view": view})


async def _set_clocks(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    try:
        request, incident = await _of_form(services, body, received)
        changed = clocks_of(body, incident)
        await services.steering.set_clocks(request, changed, incident=incident.id)
    except Refusal as refused:
        return errors(refused.field or ClockName.BEGAN, refused.text)
    return ok()


async def _of_form(
    services: Services, body: dict[str, Any], received: float
) -> tuple[Request, Incident]:
    """Who submitted a form, and the incident it was opened for, if they may still know of it."""
    given = submission_of(body)
    kept = kept_of(given.view.private_metadata)
    request = await services.dialogs.from_submission(given, received)
    incident = await services.steering.looked(request, incident=kept.incident)
    return replace(request, channel=incident.channel), incident


def _number(text: str) -> int:
    digits = text.strip().lstrip("#")
    if not digits.isdecimal() or not 0 < int(digits[:7]) < 1_000_000:  # noqa: PLR2004
        raise Refusal("A number, please, like 131. Nothing changed.", given_back=text)
    return int(digits)


async def _form_update(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.update(request, text, incident=incident))


async def _form_resolve(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.incidents.resolve(request, text, incident=incident))


async def _form_reopen(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.reopen(request, text, incident=incident))


async def _form_close(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.close(request, text, incident=incident))


async def _form_merge(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.merge(request, _number(text), incident=incident))


async def _form_split(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.split(request, _number(text), incident=incident))


async def _form_relate(services: Services, request: Request, text: str, incident: str) -> Message:
    return answers.done(await services.steering.relate(request, _number(text), incident=incident))


async def _form_find(services: Services, request: Request, text: str, _incident: str) -> Message:
    return await found_page(services, request, text)


FORMS: dict[str, FormAct] = {
    "update": _form_update,
    "resolve": _form_resolve,
    "reopen": _form_reopen,
    "close": _form_close,
    "merge": _form_merge,
    "split": _form_split,
    "relate": _form_relate,
    "find": _form_find,
}
