"""A small server of our own: one host, one port, nothing of its requests logged."""

import logging

from aiohttp import web

from bot.errors import ParallaxError

# aiohttp would log what it cannot read, which may be anybody's.
_quiet = logging.getLogger("parallax.site")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class CannotListen(ParallaxError):
    """The port is taken or not ours to have; the message says which and why."""


class Site:
    """Serves an application. `closing_seconds`: how long an answer under way may still take."""

    def __init__(self, closing_seconds: float) -> None:
        self._closing_seconds = closing_seconds
        self._runner: web.AppRunner | None = None

    async def start(self, app: web.Application, host: str, port: int) -> int:
        """Listen; the port (a free one for 0). Raises CannotListen."""
        self._runner = web.AppRunner(
            app, access_log=None, logger=_quiet, shutdown_timeout=self._closing_seconds
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Take no more, let what is under way end, and close."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
