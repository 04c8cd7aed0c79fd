"""What fields hold and what they refuse."""

from typing import Any

import pytest

from bot.sandbox.forms import entered, fill, find_field, initial_values, refusals
from bot.sandbox.refusals import CannotAct
from tests.bot.sandbox.conftest import field, option

OPTIONS = [option("a"), option("b")]


def element(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "x"} | more


@pytest.mark.parametrize(
    ("item", "value", "name", "held"),
    [
        (element("static_select", options=OPTIONS), "a", "selected_option", OPTIONS[0]),
        (element("radio_buttons", options=OPTIONS), "B", "selected_option", OPTIONS[1]),
        (element("checkboxes", options=OPTIONS), ["a", "b"], "selected_options", OPTIONS),
        (element("users_select"), "U1", "selected_user", "U1"),
        (element("multi_users_select"), ["U1"], "selected_users", ["U1"]),
        (element("channels_select"), "C1", "selected_channel", "C1"),
        (element("conversations_select"), "C1", "selected_conversation", "C1"),
        (element("datepicker"), "2026-11-20", "selected_date", "2026-11-20"),
        (element("datetimepicker"), 1795168800, "selected_date_time", 1795168800),
        (element("plain_text_input"), "", "value", None),
        (element("number_input"), 7, "value", "7"),
    ],
)
def test_state_objects(item: dict[str, Any], value: Any, name: str, held: Any) -> None:
    """docs.slack.dev/reference/interaction-payloads: the fields of state.values."""
    assert entered(item, value) == {"type": item["type"], name: held}


def test_groups_of_options_and_zones() -> None:
    grouped = element("static_select", option_groups=[{"label": {}, "options": OPTIONS}])
    assert entered(grouped, "b")["selected_option"] == OPTIONS[1]
    zoned = element("timepicker", timezone="Europe/Amsterdam")
    assert entered(zoned, "10:00")["timezone"] == "Europe/Amsterdam"


def test_what_a_field_cannot_hold() -> None:
    with pytest.raises(CannotAct, match="offers a, b, not c"):
        entered(element("static_select", options=OPTIONS), "c")
    with pytest.raises(CannotAct, match="one line only"):
        entered(element("plain_text_input"), "a\nb")
    with pytest.raises(CannotAct, match="nothing can be entered"):
        entered(element("button"), "a")
    assert entered(element("plain_text_input", multiline=True), "a\nb")["value"] == "a\nb"


def test_initial_values_are_there_before_anybody_types() -> None:
    blocks = [
        field("one", element("plain_text_input", initial_value="hi")),
        field("two", element("multi_static_select", options=OPTIONS)),
        {
            "type": "section",
            "block_id": "three",
            "accessory": element("users_select", initial_user="U1"),
        },
    ]
    assert initial_values(blocks) == {
        "one": {"x": {"type": "plain_text_input", "value": "hi"}},
        "two": {"x": {"type": "multi_static_select", "selected_options": []}},
        "three": {"x": {"type": "users_select", "selected_user": "U1"}},
    }


def test_fields_are_found_by_block_or_by_action_if_there_is_just_one() -> None:
    blocks = [field("one", element("plain_text_input")), field("two", element("datepicker"))]
    assert find_field(blocks, "two")[2]["type"] == "datepicker"
    with pytest.raises(CannotAct, match="2 fields are called x; there are: one/x, two/x"):
        find_field(blocks, "x")
    with pytest.raises(CannotAct, match="0 fields are called why"):
        fill(blocks, {}, {"why": "x"})


@pytest.mark.parametrize(
    ("item", "value", "words"),
    [
        (element("email_text_input"), "me", "Enter a valid email address."),
        (element("email_text_input"), "a@b.org", ""),
        (element("url_text_input"), "x.org", "Enter a valid URL."),
        (element("number_input", is_decimal_allowed=False), "1.5", "Enter a whole number."),
        (element("number_input", is_decimal_allowed=True), "1.5", ""),
        (element("number_input", is_decimal_allowed=True), "x", "Enter a valid number."),
        (element("number_input", min_value="2"), "1", "Enter at least 2."),
        (element("number_input", max_value="2"), "3", "Enter no more than 2."),
        (element("datepicker"), "20.11.", "Enter a valid date."),
        (element("timepicker"), "9", "Enter a valid time."),
        (
            element("multi_users_select", max_selected_items=1),
            ["U1", "U2"],
            "Choose no more than 1 items.",
        ),
        (element("multi_users_select", max_selected_items=2), ["U1", "U2"], ""),
    ],
)
def test_what_the_screen_says(item: dict[str, Any], value: Any, words: str) -> None:
    blocks = [field("b", item)]
    values = fill(blocks, initial_values(blocks), {"b": value})
    assert refusals(blocks, values) == ({"b": words} if words else {})
