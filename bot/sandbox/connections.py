"""The sockets of the app: opened with a ticket, cut, refreshed, taken in turn."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.clock import Draws
from bot.sandbox.acks import NO_ACK, Ack
from bot.sandbox.state import JSON

MAX_CONNECTIONS = 10
WARNING_SECONDS = 10.0
_CLOSING_SECONDS = 0.5


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket of the app and the envelopes it still owes an ack for.

    `leaving`: it was asked to go and gets nothing new while there is another.
    """

    id: str
    ws: web.WebSocketResponse
    request: web.Request
    owed: dict[str, asyncio.Future[Ack]] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False


def nobody_watches() -> None:
    """As long as no page shows the workspace."""


class Connections:
    """All sockets of the app; `late_acks` counts the answers that came too late to matter.

    `on_change` is called when one opens or closes.
    """

    def __init__(self, app_id: str, draws: Draws) -> None:
        self.app_id = app_id
        self.connections: list[Connection] = []
        self.late_acks = 0
        self.on_change: Callable[[], None] = nobody_watches
        self._draws = draws
        self._turn = 0
        self._changed = asyncio.Condition()
        self._tickets: set[str] = set()

    def ticket(self) -> str:
        """A single-use permit to open one socket (apps.connections.open)."""
        ticket = self._draws.token()
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one socket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="unknown or used ticket")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(timeout=_CLOSING_SECONDS)
        await ws.prepare(request)
        if len(self.connections) >= MAX_CONNECTIONS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        connection = Connection(self._draws.token(), ws, request)
        self.connections.append(connection)
        self.on_change()
        try:
            await ws.send_json(self._hello())
            async with self._changed:
                self._changed.notify_all()
            await self._listen(connection)
        finally:
            self._forget(connection)
        return ws

    async def connected(self, count: int) -> None:
        """Return once there are at least so many sockets."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.connections) >= count)

    def drop(self, connection: Connection | None = None) -> None:
        """Cut the line without a word: one connection, or all of them."""
        for doomed in [connection] if connection else list(self.connections):
            self._forget(doomed)
            if doomed.request.transport is not None:
                doomed.request.transport.abort()

    async def disconnect(
        self, reason: str = "refresh_requested", connection: Connection | None = None
    ) -> None:
        """Ask the app to reconnect ("warning", "refresh_requested"); the socket stays open."""
        for asked in [connection] if connection else list(self.connections):
            asked.leaving = asked.leaving or reason != "warning"
            body = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            with contextlib.suppress(ConnectionError):
                await asked.ws.send_json(body)

    async def refresh(self, connection: Connection, ahead: float = WARNING_SECONDS) -> None:
        """End one socket as Slack does: a warning, the request `ahead` seconds later, the close.

        Nothing is lost by an app that opens its next socket in between: what the old one has been
        sent may still be acknowledged on it.
        """
        await self.disconnect("warning", connection)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ahead):
                await connection.closed.wait()
        await self.disconnect("refresh_requested", connection)
        if connection.owed:
            await asyncio.wait(list(connection.owed.values()))
        await connection.ws.close()

    async def close(self) -> None:
        """Close every socket."""
        for connection in list(self.connections):
            await connection.ws.close()
        self.connections.clear()

    def _hello(self) -> JSON:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self.app_id},
        }

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            if message.type is not WSMsgType.TEXT:
                continue
            answer = json.loads(message.data)
            owed = connection.owed.get(str(answer.get("envelope_id")))
            if owed is None or owed.done():
                self.late_acks += 1
            else:
                owed.set_result(Ack(in_time=True, payload=answer.get("payload") or {}))

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self.on_change()
        connection.closed.set()
        for owed in connection.owed.values():
            if not owed.done():
                owed.set_result(NO_ACK)

    def _next(self) -> Connection | None:
        """Whose turn it is: any open socket, one that is leaving only if there is no other."""
        live = [c for c in self.connections if not c.ws.closed]
        live = [c for c in live if not c.leaving] or live
        if not live:
            return None
        self._turn += 1
        return live[self._turn % len(live)]
