"""Somebody at the page, in the words of the domain. Everything is found by its role and name."""

import re
from re import Pattern

from playwright.async_api import Locator, Page, WebSocket, expect

from tests.browser.hands import Hands
from tests.browser.stage import Sight

Named = str | Pattern[str]


class Viewer:
    """One open page, and whoever looks at it."""

    def __init__(self, page: Page, sight: Sight, hands: Hands) -> None:
        self.page = page
        self.sight = sight
        self.hands = hands
        self._link: WebSocket

    # -- the parts of the page -----------------------------------------------------------------

    @property
    def talk(self) -> Locator:
        """The messages of the channel."""
        return self.page.get_by_role("log", name=re.compile("^Messages in (?!this thread)"))

    @property
    def thread(self) -> Locator:
        """The messages of the thread that is open."""
        return self.page.get_by_role("log", name="Messages in this thread")

    @property
    def modal(self) -> Locator:
        """The form or question on top of everything."""
        return self.page.get_by_role("dialog").last

    @property
    def box(self) -> Locator:
        """Where one writes into the channel."""
        return self.page.get_by_role("textbox", name=re.compile("^Message "))

    @property
    def reply_box(self) -> Locator:
        """Where one writes into the thread."""
        return self.page.get_by_role("textbox", name="Reply in thread")

    @property
    def strip(self) -> Locator:
        """The recording."""
        return self.page.get_by_role("region", name="Recording")

    @property
    def board(self) -> Locator:
        """The message that shows all of it."""
        return self.talk.get_by_role("article", name=re.compile(r"^[^:]*:\d\d: Board: "))

    def message(self, text: Named, *, place: Locator | None = None) -> Locator:
        """The newest message that holds this text."""
        return (place or self.talk).get_by_role("article").filter(has_text=text).last

    # -- what they do --------------------------------------------------------------------------

    async def comes(self, url: str) -> None:
        """Open the page."""
        async with self.page.expect_websocket() as link:
            await self.page.goto(url)
        self._link = await link.value
        await self.talk.wait_for()

    async def becomes(self, name: str) -> None:
        """Be somebody else."""
        await self.hands.press(self.page.get_by_role("button", name=re.compile("^You are ")))
        await self.hands.press(self.page.get_by_role("menuitemradio", name=name))
        await self.is_somebody(name)

    async def is_somebody(self, name: str) -> None:
        """Wait until the page says that one is this person."""
        await self.page.get_by_role("button", name=f"You are {name}. Change person").wait_for()

    async def goes_to(self, place: str) -> None:
        """Go to a channel by the beginning of its name, or to the app."""
        if self.sight.narrow:
            await self.hands.press(self.page.get_by_role("button", name="Channels and people"))
        side = self.page.get_by_role("navigation", name="Channels")
        await self.hands.press(side.get_by_role("button", name=re.compile(f"^{place}")))

    async def is_in(self, place: str) -> None:
        """Wait until the channel whose name begins so is shown."""
        await self.page.get_by_role("heading", level=1, name=re.compile(f"^{place}")).wait_for()

    async def says(self, text: str) -> None:
        """Write into the channel; it is taken, or `tries` is meant."""
        await self.tries(text)
        await expect(self.box).to_have_value("")

    async def tries(self, text: str) -> None:
        """Write into the channel and send it, whatever becomes of it."""
        await self._sends(self.box, text)

    async def opens_thread(self, text: Named) -> None:
        """Open what was answered below a message."""
        await self.hands.press(self.message(text).get_by_role("button", name=re.compile("repl")))
        await self.thread.wait_for()

    async def replies(self, text: str) -> None:
        """Write into the thread; it is taken, or `tries_in_thread` is meant."""
        await self.tries_in_thread(text)
        await expect(self.reply_box).to_have_value("")

    async def tries_in_thread(self, text: str) -> None:
        """Write into the thread and send it, whatever becomes of it."""
        await self._sends(self.reply_box, text)

    async def closes_thread(self) -> None:
        """Leave the thread for the channel."""
        name = "Back" if self.sight.narrow else "Close"
        pane = self.page.get_by_role("region", name="Thread")
        await self.hands.press(pane.get_by_role("button", name=name, exact=True))

    async def presses(self, label: Named, place: Locator | None = None) -> None:
        """Press a button, in a message or anywhere."""
        found = (place or self.page).get_by_role("button", name=label, exact=isinstance(label, str))
        await self.hands.press(found.last)

    async def fills(self, field: Named, text: str) -> None:
        """Write into a field of the form."""
        await self.hands.write(self.modal.get_by_role("textbox", name=field), text)

    async def chooses(self, field: Named, option: Named, place: Locator) -> None:
        """Choose from a list."""
        await self.hands.press(place.get_by_role("combobox", name=field))
        await self.hands.press(self.page.get_by_role("option", name=option))

    async def submits(self, button: str) -> None:
        """Send the form, which is taken and goes."""
        await self.presses(button, self.modal)
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def winds_to(self, position: int) -> None:
        """Move the recording's slider; what it then shows is another take."""
        slider = self.strip.get_by_role("slider", name="Position in the recording")
        async with self._link.expect_event("framereceived", _is_scene):
            await slider.fill(str(position))

    async def plays(self) -> None:
        await self.presses("Play", self.strip)

    async def pauses(self) -> None:
        await self.presses("Pause", self.strip)

    async def _sends(self, box: Locator, text: str) -> None:
        await self.hands.write(box, text)
        # The box and its button are one part of the page: the nearest that holds them both.
        part = box.locator("xpath=ancestor::*[.//button[normalize-space()='Send']][1]")
        await self.hands.send(box, part.get_by_role("button", name="Send"))

    # -- what they see -------------------------------------------------------------------------

    async def sees(self, text: Named, place: Locator | None = None) -> None:
        """Wait until a message says this."""
        await self.message(text, place=place).wait_for(state="attached")

    async def sees_in_thread(self, text: Named) -> None:
        await self.sees(text, self.thread)

    async def sees_on_board(self, text: Named) -> None:
        """Wait until the board says this."""
        await self.board.filter(has_text=text).wait_for(state="attached")

    async def sees_mark(self, text: Named, place: Locator | None = None) -> None:
        """Wait until the bot has put its mark below a message."""
        reactions = self.message(text, place=place).get_by_role("group", name="Reactions")
        mark = reactions.get_by_role("button", name=re.compile("^white check mark"))
        await mark.wait_for(state="attached")

    async def is_told(self, words: Named) -> None:
        """Wait until something that failed says so."""
        await self.page.get_by_role("alert").filter(has_text=words).last.wait_for()


def _is_scene(frame: str | bytes) -> bool:
    return '"type": "scene"' in str(frame)
