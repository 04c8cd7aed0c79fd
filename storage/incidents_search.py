"""Finding entries by their words, and listing incidents; a page at a time, by an index.

A title is the entry that declares, a hypothesis the entry that opens a thread, so one index over
entries holds all that people wrote; `storage.full_text` asks it. It is made by migrations 0002 and
0005; `storage.tables.compared` tells autogenerate that these objects are not its business.
"""

from typing import Any

import sqlalchemy as sa

from bot.incidents.found import Hit, Place, Term
from bot.incidents.model import Incident, IncidentState, Kind
from storage.full_text import holding
from storage.incidents import incident_of_row, incidents
from storage.members import incident_members, is_member_of

# A channel may have had several incidents, one after another; the latest is what is meant.
sa.Index("ix_incidents_of_channel", incidents.c.workspace, incidents.c.channel, incidents.c.number)


def _visible(person: str) -> sa.ColumnElement[bool]:
    """Private incidents exist only for those who are in their channel."""
    member = is_member_of(incident_members.c.incident == incidents.c.id, person)
    return sa.or_(sa.not_(incidents.c.private), member)


class SearchTables:
    """See `bot.incidents.found.SearchStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(
        self, workspace: str, person: str, terms: tuple[Term, ...], after: Place | None, limit: int
    ) -> tuple[Hit, ...]:
        seen_by = (workspace, person)
        return tuple(_hit(row) for row in holding(self._connection, seen_by, terms, after, limit))

    def listed(
        self,
        workspace: str,
        person: str,
        states: tuple[IncidentState, ...],
        below: int | None,
        limit: int,
        *,
        mine: bool = False,
    ) -> tuple[Incident, ...]:
        i = incidents
        asked = sa.select(i).where(i.c.workspace == workspace, _visible(person))
        asked = asked.where(i.c.state.in_([each.value for each in states]))
        if below is not None:
            asked = asked.where(i.c.number < below)
        if mine:
            member = is_member_of(incident_members.c.incident == i.c.id, person)
            asked = asked.where(sa.or_(i.c.commander == person, i.c.declared_by == person, member))
        rows = self._connection.execute(asked.order_by(i.c.number.desc()).limit(limit))
        return tuple(incident_of_row(row) for row in rows)

    def id_of_number(self, workspace: str, person: str, number: int) -> str | None:
        i = incidents
        asked = sa.select(i.c.id).where(i.c.workspace == workspace, i.c.number == number)
        return self._connection.execute(asked.where(_visible(person))).scalar()

    def last_in_channel(self, workspace: str, channel: str) -> str | None:
        i = incidents
        return self._connection.execute(
            sa.select(i.c.id)
            .where(i.c.workspace == workspace, i.c.channel == channel, i.c.channel != "")
            .order_by(i.c.number.desc())
            .limit(1)
        ).scalar()


def _hit(row: Any) -> Hit:
    return Hit(
        incident=row.incident,
        number=row.number,
        title=row.title,
        private=row.private,
        channel=row.of_channel,
        state=IncidentState(row.state),
        seq=row.seq,
        kind=Kind(row.kind),
        actor=row.actor,
        at=row.at,
        recorded_at=row.recorded_at,
        text=row.text,
        investigation=row.investigation,
    )
