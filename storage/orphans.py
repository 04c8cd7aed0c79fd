"""Messages whose senders lost their fence: one too many, if another one won."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.deliveries.model import Delivery, Orphan, State
from storage.deliveries import delivery_of
from storage.deliveries_sql import deliveries, orphans
from storage.types import upsert

__all__ = ["OrphanTable", "orphans"]

# The delivery's row outlives its orphans: it is kept for weeks after it ended.
ORPHANS = (
    sa.select(deliveries, orphans.c.ref.label("orphan"))
    .join(
        orphans,
        sa.and_(orphans.c.workspace == deliveries.c.workspace, orphans.c.key == deliveries.c.key),
    )
    .where(orphans.c.workspace.in_(sa.bindparam("workspaces", expanding=True)))
    .where(deliveries.c.state != State.PENDING.value)
    .order_by(orphans.c.at, orphans.c.ref)
    .limit(sa.bindparam("at_most", type_=sa.Integer))
)


class OrphanTable:
    """See `bot.deliveries.ports.OrphanStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def note(self, delivery: Delivery, ref: str, now: datetime) -> None:
        note = upsert(self._connection.dialect.name, orphans).on_conflict_do_nothing()
        row = {"workspace": delivery.workspace, "key": delivery.key, "ref": ref, "at": now}
        self._connection.execute(note, row)

    def ended(self, workspaces: Collection[str], limit: int) -> tuple[Orphan, ...]:
        rows = self._connection.execute(
            ORPHANS, {"workspaces": tuple(workspaces), "at_most": limit}
        )
        return tuple(_orphan(row) for row in rows)

    def forget(self, orphan: Orphan) -> None:
        t, delivery = orphans, orphan.delivery
        self._connection.execute(
            sa.delete(t).where(
                t.c.workspace == delivery.workspace, t.c.key == delivery.key, t.c.ref == orphan.ref
            )
        )


def _orphan(row: Any) -> Orphan:
    won = row.state == State.SENT.value and row.ref != row.orphan
    return Orphan(delivery_of(row, in_doubt=False), row.orphan, won)
