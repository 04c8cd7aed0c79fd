"""Teams, and who would look with fresh eyes."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_teams")),
    )
    op.create_table(
        "team_people",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "team", "person", name=op.f("pk_team_people")),
    )
    op.create_table(
        "fresh_eyes",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("begins", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "person", name=op.f("pk_fresh_eyes")),
    )
