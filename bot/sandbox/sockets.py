"""Socket Mode: connections, envelopes, acks, and sending again what was not acknowledged.

Everything here runs on machine time. A payload goes to any one of the open connections, in turn.
Commands and interactions are sent once and somebody waits for the answer; events are sent again on
a schedule until they are acknowledged.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.clock import Draws
from bot.sandbox.busy import Busy
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON

MAX_CONNECTIONS = 10
_CLOSING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ack:
    """How a payload was answered: in time or not, and with what."""

    in_time: bool
    payload: JSON = field(default_factory=dict)


NO_ACK = Ack(in_time=False)


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket of the app and the envelopes it still owes an ack for."""

    id: str
    ws: web.WebSocketResponse
    request: web.Request
    owed: dict[str, asyncio.Future[Ack]] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Delivery:
    """An event on its way: how often it was tried, and whether somebody took it."""

    payload: JSON
    attempts: int = 0
    acked: bool = False
    given_up: bool = False

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])


class Hub:
    """All sockets of the app.

    `ack_timeout` and `retries` are seconds. `deliveries` lists every event sent so far;
    `late_acks` counts the answers that came too late to matter.
    """

    def __init__(
        self, app_id: str, draws: Draws, busy: Busy, ack_timeout: float, retries: tuple[float, ...]
    ) -> None:
        self.app_id = app_id
        self.ack_timeout = ack_timeout
        self.retries = retries
        self.connections: list[Connection] = []
        self.deliveries: list[Delivery] = []
        self.late_acks = 0
        self._draws = draws
        self._busy = busy
        self._turn = 0
        self._changed = asyncio.Condition()
        self._tickets: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- connections ---------------------------------------------------------------------------

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
        connection.closed.set()
        for owed in connection.owed.values():
            if not owed.done():
                owed.set_result(NO_ACK)

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
            body = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            with contextlib.suppress(ConnectionError):
                await asked.ws.send_json(body)

    async def close(self) -> None:
        """Stop sending and close every socket."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self.connections):
            await connection.ws.close()
        self.connections.clear()

    # -- payloads ------------------------------------------------------------------------------

    async def ask(self, kind: str, payload: JSON) -> Ack:
        """Send a command or interaction once and wait for its ack."""
        with self._busy:
            return await self._send(kind, payload, accepts=True)

    def publish(self, payload: JSON) -> None:
        """Send an event, again and again if need be, in the background."""
        delivery = Delivery(payload)
        self.deliveries.append(delivery)
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def redeliver(self, event_id: str, connection: Connection | None = None) -> bool:
        """Send an event once more although it was taken; whether it was acknowledged again."""
        found = next((d for d in self.deliveries if d.event_id == event_id), None)
        if found is None:
            raise CannotAct(f"no event {event_id} was ever sent")
        with self._busy:
            found.attempts += 1
            extra = {"retry_attempt": 0, "retry_reason": ""}
            ack = await self._send("events_api", found.payload, extra=extra, on=connection)
            return ack.in_time

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt, delay in enumerate((0.0, *self.retries)):
            await self._pause(delay)
            with self._busy:
                reason = "timeout" if attempt else ""
                extra = {"retry_attempt": attempt, "retry_reason": reason}
                delivery.attempts += 1
                ack = await self._send("events_api", delivery.payload, extra=extra)
            if ack.in_time:
                delivery.acked = True
                return
        delivery.given_up = True

    async def _pause(self, delay: float) -> None:
        """Wait for the next try; only a short wait counts as being under way."""
        if delay <= 0:
            return
        with self._busy if delay <= self.ack_timeout else contextlib.nullcontext():
            await asyncio.sleep(delay)

    async def _send(
        self,
        kind: str,
        payload: JSON,
        *,
        accepts: bool = False,
        extra: JSON | None = None,
        on: Connection | None = None,
    ) -> Ack:
        connection = on or self._next()
        if connection is None:
            return NO_ACK
        envelope = {
            "envelope_id": self._draws.token(),
            "payload": payload,
            "type": kind,
            "accepts_response_payload": accepts,
            **(extra or {}),
        }
        owed: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        connection.owed[envelope["envelope_id"]] = owed
        try:
            await connection.ws.send_str(json.dumps(envelope))
            async with asyncio.timeout(self.ack_timeout):
                return await owed
        except (TimeoutError, ConnectionError):
            return NO_ACK
        finally:
            del connection.owed[envelope["envelope_id"]]

    def _next(self) -> Connection | None:
        live = [c for c in self.connections if not c.ws.closed]
        if not live:
            return None
        self._turn += 1
        return live[self._turn % len(live)]
