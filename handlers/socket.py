"""Socket Mode: envelopes in, acks out; counted, so that a drain can wait for them."""

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from handlers.inbox import RECEIVED

# The SDK's default of ten seconds notices a dead connection only after most of a minute.
PING_SECONDS = 2


class SocketHandler(AsyncSocketModeHandler):
    """One connection. `in_flight` counts envelopes not yet answered."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        api_url: str,
        session: aiohttp.ClientSession,
        clock: Clock,
    ) -> None:
        super().__init__(
            app,
            app_token,
            web_client=AsyncWebClient(base_url=api_url, session=session),
            ping_interval=PING_SECONDS,
        )
        self.in_flight = 0
        self.last_envelope: float | None = None
        self._clock = clock

    async def connect(self) -> None:
        """Open the connection."""
        await self.client.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Read no more, and close."""
        await self.client.close()  # type: ignore[no-untyped-call]

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Dispatch one envelope and answer it, stamped with when it came."""
        self.last_envelope = received = self._clock.monotonic()
        self.in_flight += 1
        try:
            request = AsyncBoltRequest(
                mode="socket_mode",
                body=req.payload,
                headers=build_headers(req),
                context={RECEIVED: received},
            )
            response = await self.app.async_dispatch(request)
            await send_async_response(client, req, response, received)
        finally:
            self.in_flight -= 1
