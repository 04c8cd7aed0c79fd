"""auth.*, team.*, users.*, dnd.*: who is who, where, and whether they may be disturbed."""

from bot.sandbox.desk import Args, Desk, Handler, comma_list, page, with_cursor
from bot.sandbox.methods_conversations import listing
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, User

_MOST_DND = 50


def api_test(_desk: Desk, args: Args) -> JSON:
    """api.test: answers with the error it is given."""
    if args.get("error"):
        raise ApiError(str(args["error"]), args={"error": args["error"]})
    return {"args": args}


def auth_test(desk: Desk, _args: Args) -> JSON:
    """auth.test"""
    workspace = desk.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[desk.bot].name,
        "team_id": workspace.team_id,
        "user_id": desk.bot,
        "bot_id": desk.app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(desk: Desk, _args: Args) -> JSON:
    """apps.connections.open: an address for one socket."""
    return {"url": f"{desk.ws_url}?ticket={desk.hub.ticket()}&app_id={desk.app.app_id}"}


def team_info(desk: Desk, _args: Args) -> JSON:
    """team.info"""
    workspace = desk.workspace
    team = {
        "id": workspace.team_id,
        "name": workspace.name,
        "domain": workspace.domain,
        "email_domain": "",
        "icon": {"image_default": True},
    }
    return {"team": team}


def user_info(desk: Desk, args: Args) -> JSON:
    """users.info: the e-mail address only with its scope, the locale only if asked for."""
    user = desk.user(args["user"])
    return {"user": _body(desk, user, args)}


def users_list(desk: Desk, args: Args) -> JSON:
    """users.list: everybody, deactivated people included."""
    everybody = list(desk.workspace.users.values())
    shown, cursor = page(everybody, args, default=max(1, len(everybody)))
    body = {"members": [_body(desk, u, args) for u in shown], "cache_ts": desk.world.seconds()}
    return with_cursor(body, cursor)


def _body(desk: Desk, user: User, args: Args) -> JSON:
    email = "users:read.email" in desk.app.scopes
    return desk.world.user_body(user, email=email, locale=bool(args.get("include_locale")))


def conversations(desk: Desk, args: Args) -> JSON:
    """users.conversations: where somebody is, as far as the bot can see."""
    user = desk.user(args.get("user", desk.bot))
    return listing(
        desk,
        args,
        lambda c: user.id in c.members and (not c.private or desk.bot in c.members),
    )


def presence(desk: Desk, args: Args) -> JSON:
    """users.getPresence: of others only active or away."""
    user = desk.workspace.users.get(args.get("user", desk.bot))
    return {"presence": user.presence if user is not None else "away"}


def dnd_info(desk: Desk, args: Args) -> JSON:
    """dnd.info"""
    return _dnd(desk.user(args.get("user", desk.bot)))


def dnd_team_info(desk: Desk, args: Args) -> JSON:
    """dnd.teamInfo: up to fifty people a call; unknown ones are left out."""
    users = comma_list(args["users"])
    if not users:
        raise ApiError("no_users_provided")
    if len(users) > _MOST_DND:
        raise ApiError("invalid_arguments", [f"[ERROR] no more than {_MOST_DND} users"])
    known = [desk.workspace.users[u] for u in users if u in desk.workspace.users]
    return {"users": {user.id: _dnd(user) for user in known}}


def _dnd(user: User) -> JSON:
    """The window others can see; somebody else's snooze is never shown."""
    if user.dnd is None:
        return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    return {
        "dnd_enabled": True,
        "next_dnd_start_ts": user.dnd.start,
        "next_dnd_end_ts": user.dnd.end,
    }


METHODS: dict[str, Handler] = {
    "api.test": api_test,
    "apps.connections.open": connections_open,
    "auth.test": auth_test,
    "dnd.info": dnd_info,
    "dnd.teamInfo": dnd_team_info,
    "team.info": team_info,
    "users.conversations": conversations,
    "users.getPresence": presence,
    "users.info": user_info,
    "users.list": users_list,
}
