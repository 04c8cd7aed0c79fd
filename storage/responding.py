"""What responding knows of somebody, for whoever must not disturb them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import IncidentState
from storage.activity import incident_activity
from storage.incidents import entries, incidents, investigations
from storage.types import UtcTime

WROTE_WITHIN = timedelta(minutes=60)
AFTER_RESOLVE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)

# Building a statement costs more than running it, and this one runs before every question.
_i = incidents.c
ACTIVE = (
    sa.select(_i.id, _i.commander, _i.state, _i.resolved)
    .where(_i.workspace == sa.bindparam("in_workspace"))
    .where(_i.declared > sa.bindparam("declared_since", type_=UtcTime))
    .where(
        sa.or_(
            _i.state == IncidentState.OPEN.value,
            _i.resolved > sa.bindparam("resolved_since", type_=UtcTime),
        )
    )
)


class RespondingTables:
    """See `bot.sampling.ports.Responding`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def in_incident(self, workspace: str, person: str, now: datetime) -> bool:
        """Declared within 12 hours and not resolved, or not 30 minutes ago; and until then (now, or
        when it was resolved) they command it, have an open thread in it, or wrote in it within the
        hour before."""
        active = self._active(workspace, now)
        if not active:
            return False
        if person in {each.commander for each in active}:
            return True
        until = {each.id: each.resolved if _is_over(each) else now for each in active}
        return self._has_thread(person, until) or self._wrote(person, until)

    def _active(self, workspace: str, now: datetime) -> list[Any]:
        """The incidents that count now; there are never many."""
        asked = {
            "in_workspace": workspace,
            "declared_since": now - LONGEST,
            "resolved_since": now - AFTER_RESOLVE,
        }
        return list(self._connection.execute(ACTIVE, asked))

    def _has_thread(self, person: str, until: Mapping[str, datetime]) -> bool:
        t = investigations
        rows = self._connection.execute(
            sa.select(t.c.incident, t.c.ending, t.c.closed_at).where(
                t.c.incident.in_(until), t.c.owner == person
            )
        )
        return any(
            each.ending is None or (each.closed_at and each.closed_at >= until[each.incident])
            for each in rows
        )

    def _wrote(self, person: str, until: Mapping[str, datetime]) -> bool:
        a, e = incident_activity, entries
        talked = sa.select(a.c.incident, a.c.last_at.label("at")).where(
            a.c.incident.in_(until), a.c.person == person, a.c.lines > 0
        )
        # What is said by command is no line of theirs, but on the record.
        recorded = sa.select(e.c.incident, sa.func.max(e.c.recorded_at).label("at")).where(
            e.c.incident.in_(until), e.c.actor == person
        )
        asked = (talked, recorded.group_by(e.c.incident))
        rows = [row for each in asked for row in self._connection.execute(each)]
        return _lately(rows, until)


def _is_over(incident: Any) -> bool:
    return bool(incident.state != IncidentState.OPEN.value)


def _lately(rows: Iterable[Any], until: Mapping[str, datetime]) -> bool:
    return any(each.at > until[each.incident] - WROTE_WITHIN for each in rows)
