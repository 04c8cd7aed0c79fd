"""What is said about privacy, in Slack and on the page, is one wording, and what is done."""

from bot.workspace.retention import KINDS, kept
from handlers.blocks import privacy
from handlers.manifest import EVENTS, SCOPES
from tools import privacy as page


def test_the_page_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.current(), "run `python -m tools.privacy`"


def test_whatever_slack_shows_is_on_the_page() -> None:
    shown = page.current()

    for heading, text in privacy.SAID:
        assert f"**{heading}** {text}" in shown
    assert privacy.HOW_LONG in shown


def test_all_of_it_is_shown_in_slack() -> None:
    shown = "\n".join(str(block["text"]["text"]) for block in privacy.privacy().blocks)

    for heading, text in privacy.SAID:
        assert f"*{heading}*  {text}" in shown
    assert privacy.HOW_LONG in shown
    assert "more lines" not in shown


def test_each_kind_that_is_swept_is_told_with_its_days() -> None:
    shown = "\n".join(privacy.lines())

    for kind in KINDS:
        assert f"• {kind.what}: {privacy.days(kept({})[kind.name].days)} after" in shown
        assert f"| {kind.name} | {kind.what} | {kind.days} |" in page.current()


def test_each_permission_and_event_has_its_reason_on_the_page() -> None:
    for name, why in (SCOPES | EVENTS).items():
        assert f"| `{name}` | {why} |" in page.current()
