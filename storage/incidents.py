"""Tables of incidents: the root, investigations, entries, claims, actions."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.incidents.model import (
    Action,
    Change,
    Claim,
    Clocks,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Record,
    Severity,
)
from storage.ramps import RampJson
from storage.types import UtcTime, metadata, upsert

T = TypeVar("T")
CLOCKS = tuple(clock.name for clock in fields(Clocks))


def _incident_key(*rest: sa.Column[Any]) -> tuple[sa.Column[Any], ...]:
    """Columns of a child row: its incident, deleted with it, and what numbers it there."""
    incident = sa.Column(
        "incident", sa.Text, sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
    )
    return (incident, *rest)


incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("commander", sa.Text, nullable=False),
    sa.Column("commander_took", sa.Boolean, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("channel_name", sa.Text, nullable=False),
    sa.Column("declared_in", sa.Text, nullable=False),
    sa.Column("adopted", sa.Boolean, nullable=False),
    sa.Column("board", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("last_entry", sa.Integer, nullable=False),
    sa.Column("last_action", sa.Integer, nullable=False),
    sa.Column("last_claim", sa.Integer, nullable=False),
    sa.Column("quiet", sa.Boolean, nullable=False, server_default=sa.text("FALSE")),
    sa.Column("next_update", UtcTime),
    sa.Column("channel_lost", sa.Text, nullable=False, server_default=""),
    *(sa.Column(clock, UtcTime) for clock in CLOCKS),
    sa.Column("quiet_since", UtcTime),
    sa.UniqueConstraint("workspace", "number"),
)
# One incident a channel at a time; a closed one leaves its channel free for the next.
_occupied = sa.and_(incidents.c.channel != "", incidents.c.state != IncidentState.CLOSED.value)
sa.Index(
    "uq_incidents_workspace_channel",
    incidents.c.workspace,
    incidents.c.channel,
    unique=True,
    postgresql_where=_occupied,
    sqlite_where=_occupied,
)

_is_open = incidents.c.state == IncidentState.OPEN.value
sa.Index(
    "ix_incidents_open",
    incidents.c.workspace,
    incidents.c.number,
    postgresql_where=_is_open,
    sqlite_where=_is_open,
)

investigations = sa.Table(
    "investigations",
    metadata,
    *_incident_key(sa.Column("number", sa.Integer, primary_key=True)),
    sa.Column("hypothesis", sa.Text, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("ending", sa.Text),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
    sa.Column("closed_at", UtcTime),
    sa.Column("timebox", UtcTime),
    sa.Column("slack_thread", sa.Text, nullable=False),
    sa.Column("said_for", sa.Integer, nullable=False),
    sa.Column("said_against", sa.Integer, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("checked", sa.Text, nullable=False),
    sa.Column("checked_by", sa.Text),
)

actions = sa.Table(
    "actions",
    metadata,
    *_incident_key(sa.Column("number", sa.Integer, primary_key=True)),
    sa.Column("investigation", sa.Integer),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("said_in", sa.Text, nullable=False),
    sa.Column("expect", sa.Text, nullable=False),
    sa.Column("otherwise", sa.Text, nullable=False),
    sa.Column("by", UtcTime),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("assumed", sa.Boolean, nullable=False),
)
_is_running = actions.c.outcome == Outcome.RUNNING.value
sa.Index(
    "ix_actions_running",
    actions.c.incident,
    postgresql_where=_is_running,
    sqlite_where=_is_running,
)

claims = sa.Table(
    "claims",
    metadata,
    *_incident_key(sa.Column("number", sa.Integer, primary_key=True)),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.text("FALSE")),
)

entries = sa.Table(
    "entries",
    metadata,
    *_incident_key(sa.Column("seq", sa.Integer, primary_key=True)),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("recorded_at", UtcTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("investigation", sa.Integer),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("person", sa.Text),
    sa.Column("author", sa.Text, nullable=False, server_default=""),
    sa.Column("item", sa.Integer),
    sa.Column("corrects", sa.Integer),
    sa.Column("withdrawn_at", UtcTime),
    sa.Column("ramp", RampJson),
)
sa.Index("ix_entries_actor", entries.c.incident, entries.c.actor, entries.c.recorded_at)
sa.Index("ix_entries_thread", entries.c.incident, entries.c.investigation, entries.c.recorded_at)
# By message, for marks, edits and deletions; a command has none.
_of_message = entries.c.message != ""
sa.Index("ix_entries_message", entries.c.channel, entries.c.message)


# Building a statement costs more than running it, so those of every command are built once.
_of = (incidents.c.workspace == sa.bindparam("in_workspace"),)
_by_id = (*_of, incidents.c.id == sa.bindparam("which"))
_by_channel = (*_of, incidents.c.channel == sa.bindparam("which"), _occupied)
GET = sa.select(incidents).where(*_by_id)
LOCK = GET.with_for_update()
LOCK_BY_CHANNEL = sa.select(incidents).where(*_by_channel).with_for_update()
ID_OF_CHANNEL = sa.select(incidents.c.id).where(*_by_channel)
SAVE = sa.update(incidents).where(*_by_id)
_said_there = (
    entries.c.channel == sa.bindparam("place"),
    entries.c.message == sa.bindparam("message"),
    _of_message,
)
OF_MESSAGE = sa.select(entries).where(*_said_there).order_by(entries.c.seq)
WITH_MESSAGE = (
    sa.select(incidents.c.id)
    .where(*_of, incidents.c.id.in_(sa.select(entries.c.incident).where(*_said_there)))
    .order_by(incidents.c.id)
)
_same = ("incident", "actor", "kind", "text")
TWIN = (
    sa.select(entries)
    .where(*(entries.c[each] == sa.bindparam(f"its_{each}") for each in _same))
    .where(entries.c.recorded_at > sa.bindparam("since"))
    .order_by(entries.c.seq.desc())
    .limit(1)
)
RUNNING = (
    sa.select(actions)
    .where(actions.c.incident == sa.bindparam("which"), _is_running)
    .order_by(actions.c.number)
)


@cache
def _children_of(table: sa.Table) -> sa.Select[Any]:
    """The rows below an incident, in the order in which they are numbered."""
    mine = sa.select(table).where(table.c.incident == sa.bindparam("which"))
    return mine.order_by(*table.primary_key.columns)


@cache
def _replace(dialect: str, table: sa.Table) -> Any:
    insert = upsert(dialect, table)
    key = [column.name for column in table.primary_key]
    changed = {each.name: insert.excluded[each.name] for each in table.c if each.name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=changed)


class IncidentTables:
    """See `bot.incidents.ports.IncidentStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, incident: Incident, entry: Entry) -> None:
        self._connection.execute(sa.insert(incidents), _root_values(incident))
        self._add(entries, incident.id, (entry,))

    def lock(self, workspace: str, incident_id: str) -> Incident | None:
        return self._load(LOCK, workspace, incident_id)

    def lock_by_channel(self, workspace: str, channel: str) -> Incident | None:
        return self._load(LOCK_BY_CHANNEL, workspace, channel)

    def id_of_channel(self, workspace: str, channel: str) -> str | None:
        asked = {"in_workspace": workspace, "which": channel}
        return self._connection.execute(ID_OF_CHANNEL, asked).scalar()

    def get(self, workspace: str, incident_id: str) -> Incident | None:
        return self._load(GET, workspace, incident_id)

    def open_ones(self, workspace: str) -> tuple[Incident, ...]:
        t = incidents
        rows = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace, _is_open).order_by(t.c.number.desc())
        )
        return tuple(_incident(row, (), ()) for row in rows)

    def save(self, before: Incident, change: Change) -> None:
        after = change.after
        if (after.workspace, after.id) != (before.workspace, before.id):
            raise ValueError("a change of another incident")
        changed = _differences(_root_values(before), _root_values(after))
        saved = self._connection.execute(
            SAVE,
            # Also where only what is below it differs, for this proves whose incident it is.
            changed
            | {"version": after.version}
            | {"in_workspace": before.workspace, "which": before.id},
        )
        if saved.rowcount == 0:
            raise LookupError("no such incident in that workspace")
        self._put(investigations, before.id, _news(before.investigations, after.investigations))
        self._put(
            actions, before.id, (*change.ended_actions, *_news(before.running, after.running))
        )
        self._put(entries, before.id, change.withdrawn)
        self._put(claims, before.id, change.reworded)
        self._add(entries, before.id, change.entries)
        self._add(claims, before.id, change.claims)

    def twin(
        self, incident: Incident, actor: str, kind: Kind, text: str, since: datetime
    ) -> Entry | None:
        its = (incident.id, actor, kind.value, text)
        asked = {f"its_{name}": value for name, value in zip(_same, its, strict=True)}
        row = self._connection.execute(TWIN, asked | {"since": since}).one_or_none()
        return None if row is None else entry_of(row)

    def entry(self, incident: Incident, seq: int) -> Entry | None:
        asked = sa.select(entries).where(entries.c.incident == incident.id, entries.c.seq == seq)
        row = self._connection.execute(asked).one_or_none()
        return None if row is None else entry_of(row)

    def claims(self, incident: Incident) -> tuple[Claim, ...]:
        return tuple(
            Claim(row.number, Kind(row.kind), row.text, row.actor, row.at)
            for row in self._children(claims, incident.id)
            if not row.withdrawn
        )

    def entries_of(self, incident: Incident, channel: str, message: str) -> tuple[Entry, ...]:
        # Asked for the incident too, SQLite would read all that is recorded of it.
        rows = self._connection.execute(OF_MESSAGE, {"place": channel, "message": message})
        return tuple(entry_of(row) for row in rows if row.incident == incident.id)

    def with_message(self, workspace: str, channel: str, message: str) -> tuple[str, ...]:
        asked = {"in_workspace": workspace, "place": channel, "message": message}
        return tuple(self._connection.execute(WITH_MESSAGE, asked).scalars())

    def record(self, workspace: str, incident_id: str) -> Record | None:
        incident = self.get(workspace, incident_id)
        if incident is None:
            return None
        told = map(action_of, self._children(actions, incident_id))
        return Record(
            incident,
            tuple(entry_of(row) for row in self._children(entries, incident_id)),
            tuple(each for each in told if each.outcome is not Outcome.WITHDRAWN),
            self.claims(incident),
        )

    def _load(self, select: sa.Select[Any], workspace: str, which: str) -> Incident | None:
        found = self._connection.execute(select, {"in_workspace": workspace, "which": which})
        row = found.one_or_none()
        if row is None:
            return None
        threads = self._children(investigations, row.id)
        running = self._connection.execute(RUNNING, {"which": row.id})
        return _incident(row, map(_investigation, threads), map(action_of, running))

    def _children(self, table: sa.Table, incident_id: str) -> Iterable[sa.Row[Any]]:
        return self._connection.execute(_children_of(table), {"which": incident_id})

    def _add(self, table: sa.Table, incident_id: str, values: Iterable[Any]) -> None:
        rows = [_values(value) | {"incident": incident_id} for value in values]
        if rows:
            self._connection.execute(sa.insert(table), rows)

    def _put(self, table: sa.Table, incident_id: str, values: Iterable[Any]) -> None:
        rows = [_values(value) | {"incident": incident_id} for value in values]
        if rows:
            self._connection.execute(_replace(self._connection.dialect.name, table), rows)


def _news(before: tuple[T, ...], after: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(each for each in after if each not in before)


def _values(value: Any) -> dict[str, Any]:
    """A frozen dataclass as a row; enumerations by their value (they are strings already)."""
    return {name: getattr(value, name) for name in _names(value.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _root_values(incident: Incident) -> dict[str, Any]:
    values = _values(incident)
    del values["investigations"], values["running"]
    clocks = values.pop("clocks")
    return values | {clock: getattr(clocks, clock) for clock in CLOCKS}


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before[name] != value}


def _incident(
    row: Any,
    threads: Iterable[Investigation],
    running: Iterable[Action],
) -> Incident:
    values = dict(row._mapping)
    clocks = Clocks(**{clock: values.pop(clock) for clock in CLOCKS})
    values["severity"] = None if row.severity is None else Severity(row.severity)
    values["state"] = IncidentState(row.state)
    return Incident(**values, clocks=clocks, investigations=tuple(threads), running=tuple(running))


def incident_of_row(row: Any) -> Incident:
    """An incident without what is below it."""
    return _incident(row, (), ())


def _child(row: Any) -> dict[str, Any]:
    values = dict(row._mapping)
    del values["incident"]
    return values


def _investigation(row: Any) -> Investigation:
    ending = None if row.ending is None else Ending(row.ending)
    return Investigation(**(_child(row) | {"ending": ending}))


def action_of(row: Any) -> Action:
    return Action(**(_child(row) | {"outcome": Outcome(row.outcome)}))


def entry_of(row: Any) -> Entry:
    return Entry(**(_child(row) | {"kind": Kind(row.kind)}))
