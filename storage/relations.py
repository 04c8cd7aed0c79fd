"""Which incidents belong together: related, merged, split."""

import sqlalchemy as sa

from bot.incidents.relating import Link, Relation
from storage.incidents import incidents
from storage.types import metadata, upsert


def _incident(name: str) -> sa.Column[str]:
    key = sa.ForeignKey("incidents.id", ondelete="CASCADE")
    return sa.Column(name, sa.Text, key, primary_key=True)


incident_links = sa.Table(
    "incident_links",
    metadata,
    _incident("one"),
    _incident("other"),
    sa.Column("relation", sa.Text, primary_key=True),
    sa.Index("ix_incident_links_other", "other"),
)


class RelationTables:
    """See `bot.incidents.ports.RelationStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def link(self, link: Link) -> None:
        self._connection.execute(
            upsert(self._connection.dialect.name, incident_links)
            .values(one=link.one, other=link.other, relation=link.relation.value)
            .on_conflict_do_nothing()
        )

    def related(self, incident: str) -> tuple[int, ...]:
        t = incident_links
        there = sa.or_(
            sa.and_(t.c.one == incident, incidents.c.id == t.c.other),
            sa.and_(t.c.other == incident, incidents.c.id == t.c.one),
        )
        numbers = sa.select(incidents.c.number).join(t, there).distinct()
        return tuple(sorted(self._connection.execute(numbers).scalars()))

    def of(self, incident: str) -> tuple[Link, ...]:
        t = incident_links
        rows = self._connection.execute(
            sa.select(t)
            .where(sa.or_(t.c.one == incident, t.c.other == incident))
            .order_by(t.c.one, t.c.other, t.c.relation)
        )
        return tuple(Link(row.one, row.other, Relation(row.relation)) for row in rows)
