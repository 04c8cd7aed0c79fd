"""Block Kit: what is refused, and that real screens pass."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.blockkit import message_problems, view_problems, view_too_large
from tests.bot.sandbox.conftest import Town, button, field, modal, option, plain, text_field

DIVIDER = {"type": "divider"}


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def select(kind: str = "static_select", **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "s", "options": [option("a"), option("b")]} | more


def text_input(**more: Any) -> dict[str, Any]:
    return {"type": "plain_text_input", "action_id": "t"} | more


def grouped(label: Any) -> dict[str, Any]:
    """A menu with one group of options."""
    groups = [{"label": label, "options": [option("a")]}]
    return {"type": "static_select", "action_id": "s", "option_groups": groups}


CONFIRM = {
    "title": plain("t"),
    "text": plain("x"),
    "confirm": plain("yes"),
    "deny": plain("no"),
}
GOOD_BLOCKS = [
    {"type": "header", "text": plain("h" * 150)},
    section("x" * 3000, fields=[{"type": "mrkdwn", "text": "f" * 2000}] * 10),
    section(accessory=button("b0", "v" * 2000, "t" * 75)),
    section(accessory=select("multi_static_select", max_selected_items=2)),
    {"type": "section", "fields": [plain("only fields")]},
    section(accessory=grouped(plain("group"))),
    {"type": "context", "elements": [plain("c"), {"type": "mrkdwn", "text": "m"}]},
    {
        "type": "context",
        "elements": [{"type": "image", "image_url": "https://x.org/a.png", "alt_text": "a"}],
    },
    actions(
        button("b1", "x") | {"style": "danger", "confirm": CONFIRM},
        select(placeholder=plain("p" * 150)),
        {"type": "users_select", "action_id": "u"},
        {"type": "overflow", "action_id": "o", "options": [option("a"), option("b")]},
        {"type": "datetimepicker", "action_id": "d", "initial_date_time": 1795168800},
        {"type": "datepicker", "action_id": "e", "initial_date": "2026-11-20"},
        {"type": "timepicker", "action_id": "f", "initial_time": "09:30"},
        {"type": "radio_buttons", "action_id": "r", "options": [option("a")]},
        {"type": "checkboxes", "action_id": "c", "options": [option("a")]},
    ),
    {"type": "image", "image_url": "https://x.org/a.png", "alt_text": "a", "title": plain("t")},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "1"}]}
                ],
            },
        ],
    },
    DIVIDER,
    {"type": "markdown", "text": "# hi"},
]
GOOD_VIEW = modal(
    text_field("why", multiline=True, max_length=3000, min_length=2, placeholder=plain("Why?")),
    field("pick", select(initial_option=option("a")), optional=True, hint=plain("h")),
    field("many", {"type": "multi_users_select", "action_id": "m", "initial_users": ["U1"]}),
    field("how", {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}),
    field("box", {"type": "checkboxes", "action_id": "c", "options": [option("a")]}),
    section(accessory=button("b")),
    close=plain("Close"),
    private_metadata="x" * 3000,
    notify_on_close=True,
)


@pytest.mark.parametrize("block", GOOD_BLOCKS, ids=lambda b: b["type"])
def test_good_blocks_pass(block: dict[str, Any]) -> None:
    assert message_problems([block]) == []


def test_a_good_view_passes() -> None:
    assert view_problems(GOOD_VIEW) == []
    assert view_problems({"type": "home", "blocks": [section()]}) == []
    assert view_problems(modal({"type": "alert", "text": plain("mind")})) == []


BAD_BLOCKS: list[tuple[Any, str]] = [
    ([DIVIDER] * 51, "no more than 50 items"),
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters"),
    ([section(fields=[plain("x")] * 11)], "no more than 10 items"),
    ([section(fields=[plain("x" * 2001)])], "less than 2001"),
    ([{"type": "section"}], "missing required field: text or fields"),
    ([section(colour="red")], "no such property [json-pointer:/blocks/0/colour]"),
    ([{"type": "header", "text": plain("h" * 151)}], "less than 151"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}], "must be plain_text"),
    ([{"type": "header"}], "missing required field: text"),
    ([actions()], "no fewer than 1"),
    ([actions(*[button(f"b{n}") for n in range(26)])], "no more than 25"),
    ([actions(button("b"), button("b"))], "action_id b is used twice"),
    ([actions(button("b", text="t" * 76))], "less than 76"),
    ([actions(button("b", "v" * 2001))], "less than 2001"),
    ([actions(button("b" * 256))], "less than 256"),
    ([actions(button("b") | {"style": "green"})], "must be primary or danger"),
    ([actions(button("b") | {"confirm": CONFIRM | {"title": plain("t" * 101)}})], "less than 101"),
    ([actions(button("b") | {"confirm": CONFIRM | {"text": plain("t" * 301)}})], "less than 301"),
    ([actions(button("b") | {"confirm": CONFIRM | {"deny": plain("t" * 31)}})], "less than 31"),
    ([actions(button("b") | {"confirm": {"title": plain("t")}})], "missing required field: text"),
    ([actions(text_input())], "plain_text_input is not allowed here"),
    ([actions(button("b") | {"confirm": "sure?"})], "must be an object"),
    ([actions(button("b") | {"confirm": CONFIRM | {"icon": "x"}})], "no such property"),
    ([actions(button("b") | {"colour": "red"})], "no such property of button"),
    ([actions(select(options=["a"]))], "must be an object"),
    ([actions(select(options=[option("a") | {"icon": "x"}]))], "no such property"),
    ([actions(select(options=[option("a") | {"description": plain("d" * 76)}]))], "less than 76"),
    ([actions(grouped(plain("g" * 76)))], "less than 76"),
    ([actions(grouped("g"))], "must be a text object"),
    ([section(accessory={"type": "image", "image_url": "https://x.org"})], "alt_text"),
    ([actions(select(options=[option("x")] * 2))], "value x is used twice"),
    ([actions(select(options=[option(str(n)) for n in range(101)]))], "no more than 100"),
    ([actions(select(options=[]))], "no fewer than 1"),
    ([actions(select(options=[{"text": plain("t" * 76), "value": "v"}]))], "less than 76"),
    ([actions(select(options=[{"text": plain("t"), "value": "v" * 151}]))], "less than 151"),
    ([actions(select(options=[{"text": plain("t"), "value": ""}]))], "at least 1 character"),
    ([actions(select(option_groups=[]))], "and not both"),
    ([actions(select(initial_option=option("z")))], "must be one of the options"),
    ([actions(select(placeholder=plain("p" * 151)))], "less than 151"),
    ([actions({"type": "overflow", "action_id": "o", "options": [option("a")]})], "fewer than 2"),
    (
        [actions({"type": "overflow", "action_id": "o", "options": [option(c) for c in "abcdef"]})],
        "no more than 5",
    ),
    (
        [actions(select("radio_buttons", options=[option(str(n)) for n in range(11)]))],
        "no more than 10",
    ),
    ([actions({"type": "datepicker", "action_id": "d", "initial_date": "20.11."})], "YYYY-MM-DD"),
    ([actions({"type": "timepicker", "action_id": "d", "initial_time": "9"})], "HH:mm"),
    ([actions({"type": "datetimepicker", "action_id": "d", "initial_date_time": 5})], "10 digits"),
    ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10"),
    ([{"type": "context", "elements": [button("b")]}], "must be plain_text or mrkdwn"),
    ([DIVIDER | {"block_id": "a"}, DIVIDER | {"block_id": "a"}], "block_id a is used twice"),
    ([DIVIDER | {"block_id": "a" * 256}], "less than 256"),
    ([{"type": "alert", "text": plain("x")}], "alert is not allowed in a message"),
    ([{"type": "nonsense"}], "unsupported type: nonsense"),
    (["text"], "must be an object"),
    ("text", "must be an array"),
    ([{"type": "image", "image_url": "https://x.org/a"}], "missing required field: alt_text"),
    ([{"type": "image", "alt_text": "a"}], "needs image_url or slack_file"),
    ([field("f", {"type": "file_input", "action_id": "f"})], "file_input is not allowed here"),
    ([{"type": "markdown", "text": "x" * 7000}] * 2, "more than 12000"),
    ([{"type": "markdown", "text": ""}], "at least 1 character"),
    ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}], "no more than 20"),
    ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2, "more than 1 table"),
    ([{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "rich text element"),
    ([{"type": "section", "text": plain("x") | {"verbatim": True}}], "no such property of plain"),
    ([section(accessory={"type": "image", "alt_text": "a"})], "needs image_url or slack_file"),
]  # fmt: skip


@pytest.mark.parametrize(("blocks", "problem"), BAD_BLOCKS)
def test_bad_blocks_are_refused_with_the_place(blocks: Any, problem: str) -> None:
    """slack-platform.md sections 4 and 5: every limit, ours and the models'."""
    problems = message_problems(blocks)
    assert any(problem in found for found in problems), problems
    assert all("[json-pointer:/blocks" in found for found in problems)


