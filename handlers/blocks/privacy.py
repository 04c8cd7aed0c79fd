"""What is read, kept and shown, and how long: one wording, for Slack and docs/privacy.md."""

from bot.workspace.retention import KINDS, PROMISED, Kind
from handlers.blocks.message import Message
from handlers.blocks.text import paragraphs

TITLE = "What I read, keep and show"

SAID = (
    (
        "What I read",
        "the lines of incident channels where I am, and who reacts, joins and leaves.",
    ),
    (
        "What I keep",
        (
            "the words of a line only if it starts with one of our words, if somebody marked it,"
            " or if it answers a question of mine. The rest I count (who, where, when) and forget."
        ),
    ),
    (
        "With each fact",
        (
            "who said it, when, and from which message. Take your mark or your message away, and"
            " the words go; that something stood there stays."
        ),
    ),
    (
        "Besides",
        (
            "who was in an incident's channel and from when to when, who changed which setting,"
            " and names, time zones, roles and teams as Slack gives them. Of those who said that"
            " they would be asked for fresh eyes: their hours, and when they were asked last."
        ),
    ),
    (
        "Who sees it",
        (
            "whoever is in the channel. A private incident is seen nowhere else: not in lists,"
            " not by find, not in counts. What only you see is marked so. Whoever runs me has the"
            " database and its backups."
        ),
    ),
    ("Who is called", "is shown by role or route, not by name, unless that person agrees."),
    ("I never", "score people, page anybody, or show who has not answered."),
)
HOW_LONG = (
    "the record of an incident until its authors take it back. These go by themselves, unless"
    " whoever runs me has set another time:"
)


def lines() -> list[str]:
    """The whole of it, as Slack shows it."""
    told = [f"*{heading}*  {text}" for heading, text in SAID]
    kinds = [f"• {_sentence(kind)}" for kind in KINDS]
    promised = [f"• {each.what}: {each.when}" for each in PROMISED]
    return [*told, f"*How long*  {HOW_LONG}", *kinds, *promised]


def _sentence(kind: Kind) -> str:
    return f"{kind.what}: {days(kind.days)} after {kind.since}"


def days(number: int) -> str:
    """A number of days, in words."""
    return "1 day" if number == 1 else f"{number} days"


def privacy() -> Message:
    """What is read, kept, for how long, and shown to whom."""
    return Message(TITLE, tuple(paragraphs(lines())))
