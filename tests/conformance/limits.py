"""Block Kit at its limits: each builds blocks with something `size` long, or so many of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance import sources
from tests.conformance.wire import Json

Blocks = list[Json]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most`: blocks built with it pass, with one more they are refused."""

    name: str
    most: int
    build: Callable[[int], Blocks]
    source: str = sources.SDK


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str = "x", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": "b", **more}


def options(count: int, text: str = "o") -> list[Json]:
    return [{"text": plain(f"{text}{n}"), "value": f"v{n}"} for n in range(count)]


def actions(*elements: Json) -> Blocks:
    return [{"type": "actions", "elements": list(elements)}]


def menu(**more: Any) -> Blocks:
    base = {"type": "static_select", "action_id": "s", "options": options(1)}
    return actions({**base, **more})


def confirm(**more: Any) -> Blocks:
    words = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
    return actions(button(confirm=words | more))


def field(**more: Any) -> Blocks:
    element = {"type": "plain_text_input", "action_id": "i"}
    return [{"type": "input", "label": plain("l"), "element": element, **more}]


def _groups(count: int) -> Blocks:
    groups = [{"label": plain(f"g{n}"), "options": options(1)} for n in range(count)]
    return actions({"type": "static_select", "action_id": "s", "option_groups": groups})


def _choices(kind: str) -> Callable[[int], Blocks]:
    return lambda n: actions({"type": kind, "action_id": "c", "options": options(n)})


def _option(text: int = 1, value: int = 1) -> Blocks:
    return menu(options=[{"text": plain("x" * text), "value": "v" * value}])


def _table(rows: int, cells: int) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * cells for _ in range(rows)]}


def _markdown(length: int) -> Blocks:
    half = length // 2
    return [{"type": "markdown", "text": "x" * part} for part in (half, length - half)]


def _buttons(count: int) -> Blocks:
    return actions(*(button(action_id=f"b{n}") for n in range(count)))


MESSAGE = [
    Limit("blocks of a message", 50, lambda n: [{"type": "divider"}] * n, sources.SKILLS),
    Limit("text of a section", 3000, lambda n: [section("x" * n)]),
    Limit("fields of a section", 10, lambda n: [section(fields=[plain("f")] * n)]),
    Limit("text of a section's field", 2000, lambda n: [section(fields=[plain("x" * n)])]),
    Limit("text of a header", 150, lambda n: [{"type": "header", "text": plain("x" * n)}]),
    Limit("text of a button", 75, lambda n: actions(button("x" * n))),
    Limit("text of an option", 75, lambda n: _option(text=n)),
    Limit("value of an option", 150, lambda n: _option(value=n)),
    Limit("action_id", 255, lambda n: actions(button(action_id="a" * n))),
    Limit("block_id", 255, lambda n: [section(block_id="b" * n)]),
    Limit("value of a button", 2000, lambda n: actions(button(value="v" * n))),
    Limit("elements of actions", 25, _buttons),
    Limit(
        "elements of context",
        10,
        lambda n: [{"type": "context", "elements": [plain("c")] * n}],
    ),
    Limit("options of a menu", 100, lambda n: menu(options=options(n))),
    Limit("option groups of a menu", 100, _groups),
    Limit("options of an overflow menu", 5, _choices("overflow")),
    Limit("radio buttons", 10, _choices("radio_buttons")),
    Limit("checkboxes", 10, _choices("checkboxes")),
    Limit("placeholder", 150, lambda n: menu(placeholder=plain("x" * n))),
    Limit("title of a confirmation", 100, lambda n: confirm(title=plain("x" * n))),
    Limit("text of a confirmation", 300, lambda n: confirm(text=plain("x" * n))),
    Limit("confirm button of a confirmation", 30, lambda n: confirm(confirm=plain("x" * n))),
    Limit("deny button of a confirmation", 30, lambda n: confirm(deny=plain("x" * n))),
    Limit("markdown of a message, all together", 12_000, _markdown, sources.TYPES),
    Limit("rows of a table", 100, lambda n: [_table(n, 1)], sources.TYPES),
    Limit("cells of a table's row", 20, lambda n: [_table(1, n)], sources.TYPES),
    Limit("tables of a message", 1, lambda n: [_table(1, 1)] * n, sources.TYPES),
]

HOME = [
    Limit("blocks of App Home", 100, lambda n: [{"type": "divider"}] * n, sources.SKILLS),
    Limit("label of an input", 2000, lambda n: field(label=plain("x" * n))),
    Limit("hint of an input", 2000, lambda n: field(hint=plain("x" * n))),
    Limit(
        "max_length of a text input",
        3000,
        lambda n: field(element={"type": "plain_text_input", "action_id": "i", "max_length": n}),
    ),
]


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "blocks": list(blocks) or [section()], **more}


@dataclass(frozen=True, slots=True)
class ViewLimit:
    """The same for something of a modal other than its blocks."""

    name: str
    most: int
    build: Callable[[int], Json]
    source: str = sources.SDK


MODAL = [
    ViewLimit("title of a modal", 24, lambda n: modal(title=plain("x" * n))),
    ViewLimit("submit button of a modal", 24, lambda n: modal(submit=plain("x" * n))),
    ViewLimit("close button of a modal", 24, lambda n: modal(close=plain("x" * n))),
    ViewLimit("callback_id of a view", 255, lambda n: modal(callback_id="x" * n)),
    ViewLimit(
        "private_metadata of a view",
        3000,
        lambda n: modal(private_metadata="x" * n),
        sources.MODALS,
    ),
    ViewLimit(
        "blocks of a modal", 100, lambda n: modal(*[{"type": "divider"}] * n), sources.SKILLS
    ),
]
