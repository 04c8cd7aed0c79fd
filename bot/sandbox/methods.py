"""One call of the Web API: token, method, limit, scope, arguments, work, answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox import (
    methods_chat,
    methods_conversations,
    methods_files,
    methods_groups,
    methods_marks,
    methods_schedule,
    methods_users,
    methods_views,
)
from bot.sandbox.desk import Desk, Handler
from bot.sandbox.refusals import ApiError, RateLimited
from bot.sandbox.spec import MethodSpec, methods, require_listed, require_scope
from bot.sandbox.state import JSON

HANDLERS: Mapping[str, Handler] = {
    **methods_chat.METHODS,
    **methods_conversations.METHODS,
    **methods_files.METHODS,
    **methods_groups.METHODS,
    **methods_marks.METHODS,
    **methods_schedule.METHODS,
    **methods_users.METHODS,
    **methods_views.METHODS,
}
_NO_TOKEN = frozenset({"api.test", "blocks.validate"})
_APP_TOKEN = frozenset({"apps.connections.open"})
# Methods of Slack that are there but refuse every app like ours, whatever it sends.
_CLOSED = {
    "files.upload": "method_deprecated",
    "reminders.add": "not_allowed_token_type",
    "search.messages": "not_allowed_token_type",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP: the body as JSON, or `text`."""

    body: JSON
    status: int = 200
    retry_after: int | None = None
    text: str | None = None

    @property
    def ok(self) -> bool:
        return bool(self.body.get("ok"))

    @property
    def error(self) -> str | None:
        error = self.body.get("error")
        return str(error) if error is not None else None


def call(
    desk: Desk, method: str, token: str, args: Mapping[str, Any], *, from_json: bool
) -> Answer:
    """Do one call. Raises SandboxDefect if our own answer breaks Slack's list of errors."""
    if method in _CLOSED:
        return Answer(ApiError(_CLOSED[method]).body())
    spec = methods().get(method)
    handler = HANDLERS.get(method)
    if spec is None or handler is None:
        return Answer(ApiError("unknown_method", req_method=method).body())
    try:
        body = _do(desk, spec, handler, token, args, from_json=from_json)
        return Answer({"ok": True, **body})
    except RateLimited as error:
        return Answer(error.body(), status=429, retry_after=error.seconds)
    except ApiError as error:
        if method != "api.test":
            require_listed(spec, error.code)
        return Answer(error.body())


def _do(
    desk: Desk,
    spec: MethodSpec,
    handler: Handler,
    token: str,
    args: Mapping[str, Any],
    *,
    from_json: bool,
) -> JSON:
    _check_token(desk, spec.name, token)
    wait = desk.tiers.call(spec.name, spec.tier, desk.world.clock.now())
    if wait is not None:
        raise RateLimited(wait)
    require_scope(desk.app.scopes, spec.scopes)
    read = spec.read(args, from_json=from_json)
    channel = desk.workspace.channels.get(str(read.get("channel", "")))
    if channel is not None:
        desk.need_family(spec, channel)
    return handler(desk, read)


def _check_token(desk: Desk, method: str, token: str) -> None:
    if method in _NO_TOKEN:
        return
    if not token:
        raise ApiError("not_authed")
    if token not in (desk.app.bot_token, desk.app.app_token):
        raise ApiError("invalid_auth")
    wanted = desk.app.app_token if method in _APP_TOKEN else desk.app.bot_token
    if token != wanted:
        raise ApiError("not_allowed_token_type")
