"""What this workspace knows about the one app that is installed in it."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "bookmarks:read",
        "bookmarks:write",
        "canvases:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "commands",
        "dnd:read",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""Bot scopes granted unless a test takes some away."""

DEFAULT_EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_created",
        "channel_rename",
        "channel_unarchive",
        "group_archive",
        "group_rename",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "pin_added",
        "pin_removed",
        "reaction_added",
        "reaction_removed",
        "subteam_created",
        "subteam_members_changed",
        "subteam_updated",
        "team_join",
        "user_change",
    }
)
"""Event subscriptions by the names the app manifest uses."""


@dataclass(frozen=True, slots=True)
class App:
    """The installed app: its ids, tokens, grants and subscriptions.

    `commands` maps each registered slash command to its `should_escape`; None: any command is
    registered, with should_escape true. `messages_tab`, `messages_read_only`: the manifest's
    settings of App Home; people can write to the bot only with the first and without the second.
    """

    app_id: str
    bot_user_id: str
    bot_id: str
    bot_token: str
    app_token: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: Mapping[str, bool] | None = None
    signing_secret: str = ""
    messages_tab: bool = True
    messages_read_only: bool = False
