"""Payloads from Slack, checked at the edge: what is not of this shape never gets further."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import ParallaxError

Model = TypeVar("Model", bound=BaseModel)

ENTITY = re.compile(r"<([^<>]*)>")
# The row of buttons below an answer names the message it answers: what is pressed belongs to that.
ANSWERING = re.compile(r"offers:(?P<message>\d{1,11}\.\d{1,9}):(?P<thread>[\d.]*)")
TS = r"^[0-9]{1,11}\.[0-9]{1,9}$"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


class Malformed(ParallaxError):
    """A payload that Slack does not send."""


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Command(_Payload):
    """A slash command."""

    team_id: str
    user_id: str
    channel_id: str
    channel_name: str = ""
    command: str
    text: str = Field(default="", max_length=40_000)
    trigger_id: str
    response_url: str = ""


class MessageEvent(_Payload):
    """The inner event of a message somebody wrote."""

    channel: str
    user: str
    text: str = ""
    ts: str = Field(pattern=TS)
    thread_ts: str = ""


class MessageEnvelope(_Payload):
    """A message event in its envelope."""

    team_id: str
    event_id: str
    event: MessageEvent


class ReactionEnvelope(_Payload):
    """reaction_added and reaction_removed on a message."""

    class Event(_Payload):
        class Item(_Payload):
            type: Literal["message"]
            channel: str
            ts: str = Field(pattern=TS)

        user: str
        reaction: str
        item: Item
        event_ts: str = Field(pattern=TS)

    team_id: str
    event_id: str
    event: Event


class ChangedEnvelope(_Payload):
    """message_changed and message_deleted: what the message was, and what it is now."""

    class Event(_Payload):
        class Text(_Payload):
            class Edited(_Payload):
                user: str = ""

            subtype: str = ""
            user: str = ""
            bot_id: str = ""
            text: str = ""
            ts: str = ""
            thread_ts: str = ""
            edited: Edited = Edited()

        subtype: str
        channel: str
        message: Text = Text()
        previous_message: Text = Text()
        deleted_ts: str = ""
        event_ts: str = Field(pattern=TS)

        @property
        def is_deletion(self) -> bool:
            """The first message of a thread leaves a stone with its name on it."""
            return self.subtype == "message_deleted" or self.message.subtype == "tombstone"

    team_id: str
    event_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Beside:
    """A person and the message that an answer to them belongs to. thread: as Slack has it."""

    workspace: str
    person: str
    channel: str
    message: str
    thread: str = ""


class UserEnvelope(_Payload):
    """team_join and user_change."""

    class Event(_Payload):
        user: dict[str, Any]

    team_id: str
    event: Event


class _Place(_Payload):
    id: str = ""
    name: str = ""


class _Known(_Payload):
    id: str = Field(min_length=1)


class _Option(_Payload):
    value: str = Field(default="", max_length=2000)


class _Action(_Payload):
    action_id: str
    block_id: str = ""
    value: str = Field(default="", max_length=2000)
    selected_option: _Option | None = None
    selected_user: str = Field(default="", max_length=64)


class _Container(_Payload):
    is_ephemeral: bool = False
    message_ts: str = ""
    thread_ts: str = ""


class ActionPayload(_Payload):
    """A button pressed or an option chosen."""

    team: _Known
    user: _Known
    channel: _Place = _Place()
    trigger_id: str
    response_url: str = ""
    actions: list[_Action] = Field(min_length=1)
    container: _Container = _Container()

    @property
    def value(self) -> str:
        """What the button carries, or the option that was chosen."""
        action = self.actions[0]
        return action.selected_option.value if action.selected_option else action.value

    @property
    def answers(self) -> tuple[str, str]:
        """The message that the buttons answer, and its Slack thread; empty if they answer none."""
        found = ANSWERING.fullmatch(self.actions[0].block_id)
        return (found["message"], found["thread"]) if found else ("", self.container.thread_ts)


class OfferValue(_Payload):
    """What an offer's button carries; see `handlers.blocks.answers.offer_value`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: str = Field(max_length=200)
    text: str = Field(default="", max_length=2000)
    number: int | None = Field(default=None, ge=1, le=1_000_000)
    incident: str = Field(default="", max_length=64)
    again: bool = False


