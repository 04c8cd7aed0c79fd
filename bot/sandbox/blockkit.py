"""Block Kit as Slack enforces it: what is wrong with a message's blocks or with a view.

Two nets. Ours (`blockkit_rules`) knows every limit that the project relies on, the message and
view level ones included; slack_sdk's models parse each block once more and catch what we did not
think of. A problem reads "what is wrong [json-pointer:/blocks/0/text/text]".
"""

import json
import logging
from functools import lru_cache
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.sandbox.blockkit_rules import BLOCKS, Problems, check_block, plain_text
from bot.sandbox.state import JSON

TEXT_LIMIT = 3900
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
PRIVATE_METADATA = 3000
VIEW_BYTES = 250_000
MARKDOWN_TOTAL = 12_000
_ID_LENGTH = 255
_TITLE_LENGTH = 24
_VIEW_KEYS = {
    "modal": {
        "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id",
        "clear_on_close", "notify_on_close", "external_id", "submit_disabled",
    },
    "home": {"type", "blocks", "private_metadata", "callback_id", "external_id"},
}  # fmt: skip

_OURS = frozenset({"block_id", "value"})

# The models warn about what they do not know; here that is a problem to return, not a log line.
logging.getLogger("slack_sdk.models.blocks").setLevel(logging.ERROR)


def message_problems(blocks: Any) -> list[str]:
    """What Slack would refuse in the blocks of a message; empty if nothing."""
    problems = Problems()
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    _check_blocks(problems, blocks, "message", MESSAGE_BLOCKS)
    markdown = [b for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"]
    if sum(len(str(b.get("text", ""))) for b in markdown) > MARKDOWN_TOTAL:
        problems.add("/blocks", f"markdown blocks hold more than {MARKDOWN_TOTAL} characters")
    if sum(isinstance(b, dict) and b.get("type") == "table" for b in blocks) > 1:
        problems.add("/blocks", "no more than 1 table")
    return problems.found


def view_problems(view: Any, kinds: tuple[str, ...] = ("modal", "home")) -> list[str]:
    """What Slack would refuse in a view of one of these kinds; empty if nothing."""
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    problems = Problems()
    kind = view.get("type")
    if kind not in kinds:
        problems.add("/view/type", f"must be one of: {', '.join(kinds)}")
        return problems.found
    for key in sorted(set(view) - _VIEW_KEYS[kind]):
        problems.add(f"/view/{key}", "no such property")
    _check_head(problems, view)
    if not isinstance(view.get("blocks"), list):
        problems.add("/view/blocks", "must be an array")
        return problems.found
    _check_blocks(problems, view["blocks"], kind, VIEW_BLOCKS, "/view/blocks")
    return problems.found


def view_too_large(view: JSON) -> bool:
    """Whether the view is over 250 kB as JSON."""
    return len(json.dumps(view).encode()) > VIEW_BYTES


def _check_head(problems: Problems, view: JSON) -> None:
    """Everything of a view but its blocks."""
    for key in ("callback_id", "external_id"):
        problems.longest(f"/view/{key}", view.get(key), _ID_LENGTH)
    problems.longest("/view/private_metadata", view.get("private_metadata"), PRIVATE_METADATA)
    if view["type"] == "home":
        return
    if "title" not in view:
        problems.add("/view", "missing required field: title")
    for key in ("title", "submit", "close"):
        if view.get(key) is not None:
            plain_text(problems, f"/view/{key}", view[key], _TITLE_LENGTH)
    blocks = view.get("blocks") or []
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and not view.get("submit"):
        problems.add("/view", "missing required field: submit (there is an input block)")


def _check_blocks(
    problems: Problems, blocks: list[Any], surface: str, most: int, at: str = "/blocks"
) -> None:
    if len(blocks) > most:
        problems.add(at, f"no more than {most} items allowed")
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        place = f"{at}/{number}"
        if not isinstance(block, dict):
            problems.add(place, "must be an object")
            continue
        block_id = str(block.get("block_id") or "")
        if block_id and block_id in seen:
            problems.add(f"{place}/block_id", f"block_id {block_id} is used twice")
        seen.add(block_id)
        before = len(problems.found)
        check_block(problems, place, block, surface)
        if len(problems.found) == before and block.get("type") in BLOCKS:
            _check_with_models(problems, place, block)


def _check_with_models(problems: Problems, place: str, block: JSON) -> None:
    """The second net: slack_sdk's own validation, and properties it would not send."""
    for below, what in _by_models(json.dumps(_masked(block))):
        problems.add(f"{place}{below}", what)


@lru_cache(maxsize=1024)
def _by_models(text: str) -> tuple[tuple[str, str], ...]:
    """What the models say of a block: below it, and what. It takes them milliseconds, and most
    blocks differ from others by what their buttons carry only."""
    block = json.loads(text)
    try:
        parsed = Block.parse(json.loads(text))
        again = parsed.to_dict() if parsed is not None else {}
    except SlackObjectFormationError as error:
        return (("", str(error)),)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        return (("", f"failed to match all allowed schemas ({error})"),)
    lost = sorted(k for k, v in block.items() if k not in again and v not in (None, "", [], {}))
    return tuple((f"/{key}", "no such property") for key in lost)


def _masked(part: Any) -> Any:
    """The same with names and values of the same length, of which the models see nothing else."""
    if isinstance(part, list):
        return [_masked(each) for each in part]
    if isinstance(part, dict):
        return {
            key: _mask(value) if key in _OURS else _masked(value) for key, value in part.items()
        }
    return part


def _mask(value: Any) -> Any:
    return "x" * len(value) if isinstance(value, str) else _masked(value)
