"""The settings of a workspace, as a page to read and a form to change. Admins only."""

from collections.abc import Iterable

from bot.incidents.nudges_model import Judged
from bot.workspace.settings import Described
from handlers.blocks.message import Message
from handlers.blocks.nudges_words import SHORT
from handlers.blocks.text import (
    Block,
    actions,
    button,
    context,
    escape,
    mrkdwn,
    one_line,
    option,
    paragraphs,
    plain,
)

OPEN_FORM = "settings_open"
FORM = "settings_form"
VALUE = "value"
CHANNEL_KEY = "announce_channel"
SHOWN = 300


def page(settings: tuple[Described, ...], off: Iterable[Judged] = ()) -> Message:
    """Every setting with its value; what was changed is said with its default.

    off: what nobody is asked about any more, since too few found it useful.
    """
    lines = ["*Settings*", *(_line(each) for each in settings), *(_off(each) for each in off)]
    row = actions("settings", button("Change", OPEN_FORM))
    return Message(
        "Settings", (*paragraphs(lines), row, context("Changes are kept with who made them."))
    )


def form(settings: tuple[Described, ...], *, error: str = "") -> Block:
    """The form: each setting an input whose block id is its key. `error` stands on top."""
    top: list[Block] = [{"type": "section", "text": mrkdwn(escape(error))}] if error else []
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain("Settings", 24),
        "submit": plain("Save", 24),
        "close": plain("Leave as is", 24),
        "blocks": [*top, *(_input(each) for each in settings)][:100],
    }


def _line(setting: Described) -> str:
    value = f"<#{setting.value}>" if _is_channel(setting) else one_line(_said(setting), SHOWN)
    default = (
        ""
        if setting.value == setting.default
        else f" (default {one_line(_default(setting), SHOWN)})"
    )
    return f"{escape(setting.label)}: *{value}*{default}"


def _off(judged: Judged) -> str:
    return (
        f"Not asked about, for few find it useful: *{SHORT[judged.kind]}* ({judged.useful} of "
        f"{judged.asked}). It is asked about again with `nudges_always {judged.kind}`."
    )


def _default(setting: Described) -> str:
    return dict(setting.choices).get(setting.default, setting.default)


def _said(setting: Described) -> str:
    return dict(setting.choices).get(setting.value, setting.value)


def _is_channel(setting: Described) -> bool:
    return setting.key == CHANNEL_KEY and setting.value != setting.default


def _input(setting: Described) -> Block:
    return {
        "type": "input",
        "block_id": setting.key,
        "label": plain(setting.label, 150),
        "hint": plain(_hint(setting), 300),
        "optional": setting.key == CHANNEL_KEY,
        "element": _element(setting),
    }


def _hint(setting: Described) -> str:
    return f"{setting.range[:1].upper()}{setting.range[1:]}. Default: {_default(setting)}."


def _element(setting: Described) -> Block:
    if setting.key == CHANNEL_KEY:
        chosen = {"initial_channel": setting.value} if _is_channel(setting) else {}
        return {"type": "channels_select", "action_id": VALUE, **chosen}
    if setting.choices:
        options = [option(label, key) for key, label in setting.choices]
        chosen_now = [each for each in options if each["value"] == setting.value]
        initial = {"initial_option": chosen_now[0]} if chosen_now else {}
        return {"type": "static_select", "action_id": VALUE, "options": options, **initial}
    return {"type": "plain_text_input", "action_id": VALUE, "initial_value": setting.value}
