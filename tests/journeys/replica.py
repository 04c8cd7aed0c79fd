"""The bot in a process of its own: `parallax run`, but told the time, and told when to send.

    python -m tests.journeys.replica NUMBER

imports everything once and forks a bot for every request that comes over the socket with that
number. A bot takes its settings from the environment, as an operator's does, and one JSON object a
line over its control socket: `{"now": …}`, `{"ahead": …}`, `{"dies": true}`, or
`{"id": …, "do": …}`, which alone is answered: `{"id": …, "said": …}`, or with `failed`. It says
`{"began": true}` once it is connected, and `{"ended": true}` when it has ended well. It logs to a
file that comes with the request.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot import drills, logs
from bot.clock import SteppedClock, SystemDraws
from bot.compose import Bot, running
from bot.config import api_address, clean_environment
from bot.deliveries.service import LedgerSettings
from bot.metrics import Metrics
from bot.sandbox.recording import read_recording
from bot.serving import Ending, wired
from bot.starting import CannotStart, check, read_settings
from bot.watch import Watch
from storage.engine import SqlDatabase
from storage.tx import Tx

REQUEST_BYTES = 64 * 1024
CALM_TURNS = 5
NAP_SECONDS = 0.001
Json = dict[str, Any]


class Control(asyncio.Protocol):
    """Does what it is told. What needs no answer is done before anything that comes later."""

    def __init__(self, clock: SteppedClock, ending: asyncio.Event) -> None:
        self._clock = clock
        self._ending = ending
        self._rest = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._bot: Bot | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever started us is gone."""
        self._ending.set()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def began(self, bot: Bot) -> None:
        self._bot = bot
        self._says({"began": True})

    async def ends(self) -> None:
        """Say so, and let it be heard."""
        self._says({"ended": True})
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)

    def _says(self, line: Json) -> None:
        if self._transport is not None:
            self._transport.write(json.dumps(line).encode() + b"\n")

    def _take(self, told: Json) -> None:
        if "now" in told:
            self._clock.advance(datetime.fromisoformat(told["now"]))
        elif "ahead" in told:
            self.bot.ledger.seconds_ahead = told["ahead"]
        elif "dies" in told:
            _dies_of_a_receipt(self.bot.db)
        else:
            task = asyncio.create_task(self._answer(told))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Json) -> None:
        try:
            said = await self._acts[asked["do"]](asked)
        except Exception:  # noqa: BLE001 - whatever it is: whoever asked has to hear of it
            self._says({"id": asked["id"], "failed": traceback.format_exc()})
        else:
            self._says({"id": asked["id"], "said": said})

    # -- what it can be asked for --------------------------------------------------------------

    @property
    def bot(self) -> Bot:
        assert self._bot is not None, "asked for something before it had begun"
        return self._bot

    @property
    def _acts(self) -> dict[str, Callable[[Json], Awaitable[Any]]]:
        return {
            "drain": lambda _: self.bot.ledger.drain(),
            "sweep": lambda _: self.bot.ledger.sweep(),
            "next_due": self._next_due,
            "quiet": self._quiet,
            "lose_lines": self._lose_lines,
            "lose_database": self._lose_database,
        }

    async def _next_due(self, _: Json) -> str | None:
        due = await self.bot.ledger.next_due()
        return due.isoformat() if due else None

    async def _quiet(self, _: Json) -> None:
        """Return once nothing has been under way here for a while of loop turns."""
        calm = 0
        while calm < CALM_TURNS:
            calm = 0 if self._busy() else calm + 1
            await asyncio.sleep(0 if calm else NAP_SECONDS)

    async def _lose_lines(self, _: Json) -> None:
        for each in self.bot.sockets:
            await each.close()

    async def _lose_database(self, _: Json) -> None:
        self.bot.db.close()

    def _busy(self) -> int:
        lines = sum(each.in_flight for each in self.bot.sockets)
        return lines + self.bot.db.in_flight + (self.bot.http.in_flight if self.bot.http else 0)


def _dies_of_a_receipt(db: SqlDatabase) -> None:
    """Killed when the work of the next envelope is on disk, and not acknowledged yet."""
    run = db.run

    async def run_and_die(
        fn: Callable[[Tx], Any],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> Any:
        done = await run(fn, once=once, deadline=deadline)
        if once is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    db.run = run_and_die  # type: ignore[method-assign]


async def _live(control: socket.socket, start: datetime, ledger: LedgerSettings) -> None:
    """As `bot.serving` has it, but that nobody ticks, and that time is what we are told."""
    ending = Ending()
    settings = read_settings()
    checked = await check(settings)
    clock, metrics = SteppedClock(start), Metrics()
    wiring = replace(
        wired(settings, checked.api_url, metrics), ticking=False, run_twice=True, ledger=ledger
    )
    _, told = await asyncio.get_running_loop().create_connection(
        lambda: Control(clock, ending.asked), sock=control
    )
    async with running(wiring, clock, SystemDraws()) as bot:
        watch = Watch(bot, checked.schema, clock, metrics)
        await watch.start(settings.metrics_host, settings.metrics_port)
        ending.started()
        told.began(bot)
        await ending.asked.wait()
        bot.ledger.stop()
        await watch.stop()
    await told.ends()


def _become_a_bot(request: Json, control: socket.socket, log: int) -> int:
    """Be the process that was asked for, to its end; its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(log, sys.stderr.fileno())
    os.environ.update(request["environment"])  # noqa: TID251 - our own, forked for this
    clean_environment(api_address())
    logs.configure(as_json=True)
    start, ledger = datetime.fromisoformat(request["start"]), LedgerSettings(**request["ledger"])
    try:
        asyncio.run(_live(control, start, ledger))
    except CannotStart as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    return 0


def serve(requests: socket.socket) -> None:
    """Fork a bot for every request and tell its number, until nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: none stays a zombie
    _warm_up()
    while True:
        request, (*files,), _, _ = socket.recv_fds(requests, REQUEST_BYTES, 2)
        if not request:
            return
        bot = os.fork()
        if not bot:
            _fork_lives(requests, request, *files)
        for each in files:
            os.close(each)
        requests.sendall(str(bot).encode())


def _warm_up() -> None:
    """Have a bot live here for a moment: what it loads, those to come need not load."""
    logs.configure(as_json=True, level=logging.CRITICAL)
    with drills.temporary_database() as url:
        drills.prepare(url)
        asyncio.run(_declares(url))


async def _declares(url: str) -> None:
    async with drills.stepped(read_recording(drills.default_recordings()[0]), url) as drill:
        ana = drill.sandbox.person("ana")
        lobby = drill.sandbox.channel("general", members=[ana], bot=True)
        await ana.command("/incident", "checkout is slow", lobby)
        await drill.stage.settle()


def _fork_lives(requests: socket.socket, request: bytes, control: int, log: int) -> None:
    """Never returns: the loop it was forked from is its parent's."""
    code = 1
    try:
        requests.close()
        code = _become_a_bot(json.loads(request), socket.socket(fileno=control), log)
    except BaseException:  # noqa: BLE001 - told where whoever started it will look
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
