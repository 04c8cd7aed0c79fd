"""Tables of timing: who was active where and when, and what the bot asked."""

from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.incidents.asked import Activity, Asking
from bot.incidents.model import Action, Entry, Incident, Kind
from storage.incidents import action_of, actions, entries, entry_of
from storage.types import UtcTime, metadata, upsert


def _of_incident() -> "sa.Column[Any]":
    return sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )


incident_activity = sa.Table(
    "incident_activity",
    metadata,
    _of_incident(),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("first_at", UtcTime, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
)

askings = sa.Table(
    "askings",
    metadata,
    _of_incident(),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("asked_of", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", UtcTime),
)


@cache
def _seen(dialect: str) -> Any:
    """Whoever comes late with an earlier time does not turn the clock back."""
    t, insert = incident_activity, upsert(dialect, incident_activity)
    earlier, later = insert.excluded.first_at, insert.excluded.last_at
    return insert.on_conflict_do_update(
        index_elements=["incident", "person", "thread"],
        set_={
            "first_at": sa.case((earlier < t.c.first_at, earlier), else_=t.c.first_at),
            "last_at": sa.case((later > t.c.last_at, later), else_=t.c.last_at),
            "lines": t.c.lines + insert.excluded.lines,
        },
    )


@cache
def _put(dialect: str) -> Any:
    insert, key = upsert(dialect, askings), {"incident", "purpose", "about"}
    changed = {each.name: insert.excluded[each.name] for each in askings.c if each.name not in key}
    return insert.on_conflict_do_update(index_elements=sorted(key), set_=changed)


class ActivityTable:
    """See `bot.incidents.asked.ActivityStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def seen(self, incident_id: str, person: str, thread: str, at: datetime, lines: int) -> None:
        row = {"incident": incident_id, "person": person, "thread": thread, "lines": lines}
        statement = _seen(self._connection.dialect.name)
        self._connection.execute(statement, row | {"first_at": at, "last_at": at})

    def activity(self, incident: Incident) -> tuple[Activity, ...]:
        t = incident_activity
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident.id)
            .order_by(t.c.first_at, t.c.person, t.c.thread)
        )
        return tuple(Activity(r.person, r.thread, r.first_at, r.last_at, r.lines) for r in rows)


class AskingTable:
    """See `bot.incidents.asked.AskingStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def put(self, incident: Incident, asking: Asking) -> None:
        row = asdict(asking) | {"incident": incident.id}
        self._connection.execute(_put(self._connection.dialect.name), row)

    def asking(self, incident: Incident, purpose: str, about: str) -> Asking | None:
        found = [each for each in self.askings(incident, purpose) if each.about == about]
        return found[0] if found else None

    def askings(self, incident: Incident, purpose: str) -> tuple[Asking, ...]:
        t = askings
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident.id, t.c.purpose == purpose)
            .order_by(t.c.asked_at, t.c.about)
        )
        return tuple(_asking(row) for row in rows)

    def action(self, incident: Incident, number: int) -> Action | None:
        t = actions
        row = self._connection.execute(
            sa.select(t).where(t.c.incident == incident.id, t.c.number == number)
        ).one_or_none()
        return None if row is None else action_of(row)

    def first_entry(self, incident: Incident, kind: Kind, since: datetime) -> Entry | None:
        t = entries
        row = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident.id, t.c.kind == kind.value, t.c.recorded_at > since)
            .order_by(t.c.seq)
            .limit(1)
        ).one_or_none()
        return None if row is None else entry_of(row)

    def last_entry(self, incident: Incident, kind: Kind) -> Entry | None:
        t = entries
        row = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident.id, t.c.kind == kind.value)
            .order_by(t.c.seq.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else entry_of(row)


def _asking(row: Any) -> Asking:
    values = dict(row._mapping)
    del values["incident"]
    return Asking(**values)
