"""Tables of reviewing. Rows of a volunteer and of a prompt go with the volunteer and the prompt."""

from typing import Any

import sqlalchemy as sa

from storage.types import UtcTime, metadata


def _table(name: str, *columns: Any) -> sa.Table:
    """A table without row numbers: those of SQLite tell in which order rows were written."""
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=False)


def _of_study(*, key: bool = False) -> "sa.Column[Any]":
    study = sa.ForeignKey("studies.id")
    return sa.Column("study", sa.Text, study, primary_key=key, nullable=False)


def _of_prompt(*, key: bool = False) -> "sa.Column[Any]":
    prompt = sa.ForeignKey("prompts.id", ondelete="CASCADE")
    return sa.Column("prompt", sa.Text, prompt, primary_key=key, nullable=False)


def _volunteer() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["study", "whose"], ["volunteers.study", "volunteers.whose"], ondelete="CASCADE"
    )


review_books = _table(
    "review_books",
    _of_study(key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
)
review_codings = _table(
    "review_codings",
    _of_prompt(key=True),
    sa.Column("which", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("coder", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)
review_rounds = _table(
    "review_rounds",
    sa.Column("id", sa.Text, primary_key=True),
    _of_study(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("second", sa.Text, nullable=False),
    sa.Column("texts", sa.Integer, nullable=False),
    sa.Column("of", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    sa.Index("ix_review_rounds_study_at", "study", "at"),
)
review_tasks = _table(
    "review_tasks",
    sa.Column("round", sa.Text, sa.ForeignKey("review_rounds.id"), primary_key=True),
    sa.Column("coder", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _of_prompt(),
    sa.Column("which", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Index("ix_review_tasks_round_coder_done_number", "round", "coder", "done", "number"),
    sa.Index("ix_review_tasks_prompt_which", "prompt", "which"),
)
review_grants = _table(
    "review_grants",
    sa.Column("id", sa.Text, primary_key=True),
    _of_study(),
    sa.Column("analyst", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
    sa.Index("ix_review_grants_study_at", "study", "at"),
)
review_exports = _table(
    "review_exports",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("granted", sa.Text, sa.ForeignKey("review_grants.id"), nullable=False),
    _of_study(),
    sa.Column("analyst", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("bundle", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("signals", sa.Integer, nullable=False),
    sa.Index("ix_review_exports_study_at", "study", "at"),
)
# on: a date, as text. Who looked, never who was looked at, is in clear.
review_looks = _table(
    "review_looks",
    sa.Column("study", sa.Text, primary_key=True),
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("how", sa.Text, primary_key=True),
    sa.Column("on", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last", UtcTime, nullable=False),
    _volunteer(),
)
review_quotes = _table(
    "review_quotes",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("study", sa.Text, nullable=False),
    sa.Column("whose", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    _volunteer(),
    sa.Index("ix_review_quotes_study_whose", "study", "whose"),
)
review_releases = _table(
    "review_releases",
    _of_study(key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("figure", sa.JSON, nullable=False),
)
review_release_people = _table(
    "review_release_people",
    sa.Column("study", sa.Text, primary_key=True),
    sa.Column("question", sa.Text, primary_key=True),
    sa.Column("first", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("whose", sa.Text, primary_key=True),
    sa.ForeignKeyConstraint(
        ["study", "question", "first", "last"],
        [
            "review_releases.study",
            "review_releases.question",
            "review_releases.first",
            "review_releases.last",
        ],
    ),
    _volunteer(),
)
