"""Full text over entries: FTS5 on SQLite, GIN on PostgreSQL. By hand: autogenerate knows neither.

FTS5 wants a row number that never changes, and VACUUM may change those of `entries`, whose key is
text. So `search_rows` numbers the entries, and the index reads their text through a view.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not imported: a migration stays what it was.
SEPARATORS = "./:@#_-\\<>&=+~?"
VECTOR = f"to_tsvector('simple', translate(text, '{SEPARATORS}', '{' ' * len(SEPARATORS)}'))"

SQLITE = (
    (
        "CREATE TABLE search_rows (id INTEGER PRIMARY KEY, incident TEXT NOT NULL,"
        " seq INTEGER NOT NULL, UNIQUE (incident, seq))"
    ),
    (
        "CREATE VIEW search_texts AS SELECT r.id AS id, e.text AS text FROM search_rows r"
        " JOIN entries e ON e.incident = r.incident AND e.seq = r.seq"
    ),
    (
        "CREATE VIRTUAL TABLE search_entries USING fts5(text, content='search_texts',"
        " content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    ),
    "INSERT INTO search_rows (incident, seq) SELECT incident, seq FROM entries",
    "INSERT INTO search_entries (rowid, text) SELECT id, text FROM search_texts",
    (
        "CREATE TRIGGER search_added AFTER INSERT ON entries BEGIN"
        " INSERT INTO search_rows (incident, seq) VALUES (new.incident, new.seq);"
        " INSERT INTO search_entries (rowid, text) SELECT id, new.text FROM search_rows"
        " WHERE incident = new.incident AND seq = new.seq;"
        " END"
    ),
    (
        "CREATE TRIGGER search_changed AFTER UPDATE OF text ON entries BEGIN"
        " INSERT INTO search_entries (search_entries, rowid, text) SELECT 'delete', id, old.text"
        " FROM search_rows WHERE incident = old.incident AND seq = old.seq;"
        " INSERT INTO search_entries (rowid, text) SELECT id, new.text FROM search_rows"
        " WHERE incident = new.incident AND seq = new.seq;"
        " END"
    ),
    (
        "CREATE TRIGGER search_gone AFTER DELETE ON entries BEGIN"
        " INSERT INTO search_entries (search_entries, rowid, text) SELECT 'delete', id, old.text"
        " FROM search_rows WHERE incident = old.incident AND seq = old.seq;"
        " DELETE FROM search_rows WHERE incident = old.incident AND seq = old.seq;"
        " END"
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        made = f"CREATE INDEX search_entries_text ON entries USING gin ({VECTOR})"
        op.get_bind().exec_driver_sql(made)
        return
    for statement in SQLITE:
        op.get_bind().exec_driver_sql(statement)
