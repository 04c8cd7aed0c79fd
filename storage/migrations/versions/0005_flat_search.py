"""Finding the latest first: entries numbered as they were recorded, the words there are (SQLite),
and entries by time (PostgreSQL).

By hand, as 0002, and under names that autogenerate leaves alone. What 0002 numbered when it began
was in no order; FTS5 gives rows by number, so those are numbered anew and indexed again, without
the places of words in a text, for which nobody asks.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQLITE = (
    "DROP TABLE search_entries",
    "DELETE FROM search_rows",
    (
        "INSERT INTO search_rows (incident, seq) SELECT incident, seq FROM entries"
        " ORDER BY recorded_at, incident, seq"
    ),
    (
        "CREATE VIRTUAL TABLE search_entries USING fts5(text, content='search_texts',"
        " content_rowid='id', tokenize='unicode61 remove_diacritics 0', detail=none)"
    ),
    "INSERT INTO search_entries (rowid, text) SELECT id, text FROM search_texts",
    "CREATE VIRTUAL TABLE search_words USING fts5vocab(search_entries, instance)",
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        made = "CREATE INDEX search_entries_latest ON entries (recorded_at, incident, seq)"
        op.get_bind().exec_driver_sql(made)
        return
    for statement in SQLITE:
        op.get_bind().exec_driver_sql(statement)
