"""The two ways in which Slack reaches us: sockets that we open, or requests to an address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_bolt.app.async_app import AsyncApp

from bot.clock import Clock
from bot.meter import Meter
from handlers.http import HttpHandler, Listening
from handlers.socket import SocketHandler


@dataclass(frozen=True, slots=True)
class Lines:
    """Opens either, for one app; on the way out what was read is answered first."""

    app: AsyncApp
    api_url: str
    session: aiohttp.ClientSession
    clock: Clock

    @asynccontextmanager
    async def connected(
        self, app_token: str, count: int, meter: Meter
    ) -> AsyncIterator[tuple[SocketHandler, ...]]:
        """So many sockets."""
        sockets = tuple(
            SocketHandler(self.app, app_token, self.api_url, self.session, self.clock, meter)
            for _ in range(count)
        )
        try:
            for socket in sockets:
                await socket.connect()
            yield sockets
        finally:
            for socket in sockets:
                socket.reads_no_more()  # all of them first: Slack would send it to the next
            await asyncio.gather(*(socket.close() for socket in sockets))

    @asynccontextmanager
    async def listening(self, at: Listening, meter: Meter) -> AsyncIterator[HttpHandler]:
        """Our own server. Raises CannotListen."""
        http = HttpHandler(self.app, at.signing_secret, self.clock, meter)
        try:
            await http.start(at.host, at.port)
            yield http
        finally:
            await http.close()
