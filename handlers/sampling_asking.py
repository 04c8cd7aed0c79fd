"""Answering a prompt: the first tap, the ways to say no, the form; and what is typed instead.

An answer comes in by button and form only, and never goes out again: what is said back is that it
was saved.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal, SendFailed
from bot.sampling.asking import Form
from bot.sampling.model import ItemKind
from bot.sampling.model import Message as Slack
from bot.sampling.outcomes import stamp_of
from bot.workspace.model import Request
from handlers.blocks import answers
from handlers.blocks import sampling as blocks
from handlers.blocks import sampling_forms as forms
from handlers.blocks.message import Message
from handlers.filled import Filled, filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import (
    ActionPayload,
    Malformed,
    MessageEnvelope,
    action_of,
    plain,
)
from handlers.services import Services

log = structlog.get_logger(__name__)

PROMPT_ID = re.compile(r"[\w-]{1,64}")
CHOICE = r"[\w-]{1,40}"
TS = re.compile(r"\d{1,11}\.\d{1,9}")
NOTHING_KEPT = "That is all there is to it. Nothing of this was stored."
SAVED = "Saved. Thank you."
NOTED = "Noted. Thank you for saying so."

Body = dict[str, Any]
Listener = Callable[[Body, AsyncBoltContext], Awaitable[BoltResponse]]
Press = Callable[[Services, Request, ActionPayload, Body], Awaitable[BoltResponse]]
Submit = Callable[[Services, Request, Filled], Awaitable[None]]


def register(app: AsyncApp, services: Services) -> None:
    """Every button of a prompt, and the forms behind it."""
    for action, press in PRESSES.items():
        app.action(action)(_on_press(services, press))
    for callback, submit in SUBMITTED.items():
        app.view(callback)(_on_submission(services, submit))


def _on_press(services: Services, press: Press) -> Listener:
    async def on_press(body: Body, context: AsyncBoltContext) -> BoltResponse:
        payload, request = await _pressed(services, body, context)
        return await press(services, request, payload, body)

    return on_press


def _on_submission(services: Services, submit: Submit) -> Listener:
    async def on_submission(body: Body, context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        request = await services.dialogs.from_submission(given, context[RECEIVED])
        await submit(services, request, given)
        return ok()

    return on_submission


# -- pressed --------------------------------------------------------------------------------------


async def _tap(
    services: Services, request: Request, payload: ActionPayload, _body: Body
) -> BoltResponse:
    about, choice = _prompt_id(payload.value), _choice(payload)
    form = await services.asking.tap(request, about, choice, _tapped(payload))
    await _open(services, payload, form)
    return await _said(services, payload, SAVED)


async def _decline(
    services: Services, request: Request, payload: ActionPayload, _body: Body
) -> BoltResponse:
    about, choice = _prompt_id(payload.value), _choice(payload)
    await services.asking.decline(request, about, choice, _tapped(payload))
    return await _said(services, payload, NOTED)


async def _form(
    services: Services, request: Request, payload: ActionPayload, _body: Body
) -> BoltResponse:
    await _open(services, payload, await services.asking.form(request, _prompt_id(payload.value)))
    return ok()


async def _practise(
    services: Services, request: Request, payload: ActionPayload, _body: Body
) -> BoltResponse:
    await _open(services, payload, await services.asking.practice(request, _choice(payload)))
    return await _said(services, payload, NOTHING_KEPT)


async def _typed(
    services: Services, request: Request, payload: ActionPayload, _body: Body
) -> BoltResponse:
    return await _fill_in(services, payload, request)


async def _choose(
    services: Services, request: Request, payload: ActionPayload, body: Body
) -> BoltResponse:
    """A choice in the form, kept as it is made."""
    about = str((body.get("view") or {}).get("private_metadata", ""))
    await services.asking.choose(request, _prompt_id(about), _choice(payload), payload.value)
    return ok()


def _chosen(action: str) -> re.Pattern[str]:
    """The button's name, and after it what was chosen."""
    return re.compile(rf"^{re.escape(action)}\.{CHOICE}$")


PRESSES: dict[str | re.Pattern[str], Press] = {
    _chosen(blocks.TAP): _tap,
    _chosen(blocks.DECLINE): _decline,
    _chosen(blocks.PRACTICE_TAP): _practise,
    _chosen(blocks.CHOSE): _choose,
    blocks.FORM: _form,
    blocks.TYPED: _typed,
}


# -- filled in ------------------------------------------------------------------------------------


async def _answers(services: Services, request: Request, given: Filled) -> None:
    if about := given.view.private_metadata:  # else it was practice
        await services.asking.answer(request, _prompt_id(about), _values(given))


async def _whole(services: Services, request: Request, given: Filled) -> None:
    about = _prompt_id(given.view.private_metadata)
    await services.asking.whole(request, about, _values(given))


