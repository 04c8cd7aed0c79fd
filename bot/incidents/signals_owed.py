"""When signals are looked for: after a change, after talk, and when one could first hold.

A look is a row of the ledger that sends nothing, like every timer (decision 0005). Some changes are
looked at at once; whatever else happens within a minute shares one look.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.deliveries.model import Planned, Policy
from bot.incidents import owed
from bot.incidents.model import Change, Incident, IncidentState, Kind
from bot.workspace.model import Request

LOOK = "signals.look"
A_MINUTE = timedelta(minutes=1)
# Talk moves people, and people concentrate in minutes.
FIVE_MINUTES = timedelta(minutes=5)
# What may be a signal by itself, or the end of all of them.
AT_ONCE = frozenset(
    {
        Kind.THREAD,
        Kind.DOING,
        Kind.DONE,
        Kind.FAILED,
        Kind.SEEING,
        Kind.REOPEN,
        Kind.RESOLVE,
        Kind.QUIET,  # what was asked is not asked any more
    }
)


def following(before: Incident, change: Change, request: Request) -> Iterator[Planned]:
    """The look that a change makes necessary."""
    after = change.after
    if IncidentState.OPEN not in {before.state, after.state}:
        return
    if any(each.kind in AT_ONCE for each in change.entries):
        yield look(after, request.at, after.version)
    else:
        yield look(after, next_full(request.at, A_MINUTE))


def look(incident: Incident, due: datetime, *rest: object) -> Planned:
    """Look then whether there is a signal."""
    return owed.step(incident, LOOK, "timer", due, *rest)


def look_after_talk(workspace: str, incident_id: str, now: datetime) -> Planned:
    """Somebody wrote or pressed something that is not recorded: look before long."""
    due = next_full(now, FIVE_MINUTES)
    return Planned(workspace, LOOK, incident_id, due, "timer", Policy.STEP)


def next_full(now: datetime, step: timedelta) -> datetime:
    """The next full minute, or full five; always after `now`."""
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return midnight + ((now - midnight) // step + 1) * step
