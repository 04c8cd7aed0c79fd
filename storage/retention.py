"""What is past its time, found by an index or in a small table, and deleted a slice at a time."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import IncidentState
from storage.activity import incident_activity
from storage.deliveries import deliveries, receipts
from storage.incidents import incidents
from storage.lanes import lanes
from storage.types import UtcTime, metadata
from storage.workspace import people

departures = sa.Table(
    "departures",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
)

# In these words, and as no bound value, so that both planners see that the index is of them.
_ENDED = sa.text("state != 'pending'")
sa.Index(
    "ix_deliveries_ended",
    deliveries.c.finished,
    postgresql_where=_ENDED,
    sqlite_where=_ENDED,
)

Old = Callable[[datetime], "sa.ColumnElement[bool]"]


def _ended(before: datetime) -> "sa.ColumnElement[bool]":
    return sa.and_(_ENDED, deliveries.c.finished < before)


def _of_ended_incidents(before: datetime) -> "sa.ColumnElement[bool]":
    t = incidents
    over = sa.and_(
        t.c.state != IncidentState.OPEN.value, sa.func.coalesce(t.c.closed, t.c.resolved) < before
    )
    return incident_activity.c.incident.in_(sa.select(t.c.id).where(over))


def _left(before: datetime) -> "sa.ColumnElement[bool]":
    t = departures
    gone = sa.select(t.c.workspace, t.c.person).where(t.c.at < before)
    return sa.and_(people.c.deleted, sa.tuple_(people.c.workspace, people.c.id).in_(gone))


OLD: Mapping[str, tuple[sa.Table, Old]] = {
    "receipts": (receipts, lambda before: receipts.c.at < before),
    "deliveries": (deliveries, _ended),
    "activity": (incident_activity, _of_ended_incidents),
    "people": (people, _left),
    "lanes": (lanes, lambda before: lanes.c.next_free < before),
}


class RetentionTables:
    """See `bot.workspace.retention.RetentionStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def notice(self, now: datetime) -> None:
        p, d = people, departures
        same = sa.and_(d.c.workspace == p.c.workspace, d.c.person == p.c.id)
        gone = sa.select(p.c.workspace, p.c.id).where(p.c.deleted)
        back = ~sa.exists().where(same, p.c.deleted)
        self._connection.execute(sa.delete(d).where(back))
        new = gone.add_columns(sa.literal(now, UtcTime)).where(~sa.exists().where(same))
        self._connection.execute(sa.insert(d).from_select(["workspace", "person", "at"], new))

    def forget(self, kind: str, before: datetime, limit: int) -> int:
        table, old = OLD[kind]
        key: sa.ColumnElement[Any] = sa.tuple_(*table.primary_key.columns)
        some = (
            sa.select(*table.primary_key.columns)
            .where(old(before))
            .limit(limit)
            .with_for_update(skip_locked=True, of=table)
        )
        return self._connection.execute(sa.delete(table).where(key.in_(some))).rowcount
