"""The questions that were asked of a group, and what became of them."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JUDGED = sa.text("outcome IN ('acted', 'muted', 'not_useful')")


def upgrade() -> None:
    op.create_table(
        "nudges",
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("first_kind", sa.Text(), nullable=False),
        sa.Column("second_kind", sa.Text(), nullable=True),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("asked_of", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("not_useful", sa.JSON(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"],
            ["incidents.id"],
            name=op.f("fk_nudges_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident", "number", name=op.f("pk_nudges")),
    )
    op.create_index(
        "ix_nudges_judged",
        "nudges",
        ["workspace", "first_kind", "second_kind", "outcome"],
        postgresql_where=JUDGED,
        sqlite_where=JUDGED,
    )
