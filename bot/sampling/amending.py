"""What an amendment changes, and whether volunteers have to agree to it anew."""

from bot.sampling.model import Protocol

ITEMS, TEXT, RETENTION, LOAD = "items", "consent text", "legal section", "schedule"
NO_CONSENT = ("title", "planned")


def changed_parts(before: Protocol, after: Protocol) -> tuple[str, ...]:
    """What of it is other than before, of all that needs fresh consent."""
    parts = {
        ITEMS: ("items", "rotate", "rotate_show", "decline", "baseline", "exit"),
        LOAD: ("schedule",),
        RETENTION: ("legal",),
        TEXT: ("consent",),
    }
    return tuple(
        part
        for part, fields in parts.items()
        if any(getattr(before, each) != getattr(after, each) for each in fields)
    )
