"""The sample study on the page, by mouse: a volunteer's day, a coder, the owner, an analyst.

Pictures of it are made with `--screenshots DIR`.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.sandbox.state import Message
from tests.browser.conftest import Visit
from tests.browser.stage import DARK_DESK, DARK_PHONE, DESK, PHONE, Demo, a_demo
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

A_DAY_MS = 240_000  # of machine time: an accelerated day, on a busy machine
ASKS = re.compile("were you stuck on something")
WORDS = "the login test fails, but only before lunch"


@pytest_asyncio.fixture(loop_scope="session")
async def study() -> AsyncIterator[Demo]:
    """The sample study, its first week lived through."""
    async with a_demo("study") as demo:
        yield demo


class Pictures:
    """Draws a state on a desk and in a hand, by day and by night, if pictures were asked for."""

    def __init__(self, viewer: Viewer, folder: Path | None) -> None:
        self._viewer = viewer
        self._folder = folder

    async def of(self, name: str) -> None:
        if self._folder is None:
            return
        page = self._viewer.page
        for sight in (DESK, DARK_DESK, PHONE, DARK_PHONE):
            await page.set_viewport_size(sight.size)
            await page.emulate_media(color_scheme="dark" if sight.dark else "light")
            path = self._folder / f"study-{name}-{sight.name}.png"
            await page.screenshot(path=path, animations="disabled")
        await page.set_viewport_size(DESK.size)
        await page.emulate_media(color_scheme="light")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path | None:
    asked = request.config.getoption("--screenshots")
    return Path(asked) if asked else None


async def hurries(viewer: Viewer, pace: str = "600×") -> None:
    """Let the day go faster."""
    await viewer.presses(re.compile("^Pace: "), viewer.strip)
    await viewer.hands.press(viewer.page.get_by_role("menuitemradio", name=pace, exact=True))
    await viewer.strip.get_by_role("button", name=f"Pace: {pace} as fast").wait_for()


async def is_asked(viewer: Viewer) -> None:
    """Until a question has come, and with it time to answer."""
    note = viewer.strip.get_by_text("ana was asked something just now")
    await note.wait_for(timeout=A_DAY_MS)
    await expect(viewer.strip.get_by_role("button", name=re.compile("^Pace: 1×"))).to_be_visible()
    await viewer.message(ASKS).get_by_role("button", name="Not stuck").wait_for()


async def taps(viewer: Viewer, question: str, choice: str) -> None:
    group = viewer.modal.get_by_role("radiogroup", name=re.compile(f"^{re.escape(question)}"))
    await viewer.hands.press(group.get_by_role("radio", name=choice, exact=True))


async def closes_forms(viewer: Viewer) -> None:
    await viewer.presses("Dismiss", viewer.modal)
    await expect(viewer.page.get_by_role("dialog")).to_have_count(0)


async def shows(viewer: Viewer, text: str | re.Pattern[str]) -> None:
    """Until the form on the screen says this."""
    await viewer.modal.get_by_text(text).first.wait_for()


def in_dm(demo: Demo) -> list[Message]:
    ana = demo.sandbox.person("ana")
    return [each for each in ana.dm.lines() if each.bot_id] if ana.dm else []


@pytest.mark.row("E1", "E2", "E3", "E4")
async def test_a_volunteer_a_coder_the_owner_and_an_analyst(
    study: Demo, visit: Visit, folder: Path | None
) -> None:
    viewer = await visit(study)
    pictures = Pictures(viewer, folder)
    await joins(viewer, pictures)
    await answers(viewer, pictures)
    await takes_a_break(viewer, pictures)
    await reports(viewer, pictures)
    await erases(study, viewer, pictures)
    await reads_and_codes(viewer, pictures)
    await grants(viewer, pictures)
    files = await exports(viewer, study)
    await pictures.of("16-exported")
    signals = files["signals.csv"]
    assert signals.count("\n") > 60
    assert WORDS not in "".join(files.values())
    assert [each for each in study.sandbox.calls if not each.response_ok] == []


async def joins(viewer: Viewer, pictures: Pictures) -> None:
    """ana finds out by herself that there is a study, reads, and agrees."""
    await viewer.sees("The study still takes volunteers")
    await viewer.strip.get_by_text("type /sampling join").wait_for()
    await pictures.of("1-begins")
    await viewer.tries("/sampling join")
    await shows(viewer, "You are not anonymous")
    await shows(viewer, re.compile("Quillfeather"))
    await pictures.of("2-consent")
    await viewer.presses("I take part", viewer.modal)
    await shows(viewer, "You take part now")
    await pictures.of("3-joined")
    await closes_forms(viewer)


async def answers(viewer: Viewer, pictures: Pictures) -> None:
    """Within an accelerated day: once by tap and form, once she can't."""
    await viewer.plays()
    await hurries(viewer)
    note = viewer.strip.get_by_text("ana was asked something just now")
    await note.wait_for(timeout=A_DAY_MS)
    await viewer.goes_to("Parallax")
    await is_asked(viewer)
    await pictures.of("4-asked")
    await viewer.presses("Badly stuck", viewer.message(ASKS))
    await shows(viewer, re.compile("banging your head against"))
    await viewer.chooses("What were you doing?", "Debugging or investigating", viewer.modal)
    await viewer.fills(re.compile("banging your head against"), WORDS)
    await taps(viewer, "How challenging was it?", "4 - Very")
    await taps(viewer, "How well could you handle it", "3 - Moderately")
    await pictures.of("5-form")
    await viewer.submits("Send")
    await viewer.sees("Thank you. Saved.")
    await hurries(viewer)
    await is_asked(viewer)
    await viewer.presses("Can't: meeting", viewer.message(ASKS))
    await viewer.sees("Noted that you can't just now")
    await pictures.of("6-answered-and-declined")


