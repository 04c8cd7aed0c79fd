"""The window of a change that came in steps; and two small indexes for what is listed by kind."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IMPROVISED = sa.text("kind = 'improvised'")
CORRECTION = sa.text("corrects IS NOT NULL")


def upgrade() -> None:
    # Not by a copy of the table: on SQLite that would take its triggers away, and full text.
    op.add_column("entries", sa.Column("ramp", sa.JSON(), nullable=True))
    op.create_index(
        "ix_entries_improvised",
        "entries",
        ["recorded_at", "incident", "seq"],
        postgresql_where=IMPROVISED,
        sqlite_where=IMPROVISED,
    )
    op.create_index(
        "ix_entries_corrects",
        "entries",
        ["incident", "corrects", "seq"],
        postgresql_where=CORRECTION,
        sqlite_where=CORRECTION,
    )
