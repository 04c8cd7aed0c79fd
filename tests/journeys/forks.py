"""Bots in processes of their own, from this side: started, told, asked, ended. See `replica`."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
Json = dict[str, Any]


class Forks:
    """A process that has everything imported, and forks bots."""

    def __enter__(self) -> Self:
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "tests.journeys.replica", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the tests, which end it
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.close()
        self._process.wait(PATIENCE_SECONDS)

    def bot(self, request: Json, control: int, log: int) -> int:
        """A new one, with these files of ours; the number of its process."""
        socket.send_fds(self._requests, [json.dumps(request).encode()], [control, log])
        return int(self._requests.recv(32))


class Replica:
    """One bot. `dies`: it kills itself, and that is meant."""

    def __init__(
        self, number: int, log: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.dies = False
        self._number = number
        self._log = log
        self._kept: str | None = None
        self._reader = reader
        self._writer = writer
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._began = asyncio.Event()
        self._ended = False
        self._reading = asyncio.get_running_loop().create_task(self._read())

    # -- to it and from it ---------------------------------------------------------------------

    def tells(self, line: Json) -> None:
        """Heard before anything that comes later, on whichever way."""
        self._writer.write(json.dumps(line).encode() + b"\n")

    async def asks(self, do: str) -> Any:
        """What it says. Raises AssertionError if it fails, or is gone."""
        if self._reading.done():
            raise self._gone()
        number = len(self._asked)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.tells({"id": number, "do": do})
        return await answer

    def logged(self) -> str:
        """All that it wrote to standard error."""
        if self._kept is not None:
            return self._kept
        return os.pread(self._log, os.fstat(self._log).st_size, 0).decode()

    async def _read(self) -> None:
        with suppress(ConnectionError):
            while line := await self._reader.readline():
                self._take(json.loads(line))
        self._began.set()
        for each in self._asked.values():
            if not each.done():
                each.set_exception(self._gone())

    def _take(self, line: Json) -> None:
        if "began" in line:
            self._began.set()
        elif "ended" in line:
            self._ended = True
        elif "failed" in line:
            self._asked[line["id"]].set_exception(AssertionError(line["failed"]))
        else:
            self._asked[line["id"]].set_result(line["said"])

    def _gone(self) -> AssertionError:
        return AssertionError(f"the bot is gone: {self.logged()}")

    # -- its life ------------------------------------------------------------------------------

    async def began(self) -> None:
        """Return once it is connected. Raises AssertionError if it ends instead."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._began.wait()
        if self._reading.done():
            raise self._gone()

    async def ends(self) -> None:
        """Told to, in the way of operators; killed already, if that was meant."""
        if not self.dies:
            os.kill(self._number, signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._reading
        assert self._ended is not self.dies, self.logged()

    async def close(self) -> None:
        """Killed, if it is still there; what it logged is kept."""
        if not self._reading.done():
            os.kill(self._number, signal.SIGKILL)
            self._reading.cancel()
        self._kept = self.logged()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def replica(forks: Forks, request: Json) -> AsyncIterator[Replica]:
    """A bot that has begun; killed if it is still there afterwards."""
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as log:
        with theirs:
            number = forks.bot(request, theirs.fileno(), log.fileno())
        bot = Replica(number, log.fileno(), *await asyncio.open_connection(sock=ours))
        try:
            await bot.began()
            yield bot
        finally:
            await bot.close()
