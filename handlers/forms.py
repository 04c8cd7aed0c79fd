"""Forms: opened by a press or a bare command, read when they are submitted.

Opening checks that the person may; submitting checks it again, for much may have happened between.
A refusal is shown in the form, which keeps what was typed.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal
from bot.incidents.grammar import Minutes, Said, Word, spoken
from bot.incidents.model import Done
from bot.incidents.times import timebox
from bot.workspace.model import Permit, Request, authorise
from handlers.blocks import answers, forms
from handlers.blocks.heads import END
from handlers.blocks.incidents import NEW_THREAD
from handlers.filled import About, Filled, filled_of
from handlers.inbox import RECEIVED, ok
from handlers.parse import ActionPayload, Malformed, action_of, time_of
from handlers.services import Services

HEAD = re.compile(r"(?P<incident>[\w-]{1,64}):(?P<number>[1-9]\d{0,5})")
# What is said about a thread, and about no thread means nothing.
OF_A_THREAD = frozenset({Word.FOR, Word.AGAINST})
Submit = Callable[[Services, Request, Filled], Awaitable[Done]]


def register(app: AsyncApp, services: Services) -> None:
    """The buttons that open forms, and the forms."""

    async def on_new_thread(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        return await _open_new_thread(services, request, payload)

    async def on_end(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        return await _open_end(services, request, payload)

    async def on_declare(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        payload = action_of(body)
        request = await services.inbox.from_action(payload, context[RECEIVED])
        await open_declare(services, request, payload.trigger_id)
        return ok()

    app.action(answers.DECLARE_FORM)(on_declare)
    app.action(NEW_THREAD)(on_new_thread)
    app.action(END)(on_end)
    for callback, submit in SUBMITTED.items():
        app.view(callback)(_submitted(services, submit))


def _submitted(services: Services, submit: Submit) -> Callable[..., Awaitable[BoltResponse]]:
    async def on_submit(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        given = filled_of(body)
        about = given.about
        request = await services.inbox.from_form(given, about, context[RECEIVED])
        done = await submit(services, request, given)
        return _closed(done)

    return on_submit


def _closed(done: Done) -> BoltResponse:
    """The form closes; it stays with a sentence only where something was read into the text."""
    if done.by is None and done.earlier is None:
        return ok()
    view = forms.told(answers.done(done).text)
    return BoltResponse(status=200, body={"response_action": "update", "view": view})


# -- opening --------------------------------------------------------------------------------------


async def open_declare(services: Services, request: Request, trigger: str) -> None:
    """Declare, with everything still to be said. Raises Refusal."""
    authorise(request.person, Permit.DECLARE)
    await services.dialogs.open(request.workspace, trigger, forms.declare())


async def open_log(services: Services, request: Request, trigger: str) -> None:
    """Put something on the record of the incident here. Raises Refusal."""
    authorise(request.person, Permit.RECORD)
    incident = await services.marking.incident(request)
    about = About(incident=incident.id, channel=request.channel)
    view = forms.log(incident, about.packed(), written=False)
    await services.dialogs.open(request.workspace, trigger, view)


async def _open_new_thread(
    services: Services, request: Request, payload: ActionPayload
) -> BoltResponse:
    authorise(request.person, Permit.RECORD)
    incident = await services.marking.incident(request, payload.value)
    about = About(incident=incident.id, channel=request.channel)
    view = forms.new_thread(incident, about.packed())
    await services.dialogs.open(request.workspace, payload.trigger_id, view)
    return ok()


async def _open_end(services: Services, request: Request, payload: ActionPayload) -> BoltResponse:
    found = HEAD.fullmatch(payload.value)
    if found is None:
        raise Malformed("no thread of ours")
    incident = await services.marking.incident(request, found["incident"])
    thread = incident.investigation(int(found["number"]))
    if thread is None or not thread.is_open:
        raise Refusal("That thread has ended, so nothing changed.")
    own = thread.owner == request.person.id
    authorise(request.person, Permit.END_OWN_THREAD if own else Permit.END_THREAD)
    about = About(incident=incident.id, channel=request.channel, number=thread.number)
    view = forms.end(thread, about.packed())
    await services.dialogs.open(request.workspace, payload.trigger_id, view)
    return ok()


# -- submitted ------------------------------------------------------------------------------------


async def _declare(services: Services, request: Request, given: Filled) -> Done:
    private = given.chosen(forms.PRIVATE) == forms.PRIVATE
    title = given.text(forms.TEXT)
    return await services.incidents.declare(request, title, private=private)


async def _new_thread(services: Services, request: Request, given: Filled) -> Done:
    said = spoken(Word.THREAD, given.text(forms.TEXT))
    if typed := given.text(forms.BY):
        read = timebox(typed)
        if read.by is None:
            raise Refusal("I can't read that as a time. Say 03:20 or 20 min.", field=forms.BY)
        said = replace(said, by=read.by, bad_by="")
    return await services.marking.put(request, said, incident=given.about.incident)


async def _log(services: Services, request: Request, given: Filled) -> Done:
    about, when = given.about, given.chosen(forms.WHEN)
    word = _word(given.chosen(forms.KIND))
    thread = given.chosen(forms.THREAD)
    number = int(thread) if thread.isdecimal() else None
    if word in OF_A_THREAD and number is None and not about.thread:
        raise Refusal("Which thread is that about? Nothing is recorded yet.", field=forms.THREAD)
    ago = int(when) if when.isdecimal() else 0
    said = Said(word, given.text(forms.TEXT), number, when=Minutes(ago) if ago else None)
    at = time_of(about.message) if when == forms.AS_WRITTEN and about.message else None
    return await services.marking.put(
        request, said, incident=about.incident, author=about.author, at=at
    )


def _word(value: str) -> Word:
    words = [word for word in forms.KINDS if word.value == value]
    if not words:
        raise Malformed("no kind of ours")
    return words[0]


async def _misled(services: Services, request: Request, given: Filled) -> Done:
    about = given.about
    text = f"Tool said: {given.text(forms.TEXT)}\nIt meant: {given.text(forms.MEANT)}"
    at = time_of(about.message) if about.message else None
    return await services.marking.put(
        request, Said(Word.NOTE, text), incident=about.incident, author=about.author, at=at
    )


async def _end(services: Services, request: Request, given: Filled) -> Done:
    about, how = given.about, given.chosen(forms.HOW)
    if how not in forms.WAYS or about.number is None:
        raise Malformed("no way of ours to end a thread")
    said = Said(Word(how), given.text(forms.TEXT), about.number)
    return await services.marking.put(request, said, incident=about.incident)


SUBMITTED: dict[str, Submit] = {
    forms.DECLARE: _declare,
    forms.NEW_THREAD: _new_thread,
    forms.LOG: _log,
    forms.MISLED: _misled,
    forms.END: _end,
}
