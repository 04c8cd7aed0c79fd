"""How far everybody has read, so that two browsers of one person agree."""

from dataclasses import dataclass, field

from bot.sandbox.people import Person
from bot.sandbox.state import Channel, Message

_LOUD = ("<!here>", "<!channel>", "<!everyone>")


@dataclass(slots=True)
class ReadMarks:
    """The last ts somebody has read in a channel; what is not after `before` is old news."""

    before: str = ""
    marks: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, user: str, channel: str, ts: str) -> None:
        """Everything up to `ts` has been read; a mark never goes back."""
        key = (user, channel)
        self.marks[key] = max(ts, self.marks.get(key, self.before))

    def unread(self, person: Person, channel: Channel) -> list[Message]:
        """The lines in the channel that are news to this person, newest first."""
        if person.id not in channel.members:
            return []
        mark = self.marks.get((person.id, channel.id), self.before)
        news: list[Message] = []
        for message in reversed(channel.messages):
            if message.ts <= mark:
                break
            if _is_news(message, person.id):
                news.append(message)
        return news


def _is_news(message: Message, user: str) -> bool:
    """A line of somebody else in the channel itself, or a reply that names this person."""
    if message.deleted or message.is_notice or message.user == user:
        return False
    return not message.is_reply or message.broadcast or f"<@{user}>" in message.text


def mentions(message: Message, user: str) -> bool:
    """Whether the message calls this person."""
    return any(name in message.text for name in (f"<@{user}>", *_LOUD))
