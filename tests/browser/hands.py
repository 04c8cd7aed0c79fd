"""How somebody works a page: with a mouse, with a finger, or with the keyboard alone.

`Keyboard` holds a page's keyboard and nothing else that could point, and `untouched` asks the page
whether anything did.
"""

from typing import Protocol

from playwright.async_api import Keyboard as Keys
from playwright.async_api import Locator, Page

FARTHEST = 200
IN_LISTS = {"menuitem", "menuitemradio", "option"}
ROLE = "node => node.getAttribute('role') || node.localName"
# Lists that are typed into keep the focus, and say which of their entries is meant.
IS_THERE = """node => {
  const now = document.activeElement;
  return now === node || now?.getAttribute("aria-activedescendant") === node.id && node.id !== "";
}"""


class Hands(Protocol):
    """What every way of working a page can do."""

    async def press(self, control: Locator) -> None:
        """Press a button, an entry of a menu, an option; open a list."""

    async def write(self, box: Locator, text: str) -> None:
        """Put text into a box, in place of what is in it."""

    async def send(self, box: Locator, button: Locator) -> None:
        """Send what is in a box."""


class Mouse:
    """A mouse, and a keyboard to write with."""

    def __init__(self, page: Page) -> None:
        self._keys = page.keyboard

    async def press(self, control: Locator) -> None:
        await control.click()

    async def write(self, box: Locator, text: str) -> None:
        await self.press(box)
        await _replace(self._keys, text)

    async def send(self, box: Locator, button: Locator) -> None:
        await self.press(button)


class Finger(Mouse):
    """A finger on a screen, and the keyboard that comes up on it."""

    async def press(self, control: Locator) -> None:
        await control.tap()


class Keyboard:
    """A keyboard and no pointer at all."""

    def __init__(self, page: Page) -> None:
        self._keys = page.keyboard

    async def press(self, control: Locator) -> None:
        await self._reach(control)
        await self._keys.press("Enter")

    async def write(self, box: Locator, text: str) -> None:
        await self._reach(box)
        await _replace(self._keys, text)

    async def send(self, box: Locator, button: Locator) -> None:
        await self._reach(box)
        await self._keys.press("Enter")

    async def _reach(self, control: Locator) -> None:
        """Go on with Tab, or in a list with the arrow, until it has the focus."""
        await control.wait_for()
        key = "ArrowDown" if await control.evaluate(ROLE) in IN_LISTS else "Tab"
        for _ in range(FARTHEST):
            if await control.evaluate(IS_THERE):
                return
            await self._keys.press(key)
        raise AssertionError(f"{key} does not lead to {control}")


async def _replace(keys: Keys, text: str) -> None:
    await keys.press("ControlOrMeta+A")
    await keys.insert_text(text)


async def untouched(page: Page) -> bool:
    """Whether no pointer was used since the page was opened."""
    return bool(await page.evaluate("window.pointed === 0"))
