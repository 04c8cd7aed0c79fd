"""The page's own server: the page, its modules, files, and one WebSocket. Loopback only."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.page.browser import Browser
from bot.sandbox.page.frames import FRAME_BYTES
from bot.sandbox.page.house import House
from bot.sandbox.page.ports import Director, Vocabulary
from bot.sandbox.server import HOST

STATIC = Path(__file__).parent / "static"
PATCH_SECONDS = 0.03
_HEARTBEAT_SECONDS = 20.0
_CLOSING_SECONDS = 0.5
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class PageServer:
    """Serves the page for what `director` shows. `every`: seconds that a patch gathers changes."""

    def __init__(
        self,
        director: Director,
        vocabulary: Vocabulary,
        *,
        static: Path = STATIC,
        every: float = PATCH_SECONDS,
    ) -> None:
        self.house = House(director, vocabulary)
        self._static = static
        self._every = every
        self._sockets: set[web.WebSocketResponse] = set()
        self._names: frozenset[str] = frozenset()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on loopback; the port (a free one for 0). Raises OSError if it is in use."""
        app = web.Application(middlewares=[self._only_ours])
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{name}", self._asset)
        app.router.add_get("/file/{id}", self._file)
        app.router.add_get("/link", self._link)
        app.router.add_get("/health", self._health)
        app.on_response_prepare.append(_harden)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, HOST, port).start()
        bound: int = runner.addresses[0][1]
        self._names = frozenset({f"{HOST}:{bound}", f"localhost:{bound}"})
        return bound

    async def stop(self) -> None:
        """Close every browser's socket and stop listening."""
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # -- routes --------------------------------------------------------------------------------

    async def _index(self, _request: web.Request) -> web.Response:
        return self._from_disk("index.html")

    async def _asset(self, request: web.Request) -> web.Response:
        return self._from_disk(request.match_info["name"])

    def _from_disk(self, name: str) -> web.Response:
        """A file of the folder itself, whatever the name says."""
        found = {path.name: path for path in self._static.glob("*") if path.is_file()}.get(name)
        kind = _KINDS.get(found.suffix) if found else None
        if found is None or kind is None:
            raise web.HTTPNotFound(text="There is no such file.")
        response = web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8")
        response.enable_compression()
        return response

    async def _file(self, request: web.Request) -> web.Response:
        """An upload; only pictures are shown, everything else is for saving."""
        files = self.house.shown.sandbox.workspace.files
        file = files.get(request.match_info["id"])
        if file is None or file.content is None or file.deleted or not file.done:
            raise web.HTTPNotFound(text="There is no such file.")
        if file.mimetype in _PICTURES:
            return web.Response(body=file.content, content_type=file.mimetype)
        headers = {"Content-Disposition": "attachment"}
        kind = "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") is None:
            raise web.HTTPForbidden(text="This is for the page alone.")
        socket = web.WebSocketResponse(
            timeout=_CLOSING_SECONDS, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=FRAME_BYTES
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        self.house.director.seen()
        try:
            await Browser(socket, self.house, self._every).serve()
        finally:
            self._sockets.discard(socket)
        return socket

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "sandbox": self.house.shown.sandbox.workspace.name})

    # -- who may ask ---------------------------------------------------------------------------

    @web.middleware
    async def _only_ours(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Another site may neither name us as its own host nor open our socket."""
        origin = request.headers.get("Origin")
        ours = origin is None or origin.removeprefix("http://") in self._names
        if request.host not in self._names or not ours:
            raise web.HTTPForbidden(text="This page answers on this machine only.")
        return await handler(request)


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
