"""`parallax demo` in the browser: the page first, then the bot; everything gone at the end."""

import asyncio
import errno
import signal
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress

from bot.director import Director
from bot.errors import ParallaxError
from bot.sandbox.page.ports import Vocabulary
from bot.sandbox.page.server import PageServer
from handlers.blocks.vocabulary import COMMANDS, SHORTCUTS, WORDS

DEFAULT_PORT = 8137
PORTS_TRIED = 50

VOCABULARY = Vocabulary(
    commands=tuple({"command": c, "usage": u, "help": h} for c, u, h in COMMANDS),
    words=tuple({"word": w, "also": list(a), "help": h} for w, a, h in WORDS),
    shortcuts=tuple({"callback_id": i, "name": n, "kind": k} for i, n, k in SHORTCUTS),
)


class PortInUse(ParallaxError):
    """The port somebody asked for is taken; the message names one that is free."""


async def perform(director: Director, port: int | None, told: Callable[[int], None]) -> None:
    """Show the page until Ctrl-C. Raises PortInUse if `port` is; without one, the next free is
    taken. `told` hears which, once the page is there, which is before the bot is.
    """
    over = ended_by_signal()
    await director.opens()
    page = PageServer(director, VOCABULARY)
    try:
        told(await _listen(page, port))
        await _until(over, director)
    finally:
        await page.stop()
        await director.closes()


def address(port: int) -> str:
    """Where the page is."""
    return f"http://127.0.0.1:{port}"


def open_browser(port: int) -> None:
    """Open the page for them; some browsers only return when they are closed."""
    threading.Thread(target=webbrowser.open, args=(address(port),), daemon=True).start()


async def _listen(page: PageServer, port: int | None) -> int:
    if port is not None and await _starts(page, port):
        return port
    first = DEFAULT_PORT if port is None else port + 1
    for candidate in range(first, min(first + PORTS_TRIED, 65536)):
        if await _starts(page, candidate):
            if port is None:
                return candidate
            raise PortInUse(
                f"Port {port} is in use; {candidate} is free: parallax demo --port {candidate}"
            )
    raise PortInUse(f"Port {port or DEFAULT_PORT} is in use, and so are those after it.")


async def _starts(page: PageServer, port: int) -> bool:
    try:
        await page.start(port)
    except OSError as error:
        await page.stop()
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    return True


async def _until(over: asyncio.Event, director: Director) -> None:
    """Start the bot, and wait for the end, which may come first."""
    starting = asyncio.create_task(director.starts())
    ending = asyncio.create_task(over.wait())
    await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        await starting
        await ending
    starting.cancel()
    ending.cancel()
    with suppress(asyncio.CancelledError):
        await starting


def ended_by_signal() -> asyncio.Event:
    """Set by Ctrl-C, or when the process is told to end."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, over.set)
    return over
