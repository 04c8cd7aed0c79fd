"""What grows with history, and must not: finding words, and loading a board."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.clock import SystemClock, SystemDraws
from bot.incidents.found import terms_of
from bot.incidents.model import Change, Clocks, Entry, Incident, Investigation, Kind
from bot.incidents.senders import board_of
from bot.incidents.summary import catch_up
from handlers.blocks import incidents as screens
from handlers.blocks import summary
from storage.engine import SqlDatabase, make_engine
from storage.tx import Tx
from tests.bench.measure import Figure, in_place, one_by_one, quantile

THREADS = 12
ENTRIES = 500
TIMES = 40
# Rare; rare and common; what every entry says; two such words.
WORDS = ("zebra", "zebra flat", "flat", "graph flat")
# Ten of the first thousand entries have the rare word; every entry has the common ones.
FILL = (
    "INSERT INTO entries (incident, seq, kind, actor, at, recorded_at, text, channel, message,"
    " author)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
    " SELECT :incident, i + :after, 'note', 'U1', :at, :at,"
    " 'the graph of host ' || (i % 997) || ' is flat' ||"
    " CASE WHEN i % 100 = 0 AND :first THEN ' zebra' ELSE '' END, '', '''', '' FROM n"
)


async def growth(name: str, url: str, *, quick: bool) -> list[Figure]:
    """Find and board at growing sizes, each beside the smallest; and both screens alone."""
    clock, draws = SystemClock(), SystemDraws()
    db = SqlDatabase(url, clock, draws)
    workspace = draws.token()
    incident = _incident(workspace, draws.token(), clock)
    try:
        await db.run(lambda tx: _begin(tx, incident))
        figures = await _screens(db, name, incident, clock)
        filled, first, first_load = 0, dict.fromkeys(WORDS, 0.0), 0.0
        for size in (1_000, 100_000) if quick else (1_000, 100_000, 1_000_000):
            _fill(url, incident, size - filled, filled)
            filled = size
            for words in WORDS:
                found = await _found(db, workspace, words)
                first[words] = first[words] or found
                what = f"find '{words}' at {size:,} entries, p50"
                figures.append(Figure(what, name, found, baseline=first[words]))
            load = quantile(await one_by_one(lambda _: _load(db, incident, clock), TIMES), 0.5)
            first_load = first_load or load
            what = f"board load at {size:,} entries, p50"
            figures.append(Figure(what, name, load, baseline=first_load))
    finally:
        db.close()
    return figures


def _incident(workspace: str, incident_id: str, clock: SystemClock) -> Incident:
    now = clock.now()
    threads = tuple(
        Investigation(n, f"idea {n} about the database", now, owner="U1")
        for n in range(1, THREADS + 1)
    )
    return Incident(
        id=incident_id,
        workspace=workspace,
        number=1,
        title="The database is slow",
        declared_by="U1",
        commander="U1",
        clocks=Clocks(declared=now),
        channel=f"C{incident_id}",
        investigations=threads,
    )


def _begin(tx: Tx, incident: Incident) -> None:
    at = incident.investigations[0].opened_at
    told = [
        Entry(seq, Kind.FOR, "U1", at, at, f"line {seq} of the log", seq % THREADS + 1)
        for seq in range(1, ENTRIES + 1)
    ]
    tx.incidents.add(incident, told[0])
    empty = replace(incident, investigations=())
    tx.incidents.save(empty, Change(incident, tuple(told[1:])))


def _fill(url: str, incident: Incident, rows: int, filled: int) -> None:
    at = incident.investigations[0].opened_at - timedelta(days=1)
    engine = make_engine(sa.make_url(url), 1, read_only=False)
    sqlite = engine.dialect.name == "sqlite"
    values = {
        "rows": rows,
        "incident": incident.id,
        "after": ENTRIES + filled,
        "at": at.isoformat(timespec="microseconds") if sqlite else at,
        "first": filled == 0,
    }
    with engine.begin() as connection:
        connection.execute(sa.text(FILL), values)
    engine.dispose()
    in_place(url)


async def _found(db: SqlDatabase, workspace: str, words: str) -> float:
    terms = terms_of(words)

    async def find(_: int) -> object:
        return await db.read(lambda tx: tx.search.find(workspace, "U1", terms, None, 10))

    return quantile(await one_by_one(find, TIMES), 0.5)


async def _load(db: SqlDatabase, incident: Incident, clock: SystemClock) -> object:
    now = clock.now()

    def load(tx: Tx) -> object:
        found = tx.incidents.get(incident.workspace, incident.id)
        return None if found is None else board_of(tx, found, now)

    return await db.read(load)


async def _screens(
    db: SqlDatabase, name: str, incident: Incident, clock: SystemClock
) -> list[Figure]:
    """The board and the catch-up of 12 threads and 500 entries, read and rendered."""

    async def board(_: int) -> object:
        now = clock.now()
        found = await db.read(lambda tx: board_of(tx, incident, now))
        return screens.board(found, lambda person: person, "/thread")

    async def catching_up(_: int) -> object:
        now = clock.now()
        record = await db.read(lambda tx: tx.incidents.record(incident.workspace, incident.id))
        if record is None:
            raise LookupError(incident.id)
        return summary.catch_up(catch_up(record, now, ()), lambda person: person)

    what = f"{THREADS} threads, {ENTRIES} entries, p50"
    return [
        Figure(f"board of {what}", name, quantile(await one_by_one(board, TIMES), 0.5)),
        Figure(f"catch-up of {what}", name, quantile(await one_by_one(catching_up, TIMES), 0.5)),
    ]
