"""The way in: who asks and when, receipts, answers to whoever acted, and the error boundary.

The order is always: middleware, commit, answer, ack. After the commit nothing may raise, for an
exception would un-acknowledge what is recorded; so `answer` never does.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.errors import AlreadyHandled, Refusal, SendFailed, TooLate
from bot.workspace.model import Person, Request
from handlers.blocks import answers, forms
from handlers.blocks.message import Message
from handlers.blocks.text import PERSON, as_installed
from handlers.filled import About, Filled, Shortcut
from handlers.parse import (
    ActionPayload,
    Beside,
    ChangedEnvelope,
    Command,
    Malformed,
    MessageEnvelope,
    ReactionEnvelope,
    beside_of,
    mentions,
    plain,
    time_of,
)
from handlers.slack import Slack

log = structlog.get_logger(__name__)

# Slack wants its ack within three seconds; the commit gets two of them.
COMMIT_SECONDS = 2.0
OFFERS = "offers"  # the block_id of a row of offers
SLOW_SECONDS = 2.5
RECEIVED = "parallax_received"

Body = dict[str, Any]
FindPerson = Callable[[str, str], Awaitable[Person]]
# Takes a receipt that has no work: for a workspace, by its key. Raises AlreadyHandled.
Take = Callable[[str, str], Awaitable[None]]


def ok() -> BoltResponse:
    """Acknowledged, and nothing to say. A new one each time, for Bolt writes into it."""
    return BoltResponse(status=200, body="")


class Inbox:
    """Turns payloads into requests, and outcomes into answers."""

    def __init__(
        self, find_person: FindPerson, slack: Slack, clock: Clock, take: Take, prefix: str = ""
    ) -> None:
        self._find_person = find_person
        self._slack = slack
        self._clock = clock
        self._take = take
        self._prefix = prefix

    def moment(self) -> datetime:
        """Domain time, for what carries none of its own."""
        return self._clock.now()

    async def from_command(self, payload: Command, received: float) -> Request:
        """Who typed a command, and its receipt. Raises SendFailed if Slack won't say who it is."""
        person = await self._find_person(payload.team_id, payload.user_id)
        return Request(
            workspace=payload.team_id,
            person=person,
            at=self._clock.now(),
            once=payload.trigger_id,
            deadline=received + COMMIT_SECONDS,
            channel=payload.channel_id,
            mentions=mentions(payload.text),
        )

    async def from_action(
        self, payload: ActionPayload, received: float, *, once: str = ""
    ) -> Request:
        """Who pressed a button or chose an option, and its receipt.

        Below the answer to a message, what is pressed is about that message and of its time.
        """
        person = await self._find_person(payload.team.id, payload.user.id)
        message, thread = payload.answers
        return Request(
            workspace=payload.team.id,
            person=person,
            at=time_of(message) if message else self._clock.now(),
            once=once or payload.trigger_id,
            deadline=received + COMMIT_SECONDS,
            channel=payload.channel.id,
            thread=thread,
            message=message,
        )

    async def from_message(self, envelope: MessageEnvelope, received: float) -> Request:
        """Who wrote a message, and its receipt: an event delivered again has the same one."""
        event = envelope.event
        person = await self._find_person(envelope.team_id, event.user)
        return Request(
            workspace=envelope.team_id,
            person=person,
            at=time_of(event.ts),
            once=envelope.event_id,
            deadline=received + COMMIT_SECONDS,
            channel=event.channel,
            thread="" if event.thread_ts == event.ts else event.thread_ts,
            message=event.ts,
            mentions=mentions(event.text),
        )

    async def from_mark(self, envelope: ReactionEnvelope, received: float) -> Request:
        """Who marked a message, or took the mark off; the time is that of the mark."""
        event = envelope.event
        person = await self._find_person(envelope.team_id, event.user)
        return Request(
            workspace=envelope.team_id,
            person=person,
            at=time_of(event.event_ts),
            once=envelope.event_id,
            deadline=received + COMMIT_SECONDS,
            channel=event.item.channel,
            message=event.item.ts,
        )

    async def from_change(self, envelope: ChangedEnvelope, received: float) -> Request:
        """Who changed a message or deleted it, as far as Slack tells; the time is of the change."""
        event, place = envelope.event, beside_of(envelope.model_dump())
        person = await self._find_person(envelope.team_id, place.person)
        return Request(
            workspace=envelope.team_id,
            person=person,
            at=time_of(event.event_ts),
            once=envelope.event_id,
            deadline=received + COMMIT_SECONDS,
            channel=event.channel,
            thread="" if place.thread == place.message else place.thread,
            message=place.message,
            mentions=mentions(event.message.text),
        )

    async def from_form(self, given: Filled, about: About, received: float) -> Request:
        """Who submitted a form, and its receipt; the place is where it was opened."""
        return Request(
            workspace=given.team.id,
            person=await self._find_person(given.team.id, given.user.id),
            at=self._clock.now(),
            once=given.trigger_id,
            deadline=received + COMMIT_SECONDS,
            channel=about.channel,
            thread=about.thread,
            message=about.message,
        )

    async def from_shortcut(self, used: Shortcut, received: float) -> Request:
        """Who used a shortcut, and on which message, if on any."""
        thread = used.message.thread_ts
        return Request(
            workspace=used.team.id,
            person=await self._find_person(used.team.id, used.user.id),
            at=self._clock.now(),
            deadline=received + COMMIT_SECONDS,
            channel=used.channel.id if used.channel else "",
            thread="" if thread == used.message_ts else thread,
            message=used.message_ts,
        )

    def now(self, request: Request) -> Request:
        """The same request, made now and not when the message was written that it answers."""
        return replace(request, at=self._clock.now())

    async def message(self, workspace: str, channel: str, ts: str) -> Body | None:
        """One message as it is now, also if it is a reply; None if it is gone. Raises SendFailed.

        Quickly, for somebody waits; nothing of it is kept here.
        """
        found = await self._slack.ask(
            workspace,
            "conversations.replies",
            quick=True,
            channel=channel,
            ts=ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            limit=1,
        )
        return next((dict(each) for each in found.get("messages", []) if each["ts"] == ts), None)

    async def link(self, workspace: str, channel: str, ts: str) -> str:
        """Where a message is read; empty where Slack does not say so in time."""
        try:
            found = await self._slack.ask(
                workspace, "chat.getPermalink", quick=True, channel=channel, message_ts=ts
            )
        except SendFailed as failure:
            log.warning("link.failed", reason=failure.reason)
            return ""
        return str(found.get("permalink", ""))

    async def text_of(self, workspace: str, text: str) -> str:
        """A text as its writer saw it, people by their names."""
        names = {each: await self._find_person(workspace, each) for each in mentions(text)}
        return PERSON.sub(
            lambda found: f"@{names[found[1]].name}" if found[1] in names else found[0], plain(text)
        )

    # -- answers ---------------------------------------------------------------------------------

    def to_command(self, message: Message) -> BoltResponse:
        """The ack of a command carries its answer; only the person sees it."""
        return BoltResponse(status=200, body=_private(message))

    async def to_action(
        self, payload: ActionPayload, message: Message, *, replace: bool = False
    ) -> BoltResponse:
        """A button's answer goes by its response_url; it may take the place of the question."""
        body = _private(message) | {"replace_original": replace}
        await self._respond(payload.response_url, body)
        return ok()

    async def to_message(self, envelope: MessageEnvelope, message: Message) -> BoltResponse:
        """A message's answer is an ephemeral beside it."""
        event = envelope.event
        place = Beside(envelope.team_id, event.user, event.channel, event.ts, event.thread_ts)
        return await self.beside(place, message)

    async def beside(self, place: Beside, message: Message) -> BoltResponse:
        """An ephemeral beside the message that somebody wrote, changed or marked."""
        thread = "" if place.thread == place.message else place.thread
        shown = message.shown()
        shown["blocks"] = [_answering(block, place.message, thread) for block in shown["blocks"]]
        try:
            await self._slack.call(
                place.workspace,
                "chat.postEphemeral",
                quick=True,
                channel=place.channel,
                user=place.person,
                **shown,
                **({"thread_ts": place.thread} if place.thread else {}),
            )
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)
        return ok()

    async def finish_slow(self, payload: Command, received: float, response: BoltResponse) -> None:
        """An ack that comes late is not shown, so what it said goes by the response_url too."""
        if self._clock.monotonic() - received < SLOW_SECONDS or not payload.response_url:
            return
        await self._respond(payload.response_url, _body_of(response))

    async def _respond(self, url: str, body: Body) -> None:
        try:
            await self._slack.respond(url, body)
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)

    # -- the error boundary ----------------------------------------------------------------------

    async def on_error(self, error: Exception, body: Body) -> BoltResponse:
        """What an exception means to Slack: a refusal is an answer, a bug is owned up to."""
        if isinstance(error, AlreadyHandled):
            return ok()
        expected = isinstance(error, Refusal | Malformed | TooLate | SendFailed)
        log.log(
            logging.DEBUG if expected else logging.ERROR,
            "listener.failed",
            kind=_kind(body),
            exc_info=None if expected else error,
        )
        if "event" in body and not isinstance(error, Refusal):
            # Not acknowledged, so that Slack brings it again; what is malformed would stay so.
            return ok() if isinstance(error, Malformed) else BoltResponse(status=500, body="")
        refused = await self._refusal(error, body)
        told = answers.refusal(refused)
        if "event" in body:
            return await self._refuse_once(body, told)
        if "command" in body:
            return self.to_command(told)
        return await self._refuse(refused, told, body)

    async def _refuse_once(self, body: Body, told: Message) -> BoltResponse:
        """What was refused has left no receipt behind, and may be delivered again."""
        place = beside_of(body)
        try:
            await self._take(place.workspace, f"refused:{body.get('event_id', '')}")
        except AlreadyHandled:
            return ok()
        return await self.beside(place, told)

    async def _refuse(self, refused: Refusal, told: Message, body: Body) -> BoltResponse:
        """Tell whoever pressed, submitted, or used a shortcut."""
        if body.get("type") == "view_submission":
            return await self._under_a_field(refused, body)
        if body.get("type") == "shortcut":
            await self._show(body, told.text)
        elif body.get("response_url"):
            # Not through the payload's model: it may be what is wrong with it.
            await self._respond(str(body["response_url"]), _private(told))
        return ok()

    async def _under_a_field(self, refused: Refusal, body: Body) -> BoltResponse:
        """What is wrong stands in the form, which stays open with all that was typed."""
        blocks = body.get("view", {}).get("blocks", [])
        fields = [each["block_id"] for each in blocks if each.get("type") == "input"]
        if not fields:
            return ok()
        field = refused.field if refused.field in fields else fields[0]
        workspace = str(body.get("team", {}).get("id", ""))
        text = await self.text_of(workspace, PERSON.sub(r"<@\1>", refused.text))
        errors = {"response_action": "errors", "errors": {field: text}}
        return BoltResponse(status=200, body=errors)

    async def _show(self, body: Body, text: str) -> None:
        """A global shortcut has no channel to be answered in."""
        team, trigger = str(body.get("team", {}).get("id", "")), str(body.get("trigger_id", ""))
        view = forms.told(text)
        try:
            await self._slack.call(team, "views.open", quick=True, trigger_id=trigger, view=view)
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)

    async def _refusal(self, error: Exception, body: Body) -> Refusal:
        """What a person is told: a refusal as it is, with all that they typed given back."""
        refused = error if isinstance(error, Refusal) else _refused(error)
        refused.text = as_installed(refused.text, self._prefix)
        if refused.given_back or not isinstance(error, Refusal | Malformed):
            refused.given_back = await self._typed(body) or refused.given_back
        return refused

    async def _typed(self, body: Body) -> str:
        """All of what somebody typed, ready to be copied and sent again; empty for a button."""
        line = str(body.get("event", {}).get("text", ""))
        if "command" in body:
            line = f"{body['command']} {body.get('text') or ''}".strip()
        try:
            return await self.text_of(str(body.get("team_id", "")), line)
        except SendFailed:
            return plain(line)


SORRY = "Something went wrong on my side and nothing was recorded. It is logged; please try again."
LATE = "That took too long, so nothing was recorded. Please try again."
NOBODY = "Slack did not tell me in time who you are, so nothing was recorded. Please try again."
GONE = "That button or command is not one of mine any more. Nothing changed."


def _refused(error: Exception) -> Refusal:
    """A failure in words."""
    if isinstance(error, Malformed):
        log.warning("payload.malformed", detail=str(error))
        return Refusal(GONE)
    if isinstance(error, TooLate):
        return Refusal(LATE)
    return Refusal(NOBODY if isinstance(error, SendFailed) else SORRY)


def _answering(block: Body, message: str, thread: str) -> Body:
    """A row of offers that knows which message it answers; see `parse.ANSWERING`."""
    if block.get("block_id") != OFFERS:
        return block
    return block | {"block_id": f"{OFFERS}:{message}:{thread}"}


def _private(message: Message) -> Body:
    return {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": list(message.blocks),
    }


def _body_of(response: BoltResponse) -> Body:
    return dict(json.loads(response.body)) if response.body else {}


def _kind(body: Body) -> str:
    return str(body.get("type") or body.get("command") or "unknown")
