"""What Slack makes of text: a person's typing, an app's message, and the rich text beside them.

`tokens` cuts typed text into plain pieces, mentions, channel links, broadcasts and addresses;
the other functions write these pieces in the form a message event, a slash command or a rich
text block carries. `stored` is for text that an app sent: Slack reads its entities and escapes
what is left.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.sandbox.state import JSON, Workspace

BROADCASTS = frozenset({"here", "channel", "everyone"})
_URL = r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"]"
_TYPED = re.compile(rf"(?P<url>{_URL})|(?<![\w@#])(?P<mark>[@#])(?P<name>[\w.-]+)")
_ENTITY = re.compile(
    r"<(?:@[UWB][A-Z0-9]+|#[CG][A-Z0-9]+|!(?:here|channel|everyone|subteam\^|date\^)[^<>]*"
    r"|https?://[^<>]+|mailto:[^<>]+)(?:\|[^<>]*)?>"
)
_STORED = re.compile(rf"(?P<entity>{_ENTITY.pattern})|(?P<url>{_URL})")
_ESCAPED = re.compile(r"&(?!amp;|lt;|gt;)")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of typed text. `kind`: text, user, channel, broadcast or url."""

    kind: str
    text: str
    id: str = ""


def escape(text: str) -> str:
    """The three characters that Slack writes as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The text a person sees, of the text a message stores (mentions are left as they are)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def tokens(text: str, workspace: Workspace) -> Iterator[Token]:
    """Cut `text` as the message box does; unknown names stay plain text."""
    at = 0
    for match in _TYPED.finditer(text):
        token = _token(match, workspace)
        if token is None:
            continue
        if match.start() > at:
            yield Token("text", text[at : match.start()])
        yield token
        at = match.start() + len(token.text)
    if at < len(text):
        yield Token("text", text[at:])


def _token(match: re.Match[str], workspace: Workspace) -> Token | None:
    """The mention, link or address that `match` is, if it names something."""
    if match["url"]:
        return Token("url", match["url"])
    # A full stop or dash may end the sentence instead of the name.
    name = match["name"]
    while name:
        found = _named(match["mark"], name, workspace)
        if found is not None:
            return found
        if name[-1] not in ".-":
            return None
        name = name[:-1]
    return None


def _named(mark: str, name: str, workspace: Workspace) -> Token | None:
    if mark == "#":
        channel = workspace.channel_named(name)
        return Token("channel", f"#{name}", channel.id) if channel else None
    if name in BROADCASTS:
        return Token("broadcast", f"@{name}", name)
    user = workspace.user_named(name)
    return Token("user", f"@{name}", user.id) if user else None


def message_text(text: str, workspace: Workspace) -> str:
    """Typed text as a message event carries it."""
    return "".join(_in_message(token) for token in tokens(text, workspace))


def _in_message(token: Token) -> str:
    match token.kind:
        case "user":
            return f"<@{token.id}>"
        case "channel":
            return f"<#{token.id}|{token.text[1:]}>"
        case "broadcast":
            return f"<!{token.id}>"
        case "url":
            return f"<{escape(token.text)}>"
        case _:
            return escape(token.text)


def command_text(text: str, workspace: Workspace) -> str:
    """Typed text as a slash command with should_escape carries it; it has no broadcasts."""
    return "".join(_in_command(token) for token in tokens(text, workspace))


def _in_command(token: Token) -> str:
    match token.kind:
        case "user":
            return f"<@{token.id}|{token.text[1:]}>"
        case "broadcast":
            return f"<!{token.id}>"
        case "url":
            return f"<{escape(token.text)}>"
        case _:
            return _in_message(token)


def rich_text(text: str, workspace: Workspace, block_id: str) -> JSON:
    """The rich text block that Slack's own composer puts beside the text."""
    elements = [_rich(token) for token in tokens(text, workspace)]
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _rich(token: Token) -> JSON:
    match token.kind:
        case "user":
            return {"type": "user", "user_id": token.id}
        case "channel":
            return {"type": "channel", "channel_id": token.id}
        case "broadcast":
            return {"type": "broadcast", "range": token.id}
        case "url":
            return {"type": "link", "url": token.text}
        case _:
            return {"type": "text", "text": token.text}


def stored(text: str) -> str:
    """An app's text as Slack keeps it: entities stay, bare addresses become links."""
    parts: list[str] = []
    at = 0
    for match in _STORED.finditer(text):
        parts.append(_plain(text[at : match.start()]))
        url = match["url"]
        parts.append(f"<{_ESCAPED.sub('&amp;', url)}>" if url else match["entity"])
        at = match.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return _ESCAPED.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
