"""The request URL: who is believed, how much is read, and what is never written down."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.meter import Unmetered
from bot.sandbox.requests import signature
from bot.workspace.model import Workspace
from handlers.app import make_app
from handlers.http import BODY_BYTES, HttpHandler
from handlers.manifest import EVENTS_PATH
from handlers.site import CannotListen

SECRET = "a-secret-of-this-test"
SAID = "words that belong to somebody"
STALE_SECONDS = 6 * 60
TEAM = "T1"
NOBODY = "http://127.0.0.1:9/api/"
JSON_TYPE, FORM = "application/json", "application/x-www-form-urlencoded"


class Counts(Unmetered):
    """Keeps what was acked."""

    def __init__(self) -> None:
        self.acks: list[tuple[str, str]] = []

    def acked(self, kind: str, outcome: str, seconds: float) -> None:
        self.acks.append((kind, outcome))


@dataclass
class Door:
    """A server, what reached the app behind it, and somebody who knocks."""

    url: str
    http: HttpHandler
    session: aiohttp.ClientSession
    counts: Counts
    app: AsyncApp
    heard: list[dict[str, Any]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 200

    async def knocks(
        self,
        body: str | bytes,
        *,
        secret: str = SECRET,
        age: float = 0,
        kind: str = JSON_TYPE,
        **headers: str,
    ) -> tuple[int, str]:
        raw = body.encode() if isinstance(body, str) else body
        at = str(int(SystemClock().now().timestamp() - age))
        signed = signature(secret, at, raw.decode("utf-8", "replace"))
        told = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": signed,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(self.url, data=io.BytesIO(raw), headers=told) as answer:
            return answer.status, await answer.text()


@pytest.fixture(autouse=True)
def everything_is_logged() -> None:
    """Whatever level a test of the command line has left behind."""
    structlog.reset_defaults()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with aiohttp.ClientSession() as session:
        app = make_app("xoxb-1", NOBODY, session, Workspace(TEAM, "Team", "UBOT", "inc"))
        counts = Counts()
        http = HttpHandler(app, SECRET, SystemClock(), counts)
        port = await http.start("127.0.0.1", 0)
        found = Door(f"http://127.0.0.1:{port}{EVENTS_PATH}", http, session, counts, app)
        found.open.set()

        async def hear(body: dict[str, Any]) -> BoltResponse:
            found.came.set()
            await found.open.wait()
            found.heard.append(body)
            return BoltResponse(status=found.status, body={"text": "noted"})

        app.event("message")(hear)
        app.command("/incident")(hear)
        app.action("press")(hear)
        yield found
        await http.close()


EVENT = json.dumps(
    {"type": "event_callback", "team_id": TEAM, "event": {"type": "message", "text": SAID}}
)
COMMAND = urlencode({"team_id": TEAM, "command": "/incident", "text": SAID})
PRESS = urlencode(
    {
        "payload": json.dumps(
            {
                "type": "block_actions",
                "team": {"id": TEAM},
                "actions": [{"action_id": "press", "block_id": "b", "value": SAID}],
            }
        )
    }
)


class TestSlack:
    async def test_what_is_signed_is_heard_and_answered(self, door: Door) -> None:
        for body, kind in ((EVENT, JSON_TYPE), (COMMAND, FORM), (PRESS, FORM)):
            assert await door.knocks(body, kind=kind) == (200, '{"text": "noted"}')

        assert len(door.heard) == 3
        assert door.counts.acks == [
            ("events_api", "ok"),
            ("slash_commands", "ok"),
            ("interactive", "ok"),
        ]
        assert door.http.last_envelope is not None

    async def test_what_is_not_done_is_not_acknowledged(self, door: Door) -> None:
        door.status = 500

        assert (await door.knocks(EVENT))[0] == 500
        assert door.counts.acks == [("events_api", "not_ok")]

    async def test_the_challenge_is_answered(self, door: Door) -> None:
        body = {"type": "url_verification", "token": "t", "challenge": "say this"}
        status, text = await door.knocks(json.dumps(body))

        assert (status, json.loads(text)) == (200, {"challenge": "say this"})

    async def test_closing_waits_for_what_is_being_answered(self, door: Door) -> None:
        door.open.clear()
        knocking = asyncio.create_task(door.knocks(EVENT))
        await door.came.wait()
        closing = asyncio.create_task(door.http.close())
        await asyncio.sleep(0)
        door.open.set()

        assert (await knocking)[0] == 200
        await closing


class TestOthers:
    @pytest.mark.parametrize(
        ("how", "changed"),
        [
            ("another secret", {"secret": "another"}),
            ("six minutes ago", {"age": STALE_SECONDS}),
            ("in six minutes", {"age": -STALE_SECONDS}),
            ("no signature", {"X_Slack_Signature": ""}),
            ("half a signature", {"X_Slack_Signature": "v0="}),
            ("a signature that is no text", {"X_Slack_Signature": "v0=\u00e9"}),
            ("no time", {"X_Slack_Request_Timestamp": ""}),
            ("a time that is no number", {"X_Slack_Request_Timestamp": "yesterday"}),
        ],
    )
    async def test_they_are_turned_away_and_not_quoted(
        self, door: Door, how: str, changed: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with capture_logs() as logged:
            status, text = await door.knocks(EVENT, **changed)

        assert (status, text) == (401, "")
        assert door.heard == []
        assert door.http.last_envelope is None
        assert SAID not in caplog.text + str(logged)
        assert logged == [{"event": "http.turned_away", "log_level": "warning", "status": 401}]

    async def test_a_changed_body_does_not_fit_its_signature(self, door: Door) -> None:
        at = str(int(SystemClock().now().timestamp()))
        signed = signature(SECRET, at, EVENT.replace(SAID, "other words"))
        headers: dict[str, Any] = {"X_Slack_Request_Timestamp": at, "X_Slack_Signature": signed}

        assert (await door.knocks(EVENT, **headers))[0] == 401

    @pytest.mark.parametrize("body", ["{", "[1, 2]", '"text"', "null", b"\xff\xfe"])
    async def test_what_nobody_can_read_is_refused_quietly(
        self, door: Door, body: str | bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        if isinstance(body, bytes):
            secret = "another"  # Slack would not sign it either
            assert (await door.knocks(body, secret=secret))[0] == 401
        else:
            assert (await door.knocks(body))[0] in {400, 404}
        assert door.heard == []
        assert "Traceback" not in caplog.text

    @pytest.mark.parametrize("size", [BODY_BYTES + 1, 5 * 1024 * 1024])
    async def test_a_large_body_is_not_read_to_its_end(
        self, door: Door, size: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        try:
            status = (await door.knocks("x" * size))[0]
        except aiohttp.ClientConnectionError:
            status = 413  # the line was closed before all of it was sent

        assert status == 413
        assert door.heard == []
        assert "xxxx" not in caplog.text
        assert (await door.knocks(EVENT))[0] == 200

    async def test_a_body_just_small_enough_is_read(self, door: Door) -> None:
        said = json.dumps(json.loads(EVENT) | {"pad": ""})
        body = said.replace('"pad": ""', '"pad": "' + "x" * (BODY_BYTES - len(said)) + '"')

        assert len(body) == BODY_BYTES
        assert (await door.knocks(body))[0] == 200

    async def test_there_is_one_address_and_one_way(self, door: Door) -> None:
        async with door.session.get(door.url) as answer:
            assert answer.status == 405
        async with door.session.post(door.url.replace("/events", "/install")) as answer:
            assert answer.status == 404

    async def test_what_is_not_http_is_not_quoted(
        self, door: Door, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        address = urlsplit(door.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{SAID}\r\n\r\n".encode())
        await writer.drain()

        assert b" 400 " in await reader.readline()
        assert SAID not in caplog.text
        writer.close()
        await writer.wait_closed()


async def test_a_port_that_is_taken_is_named(door: Door) -> None:
    port = urlsplit(door.url).port
    assert port is not None
    other = HttpHandler(door.app, SECRET, SystemClock())

    with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}: "):
        await other.start("127.0.0.1", port)
    await other.close()
