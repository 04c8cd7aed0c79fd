"""The Slack room: everything that speaks Slack. `register` tells the app who listens to what."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from handlers import (
    attending,
    forms,
    fresh_eyes,
    home,
    incidents,
    log,
    marks,
    membership,
    nudges,
    offers,
    sampling,
    sampling_asking,
    sampling_joining,
    sampling_results,
    sampling_review,
    say,
    settings,
    shortcuts,
    steering,
    teams,
    threads,
    timing,
    viewing,
)
from handlers.inbox import RECEIVED, ok
from handlers.services import Services

EVERYTHING = re.compile(".*")
# Bolt asks one listener after the other, so what is said stands first. Each is for payloads of its
# own; the order is for speed only.
ROOMS = (
    say,
    threads,
    log,
    incidents,
    marks,
    membership,
    teams,
    home,
    fresh_eyes,
    steering,
    settings,
    forms,
    shortcuts,
    timing,
    attending,
    nudges,
    viewing,
    sampling_asking,
    sampling,
    sampling_joining,
    sampling_review,
    sampling_results,
    offers,
)
Next = Callable[[], Awaitable[BoltResponse]]


def register(app: AsyncApp, services: Services, monotonic: Callable[[], float]) -> None:
    """Register every listener, the error boundary, and a catch-all for each kind of payload."""

    async def stamp(context: AsyncBoltContext, next_: Next) -> BoltResponse:
        context.setdefault(RECEIVED, monotonic())
        return await next_()

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
        return await services.inbox.on_error(error, body)

    app.middleware(stamp)
    app.error(on_error)
    for room in ROOMS:
        room.register(app, services)
    _catch_all(app)


def _catch_all(app: AsyncApp) -> None:
    async def ignore() -> BoltResponse:
        return ok()

    app.event(EVERYTHING)(ignore)
    app.action(EVERYTHING)(ignore)
    app.view(EVERYTHING)(ignore)
    app.view_closed(EVERYTHING)(ignore)
    app.shortcut(EVERYTHING)(ignore)
    app.options(EVERYTHING)(ignore)
    app.command(EVERYTHING)(ignore)
