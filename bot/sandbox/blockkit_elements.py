"""The rules of what sits inside blocks: text objects, options, buttons, selects, inputs."""

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox.state import JSON

_ID_LENGTH = 255
_BUTTON_TEXT = 75
_BUTTON_VALUE = 2000
_URL = 3000
_ALT_TEXT = 2000
_PLACEHOLDER = 150
_OPTION_TEXT = 75
_OPTION_VALUE = 150
_OPTIONS = 100
_OVERFLOW = (2, 5)
_CHOICES = 10
_INPUT_LENGTH = 3000
_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_TIME = re.compile(r"\d\d:\d\d\Z")
_TEN_DIGITS = range(1_000_000_000, 10_000_000_000)


class Problems:
    """Collects what is wrong, with the place as a JSON pointer."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, at: str, what: str) -> None:
        """Note one problem."""
        self.found.append(f"{what} [json-pointer:{at}]")

    def longest(self, at: str, value: Any, most: int) -> None:
        """A text, if there is one, of at most `most` characters."""
        if value is None:
            return
        if not isinstance(value, str):
            self.add(at, "must be a string")
        elif len(value) > most:
            self.add(at, f"must be less than {most + 1} characters")

    def items(self, at: str, value: Any, least: int, most: int) -> list[Any]:
        """A list of so many items; the items to look at further."""
        if not isinstance(value, list):
            self.add(at, "must be an array")
            return []
        if len(value) < least:
            self.add(at, f"no fewer than {least} items allowed")
        if len(value) > most:
            self.add(at, f"no more than {most} items allowed")
        return value


def text_object(
    problems: Problems, at: str, text: Any, most: int, kinds: tuple[str, ...] = ()
) -> None:
    """A text object of 1 to `most` characters."""
    kinds = kinds or ("plain_text", "mrkdwn")
    if not isinstance(text, dict):
        problems.add(at, "must be a text object")
        return
    if text.get("type") not in kinds:
        problems.add(f"{at}/type", f"must be {' or '.join(kinds)}")
        return
    own = "emoji" if text["type"] == "plain_text" else "verbatim"
    for name in sorted(set(text) - {"type", "text", own}):
        problems.add(f"{at}/{name}", f"no such property of {text['type']}")
    if not text.get("text"):
        problems.add(f"{at}/text", "must be more than 0 characters")
    problems.longest(f"{at}/text", text.get("text"), most)


def plain_text(problems: Problems, at: str, text: Any, most: int) -> None:
    """A plain_text object of 1 to `most` characters."""
    text_object(problems, at, text, most, ("plain_text",))


def _confirm(problems: Problems, at: str, confirm: Any) -> None:
    if not isinstance(confirm, dict):
        problems.add(at, "must be an object")
        return
    for name in sorted({"title", "text", "confirm", "deny"} - set(confirm)):
        problems.add(at, f"missing required field: {name}")
    for name in sorted(set(confirm) - {*_CONFIRM, "style"}):
        problems.add(f"{at}/{name}", "no such property")
    for name, most in _CONFIRM.items():
        if name in confirm:
            kinds = () if name == "text" else ("plain_text",)
            text_object(problems, f"{at}/{name}", confirm[name], most, kinds)


def _option(problems: Problems, at: str, option: Any, kinds: tuple[str, ...]) -> None:
    if not isinstance(option, dict):
        problems.add(at, "must be an object")
        return
    text_object(problems, f"{at}/text", option.get("text"), _OPTION_TEXT, kinds)
    if not isinstance(option.get("value"), str) or not option["value"]:
        problems.add(f"{at}/value", "must be a text of at least 1 character")
    problems.longest(f"{at}/value", option.get("value"), _OPTION_VALUE)
    if "description" in option:
        text_object(problems, f"{at}/description", option["description"], _OPTION_TEXT, kinds)
    for name in sorted(set(option) - {"text", "value", "description", "url"}):
        problems.add(f"{at}/{name}", "no such property")


def _options(
    problems: Problems, at: str, options: Any, bounds: tuple[int, int], *, rich: bool = False
) -> None:
    kinds = ("plain_text", "mrkdwn") if rich else ("plain_text",)
    seen: set[str] = set()
    for number, option in enumerate(problems.items(at, options, *bounds)):
        _option(problems, f"{at}/{number}", option, kinds)
        value = str(option.get("value")) if isinstance(option, dict) else ""
        if value in seen:
            problems.add(f"{at}/{number}/value", f"value {value} is used twice")
        seen.add(value)


def _initial(problems: Problems, at: str, element: JSON) -> None:
    """What is chosen at first must be among the options, exactly."""
    groups = _dicts(element.get("option_groups"))
    offered = [*_dicts(element.get("options"))]
    offered += [option for group in groups for option in _dicts(group.get("options"))]
    one = element.get("initial_option")
    chosen = [one] if one is not None else element.get("initial_options", [])
    for option in chosen if isinstance(chosen, list) else []:
        if option not in offered:
            problems.add(f"{at}/initial_option", "must be one of the options")


def _dicts(value: Any) -> list[JSON]:
    """The objects of a list; what else is in it is refused elsewhere."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _button(problems: Problems, at: str, element: JSON) -> None:
    plain_text(problems, f"{at}/text", element.get("text"), _BUTTON_TEXT)
    problems.longest(f"{at}/value", element.get("value"), _BUTTON_VALUE)
    problems.longest(f"{at}/url", element.get("url"), _URL)
    problems.longest(f"{at}/accessibility_label", element.get("accessibility_label"), _BUTTON_TEXT)
    if element.get("style", "primary") not in ("primary", "danger"):
        problems.add(f"{at}/style", "must be primary or danger")


