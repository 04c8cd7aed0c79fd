"""Buttons under the questions that signals made: parse, one service call, a private answer."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.grammar import Word
from bot.incidents.model import Done
from bot.incidents.timing import MINUTES
from bot.workspace.model import Request
from handlers.blocks import answers, nudges, teams
from handlers.blocks.incidents import ASK_AGAIN
from handlers.blocks.message import Message
from handlers.filled import About, Filled, filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, action_of
from handlers.services import Services

ABOUT = re.compile(
    r"(?P<incident>[\w-]{1,64})/(?P<number>[1-9]\d{0,5})(?P<rest>(?:/[\w-]{1,64}){0,3})"
)
NUMBER = re.compile(r"[1-9]\d{0,5}")
INCIDENT = re.compile(r"[\w-]{1,64}")


class Which:
    """The question that a button is about, and what the button does with it."""

    def __init__(self, value: str) -> None:
        found = ABOUT.fullmatch(value)
        if found is None:
            raise Malformed("no question of ours")
        self.incident = found["incident"]
        self.number = int(found["number"])
        self.rest = [each for each in found["rest"].split(nudges.SEPARATOR) if each]

    @property
    def what(self) -> str:
        """The first of what follows: what is to be done."""
        return self.rest[0] if self.rest else ""

    def part(self, place: int) -> str:
        """Raises Malformed."""
        if len(self.rest) <= place:
            raise Malformed("a choice without its part")
        return self.rest[place]

    def numbered(self, place: int) -> int:
        """Raises Malformed."""
        if not NUMBER.fullmatch(self.part(place)):
            raise Malformed("a choice without its number")
        return int(self.part(place))


Press = Callable[[Services, Request, Which, ActionPayload], Awaitable[Message | None]]
Submit = Callable[[Services, Request, About, str], Awaitable[Done]]


def register(app: AsyncApp, services: Services) -> None:
    """Every button and menu of a question, and its forms."""
    for action_id, press in PRESSES.items():
        app.action(action_id)(_pressed(services, press))
    app.action(ASK_AGAIN)(_asking_again(services))
    for callback, submit in SUBMITTED.items():
        app.view(callback)(_submitted(services, submit))


def _pressed(services: Services, press: Press) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        which = Which(_carried(payload))
        request = await services.inbox.from_action(payload, context[RECEIVED])
        message = await press(services, request, which, payload)
        # The question itself is changed by the ledger, for everybody who sees it.
        return ok() if message is None else await services.inbox.to_action(payload, message)

    return on_press


def _carried(payload: ActionPayload) -> str:
    """What a button carries; of a picker of people, which carries no value, its row."""
    if payload.actions[0].selected_user:
        return payload.actions[0].block_id.partition(nudges.SEPARATOR)[2]
    return payload.value


def _asking_again(services: Services) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        if not INCIDENT.fullmatch(payload.value):
            raise Malformed("no incident of ours")
        request = await services.inbox.from_action(payload, context[RECEIVED])
        done = await services.nudging.ask_again(request, payload.value)
        return await services.inbox.to_action(payload, answers.done(done))

    return on_press


def _submitted(services: Services, submit: Submit) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_submit(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given: Filled = filled_of(body)
        about = given.about
        request = await services.inbox.from_form(given, about, context[RECEIVED])
        await submit(services, request, about, given.text(nudges.TEXT))
        return ok()

    return on_submit


# -- taking something up ---------------------------------------------------------------------------


async def _take(
    services: Services, request: Request, which: Which, payload: ActionPayload
) -> Message | None:
    """I'll look at …"""
    nudging, about = services.nudging, (which.incident, which.number)
    match which.what:
        case nudges.IDEA:
            return answers.done(await nudging.take_idea(request, *about, which.part(1)))
        case nudges.THREAD:
            return answers.done(await nudging.take_thread(request, *about, which.numbered(1)))
        case nudges.SYMPTOM:
            text = await _symptom(services, request, which)
            return answers.done(await nudging.open_thread(request, *about, text))
        case nudges.UNRELATED:
            return await _unrelated(services, request, which)
        case nudges.SOMETHING:
            await _open_form(services, request, which, payload, nudges.IDEA_FORM)
            return None
    raise Malformed("no choice of ours")


async def _symptom(services: Services, request: Request, which: Which) -> str:
    """What somebody saw, as an idea for a thread."""
    asked = await services.nudging.asked(request, which.incident, which.number)
    seq = which.numbered(1)
    said = [each.text for each in asked.record.standing if each.seq == seq]
    if not said or not said[0].strip():
        raise Refusal("That symptom is not on record any more, so nothing changed.")
    return said[0]


