"""When the board is posted again at the bottom: SPEC section 2, the board."""

from datetime import datetime, timedelta

from bot.incidents.model import Incident

LINES_BELOW = 40
AT_MOST_EVERY = timedelta(minutes=15)


def should_repost(
    lines_below: int, last_posted_at: datetime, now: datetime, *, happened: bool
) -> bool:
    """More than 40 messages below *and* something happened; at most every 15 minutes."""
    return happened and lines_below > LINES_BELOW and now - last_posted_at >= AT_MOST_EVERY


def happened(before: Incident, after: Incident) -> bool:
    """Whether a thread opened or ended, or command changed: talk and evidence alone do not count.

    Command is compared by who holds it and by whether they took it.
    """
    return _held(before) != _held(after) or _threads(before) != _threads(after)


def _held(incident: Incident) -> tuple[str, bool]:
    return incident.commander, incident.commander_took


def _threads(incident: Incident) -> dict[int, bool]:
    return {each.number: each.is_open for each in incident.investigations}
