"""After a week of a study: what a copy of the database, without the key, tells of who is who.

Protocol, section 5: no join, including on time, ties a Slack id to a prompt older than 24 hours.
The week is played by the real app; then a thief has the file, every table and every column of it,
and the order in which rows lie.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations, pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.clock import SeededDraws
from bot.compose import Bot
from bot.sampling.keeping import Keeping
from bot.sampling.model import Prompt, Study
from bot.sampling.sealing import Purpose, Vault
from bot.sampling.tombstones import Tombstones
from bot.simulating import (
    BEGINS,
    STUDY_KEY,
    Simulation,
    a_workspace,
    begins,
    protocol,
    studies_of,
)
from storage.tx import Tx
from tests.contracts.databases import alone, on
from tests.storage.filled import tables_of

PEOPLE, DAYS = 5, 7
A_DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SWEEP_HOURS = 6  # in life every hour; the days are the same
# What is about a volunteer; `studies` and its versions and roles name nobody who takes part.
THEIRS = (
    "volunteers", "prompts", "answers", "study_days", "study_messages", "review_codings",
    "review_tasks", "review_looks", "review_quotes", "review_release_people",
)  # fmt: skip
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


async def played(url: str) -> Truth:
    """A few people for a week: some come later, one leaves; there is an incident, the study is
    changed just now, so that everybody is told, and the bot sweeps as it does by itself."""
    async with a_workspace(url) as workspace:
        simulation = Simulation(workspace, 3)
        await begins(simulation, protocol(10))
        people = [simulation.volunteer(number, 3) for number in range(PEOPLE)]
        for number, each in enumerate(people):
            simulation.at(BEGINS + number // 2 * A_DAY + number * 20 * MINUTE, each.joins)
        leaves = partial(people[0].leaves, keep=True)
        simulation.at(BEGINS + 4 * A_DAY + 3 * HOUR, leaves)
        simulation.at(BEGINS + 30 * HOUR, lambda: simulation.incident(people[:2], 40))
        sweeps(simulation)
        simulation.at(ENDS - 2 * HOUR, lambda: changed(simulation))
        await simulation.until(ENDS)
        team = workspace.bot.workspace.id
        return await truth(workspace.bot, team, tuple(each.person.id for each in people))


def sweeps(simulation: Simulation) -> None:
    bot = simulation.workspace.bot
    keeping = Keeping(bot.db, SeededDraws(2), Tombstones(None))
    for hour in range(SWEEP_HOURS, DAYS * 24 + 1, SWEEP_HOURS):
        when = BEGINS + hour * HOUR
        simulation.at(when, partial(keeping.sweep, bot.workspace.id, when))


async def changed(simulation: Simulation) -> None:
    studies, team = studies_of(simulation)
    amended = await studies.amend(team, protocol(11), simulation.clock.now())
    assert amended.parts, "nobody has to agree to that anew"


async def truth(bot: Bot, team: str, order: tuple[str, ...]) -> Truth:
    def look(tx: Tx) -> Truth:
        (study,) = tx.studies.studies(team)
        names = {each: tx.volunteers.all_of(team, each)[0].pseudonym for each in order}
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


def stands_in(text: str, some: set[str]) -> list[str]:
    """Which of these words stand there by themselves."""
    found = (each for each in some if re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", text))
    return sorted(found)


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
        self.no_day_tied_to_another(told, rows)
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
        heads = {told.study.head, *(row["head"] for row in rows["study_heads"])}
        assert theirs & others <= {told.study.id, *heads}

    def no_day_tied_to_another(self, told: Truth, rows: Rows) -> None:
        """The ledger shows how many prompts somebody had today and yesterday, which may tell their
        rows of these days; nothing in those leads to the rows of an older one."""
        vault, ignored = Vault(STUDY_KEY), {"study", "waits", "written_by"}
        day_of = {
            vault.name(each.id): (person, each.date)
            for person, prompts in told.prompts.items()
            for each in prompts
        }
        clear = {
            row["id"]: {word for k, v in row.items() if k not in ignored for word in words(v)}
            for row in rows["prompts"]
        }
        tied = [
            (day_of[one], day_of[other])
            for one, other in combinations(clear, 2)
            if clear[one] & clear[other]
        ]
        assert tied, "the prompts of a day lie together"
        assert {one for one, other in tied if one != other} == set()
        # A zone's name, a reason, a tap: all of it is as long as any other.
        for column in ("sealed", "messages"):
            assert len({len(row[column]) for row in rows["prompts"] if row[column]}) == 1
        # And what belongs to a person, or to a day of theirs, leads to no prompt.
        of_prompts = {word for each in clear.values() for word in each}
        elsewhere = {
            word
            for table in set(THEIRS) - {"prompts", "answers"}
            for row in rows[table]
            for name, value in row.items()
            if name not in ignored
            for word in words(value)
        }
        assert of_prompts & elsewhere == set()

    def no_word_of_theirs(self, told: Truth, rows: Rows) -> None:
        """Neither a Slack id nor a code name, a prompt's id or a zone stands there in clear."""
        whole = "\n".join(str(row) for table in THEIRS for row in rows[table])
        zones = {each.zone for prompts in told.prompts.values() for each in prompts}
        ids = {each.id for prompts in told.prompts.values() for each in prompts}
        secrets = {*told.order, *told.names.values(), *zones, *ids}
        assert stands_in(whole, secrets) == []
        # A code name stands nowhere at all, for beside it would be whose it is.
        everything = "\n".join(str(row) for there in rows.values() for row in there)
        assert stands_in(everything, set(told.names.values())) == []
        told_today = [r for r in rows["deliveries"] if r["purpose"] == "sampling.tell"]
        assert len(told_today) == PEOPLE - 1  # of what was changed, but to who has left

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
        guessed = self.whose(told, rows)
        assert len(by_hash) == PEOPLE
        assert [guessed[each] for each in by_hash] != came
        assert [guessed[each] for each in reversed(by_hash)] != came
        # Nor do prompts: they lie by name, or as batches wrote them, not by person and time.
        vault = Vault(STUDY_KEY)
        whose = {vault.name(p.id): who for who, each in told.prompts.items() for p in each}
        turns = sum(whose[a["id"]] != whose[b["id"]] for a, b in pairwise(rows["prompts"]))
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
