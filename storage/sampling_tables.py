"""Tables of experience sampling: what a copy of them shows is in docs/sampling/keeping-apart.md.

No time of a volunteer stands in clear, no code name, and no order in which something happened: rows
are kept by hashes (on SQLite without row numbers). `whose` is a hash of study and code name, `who`
one of the Slack id, `shelf` one of code name and study day: the prompts of a day lie together, and
nothing ties one day to another of the same volunteer, whom the ledger of a day may name. How values
are sealed: `bot.sampling.sealing`.
"""

from typing import Any

import sqlalchemy as sa

from storage.types import UtcTime, metadata


def _table(name: str, *columns: "sa.Column[Any] | sa.Index") -> sa.Table:
    """A table without row numbers: those of SQLite tell in which order rows were written."""
    return sa.Table(name, metadata, *columns, sqlite_with_rowid=False)


def _of_study(*, key: bool = True) -> "sa.Column[Any]":
    study = sa.ForeignKey("studies.id")
    return sa.Column("study", sa.Text, study, primary_key=key, nullable=False)


studies = _table(
    "studies",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("consent_version", sa.Integer, nullable=False),
    sa.Column("commitment", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),  # sealed
    sa.Column("locked_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("stopped_at", UtcTime),
    sa.Column("revealed_at", UtcTime),
    sa.Column("head", sa.Text, nullable=False, server_default=""),
    sa.Column("days", sa.Integer, nullable=False, server_default="0"),
    sa.Column("erased", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_studies_workspace_locked_at", "workspace", "locked_at"),
)
study_versions = _table(
    "study_versions",
    _of_study(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("protocol", sa.Text, nullable=False),
)
study_roles = _table(
    "study_roles",
    _of_study(),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("since_version", sa.Integer, nullable=False),
    sa.Column("attested_at", UtcTime),
    sa.Column("removed_at", UtcTime),
)
study_keys = _table(
    "study_keys",
    _of_study(),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("kept", sa.Text, nullable=False),  # wrapped with the operator's key
)
# which: a hash of the volunteer and the date. A day of one who was erased keeps its place in the
# chain and its hash.
study_days = _table(
    "study_days",
    _of_study(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("which", sa.Text),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text),
    sa.Index("uq_study_days_study_which", "study", "which", unique=True),
)
# What was published of the chain: week by week ("2026-W47"), and "end".
study_heads = _table(
    "study_heads",
    _of_study(),
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)
# who, person: the Slack id's hash and the id, sealed. Both under the study's identity key.
volunteers = _table(
    "volunteers",
    _of_study(),
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("who", sa.Text),
    sa.Column("person", sa.Text),
    sa.Column("consents", sa.Text),  # sealed
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Index("ix_volunteers_study_who", "study", "who"),
)
# id: a hash, too, for the ledger has the prompt's. messages: where ours are, sealed under the
# identity key, for a channel of two names one of them.
prompts = _table(
    "prompts",
    sa.Column("id", sa.Text, primary_key=True),
    _of_study(key=False),
    sa.Column("waits", sa.Integer, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("messages", sa.Text),
    sa.Column("shelf", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_prompts_shelf", "shelf"),
)
answers = _table(
    "answers",
    sa.Column("prompt", sa.Text, sa.ForeignKey("prompts.id"), primary_key=True),
    sa.Column("which", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)
study_messages = _table(
    "study_messages",
    _of_study(),
    sa.Column("whose", sa.Text, primary_key=True),
    sa.Column("which", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)
# Hashes that only the operator's key makes; kept in a file outside the database as well.
tombstones = _table("tombstones", sa.Column("hash", sa.Text, primary_key=True))
