"""The way in: who asks and when, receipts, answers to whoever acted, and the error boundary.

The order is always: middleware, commit, answer, ack. After the commit nothing may raise, for an
exception would un-acknowledge what is recorded; so `answer` never does.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.errors import AlreadyHandled, Refusal, SendFailed, TooLate
from bot.workspace.model import Person, Request
from handlers.blocks import answers
from handlers.blocks.message import Message
from handlers.parse import (
    ActionPayload,
    Command,
    Malformed,
    MessageEnvelope,
    action_of,
    mentions,
    message_of,
    plain,
    time_of,
)
from handlers.slack import Slack

log = structlog.get_logger(__name__)

# Slack wants its ack within three seconds; the commit gets two of them.
COMMIT_SECONDS = 2.0
SLOW_SECONDS = 2.5
RECEIVED = "parallax_received"

Body = dict[str, Any]
FindPerson = Callable[[str, str], Awaitable[Person]]


def ok() -> BoltResponse:
    """Acknowledged, and nothing to say. A new one each time, for Bolt writes into it."""
    return BoltResponse(status=200, body="")


class Inbox:
    """Turns payloads into requests, and outcomes into answers."""

    def __init__(self, find_person: FindPerson, slack: Slack, clock: Clock) -> None:
        self._find_person = find_person
        self._slack = slack
        self._clock = clock

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

    async def from_action(self, payload: ActionPayload, received: float) -> Request:
        """Who pressed a button or chose an option, and its receipt."""
        person = await self._find_person(payload.team.id, payload.user.id)
        return Request(
            workspace=payload.team.id,
            person=person,
            at=self._clock.now(),
            once=payload.trigger_id,
            deadline=received + COMMIT_SECONDS,
            channel=payload.channel.id,
            thread=payload.container.thread_ts,
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

    async def text_of(self, workspace: str, text: str) -> str:
        """A text as its writer saw it, people by their names."""
        shown = plain(text)
        for person_id in set(mentions(text)):
            person = await self._find_person(workspace, person_id)
            shown = shown.replace(f"@{person_id}", f"@{person.name}")
        return shown

    # -- answers ---------------------------------------------------------------------------------

    def to_command(self, message: Message) -> BoltResponse:
        """The ack of a command carries its answer; only the person sees it."""
        return BoltResponse(status=200, body=_private(message))

    async def to_action(
        self, payload: ActionPayload, message: Message, *, replace: bool = False
    ) -> BoltResponse:
        """A button's answer goes by its response_url; it may take the place of the question."""
        try:
            await self._slack.respond(
                payload.response_url, _private(message) | {"replace_original": replace}
            )
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)
        return ok()

    async def to_message(self, envelope: MessageEnvelope, message: Message) -> BoltResponse:
        """A message's answer is an ephemeral beside it."""
        event = envelope.event
        place = {"thread_ts": event.thread_ts} if event.thread_ts else {}
        try:
            await self._slack.call(
                envelope.team_id,
                "chat.postEphemeral",
                quick=True,
                channel=event.channel,
                user=event.user,
                **message.shown(),
                **place,
            )
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)
        return ok()

    async def finish_slow(self, payload: Command, received: float, response: BoltResponse) -> None:
        """An ack that comes late is not shown, so what it said goes by the response_url too."""
        if self._clock.monotonic() - received < SLOW_SECONDS or not payload.response_url:
            return
        try:
            await self._slack.respond(payload.response_url, _body_of(response))
        except SendFailed as failure:
            log.warning("answer.failed", reason=failure.reason)

    # -- the error boundary ----------------------------------------------------------------------

    async def on_error(self, error: Exception, body: Body) -> BoltResponse:
        """What an exception means to Slack: a refusal is an answer, a bug is owned up to."""
        if isinstance(error, AlreadyHandled):
            return ok()
        told = _told(error, body)
        if told is None:
            log.error("listener.failed", kind=_kind(body), exc_info=error)
            told = SORRY
        if "event" in body:
            return await self._event_failed(error, body, told)
        if "command" in body:
            return self.to_command(told)
        if body.get("type") == "block_actions":
            return await self.to_action(action_of(body), told)
        return ok()

    async def _event_failed(self, error: Exception, body: Body, told: Message) -> BoltResponse:
        if isinstance(error, Refusal):
            return await self.to_message(message_of(body), told)
        if isinstance(error, Malformed):
            return ok()
        # Not acknowledged, so that Slack brings the event again.
        return BoltResponse(status=500, body="")


SORRY = answers.talk(
    "Something went wrong on my side and nothing was recorded. It is logged; please try again."
)
NOBODY = answers.talk(
    "Slack did not tell me in time who you are, so nothing was recorded. Please try again."
)


def _told(error: Exception, body: Body) -> Message | None:
    if isinstance(error, Refusal):
        return answers.refusal(error)
    text = plain(str(body.get("text") or ""))
    if isinstance(error, TooLate):
        return answers.refusal(
            Refusal(
                "That took too long, so nothing was recorded. Please try again.", given_back=text
            )
        )
    if isinstance(error, SendFailed):
        return NOBODY
    if isinstance(error, Malformed):
        log.warning("payload.malformed", detail=str(error))
        return answers.talk("That button or command is not one of mine any more. Nothing changed.")
    return None


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
