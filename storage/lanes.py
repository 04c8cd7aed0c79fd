"""The lanes' budgets: rows, so that replicas share them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.deliveries.model import Lane
from storage.types import UtcTime, metadata, upsert

lanes = sa.Table(
    "lanes",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),
    sa.Column("next_free", UtcTime, nullable=False),
)

_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@cache
def _open_lanes(dialect: str) -> Any:
    return upsert(dialect, lanes).on_conflict_do_nothing()


_LANE = sa.tuple_(lanes.c.workspace, lanes.c.lane)
LOCK_LANES = (
    sa.select(lanes)
    .where(_LANE.in_(sa.bindparam("names", expanding=True)))
    .order_by(lanes.c.workspace, lanes.c.lane)
    .with_for_update()
)


@cache
def _set_lane(dialect: str, *, advance_only: bool) -> Any:
    insert = upsert(dialect, lanes)
    return insert.on_conflict_do_update(
        index_elements=[lanes.c.workspace, lanes.c.lane],
        set_={"next_free": insert.excluded.next_free},
        where=lanes.c.next_free < insert.excluded.next_free if advance_only else None,
    )


class LaneTable:
    """When each lane is next free."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def lock(self, used: Collection[Lane]) -> dict[Lane, datetime]:
        """Lock these lanes until the transaction ends; when those in use are next free."""
        names = sorted(used)
        if not names:
            return {}
        if self._dialect != "sqlite":
            # A lane nobody has used has no row to lock, and two replicas would both find it free.
            self._connection.execute(
                _open_lanes(self._dialect),
                [{"workspace": w, "lane": n, "next_free": _LONG_AGO} for w, n in names],
            )
        rows = self._connection.execute(LOCK_LANES, {"names": names})
        return {(row.workspace, row.lane): row.next_free for row in rows}

    def set(self, free: Mapping[Lane, datetime]) -> None:
        """Write when locked lanes are next free."""
        self._write(free, _set_lane(self._dialect, advance_only=False))

    def shut(self, until: Mapping[Lane, datetime]) -> None:
        """Keep lanes shut until then; one that is shut for longer stays so."""
        self._write(until, _set_lane(self._dialect, advance_only=True))

    def _write(self, free: Mapping[Lane, datetime], statement: Any) -> None:
        if free:
            in_order = sorted(free.items())
            rows = [{"workspace": w, "lane": n, "next_free": at} for (w, n), at in in_order]
            self._connection.execute(statement, rows)
