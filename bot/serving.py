"""`parallax run`: from the first check to the last send, and out in time."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

import structlog

from bot.clock import SystemClock, SystemDraws
from bot.compose import Wiring, running
from bot.config import VERSION, Mode, Settings
from bot.metrics import Metrics
from bot.starting import CONFIGURATION, RUNTIME, CannotStart, Checked, check
from bot.watch import Watch
from handlers.http import Listening
from handlers.site import CannotListen

log = structlog.get_logger(__name__)

# Answers in flight get 3 s and sends 10 s; whoever runs us kills after twenty.
LONGEST_END_SECONDS = 14.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Ending:
    """Told to end by a signal: the first one drains, the second one exits at once.

    However it goes, the process is gone after LONGEST_END_SECONDS: what is not finished by then is
    in the ledger, and its lease runs out.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._starting = asyncio.current_task()
        for each in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(each, self._end)

    def started(self) -> None:
        """From here on there is something to drain; before, ending means to give up."""
        self._starting = None

    def _end(self) -> None:
        for each in SIGNALS:
            # The loop may be held up by then, so not through it.
            asyncio.get_running_loop().remove_signal_handler(each)
            signal.signal(each, _exit_now)
        timer = threading.Timer(LONGEST_END_SECONDS, os._exit, (RUNTIME,))
        timer.daemon = True
        timer.start()
        self.asked.set()
        if self._starting is not None:
            self._starting.cancel()


def _exit_now(_signal: int, _frame: FrameType | None) -> None:
    os._exit(RUNTIME)


async def serve(settings: Settings) -> None:
    """Run until told to end. Raises CannotStart."""
    ending = Ending()
    try:
        await _run(settings, await check(settings), ending)
    except CannotListen as error:
        raise CannotStart(CONFIGURATION, str(error)) from error
    except asyncio.CancelledError:
        if not ending.asked.is_set():
            raise
        log.info("run.given_up")


async def _run(settings: Settings, checked: Checked, ending: Ending) -> None:
    clock, metrics = SystemClock(), Metrics()
    wiring = wired(settings, checked.api_url, metrics)
    async with (
        running(wiring, clock, SystemDraws()) as bot,
        _watched(Watch(bot, checked.schema, clock, metrics), settings),
    ):
        ending.started()
        log.info("run.started", version=VERSION, mode=settings.mode.value, team=bot.workspace.id)
        await ending.asked.wait()
        log.info("run.ending")
        # Claims nothing more from here; what is being sent is finished on the way out.
        bot.ledger.stop()
    log.info("run.ended")


@asynccontextmanager
async def _watched(watch: Watch, settings: Settings) -> AsyncIterator[None]:
    try:
        if settings.metrics_port:
            await watch.start(settings.metrics_host, settings.metrics_port)
        yield
    finally:
        await watch.stop()


def wired(settings: Settings, api_url: str, metrics: Metrics) -> Wiring:
    """What the bot is built from, as the operator set it."""
    secret = settings.signing_secret.get_secret_value()
    in_http = settings.mode is Mode.HTTP
    return Wiring(
        bot_token=settings.bot_token.get_secret_value(),
        app_token=settings.app_token.get_secret_value(),
        api_url=api_url,
        database_url=settings.database_url,
        prefix=settings.command_prefix,
        keep=settings.keep,
        study_key=settings.sealing_key,
        tombstones=settings.tombstones,
        backup_days=settings.backup_days,
        meter=metrics,
        http=Listening(settings.host, settings.port, secret) if in_http else None,
    )
