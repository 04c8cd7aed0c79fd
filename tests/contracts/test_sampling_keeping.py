"""What goes when its time has come, and what a backup must not bring back, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clock import SeededDraws
from bot.deliveries.model import Planned, State
from bot.sampling.keeping import Keeping
from bot.sampling.model import Message, Role, Study, StudyState, Volunteer, VolunteerState
from bot.sampling.sealing import Vault, WrongKey
from bot.sampling.studies import Named, Studies
from bot.sampling.tombstones import Tombstones
from bot.workspace.model import Person
from storage.backup import WrongBackup, back_up, read_contents, restore
from storage.engine import SqlDatabase
from storage.sampling_again import Again
from storage.tx import Tx
from tests.contracts.databases import NOW, STUDY_KEY, MakeDb, alone, empty_schema, on
from tests.contracts.sampling_values import (
    LEGAL,
    answer,
    day_plan,
    full_prompt,
    protocol,
    volunteer,
)

DAY = timedelta(days=1)


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place of its own: backups and tombstones are of the whole of it."""
    with alone(url, request) as own:
        yield own


@pytest.fixture
def stones(tmp_path: Path) -> Tombstones:
    return Tombstones(tmp_path / "stones")


@pytest.fixture
def keeping(db: SqlDatabase, draws: SeededDraws, stones: Tombstones) -> Keeping[Tx]:
    return Keeping(db, draws, stones)


@pytest.fixture
async def running(db: SqlDatabase, draws: SeededDraws, workspace: str) -> Study:
    """A study with two volunteers, U1 and U2, and something of each."""
    studies = Studies(db, draws)
    for each in ("UOWNER", "U1", "U2"):
        known = Person(workspace, each, each.title())
        await db.run(lambda tx, known=known: tx.workspace.save_person(known))  # type: ignore[misc]
    await studies.lock(workspace, protocol(), [Named("UOWNER", Role.OWNER)], NOW)
    study = await studies.start(workspace, "stuck", NOW)
    for name, person in (("vabcde", "U1"), ("vother", "U2")):
        await filled(db, study, volunteer(study, name), person)
    return study


async def filled(db: SqlDatabase, study: Study, who: Volunteer, person: str) -> None:
    asked = full_prompt(who, who.pseudonym)

    def work(tx: Tx) -> None:
        tx.volunteers.put(who)
        tx.volunteers.identify(who, study.workspace, person)
        tx.studies.append(study, [day_plan(who)])
        tx.prompts.put(asked)
        tx.prompts.answer([answer(asked)], study)

    await db.run(work)


def count(url: str, table: str) -> int:
    found = sa.select(sa.func.count()).select_from(sa.table(table))
    return on(url, lambda c: c.execute(found).scalar_one())


class TestPurging:
    async def test_sends_lanes_and_receipts_of_a_day_ago_go(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, url: str
    ) -> None:
        where = running.workspace
        sends = [
            Planned(where, purpose, f"s{n}", NOW + n * DAY, lane)
            for n in (0, 3)
            for purpose, lane in (("sampling.prompt", "dm:U1"), ("incident.board", "post:C1"))
        ]

        def ended(tx: Tx) -> None:
            tx.deliveries.plan_all(sends, NOW)
            for at in (NOW, NOW + 3 * DAY):
                for each in tx.deliveries.claim([where], at, 9, 60.0):
                    tx.deliveries.close(each, State.PARKED, "gone", at)
            tx.receipts.take(where, "old", NOW)
            tx.receipts.take(where, "new", NOW + 3 * DAY)

        await db.run(ended)

        await keeping.sweep(where, NOW + 3 * DAY + timedelta(hours=1))

        asked = sa.text("SELECT purpose, subject FROM deliveries ORDER BY 1, 2")
        left = on(url, lambda c: [tuple(row) for row in c.execute(asked)])
        assert ("sampling.prompt", "s0") not in left
        assert {("sampling.prompt", "s3"), ("incident.board", "s0")} <= set(left)
        receipts = sa.text("SELECT key FROM receipts")
        assert on(url, lambda c: c.execute(receipts).scalars().all()) == ["new"]
        await keeping.sweep(where, NOW + 9 * DAY)
        lanes = sa.text("SELECT count(*) FROM lanes WHERE lane LIKE 'dm:%'")
        assert on(url, lambda c: c.scalar(lanes)) == 0

    async def test_where_there_is_no_study_everything_stays(
        self, db: SqlDatabase, keeping: Keeping[Tx], workspace: str, url: str
    ) -> None:
        await db.run(lambda tx: tx.receipts.take(workspace, "old", NOW))

        await keeping.sweep(workspace, NOW + 3 * DAY)

        assert count(url, "receipts") == 1


