"""Tables of attending: lines below a board, questions, who is told at the end, who knows what."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.incidents.attended import Attendant, Below, Question, Wants
from bot.incidents.model import Incident
from storage.incidents import entries, investigations
from storage.types import UtcTime, metadata, upsert


def _of_incident() -> "sa.Column[Any]":
    return sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )


boards = sa.Table(
    "boards",
    metadata,
    _of_incident(),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("posted_at", UtcTime, nullable=False),
)

questions = sa.Table(
    "questions",
    metadata,
    _of_incident(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", UtcTime),
)

watchers = sa.Table(
    "watchers",
    metadata,
    _of_incident(),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
)

attendants = sa.Table(
    "attendants",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    # Of the version before, whose replicas may still run beside this one. Not read, not written.
    sa.Column("brief", sa.Boolean, nullable=False, server_default=sa.text("FALSE")),
    sa.Column("wants", sa.Text, nullable=False, server_default="all"),
)

# Every line of an incident's channel runs this one, so it is built once.
LINE_BELOW = (
    sa.update(boards)
    .where(boards.c.incident == sa.bindparam("which"))
    .values(lines=boards.c.lines + 1)
)

BELOW = sa.select(boards.c.lines, boards.c.posted_at).where(
    boards.c.incident == sa.bindparam("which")
)

# One look at the end of an index for each thread, however long the incident's record is.
_newest = (
    sa.select(sa.func.max(entries.c.recorded_at))
    .where(entries.c.incident == investigations.c.incident)
    .where(entries.c.investigation == investigations.c.number)
    .scalar_subquery()
)
LAST_WORDS = sa.select(investigations.c.number, _newest.label("last")).where(
    investigations.c.incident == sa.bindparam("which")
)


class AttendingTables:
    """See `bot.incidents.attended.AttendingStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def board_stands(self, incident: Incident, now: datetime) -> None:
        self._put(boards, {"incident": incident.id, "lines": 0, "posted_at": now})

    def line_below(self, incident_id: str) -> None:
        self._connection.execute(LINE_BELOW, {"which": incident_id})

    def below(self, incident: Incident) -> Below | None:
        row = self._connection.execute(BELOW, {"which": incident.id}).one_or_none()
        return None if row is None else Below(row.lines, row.posted_at)

    def last_words(self, incident: Incident) -> dict[int, datetime]:
        rows = self._connection.execute(LAST_WORDS, {"which": incident.id})
        return {row.number: row.last for row in rows if row.last is not None}

    def ask(self, incident: Incident, question: Question) -> None:
        self._connection.execute(sa.insert(questions), _row(incident, question))

    def answered(self, incident: Incident, question: Question) -> None:
        t = questions
        self._connection.execute(
            sa.update(t)
            .where(t.c.incident == incident.id, t.c.number == question.number)
            .values(
                answer=question.answer,
                answered_by=question.answered_by,
                answered_at=question.answered_at,
            )
        )

    def questions(self, incident: Incident) -> tuple[Question, ...]:
        t = questions
        rows = self._connection.execute(
            sa.select(t).where(t.c.incident == incident.id).order_by(t.c.number)
        )
        return tuple(
            Question(r.number, r.asker, r.text, r.at, r.answer, r.answered_by, r.answered_at)
            for r in rows
        )

    def waiting(self, incident: Incident) -> int:
        t = questions
        count: int = self._connection.execute(
            sa.select(sa.func.count()).where(t.c.incident == incident.id, t.c.answered_at.is_(None))
        ).scalar_one()
        return count

    def watch(self, incident: Incident, person: str, now: datetime) -> bool:
        return self._once(watchers, incident, person, now)

    def watchers(self, incident: Incident) -> tuple[str, ...]:
        t = watchers
        return tuple(
            self._connection.execute(
                sa.select(t.c.person).where(t.c.incident == incident.id).order_by(t.c.person)
            ).scalars()
        )

    def attendant(self, workspace: str, person: str) -> Attendant:
        t = attendants
        row = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace, t.c.person == person)
        ).one_or_none()
        return Attendant(person) if row is None else _attendant(row)

    def put_attendant(self, workspace: str, attendant: Attendant) -> None:
        values = {"person": attendant.person, "line": attendant.line}
        wants = attendant.wants.value
        self._put(attendants, {"workspace": workspace, **values, "wants": wants})

    def attendants(self, workspace: str, people: tuple[str, ...]) -> tuple[Attendant, ...]:
        t = attendants
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.workspace == workspace, t.c.person.in_(people), t.c.line != "")
            .order_by(t.c.person)
        )
        return tuple(_attendant(row) for row in rows)

    def _once(self, table: sa.Table, incident: Incident, person: str, now: datetime) -> bool:
        insert = upsert(self._connection.dialect.name, table).on_conflict_do_nothing()
        made = self._connection.execute(
            insert.returning(table.c.person),
            {"incident": incident.id, "person": person, "at": now},
        )
        return made.first() is not None

    def _put(self, table: sa.Table, values: dict[str, Any]) -> None:
        key = [column.name for column in table.primary_key]
        insert = upsert(self._connection.dialect.name, table).values(values)
        changed = {name: insert.excluded[name] for name in values if name not in key}
        self._connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))


def _attendant(row: Any) -> Attendant:
    return Attendant(row.person, row.line, Wants(row.wants))


def _row(incident: Incident, question: Question) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "number": question.number,
        "asker": question.asker,
        "text": question.text,
        "at": question.at,
        "answer": question.answer,
        "answered_by": question.answered_by,
        "answered_at": question.answered_at,
    }
