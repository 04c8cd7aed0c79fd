"""How much somebody wants to hear, in three levels; and an index of direct messages by person."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DIRECT = sa.text("lane LIKE 'dm:%'")


def upgrade() -> None:
    wants = sa.Column("wants", sa.Text(), nullable=False, server_default="all")
    op.add_column("attendants", wants)
    op.execute("UPDATE attendants SET wants = 'needed' WHERE brief")
    op.drop_column("attendants", "brief")
    op.create_index(
        "ix_deliveries_direct",
        "deliveries",
        ["workspace", "lane", "at"],
        postgresql_where=DIRECT,
        sqlite_where=DIRECT,
    )
