"""Modals and App Home, with a real Bolt app."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.forms import REQUIRED
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import Reply
from bot.sandbox.state import View
from tests.bot.sandbox.conftest import (
    Connected,
    Town,
    button,
    field,
    modal,
    option,
    plain,
    text_field,
)

Seen = list[dict[str, Any]]


def opens(town: Connected, view: dict[str, Any], **kept: Any) -> None:
    """/form opens the view."""

    async def form(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    town.app.command("/form")(form)


def answers(town: Connected, **response: Any) -> Seen:
    """Submissions are answered with this; what they carried."""
    seen: Seen = []

    async def submitted(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack(**response)

    town.app.view("form")(submitted)
    return seen


async def open_form(town: Connected, view: dict[str, Any]) -> View:
    opens(town, view)
    reply = await town.ana.command("/form", "", town.general)
    assert reply.view is not None
    assert reply.view is town.ana.modal
    return reply.view


async def test_a_modal_is_opened_filled_and_sent(town: Connected) -> None:
    """slack-platform.md section 1: modals; view_submission carries state.values."""
    seen = answers(town)
    pick = {"type": "static_select", "action_id": "pick_in", "options": [option("a"), option("b")]}
    view = await open_form(
        town, modal(text_field("why"), field("pick", pick), private_metadata="42")
    )
    reply = await town.ana.submits(view, {"why": "because", "pick_in": "B"})
    assert reply.acked
    assert town.ana.modal is None
    sent = seen[0]["view"]
    assert sent["private_metadata"] == "42"
    assert sent["state"]["values"]["why"]["why_in"] == {
        "type": "plain_text_input",
        "value": "because",
    }
    assert sent["state"]["values"]["pick"]["pick_in"]["selected_option"]["value"] == "b"


async def test_the_screen_stops_what_is_missing_or_too_long(town: Connected) -> None:
    """Slack's client: required inputs, min_length and max_length never reach the app."""
    seen = answers(town)
    view = await open_form(
        town,
        modal(
            text_field("need"),
            text_field("short", max_length=3) | {"optional": True},
            text_field("long", min_length=3) | {"optional": True},
        ),
    )
    reply = await town.ana.submits(view, {"short": "four", "long": "ab"})
    assert reply.errors == {
        "need": REQUIRED,
        "short": "Enter no more than 3 characters.",
        "long": "Enter at least 3 characters.",
    }
    assert (reply.sent, seen) == (False, [])
    assert (await town.ana.submits(view, {"need": "x", "short": "", "long": None})).acked


async def test_the_app_can_put_errors_under_fields(town: Connected) -> None:
    """docs.slack.dev/surfaces/modals: response_action errors."""
    answers(town, response_action="errors", errors={"why": "Say more."})
    view = await open_form(town, modal(text_field("why")))
    reply = await town.ana.submits(view, {"why": "x"})
    assert reply.errors == {"why": "Say more."}
    assert town.ana.modal is view


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ({"response_action": "errors", "errors": {"nope": "x"}}, "which is no input block"),
        ({"response_action": "update", "view": {"type": "modal", "blocks": []}}, "title"),
        ({"response_action": "update"}, "needs a view"),
        ({"text": {"response_action": "errors", "errors": {}}}, "at least one block"),
        ({"text": {"response_action": "errors", "errors": {"why": ""}}}, "must be a text"),
        ({"text": "thanks"}, "cannot be answered with"),
        ({"text": {"response_action": "dance"}}, "cannot be answered with"),
    ],
)
async def test_answers_slack_would_refuse_are_failures(
    town: Connected, response: dict[str, Any], problem: str
) -> None:
    answers(town, **response)
    view = await open_form(town, modal(text_field("why")))
    reply = await town.ana.submits(view, {"why": "x"})
    assert reply.failure
    assert problem in " ".join(reply.problems)
    assert town.sandbox.refused[-1].messages == reply.problems
    assert town.ana.modal is view


