"""HTTP mode: Slack's requests in, answers out; for one address, and for Slack alone.

Nothing is parsed before its signature was checked, and nothing of a request that is turned away is
logged. A request that comes again finds its receipt, as an envelope does.
"""

import asyncio
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.clock import Clock
from bot.meter import UNMETERED, Meter
from handlers.inbox import RECEIVED
from handlers.manifest import EVENTS_PATH
from handlers.site import Site

log = structlog.get_logger(__name__)

BODY_BYTES = 1024 * 1024
READ_SECONDS = 3.0
CLOSING_SECONDS = 3.0
OK = 200


@dataclass(frozen=True, slots=True)
class Listening:
    """Where Slack's requests arrive, and the secret they are signed with."""

    host: str
    port: int
    signing_secret: str = field(repr=False)


class HttpHandler:
    """The request URL. `last_envelope`: machine time of the last request that was Slack's."""

    def __init__(
        self, app: AsyncApp, signing_secret: str, clock: Clock, meter: Meter = UNMETERED
    ) -> None:
        self.in_flight = 0
        self.last_envelope: float | None = None
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._clock = clock
        self._meter = meter
        self._site = Site(CLOSING_SECONDS)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port (a free one for 0). Raises CannotListen."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_post(EVENTS_PATH, self._take)
        return await self._site.start(app, host, port)

    async def close(self) -> None:
        """Take no more, answer what was taken, and close."""
        await self._site.stop()

    async def _take(self, request: web.Request) -> web.Response:
        received = self._clock.monotonic()
        self.in_flight += 1
        try:
            return await self._answer(request, received)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request, received: float) -> web.Response:
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await request.read()
        except TimeoutError:
            return _turned_away(web.HTTPRequestTimeout.status_code)
        if not self._signed(request, body):
            return _turned_away(web.HTTPUnauthorized.status_code)
        self.last_envelope = received
        asked = _parsed(request, body, received)
        if asked is None:
            return _turned_away(web.HTTPBadRequest.status_code)
        response = await self._app.async_dispatch(asked)
        outcome = "ok" if response.status == OK else "not_ok"
        self._meter.acked(_kind(asked), outcome, self._clock.monotonic() - received)
        return await to_aiohttp_response(response)

    def _signed(self, request: web.Request, body: bytes) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError):  # a time that is no number, bytes that are no text
            return False


def _turned_away(status: int) -> web.Response:
    log.warning("http.turned_away", status=status)
    return web.Response(status=status)


def _parsed(request: web.Request, body: bytes, received: float) -> AsyncBoltRequest | None:
    """As Bolt takes it; None for what Slack signed and nobody can read."""
    try:
        return AsyncBoltRequest(
            body=body.decode(),
            query=request.query_string,
            headers=dict(request.headers),
            context={RECEIVED: received},
        )
    except (ValueError, TypeError, AttributeError):  # no text, no JSON, no object
        return None


def _kind(request: AsyncBoltRequest) -> str:
    """What Socket Mode calls it."""
    if "command" in request.body:
        return "slash_commands"
    return "events_api" if "event" in request.body else "interactive"
