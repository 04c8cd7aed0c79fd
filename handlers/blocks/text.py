"""Text on its way out: escaped once, here, and nowhere else."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

Block = dict[str, Any]
Names = Callable[[str], str]

SECTION_MAX = 3000
TEXT_MAX = 3900
BUTTON_MAX = 75
VALUE_MAX = 2000
OPTION_MAX = 75
PERSON = re.compile(r"@([UW][A-Z0-9]{2,})\b")
# Overrides and isolates that would turn the rest of a line around; joiners are left alone.
_BIDI = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F), None)


def escape(text: str) -> str:
    """A person's text for mrkdwn: no entity in it can page anyone or turn the line around."""
    plain = text.translate(_BIDI)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ours(text: str) -> str:
    """Our own sentence, which may name people as @U0123."""
    return PERSON.sub(r"<@\1>", escape(text))


def one_line(text: str, limit: int) -> str:
    """Escaped, on one line, cut to about `limit` characters before escaping."""
    line = " ".join(text.split())
    return escape(line if len(line) <= limit else line[: limit - 1].rstrip() + "…")


def clock(moment: datetime, now: datetime | None = None) -> str:
    """A time of day in the reader's own zone; with the date where that is another day."""
    far = now is not None and abs(now - moment).total_seconds() > 18 * 3600
    shape = "{date_short_pretty} {time}" if far else "{time}"
    fallback = f"{moment:%d %b %H:%M}" if far else f"{moment:%H:%M}"
    return f"<!date^{int(moment.timestamp())}^{shape}|{fallback} UTC>"


def mrkdwn(text: str) -> Block:
    """Already escaped text. Verbatim, else Slack looks for names and channels in it again."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    """A paragraph of escaped text; cut at Slack's limit, for a cut line beats a lost message."""
    return {"type": "section", "text": mrkdwn(_cut(text, SECTION_MAX))}


def context(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [mrkdwn(_cut(text, SECTION_MAX))]}


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # An entity or a token cut in the middle would show its inside.
    return re.sub(r"(&[a-z]*|<[^>]*)$", "", text[: limit - 1]) + "…"


def plain(text: str, limit: int) -> Block:
    """Plain text for a label; Slack does not read entities in it."""
    line = " ".join(text.translate(_BIDI).split()) or "…"
    cut = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    return {"type": "plain_text", "text": cut, "emoji": True}


def button(label: str, action_id: str, value: str = "", *, primary: bool = False) -> Block:
    """A button; `value` must fit VALUE_MAX."""
    made: Block = {"type": "button", "text": plain(label, BUTTON_MAX), "action_id": action_id}
    if value:
        made["value"] = value
    if primary:
        made["style"] = "primary"
    return made


def option(label: str, value: str) -> Block:
    """One choice of a select."""
    return {"text": plain(label, OPTION_MAX), "value": value}


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons and selects."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def quoted(text: str) -> str:
    """Somebody's text given back to the letter, as a quotation."""
    return "\n".join(f"&gt; {line}" for line in escape(text).splitlines()) if text else ""
