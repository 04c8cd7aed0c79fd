"""Tables of the ledger: deliveries, the lanes' budgets, and receipts of handled envelopes."""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.deliveries.model import (
    LATE,
    Allotment,
    Backlog,
    Busy,
    Delivery,
    Lane,
    Planned,
    Policy,
    Priority,
    Sent,
    State,
    allot,
    full_until,
    lane_of,
)
from bot.errors import AlreadyHandled
from storage.lanes import LaneTable
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

# A claim looks at as many rows as it has room for, and if none of them may go now, at so many more
# so often: the backlog of one lane takes several transactions, that nobody waits for a long one.
LOOKED_AT = 80
ROUNDS = 4

# Machine time by the database's own clock, so that replicas agree on leases.
DATABASE_SECONDS = {
    "sqlite": sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Double),
    "postgresql": sa.literal_column("extract(epoch from clock_timestamp())", sa.Double),
}


# Building a statement costs more than running it, so those of every command are built once.
@cache
def _take_receipt(dialect: str) -> Any:
    return upsert(dialect, receipts).on_conflict_do_nothing().returning(receipts.c.key)


@cache
def _plan(dialect: str) -> Any:
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
def _lock_due(dialect: str) -> Any:
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
def _take_all(dialect: str) -> Any:
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


def _fenced(delivery: Delivery) -> dict[str, Any]:
    return {
        "which": delivery.key,
        "in_workspace": delivery.workspace,
        "at_fence": delivery.fence,
    }


