"""SQL that grows with history finds its rows by an index, on a table full of history."""

# ruff: noqa: S608 - the SQL is ours, written out above where it is run

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import Draws, SeededDraws
from bot.incidents.found import Place, terms_of
from bot.incidents.model import Incident, Kind
from bot.incidents.searching import STATES
from storage import schema
from storage.deliveries import DeliveryTable, Receipts
from storage.engine import make_engine
from storage.improvised import ImprovisedTable
from storage.incidents import IncidentTables
from storage.incidents_search import SearchTables
from storage.members import MemberTables
from storage.purse import PurseTables
from storage.retention import RetentionTables
from storage.workspace import WorkspaceTables
from tests.contracts.databases import NOW, alone, empty_schema
from tests.contracts.values import SECOND, incident

HISTORY = 4000
OLD = NOW - 9_000_000 * SECOND * 60
TIME = "'2020-01-01T00:00:00.000000+00:00'"
COUNT = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {HISTORY}) "
FILL = (
    # One workspace with a long past: that is where a plan by workspace alone reads everything.
    (
        "INSERT INTO incidents (id, workspace, number, title, declared_by, private, state,"
        " commander,"
        " commander_took, channel, channel_name, declared_in, adopted, board, version, last_entry,"
        f" last_action, last_claim) {COUNT} SELECT :w || '-' || i, :w, i + 9, '', '', FALSE,"
        " CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'closed' END,"
        " '', FALSE, 'C' || i, '', '', FALSE, '', 1, 0, 0, 0 FROM n"
    ),
    (
        "INSERT INTO entries (incident, seq, kind, actor, at, recorded_at, text, channel, message)"
        f" {COUNT} SELECT :w || '-' || (i % 50 + 1), i, 'note', 'U' || (i % 7), {TIME}, {TIME},"
        " 'text', 'C1', CASE WHEN i % 10 = 0 THEN 'm' || i ELSE '' END FROM n"
    ),
    (
        f"INSERT INTO claims (incident, number, kind, text, actor, at) {COUNT}"
        f" SELECT :w || '-' || (i % 50 + 1), i, 'known', '', '', {TIME} FROM n"
    ),
    (
        "INSERT INTO actions (incident, number, actor, text, said_in, expect, otherwise, outcome,"
        f" result, message, assumed) {COUNT} SELECT :w || '-' || (i % 50 + 1), i, '', '', '', '',"
        " '', CASE WHEN i % 1000 = 0 THEN 'running' ELSE 'done' END, '', '', FALSE FROM n"
    ),
    (
        "INSERT INTO investigations (incident, number, hypothesis, opened_at, why, slack_thread,"
        f" said_for, said_against, head, checked) {COUNT} SELECT :w || '-' || (i % 50 + 1), i, '',"
        f" {TIME}, '', '', 0, 0, '', '' FROM n"
    ),
    (
        "INSERT INTO deliveries (key, workspace, purpose, subject, due, lane, policy, priority,"
        " wanted,"
        f" state, at, since) {COUNT} SELECT :w || '-' || i, :w, 'p', 's' || i, {TIME}, 'edit',"
        " 'look_back', 0, 0, CASE WHEN i % 1000 = 0 THEN 'pending' ELSE 'sent' END,"
        f" {TIME}, {TIME} FROM n"
    ),
    (
        f"INSERT INTO incident_members (incident, person, joined_at) {COUNT}"
        f" SELECT :w || '-' || (i % 50 + 1), 'U' || i, {TIME} FROM n"
    ),
    (
        "INSERT INTO incident_activity (incident, person, thread, first_at, last_at, lines)"
        f" {COUNT} SELECT :w || '-' || (i % 50 + 1), 'U' || i, '', {TIME}, {TIME}, 1 FROM n"
    ),
    f"INSERT INTO receipts (workspace, key, at) {COUNT} SELECT :w, 'Ev' || i, {TIME} FROM n",
    (
        "INSERT INTO people (workspace, id, name, zone, bot, guest, external, deleted, admin)"
        f" {COUNT} SELECT :w, 'U' || i, '', 'UTC', FALSE, FALSE, FALSE, FALSE, FALSE FROM n"
    ),
)


