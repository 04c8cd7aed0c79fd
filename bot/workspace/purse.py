"""One purse per person for unasked DMs outside incidents: screens.md section 4.

Two a day, one at a time, none within eight hours of a night incident, none within 15 minutes of a
sampling prompt; what does not fit waits.

What is said in an incident's channel, to one person or to all, is the incident's; so is the one
line to whoever asked to be told when it is over, and the answer to whoever declared where we could
not answer. Whoever plans a DM that nobody asked for asks `earliest` when, and plans it in one
transaction with that.
"""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.deliveries.model import Planned, Priority
from bot.workspace.model import Person
from bot.workspace.ports import Tx, Up

A_DAY = 2
# "One at a time": by the times alone, two are apart when an hour lies between them.
APART = timedelta(hours=1)
AFTER_NIGHT = timedelta(hours=8)
AROUND_PROMPT = timedelta(minutes=15)
# What has to wait for the next day waits for its morning, not for midnight.
MORNING = time(9)
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)
# How long what was sent still counts: a day of theirs, wherever they are, and the one before.
REMEMBERED = timedelta(days=2)
# Purposes of the ledger that begin so are prompts of a study: volunteered for, not paid from here.
PROMPT = "sampling.prompt"


def lane_of(person: str) -> str:
    """The lane of everything that goes to somebody directly, prompts as well."""
    return f"dm:{person}"


def dm(person: Person, purpose: str, due: datetime, *rest: str) -> Planned:
    """One unasked DM; `due` is what `earliest` said."""
    return Planned(
        workspace=person.workspace,
        purpose=purpose,
        subject="/".join([person.id, *rest]),
        due=due,
        lane=lane_of(person.id),
        priority=Priority.ROUTINE,
    )


def earliest(tx: Tx, person: Person, now: datetime) -> datetime:
    """When one more unasked DM may go to somebody, UTC, from `now` on.

    To be planned in the same transaction, so that the next who asks knows of it.
    """
    workspace, zone = person.workspace, person.zoneinfo()
    tx.purse.lock(workspace, person.id)
    sends = tx.purse.direct(workspace, lane_of(person.id), now - REMEMBERED)
    nights = [
        each.last
        for each in tx.purse.up(workspace, person.id, now - AFTER_NIGHT)
        if _at_night(each, zone)
    ]
    prompts = [each.at for each in sends if each.purpose.startswith(PROMPT)]
    sent = [each.at for each in sends if not each.purpose.startswith(PROMPT)]
    return may_send(sent, prompts, max(nights, default=None), now, zone)


def _at_night(up: Up, zone: tzinfo) -> bool:
    """Whether somebody was up at night in the last hours of it; a night is longer than those."""
    ends = (max(up.first, up.last - AFTER_NIGHT), up.last)
    times = [each.astimezone(zone).time() for each in ends]
    return any(not NIGHT_ENDS <= each < NIGHT_BEGINS for each in times)


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
