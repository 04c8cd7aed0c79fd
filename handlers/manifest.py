"""The app as Slack is told of it: one table of what it asks for and why, and its YAML.

Nothing is asked for that no listener and no call needs; tests/handlers/test_manifest.py holds the
table against both.
"""

from typing import Any

import yaml

from handlers.blocks.text import named
from handlers.blocks.vocabulary import COMMANDS, SHORTCUTS

Json = dict[str, Any]

NAME = "Parallax"
DESCRIPTION = "Keeps several lines of investigation visible during an incident."
COLOUR = "#2b3a55"
EVENTS_PATH = "/slack/events"

SCOPES = {
    "bookmarks:read": "finds its own bookmark, to change it instead of adding another",
    "bookmarks:write": "bookmarks the board in the incident's channel",
    "channels:history": "hears what is said in public channels it is in; looks for its own posts",
    "channels:join": "goes into the channel that was chosen for announcements",
    "channels:manage": "makes the incident's channel, sets its topic, invites people",
    "channels:read": "knows who is in a public incident channel, and what becomes of it",
    "chat:write": "posts and edits the board, answers, asks",
    "commands": "the slash commands and shortcuts below",
    "dnd:read": "sends no question of a study into somebody's quiet hours",
    "groups:history": "as channels:history, in private channels it was invited to",
    "groups:read": "as channels:read, of private channels it was invited to",
    "groups:write": "as channels:manage, for a private incident",
    "im:history": "hears what is typed to it directly, to say that it is not kept",
    "im:write": "looks for its own questions in direct messages, to send none twice",
    "pins:write": "pins the board",
    "reactions:read": "sees the marks that record a message",
    "reactions:write": "marks a message as recorded",
    "usergroups:read": "who is in which team, to say which one nobody is here from",
    "users:read": "names and time zones; who is a guest, a bot or an admin",
}
"""Each bot scope, and what it is for."""

EVENTS = {
    "app_home_opened": "shows somebody their tab",
    "channel_archive": "the channel of an incident is gone",
    "channel_deleted": "the channel of an incident is gone",
    "channel_left": "it was taken out of a channel",
    "channel_rename": "the board and lists show the channel's name",
    "channel_unarchive": "the channel of an incident is back",
    "group_archive": "as channel_archive, of a private channel",
    "group_deleted": "as channel_deleted, of a private channel",
    "group_left": "as channel_left, of a private channel",
    "group_rename": "as channel_rename, of a private channel",
    "group_unarchive": "as channel_unarchive, of a private channel",
    "member_joined_channel": "offers those who come later to catch up",
    "member_left_channel": "who is in a private incident, which exists for nobody else",
    "message.channels": "`against: …`, edits and deletions; what is not for it is not kept",
    "message.groups": "as message.channels, in private channels it was invited to",
    "message.im": "somebody types to it directly; that is not kept",
    "reaction_added": "a mark records the message below it",
    "reaction_removed": "a mark that was taken off takes back what it recorded",
    "subteam_created": "a team is new",
    "subteam_members_changed": "who is in a team has changed",
    "subteam_updated": "a team has another name, or is gone",
    "team_join": "somebody new",
    "user_change": "somebody has another name or time zone, or has left",
}
"""Each event that is subscribed to, and what it is for."""

SHORTCUT_HELP = {
    "declare": "Say that something is wrong, from anywhere",
    "record": "Put this message on the incident's record",
    "misled": "Note that a tool showed something that was not so",
}


def manifest(prefix: str = "", url: str = "") -> Json:
    """The manifest as a value. `prefix`: `x-` makes it /x-incident. `url`: https://…, where Slack
    finds this app in HTTP mode; empty: Socket Mode.
    """
    at = {"request_url": f"{url.rstrip('/')}{EVENTS_PATH}"} if url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "background_color": COLOUR,
        },
        "features": _features(prefix, at),
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": at | {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True} | at,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _features(prefix: str, at: Json) -> Json:
    url = {"url": at["request_url"]} if at else {}
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": NAME, "always_online": True},
        "shortcuts": [
            {"name": name, "type": kind, "callback_id": id_, "description": SHORTCUT_HELP[id_]}
            for id_, name, kind in SHORTCUTS
        ],
        "slash_commands": [
            _command(*each, prefix) | url for each in COMMANDS if " " not in each[0]
        ],
    }


def _command(command: str, usage: str, help_: str, prefix: str) -> Json:
    """With names and channels escaped, else "@bo" is text that anybody may be called."""
    return {
        "command": named(command.removeprefix("/"), prefix),
        "description": help_,
        "usage_hint": usage,
        "should_escape": True,
    }


def as_yaml(prefix: str = "", url: str = "") -> str:
    """The manifest as Slack's form takes it, each scope and event with its reason beside it."""
    told = manifest(prefix, url)
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=1000)
    how = f" --prefix {prefix.rstrip('-')}" if prefix else ""
    how += f" --url {url}" if url else ""
    head = f"# Made by `parallax manifest{how}`: a change belongs into handlers/manifest.py.\n"
    return head + "".join(f"{_with_reason(line)}\n" for line in text.splitlines())


def _with_reason(line: str) -> str:
    reason = (SCOPES | EVENTS).get(line.strip().removeprefix("- "))
    return f"{line}  # {reason}" if reason else line
