"""What a person reads when Slack shows a message: entities, dates and mentions undone."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.sandbox.state import JSON, Message, Workspace

TOKEN = re.compile(r"<([^<>]*)>")
DATE = re.compile(r"!date\^(\d+)\^([^|^]*)(?:\^[^|]*)?\|?(.*)")
BOLD = re.compile(r"(?<!\w)([*~_])(\S(?:[^\n]*?\S)?)\1(?!\w)")


def readable(text: str, workspace: Workspace, zone: str = "UTC") -> str:
    """mrkdwn as plain text, in the reader's zone."""
    shown = TOKEN.sub(lambda found: _token(found[1], workspace, ZoneInfo(zone)), text)
    shown = BOLD.sub(r"\2", shown).replace("`", "")
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(inside: str, workspace: Workspace, zone: ZoneInfo) -> str:
    if found := DATE.fullmatch(inside):
        return _date(int(found[1]), found[2], zone)
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        user = workspace.users.get(target[1:])
        return f"@{user.name}" if user else target
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return f"#{channel.name}" if channel else label or target
    return label or target.removeprefix("!")


def _date(seconds: int, shape: str, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return shape.replace("{date_short_pretty}", f"{local:%b} {local.day}").replace(
        "{time}", f"{local:%H:%M}"
    )


def lines_of(message: Message, workspace: Workspace, zone: str = "UTC") -> list[str]:
    """A message as the lines somebody reads: its blocks, or its text where it has none."""
    if not message.bot_id or not message.blocks:
        return readable(message.text, workspace, zone).splitlines()
    read: list[str] = []
    for block in message.blocks:
        read += readable(_block_text(block), workspace, zone).splitlines()
    return read


def _block_text(block: JSON) -> str:
    if block["type"] == "section":
        return str(block["text"]["text"])
    if block["type"] == "context":
        return " ".join(str(each.get("text", "")) for each in block["elements"])
    if block["type"] == "actions":
        return " ".join(f"[{_label(each)}]" for each in block["elements"])
    return ""


def _label(element: JSON) -> str:
    named = element.get("text") or element.get("placeholder") or {}
    return str(named.get("text", "")) + (" ▾" if "select" in element["type"] else "")