class TestTheTie:
    async def test_is_destroyed_a_month_after_the_end_and_answers_stay(
        self,
        db: SqlDatabase,
        draws: SeededDraws,
        keeping: Keeping[Tx],
        running: Study,
        make_db: MakeDb,
    ) -> None:
        where = running.workspace
        await Studies(db, draws).stop(where, "stuck", NOW)

        await keeping.sweep(where, NOW + 30 * DAY - timedelta(seconds=1))
        assert await db.read(lambda tx: tx.volunteers.person(running, "vabcde")) == "U1"
        await keeping.sweep(where, NOW + 30 * DAY)

        assert await db.read(lambda tx: tx.volunteers.person(running, "vabcde")) is None
        assert await db.read(lambda tx: tx.volunteers.all_of(where, "U1")) == ()
        prompts = await db.read(lambda tx: tx.prompts.prompts(running))
        assert {each.message for each in prompts} == {None}
        assert len(await db.read(lambda tx: tx.prompts.answers([e.id for e in prompts]))) == 2
        # Again, and nothing more happens.
        await keeping.sweep(where, NOW + 31 * DAY)

    async def test_no_key_of_the_operator_makes_it_again(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, url: str, draws: SeededDraws
    ) -> None:
        who = sa.text("SELECT who, person FROM volunteers")
        before = {row.who for row in on(url, lambda c: c.execute(who).all())}
        await Studies(db, draws).stop(running.workspace, "stuck", NOW)
        await keeping.sweep(running.workspace, NOW + 30 * DAY)

        after = on(url, lambda c: c.execute(who).all())

        assert len(before) == 2
        assert {tuple(row) for row in after} == {(None, None)}
        keys = sa.text("SELECT purpose FROM study_keys")
        assert on(url, lambda c: c.execute(keys).scalars().all()) == ["content"]

    async def test_nothing_sealed_of_where_our_messages_are_is_left(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, url: str, draws: SeededDraws
    ) -> None:
        """Not even what nobody could open any more: a copy of the key may lie somewhere."""
        told = Message("D1", "1.1")
        await db.run(lambda tx: tx.prompts.note_message(running, "vabcde", told))
        sealed = sa.text("SELECT count(*) FROM prompts WHERE messages IS NOT NULL")
        assert (on(url, lambda c: c.scalar(sealed)), count(url, "study_messages")) == (2, 1)
        await Studies(db, draws).stop(running.workspace, "stuck", NOW)

        await keeping.sweep(running.workspace, NOW + 30 * DAY)

        assert (on(url, lambda c: c.scalar(sealed)), count(url, "study_messages")) == (0, 0)


class TestTheDateOfDeletion:
    async def test_everything_goes_but_the_chain(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, url: str
    ) -> None:
        where, last = running.workspace, datetime.fromisoformat("2028-12-31T06:00:00+00:00")
        head = await db.read(lambda tx: tx.studies.plans(running))

        await keeping.sweep(where, last - DAY)
        assert count(url, "answers") == 2
        await keeping.sweep(where, last)

        for table in ("answers", "prompts", "volunteers", "study_messages", "study_keys"):
            assert count(url, table) == 0
        assert count(url, "study_days") == 2
        (left,) = await db.read(lambda tx: tx.studies.studies(where))
        assert (left.state, left.secret, left.head) == (StudyState.STOPPED, b"", head[-1].digest)
        assert await db.read(lambda tx: tx.prompts.prompts(left, pseudonym="vabcde")) == ()
        assert await db.read(lambda tx: tx.studies.plans(left)) == ()
        assert await db.read(lambda tx: tx.volunteers.of(where, "U1")) is None
        await keeping.sweep(where, last + DAY)

    async def test_who_agreed_to_an_earlier_one_is_held_to_it(
        self, db: SqlDatabase, draws: SeededDraws, keeping: Keeping[Tx], running: Study
    ) -> None:
        longer = protocol(digest="e" * 64, legal=replace(LEGAL, delete_on="2029-12-31"))
        await Studies(db, draws).amend(running.workspace, longer, NOW)
        agreed = volunteer(running, "vother", version=2)
        await db.run(lambda tx: tx.volunteers.put(agreed))

        await keeping.sweep(running.workspace, datetime.fromisoformat("2029-01-01T00:00:00+00:00"))

        assert await db.read(lambda tx: tx.volunteers.volunteers(running)) == (agreed,)


