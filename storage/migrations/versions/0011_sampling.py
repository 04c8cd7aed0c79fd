"""Experience sampling: studies, volunteers, prompts, answers."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled in with the tables."""
