"""Prompts lie by volunteer and day, no more by volunteer; heads that were published are kept.

Whose a row was and on which day stands sealed within it: the first start with the key puts each on
its shelf (`reshelve`). Not by rebuilding tables: on SQLite that would delete what hangs on them.
"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _heads()
    op.drop_index("ix_prompts_place", "prompts")
    op.add_column("prompts", sa.Column("shelf", sa.Text(), server_default="", nullable=False))
    for gone in ("whose", "day", "beep"):
        op.drop_column("prompts", gone)
    op.create_index("ix_prompts_shelf", "prompts", ["shelf"])
    op.drop_index("ix_study_days_study_whose_number", "study_days")
    op.drop_column("study_days", "whose")
    if op.get_context().dialect.name == "sqlite":
        _rebuild_quotes()
    else:
        op.drop_column("review_quotes", "prompt")


def _heads() -> None:
    """What was published of each chain of planned days."""
    op.create_table(
        "study_heads",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_study_heads_study")),
        sa.PrimaryKeyConstraint("study", "week", name=op.f("pk_study_heads")),
        sqlite_with_rowid=False,
    )


def _rebuild_quotes() -> None:
    """SQLite drops no column of a foreign key. Nothing hangs on this table."""
    op.create_table(
        "review_quotes_new",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study", "whose"],
            ["volunteers.study", "volunteers.whose"],
            name=op.f("fk_review_quotes_study_whose"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_quotes")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO review_quotes_new (id, study, whose, sealed)"
        " SELECT id, study, whose, sealed FROM review_quotes"
    )
    op.drop_table("review_quotes")
    op.rename_table("review_quotes_new", "review_quotes")
    op.create_index("ix_review_quotes_study_whose", "review_quotes", ["study", "whose"])
