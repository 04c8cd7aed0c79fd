"""What a person gets back after an act, and what the app's ack does to their screen."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox import responses
from bot.sandbox.acks import Ack
from bot.sandbox.desk import Desk
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Channel, Message, User, View
from bot.sandbox.triggers import ResponseUrl, Trigger

TIMED_OUT = "operation_timeout"
INVALID = "invalid_response"


@dataclass(slots=True, eq=False)
class Reply:
    """How an act was answered.

    `sent`: it left the person's screen at all. `acked`: the app answered in time; `timed_out`: it
    did not, and the person saw an error. `payload` is what the ack carried, `text` and `blocks`
    what the person reads, `message` that answer as an ephemeral message (its buttons can be
    pressed). `errors`: block_id -> words under a field, from the app or from the screen itself.
    `failure` and `problems`: the app's ack was refused, and why.
    """

    user: User
    since: str
    desk: Desk = field(repr=False)
    trigger: Trigger | None = None
    sent: bool = True
    acked: bool = False
    timed_out: bool = False
    payload: JSON = field(default_factory=dict)
    message: Message | None = None
    errors: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    problems: tuple[str, ...] = ()
    changed: View | None = None

    @property
    def text(self) -> str:
        """The words of the ack; empty if it had none."""
        return str(self.payload.get("text") or "")

    @property
    def blocks(self) -> list[JSON]:
        """The blocks of the ack."""
        return list(self.payload.get("blocks") or [])

    @property
    def view(self) -> View | None:
        """The view this act opened, pushed or changed; looked up when asked."""
        if self.changed is not None or self.trigger is None:
            return self.changed
        trigger_id = self.trigger.id
        opened = (v for v in self.desk.screens.everything() if v.trigger_id == trigger_id)
        return next(opened, None)

    @property
    def ephemerals(self) -> list[Message]:
        """The ephemeral messages the person got since this act, wherever they are."""
        return [
            message
            for channel in self.desk.workspace.channels.values()
            for message in ephemerals_in(channel, self.user.id)
            if message.ts > self.since
        ]


def ephemerals_in(channel: Channel, user: str) -> list[Message]:
    """What only this person sees in a channel, oldest first."""
    return [
        m for m in channel.ephemerals if m.ephemeral_to == user and not m.deleted and not m.unseen
    ]


def take(reply: Reply, ack: Ack) -> bool:
    """Note the ack; whether there is one to act on."""
    reply.acked, reply.timed_out, reply.payload = ack.in_time, not ack.in_time, ack.payload
    if not ack.in_time:
        reply.failure = TIMED_OUT
    return ack.in_time


def _guarded(reply: Reply, work: Callable[[], None]) -> None:
    """Do what the ack asks for; if Slack would refuse it, the person sees an error instead."""
    try:
        work()
    except ApiError as error:
        reply.failure = error.code
        reply.problems = error.messages
        reply.desk.refused.append(error)


def show_answer(reply: Reply, channel: Channel, url: ResponseUrl) -> None:
    """The ack of a command: an answer in the channel, usually for the person only."""

    def work() -> None:
        responses.check(reply.desk, reply.payload)
        reply.message = responses.show(reply.desk, channel, reply.user.id, reply.payload)
        url.message = reply.message

    if reply.payload:
        _guarded(reply, work)


def after_submission(reply: Reply, view: View) -> None:
    """The ack of a submission: `response_action` decides what becomes of the modal."""

    def work() -> None:
        _response_action(reply, view)

    _guarded(reply, work)


def _response_action(reply: Reply, view: View) -> None:
    screens, payload = reply.desk.screens, reply.payload
    action = payload.get("response_action")
    if not payload:
        if view in screens.stack(view.user):
            screens.close(view)
    elif action == "errors":
        reply.errors = _field_errors(view, payload.get("errors"))
    elif action == "update":
        reply.changed = screens.update(view, _view(payload))
    elif action == "push":
        reply.changed = screens.push(view.user, _view(payload), None)
    elif action == "clear":
        screens.clear(view.user)
    else:
        raise ApiError(INVALID, [f"a submission cannot be answered with {payload}"])


def _view(payload: JSON) -> JSON:
    view = payload.get("view")
    if not isinstance(view, dict):
        raise ApiError(INVALID, ["response_action needs a view"])
    return view


def _field_errors(view: View, errors: object) -> dict[str, str]:
    """The app's words under fields; every key must be an input block of the view."""
    inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise ApiError(INVALID, ["errors must name at least one block"])
    for block_id, words in errors.items():
        if block_id not in inputs:
            raise ApiError(INVALID, [f"errors names {block_id}, which is no input block"])
        if not isinstance(words, str) or not words:
            raise ApiError(INVALID, [f"the error of {block_id} must be a text"])
    return dict(errors)