class Receipts:
    """Which envelopes are handled; kept a day, without payload."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def take(self, workspace: str, key: str, now: datetime) -> None:
        """Take the receipt of an envelope, in the transaction that does its work.

        Raises AlreadyHandled if a committed transaction holds it.
        """
        taken = self._connection.execute(
            _take_receipt(self._connection.dialect.name),
            {"workspace": workspace, "key": key, "at": now},
        )
        # Not by rowcount, which is -1 for an INSERT on PostgreSQL.
        if taken.first() is None:
            raise AlreadyHandled


class DeliveryTable:
    """The ledger's rows; see `bot.deliveries.ports.DeliveryStore`."""

    def __init__(self, connection: sa.Connection, token: Callable[[], str]) -> None:
        self._connection = connection
        self._token = token
        self._clock = DATABASE_SECONDS[connection.dialect.name]
        self.planned = False
        self.happened: Counter[str] = Counter()
        self._places = itertools.count()
        self._lanes = LaneTable(connection)

    def plan(self, planned: Planned, now: datetime) -> None:
        self.plan_all((planned,), now)

    def plan_all(self, planned: Iterable[Planned], now: datetime) -> None:
        rows = [self._row(each, now) for each in planned]
        if rows:
            self.planned = True
            self._connection.execute(_plan(self._connection.dialect.name), rows)

    def _row(self, planned: Planned, now: datetime) -> dict[str, Any]:
        return {
            "key": self._token(), "state": State.PENDING.value, "since": now,
            "at": max(now, planned.due), "place": next(self._places),
            "workspace": planned.workspace, "purpose": planned.purpose,
            "subject": planned.subject, "due": planned.due, "lane": planned.lane,
            "policy": planned.policy.value, "priority": planned.priority.value,
            "expires": planned.expires, "wanted": planned.wanted,
        }  # fmt: skip

    def claim(
        self,
        workspaces: Collection[str],
        now: datetime,
        limit: int,
        lease: float,
        busy: Busy | None = None,
    ) -> tuple[Delivery, ...]:
        queued: dict[Lane, int] = {}
        for look in (limit, *[LOOKED_AT] * ROUNDS):
            due = self._lock_due(workspaces, now, look)
            allotted = allot(
                due, self._lanes.lock({lane_of(each) for each in due}), now, limit, busy, queued
            )
            self._set_aside(allotted, now)
            if allotted.claimed:
                self._look_since_due(allotted.claimed)
                return tuple(self._take(allotted.claimed, now, lease))
            if not (allotted.missed or allotted.unknown or allotted.postponed):
                return ()
        self.planned = True  # more may be due behind these: look again, in another transaction
        return ()

    def _set_aside(self, allotted: Allotment, now: datetime) -> None:
        self._end(allotted.missed, State.MISSED, "past its moment", now)
        self._end(allotted.unknown, State.UNKNOWN, "sender_died", now)
        self._postpone(allotted.postponed)
        self.happened["postponed"] += len(allotted.postponed)
        self._lanes.set(allotted.lanes)  # they are locked

    def finish(self, delivery: Delivery, sent: Sent, now: datetime) -> bool:
        done = self._connection.execute(
            FINISH, _fenced(delivery) | {"to_ref": sent.ref, "to_version": sent.version, "to": now}
        )
        return self._counted(State.SENT.value, matched=done.rowcount == 1)

    def give_back(
        self, delivery: Delivery, at: datetime, hold: float, reason: str, *, lane_shut: bool
    ) -> bool:
        self.planned = True
        if lane_shut:
            shut = {lane_of(delivery): full_until(delivery.lane, at)}
            self._lanes.shut(shut)
            self.happened["told_to_wait"] += 1
        until = self._clock + hold if hold > 0 else sa.literal(0.0)
        matched = self._update_fenced(delivery, at=at, hold=until, reason=reason)
        return self._counted("again", matched=matched)

    def close(self, delivery: Delivery, state: State, reason: str, now: datetime) -> bool:
        matched = self._update_fenced(
            delivery, state=state.value, hold=0.0, finished=now, reason=reason
        )
        return self._counted(state.value, matched=matched)

    def _counted(self, happened: str, *, matched: bool) -> bool:
        self.happened[happened if matched else "fence_lost"] += 1
        return matched

    def backlog(self, workspaces: Collection[str], now: datetime) -> Backlog:
        t = deliveries
        # What the budgets make wait has its `at` moved on; since when it is owed stays.
        since = sa.case((t.c.due > t.c.since, t.c.due), else_=t.c.since)
        held, due = t.c.hold > self._clock, since <= now
        row = self._connection.execute(
            sa.select(
                sa.func.count().filter(sa.not_(due)).label("ahead"),
                sa.func.count().filter(due, sa.not_(held)).label("due"),
                sa.func.count().filter(due, held).label("held"),
                sa.type_coerce(sa.func.min(since).filter(due), UtcTime).label("oldest"),
            ).where(t.c.workspace.in_(workspaces), t.c.state == State.PENDING.value)
        ).one()
        return Backlog(row.ahead, row.due, row.held, row.oldest)

    def next_due(self, workspaces: Collection[str]) -> datetime | None:
        t = deliveries
        pending = sa.select(sa.func.min(t.c.at)).where(
            t.c.workspace.in_(workspaces),
            t.c.state == State.PENDING.value,
            t.c.hold <= self._clock,
        )
        return self._connection.execute(pending).scalar()

    def _lock_due(
        self, workspaces: Collection[str], now: datetime, limit: int
    ) -> tuple[Delivery, ...]:
        rows = self._connection.execute(
            _lock_due(self._connection.dialect.name),
            {"workspaces": tuple(workspaces), "due_by": now, "at_most": limit},
        )
        return tuple(delivery_of(row, in_doubt=_maybe_sent(row, now)) for row in rows)

    def _take(self, claimed: Collection[Delivery], now: datetime, lease: float) -> list[Delivery]:
        order = {delivery.key: place for place, delivery in enumerate(claimed)}
        in_doubt = {delivery.key: delivery.in_doubt for delivery in claimed}
        rows = self._connection.execute(
            _take_all(self._connection.dialect.name),
            {"keys": tuple(order), "lease": lease, "first": now},
        )
        taken = [delivery_of(row, in_doubt=in_doubt[row.key]) for row in rows]
        return sorted(taken, key=lambda each: order[each.key])

    def _look_since_due(self, claimed: Collection[Delivery]) -> None:
        """What a backup brought back, or is late, may have been sent at any time since due."""
        restored = [each.key for each in claimed if each.in_doubt and not each.attempts]
        if restored:
            t = deliveries
            since_due = sa.update(t).where(t.c.key.in_(restored)).values(first_try=t.c.due)
            self._connection.execute(since_due)

    def _postpone(self, postponed: Collection[tuple[Delivery, datetime]]) -> None:
        if postponed:
            self._connection.execute(
                POSTPONE, [{"which": delivery.key, "until": at} for delivery, at in postponed]
            )

    def _end(self, ended: Collection[Delivery], state: State, reason: str, now: datetime) -> None:
        if ended:
            self.happened[state.value] += len(ended)
            self._connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.key.in_([delivery.key for delivery in ended]))
                .values(state=state.value, hold=0.0, finished=now, reason=reason)
            )

    def _update_fenced(self, delivery: Delivery, **values: Any) -> bool:
        changed = self._connection.execute(FENCED.values(**values), _fenced(delivery))
        return changed.rowcount == 1


def _maybe_sent(row: Any, now: datetime) -> bool:
    untried_so_late = (
        row.policy == Policy.LOOK_BACK.value and not row.attempts and now - row.due > LATE
    )
    return bool(row.hold > 0 or row.from_before or untried_so_late)


def delivery_of(row: Any, *, in_doubt: bool) -> Delivery:
    """A row of the ledger as the core sees it."""
    return Delivery(
        key=row.key, workspace=row.workspace, purpose=row.purpose, subject=row.subject,
        due=row.due, lane=row.lane, policy=Policy(row.policy), priority=Priority(row.priority),
        expires=row.expires, wanted=row.wanted, state=State(row.state), at=row.at,
        fence=row.fence, attempts=row.attempts, first_try=row.first_try, ref=row.ref,
        in_doubt=in_doubt,
    )  # fmt: skip
