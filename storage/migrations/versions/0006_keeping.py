"""The mark of a restore; who has left, and since when; what ended, by its end, to be swept."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ENDED = sa.text("state != 'pending'")


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("taken", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_restores")),
    )
    op.create_table(
        "departures",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "person", name=op.f("pk_departures")),
    )
    op.create_index(
        "ix_deliveries_ended",
        "deliveries",
        ["finished"],
        postgresql_where=ENDED,
        sqlite_where=ENDED,
    )
