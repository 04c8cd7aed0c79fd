"""Who is in an incident's channel, and since when: what private incidents are seen by."""

from datetime import datetime

import sqlalchemy as sa

from bot.incidents.model import Member
from storage.incidents import incidents
from storage.types import UtcTime, metadata, upsert

incident_members = sa.Table(
    "incident_members",
    metadata,
    sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("joined_at", UtcTime, nullable=False),
    sa.Column("left_at", UtcTime),
    sa.Index("ix_incident_members_person", "person"),
)


class MemberTables:
    """See `bot.incidents.ports.MemberStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def joined(self, incident: str, person: str, at: datetime) -> None:
        t = incident_members
        insert = upsert(self._connection.dialect.name, t).values(
            incident=incident, person=person, joined_at=at
        )
        # Told again, somebody who is here came when they came; events may come late, too.
        again = sa.and_(t.c.left_at.is_not(None), t.c.left_at <= insert.excluded.joined_at)
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=[t.c.incident, t.c.person],
                set_={"joined_at": insert.excluded.joined_at, "left_at": None},
                where=again,
            )
        )

    def left(self, incident: str, person: str, at: datetime) -> None:
        t = incident_members
        self._connection.execute(
            sa.update(t)
            .where(t.c.incident == incident, t.c.person == person)
            .where(t.c.left_at.is_(None), t.c.joined_at <= at)
            .values(left_at=at)
        )

    def members(self, incident: str) -> tuple[Member, ...]:
        t = incident_members
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident, t.c.left_at.is_(None))
            .order_by(t.c.joined_at, t.c.person)
        )
        return tuple(Member(row.person, row.joined_at) for row in rows)

    def is_member(self, incident: str, person: str) -> bool:
        return self._connection.execute(
            sa.select(is_member_of(incident_members.c.incident == incident, person))
        ).scalar_one()

    def member_of(self, workspace: str, person: str) -> frozenset[str]:
        t = incident_members
        rows = self._connection.execute(
            sa.select(t.c.incident)
            .join(incidents, incidents.c.id == t.c.incident)
            .where(t.c.person == person, t.c.left_at.is_(None))
            .where(incidents.c.workspace == workspace, incidents.c.private)
        )
        return frozenset(rows.scalars())


def is_member_of(which: sa.ColumnElement[bool], person: str) -> sa.Exists:
    """Whether the person is in the channel of an incident, for use in a larger statement."""
    t = incident_members
    return sa.exists().where(which, t.c.person == person, t.c.left_at.is_(None))
