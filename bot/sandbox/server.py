"""The HTTP side: Web API, response_urls, files, the socket's address, health. Loopback only."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox import uploads
from bot.sandbox.busy import Busy
from bot.sandbox.desk import Desk
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.methods import Answer, call
from bot.sandbox.refusals import ApiError
from bot.sandbox.responses import respond
from bot.sandbox.state import JSON

HOST = "127.0.0.1"
_BODY_LIMIT = 4 * 1024 * 1024
_SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the app: the method, its arguments (token left out), how it ended.

    `fault` names the fault that met it, if one did; `status` is 0 when the line was cut.
    """

    method: str
    args: JSON
    response_ok: bool
    error: str | None
    status: int = 200
    fault: str | None = None


class Server:
    """Answers the app over HTTP and keeps a log of its calls.

    `defects` collects errors of the stand-in itself; `on_call` is told of every call.
    """

    def __init__(self, desk: Desk, faults: Faults, busy: Busy) -> None:
        self.calls: list[Call] = []
        self.defects: list[Exception] = []
        self.on_call: Callable[[Call], None] | None = None
        self._desk = desk
        self._faults = faults
        self._busy = busy
        self._late: list[Callable[[], Answer]] = []
        self._runner: web.AppRunner | None = None

    async def start(self, port: int, host: str, prefix: str) -> int:
        """Listen on loopback, below a path; the port (a free one for 0)."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_route("*", f"{prefix}/api/{{method}}", self._api)
        app.router.add_post(f"{prefix}/response/{{token}}", self._response)
        app.router.add_post(f"{prefix}/upload/v1/{{token}}", self._upload)
        app.router.add_get(f"{prefix}/files/{{id}}/{{name}}", self._download)
        app.router.add_get(uploads.SIGN_IN, self._sign_in)
        app.router.add_get(f"{prefix}/link", self._desk.hub.serve)
        app.router.add_get("/health", self._health)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, handler_cancellation=False
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound: int = self._runner.addresses[0][1]
        self._desk.ws_url = f"ws://{host}:{bound}{prefix}/link"
        return bound

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "sandbox": self._desk.workspace.name})

    # -- Web API -------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        with self._busy:
            method = request.match_info["method"]
            try:
                token, args, from_json = await _read(request)
            except ApiError as error:
                return self._done(request, method, {}, Answer(error.body()), None)

            def work() -> Answer:
                return call(self._desk, method, token, args, from_json=from_json)

            return await self._answered(request, method, args, work)

    def apply_late(self) -> int:
        """Do the work that `late` faults put aside; how much there was."""
        late, self._late = self._late, []
        for work in late:
            self._work(work, None)
        return len(late)

    async def _answered(
        self, request: web.Request, name: str, args: JSON, work: Callable[[], Answer]
    ) -> web.StreamResponse:
        """Do the work and answer it, unless a fault has other plans."""
        fault = self._faults.take(name, args)
        if fault is not None and fault.slow:
            await asyncio.sleep(fault.slow)
        if fault is not None and fault.late:
            self._late.append(work)
        return self._done(request, name, args, self._work(work, fault), fault)

    def _work(self, work: Callable[[], Answer], fault: Fault | None) -> Answer:
        """The answer of the work, or of the fault that met it."""
        done = Answer({"ok": False, "error": "internal_error"})
        if fault is None or fault.does_work:
            try:
                done = work()
            except Exception as error:  # noqa: BLE001 - ours, kept for stop() to raise
                self.defects.append(error)
                return Answer({"ok": False, "error": "internal_error"}, status=500)
        return _faulty(fault) or done if fault is not None else done

    def _done(
        self,
        request: web.Request,
        method: str,
        args: JSON,
        answer: Answer,
        fault: Fault | None,
    ) -> web.StreamResponse:
        """Log the call and answer it, or cut the line."""
        cut = fault is not None and fault.cuts
        status = 0 if cut else answer.status
        ok = answer.ok and answer.status == web.HTTPOk.status_code
        record = Call(method, args, ok, answer.error, status, fault.name if fault else None)
        self.calls.append(record)
        self._desk.world.touched(None)
        if self.on_call is not None:
            self.on_call(record)
        if cut:
            _cut(request)
        return self._http(answer)

    def _http(self, answer: Answer) -> web.Response:
        headers = {"x-oauth-scopes": ",".join(sorted(self._desk.app.scopes))}
        if answer.retry_after is not None:
            headers["Retry-After"] = str(answer.retry_after)
        if answer.status >= web.HTTPInternalServerError.status_code:
            text = "<html>Server Error</html>"
            return web.Response(
                status=answer.status, text=text, content_type="text/html", headers=headers
            )
        if answer.text is not None:
            return web.Response(text=answer.text, status=answer.status)
        return web.json_response(answer.body, status=answer.status, headers=headers)

    # -- response_url --------------------------------------------------------------------------

    async def _response(self, request: web.Request) -> web.StreamResponse:
        with self._busy:
            try:
                body = json.loads(await request.text())
            except ValueError:
                body = None
            args = body if isinstance(body, dict) else {}
            token = request.match_info["token"]
            return await self._answered(
                request, "response_url", args, lambda: self._respond(token, body)
            )

    def _respond(self, token: str, body: Any) -> Answer:
        try:
            respond(self._desk, token, body)
        except ApiError as error:
            return Answer(error.body(), status=404 if error.code.endswith("_url") else 400)
        return Answer({"ok": True})

    # -- files ---------------------------------------------------------------------------------

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        with self._busy:
            content = await uploads.sent_bytes(request)
            token = request.match_info["token"]
            args: JSON = {"length": len(content)}
            return await self._answered(
                request, "upload", args, lambda: uploads.take(self._desk, token, content)
            )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        header = request.headers.get("Authorization", "")
        return uploads.give(self._desk, request.match_info["id"], header.removeprefix("Bearer "))

    async def _sign_in(self, _request: web.Request) -> web.Response:
        return uploads.sign_in()


def _faulty(fault: Fault) -> Answer | None:
    """What a fault answers; None: what the method answers."""
    if fault.status is not None:
        wait = fault.retry_after if fault.status == web.HTTPTooManyRequests.status_code else None
        error = fault.error or ("ratelimited" if wait is not None else "internal_error")
        return Answer({"ok": False, "error": error}, fault.status, wait)
    if fault.error == "ratelimited":
        return Answer({"ok": False, "error": "ratelimited"}, 429, fault.retry_after)
    if fault.error is not None:
        return Answer({"ok": False, "error": fault.error})
    return None


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _read(request: web.Request) -> tuple[str, JSON, bool]:
    """Token, arguments without it, and whether they came as JSON."""
    args: JSON = dict(request.query)
    from_json = request.content_type == "application/json"
    if request.method == "POST" and from_json:
        args |= _json_object(await request.text())
    elif request.method == "POST":
        args |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    else:
        from_json = False
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") or str(args.get("token", ""))
    args.pop("token", None)
    return token, args, from_json


def _json_object(text: str) -> JSON:
    if not text:
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ApiError("invalid_json") from error
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body
