"""What the purse is paid from: direct messages in the ledger, and the nights somebody had."""

from datetime import datetime

import sqlalchemy as sa

from bot.deliveries.model import State
from bot.workspace.ports import Direct, Up
from storage.activity import incident_activity
from storage.deliveries import deliveries
from storage.incidents import incidents
from storage.members import incident_members
from storage.workspace import people

# In these words, and as no bound value, so that both planners see that the index is of them.
_DIRECT = sa.text("lane LIKE 'dm:%'")
sa.Index(
    "ix_deliveries_direct",
    deliveries.c.workspace,
    deliveries.c.lane,
    deliveries.c.at,
    postgresql_where=_DIRECT,
    sqlite_where=_DIRECT,
)
# What was missed or refused has disturbed nobody; what nobody knows of may have.
DISTURBS = (State.PENDING.value, State.SENT.value, State.UNKNOWN.value)


class PurseTables:
    """See `bot.workspace.ports.PurseStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, workspace: str, person: str) -> None:
        t = people
        self._connection.execute(
            sa.select(t.c.id).where(t.c.workspace == workspace, t.c.id == person).with_for_update()
        )

    def direct(self, workspace: str, lane: str, since: datetime) -> tuple[Direct, ...]:
        t = deliveries
        rows = self._connection.execute(
            sa.select(t.c.purpose, t.c.at, t.c.finished)
            .where(t.c.workspace == workspace, t.c.lane == lane, _DIRECT, t.c.at >= since)
            .where(t.c.state.in_(DISTURBS))
            .order_by(t.c.at, t.c.key)
        )
        return tuple(Direct(row.purpose, row.finished or row.at) for row in rows)

    def up(self, workspace: str, person: str, since: datetime) -> tuple[Up, ...]:
        a, m, i = incident_activity, incident_members, incidents
        here = sa.and_(a.c.incident == m.c.incident, a.c.person == m.c.person)
        rows = self._connection.execute(
            sa.select(a.c.first_at, a.c.last_at)
            .select_from(m.join(a, here).join(i, i.c.id == m.c.incident))
            .where(m.c.person == person, i.c.workspace == workspace, a.c.last_at >= since)
            .order_by(a.c.last_at)
        )
        return tuple(Up(row.first_at, row.last_at) for row in rows)
