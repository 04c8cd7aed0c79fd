"""The rules of single blocks: which properties, how long, how many, and where allowed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.blockkit_elements import (
    Problems,
    check_element,
    plain_text,
    text_object,
)
from bot.sandbox.state import JSON

__all__ = ["BLOCKS", "Problems", "check_block", "plain_text"]

ID_LENGTH = 255
_SECTION_TEXT = 3000
_FIELDS = 10
_FIELD_TEXT = 2000
_HEADER = 150
_ACTIONS = 25
_CONTEXT = 10
_LABEL = 2000
_URL = 3000
_MARKDOWN = 12_000
_TABLE_ROWS = 100
_TABLE_CELLS = 20

_ANYWHERE = frozenset({"message", "modal", "home"})
_MESSAGE = frozenset({"message"})

_SELECTS = frozenset(
    {
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
    }
)
_MULTI = frozenset({f"multi_{name}" for name in _SELECTS})
_PICKERS = frozenset({"datepicker", "timepicker"})
_CHOICES = frozenset({"radio_buttons", "checkboxes"})
_ACCESSORIES = (
    _SELECTS | _MULTI | _PICKERS | _CHOICES | {"button", "image", "overflow", "workflow_button"}
)
_IN_ACTIONS = (
    _SELECTS | _PICKERS | _CHOICES | {"button", "overflow", "datetimepicker", "workflow_button"}
)
_INPUTS = (
    _SELECTS
    | _MULTI
    | _PICKERS
    | _CHOICES
    | {
        "datetimepicker",
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
    }
)


def _section(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    if not block.get("text") and not block.get("fields"):
        problems.add(at, "missing required field: text or fields")
    if "text" in block:
        text_object(problems, f"{at}/text", block["text"], _SECTION_TEXT)
    fields = problems.items(f"{at}/fields", block.get("fields", []), 0, _FIELDS)
    for number, text in enumerate(fields):
        text_object(problems, f"{at}/fields/{number}", text, _FIELD_TEXT)
    if "accessory" in block:
        check_element(problems, f"{at}/accessory", block["accessory"], _ACCESSORIES)


def _header(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    plain_text(problems, f"{at}/text", block.get("text"), _HEADER)


def _actions(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    seen: set[str] = set()
    elements = problems.items(f"{at}/elements", block.get("elements"), 1, _ACTIONS)
    for number, element in enumerate(elements):
        place = f"{at}/elements/{number}"
        check_element(problems, place, element, _IN_ACTIONS)
        action_id = str(element.get("action_id") or "") if isinstance(element, dict) else ""
        if action_id and action_id in seen:
            problems.add(f"{place}/action_id", f"action_id {action_id} is used twice in the block")
        seen.add(action_id)


def _context(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    elements = problems.items(f"{at}/elements", block.get("elements"), 1, _CONTEXT)
    for number, element in enumerate(elements):
        place = f"{at}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(problems, place, element, frozenset({"image"}))
        else:
            text_object(problems, place, element, _SECTION_TEXT)


def _input(problems: Problems, at: str, block: JSON, surface: str) -> None:
    plain_text(problems, f"{at}/label", block.get("label"), _LABEL)
    if "hint" in block:
        plain_text(problems, f"{at}/hint", block["hint"], _LABEL)
    allowed = _INPUTS if surface == "modal" else _INPUTS - {"file_input"}
    check_element(problems, f"{at}/element", block.get("element"), allowed)


def _image(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    if bool(block.get("image_url")) == bool(block.get("slack_file")):
        problems.add(at, "needs image_url or slack_file, and not both")
    problems.longest(f"{at}/image_url", block.get("image_url"), _URL)
    problems.longest(f"{at}/alt_text", block.get("alt_text"), _LABEL)
    if "title" in block:
        plain_text(problems, f"{at}/title", block["title"], _LABEL)


def _markdown(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    text = block.get("text")
    if not isinstance(text, str) or not text:
        problems.add(f"{at}/text", "must be a text of at least 1 character")
    problems.longest(f"{at}/text", text, _MARKDOWN)


def _table(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    rows = problems.items(f"{at}/rows", block.get("rows"), 1, _TABLE_ROWS)
    for number, row in enumerate(rows):
        problems.items(f"{at}/rows/{number}", row, 1, _TABLE_CELLS)


def _rich_text(problems: Problems, at: str, block: JSON, _surface: str) -> None:
    elements = problems.items(f"{at}/elements", block.get("elements"), 1, 10_000)
    kinds = {f"rich_text_{kind}" for kind in ("section", "list", "preformatted", "quote")}
    for number, element in enumerate(elements):
        if not isinstance(element, dict) or str(element.get("type")) not in kinds:
            problems.add(f"{at}/elements/{number}", "unsupported rich text element")


def _nothing(_problems: Problems, _at: str, _block: JSON, _surface: str) -> None:
    """The models check the rest."""


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Where a block may stand, what it must and may have, and its own checks."""

    check: Callable[[Problems, str, JSON, str], None]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] | None = None
    surfaces: frozenset[str] = field(default=_ANYWHERE)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS: dict[str, BlockRule] = {
    "section": BlockRule(_section, frozenset(), _names("text fields accessory expand")),
    "header": BlockRule(_header, _names("text"), frozenset()),
    "divider": BlockRule(_nothing, frozenset(), frozenset()),
    "actions": BlockRule(_actions, _names("elements"), frozenset()),
    "context": BlockRule(_context, _names("elements"), frozenset()),
    "input": BlockRule(_input, _names("label element"), _names("hint optional dispatch_action")),
    "image": BlockRule(_image, _names("alt_text"), _names("image_url slack_file title")),
    "rich_text": BlockRule(_rich_text, _names("elements"), frozenset()),
    "markdown": BlockRule(_markdown, _names("text"), frozenset(), _MESSAGE),
    "table": BlockRule(_table, _names("rows"), _names("column_settings"), _MESSAGE),
    "file": BlockRule(_nothing, _names("external_id source"), frozenset(), _MESSAGE),
    "call": BlockRule(_nothing, surfaces=_MESSAGE),
    "video": BlockRule(_nothing),
    "alert": BlockRule(_nothing, surfaces=frozenset({"modal"})),
    "context_actions": BlockRule(_nothing, surfaces=_MESSAGE),
    "task_card": BlockRule(_nothing, surfaces=_MESSAGE),
    "plan": BlockRule(_nothing, surfaces=_MESSAGE),
    "card": BlockRule(_nothing, surfaces=_MESSAGE),
    "carousel": BlockRule(_nothing, surfaces=_MESSAGE),
    "container": BlockRule(_nothing, surfaces=_MESSAGE),
}
"""Every block this stand-in knows. `optional` None: the models alone know its properties."""


def check_block(problems: Problems, at: str, block: JSON, surface: str) -> None:
    """Check one block that is to stand on `surface` ("message", "modal", "home")."""
    rule = BLOCKS.get(str(block.get("type")))
    if rule is None:
        problems.add(f"{at}/type", f"unsupported type: {block.get('type')}")
        return
    if surface not in rule.surfaces:
        problems.add(f"{at}/type", f"{block['type']} is not allowed in a {surface}")
    problems.longest(f"{at}/block_id", block.get("block_id"), ID_LENGTH)
    for name in sorted(rule.required - set(block)):
        problems.add(at, f"missing required field: {name}")
    if rule.optional is not None:
        known: set[Any] = {"type", "block_id", *rule.required, *rule.optional}
        for name in sorted(set(block) - known):
            problems.add(f"{at}/{name}", "no such property")
    if rule.required <= set(block):
        rule.check(problems, at, block, surface)