BAD_VIEWS: list[tuple[Any, str]] = [
    (modal(text_field(), submit=None), "missing required field: submit"),
    (modal(text_field(max_length=3001)), "must be from 1 to 3000"),
    (modal(text_field(max_length=4000)), "must be from 1 to 3000"),
    (modal(text_field(min_length=-1)), "must be from 0 to 3000"),
    (modal(text_field(min_length=5, max_length=4)), "not under min_length"),
    (modal(text_field(initial_value="xxxx", max_length=3)), "less than 4"),
    (modal(section(), title=plain("t" * 25)), "less than 25"),
    (modal(section(), submit=plain("t" * 25)), "less than 25"),
    (modal(section(), close=plain("")), "more than 0"),
    (modal(section(), private_metadata="x" * 3001), "less than 3001"),
    (modal(section(), callback_id="x" * 256), "less than 256"),
    (modal(*[DIVIDER] * 101), "no more than 100"),
    (modal(section(), colour="red"), "no such property [json-pointer:/view/colour]"),
    (modal({"type": "markdown", "text": "x"}), "markdown is not allowed in a modal"),
    (modal(field("l" * 20, text_input()) | {"label": plain("x" * 2001)}), "less than 2001"),
    (modal(field("f", button("b"))), "button is not allowed here"),
    (modal(field("f", {"type": "number_input", "action_id": "n"})), "is_decimal_allowed"),
    ({"type": "modal", "blocks": []}, "missing required field: title"),
    ({"type": "modal", "title": plain("t")}, "must be an array [json-pointer:/view/blocks]"),
    ({"type": "home", "blocks": [], "title": plain("t")}, "no such property"),
    ({"type": "popup"}, "must be one of: modal, home"),
    ("view", "must be an object"),
]


