"""The table of nudges: what was asked because of which signals, and what became of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import Incident
from bot.incidents.nudges_model import Judged, Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind
from storage.types import UtcTime, metadata, upsert

MILLION = 1_000_000

nudges = sa.Table(
    "nudges",
    metadata,
    sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("rung", sa.Text, nullable=False),
    sa.Column("first_kind", sa.Text, nullable=False),
    sa.Column("second_kind", sa.Text),
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("asked_of", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("draw", sa.Integer, nullable=False),  # millionths
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", UtcTime),
    sa.Column("until", UtcTime),
    sa.Column("not_useful", sa.JSON, nullable=False),
    sa.Column("shadow", sa.Boolean, nullable=False),
    sa.Column("replaced", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
# In these words, and as no bound value, so that both planners see that the index is of them.
_JUDGED = sa.text("outcome IN ('acted', 'muted', 'not_useful')")
sa.Index(
    "ix_nudges_judged",
    nudges.c.workspace,
    nudges.c.first_kind,
    nudges.c.second_kind,
    nudges.c.outcome,
    postgresql_where=_JUDGED,
    sqlite_where=_JUDGED,
)
OF_INCIDENT = (
    sa.select(nudges).where(nudges.c.incident == sa.bindparam("which")).order_by(nudges.c.number)
)
JUDGED = (
    sa.select(nudges.c.first_kind, nudges.c.second_kind, nudges.c.outcome, sa.func.count())
    .where(nudges.c.workspace == sa.bindparam("in_workspace"), _JUDGED)
    .group_by(nudges.c.first_kind, nudges.c.second_kind, nudges.c.outcome)
)


@cache
def _put(dialect: str) -> Any:
    insert, key = upsert(dialect, nudges), {"incident", "number"}
    changed = {each.name: insert.excluded[each.name] for each in nudges.c if each.name not in key}
    return insert.on_conflict_do_update(index_elements=sorted(key), set_=changed)


class NudgeTable:
    """See `bot.incidents.nudges_model.NudgeStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def put(self, incident: Incident, nudge: Nudge) -> None:
        first, *rest = nudge.signals
        row = {
            "incident": incident.id,
            "number": nudge.number,
            "workspace": incident.workspace,
            "rung": nudge.rung.value,
            "first_kind": first.kind.value,
            "second_kind": rest[0].kind.value if rest else None,
            "signals": [_plain(each) for each in nudge.signals],
            "asked_at": nudge.asked_at,
            "asked_of": nudge.asked_of,
            "channel": nudge.channel,
            "message": nudge.message,
            "draw": round(nudge.draw * MILLION),
            "outcome": nudge.outcome.value,
            "answered_by": nudge.answered_by,
            "answered_at": nudge.answered_at,
            "until": nudge.until,
            "not_useful": [*nudge.not_useful],
            "shadow": nudge.shadow,
            "replaced": nudge.left,
            "version": nudge.version,
        }
        self._connection.execute(_put(self._connection.dialect.name), row)

    def nudges(self, incident: Incident) -> tuple[Nudge, ...]:
        rows = self._connection.execute(OF_INCIDENT, {"which": incident.id})
        return tuple(_nudge(row) for row in rows)

    def judged(self, workspace: str) -> tuple[Judged, ...]:
        asked, useful = Counter[str](), Counter[str]()
        for first, second, outcome, count in self._connection.execute(
            JUDGED, {"in_workspace": workspace}
        ):
            for kind in {first, second or first}:
                asked[kind] += count
                useful[kind] += count if outcome == NudgeOutcome.ACTED else 0
        return tuple(Judged(SignalKind(kind), asked[kind], useful[kind]) for kind in sorted(asked))


def _plain(signal: Signal) -> dict[str, Any]:
    return {
        "kind": signal.kind.value,
        "investigation": signal.investigation,
        "at": signal.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "evidence": dict(signal.evidence),
        "about": signal.about,
    }


def _signal(plain: Mapping[str, Any]) -> Signal:
    at = datetime.fromisoformat(plain["at"])
    kind = SignalKind(plain["kind"])
    return Signal(kind, plain["investigation"], at, plain["evidence"], plain["about"])


def _nudge(row: Any) -> Nudge:
    return Nudge(
        number=row.number,
        rung=Rung(row.rung),
        signals=tuple(map(_signal, row.signals)),
        asked_at=row.asked_at,
        asked_of=row.asked_of,
        channel=row.channel,
        message=row.message,
        draw=row.draw / MILLION,
        outcome=NudgeOutcome(row.outcome),
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        until=row.until,
        not_useful=tuple(row.not_useful),
        shadow=row.shadow,
        left=row.replaced,
        version=row.version,
    )
