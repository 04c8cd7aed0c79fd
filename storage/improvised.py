"""Reading `improvised:` lines across incidents, by an index that holds nothing else."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.incidents.found import Place
from bot.incidents.improvised import Improvised
from bot.incidents.model import Kind
from storage.incidents import entries, incidents
from storage.members import incident_members, is_member_of
from storage.types import UtcTime

_e, _i = entries, incidents
_improvised = _e.c.kind == Kind.IMPROVISED.value
sa.Index(
    "ix_entries_improvised",
    _e.c.recorded_at,
    _e.c.incident,
    _e.c.seq,
    postgresql_where=_improvised,
    sqlite_where=_improvised,
)
_correction = _e.c.corrects.is_not(None)
sa.Index(
    "ix_entries_corrects",
    _e.c.incident,
    _e.c.corrects,
    _e.c.seq,
    postgresql_where=_correction,
    sqlite_where=_correction,
)

# Materialised: what is recent is rare, and SQLite would start from a workspace's incidents.
_recent = (
    sa.select(_e)
    .where(_improvised, _e.c.recorded_at > sa.bindparam("since", type_=UtcTime))
    .where(_e.c.corrects.is_(None), _e.c.withdrawn_at.is_(None))
    .cte("recent")
    .prefix_with("MATERIALIZED")
)
_newer = entries.alias("newer")
_latest_words = (
    sa.select(_newer.c.text)
    .where(_newer.c.incident == _recent.c.incident, _newer.c.corrects == _recent.c.seq)
    .order_by(_newer.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_key = sa.tuple_(_recent.c.recorded_at, _recent.c.incident, _recent.c.seq)
_said = ("incident", "seq", "actor", "author", "at", "recorded_at", "channel", "message")
_lines = (
    sa.select(
        *(_recent.c[each] for each in _said),
        _i.c.number.label("of"),
        _i.c.title,
        _i.c.channel.label("home"),
        sa.func.coalesce(_latest_words, _recent.c.text).label("text"),
    )
    .join(_i, _i.c.id == _recent.c.incident)
    .order_by(*(each.desc() for each in _key.clauses))
)


class ImprovisedTable:
    """See `bot.incidents.improvised.ImprovisedStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def since(
        self, workspace: str, person: str, since: datetime, after: Place | None, limit: int
    ) -> tuple[Improvised, ...]:
        member = is_member_of(incident_members.c.incident == _i.c.id, person)
        asked = _lines.where(_i.c.workspace == workspace, sa.or_(sa.not_(_i.c.private), member))
        if after is not None:
            asked = asked.where(_key < _bound(after))
        rows = self._connection.execute(asked.limit(limit), {"since": since})
        return tuple(Improvised(**row._mapping) for row in rows)


def _bound(after: Place) -> Any:
    return sa.tuple_(
        sa.literal(after.at, UtcTime), sa.literal(after.incident), sa.literal(after.seq)
    )
