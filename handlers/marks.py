"""*Mark it*: reactions that record a message, and messages that change after they are recorded."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Refusal, SendFailed
from bot.incidents import grammar
from bot.incidents.grammar import Misspelt, Said, Word
from bot.incidents.marking import Written
from bot.incidents.model import Done
from bot.workspace.model import Request
from handlers.blocks import answers
from handlers.inbox import RECEIVED, ok
from handlers.parse import (
    Beside,
    Malformed,
    OfferValue,
    beside_of,
    changed_of,
    reaction_of,
    time_of,
)
from handlers.say import misspelt, worth_telling
from handlers.services import Services

MARKS = {
    "thread": Word.THREAD,
    "heavy_plus_sign": Word.FOR,
    "heavy_minus_sign": Word.AGAINST,
    "pushpin": Word.NOTE,
}
MARK = "mark"

Handle = Callable[[Services, dict[str, Any], float], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services) -> None:
    """Marks put on and taken off; edits and deletions, which are messages to Slack."""

    def listen(event: Any, handle: Handle) -> None:
        async def on_event(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
            return await handle(services, body, context[RECEIVED])

        app.event(event)(on_event)

    listen("reaction_added", _marked)
    listen("reaction_removed", _unmarked)
    listen({"type": "message", "subtype": "message_changed"}, _changed)
    listen({"type": "message", "subtype": "message_deleted"}, _deleted)


async def _marked(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    word = _word(body)
    if word is None or not await _here(services, body):
        return ok()
    envelope = reaction_of(body)
    item, request = envelope.event.item, await services.inbox.from_mark(envelope, received)
    text = await _read(services, request.workspace, item.channel, item.ts)
    if text is None or request.person.bot:
        return ok()
    place = Beside(request.workspace, request.person.id, item.channel, item.ts, text.thread)
    try:
        done = await services.marking.mark(_in(request, text), word, text)
    except Refusal as refused:
        # The boundary does not know in which Slack thread the message is.
        return await services.inbox.beside(place, answers.refusal(refused))
    return await _told(services, place, done)


async def _unmarked(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    word = _word(body)
    if word is None:
        return ok()
    envelope = reaction_of(body)
    item = envelope.event.item
    if await services.marking.is_recorded(envelope.team_id, item.channel, item.ts):
        request = await services.inbox.from_mark(envelope, received)
        await services.marking.unmark(request, word)
    return ok()


async def _deleted(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    envelope = changed_of(body)
    was = envelope.event.previous_message
    if not was.user or was.bot_id:
        return ok()
    if await services.marking.is_recorded(envelope.team_id, envelope.event.channel, was.ts):
        request = await services.inbox.from_change(envelope, received)
        await services.marking.deleted(request)
    return ok()


async def _changed(services: Services, body: dict[str, Any], received: float) -> BoltResponse:
    envelope = changed_of(body)
    now, was = envelope.event.message, envelope.event.previous_message
    if envelope.event.is_deletion:
        return await _deleted(services, body, received)
    # Not a bot's, ours least of all; and not Slack that unfolds a link.
    if not now.user or now.bot_id or now.text == was.text:
        return ok()
    team, channel = envelope.team_id, envelope.event.channel
    text = await services.inbox.text_of(team, now.text)
    said = grammar.say(text)
    if not await services.marking.is_recorded(team, channel, now.ts) and (
        said is None or not await services.incidents.incident_here(team, channel)
    ):
        return ok()
    if isinstance(said, Misspelt):
        raise misspelt(said, text)
    request = await services.inbox.from_change(envelope, received)
    told = Written(now.ts, now.user, without_word(text), time_of(now.ts), request.thread)
    done = await services.marking.edited(request, said, told)
    return await _told(services, beside_of(body), done)


async def _told(services: Services, place: Beside, done: Done | None) -> BoltResponse:
    """Words only where something was read into the text; else the mark says it."""
    if done is None or not worth_telling(done):
        return ok()
    return await services.inbox.beside(place, answers.done(done))


def _word(body: dict[str, Any]) -> Word | None:
    """What a reaction means to us; most mean nothing."""
    event = body["event"]
    if event.get("item", {}).get("type") != "message":
        return None
    return MARKS.get(str(event.get("reaction", "")))


async def _here(services: Services, body: dict[str, Any]) -> bool:
    channel = str(body["event"]["item"].get("channel", ""))
    return bool(await services.incidents.incident_here(str(body.get("team_id", "")), channel))


def _in(request: Request, text: Written) -> Request:
    """The request in the Slack thread of the message."""
    return replace(request, thread=text.thread, message=text.message)


async def _read(services: Services, workspace: str, channel: str, ts: str) -> Written | None:
    """A message as it is now; None if it is gone or a bot's. Raises SendFailed."""
    try:
        message = await services.inbox.message(workspace, channel, ts)
    except SendFailed as failure:
        if failure.permanent:
            return None
        raise
    if message is None or message.get("bot_id") or "user" not in message:
        return None
    thread = str(message.get("thread_ts", ""))
    return Written(
        message=ts,
        author=str(message["user"]),
        text=without_word(await services.inbox.text_of(workspace, str(message.get("text", "")))),
        at=time_of(ts),
        thread="" if thread == ts else thread,
    )


def without_word(text: str) -> str:
    """What stands behind one of our words: the mark is the word now."""
    said = grammar.say(text)
    return said.text if isinstance(said, Said) and said.text else text


async def carry(services: Services, request: Request, offer: OfferValue) -> Done:
    """The picker below a mark: which thread it was about. The message is read again."""
    word = next((w for w in MARKS.values() if offer.intent == f"{MARK} {w.value}"), None)
    if word is None or not request.message:
        raise Malformed(f"unknown intent {offer.intent!r}")
    text = await _read(services, request.workspace, request.channel, request.message)
    if text is None:
        raise Refusal("That message is gone, so nothing changed.")
    now = services.inbox.now(_in(request, text))
    done = await services.marking.mark(now, word, text, offer.number)
    if done is None:
        raise Refusal("That is recorded already, so nothing changed.")
    return done
