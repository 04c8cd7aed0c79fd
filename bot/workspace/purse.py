"""One purse per person for unasked DMs outside incidents: screens.md section 4.

Two a day, one at a time, none within eight hours of a night incident, none within 15 minutes of a
sampling prompt; what does not fit waits.
"""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

A_DAY = 2
# "One at a time": by the times alone, two are apart when an hour lies between them.
APART = timedelta(hours=1)
AFTER_NIGHT = timedelta(hours=8)
AROUND_PROMPT = timedelta(minutes=15)
# What has to wait for the next day waits for its morning, not for midnight.
MORNING = time(9)


def may_send(
    sent: Collection[datetime],
    prompts: Collection[datetime],
    night_incident_end: datetime | None,
    now: datetime,
    zone: tzinfo,
) -> datetime:
    """The earliest time, UTC, from `now` on, at which one more may go.

    sent: when DMs of the purse went. prompts: when sampling prompts went or will go.
    """
    at = now.astimezone(UTC)
    if night_incident_end is not None:
        at = max(at, night_incident_end.astimezone(UTC) + AFTER_NIGHT)
    while (later := _pushed(at, sent, prompts, zone)) > at:
        at = later
    return at


def _pushed(
    at: datetime, sent: Collection[datetime], prompts: Collection[datetime], zone: tzinfo
) -> datetime:
    """When the rules that forbid this time allow again; the same time if none does."""
    day = at.astimezone(zone).date()
    if sum(each.astimezone(zone).date() == day for each in sent) >= A_DAY:
        return _next_morning(at, zone)
    around = [(each, APART) for each in sent] + [(each, AROUND_PROMPT) for each in prompts]
    after = [each.astimezone(UTC) + gap for each, gap in around if abs(each - at) < gap]
    return max([at, *after])


def _next_morning(at: datetime, zone: tzinfo) -> datetime:
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, zone).astimezone(UTC)
