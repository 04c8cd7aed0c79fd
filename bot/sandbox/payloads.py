"""The payloads that commands and interactions carry, in Slack's shapes."""

from bot.sandbox.desk import Desk
from bot.sandbox.forms import elements, initial_values
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON, Channel, Message, User, View
from bot.sandbox.triggers import Trigger
from bot.sandbox.wire import view_json

_TOKEN = "verification-token"  # noqa: S105 - Slack's deprecated field, no secret
_GROUP_NAMES = {"im": "directmessage", "mpim": "mpdm", "group": "privategroup"}


def shown_name(channel: Channel) -> str:
    """What commands call a channel: its name only if it is public."""
    return _GROUP_NAMES.get(channel.kind, channel.name)


def command(
    desk: Desk, user: User, channel: Channel, name: str, text: str, trigger: Trigger, url: str
) -> JSON:
    """A slash command."""
    return {
        "token": _TOKEN,
        "team_id": desk.workspace.team_id,
        "team_domain": desk.workspace.domain,
        "channel_id": channel.id,
        "channel_name": shown_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": desk.app.app_id,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": trigger.id,
    }


def interaction(desk: Desk, kind: str, user: User, trigger: Trigger | None) -> JSON:
    """What every interaction has in common."""
    body: JSON = {
        "type": kind,
        "token": _TOKEN,
        "team": {"id": desk.workspace.team_id, "domain": desk.workspace.domain},
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team,
        },
        "api_app_id": desk.app.app_id,
        "enterprise": None,
        "is_enterprise_install": False,
    }
    return body | ({"trigger_id": trigger.id} if trigger is not None else {})


def view_body(desk: Desk, view: View) -> JSON:
    """A view with what was entered so far."""
    return view_json(view, desk.workspace, desk.app.app_id, desk.app.bot_id)


def on_message(desk: Desk, message: Message, user: User, url: str) -> JSON:
    """Where a block action happened: a message. Ephemeral ones are named but not repeated."""
    channel = desk.workspace.channels[message.channel]
    ephemeral = message.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    body: JSON = {
        "container": container,
        "channel": {"id": channel.id, "name": shown_name(channel)},
        "state": {"values": message_values(desk, message, user)},
        "response_url": url,
    }
    return body if ephemeral else body | {"message": desk.world.message_body(message)}


def on_view(desk: Desk, view: View) -> JSON:
    """Where a block action happened: a modal or App Home."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view_body(desk, view)}


def message_values(desk: Desk, message: Message, user: User) -> JSON:
    """What this person has chosen in a message so far."""
    key = (user.id, message.ts)
    entered = desk.workspace.entered.get(key, {})
    values = initial_values(message.blocks)
    for block_id, actions in values.items():
        actions.update({a: state for a, state in entered.get(block_id, {}).items() if a in actions})
    return values


def action(desk: Desk, block: JSON, element: JSON, state: JSON) -> JSON:
    """One entry of `actions`: the element with what was done to it."""
    body: JSON = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": desk.world.stamp(),
    }
    for name in ("text", "value", "style", "url", "placeholder", "confirm"):
        if name in element and element["type"] != "plain_text_input":
            body[name] = element[name]
    return body | {k: v for k, v in state.items() if k != "type"}


def find_button(blocks: list[JSON], action_id: str, value: str | None) -> tuple[JSON, JSON]:
    """The button with this action_id (and value); raises CannotAct unless there is just one."""
    found = [
        (block, element)
        for block, element in elements(blocks)
        if element["type"] == "button"
        and element["action_id"] == action_id
        and value in (None, element.get("value"))
    ]
    return _only(found, blocks, f"button {action_id}")


def find_menu(blocks: list[JSON], action_id: str) -> tuple[JSON, JSON]:
    """The menu, picker or input with this action_id; raises CannotAct unless there is just one."""
    found = [
        (block, element)
        for block, element in elements(blocks)
        if element["type"] != "button" and element["action_id"] == action_id
    ]
    return _only(found, blocks, f"menu {action_id}")


def _only(found: list[tuple[JSON, JSON]], blocks: list[JSON], what: str) -> tuple[JSON, JSON]:
    if len(found) != 1:
        there = ", ".join(f"{e['action_id']}={e.get('value', '')}" for _b, e in elements(blocks))
        raise CannotAct(f"{len(found)} times {what}; there are: {there or 'none'}")
    return found[0]
