"""usergroups.* and canvases.*: teams by their handle, and documents beside a channel."""

from typing import Any

from bot.sandbox.desk import Args, Desk, Handler
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Canvas, Usergroup

CANVAS_BYTES = 1024 * 1024
_WRITES = {"insert_at_start", "insert_at_end", "replace"}


def usergroups_list(desk: Desk, args: Args) -> JSON:
    """usergroups.list: members and counts only if they are asked for"""
    _pays(desk)
    every = desk.workspace.usergroups.values()
    return {"usergroups": [_usergroup(desk, group, args) for group in every]}


def usergroup_users(desk: Desk, args: Args) -> JSON:
    """usergroups.users.list"""
    _pays(desk)
    group = desk.workspace.usergroups.get(args["usergroup"])
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def _pays(desk: Desk) -> None:
    """User groups are not for workspaces that pay nothing."""
    if desk.workspace.is_free:
        raise ApiError("plan_upgrade_required")


def _usergroup(desk: Desk, group: Usergroup, args: Args) -> JSON:
    body: JSON = {
        "id": group.id,
        "team_id": desk.workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
    }
    if args.get("include_users"):
        body["users"] = list(group.users)
    return body | ({"user_count": len(group.users)} if args.get("include_count") else {})


def canvas_create(desk: Desk, args: Args) -> JSON:
    """canvases.create: with a channel, as its tab; a free workspace allows one and no others"""
    channel_id = args.get("channel_id", "")
    if channel_id:
        desk.joined(channel_id)
    if desk.workspace.is_free:
        _fits_free(desk, channel_id)
    text = _markdown(args["document_content"]) if args.get("document_content") else ""
    made = Canvas(desk.workspace.new_id("F"), args.get("title", ""), text, channel_id)
    desk.workspace.canvases[made.id] = made
    return {"canvas_id": made.id}


def _fits_free(desk: Desk, channel_id: str) -> None:
    if not channel_id:
        raise ApiError("free_teams_cannot_create_non_tabbed_canvases")
    if any(canvas.channel == channel_id for canvas in desk.workspace.canvases.values()):
        raise ApiError("free_team_canvas_tab_already_exists")


def canvas_edit(desk: Desk, args: Args) -> JSON:
    """canvases.edit: one change a call; only whole-document changes are known here"""
    canvas = desk.workspace.canvases.get(str(args["canvas_id"]))
    if canvas is None:
        raise ApiError("canvas_not_found")
    changes = args["changes"]
    if not isinstance(changes, list) or len(changes) != 1 or not isinstance(changes[0], dict):
        raise ApiError("invalid_arguments", ["[ERROR] exactly 1 item [json-pointer:/changes]"])
    operation = changes[0].get("operation")
    if operation not in _WRITES or changes[0].get("section_id"):
        raise ApiError("canvas_editing_failed")
    text = _markdown(changes[0].get("document_content"))
    pieces = {"insert_at_start": text + canvas.text, "insert_at_end": canvas.text + text}
    canvas.text = _small(pieces.get(operation, text))
    return {}


def _markdown(content: Any) -> str:
    """The text of a document_content object."""
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise ApiError("invalid_arguments", ["[ERROR] must be markdown [json-pointer:/type]"])
    text = content.get("markdown")
    if not isinstance(text, str):
        raise ApiError("invalid_arguments", ["[ERROR] must be a string [json-pointer:/markdown]"])
    return text


def _small(text: str) -> str:
    if len(text.encode()) > CANVAS_BYTES:
        raise ApiError("canvas_too_large")
    return text


METHODS: dict[str, Handler] = {
    "canvases.create": canvas_create,
    "canvases.edit": canvas_edit,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroup_users,
}
