"""A sandbox, a client of it, and for those who want it a real Bolt app on its socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SeededDraws, SteppedClock
from bot.sandbox.people import Person
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
Make = Callable[..., Awaitable[Sandbox]]


@dataclass
class Town:
    """A sandbox with ana, bob and the bot in #general, and a client with the bot's token."""

    sandbox: Sandbox
    client: AsyncWebClient
    clock: SteppedClock
    ana: Person
    bob: Person
    general: Channel

    async def call(self, method: str, **args: Any) -> dict[str, Any]:
        """Call a method with JSON or, where Slack takes none, with a form."""
        body = {k: v for k, v in args.items() if v is not None}
        try:
            if method.rsplit(".", maxsplit=1)[-1] in _FORM_ONLY:
                answer = await self.client.api_call(method, data=body)
            else:
                answer = await self.client.api_call(method, json=body)
        except SlackApiError as error:
            return dict(error.response.data)
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def error(self, method: str, **args: Any) -> str:
        """The code with which a call is refused; "" if it is not."""
        return str((await self.call(method, **args)).get("error", ""))


@dataclass
class Connected(Town):
    """The same with a real Bolt app."""

    app: AsyncApp


_FORM_ONLY = {"info", "members", "replies", "list", "conversations", "getPermalink", "get"}
_FORM_ONLY |= {"teamInfo", "getPresence"}


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


def client_of(sandbox: Sandbox) -> AsyncWebClient:
    """A client that neither retries nor hides anything."""
    return AsyncWebClient(
        token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[], timeout=5
    )


def town_of(sandbox: Sandbox, clock: SteppedClock) -> Town:
    """The usual people and channel."""
    ana, bob = sandbox.person("ana", zone="Europe/Amsterdam"), sandbox.person("bob")
    general = sandbox.channel("general", members=[ana, bob], bot=True)
    return Town(sandbox, client_of(sandbox), clock, ana, bob, general)


@pytest.fixture
async def api(make: Make, clock: SteppedClock) -> Town:
    """A sandbox to call methods of, without limits and without an app."""
    sandbox = await make(retries=(), ack_timeout=0.05)
    sandbox.tiers.enforced = False
    return town_of(sandbox, clock)


async def _failed(error: Exception) -> BoltResponse:
    """What nobody listens for is acknowledged; what fails is not."""
    return BoltResponse(status=200 if isinstance(error, BoltUnhandledRequestError) else 500)


@asynccontextmanager
async def plugged(app: AsyncApp, sandbox: Sandbox) -> AsyncIterator[None]:
    """One Socket Mode connection of the app."""
    handler = AsyncSocketModeHandler(app, sandbox.app_token, ping_interval=0.05)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield
    await handler.close_async()  # type: ignore[no-untyped-call]
    await asyncio.sleep(0)  # let its cancelled tasks end


@asynccontextmanager
async def connected(sandbox: Sandbox, clock: SteppedClock) -> AsyncIterator[Connected]:
    """A real Bolt app on the sandbox's socket."""
    town = town_of(sandbox, clock)
    app = AsyncApp(
        client=town.client, process_before_response=True, raise_error_for_unhandled_request=True
    )
    app.error(_failed)
    async with plugged(app, sandbox):
        await sandbox.connected()
        yield Connected(**vars(town), app=app)


@pytest.fixture
async def town(make: Make, clock: SteppedClock) -> AsyncIterator[Connected]:
    """The usual case: ana, bob and a connected bot in #general."""
    async with connected(await make(), clock) as place:
        yield place


def button(action_id: str, value: str = "", text: str = "Press") -> dict[str, Any]:
    """A button element."""
    body = {"type": "button", "action_id": action_id, "text": plain(text)}
    return body | ({"value": value} if value else {})


def plain(text: str) -> dict[str, Any]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    """An option whose words are its value in capitals."""
    return {"text": plain(value.upper()), "value": value}


def field(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An input block."""
    body = {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element}
    return body | more


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with a submit button."""
    head = {"type": "modal", "callback_id": "form", "title": plain("Form")}
    return head | {"submit": plain("Send"), "blocks": list(blocks)} | more


def text_field(block_id: str = "why", **more: Any) -> dict[str, Any]:
    """An input block with a text field whose action_id is the block_id and "_in"."""
    element = {"type": "plain_text_input", "action_id": f"{block_id}_in"} | more
    return field(block_id, element)
