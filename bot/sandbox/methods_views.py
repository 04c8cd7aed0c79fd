"""views.*: modals and App Homes. A trigger_id opens one modal, within three seconds."""

from bot.sandbox.desk import Args, Desk, Handler
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, View
from bot.sandbox.triggers import Trigger
from bot.sandbox.wire import view_json


def _answer(desk: Desk, view: View) -> JSON:
    app = desk.app
    return {"view": view_json(view, desk.workspace, app.app_id, app.bot_id)}


def _trigger(desk: Desk, args: Args) -> Trigger:
    given = args.get("trigger_id") or args.get("interactivity_pointer")
    if not given:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: trigger_id"])
    return desk.triggers.check(given)


def open_view(desk: Desk, args: Args) -> JSON:
    """views.open"""
    desk.screens.check(args["view"])
    trigger = _trigger(desk, args)
    view = desk.screens.open(trigger.user, args["view"], trigger.id)
    trigger.used = True
    return _answer(desk, view)


def push(desk: Desk, args: Args) -> JSON:
    """views.push: only from an act inside a modal that is still open"""
    desk.screens.check(args["view"])
    trigger = _trigger(desk, args)
    if trigger.view is None:
        raise ApiError("invalid_trigger_id")
    view = desk.screens.push(trigger.user, args["view"], trigger.id)
    trigger.used = True
    return _answer(desk, view)


def update(desk: Desk, args: Args) -> JSON:
    """views.update: by view_id or external_id; `hash` guards against lost updates"""
    if args.get("view_id"):
        view = desk.workspace.view(args["view_id"])
    elif args.get("external_id"):
        view = desk.workspace.view_external(args["external_id"])
    else:
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: view_id"])
    if view is None:
        raise ApiError("not_found")
    return _answer(desk, desk.screens.update(view, args["view"], args.get("hash")))


def publish(desk: Desk, args: Args) -> JSON:
    """views.publish"""
    user = desk.workspace.users.get(args["user_id"])
    if user is None or user.is_bot:
        raise ApiError("invalid_arguments", ["[ERROR] invalid user_id"])
    if user.deleted:
        raise ApiError("not_enabled")
    return _answer(desk, desk.screens.publish(user.id, args["view"], args.get("hash")))


METHODS: dict[str, Handler] = {
    "views.open": open_view,
    "views.push": push,
    "views.publish": publish,
    "views.update": update,
}
