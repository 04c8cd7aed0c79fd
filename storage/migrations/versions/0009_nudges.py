"""The questions that were asked of a group, and what became of them."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in with the tables."""