def timed(statement: str, dialect: str) -> str:
    return (
        statement.replace(TIME, f"CAST({TIME} AS timestamptz)")
        if dialect != "sqlite"
        else statement
    )


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place of its own: so many rows in the shared one would change what other tests see."""
    with alone(url, request) as own:
        yield own


@pytest.fixture
def filled(engine: sa.Engine, workspace: str) -> sa.Engine:
    return fill(engine, workspace)


def filled_at(url: str, workspace: str) -> sa.Engine:
    return fill(make_engine(sa.make_url(url), 1, read_only=False), workspace)


def fill(engine: sa.Engine, workspace: str) -> sa.Engine:
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(sa.text(timed(statement, engine.dialect.name)), {"w": workspace})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return engine


Work = Callable[[sa.Connection, str, Incident], object]
QUERIES: dict[str, Work] = {
    "claim": lambda c, w, _: DeliveryTable(c, _draws.token).claim([w], NOW, 1, 60.0),
    "next_due": lambda c, w, _: DeliveryTable(c, _draws.token).next_due([w]),
    "id_of_channel": lambda c, w, _: IncidentTables(c).id_of_channel(w, "C1000"),
    "lock_by_channel": lambda c, w, _: IncidentTables(c).lock_by_channel(w, "C1000"),
    "open_ones": lambda c, w, _: IncidentTables(c).open_ones(w),
    "twin": lambda c, _, root: IncidentTables(c).twin(root, "U1", Kind.NOTE, "x", NOW - SECOND),
    "entry": lambda c, _, root: IncidentTables(c).entry(root, 7),
    "record": lambda c, w, root: IncidentTables(c).record(w, root.id),
    "entries_of": lambda c, _, root: IncidentTables(c).entries_of(root, "C1", "m70"),
    "with_message": lambda c, w, _: IncidentTables(c).with_message(w, "C1", "m70"),
    "find": lambda c, w, _: SearchTables(c).find(w, "U1", terms_of("needle"), None, 9),
    "listed": lambda c, w, _: SearchTables(c).listed(w, "U1", STATES["open"], None, 9),
    "mine": lambda c, w, _: SearchTables(c).listed(w, "U1", STATES["all"], 7, 9, mine=True),
    "id_of_number": lambda c, w, _: SearchTables(c).id_of_number(w, "U1", 7),
    "last_in_channel": lambda c, w, _: SearchTables(c).last_in_channel(w, "C7"),
    "members": lambda c, _, root: MemberTables(c).members(root.id),
    "member_of": lambda c, w, _: MemberTables(c).member_of(w, "U1"),
    "direct": lambda c, w, _: PurseTables(c).direct(w, "dm:U1", NOW),
    "up": lambda c, w, _: PurseTables(c).up(w, "U1", NOW),
    "person": lambda c, w, _: WorkspaceTables(c).person(w, "U1"),
    "receipt": lambda c, w, _: Receipts(c).take(w, "new", NOW),
    "sweep": lambda c, _, __: RetentionTables(c).forget("receipts", OLD, 9),
    "sweep_sends": lambda c, _, __: RetentionTables(c).forget("deliveries", OLD, 9),
}
_draws: Draws = SeededDraws(1)


class Explained:
    """Runs work, asking the database how it means to run each statement of it."""

    def __init__(
        self, engine: sa.Engine, kinds: tuple[str, ...] = ("SELECT", "UPDATE", "DELETE")
    ) -> None:
        self.plans: list[str] = []
        self._kinds = kinds
        self._engine = engine
        self._asking = False
        sa.event.listen(engine, "before_cursor_execute", self._ask)

    def _ask(
        self, connection: sa.Connection, _cursor: object, sql: str, values: Any, *_rest: object
    ) -> None:
        if self._asking or not sql.startswith(self._kinds):
            return
        self._asking = True
        try:
            how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            one = values[0] if isinstance(values, list) else values
            rows = connection.exec_driver_sql(f"{how} {sql}", one)
            self.plans.append(sql + "\n" + "\n".join(str(row[-1]) for row in rows))
        finally:
            self._asking = False


# What has ended outnumbers what has not by a thousand: these must not even look at it.
PARTIAL = {
    "claim": "ix_deliveries_pending",
    "direct": "ix_deliveries_direct",
    "next_due": "ix_deliveries_pending",
    "open_ones": "ix_incidents_open",
    "entries_of": "ix_entries_message",
    "with_message": "ix_entries_message",
    "id_of_channel": "uq_incidents_workspace_channel",
    "lock_by_channel": "uq_incidents_workspace_channel",
}
# A row a channel and method, and planners know when a table is small enough to read it whole.
SMALL = "FROM lanes"


def test_every_statement_finds_its_rows_by_an_index(filled: sa.Engine, workspace: str) -> None:
    root = incident(workspace, f"{workspace}-7")
    explained = Explained(filled)
    plans: dict[str, list[str]] = {}

    for name, query in QUERIES.items():
        explained.plans = plans[name] = []
        with filled.connect() as connection, connection.begin() as transaction:
            query(connection, workspace, root)
            transaction.rollback()

    # A restore is rare: those there were are read whole, once a claim.
    read_whole = re.compile(
        r"Seq Scan(?! on restores)|^SCAN (?!CONSTANT|f VIRTUAL TABLE)", re.MULTILINE
    )
    assert {
        name: plan
        for name, each in plans.items()
        for plan in each
        if SMALL not in plan and read_whole.search(plan)
    } == {}
    assert {name: plans[name][0] for name, at in PARTIAL.items() if at not in plans[name][0]} == {}
    # Twice as often as it takes PostgreSQL's driver to prepare a statement for good.
    explained.plans = []
    for _ in range(12):
        with filled.connect() as connection:
            QUERIES["id_of_channel"](connection, workspace, root)
    assert all(PARTIAL["id_of_channel"] in plan for plan in explained.plans)


def test_what_was_improvised_is_found_by_an_index_of_its_own(
    filled: sa.Engine, workspace: str
) -> None:
    explained = Explained(filled, ("WITH",))
    with filled.connect() as connection:
        ImprovisedTable(connection).since(workspace, "U1", NOW - SECOND, None, 9)
    (plan,) = explained.plans
    assert "ix_entries_improvised" in plan
    assert "ix_entries_corrects" in plan


def plans_of_finding(engine: sa.Engine, workspace: str, words: str) -> list[str]:
    explained = Explained(engine, ("SELECT", "WITH"))
    with engine.connect() as connection:
        SearchTables(connection).find(workspace, "U1", terms_of(words), AFTER, 9)
    return explained.plans


AFTER = Place(NOW, "~", 1)


def test_sqlite_walks_the_entries_of_a_word_backwards_and_sorts_nothing(
    sqlite_path: Path, workspace: str
) -> None:
    engine = filled_at(f"sqlite:///{sqlite_path}", workspace)
    *_, plan = plans_of_finding(engine, workspace, "text")
    engine.dispose()
    found = plan.splitlines()[1:]
    # "M" is the match, "<" the number below which it goes on.
    assert re.fullmatch(r"SCAN f VIRTUAL TABLE INDEX \d+:M1<", found[0])
    assert not [each for each in found if "TEMP B-TREE" in each or each.startswith("SCAN e")]


@pytest.mark.postgres
def test_postgresql_walks_the_newest_entries_and_asks_its_index_for_what_is_rare(
    postgres_url: str, workspace: str
) -> None:
    with empty_schema(postgres_url) as own:
        schema.upgrade(own)
        engine = filled_at(own, workspace)
        walk, often, indexed = plans_of_finding(engine, workspace, "needle text")
        engine.dispose()
    assert "Index Scan Backward using search_entries_latest" in walk
    assert "Index Scan Backward using search_entries_latest" in often
    assert "Bitmap Index Scan on search_entries_text" in indexed
    assert "'needle':*'" in indexed.replace("''", "'")
    assert "Seq Scan on entries" not in walk + often + indexed
