"""Socket Mode: envelopes in, acks out; counted, so that a drain can wait for them."""

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.meter import UNMETERED, Meter
from handlers.inbox import RECEIVED

# The SDK's default of ten seconds notices a dead connection only after most of a minute.
PING_SECONDS = 2
OK = 200
# Longer than a commit may take, shorter than Slack waits.
ANSWERED_SECONDS = 3.0


class SocketHandler(AsyncBaseSocketModeHandler):
    """One connection. `last_envelope`: machine time of the last one, None before the first."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        api_url: str,
        session: aiohttp.ClientSession,
        clock: Clock,
        meter: Meter = UNMETERED,
    ) -> None:
        self.app: AsyncApp = app
        self.client: _Client = _Client(
            app_token,
            logger=app.logger,
            web_client=AsyncWebClient(base_url=api_url, session=session),
            ping_interval=PING_SECONDS,
        )
        self.client.socket_mode_request_listeners.append(self.handle)
        self.last_envelope: float | None = None
        self._clock = clock
        self._meter = meter

    @property
    def in_flight(self) -> int:
        """How many envelopes were read and are not yet answered."""
        return self.client.unanswered

    async def connect(self) -> None:
        """Open the connection."""
        await self.client.connect()  # type: ignore[no-untyped-call]

    async def connected(self) -> bool:
        """Whether it is open, and Slack answers our pings on it."""
        return await self.client.is_connected()

    def reads_no_more(self) -> None:
        """What has not been read yet is brought again by Slack, to whoever is there then."""
        self.client.default_auto_reconnect_enabled = self.client.auto_reconnect_enabled = False
        if self.client.message_receiver is not None:
            self.client.message_receiver.cancel()

    async def close(self) -> None:
        """Answer what was read, and close."""
        self.reads_no_more()
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWERED_SECONDS):
                await self.client.answered.wait()
        await self.client.close()  # type: ignore[no-untyped-call]

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Dispatch one envelope and answer it, stamped with when it came."""
        self.last_envelope = received = self._clock.monotonic()
        request = AsyncBoltRequest(
            mode="socket_mode",
            body=req.payload,
            headers=build_headers(req),
            context={RECEIVED: received},
        )
        response = await self.app.async_dispatch(request)
        await send_async_response(client, req, response, received)
        outcome = "ok" if response.status == OK else "not_ok"
        self._meter.acked(req.type, outcome, self._clock.monotonic() - received)


class _Client(SocketModeClient):
    """Counts what it has read, from there to the end of the listeners."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unanswered = 0
        self.answered = asyncio.Event()
        self.answered.set()

    async def enqueue_message(self, message: str) -> None:
        self.unanswered += 1
        self.answered.clear()
        await super().enqueue_message(message)

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        try:
            await super().run_message_listeners(message, raw_message)
        finally:
            self.unanswered -= 1
            if not self.unanswered:
                self.answered.set()
