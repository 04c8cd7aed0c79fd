"""Reviewing answers: codes, grants, who read what."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _of_the_study()
    _coding()
    _of_volunteers()
    _releases()


def _of_the_study() -> None:
    op.create_table(
        "review_books",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_review_books_study")),
        sa.PrimaryKeyConstraint("study", "version", name=op.f("pk_review_books")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review_grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("analyst", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_review_grants_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_grants")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_grants_study_at", "review_grants", ["study", "at"])
    op.create_table(
        "review_exports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("analyst", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["granted"], ["review_grants.id"], name=op.f("fk_review_exports_granted")
        ),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_review_exports_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_exports")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_exports_study_at", "review_exports", ["study", "at"])


def _coding() -> None:
    op.create_table(
        "review_rounds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_review_rounds_study")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rounds")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_rounds_study_at", "review_rounds", ["study", "at"])
    op.create_table(
        "review_codings",
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("coder", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt"], ["prompts.id"], name=op.f("fk_review_codings_prompt"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "prompt", "which", "version", "coder", name=op.f("pk_review_codings")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review_tasks",
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("coder", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt"], ["prompts.id"], name=op.f("fk_review_tasks_prompt"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round"], ["review_rounds.id"], name=op.f("fk_review_tasks_round")
        ),
        sa.PrimaryKeyConstraint("round", "coder", "number", name=op.f("pk_review_tasks")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_tasks_prompt_which", "review_tasks", ["prompt", "which"])
    op.create_index(
        "ix_review_tasks_round_coder_done_number",
        "review_tasks",
        ["round", "coder", "done", "number"],
    )


def _of_volunteers() -> None:
    op.create_table(
        "review_looks",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("on", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study", "whose"],
            ["volunteers.study", "volunteers.whose"],
            name=op.f("fk_review_looks_study_whose"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "study", "whose", "person", "how", "on", "digest", name=op.f("pk_review_looks")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review_quotes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt"], ["prompts.id"], name=op.f("fk_review_quotes_prompt"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study", "whose"],
            ["volunteers.study", "volunteers.whose"],
            name=op.f("fk_review_quotes_study_whose"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_quotes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_quotes_study_whose", "review_quotes", ["study", "whose"])


def _releases() -> None:
    op.create_table(
        "review_releases",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("figure", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["study"], ["studies.id"], name=op.f("fk_review_releases_study")),
        sa.PrimaryKeyConstraint(
            "study", "question", "first", "last", name=op.f("pk_review_releases")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review_release_people",
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study", "question", "first", "last"],
            [
                "review_releases.study",
                "review_releases.question",
                "review_releases.first",
                "review_releases.last",
            ],
            name=op.f("fk_review_release_people_study_question_first_last"),
        ),
        sa.ForeignKeyConstraint(
            ["study", "whose"],
            ["volunteers.study", "volunteers.whose"],
            name=op.f("fk_review_release_people_study_whose"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "study", "question", "first", "last", "whose", name=op.f("pk_review_release_people")
        ),
        sqlite_with_rowid=False,
    )
