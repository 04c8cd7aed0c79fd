"""The operator's guide, followed word by word: its blocks are typed into a shell, in their order.

What a person does between two blocks (create the app, copy the tokens) is done here by writing the
sandbox's address and tokens into the file that the guide names.
"""

import asyncio
import os
import re
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app
from bot.clock import SystemClock, SystemDraws
from bot.config import Settings
from bot.sandbox.workspace import Sandbox
from handlers.manifest import EVENTS_PATH

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "deploy" / "README.md").read_text("utf-8")
PATIENCE_SECONDS = 60.0
DONE = "the block is done"
# Where the doctor's lines are written.
SPEAKING = [
    ROOT / "bot" / "cli_data.py",
    ROOT / "bot" / "starting.py",
    *sorted((ROOT / "handlers").glob("*checks.py")),
    ROOT / "storage" / "checks.py",
]
PREFIX = "x"
# A page of print, in lines of this project's width.
LINES = 150


def blocks(kind: str) -> list[str]:
    """The guide's fenced blocks of one kind: `sh` is followed here, `console` needs a server."""
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", GUIDE)


class Shell:
    """Somebody's terminal: one shell, into which block after block is typed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def type(self, block: str) -> str:
        """What a block prints; raises when a command of it fails, for the shell then ends."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{block}\necho '{DONE}'\n".encode())
        return await self.shows(DONE)

    async def shows(self, words: str) -> str:
        """What is printed until these words; raises when the shell ends before."""
        assert self._process.stdout is not None
        said = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in said:
                line = await self._process.stdout.readline()
                assert line, f"ended before {words!r}, with\n{said}"
                said += line.decode()
        return said


@asynccontextmanager
async def shell(folder: Path) -> AsyncIterator[Shell]:
    """A shell in a copy of the project, as far as the guide touches it."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "deploy").symlink_to(ROOT / "deploy")
    tools = folder / "tools-of-the-test"
    tools.mkdir()
    # `make setup` makes the environment that this test already runs in.
    (tools / "make").write_text('#!/bin/sh\n[ "$*" = setup ]\n', "utf-8")
    (tools / "make").chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-eu",
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": f"{tools}:{os.defpath}", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    )
    try:
        yield Shell(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(SystemClock(), SystemDraws())
    await made.start()
    yield made
    await made.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def in_mode(mode: str, sandbox: Sandbox, port: int) -> dict[str, str]:
    """What the guide says to set for it."""
    if mode == "socket":
        return {"PARALLAX_APP_TOKEN": sandbox.app_token}
    return {
        "PARALLAX_MODE": "http",
        "PARALLAX_SIGNING_SECRET": sandbox.signing_secret,
        "PARALLAX_PORT": str(port),
    }


def fill_in(path: Path, **values: str) -> None:
    """What the person at the keyboard does with an editor: a line for each."""
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if line.partition("=")[0] not in values]
    path.write_text("\n".join([*kept, *(f"{k}={v}" for k, v in values.items()), ""]), "utf-8")


class TestGuide:
    @pytest.mark.parametrize("mode", ["socket", "http"])
    async def test_followed_word_by_word_it_works(
        self, sandbox: Sandbox, tmp_path: Path, mode: str
    ) -> None:
        install, settings, start, *later = blocks("sh")
        ana = sandbox.person("ana")
        lobby = sandbox.channel("general", members=[ana], bot=True)
        port, metrics = free_port(), free_port()
        async with shell(tmp_path) as terminal:
            await terminal.type(install)
            await terminal.type(settings)
            fill_in(
                tmp_path / "parallax.env",
                PARALLAX_BOT_TOKEN=sandbox.bot_token,
                PARALLAX_SLACK_API_URL=sandbox.api_url,
                PARALLAX_COMMAND_PREFIX=PREFIX,
                PARALLAX_METRICS_PORT=str(metrics),
                **in_mode(mode, sandbox, port),
            )
            assert start.endswith("parallax run\n")
            await terminal.type(start.replace("parallax run\n", "parallax run &\n"))
            await terminal.shows("run.started")
            if mode == "http":
                await sandbox.use_http(f"http://127.0.0.1:{port}{EVENTS_PATH}")
            reply = await ana.command(f"/{PREFIX}-incident", "help", lobby)
            assert f"/{PREFIX}-incident" in str(reply.blocks), reply.failure
            for block in later:
                await terminal.type(block.replace("9460", str(metrics)))
            await terminal.type("kill -TERM $!\nwait $!\n")

        assert f"/{PREFIX}-incident" in (tmp_path / "manifest.yaml").read_text("utf-8")
        assert stat.S_IMODE((tmp_path / "parallax.env").stat().st_mode) == 0o600

    def test_every_command_it_names_is_there(self) -> None:
        known = get_command(app).list_commands(None)  # type: ignore[attr-defined]
        named = set(re.findall(r"(?<![\w/.=-])parallax ([a-z]+)\b(?![-:=])", GUIDE))

        assert {"manifest", "migrate", "doctor", "run", "backup", "restore"} <= named
        assert named <= {*known}

    def test_every_file_it_names_is_there(self) -> None:
        named = set(re.findall(r"\bdeploy/[\w./-]*\w", GUIDE)) - {"deploy/.env"}
        linked = re.findall(r"\]\(([\w./-]+)\)", GUIDE)
        wanted = [*(ROOT / name for name in named), *(ROOT / "deploy" / name for name in linked)]

        assert named
        assert linked
        assert [path.name for path in wanted if not path.exists()] == []

    def test_every_setting_it_names_is_there(self) -> None:
        known = {f"PARALLAX_{name.upper()}" for name in Settings.model_fields}

        assert set(re.findall(r"PARALLAX_[A-Z_]+", GUIDE)) <= known

    def test_what_the_doctor_says_in_it_the_doctor_says(self) -> None:
        rows = re.findall(r"(?m)^\|([^|]+)\|([^|]+)\|([^|]+)\|$", GUIDE.partition("## When")[2])
        quoted = [words for _, says, _ in rows[2:] for words in re.findall(r"`([^`]+)`", says)]
        spoken = "".join(file.read_text("utf-8") for file in SPEAKING)

        assert len(quoted) > len(rows) / 2
        assert [words for words in quoted if words not in spoken] == []

    def test_it_is_one_page(self) -> None:
        assert len(GUIDE.splitlines()) <= LINES