async def _unrelated(services: Services, request: Request, which: Which) -> Message:
    asked = await services.nudging.asked(request, which.incident, which.number)
    here = replace(request, channel=asked.incident.channel)
    await services.viewing.doubt(here, which.incident, which.numbered(1), unrelated=True)
    return answers.talk("Marked as maybe unrelated. That is taken back under Symptoms.")


async def _time(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    """When it should be done, or how it ended."""
    action = which.numbered(1)
    if which.what == nudges.IN_MINUTES:
        minutes = which.numbered(2)
        if minutes not in MINUTES:
            raise Malformed("no time of ours")
        where = (which.incident, which.number, action, minutes)
        return answers.done(await services.nudging.set_time(request, *where))
    words = {nudges.WORKED: Word.DONE, nudges.FAILED: Word.FAILED}
    if which.what not in words:
        raise Malformed("no choice of ours")
    asked = await services.nudging.asked(request, which.incident, which.number)
    here = replace(request, channel=asked.incident.channel)
    word = words[which.what]
    return answers.done(await services.timing.ended(here, which.incident, action, word, None))


async def _recruit(
    services: Services, request: Request, which: Which, payload: ActionPayload
) -> Message:
    """Ask somebody by name."""
    chosen = payload.actions[0].selected_user
    if not chosen:
        raise Malformed("nobody was chosen")
    person = await services.directory.person(request.workspace, chosen)
    done = await services.nudging.recruit(request, which.incident, which.number, person)
    return answers.done(done)


async def _reason(
    services: Services, request: Request, which: Which, payload: ActionPayload
) -> None:
    await _open_form(services, request, which, payload, nudges.REASON_FORM)


async def _open_form(
    services: Services, request: Request, which: Which, payload: ActionPayload, form: str
) -> None:
    """A form with one field, for a question that may still be answered. Raises Refusal."""
    asked = await services.nudging.asked(request, which.incident, which.number)
    about = About(incident=which.incident, channel=request.channel, number=which.number)
    view = nudges.form(asked, form, about.packed())
    await services.dialogs.open(request.workspace, payload.trigger_id, view)


# -- setting it aside ------------------------------------------------------------------------------


async def _checked(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    return answers.done(await services.nudging.checked(request, which.incident, which.number))


async def _later(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    return answers.done(await services.nudging.later(request, which.incident, which.number))


async def _not_useful(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    return answers.done(await services.nudging.not_useful(request, which.incident, which.number))


async def _more(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    if which.what == nudges.STOP:
        return answers.done(await services.nudging.stop_asking(request, which.incident))
    if which.what != nudges.WHY:
        raise Malformed("no choice of ours")
    asked = await services.nudging.asked(request, which.incident, which.number)
    return nudges.why(asked)


# -- from outside ----------------------------------------------------------------------------------


async def _come(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    return answers.done(await services.nudging.come(request, which.incident, which.number))


async def _not_now(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    return answers.done(await services.nudging.decline(request, which.incident, which.number))


async def _off_the_list(
    services: Services, request: Request, which: Which, _payload: ActionPayload
) -> Message:
    """Off the list whatever became of the question; the receipt belongs to the answer."""
    await services.teams.unwilling(replace(request, once=None))
    with suppress(Refusal):
        await services.nudging.decline(request, which.incident, which.number)
    return answers.talk(teams.OFF)


PRESSES: dict[str, Press] = {
    nudges.TAKE: _take,
    nudges.TIME: _time,
    nudges.RECRUIT: _recruit,
    nudges.REASON: _reason,
    nudges.CHECKED: _checked,
    nudges.LATER: _later,
    nudges.NOT_USEFUL: _not_useful,
    nudges.MORE: _more,
    nudges.COME: _come,
    nudges.NOT_NOW: _not_now,
    nudges.OFF_THE_LIST: _off_the_list,
}


# -- forms -----------------------------------------------------------------------------------------


async def _give_reason(services: Services, request: Request, about: About, text: str) -> Done:
    number = _numbered(about)
    return await services.nudging.give_reason(request, about.incident, number, text)


async def _open_thread(services: Services, request: Request, about: About, text: str) -> Done:
    number = _numbered(about)
    return await services.nudging.open_thread(request, about.incident, number, text)


def _numbered(about: About) -> int:
    if about.number is None:
        raise Malformed("a form without its question")
    return about.number


SUBMITTED: dict[str, Submit] = {
    nudges.REASON_FORM: _give_reason,
    nudges.IDEA_FORM: _open_thread,
}