def command_of(body: dict[str, Any]) -> Command:
    """Raises Malformed."""
    return _read(Command, body)


def message_of(body: dict[str, Any]) -> MessageEnvelope:
    """Raises Malformed."""
    return _read(MessageEnvelope, body)


def reaction_of(body: dict[str, Any]) -> ReactionEnvelope:
    """Raises Malformed."""
    return _read(ReactionEnvelope, body)


def changed_of(body: dict[str, Any]) -> ChangedEnvelope:
    """Raises Malformed."""
    return _read(ChangedEnvelope, body)


def beside_of(body: dict[str, Any]) -> Beside:
    """Where an event happened: a message written, changed or marked. Raises Malformed."""
    event = body.get("event", {})
    if "item" in event:
        reaction = reaction_of(body)
        item = reaction.event.item
        return Beside(reaction.team_id, reaction.event.user, item.channel, item.ts)
    if "message" in event or "previous_message" in event:
        changed = changed_of(body)
        was, now = changed.event.previous_message, changed.event.message
        # Slack does not say who deleted it, and its stone is Slackbot's.
        user = was.user if changed.event.is_deletion else now.edited.user or now.user
        thread = now.thread_ts or was.thread_ts
        return Beside(changed.team_id, user, changed.event.channel, now.ts or was.ts, thread)
    written = message_of(body)
    told = written.event
    return Beside(written.team_id, told.user, told.channel, told.ts, told.thread_ts)


def action_of(body: dict[str, Any]) -> ActionPayload:
    """Raises Malformed."""
    return _read(ActionPayload, body)


def user_of(body: dict[str, Any]) -> UserEnvelope:
    """Raises Malformed."""
    return _read(UserEnvelope, body)


def offer_of(value: str) -> OfferValue:
    """Raises Malformed if the button carries something that is not ours."""
    try:
        return OfferValue.model_validate_json(value)
    except ValidationError:
        # Its message would repeat the text the button carries.
        raise Malformed("not an offer of ours") from None


def _read(model: type[Model], body: dict[str, Any]) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        # Its message would repeat the input, which may be somebody's words.
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise Malformed(f"{model.__name__}: {fields}") from None


def plain(text: str) -> str:
    """What the person saw themselves type: Slack's entities and escapes undone, once.

    A mention stays as @U0123, for its name is the directory's to know; `<!channel>` becomes
    @channel, which pages nobody.
    """
    # PostgreSQL stores neither; nobody types them.
    shown = ENTITY.sub(_shown, UNSTORABLE.sub("", text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith("@"):
        return target
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        special = target[1:].partition("^")[0]
        if special == "date":
            return label
        return label if label.startswith("@") else f"@{label or special}"
    return (
        f"{label} ({target})" if label and label not in _typed(target) else label or _bare(target)
    )


def _typed(target: str) -> set[str]:
    """What somebody may have typed for Slack to make that link of it."""
    bare = _bare(target)
    without_scheme = bare.removeprefix("https://").removeprefix("http://")
    return {target, bare, without_scheme, without_scheme.rstrip("/")}


def _bare(target: str) -> str:
    return target.removeprefix("mailto:").removeprefix("tel:")


def mentions(text: str) -> tuple[str, ...]:
    """The people named in a text as Slack sends it, in order."""
    return tuple(MENTION.findall(text))


def time_of(ts: str) -> datetime:
    """When a message was written, to the second: the rest of a ts only makes it unique."""
    return datetime.fromtimestamp(int(ts.partition(".")[0]), UTC)
