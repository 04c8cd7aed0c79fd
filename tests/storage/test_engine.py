"""`run` and `read`: the only commits, on both databases."""

import asyncio
import contextvars
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from bot.clock import Draws, SeededDraws
from bot.errors import AlreadyHandled, Refusal, TooLate
from bot.workspace.model import Workspace
from storage.engine import TRIES, SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, Hands, MakeDb
from tests.contracts.values import entry, incident, planned

WAIT = 0.2  # seconds: the deadline where waiting for a lock is the subject
SOON = 5.0  # seconds within which another thread must have come so far
_ROWS = ", ".join(f"({n})" for n in range(40))
# Four thousand million rows to count.
ENDLESS = f"WITH t(n) AS (VALUES {_ROWS}) SELECT count(*) FROM t a, t b, t c, t d, t e, t f"  # noqa: S608


class Boom(Exception):
    """A bug in a transaction function."""


def keep(workspace: str, name: str = "kept") -> "Write":
    return Write(workspace, name)


class Write:
    """A transaction function that saves a workspace and counts how often it ran."""

    def __init__(self, workspace: str, name: str) -> None:
        self._made = Workspace(workspace, name, "")
        self.ran = 0

    def __call__(self, tx: Tx) -> str:
        self.ran += 1
        tx.workspace.save(self._made)
        return self._made.name

    def and_fail(self, tx: Tx) -> None:
        self(tx)
        raise Boom


async def name_of(db: SqlDatabase, workspace: str) -> str | None:
    found = await db.read(lambda tx: tx.workspace.get(workspace))
    return None if found is None else found.name


@pytest.fixture
def once(workspace: str) -> tuple[str, str]:
    return workspace, "Ev1"


@contextmanager
def held(engine: sa.Engine, workspace: str) -> Iterator[None]:
    """Somebody else is in the middle of writing this workspace's row."""
    with engine.connect() as connection, connection.begin():
        connection.execute(
            sa.text("UPDATE workspaces SET name = 'theirs' WHERE id = :id"), {"id": workspace}
        )
        yield


class TestReceipts:
    async def test_after_the_commit_the_envelope_is_handled(
        self, db: SqlDatabase, workspace: str, once: tuple[str, str]
    ) -> None:
        assert await db.run(keep(workspace), once=once) == "kept"

        again = keep(workspace, "again")
        with pytest.raises(AlreadyHandled):
            await db.run(again, once=once)

        assert again.ran == 0
        assert await name_of(db, workspace) == "kept"

    async def test_work_that_fails_takes_its_receipt_with_it(
        self, db: SqlDatabase, workspace: str, once: tuple[str, str]
    ) -> None:
        with pytest.raises(Boom):
            await db.run(keep(workspace).and_fail, once=once)
        assert await name_of(db, workspace) is None

        assert await db.run(keep(workspace), once=once) == "kept"

    async def test_a_refusal_leaves_no_receipt(
        self, db: SqlDatabase, workspace: str, once: tuple[str, str]
    ) -> None:
        def refuse(_tx: Tx) -> None:
            raise Refusal("no")

        for _ in range(2):
            with pytest.raises(Refusal):
                await db.run(refuse, once=once)

    async def test_of_many_deliveries_of_one_envelope_exactly_one_works(
        self, db: SqlDatabase, make_db: MakeDb, workspace: str, once: tuple[str, str]
    ) -> None:
        replicas = (db, make_db())

        ends = await asyncio.gather(
            *(replicas[n % 2].run(keep(workspace, str(n)), once=once) for n in range(12)),
            return_exceptions=True,
        )

        winners = [end for end in ends if isinstance(end, str)]
        assert len(winners) == 1
        assert sum(isinstance(end, AlreadyHandled) for end in ends) == 11
        assert await name_of(db, workspace) == winners[0]


