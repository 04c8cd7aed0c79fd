"""What every API method has at hand: the world, the permits, and finders that refuse."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from bot.sandbox.app import App
from bot.sandbox.refusals import ApiError, RateLimited
from bot.sandbox.schedule import Schedule
from bot.sandbox.screens import Screens
from bot.sandbox.sockets import Hub
from bot.sandbox.spec import MethodSpec, require_scope
from bot.sandbox.state import JSON, Channel, Message, User, Workspace
from bot.sandbox.tiers import Tiers
from bot.sandbox.triggers import ResponseUrl, Triggers
from bot.sandbox.world import World

Args = dict[str, Any]
_FAMILY = {"channel": "channels:", "group": "groups:", "im": "im:", "mpim": "mpim:"}
T = TypeVar("T")


class Desk:
    """The stand-in's side of every call and act.

    `ws_url` is where sockets are opened, `http_url` where the server listens. `refused` collects
    acks that Slack would have refused.
    """

    def __init__(self, world: World, triggers: Triggers, hub: Hub, tiers: Tiers) -> None:
        self.world = world
        self.tiers = tiers
        self.screens = Screens(world)
        self.triggers = triggers
        self.hub = hub
        self.schedule = Schedule(world)
        self.ws_url = ""
        self.http_url = ""
        self.refused: list[ApiError] = []

    @property
    def workspace(self) -> Workspace:
        return self.world.workspace

    @property
    def app(self) -> App:
        return self.world.app

    @property
    def bot(self) -> str:
        """The user id of the bot."""
        return self.app.bot_user_id

    def response_address(self, url: ResponseUrl) -> str:
        """The address at which an act can be answered."""
        return f"{self.http_url}/response/{url.token}"

    # -- finders -------------------------------------------------------------------------------

    def channel(self, channel_id: str) -> Channel:
        """A channel the bot can see: public, or one it is in."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or (channel.private and self.bot not in channel.members):
            raise ApiError("channel_not_found")
        return channel

    def joined(self, channel_id: str) -> Channel:
        """A channel the bot is a member of."""
        channel = self.channel(channel_id)
        if self.bot not in channel.members:
            raise ApiError("not_in_channel")
        return channel

    def open_channel(self, channel_id: str) -> Channel:
        """A channel the bot is a member of and that is not archived."""
        channel = self.joined(channel_id)
        if channel.archived:
            raise ApiError("is_archived")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """A message that still exists; ephemerals cannot be reached this way."""
        message = channel.find(ts)
        if message is None:
            raise ApiError("message_not_found")
        return message

    def user(self, user_id: str) -> User:
        """Somebody of this workspace, deactivated or not."""
        user = self.workspace.users.get(user_id)
        if user is None:
            raise ApiError("user_not_found")
        return user

    # -- limits --------------------------------------------------------------------------------

    def space_posts(self, channel: Channel) -> None:
        """Refuse a message that comes less than a second after the last one in the channel."""
        wait = self.tiers.post(channel.id, self.world.clock.now())
        if wait is not None:
            raise RateLimited(wait)

    def need_family(self, spec: MethodSpec, channel: Channel) -> None:
        """The method's scopes come in families; the one for this kind of channel must be there."""
        family = [s for s in spec.scopes if s.startswith(_FAMILY[channel.kind])]
        require_scope(self.app.scopes, family)


Handler = Callable[[Desk, Args], JSON]


def page(items: Sequence[T], args: Args, *, default: int, most: int = 1000) -> tuple[list[T], str]:
    """One page of a list and the cursor of the next one ("" at the end)."""
    start = _position(args.get("cursor", ""))
    limit = min(args.get("limit") or default, most)
    if limit < 1:
        raise ApiError("invalid_limit")
    end = start + limit
    return list(items[start:end]), _cursor(end) if end < len(items) else ""


def with_cursor(body: JSON, cursor: str) -> JSON:
    """The answer with its cursor where Slack puts it."""
    return body | {"response_metadata": {"next_cursor": cursor}}


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if name != "next":
            raise ApiError("invalid_cursor")
        return int(number)
    except (binascii.Error, ValueError) as error:
        raise ApiError("invalid_cursor") from error


def comma_list(text: str) -> list[str]:
    """The entries of Slack's comma-separated lists."""
    return [part.strip() for part in text.split(",") if part.strip()]


def unique(items: Iterable[str]) -> list[str]:
    """Without repetitions, in order."""
    return list(dict.fromkeys(items))
