"""How much somebody wants to hear, in three levels; and an index of direct messages by person.

What `brief` said is taken over. The column stays, with a default, for replicas of the version
before, which still read and write it; a later release may drop it.
"""

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
    with op.batch_alter_table("attendants") as table:
        table.alter_column(
            "brief",
            existing_type=sa.Boolean(),
            existing_nullable=False,
            server_default=sa.text("FALSE"),
        )
    op.create_index(
        "ix_deliveries_direct",
        "deliveries",
        ["workspace", "lane", "at"],
        postgresql_where=DIRECT,
        sqlite_where=DIRECT,
    )