class TestRollback:
    async def test_leaves_nothing(self, db: SqlDatabase, workspace: str, draws: Draws) -> None:
        incident_id = draws.token()

        def work(tx: Tx) -> None:
            tx.workspace.save(Workspace(workspace, "", ""))
            tx.incidents.add(incident(workspace, incident_id), entry())
            tx.deliveries.plan(planned(workspace), NOW)
            raise Boom

        with pytest.raises(Boom):
            await db.run(work)

        assert await name_of(db, workspace) is None
        assert await db.read(lambda tx: tx.incidents.record(workspace, incident_id)) is None
        assert await db.read(lambda tx: tx.deliveries.next_due([workspace])) is None


class TestDeadline:
    async def test_one_that_has_passed_runs_nothing(
        self, db: SqlDatabase, workspace: str, clock: Hands, once: tuple[str, str]
    ) -> None:
        late = keep(workspace)

        with pytest.raises(TooLate):
            await db.run(late, once=once, deadline=clock.monotonic() - 0.001)

        assert late.ran == 0
        assert await db.run(keep(workspace), once=once) == "kept"

    async def test_one_that_passes_meanwhile_stores_nothing(
        self, make_db: MakeDb, workspace: str, clock: Hands, once: tuple[str, str]
    ) -> None:
        db = make_db(run_twice=False)

        def dawdle(tx: Tx) -> None:
            keep(workspace)(tx)
            clock.skipped += 10.0

        with pytest.raises(TooLate):
            await db.run(dawdle, once=once, deadline=clock.monotonic() + 5.0)

        assert await name_of(db, workspace) is None
        assert await db.run(keep(workspace), once=once) == "kept"

    async def test_one_in_the_future_changes_nothing(
        self, db: SqlDatabase, workspace: str, clock: Hands
    ) -> None:
        assert await db.run(keep(workspace), deadline=clock.monotonic() + 60.0) == "kept"

    @pytest.mark.parametrize("run_twice", [False, True])
    async def test_a_lock_of_somebody_else_is_waited_for_no_longer(
        self,
        make_db: MakeDb,
        engine: sa.Engine,
        workspace: str,
        clock: Hands,
        once: tuple[str, str],
        run_twice: bool,
    ) -> None:
        db = make_db(run_twice=run_twice)
        await db.run(keep(workspace, "before"))
        started = clock.monotonic()

        with held(engine, workspace), pytest.raises(TooLate):
            await db.run(keep(workspace, "after"), once=once, deadline=started + WAIT)

        assert WAIT * 0.9 <= clock.monotonic() - started < WAIT * 5
        assert await name_of(db, workspace) == "theirs"
        assert await db.run(keep(workspace, "after"), once=once) == "after"

    async def test_a_query_that_computes_is_ended_by_it(
        self, make_db: MakeDb, workspace: str, clock: Hands
    ) -> None:
        db = make_db(run_twice=False)
        started = clock.monotonic()

        def compute(tx: Tx) -> None:
            keep(workspace)(tx)
            connection_of(tx).exec_driver_sql(ENDLESS)

        with pytest.raises(TooLate):
            await db.run(compute, deadline=started + WAIT)

        assert clock.monotonic() - started < WAIT * 5
        assert await name_of(db, workspace) is None

    async def test_the_next_transaction_is_not_bound_by_the_last_ones(
        self, db: SqlDatabase, engine: sa.Engine, workspace: str, clock: Hands
    ) -> None:
        await db.run(keep(workspace), deadline=clock.monotonic() + WAIT)

        with held(engine, workspace):
            waiting = asyncio.create_task(db.run(keep(workspace, "after")))
            done, _ = await asyncio.wait([waiting], timeout=WAIT * 1.2)
            assert not done

        assert await waiting == "after"


def connection_of(tx: Tx) -> sa.Connection:
    """The transaction's connection, to do what no store does."""
    return tx.workspace._connection  # noqa: SLF001 - the subject is the engine around it


class TestSqliteBusy:
    async def test_a_second_writer_is_waited_for(
        self, sqlite_db: SqlDatabase, second_writer: sqlite3.Connection, workspace: str
    ) -> None:
        second_writer.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(sqlite_db.run(keep(workspace)))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done

        second_writer.execute("COMMIT")

        assert await waiting == "kept"

    async def test_a_writer_that_does_not_end_is_told_of(
        self,
        sqlite_db: SqlDatabase,
        second_writer: sqlite3.Connection,
        workspace: str,
        clock: Hands,
    ) -> None:
        second_writer.execute("BEGIN IMMEDIATE")

        with pytest.raises(TooLate):
            await sqlite_db.run(keep(workspace), deadline=clock.monotonic() + WAIT)

        second_writer.execute("ROLLBACK")
        assert await sqlite_db.run(keep(workspace)) == "kept"


