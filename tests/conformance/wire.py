"""Slack as an app sees it: the Web API over HTTP and sockets, and nothing else."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.clock import SystemDraws
from tests.conformance.rules import address
from tests.conftest import NOT_RUN

Json = dict[str, Any]
_MOST_TRIES = 4
_SECONDS = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a call."""

    status: int
    headers: dict[str, str]
    body: Json

    @property
    def ok(self) -> bool:
        return self.body.get("ok") is True

    @property
    def error(self) -> str:
        """Slack's code; empty if the call was not refused."""
        return "" if self.ok else str(self.body.get("error", f"http {self.status}"))

    def get(self, *path: str | int) -> Any:
        """A value inside the body; None if it is not there."""
        found: Any = self.body
        for name in path:
            try:
                found = found[name]
            except (KeyError, IndexError, TypeError):
                return None
        return found


class Socket:
    """One socket, held by hand."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, hello: Json) -> None:
        self.hello = hello
        self._ws = ws

    async def message(self) -> Json:
        """The next thing Slack sends."""
        return dict(await self._ws.receive_json(timeout=10))

    async def payload(self, kind: str) -> Json:
        """The next envelope of this kind; events that come before it are acknowledged."""
        while (envelope := await self.message()).get("type") != kind:
            await self.ack(envelope)
        return envelope

    async def event(self, kind: str) -> Json:
        """The next envelope with an event of this type; other envelopes are acknowledged."""
        while (envelope := await self.message()).get("payload", {}).get("event", {}).get(
            "type"
        ) != kind:
            await self.ack(envelope)
        return envelope

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        body: Json = {"envelope_id": envelope.get("envelope_id", "")}
        await self._ws.send_json(body | ({"payload": payload} if payload else {}))

    async def ended(self) -> bool:
        """Whether Slack closes it now."""
        message = await self._ws.receive(timeout=10)
        return message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    async def close(self) -> None:
        await self._ws.close()


@dataclass(slots=True)
class Slack:
    """A server to be held to the rules: its address, tokens, and a place to try things.

    `room` is a public channel the bot is in, `human` somebody in the workspace. `pause` lets
    seconds go by on the server's clock.
    """

    base: str
    bot_token: str
    app_token: str
    session: aiohttp.ClientSession
    pause: Callable[[float], Awaitable[None]]
    room: str = ""
    human: str = ""

    def fresh(self) -> str:
        """A part of a name that nobody has used."""
        return "".join(c for c in SystemDraws().token().lower() if c.isalnum())[:12]

    async def once(self, method: str, args: Json, *, token: str | None = None) -> Answer:
        """One call with a JSON body, whatever becomes of it; an empty token sends none."""
        return await self._post(method, token, *_json(args))

    async def once_form(self, method: str, args: Json) -> Answer:
        """One call as a form, whatever becomes of it."""
        return await self._post(method, None, *_form(args))

    async def form(self, method: str, **args: Any) -> Answer:
        """One call as a form, again after a 429 when Slack says so."""
        return await self._patient(method, *_form(args))

    async def call(self, method: str, **args: Any) -> Answer:
        """One call with a JSON body, again after a 429 when Slack says so."""
        return await self._patient(method, *_json(args))

    async def post(self, text: str = "x", **more: Any) -> Answer:
        """chat.postMessage into the room."""
        return await self.call("chat.postMessage", **{"channel": self.room, "text": text} | more)

    async def said(self, text: str = "x", **more: Any) -> str:
        """The ts of a message that was posted into the room."""
        return str((await self.post(text, **more)).get("ts"))

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Socket]:
        """A socket, opened as an app does it, after its hello."""
        socket = await self.open_socket()
        try:
            yield socket
        finally:
            await socket.close()

    async def open_socket(self) -> Socket:
        return await self.connect(await self.socket_url())

    async def socket_url(self) -> str:
        """An address for one socket; without an app token there is none to be had."""
        if not self.app_token:
            pytest.skip(f"{NOT_RUN}conformance: no --app-token was given")
        answer = await self.once("apps.connections.open", {}, token=self.app_token)
        return address(answer.get("url"))

    async def connect(self, url: str) -> Socket:
        ws = await self.session.ws_connect(url)
        return Socket(ws, dict(await ws.receive_json(timeout=10)))

    async def _patient(self, method: str, kind: str, body: str) -> Answer:
        answer = await self._post(method, None, kind, body)
        for _ in range(_MOST_TRIES):
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            await self.pause(float(answer.headers.get("Retry-After", "1")))
            answer = await self._post(method, None, kind, body)
        return answer

    async def _post(self, method: str, token: str | None, kind: str, body: str) -> Answer:
        given = self.bot_token if token is None else token
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {given}"} if given else {})
        content = BytesIO(body.encode())
        async with self.session.post(
            f"{self.base}{method}", headers=headers, timeout=_SECONDS, data=content
        ) as reply:
            return Answer(reply.status, dict(reply.headers), _object(await reply.text()))


def _object(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _json(args: Json) -> tuple[str, str]:
    """A call's arguments as JSON: content type and body."""
    return "application/json", json.dumps(_plain(args))


def _form(args: Json) -> tuple[str, str]:
    """A call's arguments as a form carries them: content type and body."""
    fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in _plain(args).items()}
    return "application/x-www-form-urlencoded", urlencode(fields)


def _plain(args: Json) -> Json:
    return {name: value for name, value in args.items() if value is not None}
