"""Buttons under the questions of time, pasted hosts, and who is active."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import SendFailed
from bot.incidents.destructive import host_pasted
from bot.incidents.grammar import Word
from bot.incidents.silence import Answer
from bot.incidents.timing import MINUTES
from bot.workspace.model import Request
from handlers.blocks import answers, destructive, readback, silence, timing
from handlers.blocks.message import Message
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, MessageEnvelope, action_of, time_of
from handlers.services import Services

log = structlog.get_logger(__name__)

ABOUT = re.compile(r"[\w-]{1,64}(?:/[\w-]{1,64}){0,3}")
TS = re.compile(r"\d{1,11}\.\d{1,9}")
NUMBER = re.compile(r"[1-9]\d{0,5}")
COUNTED = frozenset({None, "thread_broadcast", "file_share"})

# What a button does; the message that takes the place of the question, where only one sees it.
Press = Callable[[Services, Request, list[str], ActionPayload], Awaitable[Message | None]]
Next = Callable[[], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
    """Every button of timing; and everybody who does something in an incident is counted."""

    async def count(body: dict[str, Any], next_: Next) -> BoltResponse:
        await _notice(services, body)
        return await next_()

    app.middleware(count)
    app.action(re.compile(rf"^{timing.DUE_BY}:\d+$"))(_pressed(services, _due_by))
    for action_id, press in PRESSES.items():
        app.action(action_id)(_pressed(services, press))


def _pressed(services: Services, press: Press) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_press(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        told = await press(services, request, _about(payload), payload)
        if told is None and not payload.container.is_ephemeral:
            return ok()  # the ledger changes what everybody sees
        told = told or answers.talk("Recorded.")
        return await services.inbox.to_action(payload, told, replace=True)

    return on_press


def _about(payload: ActionPayload) -> list[str]:
    """What a button carries, or the row of a picker, which carries no value."""
    row = payload.actions[0].block_id.partition(timing.SEPARATOR)[2]
    typed = payload.value or row
    if not ABOUT.fullmatch(typed):
        raise Malformed("no question of ours")
    return typed.split(timing.SEPARATOR)


def _part(about: list[str], place: int) -> str:
    if len(about) <= place:
        raise Malformed("a question without its number")
    return about[place]


def _number(about: list[str], place: int = 1) -> int:
    if not NUMBER.fullmatch(typed := _part(about, place)):
        raise Malformed("a question without its number")
    return int(typed)


# -- actions -------------------------------------------------------------------------------------


async def _due_by(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> Message:
    minutes = _number(about, 2)
    if minutes not in MINUTES:
        raise Malformed("no time of ours")
    return answers.done(await services.timing.due_by(request, about[0], _number(about), minutes))


async def _running(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> None:
    await services.timing.still_running(request, about[0], _number(about))


def _ends(word: Word) -> Press:
    async def press(
        services: Services, request: Request, about: list[str], payload: ActionPayload
    ) -> None:
        await services.timing.ended(request, about[0], _number(about), word, None)
        if word is Word.FAILED:
            await services.inbox.to_action(payload, answers.talk(timing.SURPRISED))

    return press


async def _go_to(
    services: Services, request: Request, about: list[str], payload: ActionPayload
) -> None:
    then = _number(about, 2)
    await services.timing.ended(request, about[0], _number(about), Word.FAILED, then)
    await services.inbox.to_action(payload, answers.talk(timing.SURPRISED))


# -- what can't be undone ------------------------------------------------------------------------


async def _ask(
    services: Services, request: Request, about: list[str], payload: ActionPayload
) -> None:
    chosen = payload.actions[0].selected_user or _part(about, 2)
    person = await services.directory.person(request.workspace, chosen)
    await services.timing.look(request, about[0], _number(about), person)


async def _checked(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> None:
    await services.timing.checked(request, about[0], _number(about))


async def pasted(services: Services, envelope: MessageEnvelope, text: str, received: float) -> bool:
    """A reply that holds a host, below a question for one: compared, and True."""
    event = envelope.event
    with suppress(SendFailed):  # whoever talks may be asked to look along, or to command
        await services.directory.person(envelope.team_id, event.user)
    host = host_pasted(text) if event.thread_ts and event.thread_ts != event.ts else ""
    if not host:
        return False
    request = await services.inbox.from_message(envelope, received)
    return bool(await services.timing.host(request, host))


# -- claims, unsafe, back ------------------------------------------------------------------------


def _known(*, yes: bool) -> Press:
    async def press(
        services: Services, request: Request, about: list[str], _payload: ActionPayload
    ) -> Message:
        unknown, known = _number(about, 1), _number(about, 2)
        await services.timing.known_now(request, about[0], unknown, known, yes=yes)
        return answers.talk(KNOWN if yes else STILL_NOT)

    return press


KNOWN = "Known now. The board shows it."
STILL_NOT = "Still not known. The board shows it."


def _unsafe(*, stopped: bool) -> Press:
    async def press(
        services: Services, request: Request, about: list[str], _payload: ActionPayload
    ) -> None:
        await services.timing.answer_unsafe(request, about[0], _number(about), stopped=stopped)

    return press


def _back(*, again: bool) -> Press:
    async def press(
        services: Services, request: Request, about: list[str], _payload: ActionPayload
    ) -> None:
        await services.timing.back(request, about[0], _part(about, 1), again=again)

    return press


# -- command -------------------------------------------------------------------------------------


def _silent(answer: Answer, told: str) -> Press:
    async def press(
        services: Services, request: Request, about: list[str], _payload: ActionPayload
    ) -> Message:
        await services.timing.silent_commander(request, about[0], answer)
        return answers.talk(told)

    return press


async def _take(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> Message:
    return answers.done(await services.timing.take_over(request, about[0]))


async def _not_now(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> Message:
    await services.timing.not_now(request, about[0])
    return answers.talk("All right. Nobody hears of it.")


async def _take_back(
    services: Services, request: Request, about: list[str], _payload: ActionPayload
) -> None:
    await services.timing.take_back(request, about[0], _part(about, 1))


PRESSES: dict[str, Press] = {
    timing.RUNNING: _running,
    timing.WORKED: _ends(Word.DONE),
    timing.FAILED: _ends(Word.FAILED),
    timing.NEXT: _go_to,
    destructive.ASK: _ask,
    destructive.ASK_OTHER: _ask,
    destructive.CHECKED: _checked,
    readback.KNOWN_NOW: _known(yes=True),
    readback.STILL_UNKNOWN: _known(yes=False),
    timing.GO_ON: _unsafe(stopped=False),
    timing.STOPPED: _unsafe(stopped=True),
    timing.REOPEN: _back(again=True),
    timing.EXPECTED: _back(again=False),
    timing.TAKE_BACK: _take_back,
    silence.HERE: _silent(Answer.HERE, "Good. You keep command."),
    silence.ON_THE_CALL: _silent(Answer.ON_THE_CALL, "I won't ask again."),
    silence.TAKE_OVER: _silent(Answer.TAKE_OVER, "I ask whoever has been here longest."),
    silence.TAKE_COMMAND: _take,
    silence.NOT_NOW: _not_now,
}


# -- who is active -------------------------------------------------------------------------------


async def _notice(services: Services, body: dict[str, Any]) -> None:
    """Count who did something where; never a reason to refuse what they did.

    Bolt runs the listener after every middleware, so this comes before it.
    """
    event = body.get("event") or {}
    if event.get("bot_id") or event.get("subtype") not in COUNTED:
        return
    channel = _id(event.get("channel") or event.get("item") or body.get("channel"))
    channel = channel or str(body.get("channel_id") or "")
    person = _id(event.get("user") or body.get("user")) or str(body.get("user_id") or "")
    team = _id(body.get("team")) or str(body.get("team_id") or "")
    if not (channel and person and team) or event.get("type") not in NOTICED:
        return
    written = event.get("type") == "message"
    thread = str(event.get("thread_ts") or "") if written else ""
    ts = str(event.get("ts") or event.get("event_ts") or "")
    at = time_of(ts) if written and TS.fullmatch(ts) else services.inbox.moment()
    try:
        await services.timing.notice(team, channel, person, thread, at, int(written))
    except Exception as error:  # noqa: BLE001 - whatever it is, what they said comes first
        log.warning("activity.not_counted", error=type(error).__name__)


NOTICED = frozenset({None, "message", "reaction_added"})


def _id(found: object) -> str:
    """Slack names a thing by its id, or by an object that has it."""
    if isinstance(found, dict):
        return str(found.get("id") or found.get("channel") or "")
    return str(found or "")