class TestContext:
    async def test_variables_are_copied_into_the_thread(self, make_db: MakeDb) -> None:
        who = contextvars.ContextVar("who", default="nobody")
        who.set("alice")

        def look(_tx: Tx) -> str:
            seen = who.get()
            who.set(f"{seen}, changed by the thread")
            return seen

        assert await make_db(run_twice=False).run(look) == "alice"
        assert await make_db().read(look) == "alice"
        assert who.get() == "alice"


class TestReading:
    async def test_cannot_write(self, db: SqlDatabase, workspace: str) -> None:
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            await db.read(keep(workspace))

        assert await name_of(db, workspace) is None

    async def test_does_not_wait_for_a_writer(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(keep(workspace, "before"))
        written, go_on = threading.Event(), threading.Event()

        def hold(tx: Tx) -> None:
            keep(workspace, "after")(tx)
            written.set()
            assert go_on.wait(SOON)

        writing = asyncio.create_task(db.run(hold))
        assert await asyncio.to_thread(written.wait, SOON)
        try:
            assert await name_of(db, workspace) == "before"
        finally:
            go_on.set()
        await writing

    async def test_a_query_that_computes_is_ended_by_its_deadline(
        self, db: SqlDatabase, workspace: str, clock: Hands
    ) -> None:
        await db.run(keep(workspace))
        started = clock.monotonic()

        with pytest.raises(TooLate):
            await db.read(
                lambda tx: connection_of(tx).exec_driver_sql(ENDLESS).all(),
                deadline=started + WAIT,
            )

        assert clock.monotonic() - started < WAIT * 5
        assert await name_of(db, workspace) == "kept"

    async def test_a_deadline_that_has_passed_reads_nothing(
        self, db: SqlDatabase, clock: Hands
    ) -> None:
        looked: list[Tx] = []

        with pytest.raises(TooLate):
            await db.read(looked.append, deadline=clock.monotonic() - 0.001)

        assert looked == []

    async def test_several_statements_see_one_picture(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(keep(workspace, "before"))
        looked, changed = threading.Event(), threading.Event()

        def look_twice(tx: Tx) -> list[Workspace | None]:
            first = tx.workspace.get(workspace)
            looked.set()
            assert changed.wait(SOON)
            return [first, tx.workspace.get(workspace)]

        reading = asyncio.create_task(db.read(look_twice))
        assert await asyncio.to_thread(looked.wait, SOON)
        await db.run(keep(workspace, "after"))
        changed.set()

        assert await reading == [Workspace(workspace, "before", "")] * 2


class TestTryingAgain:
    async def test_a_lost_race_for_a_unique_row_is_run_again(
        self, make_db: MakeDb, workspace: str, draws: Draws
    ) -> None:
        db, tries = make_db(run_twice=False), list[int]()
        first, second = (incident(workspace, draws.token()) for _ in range(2))
        await db.run(lambda tx: tx.incidents.add(first, entry()))

        def late(tx: Tx) -> str:
            # At first it does not see what the winner of the race has just committed.
            tries.append(1)
            if len(tries) > 1 and tx.incidents.get(workspace, first.id):
                return "saw it"
            tx.incidents.add(second, entry())
            return "added"

        assert await db.run(late) == "saw it"

    async def test_not_for_ever(self, make_db: MakeDb, workspace: str, draws: Draws) -> None:
        db, tries = make_db(run_twice=False), list[int]()
        made = incident(workspace, draws.token())
        await db.run(lambda tx: tx.incidents.add(made, entry()))

        def again(tx: Tx) -> None:
            tries.append(1)
            tx.incidents.add(made, entry())

        with pytest.raises(IntegrityError):
            await db.run(again)
        assert len(tries) == TRIES

    async def test_a_row_without_its_parent_is_a_bug_and_not_tried_again(
        self, make_db: MakeDb, workspace: str
    ) -> None:
        db, tries = make_db(run_twice=False), list[int]()
        orphan = sa.text(
            "INSERT INTO claims (incident, number, kind, text, actor, at)"
            " VALUES ('nowhere', 1, 'known', '', '', :at)"
        )

        def work(tx: Tx) -> None:
            tries.append(1)
            connection_of(tx).execute(orphan, {"at": str(NOW)})

        with pytest.raises(IntegrityError):
            await db.run(work)
        assert len(tries) == 1

    @pytest.mark.postgres
    async def test_the_loser_of_a_deadlock_is_run_again(
        self, postgres_db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        for each in (workspace, other_workspace):
            await postgres_db.run(keep(each))
        both_hold_one = threading.Barrier(2)
        runs: list[str] = []

        def crossing(first: str, second: str) -> "CrossingWrite":
            return CrossingWrite(first, second, both_hold_one, runs)

        await asyncio.gather(
            postgres_db.run(crossing(workspace, other_workspace)),
            postgres_db.run(crossing(other_workspace, workspace)),
        )

        assert len(runs) == 3
        names = {await name_of(postgres_db, each) for each in (workspace, other_workspace)}
        assert len(names) == 1  # the last to commit wrote both

    @pytest.mark.postgres
    async def test_a_failed_serialisation_is_run_again(
        self, postgres_db: SqlDatabase, workspace: str
    ) -> None:
        runs: list[int] = []

        def fail_first(tx: Tx) -> str:
            runs.append(1)
            if len(runs) == 1:
                connection_of(tx).exec_driver_sql(
                    "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"
                )
            return keep(workspace)(tx)

        assert await postgres_db.run(fail_first) == "kept"
        assert len(runs) == 2


class CrossingWrite:
    """Writes two rows; at its first run it waits until the other holds one of them, too."""

    def __init__(
        self, first: str, second: str, barrier: threading.Barrier, runs: list[str]
    ) -> None:
        self._order = (first, second)
        self._barrier = barrier
        self._runs = runs
        self._met = False

    def __call__(self, tx: Tx) -> None:
        self._runs.append(self._order[0])
        connection_of(tx).exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        keep(self._order[0], self._order[0])(tx)
        if not self._met:
            self._met = True
            self._barrier.wait(SOON)
        keep(self._order[1], self._order[0])(tx)


class TestRunTwice:
    async def test_every_writing_function_runs_once_for_nothing(
        self, db: SqlDatabase, workspace: str, once: tuple[str, str]
    ) -> None:
        await db.run(lambda tx: tx.workspace.save(Workspace(workspace, "", "")))
        numbers: list[int] = []

        await db.run(lambda tx: numbers.append(tx.workspace.next_number(workspace)), once=once)

        assert numbers == [1, 1]

    async def test_in_earnest_it_runs_once(self, make_db: MakeDb, workspace: str) -> None:
        work = keep(workspace)

        await make_db(run_twice=False).run(work)

        assert work.ran == 1


class TestOnPlanned:
    @pytest.fixture
    def woken(self, db: SqlDatabase) -> list[str]:
        calls: list[str] = []
        db.on_planned = lambda: calls.append("woken")
        return calls

    async def test_is_called_after_a_commit_that_planned(
        self, db: SqlDatabase, woken: list[str], workspace: str
    ) -> None:
        await db.run(lambda tx: tx.deliveries.plan(planned(workspace), NOW))

        assert woken == ["woken"]

    async def test_is_not_called_otherwise(
        self, db: SqlDatabase, woken: list[str], workspace: str
    ) -> None:
        def plan_and_fail(tx: Tx) -> None:
            tx.deliveries.plan(planned(workspace), NOW)
            raise Boom

        await db.run(keep(workspace))
        with pytest.raises(Boom):
            await db.run(plan_and_fail)
        await db.run(lambda tx: tx.deliveries.claim([workspace], NOW, 1, 1.0))

        assert woken == []


class TestLostConnections:
    """PostgreSQL alone: a file is never away."""

    async def test_a_server_that_ended_ours_is_asked_anew(
        self, postgres_db: SqlDatabase, postgres_place: str, workspace: str
    ) -> None:
        await postgres_db.run(keep(workspace))
        assert await name_of(postgres_db, workspace) == "kept"
        writer = await postgres_db.run(_own_process)
        reader = await postgres_db.read(_own_process)

        with psycopg.connect(_plain(postgres_place), autocommit=True) as other:
            for each in (writer, reader):
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (each,))

        await postgres_db.run(keep(workspace, "again"))
        assert await name_of(postgres_db, workspace) == "again"
        assert await postgres_db.run(_own_process) != writer

    async def test_one_that_lives_is_used_again(self, postgres_db: SqlDatabase) -> None:
        first = await postgres_db.run(_own_process)

        assert await postgres_db.run(_own_process) == first

    async def test_a_deadline_is_no_longer_there_for_the_next(
        self, postgres_db: SqlDatabase, clock: Hands
    ) -> None:
        def limits(tx: Tx) -> list[str]:
            names = ("lock_timeout", "statement_timeout", "transaction_isolation")
            ask = connection_of(tx).exec_driver_sql
            return [str(ask(f"SHOW {each}").scalar()) for each in names]

        within = await postgres_db.run(limits, deadline=clock.monotonic() + 60.0)
        after = await postgres_db.run(limits)

        assert within[0] == within[1] != "0"
        assert after == ["0", "0", "read committed"]
        assert (await postgres_db.read(limits))[2] == "repeatable read"


def _own_process(tx: Tx) -> int:
    return int(connection_of(tx).exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def _plain(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class TestClosing:
    async def test_waits_for_what_runs(
        self, make_db: MakeDb, db: SqlDatabase, workspace: str
    ) -> None:
        closing = make_db(run_twice=False)
        started, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> str:
            started.set()
            assert go_on.wait(SOON)
            return keep(workspace)(tx)

        running = asyncio.create_task(closing.run(slow))
        assert await asyncio.to_thread(started.wait, SOON)
        closed = asyncio.create_task(asyncio.to_thread(closing.close))
        done, _ = await asyncio.wait([closed], timeout=0.02)
        assert not done
        assert closing.in_flight == 1

        go_on.set()
        await closed

        assert await running == "kept"
        assert closing.in_flight == 0
        assert await name_of(db, workspace) == "kept"
        with pytest.raises(RuntimeError):
            await closing.run(keep(workspace))


class TestCounting:
    async def test_one_whose_caller_gave_up_counts_until_it_has_ended(
        self, make_db: MakeDb
    ) -> None:
        db = make_db(run_twice=False)
        started, go_on = threading.Event(), threading.Event()

        def slow(_tx: Tx) -> None:
            started.set()
            assert go_on.wait(SOON)

        running = asyncio.create_task(db.run(slow))
        assert await asyncio.to_thread(started.wait, SOON)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert db.in_flight == 1

        go_on.set()
        await asyncio.to_thread(db.close)

        assert db.in_flight == 0


class TestErrors:
    async def test_never_print_what_people_wrote(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        made = incident(workspace, draws.token(), title="SECRET", channel="SECRET")
        await db.run(lambda tx: tx.incidents.add(made, entry()))
        broken = incident(workspace, draws.token(), title="SECRET", number=None, channel="")
        twin = incident(workspace, draws.token(), title="SECRET", number=2, channel="SECRET")

        for wrong in (broken, twin):
            with pytest.raises(IntegrityError) as caught:
                await db.run(lambda tx, wrong=wrong: tx.incidents.add(wrong, entry()))  # type: ignore[misc]

            assert "SECRET" not in f"{caught.value} {caught.value!r}"
            assert "SECRET" not in f"{caught.value.orig} {caught.value.orig!r}"

    async def test_a_database_that_is_not_there_says_no_password(self) -> None:
        db = SqlDatabase("postgresql+psycopg://u:SECRET@127.0.0.1:1/x", Hands(NOW), SeededDraws(1))
        with pytest.raises(OperationalError) as caught:
            await db.run(keep("T"))
        db.close()

        assert "SECRET" not in f"{caught.value} {caught.value!r} {db.url}"
