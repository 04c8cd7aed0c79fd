"""Browsers: one Chromium for all tests, a context for each, and a page that is watched."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.hands import Finger, Hands, Keyboard, Mouse
from tests.browser.stage import COUNTS_POINTERS, DESK, Demo, Sight, Watch, a_demo
from tests.browser.states import in_the_middle, put_away
from tests.browser.viewer import Viewer

PATIENCE_MS = 30_000
PICTURES = "test_pictures.py"

expect.set_options(timeout=PATIENCE_MS)

Visit = Callable[..., Awaitable[Viewer]]
Figures = list[str]
FIGURES = pytest.StashKey[Figures]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="DIR", help="draw the page's main states here")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    measured = config.stash.get(FIGURES, [])
    if measured:
        terminalreporter.section("measured in the browser")
    for line in sorted(measured):
        terminalreporter.line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Lines to print at the end: times are measured here, and never asserted."""
    return request.config.stash.setdefault(FIGURES, [])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pictures are made when they are asked for."""
    asked = config.getoption("--screenshots", default=None) is not None
    return True if collection_path.name == PICTURES and not asked else None


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Path:
    """Where pictures go."""
    return Path(request.config.getoption("--screenshots"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--no-proxy-server"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    """An empty workspace with the bot in it."""
    async with a_demo() as demo:
        yield demo


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _recorded() -> AsyncIterator[Demo]:
    async with in_the_middle() as demo:
        yield demo


@pytest.fixture
def played(_recorded: Demo) -> Iterator[Demo]:
    """The middle of a recorded incident, for tests that only look."""
    yield _recorded
    put_away(_recorded)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Opens a demo's page: `await visit(demo, PHONE)`. Every page is watched to the end."""
    async with AsyncExitStack() as stack:
        watches: list[Watch] = []

        async def open_page(
            demo: Demo, sight: Sight = DESK, *, keyboard: bool = False, comes: bool = True
        ) -> Viewer:
            context = await browser.new_context(
                viewport=sight.size,
                has_touch=sight.touch,
                is_mobile=sight.touch,
                color_scheme="dark" if sight.dark else "light",
                locale="en-GB",
                timezone_id="Europe/Amsterdam",
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            await context.add_init_script(COUNTS_POINTERS)
            watches.append(Watch(demo.url.removeprefix("http://"), context))
            page = await context.new_page()
            hands: Hands = Keyboard(page) if keyboard else (Finger if sight.touch else Mouse)(page)
            viewer = Viewer(page, sight, hands)
            if comes:
                await viewer.comes(demo.url)
            return viewer

        yield open_page
        for watch in watches:
            watch.checks_itself()
