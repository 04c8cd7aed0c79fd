"""The ledger's rows, and receipts of handled envelopes; the tables are in `deliveries_sql`."""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
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
from storage.deliveries_sql import (
    DATABASE_SECONDS,
    ENDED,
    FENCED,
    FINISH,
    POSTPONE,
    deliveries,
    due_now,
    orphans,
    owe,
    receipt_taken,
    receipts,
    taken,
)
from storage.lanes import LaneTable
from storage.types import UtcTime

__all__ = [
    "LOOKED_AT",
    "ROUNDS",
    "DeliveryTable",
    "Receipts",
    "deliveries",
    "delivery_of",
    "receipts",
]

# A claim looks at as many rows as it has room for, and if none of them may go now, at so many more
# so often: the backlog of one lane takes several transactions, that nobody waits for a long one.
LOOKED_AT = 80
OF_STUDIES = "sampling."
ROUNDS = 4


def _fenced(delivery: Delivery) -> dict[str, Any]:
    return {
        "which": delivery.key,
        "in_workspace": delivery.workspace,
        "at_fence": delivery.fence,
    }


def _finished(delivery: Delivery, sent: Sent, now: datetime) -> dict[str, Any]:
    return _fenced(delivery) | {"to_ref": sent.ref, "to_version": sent.version, "to": now}


class Receipts:
    """Which envelopes are handled; kept a day, without payload."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def take(self, workspace: str, key: str, now: datetime) -> None:
        """Take the receipt of an envelope, in the transaction that does its work.

        Raises AlreadyHandled if a committed transaction holds it.
        """
        row = self._connection.execute(
            receipt_taken(self._connection.dialect.name),
            {"workspace": workspace, "key": key, "at": now},
        )
        # Not by rowcount, which is -1 for an INSERT on PostgreSQL.
        if row.first() is None:
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
            self._connection.execute(owe(self._connection.dialect.name), rows)

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
        heard: Collection[str] = (),
    ) -> tuple[Delivery, ...]:
        queued: dict[Lane, int] = {}
        for look in (limit, *[LOOKED_AT] * ROUNDS):
            due = self._lock_due(workspaces, now, look)
            free = self._lanes.lock({lane_of(each) for each in due})
            allotted = allot(due, free, now, limit, busy, queued, heard)
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
        done = self._connection.execute(FINISH, _finished(delivery, sent, now))
        return self._counted(State.SENT.value, matched=done.rowcount == 1)

    def finish_all(self, done: Sequence[tuple[Delivery, Sent]], now: datetime) -> bool:
        rows = [_finished(delivery, sent, now) for delivery, sent in done]
        self.happened[State.SENT.value] += len(rows)
        return self._connection.execute(FINISH, rows).rowcount == len(rows)

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

    def cancel(
        self,
        workspace: str,
        purpose: str,
        subject: str,
        reason: str,
        now: datetime,
        *,
        prefix: bool = False,
    ) -> tuple[str, ...]:
        t = deliveries
        # Not by LIKE, for which SQLite takes "a" for "A".
        begins = sa.func.substr(t.c.subject, 1, len(subject)) == subject
        died = sa.case((t.c.hold > 0, State.UNKNOWN.value), else_=State.MISSED.value)
        ended = self._connection.execute(
            sa.update(t)
            .where(t.c.workspace == workspace, t.c.purpose == purpose)
            .where(begins if prefix else t.c.subject == subject)
            .where(t.c.state == State.PENDING.value, t.c.hold <= self._clock)
            .values(state=died, hold=0.0, finished=now, reason=reason)
            .returning(t.c.subject)
        )
        subjects = tuple(ended.scalars())
        self.happened["cancelled"] += len(subjects)
        return subjects

    def purge(
        self, workspace: str, purpose_prefix: str, ended_before: datetime, limit: int = 500
    ) -> int:
        t, left = deliveries, orphans
        sent_too_many = sa.exists().where(left.c.workspace == t.c.workspace, left.c.key == t.c.key)
        some = (
            sa.select(t.c.key)
            .where(t.c.workspace == workspace, ENDED, t.c.finished < ended_before)
            .where(sa.func.substr(t.c.purpose, 1, len(purpose_prefix)) == purpose_prefix)
            .where(~sent_too_many)
            .limit(limit)
        )
        return self._connection.execute(sa.delete(t).where(t.c.key.in_(some))).rowcount

    def _counted(self, happened: str, *, matched: bool) -> bool:
        self.happened[happened if matched else "fence_lost"] += 1
        return matched

    def backlog(self, workspaces: Collection[str], now: datetime) -> Backlog:
        t = deliveries
        # What the budgets make wait has its `at` moved on; since when it is owed stays.
        since = sa.case((t.c.due > t.c.since, t.c.due), else_=t.c.since)
        held, due = t.c.hold > self._clock, since <= now
        # How many prompts are still to come today is nobody's to know: see the protocol, section 2.
        ahead = sa.and_(sa.not_(due), sa.not_(t.c.purpose.startswith(OF_STUDIES)))
        row = self._connection.execute(
            sa.select(
                sa.func.count().filter(ahead).label("ahead"),
                sa.func.count().filter(due, sa.not_(held)).label("due"),
                sa.func.count().filter(due, held).label("held"),
                sa.type_coerce(sa.func.min(since).filter(due), UtcTime).label("oldest"),
            ).where(t.c.workspace.in_(workspaces), t.c.state == State.PENDING.value)
        ).one()
        return Backlog(row.ahead, row.due, row.held, row.oldest)

    def seconds_ahead(self, now: datetime) -> float:
        return now.timestamp() - float(
            self._connection.execute(sa.select(self._clock)).scalar_one()
        )

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
            due_now(self._connection.dialect.name),
            {"workspaces": tuple(workspaces), "due_by": now, "at_most": limit},
        )
        return tuple(delivery_of(row, in_doubt=_maybe_sent(row, now)) for row in rows)

    def _take(self, claimed: Collection[Delivery], now: datetime, lease: float) -> list[Delivery]:
        order = {delivery.key: place for place, delivery in enumerate(claimed)}
        in_doubt = {delivery.key: delivery.in_doubt for delivery in claimed}
        rows = self._connection.execute(
            taken(self._connection.dialect.name),
            {"keys": tuple(order), "lease": lease, "first": now},
        )
        claims = [delivery_of(row, in_doubt=in_doubt[row.key]) for row in rows]
        return sorted(claims, key=lambda each: order[each.key])

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
