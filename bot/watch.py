"""/health and /metrics, on a server of their own: for machines that watch this one."""

import asyncio

import structlog
from aiohttp import web

from bot.clock import Clock
from bot.compose import Bot
from bot.config import VERSION
from bot.meter import Pulse
from bot.metrics import CONTENT_TYPE, Metrics
from handlers.site import Site

log = structlog.get_logger(__name__)

# A health check asks again soon; it must not hang where the database does.
PATIENCE_SECONDS = 1.5
CLOSING_SECONDS = 1.0


class Watch:
    """Tells how one bot is. schema: that of its database."""

    def __init__(self, bot: Bot, schema: str, clock: Clock, metrics: Metrics) -> None:
        self._bot = bot
        self._schema = schema
        self._clock = clock
        self._metrics = metrics
        self._site = Site(CLOSING_SECONDS)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port (a free one for 0). Raises CannotListen."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._show)
        return await self._site.start(app, host, port)

    async def stop(self) -> None:
        """Listen no more."""
        await self._site.stop()

    async def pulse(self) -> Pulse:
        """How the bot is just now."""
        lines, wanted = await self._lines()
        came = self._bot.last_envelope
        owed, oldest = await self._owed()
        return Pulse(
            lines=lines,
            lines_wanted=wanted,
            last_envelope=None if came is None else self._clock.monotonic() - came,
            in_flight=self._bot.db.in_flight,
            owed=owed,
            oldest_due=oldest,
            clock_ahead=self._bot.ledger.seconds_ahead,
        )

    async def _lines(self) -> tuple[int, int]:
        if self._bot.http is not None:
            return 1, 1
        open_ = await asyncio.gather(*(each.connected() for each in self._bot.sockets))
        return sum(open_), len(open_)

    async def _owed(self) -> tuple[dict[str, int] | None, float | None]:
        now = self._clock.now()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                owed = await self._bot.backlog(now, self._clock.monotonic() + PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is: the database does not answer
            log.warning("watch.no_database", reason=type(error).__name__)
            return None, None
        oldest = None if owed.oldest is None else (now - owed.oldest).total_seconds()
        return {"ahead": owed.ahead, "due": owed.due, "held": owed.held}, oldest

    async def _health(self, _request: web.Request) -> web.Response:
        pulse = await self.pulse()
        body = {
            "ok": pulse.well,
            "version": VERSION,
            "schema": self._schema,
            "database": pulse.database,
            "lines": {"open": pulse.lines, "wanted": pulse.lines_wanted},
            "last_envelope_seconds": _rounded(pulse.last_envelope),
            "owed": pulse.owed,
            "oldest_due_seconds": _rounded(pulse.oldest_due),
            "clock_ahead_seconds": _rounded(pulse.clock_ahead),
        }
        status = web.HTTPOk if pulse.well else web.HTTPServiceUnavailable
        return web.json_response(body, status=status.status_code)

    async def _show(self, _request: web.Request) -> web.Response:
        shown = self._metrics.shown(await self.pulse())
        return web.Response(body=shown, headers={"Content-Type": CONTENT_TYPE})


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
