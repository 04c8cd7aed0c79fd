"""What the bot costs before anybody says anything: start, and memory at rest."""

import asyncio
import json
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.clock import SystemClock, SystemDraws
from bot.sandbox.workspace import Sandbox
from tests.bench.measure import Figure, quantile

COMPOSE = "import bot.compose"
BOLT = "import slack_bolt.app.async_app, slack_bolt.adapter.socket_mode.aiohttp, sqlalchemy"
SETTLED_SECONDS = 2.0


async def rest(name: str, url: str, *, quick: bool) -> list[Figure]:
    """A cold process, from its start until the first command is answered; then left alone.

    Memory is what Linux counts as resident in a process that nobody has talked to but once.
    """
    ready, weighed = [], []
    for _ in range(1 if quick else 3):
        took, memory = await _cold(url)
        ready.append(took)
        weighed.append(memory)
    python = await _interpreter()
    return [
        Figure("start until a command is answered", name, quantile(sorted(ready), 0.5)),
        Figure("memory at rest", name, quantile(sorted(weighed), 0.5), "MiB", python),
    ]


def imports() -> list[Figure]:
    """What importing the bot costs, beside importing the libraries it stands on."""
    return [Figure("imports", "", _imported(COMPOSE), baseline=_imported(BOLT))]


def _imported(code: str) -> float:
    timed = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    told = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
    return float(told.stdout) * 1000


async def _cold(url: str) -> tuple[float, float]:
    draws = SystemDraws()
    team = "T" + "".join(c for c in draws.token().upper() if c.isalnum())[:10]
    sandbox = Sandbox(SystemClock(), draws, team=team)
    await sandbox.start()
    try:
        ana = sandbox.person("ana")
        lobby = sandbox.channel("general", members=[ana], bot=True)
        start = time.perf_counter()
        async with _bot(sandbox, url) as process:
            await sandbox.connected()
            reply = await ana.command("/incident", "", lobby)
            if not reply.acked:
                raise RuntimeError(f"not answered: {reply.failure}")
            took = (time.perf_counter() - start) * 1000
            await asyncio.sleep(SETTLED_SECONDS)
            return took, _resident(process.pid)
    finally:
        await sandbox.stop()


@asynccontextmanager
async def _bot(sandbox: Sandbox, url: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.idle", stdin=PIPE
    )
    wiring = {
        "bot_token": sandbox.bot_token,
        "app_token": sandbox.app_token,
        "api_url": sandbox.api_url,
        "database_url": url,
    }
    try:
        if process.stdin is None:
            raise RuntimeError("no way to tell it anything")
        process.stdin.write(json.dumps(wiring).encode() + b"\n")
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _interpreter() -> float:
    """A Python that has imported nothing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()",
        stdin=PIPE, stdout=PIPE,
    )  # fmt: skip
    try:
        if process.stdout is not None:
            await process.stdout.readline()
        return _resident(process.pid)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _resident(pid: int) -> float:
    """MiB, by the kernel's own account; only Linux tells."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(each for each in status.splitlines() if each.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