def _image(problems: Problems, at: str, element: JSON) -> None:
    if bool(element.get("image_url")) == bool(element.get("slack_file")):
        problems.add(at, "needs image_url or slack_file, and not both")
    problems.longest(f"{at}/image_url", element.get("image_url"), _URL)
    if not element.get("alt_text"):
        problems.add(at, "missing required field: alt_text")
    problems.longest(f"{at}/alt_text", element.get("alt_text"), _ALT_TEXT)


def _static(problems: Problems, at: str, element: JSON) -> None:
    if ("options" in element) == ("option_groups" in element):
        problems.add(at, "needs options or option_groups, and not both")
        return
    if "options" in element:
        _options(problems, f"{at}/options", element["options"], (1, _OPTIONS))
    groups = problems.items(f"{at}/option_groups", element.get("option_groups", []), 0, _OPTIONS)
    for number, group in enumerate(groups):
        place = f"{at}/option_groups/{number}"
        if not isinstance(group, dict):
            problems.add(place, "must be an object")
            continue
        plain_text(problems, f"{place}/label", group.get("label"), _OPTION_TEXT)
        _options(problems, f"{place}/options", group.get("options"), (1, _OPTIONS))
    _initial(problems, at, element)


def _overflow(problems: Problems, at: str, element: JSON) -> None:
    _options(problems, f"{at}/options", element.get("options"), _OVERFLOW)


def _choices(problems: Problems, at: str, element: JSON) -> None:
    _options(problems, f"{at}/options", element.get("options"), (1, _CHOICES), rich=True)
    _initial(problems, at, element)


def _text_input(problems: Problems, at: str, element: JSON) -> None:
    least, most = element.get("min_length", 0), element.get("max_length", _INPUT_LENGTH)
    if not isinstance(least, int) or not 0 <= least <= _INPUT_LENGTH:
        problems.add(f"{at}/min_length", f"must be from 0 to {_INPUT_LENGTH}")
    elif not isinstance(most, int) or not max(1, least) <= most <= _INPUT_LENGTH:
        problems.add(f"{at}/max_length", f"must be from 1 to {_INPUT_LENGTH}, not under min_length")
    else:
        problems.longest(f"{at}/initial_value", element.get("initial_value"), most)


def _date(problems: Problems, at: str, element: JSON) -> None:
    if not _DATE.match(str(element.get("initial_date", "2026-01-01"))):
        problems.add(f"{at}/initial_date", "must be YYYY-MM-DD")