@pytest.mark.parametrize(("view", "problem"), BAD_VIEWS)
def test_bad_views_are_refused(view: Any, problem: str) -> None:
    """slack-platform.md section 4: modals."""
    problems = view_problems(view)
    assert any(problem in found for found in problems), problems


def test_the_models_catch_what_our_rules_do_not_know() -> None:
    """slack-platform.md section 5: parse + validate_json + round trip."""
    card = {"type": "plan", "title": "t", "tasks": [], "colour": "red"}
    assert message_problems([card]) == ["no such property [json-pointer:/blocks/0/colour]"]
    task = {"type": "task_card", "task_id": "1", "title": "t", "status": "odd"}
    assert "status must be an expected value" in message_problems([task])[0]
    assert "failed to match" in message_problems([{"type": "task_card"}])[0]


def test_a_view_may_have_250_kilobytes() -> None:
    """slack-platform.md section 3: View: 250 kB."""
    assert not view_too_large(modal(section()))
    assert view_too_large(modal(*[section("ü" * 3000)] * 50))


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.data())
def test_whatever_is_sent_is_judged_and_never_breaks(data: st.DataObject) -> None:
    """Any JSON in any place of a good screen gives an answer."""
    blocks = json.loads(json.dumps([*GOOD_BLOCKS, *GOOD_VIEW["blocks"]]))
    block = data.draw(st.sampled_from(blocks))
    target = data.draw(st.sampled_from(list(_objects(block))))
    key = data.draw(st.sampled_from(sorted(target)))
    target[key] = data.draw(JSONS)
    assert isinstance(message_problems([block]), list)
    assert isinstance(view_problems(modal(block)), list)


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


async def test_a_message_with_bad_blocks_is_refused_over_http(api: Town) -> None:
    """docs.slack.dev/reference/methods/chat.postMessage: invalid_blocks."""
    answer = await api.call(
        "chat.postMessage", channel=api.general.id, text="x", blocks=[section("")]
    )
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert api.general.lines() == []


async def test_long_texts_are_refused_for_posts_and_updates(api: Town) -> None:
    """slack-platform.md section 4: message text, the sandbox refuses more than 3,900."""
    long, place = "x" * 3901, api.general.id
    assert await api.error("chat.postMessage", channel=place, text=long) == "msg_too_long"
    posted = await api.call("chat.postMessage", channel=place, text="x" * 3900)
    assert await api.error("chat.update", channel=place, ts=posted["ts"], text=long) == (
        "msg_too_long"
    )
