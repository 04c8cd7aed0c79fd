"""A message as a person reads it: dates in UTC, entities undone, one control a line."""

import re
from datetime import UTC, datetime
from typing import Any

from bot.incidents.model import Severity
from handlers.blocks.message import Message

DATE = re.compile(r"<!date\^(\d+)\^([^|>]*)\|([^>]*)>")
PERSON = re.compile(r"<@([A-Z0-9]+)>")
LABELS = {each: each.value for each in Severity}


def read(message: Message) -> str:
    """The whole message: text, [buttons], and (choices) of its selects."""
    return "\n".join(_block(block) for block in message.blocks)


def text_of(message: Message) -> str:
    """Its text blocks alone, as they are sent."""
    return "\n".join(each["text"] for each in texts(message) if each["type"] == "mrkdwn")


def texts(value: Any) -> list[dict[str, Any]]:
    """Every text object of a message, wherever it stands."""
    if isinstance(value, Message):
        return texts(list(value.blocks))
    if isinstance(value, list):
        return [found for each in value for found in texts(each)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in {"mrkdwn", "plain_text"}:
        return [value]
    return [found for each in value.values() for found in texts(each)]


def shown(mrkdwn: str) -> str:
    """What a reader in UTC sees of a mrkdwn text."""
    dated = PERSON.sub(r"@\1", DATE.sub(_date, mrkdwn))
    return dated.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _date(found: re.Match[str]) -> str:
    at = datetime.fromtimestamp(int(found[1]), UTC)
    day = f"{at:%b} {at.day}"
    return found[2].replace("{date_short_pretty}", day).replace("{time}", f"{at:%H:%M}")


def _block(block: dict[str, Any]) -> str:
    if block["type"] == "section":
        return shown(block["text"]["text"])
    elements = block["elements"]
    return " ".join(_element(each) for each in elements)


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "mrkdwn":
        return shown(element["text"])
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    choices = " | ".join(each["text"]["text"] for each in element["options"])
    return f"[{element['placeholder']['text']} ▾ {choices}]"
