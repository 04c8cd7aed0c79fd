"""Which events the app hears of: subscribed, granted, and in a channel where the bot is."""

from collections.abc import Callable

from bot.sandbox.state import JSON, Channel, micros
from bot.sandbox.wire import is_shared
from bot.sandbox.world import World

_MESSAGE = {"channel": "message.channels", "group": "message.groups"}
_SCOPE_BY_KIND = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
_WORKSPACE_SCOPES = {
    "app_home_opened": "",
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_rename": "groups:read",
    "app_mention": "app_mentions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_created": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_join": "users:read",
    "user_change": "users:read",
}


class Feed:
    """Turns happenings into Events API payloads and hands the wanted ones to `publish`."""

    def __init__(self, world: World, publish: Callable[[JSON], None]) -> None:
        self._world = world
        self._publish = publish

    def offer(self, event: JSON, channel: Channel | None) -> None:
        """An event happened; pass it on if the app may and wants to hear of it."""
        if self._wanted(event, channel):
            self._publish(self._payload(event, channel))

    def _wanted(self, event: JSON, channel: Channel | None) -> bool:
        app = self._world.app
        if channel is not None and app.bot_user_id not in channel.members:
            return False
        if subscription(event, channel) not in app.events:
            return False
        scope = _scope(event, channel)
        return not scope or scope in app.scopes

    def _payload(self, event: JSON, channel: Channel | None) -> JSON:
        world = self._world
        team = world.workspace.team_id
        authorization = {
            "enterprise_id": None,
            "team_id": team,
            "user_id": world.app.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "verification-token",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": world.app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": world.workspace.new_id("Ev"),
            "event_time": micros(world.clock.now()) // 1_000_000,
            "authorizations": [authorization],
            "is_ext_shared_channel": channel is not None and is_shared(channel, world.workspace),
            "event_context": f"4-{world.draws.token()}",
        }


def subscription(event: JSON, channel: Channel | None) -> str:
    """The name under which the manifest subscribes to this event."""
    if event["type"] != "message" or channel is None:
        return str(event["type"])
    return _MESSAGE.get(channel.kind, f"message.{channel.kind}")


def _scope(event: JSON, channel: Channel | None) -> str:
    """The scope this event needs; empty: none."""
    kind = _SCOPE_BY_KIND[channel.kind] if channel else "channels"
    if event["type"] == "message":
        return f"{kind}:history"
    return _WORKSPACE_SCOPES.get(event["type"], f"{kind}:read")
