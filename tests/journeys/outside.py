"""`parallax run` as a process of its own, and the sandbox that stands in for Slack beside it."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bot.clock import SystemClock, SystemDraws
from bot.config import Mode
from bot.sandbox.workspace import Sandbox
from handlers.manifest import EVENTS_PATH
from handlers.site import Site

PATIENCE_SECONDS = 30.0
ELSEWHERE = "/a/prefix/of/theirs/api"
# What Bolt and its friends would obey; nobody answers there.
BOGUS = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    **dict.fromkeys(("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"), "bogus"),
}


@dataclass
class Running:
    """A process of ours. `log`: what it wrote to standard error, line by line."""

    process: Process
    port: int = 0
    watch: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where Slack's requests arrive, in HTTP mode."""
        return f"http://127.0.0.1:{self.port}{EVENTS_PATH}"

    async def told(self, event: str) -> None:
        """Read on until this is logged; AssertionError if the process ends without."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := (await self.process.stderr.readline()).decode():
                self.log.append(line)
                if f'"{event}"' in line:
                    return
        raise AssertionError(f"it ended without {event}: {''.join(self.log)}")

    def signals(self, which: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(which)

    async def ends(self) -> int:
        """Its exit code, once it is gone."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, rest = await self.process.communicate()
        self.log += rest.decode().splitlines(keepends=True)
        assert self.process.returncode is not None
        return self.process.returncode

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.watch}/health") as said:
            return said.status, await said.json()

    async def metrics(self) -> str:
        async with aiohttp.ClientSession() as session, session.get(f"{self.watch}/metrics") as said:
            return await said.text()


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as one:
        one.bind((host, 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def parallax(*arguments: str, **settings: str) -> AsyncIterator[Running]:
    """`parallax …` with PARALLAX_… of these; killed if it is still there afterwards."""
    told = {f"PARALLAX_{name.upper()}": value for name, value in settings.items()}
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env=os.environ | BOGUS | told,  # noqa: TID251 - for a child
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def running(
    sandbox: Sandbox, database_url: str, mode: Mode = Mode.SOCKET, api_url: str = ""
) -> AsyncIterator[Running]:
    """`parallax run`, started and reached by the sandbox."""
    port, watch = free_port(), free_port()
    settings = {
        "bot_token": sandbox.bot_token,
        "database_url": database_url,
        "slack_api_url": api_url or sandbox.api_url,
        "mode": mode.value,
        "port": str(port),
        "metrics_port": str(watch),
    }
    # Each mode has what it needs and nothing else.
    settings |= (
        {"app_token": sandbox.app_token}
        if mode is Mode.SOCKET
        else {"signing_secret": sandbox.signing_secret}
    )
    async with parallax("run", **settings) as bot:
        bot.port, bot.watch = port, f"http://127.0.0.1:{watch}"
        await bot.told("run.started")
        await sandbox.use_http(bot.url if mode is Mode.HTTP else None)
        yield bot


@asynccontextmanager
async def a_sandbox() -> AsyncIterator[Sandbox]:
    """A workspace in our own time, with #general."""
    sandbox = Sandbox(SystemClock(), SystemDraws(), retries=(0.0, 0.5, 0.5))
    await sandbox.start()
    sandbox.channel("general", bot=True)
    try:
        yield sandbox
    finally:
        await sandbox.stop()


async def until(sandbox: Sandbox, true: Callable[[], bool]) -> None:
    """Return once it is so; looked at whenever anything happens in the workspace."""
    changed = asyncio.Event()
    sandbox.watched(lambda _message: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():
            await changed.wait()
            changed.clear()


@asynccontextmanager
async def elsewhere(sandbox: Sandbox) -> AsyncIterator[str]:
    """The Web API at another address, below a path of its own, as behind a company's gateway."""

    async def forward(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        kept = {"Authorization", "Content-Type"} & request.headers.keys()
        async with session.request(
            request.method,
            f"{sandbox.api_url}{method}",
            params=request.query,
            data=await request.read(),
            headers={name: request.headers[name] for name in kept},
        ) as answer:
            return web.Response(
                body=await answer.read(), status=answer.status, content_type=answer.content_type
            )

    app, site = web.Application(), Site(0.5)
    app.router.add_route("*", f"{ELSEWHERE}/{{method}}", forward)
    async with aiohttp.ClientSession() as session:
        port = await site.start(app, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{port}{ELSEWHERE}"
        finally:
            await site.stop()


def events(bot: Running) -> list[str]:
    """The names of what it logged."""
    return [json.loads(line)["event"] for line in bot.log if line.startswith("{")]