def _time(problems: Problems, at: str, element: JSON) -> None:
    if not _TIME.match(str(element.get("initial_time", "00:00"))):
        problems.add(f"{at}/initial_time", "must be HH:mm")


def _moment(problems: Problems, at: str, element: JSON) -> None:
    first = element.get("initial_date_time")
    if first is not None and (not isinstance(first, int) or first not in _TEN_DIGITS):
        problems.add(f"{at}/initial_date_time", "must be Unix seconds of 10 digits")


def _number(problems: Problems, at: str, element: JSON) -> None:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        problems.add(at, "missing required field: is_decimal_allowed")


def _nothing(_problems: Problems, _at: str, _element: JSON) -> None:
    """Common rules are enough."""


_SELECT = "placeholder focus_on_load"
_MULTI = f"{_SELECT} max_selected_items"
_TYPED = "initial_value placeholder focus_on_load dispatch_action_config"
_FILTER = "default_to_current_conversation filter response_url_enabled"

# type -> its own properties (action_id and confirm may stand on all), and its own checks
_ELEMENTS: dict[str, tuple[str, Callable[[Problems, str, JSON], None]]] = {
    "button": ("text url value style accessibility_label", _button),
    "workflow_button": ("text workflow style accessibility_label", _button),
    "image": ("image_url slack_file alt_text", _image),
    "static_select": (f"options option_groups initial_option {_SELECT}", _static),
    "multi_static_select": (f"options option_groups initial_options {_MULTI}", _static),
    "external_select": (f"initial_option min_query_length {_SELECT}", _nothing),
    "multi_external_select": (f"initial_options min_query_length {_MULTI}", _nothing),
    "users_select": (f"initial_user {_SELECT}", _nothing),
    "multi_users_select": (f"initial_users {_MULTI}", _nothing),
    "conversations_select": (f"initial_conversation {_FILTER} {_SELECT}", _nothing),
    "multi_conversations_select": (f"initial_conversations {_FILTER} {_MULTI}", _nothing),
    "channels_select": (f"initial_channel response_url_enabled {_SELECT}", _nothing),
    "multi_channels_select": (f"initial_channels {_MULTI}", _nothing),
    "overflow": ("options", _overflow),
    "radio_buttons": ("options initial_option focus_on_load", _choices),
    "checkboxes": ("options initial_options focus_on_load", _choices),
    "datepicker": (f"initial_date {_SELECT}", _date),
    "timepicker": (f"initial_time timezone {_SELECT}", _time),
    "datetimepicker": ("initial_date_time focus_on_load", _moment),
    "plain_text_input": (f"multiline min_length max_length {_TYPED}", _text_input),
    "email_text_input": (_TYPED, _nothing),
    "url_text_input": (_TYPED, _nothing),
    "number_input": (f"is_decimal_allowed min_value max_value {_TYPED}", _number),
    "rich_text_input": (_TYPED, _nothing),
    "file_input": ("filetypes max_files", _nothing),
}


def check_element(problems: Problems, at: str, element: Any, allowed: frozenset[str]) -> None:
    """Check one element that must be of an allowed type."""
    if not isinstance(element, dict):
        problems.add(at, "must be an object")
        return
    kind = str(element.get("type"))
    if kind not in allowed:
        problems.add(f"{at}/type", f"{kind} is not allowed here")
        return
    properties, check = _ELEMENTS[kind]
    known = {"type", *properties.split()} | (set() if kind == "image" else {"action_id", "confirm"})
    for name in sorted(set(element) - known):
        problems.add(f"{at}/{name}", f"no such property of {kind}")
    problems.longest(f"{at}/action_id", element.get("action_id"), _ID_LENGTH)
    if "placeholder" in element:
        plain_text(problems, f"{at}/placeholder", element["placeholder"], _PLACEHOLDER)
    if "confirm" in element:
        _confirm(problems, f"{at}/confirm", element["confirm"])
    check(problems, at, element)
