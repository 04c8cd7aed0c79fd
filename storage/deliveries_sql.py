"""The ledger's tables, and the statements that every send of it runs."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.deliveries.model import Policy, State
from storage.restores import from_before
from storage.types import UtcTime, metadata, upsert

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("due", UtcTime, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("expires", UtcTime),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, server_default="0"),
    sa.Column("hold", sa.Double, nullable=False, server_default="0"),
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_try", UtcTime),
    sa.Column("finished", UtcTime),
    sa.Column("ref", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("workspace", "purpose", "subject", "due"),
    sa.CheckConstraint(
        sa.column("state").in_([state.value for state in State]), name="known_state"
    ),
)
sa.Index(
    "ix_deliveries_pending",
    deliveries.c.workspace,
    deliveries.c.at,
    postgresql_where=deliveries.c.state == State.PENDING.value,
    sqlite_where=deliveries.c.state == State.PENDING.value,
)

# Messages whose senders lost their fence; see `storage.orphans`.
orphans = sa.Table(
    "orphans",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
)

# In these words, as the index of retention has them: a planner compares no bound value.
ENDED = sa.text("state != 'pending'")

# Machine time by the database's own clock, so that replicas agree on leases.
DATABASE_SECONDS = {
    "sqlite": sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Double),
    "postgresql": sa.literal_column("extract(epoch from clock_timestamp())", sa.Double),
}


# Building a statement costs more than running it, so those of every command are built once.
@cache
def receipt_taken(dialect: str) -> Any:
    return upsert(dialect, receipts).on_conflict_do_nothing().returning(receipts.c.key)


@cache
def owe(dialect: str) -> Any:
    """Owe it, once. Of latest-wins a newer version may be wanted: an idle row is due again, one
    that waits keeps its turn. One statement for both, so that a change plans its sends in one."""
    t, insert = deliveries, upsert(dialect, deliveries)
    idle = t.c.state != State.PENDING.value
    return insert.on_conflict_do_update(
        index_elements=[t.c.workspace, t.c.purpose, t.c.subject, t.c.due],
        set_={
            "wanted": insert.excluded.wanted,
            "state": State.PENDING.value,
            "at": sa.case((idle, insert.excluded.since), else_=t.c.at),
            "since": sa.case((idle, insert.excluded.since), else_=t.c.since),
            "place": sa.case((idle, insert.excluded.place), else_=t.c.place),
            "hold": sa.case((idle, 0.0), else_=t.c.hold),
            "attempts": sa.case((idle, 0), else_=t.c.attempts),
        },
        where=sa.and_(
            insert.excluded.policy == Policy.LATEST_WINS.value,
            t.c.wanted < insert.excluded.wanted,
        ),
    )


@cache
def due_now(dialect: str) -> Any:
    t = deliveries
    return (
        sa.select(t, from_before(t).label("from_before"))
        .where(t.c.workspace.in_(sa.bindparam("workspaces", expanding=True)))
        .where(t.c.state == State.PENDING.value)
        .where(t.c.at <= sa.bindparam("due_by", type_=UtcTime))
        .where(t.c.hold <= DATABASE_SECONDS[dialect])
        .order_by(t.c.priority, t.c.since, t.c.place, t.c.key)
        .limit(sa.bindparam("at_most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


@cache
def taken(dialect: str) -> Any:
    t = deliveries
    first = sa.bindparam("first", type_=UtcTime)
    return (
        sa.update(t)
        .where(t.c.key.in_(sa.bindparam("keys", expanding=True)))
        .values(
            hold=DATABASE_SECONDS[dialect] + sa.bindparam("lease", type_=sa.Double),
            fence=t.c.fence + 1,
            attempts=t.c.attempts + 1,
            first_try=sa.func.coalesce(t.c.first_try, first),
        )
        .returning(t)
    )


POSTPONE = (
    sa.update(deliveries)
    .where(deliveries.c.key == sa.bindparam("which"))
    .values(at=sa.bindparam("until"))
)

# Where its fence still matches: nobody else has taken it since.
FENCED = (
    sa.update(deliveries)
    .where(deliveries.c.key == sa.bindparam("which"))
    .where(deliveries.c.workspace == sa.bindparam("in_workspace"))
    .where(deliveries.c.fence == sa.bindparam("at_fence"))
    .where(deliveries.c.state == State.PENDING.value)
)
_to = sa.bindparam("to", type_=UtcTime)
_version = sa.bindparam("to_version", type_=sa.Integer)
# A latest-wins subject that was wanted again meanwhile is pending again.
_settled = sa.or_(deliveries.c.wanted <= _version, deliveries.c.policy != Policy.LATEST_WINS.value)
FINISH = FENCED.values(
    state=sa.case((_settled, State.SENT.value), else_=State.PENDING.value),
    ref=sa.bindparam("to_ref", type_=sa.Text),
    shown=_version,
    hold=0.0,
    finished=_to,
    at=_to,
    since=_to,
    attempts=sa.case((_settled, deliveries.c.attempts), else_=0),
    reason="",
)
