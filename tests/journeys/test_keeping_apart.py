"""After a week of a study: what a copy of the database, without the key, tells of who is who.

Protocol, section 5: no join, including on time, ties a Slack id to a prompt older than 24 hours.
The week is played by the real app; then a thief has the file, every table and every column of it,
and the order in which rows lie.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.clock import SeededDraws, SteppedClock
from bot.compose import Bot, running
from bot.deliveries.service import LedgerSettings
from bot.drills import wiring
from bot.sampling.keeping import Keeping
from bot.sampling.model import Prompt, Role, Study
from bot.sampling.sealing import Purpose, Vault
from bot.sampling.studies import Named
from bot.sampling.tombstones import Tombstones
from bot.sandbox.workspace import Sandbox
from bot.simulating import BEGINS, NAME, STUDY_KEY, Simulation, protocol
from handlers.manifest import EVENTS, SCOPES
from storage.tx import Tx
from tests.contracts.databases import alone, on
from tests.storage.filled import tables_of

PEOPLE, DAYS = 4, 7
A_DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SWEEP_HOURS = 6  # in life every hour; the days are the same
# What is about a volunteer; `studies` and its versions and roles name nobody who takes part.
THEIRS = ("volunteers", "prompts", "answers", "study_days", "study_messages")
ENDS = BEGINS + DAYS * A_DAY


@dataclass(frozen=True, slots=True)
class Truth:
    """What the thief does not know: whose each prompt is. `order`: ids as people joined."""

    study: Study
    order: tuple[str, ...]
    names: dict[str, str]
    prompts: dict[str, tuple[Prompt, ...]]

    def old(self, person: str) -> list[Prompt]:
        return [
            each
            for each in self.prompts[person]
            if each.planned_at is not None
            and each.planned_at < ENDS - A_DAY - (SWEEP_HOURS + 1) * HOUR
        ]


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    with alone(url, request) as own:
        yield own


@asynccontextmanager
async def a_week(url: str) -> AsyncIterator[tuple[Simulation, Bot]]:
    clock = SteppedClock(BEGINS)
    sandbox = Sandbox(clock, SeededDraws(1), scopes=SCOPES, events=set(EVENTS) - {"message.im"})
    await sandbox.start()
    try:
        plugged = replace(
            wiring(sandbox, url, ticking=False),
            study_key=STUDY_KEY,
            ledger=LedgerSettings(settle=0.0),
        )
        async with running(plugged, clock, SeededDraws(0)) as bot:
            await sandbox.connected(plugged.sockets)
            yield Simulation(sandbox, bot, clock, 3), bot
    finally:
        await sandbox.stop()


async def played(url: str) -> Truth:
    """A few people for a week, with an incident, and with the sweep that the bot does by itself."""
    async with a_week(url) as (simulation, bot):
        team, clock = bot.workspace.id, simulation.clock
        owner = simulation.sandbox.person("owner")
        await bot.directory.person(team, owner.id)
        named = [Named(owner.id, Role.OWNER)]
        await simulation.studies.lock(team, protocol(10), named, clock.now())
        study = await simulation.studies.start(team, NAME, clock.now())
        people = [await simulation.joins(study, number, 3) for number in range(PEOPLE)]
        keeping = Keeping(bot.db, SeededDraws(2), Tombstones(None))
        for hour in range(SWEEP_HOURS, DAYS * 24 + 1, SWEEP_HOURS):
            when = BEGINS + hour * HOUR
            simulation.at(when, lambda when=when: keeping.sweep(team, when))  # type: ignore[misc]
        simulation.at(BEGINS + 30 * HOUR, lambda: simulation.incident(people[:2], 40))
        await simulation.until(ENDS)
        return await truth(bot, team, tuple(each.person.id for each in people))


async def truth(bot: Bot, team: str, order: tuple[str, ...]) -> Truth:
    def look(tx: Tx) -> Truth:
        (study,) = tx.studies.studies(team)
        found = {each: tx.volunteers.of(team, each) for each in order}
        names = {each: who.pseudonym for each, who in found.items() if who is not None}
        prompts = {each: tx.prompts.prompts(study, pseudonym=name) for each, name in names.items()}
        return Truth(study, order, names, prompts)

    return await bot.db.read(look)


# -- what the thief has ----------------------------------------------------------------------------

Rows = dict[str, list[dict[str, Any]]]


def stolen(connection: sa.Connection) -> Rows:
    """Every row of every table, in the order in which it lies there."""
    found: Rows = {}
    for table in tables_of(connection):
        asked = sa.select(table)
        if connection.dialect.name == "postgresql":
            asked = asked.add_columns(sa.literal_column("xmin::text").label("written_by"))
            asked = asked.order_by(sa.text("ctid"))
        elif table.name not in THEIRS:
            try:
                rows = connection.execute(asked.order_by(sa.text("rowid"))).mappings()
                found[table.name] = [dict(row) for row in rows]
                continue
            except OperationalError:
                pass
        found[table.name] = [dict(row) for row in connection.execute(asked).mappings()]
    return found


def words(value: object) -> set[str]:
    """What a value may be joined on, whole and in parts."""
    text = str(value)
    parts = re.split(r"[^\w+=.-]+|\.", text)
    return {each for each in (text, *parts) if len(each) >= 6}


def times(value: object) -> list[datetime]:
    """The moments that a value may stand for."""
    if isinstance(value, datetime):
        return [value]
    found = re.findall(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00)?", str(value))
    stamps = re.findall(r"\b1[5-9]\d{8}(?=\.\d{6}\b|\b)", str(value))
    utc = BEGINS.tzinfo
    return [
        *(datetime.fromisoformat(each).replace(tzinfo=utc) for each in found),
        *(datetime.fromtimestamp(int(each), utc) for each in stamps),
    ]


@pytest.fixture
async def week(url: str) -> tuple[Truth, Rows]:
    told = await played(url)
    return told, on(url, stolen)


class TestACopyWithoutTheKey:
    async def test_ties_nobody_to_a_prompt_of_more_than_a_day_ago(
        self, week: tuple[Truth, Rows], url: str
    ) -> None:
        told, rows = week
        assert sum(len(told.old(each)) for each in told.order) > 20
        assert len(rows["prompts"]) > 20
        assert len(rows["answers"]) > 20
        self.no_value_in_common(told, rows)
        self.no_word_of_theirs(told, rows)
        self.no_time(told, rows)
        self.no_order(told, rows)
        if url.startswith("postgresql"):
            self.no_transaction(told, rows)

    def no_value_in_common(self, told: Truth, rows: Rows) -> None:
        """Nothing in the rows of volunteers stands anywhere else, but the study's own id."""
        theirs = {
            word
            for table in THEIRS
            for row in rows[table]
            for name, value in row.items()
            if name != "written_by"
            for word in words(value)
        }
        others = {
            word
            for table, there in rows.items()
            if table not in THEIRS
            for row in there
            for name, value in row.items()
            if name != "written_by"
            for word in words(value)
        }
        ids = {each.id for prompts in told.prompts.values() for each in prompts}
        assert told.order[0] in others
        assert ids & others, "the ledger should hold today's prompts"
        head = told.study.head
        assert theirs & others <= {told.study.id, head}

    def no_word_of_theirs(self, told: Truth, rows: Rows) -> None:
        """Neither a Slack id nor a code name, a prompt's id or a zone stands there in clear."""
        whole = "\n".join(str(row) for table in THEIRS for row in rows[table])
        zones = {each.zone for prompts in told.prompts.values() for each in prompts}
        ids = {each.id for prompts in told.prompts.values() for each in prompts}
        secrets = {*told.order, *told.names.values(), *zones, *ids}
        found = [
            each for each in secrets if re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", whole)
        ]
        assert found == []

    def no_time(self, told: Truth, rows: Rows) -> None:
        """No time stands in the rows of volunteers, so nothing can be joined on one; and no row
        that names somebody is of the minute of an old prompt of theirs, but by way of talk."""
        for table in THEIRS:
            for row in rows[table]:
                kept = {name: value for name, value in row.items() if name != "written_by"}
                numbers = [v for v in kept.values() if isinstance(v, int)]
                assert not any(times(value) for value in kept.values())
                assert max(numbers, default=0) < 1000
        for person in told.order:
            moments = [
                at
                for each in told.old(person)
                for at in (each.planned_at, each.sent_at, each.first_tap_at, each.ended_at)
                if at is not None
            ]
            near = [
                (table, row)
                for table, there in rows.items()
                for row in there
                if person in str(row)
                for at in (t for value in row.values() for t in times(value))
                if any(abs(at - each) <= MINUTE for each in moments)
            ]
            assert [each for each in near if not each[0].startswith(("incident", "entr"))] == []

    def no_order(self, told: Truth, rows: Rows) -> None:
        """People lie in the order in which they came; volunteers do not."""
        came = [row["id"] for row in rows["people"] if row["id"] in told.order]
        assert came == list(told.order)
        by_hash = [row["whose"] for row in rows["volunteers"]]
        lie = {who: place for place, who in enumerate(by_hash)}
        first = [min(r["day"] for r in rows["prompts"] if r["whose"] == each) for each in lie]
        assert len(lie) == PEOPLE
        assert set(first) == {1}
        guessed = self.whose(told, rows)
        assert [guessed[each] for each in by_hash] != came
        assert [guessed[each] for each in reversed(by_hash)] != came
        # Nor do prompts: they lie by name, or as batches wrote them, not by person and time.
        lies = [guessed[row["whose"]] for row in rows["prompts"]]
        turns = sum(a != b for a, b in pairwise(lies))
        assert turns >= PEOPLE

    def whose(self, told: Truth, rows: Rows) -> dict[str, str]:
        """With the key: which row is whose, to see how well the thief guessed."""
        kept = next(
            row["kept"]
            for row in rows["study_keys"]
            if row["purpose"] == Purpose.CONTENT.value and row["study"] == told.study.id
        )
        key = Vault(STUDY_KEY).key(told.study.id, Purpose.CONTENT, kept)
        return {key.hash(name): person for person, name in told.names.items()}

    def no_transaction(self, told: Truth, rows: Rows) -> None:
        """PostgreSQL says which transaction wrote a row: none that wrote an old prompt wrote
        anything that names somebody. (For younger ones see docs/sampling/keeping-apart.md.)"""
        vault = Vault(STUDY_KEY)
        old = {vault.name(each.id) for person in told.order for each in told.old(person)}
        wrote = {row["written_by"] for row in rows["prompts"] if row["id"] in old}
        named = {
            row["written_by"]
            for table, there in rows.items()
            if table not in THEIRS
            for row in there
            if any(person in str(row) for person in told.order)
        }
        assert wrote
        assert wrote & named == set()
