"""Tables of the workspace capability: workspaces, their counters, people."""

from typing import Any

import sqlalchemy as sa

from bot.workspace.model import Person, Workspace
from storage.types import metadata, upsert

workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("bot_user", sa.Text, nullable=False),
    sa.Column("channel_prefix", sa.Text, nullable=False),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("bot", sa.Boolean, nullable=False),
    sa.Column("guest", sa.Boolean, nullable=False),
    sa.Column("external", sa.Boolean, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False),
)


class WorkspaceTables:
    """See `bot.workspace.ports.WorkspaceStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, workspace: Workspace) -> None:
        self._put(
            workspaces,
            ("id",),
            {
                "id": workspace.id,
                "name": workspace.name,
                "bot_user": workspace.bot_user,
                "channel_prefix": workspace.channel_prefix,
            },
        )

    def get(self, workspace: str) -> Workspace | None:
        t = workspaces
        row = self._connection.execute(sa.select(t).where(t.c.id == workspace)).one_or_none()
        if row is None:
            return None
        return Workspace(row.id, row.name, row.bot_user, row.channel_prefix)

    def all(self) -> tuple[Workspace, ...]:
        t = workspaces
        rows = self._connection.execute(sa.select(t).order_by(t.c.id))
        return tuple(Workspace(r.id, r.name, r.bot_user, r.channel_prefix) for r in rows)

    def next_number(self, workspace: str) -> int:
        t = workspaces
        number: int = self._connection.execute(
            sa.update(t)
            .where(t.c.id == workspace)
            .values(last_number=t.c.last_number + 1)
            .returning(t.c.last_number)
        ).scalar_one()
        return number

    def save_person(self, person: Person) -> None:
        names = [column.name for column in people.columns]
        self._put(people, ("workspace", "id"), {name: getattr(person, name) for name in names})

    def person(self, workspace: str, person: str) -> Person | None:
        t = people
        row = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace, t.c.id == person)
        ).one_or_none()
        return None if row is None else Person(**row._mapping)

    def people(self, workspace: str) -> tuple[Person, ...]:
        t = people
        rows = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace).order_by(t.c.id)
        )
        return tuple(Person(**row._mapping) for row in rows)

    def _put(self, table: sa.Table, key: tuple[str, ...], values: dict[str, Any]) -> None:
        insert = upsert(self._connection.dialect.name, table).values(values)
        changed = {name: insert.excluded[name] for name in values if name not in key}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=list(key), set_=changed)
        )
