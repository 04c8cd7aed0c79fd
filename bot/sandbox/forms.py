"""What a person enters into a modal or a message: state objects, and what the screen refuses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON

Values = dict[str, dict[str, JSON]]
"""block_id -> action_id -> state object, as `state.values` carries it."""

_OPTION = frozenset({"static_select", "external_select", "radio_buttons"})
_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
_TEXT = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
# element type -> the field of its state object, and of its initial value
_FIELDS = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    **dict.fromkeys(_OPTION, ("selected_option", "initial_option")),
    **dict.fromkeys(_OPTIONS, ("selected_options", "initial_options")),
    **dict.fromkeys(_TEXT, ("value", "initial_value")),
}
_SHAPES = {
    "email_text_input": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z"), "Enter a valid email address."),
    "url_text_input": (re.compile(r"https?://\S+\Z"), "Enter a valid URL."),
    "number_input": (re.compile(r"-?\d+(\.\d+)?\Z"), "Enter a valid number."),
    "datepicker": (re.compile(r"\d{4}-\d\d-\d\d\Z"), "Enter a valid date."),
    "timepicker": (re.compile(r"\d\d:\d\d\Z"), "Enter a valid time."),
}
REQUIRED = "Please complete this required field."


def elements(blocks: Sequence[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Every element that can be acted on, with its block."""
    for block in blocks:
        if block.get("type") == "actions":
            yield from ((block, element) for element in block.get("elements", []))
        for key in ("accessory", "element"):
            element = block.get(key)
            if isinstance(element, dict) and element.get("type") != "image":
                yield block, element


def state_elements(blocks: Sequence[JSON]) -> Iterator[tuple[str, str, JSON]]:
    """The elements that hold something entered: block_id, action_id, element."""
    for block, element in elements(blocks):
        if element["type"] in _FIELDS:
            yield str(block["block_id"]), str(element["action_id"]), element


def initial_values(blocks: Sequence[JSON]) -> Values:
    """What stands in the fields before anybody touched them."""
    values: Values = {}
    for block_id, action_id, element in state_elements(blocks):
        chosen, initial = _FIELDS[element["type"]]
        empty: Any = [] if chosen.endswith("s") else None
        values.setdefault(block_id, {})[action_id] = _state(element, element.get(initial, empty))
    return values


def chosen_option(element: JSON, value: str) -> JSON:
    """The option of a menu by its value or by the words a person reads."""
    groups = element.get("option_groups") or []
    offered = [*element.get("options", []), *(o for g in groups for o in g["options"])]
    for option in offered:
        if value in (option["value"], option["text"]["text"]):
            return dict(option)
    words = ", ".join(str(o["value"]) for o in offered)
    raise CannotAct(f"{element['action_id']} offers {words}, not {value}")


def entered(element: JSON, value: Any) -> JSON:
    """The state object after a person entered or chose `value`; None empties the field.

    Menus take an option's value or words (a list of them where several may be chosen), pickers
    take Slack's own form, a datetimepicker Unix seconds. Raises CannotAct for what the field
    cannot hold.
    """
    kind = element["type"]
    if kind not in _FIELDS:
        raise CannotAct(f"nothing can be entered into a {kind}")
    if kind in _OPTION:
        return _state(element, None if value is None else chosen_option(element, value))
    if kind in _OPTIONS:
        return _state(element, [chosen_option(element, v) for v in value or []])
    if kind.startswith("multi_"):
        return _state(element, list(value or []))
    if kind in _TEXT:
        return _state(element, None if value in (None, "") else _one_line(element, str(value)))
    return _state(element, value)


def _one_line(element: JSON, text: str) -> str:
    """A text as the field can hold it: line breaks only where several lines fit."""
    if "\n" in text and not element.get("multiline"):
        raise CannotAct(f"{element['action_id']} holds one line only")
    return text


def _state(element: JSON, value: Any) -> JSON:
    field, _initial = _FIELDS[element["type"]]
    state: JSON = {"type": element["type"], field: value}
    if element["type"] == "timepicker" and "timezone" in element:
        state["timezone"] = element["timezone"]
    return state


def field_of(element: JSON) -> str:
    """The field of its state object in which an element holds what was entered."""
    if element["type"] not in _FIELDS:
        raise CannotAct(f"nothing can be entered into a {element['type']}")
    return _FIELDS[element["type"]][0]


def value_of(state: JSON) -> Any:
    """What a state object holds; None, "" or [] if the field is empty."""
    field, _initial = _FIELDS[state["type"]]
    return state.get(field)


def find_field(blocks: Sequence[JSON], key: str) -> tuple[str, str, JSON]:
    """The field with this action_id or block_id; raises CannotAct unless there is exactly one."""
    fields = list(state_elements(blocks))
    found = [f for f in fields if f[0] == key] or [f for f in fields if f[1] == key]
    if len(found) != 1:
        known = ", ".join(f"{block}/{action}" for block, action, _element in fields)
        raise CannotAct(f"{len(found)} fields are called {key}; there are: {known or 'none'}")
    return found[0]


def fill(blocks: Sequence[JSON], values: Values, entries: Mapping[str, Any]) -> Values:
    """`values` after a person entered `entries` (by action_id or block_id)."""
    filled = {block: dict(actions) for block, actions in values.items()}
    for key, value in entries.items():
        block_id, action_id, element = find_field(blocks, key)
        filled.setdefault(block_id, {})[action_id] = entered(element, value)
    return filled


def refusals(blocks: Sequence[JSON], values: Values) -> dict[str, str]:
    """What the screen itself says before it submits: block_id -> words; empty if all is well."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        state = values.get(block["block_id"], {}).get(element["action_id"])
        value = value_of(state) if state is not None else None
        if value in (None, "", []):
            problem = "" if block.get("optional") else REQUIRED
        else:
            problem = _problem(element, value)
        if problem:
            found[str(block["block_id"])] = problem
    return found


def _problem(element: JSON, value: Any) -> str:
    """Why a field cannot be submitted with this value; empty if it can."""
    shape, words = _SHAPES.get(element["type"], (None, ""))
    if shape is not None and not shape.match(str(value)):
        return words
    if element["type"] == "number_input":
        return _out_of_range(element, float(value))
    if element["type"] == "plain_text_input":
        return _wrong_length(element, len(value))
    if isinstance(value, list) and len(value) > element.get("max_selected_items", len(value)):
        return f"Choose no more than {element['max_selected_items']} items."
    return ""


def _wrong_length(element: JSON, length: int) -> str:
    if length < element.get("min_length", 0):
        return f"Enter at least {element['min_length']} characters."
    most = element.get("max_length", 3000)
    return f"Enter no more than {most} characters." if length > most else ""


def _out_of_range(element: JSON, number: float) -> str:
    if not element.get("is_decimal_allowed") and number != int(number):
        return "Enter a whole number."
    if number < float(element.get("min_value", number)):
        return f"Enter at least {element['min_value']}."
    if number > float(element.get("max_value", number)):
        return f"Enter no more than {element['max_value']}."
    return ""
