"""Text on its way out: escaped once, here, and nowhere else."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]
Names = Callable[[str], str]

SECTION_MAX = 3000
TEXT_MAX = 3900
BUTTON_MAX = 75
VALUE_MAX = 2000
OPTION_MAX = 75
NAME_MAX = 80
# Slack refuses a message whose blocks hold too much together (`msg_blocks_too_long`): its staff
# name 12,000 characters, people were refused from 11,341 (bolt-js issues 2509 and 2867).
BLOCKS_MAX = 10_000
# What was typed comes back whole if we would have kept it: 3,000 characters, escaped and quoted.
GIVEN_BACK_MAX = 20_000
# An id has a digit somewhere; "@UNIX" is a word.
PERSON = re.compile(r"@([UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{2,})\b")
PLAIN_COMMAND = re.compile(r"`/(sampling)\b")
# Overrides and isolates that would turn the rest of a line around; joiners are left alone.
_BIDI = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F), None
)


def named(command: str, prefix: str) -> str:
    """A slash command as it is installed: `x-` gives `/x-incident`."""
    return f"/{prefix}{command}"


def as_installed(text: str, prefix: str) -> str:
    """A sentence of the core, which knows commands by their plain names, for this workspace."""
    return PLAIN_COMMAND.sub(lambda found: f"`{named(found[1], prefix)}", text)


def escape(text: str) -> str:
    """A person's text for mrkdwn: no entity in it can page anyone or turn the line around."""
    plain = text.translate(_BIDI)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ours(text: str) -> str:
    """Our own sentence, which may name people as @U0123."""
    return PERSON.sub(r"<@\1>", escape(text))


def one_line(text: str, limit: int) -> str:
    """Escaped, on one line, at most `limit` characters long with its escapes.

    Three backticks would make code of everything up to the next three, of other people's lines too.
    """
    return cut(escape(" ".join(text.replace("```", "`").split())), limit)


def name_of(names: Names, person: str) -> str:
    """Somebody's name, escaped; names are as people chose them."""
    return one_line(names(person), NAME_MAX)


def clock(moment: datetime, now: datetime | None = None) -> str:
    """A time of day in the reader's own zone; with the date where that is another day."""
    far = now is not None and abs(now - moment).total_seconds() > 18 * 3600
    shape = "{date_short_pretty} {time}" if far else "{time}"
    utc = moment.astimezone(UTC)
    fallback = f"{utc:%d %b %H:%M}" if far else f"{utc:%H:%M}"
    return f"<!date^{int(moment.timestamp())}^{shape}|{fallback} UTC>"


def mrkdwn(text: str) -> Block:
    """Already escaped text. Verbatim, else Slack looks for names and channels in it again."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    """A paragraph of escaped text; cut at Slack's limit, for a cut line beats a lost message."""
    return {"type": "section", "text": mrkdwn(cut(text, SECTION_MAX))}


def paragraphs(lines: list[str], limit: int = BLOCKS_MAX) -> list[Block]:
    """Lines of escaped text as sections, whole lines each; what is too much is counted."""
    parts, left, shown = [""], limit, 0
    for line in (cut(each, SECTION_MAX) for each in lines):
        if len(line) >= left:
            parts.append(f"… and {len(lines) - shown} more lines")
            break
        if len(parts[-1]) + len(line) >= SECTION_MAX:
            parts.append("")
        parts[-1] += line + "\n"
        left, shown = left - len(line) - 1, shown + 1
    return [section(text) for part in parts if (text := part.strip("\n"))]


def context(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [mrkdwn(cut(text, SECTION_MAX))]}


def cut(text: str, limit: int) -> str:
    """Escaped text of at most `limit` characters."""
    if len(text) <= limit:
        return text
    # An entity or a token cut in the middle would show its inside.
    return re.sub(r"(&[a-z]*|<[^>]*)$", "", text[: limit - 1]).rstrip() + "…"


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


def quoted(text: str) -> list[Block]:
    """Somebody's text given back to the letter, as a quotation, in as many sections as it needs."""
    blocks, left = [], GIVEN_BACK_MAX
    for part in _quotes(text):
        blocks.append(section(part if len(part) <= left else cut(part, max(left, 2))))
        left -= len(part)
        if left <= 0:
            break
    return blocks


def _quotes(text: str) -> Iterator[str]:
    """The text as quoted lines, in parts that fit a section each."""
    gathered = ""
    for line in text.splitlines():
        for piece in _pieces(line):
            if gathered and len(gathered) + len(piece) >= SECTION_MAX:
                yield gathered
                gathered = ""
            gathered += f"\n{piece}" if gathered else piece
    if gathered:
        yield gathered


def _pieces(line: str) -> Iterator[str]:
    """One line, quoted; a long one in pieces that fit whatever escapes to the most."""
    step = (SECTION_MAX - len("&gt; ")) // len("&amp;")
    if len(escape(line)) <= SECTION_MAX - len("&gt; "):
        yield f"&gt; {escape(line)}"
        return
    for start in range(0, len(line), step):
        yield f"&gt; {escape(line[start : start + step])}"
