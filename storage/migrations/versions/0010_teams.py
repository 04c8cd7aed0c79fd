"""Teams, and who would look with fresh eyes."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in with the tables."""