async def takes_a_break(viewer: Viewer, pictures: Pictures) -> None:
    await viewer.tries("/sampling pause")
    await viewer.presses("Until tomorrow", viewer.message("For how long?"))
    await viewer.sees("Nothing is asked meanwhile.")
    await viewer.tries("/sampling")
    await viewer.sees(re.compile("paused until"))
    await pictures.of("7-paused")
    await viewer.presses("Resume", viewer.message(re.compile("paused until")))
    await viewer.sees("You may be asked again.")


async def reports(viewer: Viewer, pictures: Pictures) -> None:
    """Something that nobody asked for."""
    await viewer.tries("/sampling now")
    await viewer.presses("A bit stuck", viewer.message("Nobody asked for it"))
    await viewer.fills(re.compile("banging your head against"), "nobody asked, but still")
    await viewer.submits("Send")
    await viewer.tries("/sampling mine")
    await shows(viewer, re.compile(WORDS))
    await shows(viewer, re.compile("nobody asked, but still"))
    await pictures.of("8-what-she-gave")
    await closes_forms(viewer)
    await viewer.hands.press(viewer.page.get_by_role("button", name="Home", exact=True))
    await viewer.page.get_by_text("Report something now").wait_for()
    await pictures.of("9-home")


async def erases(study: Demo, viewer: Viewer, pictures: Pictures) -> None:
    """What she gave and what the bot wrote to her are gone."""
    assert in_dm(study)
    await viewer.goes_to("#general")
    await viewer.tries("/sampling erase")
    await pictures.of("10-erase")
    await viewer.presses("Erase everything", viewer.message("erased for good"))
    await viewer.sees("Erased. Our messages go")
    async with asyncio.timeout(60):
        while in_dm(study):  # noqa: ASYNC110 - the sandbox tells nobody of what is deleted
            await asyncio.sleep(0.1)
    await viewer.tries("/sampling mine")
    await viewer.sees("Nothing here can be found that is yours")


async def reads_and_codes(viewer: Viewer, pictures: Pictures) -> None:
    """cody confirms, writes a code book, and codes the first text."""
    await viewer.becomes("cody")
    await viewer.goes_to("#the-study")
    await viewer.sees("cody, yours is still missing")
    await viewer.tries("/sampling study")
    await shows(viewer, re.compile("Before anything else"))
    await pictures.of("11-attest")
    await viewer.presses("I confirm", viewer.modal)
    await viewer.presses("Code book", viewer.modal)
    tags = "tools: builds, tests, deploys\nwaiting: for a person or a machine\nknowing: not known"
    await viewer.fills(re.compile("^One tag a line"), tags)
    await pictures.of("12-code-book")
    await viewer.presses("Keep", viewer.modal)
    await viewer.modal.get_by_role("button", name="Code book").wait_for()
    await closes_forms(viewer)
    await viewer.tries("/sampling review")
    await shows(viewer, re.compile("answers with a text"))
    await pictures.of("13-queue")
    await viewer.hands.press(viewer.modal.get_by_role("button", name="Code", exact=True).first)
    await viewer.chooses("Tags", "tools", viewer.modal)
    await pictures.of("14-code")
    await viewer.presses("Keep", viewer.modal)
    await viewer.modal.get_by_role("heading", name="Answers").wait_for()
    await closes_forms(viewer)
    await viewer.tries("/sampling review")
    await shows(viewer, re.compile("Yours: tools"))
    await expect(viewer.modal).not_to_contain_text(WORDS)
    await closes_forms(viewer)


async def grants(viewer: Viewer, pictures: Pictures) -> None:
    """olga lets anna export."""
    await viewer.becomes("olga")
    await viewer.goes_to("#general")
    await viewer.tries("/sampling study")
    await viewer.chooses(re.compile("^Let an analyst export"), "anna", viewer.modal)
    await shows(viewer, re.compile("may export for one hour"))
    await pictures.of("15-granted")
    await closes_forms(viewer)


async def exports(viewer: Viewer, study: Demo) -> dict[str, str]:
    """anna types `parallax export study`, says so where the others are, and has the files."""
    await viewer.goes_to("#the-study")
    await viewer.sees("I typed parallax export study stuck and have")
    (said,) = study.said("parallax export study stuck")
    where = re.search(r"until the demo ends: (\S+)\. ", said.text)
    assert where is not None, said.text
    return contents(Path(where[1]))


def contents(folder: Path) -> dict[str, str]:
    """The files of an export, by name."""
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.is_file()}
