"""Bad input, from people and from the world: what is typed is text, and it stays until taken."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from bot.sandbox.screens import Screens
from bot.sandbox.workspace import Sandbox
from tests.browser.conftest import Visit
from tests.browser.stage import DARK_DESK, DESK, PHONE, Demo, a_demo
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLE = "replication to db2 has stopped"
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"><b>bold?</b> </div>&lt;i&gt;'
LONGEST = 40_000
IDEA = "What could it be, or what could help?"
BY = re.compile("^Decide again by")
GROUND = "getComputedStyle(document.body).backgroundColor"


async def in_an_incident(viewer: Viewer) -> None:
    """Declare one, and be in its channel."""
    await viewer.tries(f"/incident {TITLE}")
    await viewer.is_in("#inc-0001")
    await viewer.sees_on_board("Command: ana")


def ana(sandbox: Sandbox) -> str:
    user = sandbox.workspace.user_named("ana")
    assert user is not None
    return user.id


def view(title: str, **more: Any) -> dict[str, Any]:
    """A modal with one field."""
    label = {"type": "plain_text", "text": "What"}
    field = {"type": "plain_text_input", "action_id": "text"}
    block = {"type": "input", "block_id": "text", "label": label, "element": field}
    words = {key: {"type": "plain_text", "text": each} for key, each in more.items()}
    title_text = {"type": "plain_text", "text": title}
    return {"type": "modal", "title": title_text, "blocks": [block], **words}


# -- what is typed ---------------------------------------------------------------------------------


async def test_html_is_text(demo: Demo, visit: Visit) -> None:
    """In a message, in an incident's title and in a thread of it: shown as it was typed."""
    viewer = await visit(demo)
    await viewer.says(HOSTILE)
    await expect(viewer.message("alert(1)")).to_contain_text(HOSTILE)
    await viewer.tries(f"/incident {HOSTILE}")
    await viewer.is_in("#inc-0001")
    await viewer.sees_on_board("<script>alert(1)</script>")
    await viewer.says(f"thread: {HOSTILE}")
    await viewer.sees_on_board("1 · <script>")
    assert await viewer.page.locator("main img, main script, main b:text-is('bold?')").count() == 0


async def test_marks_are_applied_as_slack_applies_them(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo)
    await viewer.says("*db1* is `up`, ask @bo in #general\n```$ hostname\ndb1```")
    message = viewer.message("is up, ask")
    await expect(message.get_by_role("strong")).to_have_text("db1")
    await expect(message.get_by_role("code").first).to_have_text("up")
    await expect(message.get_by_role("code").last).to_have_text("$ hostname\ndb1")
    await expect(message.get_by_role("button", name="#general")).to_be_visible()
    await expect(message).to_contain_text("@bo")


