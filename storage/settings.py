"""What a workspace has chosen, and who changed what when."""

import sqlalchemy as sa

from bot.workspace.settings import Changed, WorkspaceSettings, restored
from storage.types import UtcTime, metadata, upsert

workspace_settings = sa.Table(
    "workspace_settings",
    metadata,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
settings_audit = sa.Table(
    "settings_audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("new", sa.Text, nullable=False),
    sa.Index("ix_settings_audit_workspace_id", "workspace", "id"),
)


class SettingsTables:
    """See `bot.workspace.ports.SettingsStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, workspace: str) -> WorkspaceSettings:
        t = workspace_settings
        rows = self._connection.execute(
            sa.select(t.c.key, t.c.value).where(t.c.workspace == workspace).order_by(t.c.key)
        )
        return restored({row.key: row.value for row in rows})

    def put(self, workspace: str, changed: Changed) -> None:
        insert = upsert(self._connection.dialect.name, workspace_settings).values(
            workspace=workspace, key=changed.key, value=changed.new
        )
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["workspace", "key"], set_={"value": insert.excluded.value}
            )
        )
        self._connection.execute(
            sa.insert(settings_audit).values(
                workspace=workspace,
                at=changed.at,
                person=changed.person,
                key=changed.key,
                old=changed.old,
                new=changed.new,
            )
        )

    def history(self, workspace: str, limit: int) -> tuple[Changed, ...]:
        t = settings_audit
        rows = self._connection.execute(
            sa.select(t).where(t.c.workspace == workspace).order_by(t.c.id.desc()).limit(limit)
        )
        return tuple(Changed(row.key, row.old, row.new, row.person, row.at) for row in rows)
