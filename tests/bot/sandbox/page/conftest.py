"""The page over a sandbox with a small real Bolt app, and browsers that speak its frames."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.page.ports import Order, Shown, Vocabulary
from bot.sandbox.page.server import PageServer
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON
from bot.sandbox.workspace import Sandbox
from tests.bot.sandbox.conftest import Connected

WORDS = Vocabulary(
    commands=({"command": "/incident", "usage": "TITLE", "help": "Declare"},),
    words=({"word": "against", "also": ["evidence against"], "help": "What speaks against"},),
    shortcuts=({"callback_id": "declare", "name": "Declare", "kind": "global"},),
)


class Still:
    """A director with one workspace at a time and a strip that only remembers its orders."""

    def __init__(self, sandbox: Sandbox, viewer: Person) -> None:
        self.shown = Shown(1, sandbox, viewer)
        self.orders: list[tuple[Order, object]] = []
        self.visits = 0
        self.title = "Still"

    def strip(self) -> JSON | None:
        return {"title": self.title}

    async def order(self, what: Order, value: object) -> None:
        if what == "seek":
            raise CannotAct("there is no such moment")
        self.orders.append((what, value))

    def watched(self, new_show: Callable[[], None], new_strip: Callable[[], None]) -> None:
        self._new_show, self._new_strip = new_show, new_strip

    def seen(self) -> None:
        self.visits += 1

    def shows(self, sandbox: Sandbox, viewer: Person, read_before: str = "") -> None:
        """Put another workspace on show."""
        self.shown = Shown(self.shown.take + 1, sandbox, viewer, read_before)
        self._new_show()

    def says(self, title: str) -> None:
        """Change the strip."""
        self.title = title
        self._new_strip()


@dataclass
class Tab:
    """One browser: what it was sent, put together as the page does it."""

    ws: aiohttp.ClientWebSocketResponse
    scene: JSON = field(default_factory=dict)
    messages: dict[str, JSON] = field(default_factory=dict)
    frames: list[JSON] = field(default_factory=list)
    done: dict[int, JSON] = field(default_factory=dict)
    n: int = 0

    async def reads(self) -> JSON:
        """The next frame."""
        frame: JSON = await self.ws.receive_json(timeout=5)
        self.frames.append(frame)
        match frame["type"]:
            case "scene":
                self.scene, self.messages = frame, {}
            case "done":
                self.done[frame["n"]] = frame
            case "messages":
                self.messages |= {each["ts"]: each for each in frame["messages"]}
            case "patch":
                self._patches(frame)
        return frame

    def _patches(self, frame: JSON) -> None:
        self.messages |= {each["ts"]: each for each in frame.get("messages", [])}
        for gone in frame.get("removed", []):
            self.messages.pop(gone["ts"], None)
        for name in ("people", "channels"):
            for each in frame.get(name, []):
                kept = [old for old in self.scene[name] if old["id"] != each["id"]]
                self.scene[name] = [*kept, each]
        left = [each for each in self.scene["channels"] if each["id"] not in frame.get("gone", [])]
        self.scene["channels"] = left
        self.scene |= {k: frame[k] for k in ("modals", "home", "bot", "strip", "now") if k in frame}

    async def until(self, holds: Callable[["Tab"], Any]) -> None:
        """Read on until something holds."""
        while not holds(self):
            await self.reads()

    async def does(self, do: str, **fields: Any) -> JSON:
        """Do something; how it was answered."""
        self.n += 1
        number = self.n
        await self.ws.send_json({"n": number, "do": do, **fields})
        await self.until(lambda tab: number in tab.done)
        return self.done[number]

    async def opens(self, channel_id: str) -> None:
        """Look at a channel."""
        assert (await self.does("open", channel=channel_id))["ok"]
        await self.until(lambda tab: tab.frames[-1]["type"] == "messages")

    async def becomes(self, user: str) -> None:
        """Be somebody else, and see the scene."""
        assert (await self.does("become", user=user))["ok"]
        await self.until(lambda tab: tab.scene["me"] == user)

    def channel(self, name: str) -> JSON | None:
        """A channel as the viewer has it."""
        return next((each for each in self.scene["channels"] if each["name"] == name), None)

    def texts(self) -> list[str]:
        """The words of what is on the screen, in order."""
        return [self.messages[ts]["text"] for ts in sorted(self.messages)]


@dataclass
class Place(Connected):
    """The town with a page over it."""

    still: Still
    page: PageServer
    port: int
    http: aiohttp.ClientSession
    opens: Callable[[], Awaitable[Tab]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A folder with a page in it."""
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>", "utf-8")
    (tmp_path / "app.js").write_text("export const one = 1;", "utf-8")
    (tmp_path / "notes.txt").write_text("not for browsers", "utf-8")
    return tmp_path


@pytest.fixture
async def place(town: Connected, static: Path) -> AsyncIterator[Place]:
    """ana, bob and a connected bot in #general, and a page that shows them."""
    async with AsyncExitStack() as stack:
        still = Still(town.sandbox, town.ana)
        page = PageServer(still, WORDS, static=static, every=0)
        port = await page.start()
        stack.push_async_callback(page.stop)
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def opens() -> Tab:
            origin = f"http://127.0.0.1:{port}"
            ws = await http.ws_connect(f"{origin}/link", origin=origin)
            stack.push_async_callback(ws.close)
            tab = Tab(ws)
            await tab.until(lambda each: each.scene)
            return tab

        yield Place(**vars(town), still=still, page=page, port=port, http=http, opens=opens)


@pytest.fixture
async def tab(place: Place) -> Tab:
    """A browser that looks at #general as ana."""
    opened = await place.opens()
    await opened.opens(place.general.id)
    return opened
