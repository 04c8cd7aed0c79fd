"""A sandbox and, for those who want it, a real Bolt app that is connected to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SeededDraws, SteppedClock
from bot.sandbox.people import Person
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
Make = Callable[..., Awaitable[Sandbox]]


@dataclass
class Connected:
    """A sandbox with a real Bolt app on its socket."""

    sandbox: Sandbox
    app: AsyncApp
    client: AsyncWebClient
    handler: AsyncSocketModeHandler
    clock: SteppedClock
    ana: Person
    bob: Person
    general: Channel

    async def refused(self, method: str, **args: Any) -> str:
        """The error code with which a call is refused; "" if it is not."""
        try:
            await self.client.api_call(method, json=args)
        except SlackApiError as error:
            return str(error.response["error"])
        return ""


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
async def make(clock: SteppedClock) -> AsyncIterator[Make]:
    """Starts sandboxes with the given settings and stops them at the end."""
    made: list[Sandbox] = []

    async def _make(**settings: Any) -> Sandbox:
        sandbox = Sandbox(clock, SeededDraws(7), **{"retries": (0.0, 0.01, 0.02)} | settings)
        await sandbox.start()
        made.append(sandbox)
        return sandbox

    yield _make
    for sandbox in made:
        await sandbox.stop()


def people_client(sandbox: Sandbox) -> AsyncWebClient:
    """A client that neither retries nor hides anything."""
    return AsyncWebClient(
        token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[], timeout=5
    )


@asynccontextmanager
async def connected(sandbox: Sandbox, clock: SteppedClock) -> AsyncIterator[Connected]:
    """A real Bolt app on the sandbox's socket."""
    client = people_client(sandbox)
    app = AsyncApp(
        client=client, process_before_response=True, raise_error_for_unhandled_request=False
    )
    handler = AsyncSocketModeHandler(app, sandbox.app_token, ping_interval=0.05)
    await handler.connect_async()
    while not sandbox.connections:
        await asyncio.sleep(0)
    ana, bob = sandbox.person("ana", zone="Europe/Amsterdam"), sandbox.person("bob")
    general = sandbox.channel("general", members=[ana, bob], bot=True)
    yield Connected(sandbox, app, client, handler, clock, ana, bob, general)
    await handler.close_async()
    await asyncio.sleep(0)


@pytest.fixture
async def town(make: Make, clock: SteppedClock) -> AsyncIterator[Connected]:
    """The usual case: ana, bob and the bot in #general."""
    async with connected(await make(), clock) as place:
        yield place
