"""Reviewing answers: codes, grants, who read what."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in with the tables."""
