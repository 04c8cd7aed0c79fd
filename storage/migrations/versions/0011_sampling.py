"""Experience sampling: studies, volunteers, prompts, answers."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _studies()
    _of_a_study()
    _volunteers()
    _prompts()


def _studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("locked_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime()),
        sa.Column("stopped_at", UtcTime()),
        sa.Column("revealed_at", UtcTime()),
        sa.Column("head", sa.Text(), server_default="", nullable=False),
        sa.Column("days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("erased", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_studies_workspace_locked_at", "studies", ["workspace", "locked_at"])


def _study(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f(f"fk_{name}_study"))


def _of_a_study() -> None:
    op.create_table(
        "study_versions",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        _study("study_versions"),
        sa.PrimaryKeyConstraint("study", "version", name=op.f("pk_study_versions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "study_roles",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("attested_at", UtcTime()),
        sa.Column("removed_at", UtcTime()),
        _study("study_roles"),
        sa.PrimaryKeyConstraint("study", "person", "role", name=op.f("pk_study_roles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "study_keys",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        _study("study_keys"),
        sa.PrimaryKeyConstraint("study", "purpose", name=op.f("pk_study_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "study_days",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("whose", sa.Text()),
        sa.Column("which", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text()),
        _study("study_days"),
        sa.PrimaryKeyConstraint("study", "number", name=op.f("pk_study_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_study_days_study_which", "study_days", ["study", "which"], unique=True)
    op.create_index("ix_study_days_study_whose_number", "study_days", ["study", "whose", "number"])


def _volunteers() -> None:
    op.create_table(
        "volunteers",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("who", sa.Text()),
        sa.Column("person", sa.Text()),
        sa.Column("consents", sa.Text()),
        sa.Column("sealed", sa.Text(), nullable=False),
        _study("volunteers"),
        sa.PrimaryKeyConstraint("study", "whose", name=op.f("pk_volunteers")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_volunteers_study_who", "volunteers", ["study", "who"])
    op.create_table(
        "study_messages",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        _study("study_messages"),
        sa.PrimaryKeyConstraint("study", "whose", "which", name=op.f("pk_study_messages")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tombstones")),
        sqlite_with_rowid=False,
    )


def _prompts() -> None:
    op.create_table(
        "prompts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("beep", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("messages", sa.Text()),
        _study("prompts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_prompts_place", "prompts", ["study", "whose", "day", "beep", "id"])
    op.create_table(
        "answers",
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["prompt"], ["prompts.id"], name=op.f("fk_answers_prompt")),
        sa.PrimaryKeyConstraint("prompt", "which", name=op.f("pk_answers")),
        sqlite_with_rowid=False,
    )
