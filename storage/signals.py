"""The table of signals: what the looks found, each once for each time that it held."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import Incident
from bot.incidents.signals_model import Seen, Signal, SignalKind
from storage.types import UtcTime, metadata, upsert

NO_THREAD = 0  # part of the key, which takes no NULL

signals = sa.Table(
    "signals",
    metadata,
    sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("investigation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("over_at", UtcTime),
)
KEY = tuple(column.name for column in signals.primary_key)


@cache
def _begins(dialect: str) -> Any:
    return upsert(dialect, signals).on_conflict_do_update(
        index_elements=KEY, set_={"over_at": None}
    )


class SignalTable:
    """See `bot.incidents.signals_model.SignalStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def begins(self, incident: Incident, signal: Signal, now: datetime) -> None:
        row = {
            "incident": incident.id,
            "kind": signal.kind.value,
            "investigation": signal.investigation or NO_THREAD,
            "about": signal.about,
            "at": signal.at,
            "evidence": dict(signal.evidence),
            "seen_at": now,
            "over_at": None,
        }
        self._connection.execute(_begins(self._connection.dialect.name), row)

    def ends(self, incident: Incident, signal: Signal, now: datetime) -> None:
        t = signals
        self._connection.execute(
            sa.update(t)
            .where(t.c.incident == incident.id, t.c.kind == signal.kind.value)
            .where(t.c.investigation == (signal.investigation or NO_THREAD))
            .where(t.c.about == signal.about, t.c.at == signal.at)
            .values(over_at=now)
        )

    def signals(self, incident: Incident) -> tuple[Seen, ...]:
        t = signals
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.incident == incident.id)
            .order_by(t.c.at, t.c.kind, t.c.investigation, t.c.about)
        )
        return tuple(_seen(row) for row in rows)


def _seen(row: Any) -> Seen:
    line = row.investigation or None
    signal = Signal(SignalKind(row.kind), line, row.at, row.evidence, row.about)
    return Seen(signal, row.seen_at, row.over_at)
