"""Payloads on their way to the app: envelopes, acks, and sending again what was not acknowledged.

Everything here runs on machine time. In Socket Mode a payload goes to any one of the open
connections, in turn; in HTTP mode to the request URL. Commands and interactions are sent once and
somebody waits for the answer; events are sent again on a schedule until they are acknowledged.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass

from bot.clock import Draws
from bot.sandbox.acks import FIRST, NO_ACK, Ack, Retry
from bot.sandbox.busy import Busy
from bot.sandbox.connections import Connection, Connections
from bot.sandbox.mishaps import Mishaps
from bot.sandbox.refusals import CannotAct
from bot.sandbox.requests import RequestUrl
from bot.sandbox.state import JSON


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


class Hub(Connections):
    """Every way to the app.

    `ack_timeout` and `retries` are seconds. `deliveries` lists every event so far, lost ones
    included; `mishaps` decides which. `request_url` None: Socket Mode.
    """

    def __init__(
        self, app_id: str, draws: Draws, busy: Busy, ack_timeout: float, retries: tuple[float, ...]
    ) -> None:
        super().__init__(app_id, draws)
        self.ack_timeout = ack_timeout
        self.retries = retries
        self.deliveries: list[Delivery] = []
        self.mishaps = Mishaps()
        self.request_url: RequestUrl | None = None
        self._busy = busy
        self._held: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def use(self, request_url: RequestUrl | None) -> None:
        """Change to HTTP mode, or back; the app must answer the challenge first."""
        if request_url is not None:
            await self._verify(request_url)
        if self.request_url is not None:
            await self.request_url.close()
        self.request_url = request_url

    async def _verify(self, request_url: RequestUrl) -> None:
        try:
            await request_url.verify(self._draws.token(), self.ack_timeout)
        except CannotAct:
            await request_url.close()
            raise

    async def close(self) -> None:
        """Stop sending and close every line."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.use(None)
        await super().close()

    async def ask(self, kind: str, payload: JSON) -> Ack:
        """Send a command or interaction once and wait for its ack."""
        with self._busy:
            return await self._send(kind, payload, accepts=True)

    def publish(self, payload: JSON) -> None:
        """Send an event, again and again if need be, in the background."""
        delivery = Delivery(payload)
        self.deliveries.append(delivery)
        mishap = self.mishaps.take(payload["event"])
        if mishap == "hold":
            self._held.append(delivery)
        elif mishap == "lose":
            delivery.given_up = True
        else:
            for _ in range(2 if mishap == "twice" else 1):
                self._start(delivery)

    def release(self, *, newest_first: bool = False) -> int:
        """Let go of the events held back; how many there were."""
        held, self._held = self._held, []
        for delivery in reversed(held) if newest_first else held:
            self._start(delivery)
        return len(held)

    async def redeliver(self, event_id: str, connection: Connection | None = None) -> bool:
        """Send an event once more although it was taken; whether it was acknowledged again."""
        found = next((d for d in self.deliveries if d.event_id == event_id), None)
        if found is None:
            raise CannotAct(f"no event {event_id} was ever sent")
        with self._busy:
            found.attempts += 1
            return (await self._send("events_api", found.payload, on=connection)).in_time

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        reason = ""
        for attempt, delay in enumerate((0.0, *self.retries)):
            await self._pause(delay)
            with self._busy:
                delivery.attempts += 1
                ack = await self._send("events_api", delivery.payload, Retry(attempt, reason))
            if ack.in_time:
                delivery.acked = True
                return
            if ack.no_retry:
                break
            reason = ack.why
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
        retry: Retry = FIRST,
        *,
        accepts: bool = False,
        on: Connection | None = None,
    ) -> Ack:
        if self.request_url is not None:
            return await self.request_url.send(kind, payload, retry, self.ack_timeout)
        connection = on or self._next()
        if connection is None:
            return NO_ACK
        return await self._send_on(connection, self._envelope(kind, payload, retry, accepts))

    def _envelope(self, kind: str, payload: JSON, retry: Retry, accepts: bool) -> JSON:
        envelope = {
            "envelope_id": self._draws.token(),
            "payload": payload,
            "type": kind,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry.attempt, "retry_reason": retry.reason}
        return envelope

    async def _send_on(self, connection: Connection, envelope: JSON) -> Ack:
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