class TestADeactivatedAccount:
    @pytest.mark.parametrize("keep", [False, True])
    async def test_is_a_leave_and_a_month_later_erased_unless_they_chose_to_keep(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, keep: bool
    ) -> None:
        where = running.workspace
        await db.run(lambda tx: tx.volunteers.put(volunteer(running, keep_if_gone=keep)))
        gone = Person(where, "U1", "U1", deleted=True)
        await db.run(lambda tx: tx.workspace.save_person(gone))

        await keeping.sweep(where, NOW + DAY)

        left = await db.read(lambda tx: tx.volunteers.volunteer(running, "vabcde"))
        assert left is not None
        assert (left.state, left.left_at) == (VolunteerState.LEFT, NOW + DAY)
        await keeping.sweep(where, NOW + 30 * DAY)
        assert await db.read(lambda tx: tx.volunteers.volunteer(running, "vabcde")) is not None
        await keeping.sweep(where, NOW + 31 * DAY)
        kept = await db.read(lambda tx: tx.volunteers.volunteer(running, "vabcde"))
        assert (kept is not None) == keep
        assert await db.read(lambda tx: tx.volunteers.volunteer(running, "vother")) is not None


@pytest.fixture
def target(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same kind."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    with empty_schema(request.getfixturevalue("postgres_url")) as own:
        yield own


class TestARestore:
    async def erased_after_a_backup(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, url: str, file: Path
    ) -> None:
        back_up(url, file, NOW)
        who = volunteer(running)
        await db.run(lambda tx: tx.volunteers.erase(who, NOW))
        await keeping.bury()

    @pytest.mark.parametrize("earlier", [False, True])
    async def test_erases_again_who_was_erased_since(
        self,
        db: SqlDatabase,
        keeping: Keeping[Tx],
        running: Study,
        stones: Tombstones,
        url: str,
        target: str,
        tmp_path: Path,
        *,
        earlier: bool,
    ) -> None:
        """earlier: made by a version that laid prompts otherwise."""
        if earlier:
            on(url, lambda c: c.execute(sa.text("UPDATE prompts SET shelf = ''")))
        file = tmp_path / "older.backup"
        await self.erased_after_a_backup(db, keeping, running, url, file)

        again = Again(read_contents(file), stones.read(), STUDY_KEY)
        restore(target, file, NOW + DAY, then=again.erase)

        assert again.told(tmp_path).startswith("1 volunteers")
        assert (count(target, "volunteers"), count(target, "prompts")) == (1, 1)
        assert (count(target, "answers"), count(target, "tombstones")) == (1, 1)
        assert on(target, lambda c: c.scalar(sa.text("SELECT erased FROM studies"))) == 1
        sealed = sa.text("SELECT count(*) FROM study_days WHERE sealed IS NOT NULL")
        assert on(target, lambda c: c.scalar(sealed)) == 1

    async def test_without_the_key_nothing_is_written(
        self,
        db: SqlDatabase,
        keeping: Keeping[Tx],
        running: Study,
        stones: Tombstones,
        url: str,
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "older.backup"
        await self.erased_after_a_backup(db, keeping, running, url, file)

        with pytest.raises(WrongBackup, match="without PARALLAX_STUDY_KEY it cannot be told"):
            Again(read_contents(file), stones.read(), None)

    async def test_with_another_key_it_is_refused(
        self,
        db: SqlDatabase,
        keeping: Keeping[Tx],
        running: Study,
        stones: Tombstones,
        url: str,
        target: str,
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "older.backup"
        await self.erased_after_a_backup(db, keeping, running, url, file)
        again = Again(read_contents(file), stones.read(), bytes(32))

        with pytest.raises(WrongKey):
            restore(target, file, NOW + DAY, then=again.erase)

    async def test_where_the_list_is_lost_it_says_so(
        self, db: SqlDatabase, running: Study, url: str, target: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "older.backup"
        back_up(url, file, NOW)
        again = Again(read_contents(file), frozenset(), STUDY_KEY)

        restore(target, file, NOW + DAY, then=again.erase)

        assert "find the file" in again.told(tmp_path / "stones")
        assert count(target, "volunteers") == 2

    async def test_of_a_database_without_volunteers_is_as_ever(
        self, db: SqlDatabase, url: str, tmp_path: Path
    ) -> None:
        back_up(url, tmp_path / "b", NOW)

        assert not Again(read_contents(tmp_path / "b"), frozenset({"1" * 64}), None).matters

    async def test_the_start_erases_who_came_back_some_other_way(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, stones: Tombstones
    ) -> None:
        stones.add([Vault(STUDY_KEY).tombstone(running.id, "vabcde")])

        await keeping.begin()

        left = await db.read(lambda tx: tx.volunteers.volunteers(running))
        assert [each.pseudonym for each in left] == ["vother"]


class TestTombstones:
    async def test_reach_the_file_and_name_nobody(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study, stones: Tombstones
    ) -> None:
        await db.run(lambda tx: tx.volunteers.erase(volunteer(running), NOW))

        await keeping.sweep(running.workspace, NOW)

        assert stones.read() == {Vault(STUDY_KEY).tombstone(running.id, "vabcde")}
        assert not await db.read(lambda tx: tx.volunteers.is_free(running, "vabcde"))

    async def test_a_file_that_cannot_be_written_is_tried_again(
        self, db: SqlDatabase, draws: SeededDraws, running: Study, tmp_path: Path
    ) -> None:
        folder = tmp_path / "later"
        keeping = Keeping(db, draws, Tombstones(folder / "stones"))
        await db.run(lambda tx: tx.volunteers.erase(volunteer(running), NOW))

        await keeping.sweep(running.workspace, NOW)
        folder.mkdir()
        await keeping.sweep(running.workspace, NOW)

        assert len(Tombstones(folder / "stones").read()) == 1


class TestTheHeadOfTheChain:
    async def test_is_published_once_a_week_by_whichever_sweep_comes_first(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study
    ) -> None:
        """A bot that is down on Monday publishes on Tuesday."""
        with capture_logs() as told:
            for at in ("07T05:20", "07T06:20", "12T23:20", "13T00:20"):
                await keeping.sweep(running.workspace, datetime.fromisoformat(f"2028-03-{at}Z"))

        heads = [(each["week"], each["head"]) for each in told if each["event"] == "study.head"]
        assert [week for week, _ in heads] == ["2028-W10", "2028-W11"]
        kept = await db.read(lambda tx: tx.studies.published(running))
        assert [(each.week, each.head) for each in kept] == heads
        assert {len(each.head) for each in kept} == {64}

    async def test_is_published_at_the_end(
        self, db: SqlDatabase, draws: SeededDraws, keeping: Keeping[Tx], running: Study
    ) -> None:
        await keeping.sweep(running.workspace, NOW)
        await Studies[Tx](db, draws).stop(running.workspace, running.name, NOW)
        for hours in (1, 2):
            await keeping.sweep(running.workspace, NOW + timedelta(hours=hours))

        kept = await db.read(lambda tx: tx.studies.published(running))
        assert [each.week for each in kept] == ["2028-W09", "end"]


class TestAStudyThatNobodyStopped:
    """30 days after everybody's last day names are unlinked, as the consent text says."""

    async def through(self, db: SqlDatabase, study: Study) -> datetime:
        days, ends = study.protocol.schedule.study_days, NOW + timedelta(days=60)
        for each in await db.read(lambda tx: tx.volunteers.volunteers(study)):
            done = replace(each, planned_days=days, planned_until=ends)
            await db.run(lambda tx, done=done: tx.volunteers.put(done))  # type: ignore[misc]
        return ends

    async def test_has_ended(self, db: SqlDatabase, keeping: Keeping[Tx], running: Study) -> None:
        ends = await self.through(db, running)

        await keeping.sweep(running.workspace, ends + timedelta(days=29, hours=23))
        assert await db.read(lambda tx: tx.keeping.is_tied(running))
        await keeping.sweep(running.workspace, ends + timedelta(days=30))

        assert not await db.read(lambda tx: tx.keeping.is_tied(running))
        kept = await db.read(lambda tx: tx.studies.study(running.workspace, running.id))
        assert kept is not None
        assert kept.state is StudyState.STOPPED

    async def test_goes_on_while_somebody_has_days_left(
        self, db: SqlDatabase, keeping: Keeping[Tx], running: Study
    ) -> None:
        ends = await self.through(db, running)
        again = volunteer(running, "vother", planned_days=1, planned_until=NOW)
        await db.run(lambda tx: tx.volunteers.put(again))

        await keeping.sweep(running.workspace, ends + timedelta(days=90))

        assert await db.read(lambda tx: tx.keeping.is_tied(running))


class TestTheHeadOfTheChainIsChecked:
    async def test_a_plan_that_is_not_what_its_secret_gives_is_found(
        self, keeping: Keeping[Tx], running: Study
    ) -> None:
        """The days of these tests are invented."""
        with capture_logs() as weekly:
            await keeping.sweep(running.workspace, datetime.fromisoformat("2028-03-06T00:20:00Z"))

        (found,) = [each for each in weekly if each["event"] == "study.self_check_failed"]
        assert found["wrong"] > 0
        assert "vabcde" not in str(weekly)
