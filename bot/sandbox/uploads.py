"""The addresses of files: where their bytes are put, and where they are fetched."""

from aiohttp import web

from bot.sandbox.desk import Desk
from bot.sandbox.methods import Answer
from bot.sandbox.pictures import visible_to_app
from bot.sandbox.state import File

SIGN_IN = "/signin"


async def sent_bytes(request: web.Request) -> bytes:
    """What an upload carries: the raw body, or the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields = (await request.post()).values()
    files = [field for field in fields if isinstance(field, web.FileField)]
    return files[0].file.read() if files else b""


def take(desk: Desk, token: str, content: bytes) -> Answer:
    """The second step of an upload; refused unless it has the length that was announced."""
    file = next((f for f in desk.workspace.files.values() if f.upload_token == token), None)
    if file is None or file.done:
        return Answer({"ok": False, "error": "invalid_url"}, status=404)
    if len(content) != file.length:
        return Answer({"ok": False, "error": "wrong_length"}, status=400)
    file.content = content
    return Answer({"ok": True}, text=f"OK - {len(content)}")


def give(desk: Desk, file_id: str, token: str) -> web.StreamResponse:
    """url_private: the bytes for who may see them; anybody else is sent to the sign-in page."""
    file = desk.workspace.files.get(file_id)
    if file is None or file.content is None or not file.done:
        return web.Response(status=404, text="no such file")
    if not _may_read(desk, file, token):
        return web.Response(status=302, headers={"Location": SIGN_IN})
    return web.Response(body=file.content, content_type=file.mimetype)


def sign_in() -> web.Response:
    """What a download without a token ends in: a page, with status 200."""
    return web.Response(text="<!DOCTYPE html><title>Sign in</title>", content_type="text/html")


def _may_read(desk: Desk, file: File, token: str) -> bool:
    granted = "files:read" in desk.app.scopes
    return token == desk.app.bot_token and granted and visible_to_app(desk.world, file)