SUBMITTED: dict[str, Submit] = {forms.ANSWERS: _answers, blocks.WHOLE: _whole}


async def _pressed(
    services: Services, body: dict[str, Any], context: AsyncBoltContext
) -> tuple[ActionPayload, Request]:
    payload = action_of(body)
    request = await services.inbox.from_action(payload, context[RECEIVED])
    return payload, replace(request, at=_acted_at(body, request.at))


def _acted_at(body: dict[str, Any], now: datetime) -> datetime:
    """When they pressed, as Slack says; never later than we heard of it."""
    told = str(body["actions"][0].get("action_ts", ""))
    return min(now, stamp_of(told)) if TS.fullmatch(told) else now


def _tapped(payload: ActionPayload) -> Slack | None:
    """The message of ours that was tapped; none that only they see, which cannot be deleted."""
    channel, ts = payload.channel.id, payload.container.message_ts
    if payload.container.is_ephemeral or not channel or not TS.fullmatch(ts):
        return None
    return Slack(channel, ts)


def _values(given: Filled) -> dict[str, str]:
    """What was filled in, by the item's name, which is the block's; empty fields are not there."""
    found = {}
    for name, fields in given.view.state.values.items():
        for each in fields.values():
            chosen = each.selected_option.value if each.selected_option else ""
            found[name] = (each.value or "").strip() or chosen
    return {name: value for name, value in found.items() if value}


def _choice(payload: ActionPayload) -> str:
    """What stands after the last dot of the button's name."""
    return payload.actions[0].action_id.rpartition(".")[2]


def _prompt_id(typed: str) -> str:
    if not PROMPT_ID.fullmatch(typed):
        raise Malformed("no prompt of ours")
    return typed


async def _open(services: Services, payload: ActionPayload, form: Form) -> None:
    """Show the form; the tap is kept whether or not Slack opens it, and the button stays."""
    if not form.items:
        return
    try:
        await services.dialogs.open(payload.team.id, payload.trigger_id, _view(form))
    except Refusal:
        log.warning("sampling.form_not_opened")


def _view(form: Form, words: str = "") -> dict[str, Any]:
    """The form, with what they chose before, and the words that they typed in its first text."""
    protocol, given = form.study.protocol, dict(form.given)
    first = next((each.name for each in form.items if each.kind is ItemKind.TEXT), "")
    if words:
        given[first] = words
    if form.whole and form.prompt is not None:
        return blocks.whole_form(protocol, form.items, form.prompt, given, late=form.late)
    about = form.prompt.id if form.prompt else ""
    return blocks.answers_form(protocol, form.items, about, given, saves=form.saves)


async def _said(services: Services, payload: ActionPayload, text: str) -> BoltResponse:
    """In direct messages the ledger changes the prompt itself; a report is seen by one alone."""
    if not payload.container.is_ephemeral:
        return ok()
    return await services.inbox.to_action(payload, answers.talk(text), replace=True)


async def report(services: Services, request: Request) -> Message:
    """A report that nobody asked for."""
    form = await services.asking.now(request)
    if form.prompt is None:
        raise Malformed("a report without its prompt")
    return blocks.report(form.study.protocol, form.prompt)


async def practice(services: Services, request: Request) -> Message:
    """What a prompt is like."""
    form = await services.asking.practice(request)
    return blocks.practice(form.study.protocol)


# -- what is typed in our direct messages ----------------------------------------------------------


async def typed(services: Services, envelope: MessageEnvelope, received: float) -> BoltResponse:
    """Whoever types to us is told that it stays in Slack, and is given the form."""
    request = await services.inbox.from_message(envelope, received)
    try:
        form = await services.asking.typed(request)
    except Refusal:  # no study is set up here
        form = None
    about = form.prompt.id if form and form.prompt else ""
    late = form is not None and form.late
    told = blocks.typed(about, envelope.event.ts, services.command("incident"), late=late)
    return await services.inbox.to_message(envelope, told)


async def _fill_in(services: Services, payload: ActionPayload, request: Request) -> BoltResponse:
    """Open the form with the words that were typed; they are read again, for we kept none."""
    prompt_id, _, ts = payload.value.partition("/")
    if not TS.fullmatch(ts):
        raise Malformed("no message of theirs")
    form = await services.asking.form(request, _prompt_id(prompt_id))
    view = _view(form, await _words(services, payload, ts))
    await services.dialogs.open(payload.team.id, payload.trigger_id, view)
    return ok()


async def _words(services: Services, payload: ActionPayload, ts: str) -> str:
    """What they typed; nothing where Slack does not say so in time, or it is not theirs."""
    try:
        found = await services.inbox.message(payload.team.id, payload.channel.id, ts)
    except SendFailed as failure:
        log.warning("sampling.words_not_read", reason=failure.reason)
        return ""
    theirs = found is not None and found.get("user") == payload.user.id
    return plain(str(found.get("text", ""))) if found is not None and theirs else ""