async def test_forty_thousand_characters(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo, PHONE)
    text = "0123456789" * (LONGEST // 10)
    await viewer.says(text)
    message = viewer.message("0123456789")
    await expect(message).to_contain_text(text)
    box = await message.bounding_box()
    assert box is not None
    assert box["width"] <= PHONE.width


async def test_what_does_not_fit_a_field_is_said_beside_it(demo: Demo, visit: Visit) -> None:
    """A form is refused by the field, keeps all of it, and can be sent again."""
    viewer = await visit(demo, keyboard=True)
    await in_an_incident(viewer)
    await viewer.presses("New thread", viewer.board)
    await viewer.fills(IDEA, "full disk on db1")
    await viewer.fills(BY, "soonish")
    await viewer.presses("Open it", viewer.modal)
    field = viewer.modal.get_by_role("textbox", name=BY)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(re.compile("can't read that as a time"))
    await expect(field).to_be_focused()
    await expect(viewer.modal.get_by_role("textbox", name=IDEA)).to_have_value("full disk on db1")
    await viewer.fills(BY, "20 min")
    await viewer.presses("Open it", viewer.modal)
    await expect(viewer.modal).to_contain_text("Decide again by")
    await viewer.submits("Close")
    await viewer.sees_on_board("1 · full disk on db1")


async def test_a_command_in_a_thread_is_refused(demo: Demo, visit: Visit) -> None:
    """Slack takes none there; the text is kept."""
    viewer = await visit(demo)
    await in_an_incident(viewer)
    await viewer.says("thread: full disk on db1")
    await viewer.opens_thread("full disk on db1")
    await viewer.tries_in_thread("/log db1 restarted")
    await viewer.is_told("/log cannot be used in a thread")
    await expect(viewer.reply_box).to_have_value("/log db1 restarted")
    assert demo.said("/log") == []


async def test_a_draft_waits_for_the_return(demo: Demo, visit: Visit) -> None:
    """Elsewhere, as somebody else, and after a reload."""
    viewer = await visit(demo)
    await viewer.hands.write(viewer.box, "half a thou")
    await viewer.goes_to("Parallax")
    await viewer.becomes("Bo")
    await viewer.goes_to("#general")
    await expect(viewer.box).to_have_value("")
    await viewer.becomes("Ana")
    await expect(viewer.box).to_have_value("half a thou")
    await viewer.page.reload()
    await viewer.is_somebody("Ana")
    await expect(viewer.box).to_have_value("half a thou")


# -- two browsers, several views -------------------------------------------------------------------


async def test_two_browsers_of_one_person_agree(demo: Demo, visit: Visit) -> None:
    """A message, what is read, an open form, what is typed into it, and its end."""
    desk, phone = await visit(demo), await visit(demo, PHONE)
    await in_an_incident(desk)
    await phone.goes_to("#inc-0001")
    await desk.says("seeing: writes are slow")
    await phone.sees("seeing: writes are slow")
    await phone.presses("New thread", phone.board)
    await desk.fills(IDEA, "full disk on db1")
    await desk.page.keyboard.press("Tab")
    await expect(phone.modal.get_by_role("textbox", name=IDEA)).to_have_value("full disk on db1")
    await phone.submits("Open it")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await desk.sees_on_board("1 · full disk on db1")


async def test_what_one_browser_has_read_is_read_in_the_other(demo: Demo, visit: Visit) -> None:
    ana, bo = (demo.sandbox.person(name) for name in ("ana", "bo"))
    demo.sandbox.channel("quiet", members=[ana])
    reader, other = await visit(demo), await visit(demo, PHONE)
    for each in (reader, other):
        await each.goes_to("#quiet")
        await each.is_in("#quiet")
    await bo.says(demo.general, "anybody here?")
    await reader.page.get_by_role("button", name="#general, 1 unread message").wait_for()
    await other.presses("Channels and people")
    await other.page.get_by_role("button", name="#general, 1 unread message").wait_for()
    await reader.goes_to("#general")
    await other.page.get_by_role("button", name="#general", exact=True).wait_for()


async def test_a_view_that_is_pushed(demo: Demo, visit: Visit) -> None:
    """What was typed below is there again; Escape closes one view, not two."""
    viewer = await visit(demo, keyboard=True)
    screens = Screens(demo.sandbox.world)
    screens.open(ana(demo.sandbox), view("First", submit="Go on"), None)
    await viewer.page.get_by_role("dialog", name="First").wait_for()
    await viewer.fills("What", "typed below")
    screens.push(ana(demo.sandbox), view("Second", submit="Go on"), None)
    await viewer.page.get_by_role("dialog", name="Second").wait_for()
    await expect(viewer.modal.get_by_role("textbox", name="What")).to_have_value("")
    await viewer.page.keyboard.press("Escape")
    await viewer.page.get_by_role("dialog", name="First").wait_for()
    await expect(viewer.modal.get_by_role("textbox", name="What")).to_have_value("typed below")
    await viewer.page.keyboard.press("Escape")
    await expect(viewer.page.get_by_role("dialog")).to_have_count(0)


# -- a bot that is not there -----------------------------------------------------------------------


async def test_the_bot_dies_while_a_form_is_open(demo: Demo, visit: Visit) -> None:
    viewer = await visit(demo)
    await in_an_incident(viewer)
    await viewer.presses("New thread", viewer.board)
    await viewer.fills(IDEA, "full disk on db1")
    await demo.bot_dies()
    await viewer.presses("Open it", viewer.modal)
    await viewer.is_told(re.compile("did not answer.* What you typed is kept"))
    await expect(viewer.modal.get_by_role("textbox", name=IDEA)).to_have_value("full disk on db1")
    await expect(viewer.page.get_by_text("Parallax is not connected")).to_be_attached()


async def test_the_page_is_there_before_the_bot(visit: Visit) -> None:
    """It says so; a command fails with its text kept, and works once the bot has come."""
    async with a_demo(bot=False) as demo:
        viewer = await visit(demo)
        state = viewer.page.get_by_text("Parallax is not connected yet")
        await expect(state).to_be_visible()
        await viewer.tries(f"/incident {TITLE}")
        await viewer.is_told("Your text is still here.")
        await expect(viewer.box).to_have_value(f"/incident {TITLE}")
        await demo.bot_starts()
        await expect(state).to_have_count(0)
        await viewer.presses("Send")
        await viewer.is_in("#inc-0001")


# -- colours ---------------------------------------------------------------------------------------


async def test_its_colours_follow_the_system_until_one_chooses(demo: Demo, visit: Visit) -> None:
    light, dark = await visit(demo, DESK), await visit(demo, DARK_DESK)
    white, black = await light.page.evaluate(GROUND), await dark.page.evaluate(GROUND)
    assert white != black
    await dark.page.emulate_media(color_scheme="light")
    assert await dark.page.evaluate(GROUND) == white
    await light.presses(re.compile("^Colours: as your system"))
    await light.presses(re.compile("^Colours: light"))
    await light.page.get_by_role("button", name=re.compile("^Colours: dark")).wait_for()
    assert await light.page.evaluate(GROUND) == black
    await light.page.reload()
    assert await light.page.evaluate(GROUND) == black