async def test_update_push_and_clear(town: Connected) -> None:
    """docs.slack.dev/surfaces/modals: response_action update, push, clear; three views at most."""
    step = 0

    async def submitted(ack: Any) -> None:
        nonlocal step
        step += 1
        action = {1: "update", 2: "push", 3: "push", 4: "push"}.get(step, "clear")
        view = modal(text_field("why"), title=plain(f"Step {step}"))
        await ack(response_action=action, view=None if action == "clear" else view)

    town.app.view("form")(submitted)
    ana, first = town.ana, await open_form(town, modal(text_field("why")))

    async def submit() -> Reply:
        assert ana.modal is not None
        return await ana.submits(ana.modal, {"why": "x"})

    assert first is not None
    updated = await submit()
    assert updated.view is first
    assert first.title == "Step 1"
    pushed = await submit()
    assert pushed.view is ana.modal
    assert pushed.view is not None
    assert pushed.view.previous_id == pushed.view.root_id == first.id
    assert (await submit()).failure == ""
    assert (await submit()).failure == "push_limit_reached"
    assert (await submit()).failure == ""
    assert ana.modal is None


async def test_a_trigger_opens_one_modal_within_three_seconds(town: Connected) -> None:
    """slack-platform.md section 2: trigger_id 3 s, single use."""
    triggers: list[str] = []

    async def form(ack: Any, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    town.app.command("/form")(form)
    await town.ana.command("/form", "", town.general)
    view = modal(text_field())
    broken = modal(text_field(), submit=None)
    assert await town.error("views.open", trigger_id=triggers[0], view=broken) == (
        "invalid_arguments"
    )
    assert await town.error("views.push", trigger_id=triggers[0], view=view) == (
        "invalid_trigger_id"
    )
    assert await town.error("views.open", trigger_id=triggers[0], view=view) == ""
    assert await town.error("views.open", trigger_id=triggers[0], view=view) == (
        "exchanged_trigger_id"
    )
    assert await town.error("views.open", trigger_id="T404", view=view) == "invalid_trigger_id"
    assert await town.error("views.open", view=view) == "invalid_arguments"
    await town.ana.command("/form", "", town.general)
    town.sandbox.triggers.trigger_seconds = -1.0
    assert await town.error("views.open", trigger_id=triggers[1], view=view) == (
        "expired_trigger_id"
    )


async def test_acts_inside_a_modal_can_update_and_push(town: Connected) -> None:
    """docs.slack.dev/surfaces/modals: block_actions in a view; hash prevents lost updates."""
    seen: Seen = []

    async def more(ack: Any, body: dict[str, Any], client: Any) -> None:
        seen.append(body)
        view = body["view"]
        grown = modal(text_field("why"), text_field("also"), _with_button(), title=plain("More"))
        await client.views_update(view_id=view["id"], hash=view["hash"], view=grown)
        await client.views_push(trigger_id=body["trigger_id"], view=modal(text_field("sub")))
        await ack()

    town.app.action("more")(more)
    ana, view = town.ana, await open_form(town, modal(text_field("why"), _with_button()))
    await ana.selects(view, "why_in", "kept")
    reply = await ana.presses(view, "more")
    assert seen[0]["container"] == {"type": "view", "view_id": view.id}
    assert seen[0]["view"]["state"]["values"]["why"]["why_in"]["value"] == "kept"
    assert view.title == "More"
    assert view.values["why"]["why_in"]["value"] == "kept"
    assert reply.view is ana.modal
    assert ana.modal is not view
    with pytest.raises(CannotAct, match="is not on the screen"):
        await ana.submits(view, {})
    stale = {"view_id": view.id, "hash": seen[0]["view"]["hash"], "view": modal(text_field())}
    assert await town.error("views.update", **stale) == "hash_conflict"


def _with_button() -> dict[str, Any]:
    return {"type": "actions", "block_id": "acts", "elements": [button("more", "1")]}


async def test_a_view_can_be_found_by_the_apps_own_id(town: Connected) -> None:
    view = await open_form(town, modal(text_field("why"), external_id="mine"))
    again = modal(text_field("why"), external_id="mine", title=plain("New"))
    assert await town.error("views.update", external_id="mine", view=again) == ""
    assert view.title == "New"
    assert await town.error("views.update", external_id="other", view=again) == "not_found"
    assert await town.error("views.update", view=again) == "invalid_arguments"
    town.sandbox.hub.ack_timeout = 0.03
    bob = await town.bob.command("/form", "", town.general)
    assert bob.view is None
    assert bob.timed_out
    assert town.sandbox.calls[-1].error == "duplicate_external_id"


async def test_closing_is_told_only_if_asked_for(town: Connected) -> None:
    """docs.slack.dev/surfaces/modals: notify_on_close, is_cleared."""
    seen: Seen = []

    async def closed(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    town.app.view_closed("form")(closed)
    quiet = await open_form(town, modal(text_field()))
    assert not (await town.ana.closes(quiet)).sent
    opens(town, modal(text_field()))
    for clear in (False, True):
        loud = modal(text_field(), notify_on_close=True, clear_on_close=clear)
        town.app._async_listeners.clear()  # noqa: SLF001 - a new /form each time
        town.app.view_closed("form")(closed)
        view = await open_form(town, loud)
        assert (await town.ana.closes(view)).acked
    assert [body["is_cleared"] for body in seen] == [False, True]


async def test_a_submission_nobody_answers_leaves_the_modal_open(town: Connected) -> None:
    """slack-platform.md section 2: ack 3 s, else the user sees an error."""

    async def fails(ack: Any) -> None:
        raise ValueError("no")

    town.app.view("form")(fails)
    view = await open_form(town, modal(text_field("why")))
    town.sandbox.hub.ack_timeout = 0.03
    reply = await town.ana.submits(view, {"why": "x"})
    assert reply.timed_out
    assert not reply.acked
    assert town.ana.modal is view


async def test_home_is_published_per_person_with_a_hash(town: Connected) -> None:
    """slack-platform.md section 1: App Home, hash_conflict."""

    async def opened(event: dict[str, Any], client: Any) -> None:
        assert event["tab"] == "home"
        text = "again" if "view" in event else "first"
        view = {"type": "home", "blocks": [{"type": "section", "text": plain(text)}]}
        await client.views_publish(user_id=event["user"], view=view)

    town.app.event("app_home_opened")(opened)
    assert await town.ana.opens_home() is None
    await town.sandbox.idle()
    assert town.ana.home is not None
    first = town.ana.home.hash
    assert town.ana.home.blocks[0]["text"]["text"] == "first"
    await town.ana.opens_home()
    await town.sandbox.idle()
    assert town.ana.home.blocks[0]["text"]["text"] == "again"
    assert town.bob.home is None
    view = {"type": "home", "blocks": []}
    publish = {"user_id": town.ana.id, "view": view}
    assert await town.error("views.publish", **publish, hash=first) == "hash_conflict"
    assert await town.error("views.publish", **publish | {"view": modal()}) == ("invalid_arguments")
    assert await town.error("views.publish", **publish | {"user_id": "U404"}) == (
        "invalid_arguments"
    )
    await town.bob.goes()
    assert await town.error("views.publish", user_id=town.bob.id, view=view) == "not_enabled"
    await town.sandbox.idle()


async def test_buttons_of_the_home_work_while_it_is_not_a_modal(town: Connected) -> None:
    seen: Seen = []

    async def more(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    town.app.action("more")(more)
    home = {"type": "home", "blocks": [_with_button()]}
    await town.call("views.publish", user_id=town.ana.id, view=home)
    assert town.ana.home is not None
    assert (await town.ana.presses(town.ana.home, "more", "1")).acked
    assert seen[0]["view"]["type"] == "home"


async def test_a_modal_without_submit_button_and_a_stack_that_is_gone(town: Connected) -> None:
    triggers: list[str] = []

    async def more(ack: Any, body: dict[str, Any]) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    town.app.action("more")(more)
    view = await open_form(town, modal(_with_button(), submit=None, private_metadata="7"))
    assert (view.callback_id, view.private_metadata) == ("form", "7")
    with pytest.raises(CannotAct, match="has no submit button"):
        await town.ana.submits(view)
    await town.ana.presses(view, "more")
    await town.ana.closes(view, everything=True)
    pushed = modal(text_field())
    assert await town.error("views.push", trigger_id=triggers[0], view=pushed) == "not_found"


async def test_large_views_are_refused(api: Town) -> None:
    huge = {"type": "home", "blocks": [{"type": "section", "text": plain("ü" * 3000)}] * 50}
    assert await api.error("views.publish", user_id=api.ana.id, view=huge) == "view_too_large"
    await asyncio.sleep(0)
