"""`parallax demo`: ports, the page before the bot, a proxy in the environment, the end."""

import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.config import has_screen
from bot.demo import VOCABULARY
from bot.incidents.verbs import VERBS
from bot.incidents.words import NAMES, Word, key
from handlers import shortcuts

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_port_that_was_asked_for_and_is_in_use(taken: int) -> None:
    done = CliRunner().invoke(app, ["demo", "--port", str(taken), "--no-browser"])
    assert done.exit_code == 2
    assert f"Port {taken} is in use; " in done.output
    free = int(done.output.split("parallax demo --port ")[1])
    assert free > taken
    assert f"; {free} is free: " in done.output


def test_a_recording_that_does_not_exist() -> None:
    for more in ([], ["--terminal"]):
        done = CliRunner().invoke(app, ["demo", "nowhere", *more])
        assert done.exit_code == 2
        assert "there is no recording called nowhere" in done.output


@asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[tuple[Process, str]]:
    """A demo of its own, with a proxy nobody answers at; its process and where its page is."""
    bogus = dict.fromkeys(PROXIES, NOBODY)
    environment = os.environ | bogus | {"TMPDIR": str(folder)}  # noqa: TID251 - for a child
    command = [sys.executable, "-m", "bot", "demo", *arguments, "--no-browser"]
    process = await create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        if "in use" in line:
            line = (await process.stdout.readline()).decode()
        assert line.startswith("The sandbox is at http://127.0.0.1:")
        yield process, line.split()[4]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ends(process: Process, by: signal.Signals) -> tuple[int, str]:
    """End it; its exit code and what it complained about."""
    process.send_signal(by)
    _out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, complaint.decode()


async def test_two_demos_play_side_by_side_in_spite_of_a_proxy_and_end_clean(
    tmp_path: Path,
) -> None:
    """Each has its own page, and each page is there before its bot."""
    async with AsyncExitStack() as stack:
        one, first = await stack.enter_async_context(demo(tmp_path, "buildkite-2026"))
        two, second = await stack.enter_async_context(demo(tmp_path, "empty"))
        assert first != second
        http = await stack.enter_async_context(aiohttp.ClientSession())
        played = await _frames_until(http, first, _has_played_one)
        assert any(frame.get("bot", {}).get("connected") for frame in played)
        empty = await _frames_until(http, second, _is_connected)
        assert empty[0]["strip"]["total"] == 0
        assert _within(tmp_path)
        assert await ends(one, signal.SIGINT) == (0, "")
        assert await ends(two, signal.SIGTERM) == (0, "")
    assert _within(tmp_path) == []


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _frames_until(http: aiohttp.ClientSession, url: str, holds: Any) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    async with http.ws_connect(f"{url}/link", origin=url) as ws:
        while not frames or not holds(frames[-1]):
            frames.append(await ws.receive_json(timeout=30))
    return frames


def _has_played_one(frame: dict[str, Any]) -> bool:
    return bool(frame.get("strip", {}).get("position", 0) >= 1)


def _is_connected(frame: dict[str, Any]) -> bool:
    return bool(frame.get("bot", {}).get("connected"))


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environment: dict[str, str], platform: str, there: bool
) -> None:
    assert has_screen(environment, platform) is there


def test_what_the_composer_offers_is_what_the_bot_knows() -> None:
    meant = {NAMES[key(each["word"])].word for each in VOCABULARY.words}
    assert meant == set(Word)
    for each in VOCABULARY.words:
        for other in each["also"]:
            assert NAMES[key(other)].word is NAMES[key(each["word"])].word
    for each in VOCABULARY.commands:
        verb = each["command"].partition(" ")[2].rstrip(":")
        assert not verb or key(verb) in VERBS
    callbacks = {each["callback_id"] for each in VOCABULARY.shortcuts}
    assert callbacks == {shortcuts.DECLARE, shortcuts.RECORD, shortcuts.MISLED}
