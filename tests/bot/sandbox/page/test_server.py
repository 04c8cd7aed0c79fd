"""Who may talk to the page's server, and what becomes of frames that are no acts."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.sandbox.page.server import STATIC, PageServer
from tests.bot.sandbox.page.conftest import WORDS, Place, Still, Tab

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/health", "/static/none.js", "/nowhere"])
async def test_every_answer_is_hardened(place: Place, path: str) -> None:
    async with place.http.get(place.url + path) as response:
        assert response.headers["Content-Security-Policy"] == CSP
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"


async def test_the_page_and_its_modules(place: Place) -> None:
    async with place.http.get(place.url) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "<title>page</title>" in await response.text()
    async with place.http.get(f"{place.url}/static/app.js") as response:
        assert (response.status, response.content_type) == (200, "text/javascript")
    async with place.http.get(f"{place.url}/health") as response:
        assert await response.json() == {"ok": True, "sandbox": "Sandbox"}


@pytest.mark.parametrize(
    "name", ["none.js", "notes.txt", "..%2fserver.py", "..%5cserver.py", "app.js%00", "."]
)
async def test_nothing_else_is_served(place: Place, name: str) -> None:
    async with place.http.get(f"{place.url}/static/{name}") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Host", "evil.example"),
        ("Host", "127.0.0.1"),
        ("Host", "localhost:1"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://localhost:1"),
    ],
)
async def test_another_site_is_refused(place: Place, header: str, value: str) -> None:
    for path in ("/", "/link", "/health"):
        async with place.http.get(place.url + path, headers={header: value}) as response:
            assert response.status == 403


async def test_a_socket_needs_the_pages_own_origin(place: Place) -> None:
    for origin in (None, "http://evil.example", f"https://127.0.0.1:{place.port}"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await place.http.ws_connect(f"{place.url}/link", origin=origin)
        assert refused.value.status == 403
    local = f"http://localhost:{place.port}"
    ws = await place.http.ws_connect(f"{place.url}/link", origin=local)
    assert (await ws.receive_json())["type"] == "scene"
    await ws.close()


HOSTILE: list[Any] = [
    "",
    "{",
    "null",
    "[]",
    "5",
    '"says"',
    "{}",
    '{"n": 1}',
    '{"n": 1, "do": "dances"}',
    '{"n": 1, "do": ["says"]}',
    '{"n": 1, "do": "says"}',
    '{"n": "1", "do": "home"}',
    '{"n": -1, "do": "home"}',
    '{"n": 1, "do": "home", "as": "U1"}',
    '{"n": 1, "do": "says", "channel": 5, "text": "x"}',
    '{"n": 1, "do": "says", "channel": "C1", "text": null}',
    '{"n": 1, "do": "says", "channel": "C1", "text": "\\ud800"}',
    '{"n": 1, "do": "says", "channel": "C404", "text": "x"}',
    '{"n": 1, "do": "edits", "channel": "C404", "ts": "1.0", "text": "x"}',
    '{"n": 1, "do": "acts", "where": {}, "block_id": "b", "action_id": "a", "state": {}}',
    '{"n": 1, "do": "enters", "where": {"view": 1}, "block_id": "b", "action_id": "a", "state": 1}',
    '{"n": 1, "do": "submits", "view": "V404", "values": {}}',
    '{"n": 1, "do": "submits", "view": "V404", "values": {"b": 1}}',
    '{"n": 1, "do": "strip", "what": "explode"}',
    '{"n": 1, "do": "become", "user": "USLACKBOT"}',
    "[" * 100_000,
    '{"n": 1e400, "do": "home"}',
    '{"n": 123456789012345678901234567890, "do": "home"}',
]


@pytest.mark.parametrize("frame", HOSTILE)
async def test_a_frame_that_is_no_act_is_answered_and_nothing_happens(
    place: Place, tab: Tab, frame: str
) -> None:
    await tab.ws.send_str(frame)
    before = len(tab.frames)
    await tab.until(lambda tab: len(tab.frames) > before)
    answer = tab.frames[-1]
    assert (answer["type"], answer["ok"]) == ("done", False)
    assert answer["error"]
    assert "Traceback" not in answer["error"]
    assert place.general.messages == []
    assert (await tab.does("says", channel=place.general.id, text="still here"))["ok"]


async def test_binary_frames_are_answered(place: Place, tab: Tab) -> None:
    await tab.ws.send_bytes(b"\x00\x01")
    frame = await tab.reads()
    assert (frame["n"], frame["error"]) == (None, "A frame is a JSON object, sent as text.")


async def test_a_frame_beyond_all_bounds_ends_only_that_browser(place: Place, tab: Tab) -> None:
    other = await place.opens()
    await tab.ws.send_str(json.dumps({"n": 1, "do": "says", "text": "x" * 2_000_000}))
    message = await tab.ws.receive()
    assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert tab.ws.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert (await other.does("says", channel=place.general.id, text="fine"))["ok"]


async def test_a_flood_is_refused_not_queued(place: Place, tab: Tab) -> None:
    place.sandbox.hub.ack_timeout = 0.2

    @place.app.shortcut("none")
    async def on_shortcut(ack: AsyncAck) -> None:
        await asyncio.Event().wait()

    for n in range(100, 160):
        await tab.ws.send_json({"n": n, "do": "shortcut", "callback_id": "none"})
    await tab.until(lambda tab: all(n in tab.done for n in range(100, 160)))
    errors = [tab.done[n].get("error", "") for n in range(100, 160)]
    assert "That was too much at once: wait for the answers." in errors
    assert (await tab.does("says", channel=place.general.id, text="calm"))["ok"]


async def test_a_burst_is_one_patch(place: Place, tab: Tab) -> None:
    for number in range(200):
        place.sandbox.world.post(place.general, place.bob.id, f"line {number}")
    before = len(tab.frames)
    await tab.until(lambda tab: len(tab.messages) == 200)
    assert len(tab.frames) - before <= 3


async def test_a_browser_that_goes_is_forgotten(place: Place, tab: Tab) -> None:
    other = await place.opens()
    await tab.ws.close()
    await place.bob.says(place.general, "anybody?")
    await other.until(lambda tab: (tab.channel("general") or {}).get("unread") == 1)
    assert len(place.page.house.browsers) == 1


async def test_a_port_in_use_is_said(place: Place) -> None:
    second = PageServer(Still(place.sandbox, place.ana), WORDS)
    with pytest.raises(OSError, match="address already in use"):
        await second.start(place.port)
    await second.stop()


def test_the_real_page_asks_for_nothing_elsewhere() -> None:
    for file in STATIC.glob("*"):
        text = file.read_text("utf-8")
        assert "https://cdn" not in text
        assert "<script>" not in text
        assert "eval(" not in text
