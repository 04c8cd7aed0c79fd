"""A message as Slack takes it: blocks, and the text for notifications and screen readers."""

from dataclasses import dataclass, field
from typing import Any

from handlers.blocks.text import TEXT_MAX, Block, cut


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks with their plain counterpart, cut where Slack would refuse it. Both are escaped."""

    text: str
    blocks: tuple[Block, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cut(self.text, TEXT_MAX))

    def shown(self) -> dict[str, Any]:
        """The text and the blocks alone, for calls that take no more."""
        return {"text": self.text, "blocks": list(self.blocks)}

    def arguments(self) -> dict[str, Any]:
        """The arguments of a call that posts it; links in it are not opened up."""
        return self.shown() | {"unfurl_links": False, "unfurl_media": False}
