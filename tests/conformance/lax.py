"""A server that only pretends: it says ok to everything, and counts nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

_SAID = {
    "ok": True,
    "ts": "1700000000.000100",
    "channel": {"id": "C0LAX"},
    "members": [{"id": "U0LAX"}],
    "messages": [],
}


async def _ok(_request: web.Request) -> web.Response:
    return web.json_response(_SAID)


@asynccontextmanager
async def lax_server() -> AsyncIterator[str]:
    """The address of its Web API."""
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/api/{method}", _ok)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    await runner.cleanup()
