"""Attending: catching up, the cards of threads, questions that wait, watching, being told."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.checking import Checked
from bot.workspace.model import Request
from handlers import home
from handlers.blocks import answers, attending, heads
from handlers.blocks.attending import TEXT
from handlers.blocks.incidents import CATCH_UP, QUESTIONS
from handlers.blocks.message import Message
from handlers.blocks.summary import ASK_QUIETLY, TELL_ME
from handlers.dialogs import Submission, errors, submission_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, action_of, time_of
from handlers.services import Services

ABOUT = re.compile(r"(?P<incident>[\w-]{1,64})(?::(?P<number>[1-9]\d{0,5}))?(?::(?P<said>\w+))?")
WATCHING = "I'll write to you once, when it is resolved."
WATCHED = "You'll hear from me when it is resolved; you asked before."

Told = Callable[[Services, Request, ActionPayload], Awaitable[Message]]
Form = Callable[[Services, Request, ActionPayload], Awaitable[dict[str, Any]]]
Submit = Callable[[Services, Request, Submission], Awaitable[None]]


def register(app: AsyncApp, services: Services) -> None:
    """Buttons that are answered, buttons that open a form, and the forms."""
    for action_id, tell in TOLD.items():
        app.action(action_id)(_answering(services, tell))
    for action_id, form in FORMS.items():
        app.action(action_id)(_opening(services, form))
    for callback, submit in SUBMITTED.items():
        app.view(callback)(_submitted(services, submit))


def _answering(services: Services, tell: Told) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        message = await tell(services, request, payload)
        return await services.inbox.to_action(payload, message)

    return on_press


def _opening(services: Services, form: Form) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        view = await form(services, request, payload)
        await services.dialogs.open(request.workspace, payload.trigger_id, view)
        return ok()

    return on_press


def _submitted(services: Services, submit: Submit) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_submit(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = submission_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        try:
            await submit(services, request, given)
        except Refusal as refused:
            return errors(TEXT, refused.text)
        return ok()

    return on_submit


def _about(value: str) -> re.Match[str]:
    found = ABOUT.fullmatch(value)
    if found is None:
        raise Malformed("about no incident of ours")
    return found


def _numbered(value: str) -> tuple[str, int]:
    found = _about(value)
    if not found["number"]:
        raise Malformed("a number is missing")
    return found["incident"], int(found["number"])


# -- answered -------------------------------------------------------------------------------------


async def catch_up(services: Services, request: Request, payload: ActionPayload) -> Message:
    """Where it stands, fresh."""
    return await summary_of(services, request, _about(payload.value)["incident"])


async def summary_of(services: Services, request: Request, incident: str = "") -> Message:
    """The private summary of the incident that is named, or of this channel's."""
    told, me = await services.attending.catch_up(request, incident)
    known = await services.directory.names(request.workspace)
    return attending.catch_up(told, lambda person: known.get(person, "somebody"), me)


async def _check(services: Services, request: Request, payload: ActionPayload) -> Message:
    incident, number = _numbered(payload.value)
    said = _about(payload.value)["said"]
    if said not in set(Checked):
        raise Malformed("no answer of ours")
    done = await services.attending.check(request, incident, number, Checked(said))
    return answers.done(done)


async def _tell_me(services: Services, request: Request, payload: ActionPayload) -> Message:
    new = await services.attending.watch(request, _about(payload.value)["incident"])
    return answers.talk(WATCHING if new else WATCHED)


async def _questions(services: Services, request: Request, payload: ActionPayload) -> Message:
    incident, asked = await services.attending.questions(request, _about(payload.value)["incident"])
    known = await services.directory.names(request.workspace)
    return attending.questions(
        asked, incident, lambda person: known.get(person, "somebody"), request.person.id
    )


# -- forms ----------------------------------------------------------------------------------------


async def _question_form(
    services: Services, request: Request, payload: ActionPayload
) -> dict[str, Any]:
    incident, _asked = await services.attending.questions(
        request, _about(payload.value)["incident"]
    )
    return attending.question_form(incident)


async def _answer_form(
    services: Services, request: Request, payload: ActionPayload
) -> dict[str, Any]:
    which, number = _numbered(payload.value)
    incident, asked = await services.attending.questions(request, which)
    waits = [each for each in asked if each.number == number and each.waits]
    if not waits:
        raise Refusal("Somebody has answered that, so nothing changed.")
    return attending.answer_form(incident, waits[0])


async def _who_form(
    services: Services, request: Request, _payload: ActionPayload
) -> dict[str, Any]:
    return attending.who_form(await services.attending.me(request.workspace, request.person.id))


async def _observe_form(
    services: Services, request: Request, payload: ActionPayload
) -> dict[str, Any]:
    incident, _asked = await services.attending.questions(
        request, _about(payload.value)["incident"]
    )
    return attending.observe_form(incident)


# -- submitted ------------------------------------------------------------------------------------


async def _ask(services: Services, request: Request, given: Submission) -> None:
    text = await services.inbox.text_of(request.workspace, given.text(TEXT))
    incident = _about(given.view.private_metadata)["incident"]
    await services.attending.ask(request, incident, text)


async def _answer(services: Services, request: Request, given: Submission) -> None:
    text = await services.inbox.text_of(request.workspace, given.text(TEXT))
    incident, number = _numbered(given.view.private_metadata)
    await services.attending.answer(request, incident, number, text)


async def _introduce(services: Services, request: Request, given: Submission) -> None:
    text = await services.inbox.text_of(request.workspace, given.text(TEXT))
    await services.attending.introduce(request, text)
    await home.publish(services, request)


async def _observe(services: Services, request: Request, given: Submission) -> None:
    text = await services.inbox.text_of(request.workspace, given.text(TEXT))
    incident = _about(given.view.private_metadata)["incident"]
    await services.attending.observe(request, incident, text)


TOLD: dict[Any, Told] = {
    CATCH_UP: catch_up,
    QUESTIONS: _questions,
    TELL_ME: _tell_me,
    re.compile(rf"^{heads.CHECK}:\w+$"): _check,
}
FORMS: dict[str, Form] = {
    ASK_QUIETLY: _question_form,
    attending.ANSWER: _answer_form,
    attending.WHO_I_AM: _who_form,
    attending.OBSERVE: _observe_form,
}
SUBMITTED: dict[str, Submit] = {
    attending.QUESTION_FORM: _ask,
    attending.ANSWER_FORM: _answer,
    attending.WHO_FORM: _introduce,
    attending.OBSERVE_FORM: _observe,
}


# -- events ---------------------------------------------------------------------------------------


async def came(services: Services, body: dict[str, Any], context: AsyncBoltContext) -> None:
    """Somebody came into an incident's channel: late ones are told where it stands."""
    event, workspace = body["event"], str(body["team_id"])
    incident = await services.incidents.incident_here(workspace, str(event["channel"]))
    if incident is None:
        return
    if event.get("inviter") == context.bot_user_id:
        return
    await services.attending.came(
        workspace,
        incident,
        str(event["user"]),
        time_of(str(event["event_ts"])),
        f"came:{body['event_id']}",
    )


async def talked(services: Services, incident: str, thread: str) -> None:
    """A line that is not for us: in the channel it pushes the board up, and is forgotten."""
    if not thread:
        await services.attending.line(incident)
