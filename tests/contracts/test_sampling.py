"""Studies, volunteers, prompts and answers on both databases: kept, sealed, found, erased."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.sampling.model import (
    Appointment,
    Message,
    Outcome,
    Role,
    Study,
    StudyState,
    Volunteer,
    VolunteerState,
)
from bot.sampling.plan_chain import link
from bot.sampling.sealing import NotSetUp, Vault, WrongKey
from storage.engine import SqlDatabase
from tests.contracts.databases import NOW, STUDY_KEY, MakeDb, on
from tests.contracts.sampling_values import (
    DAY,
    ODD,
    SALT,
    answer,
    day_plan,
    full_prompt,
    full_volunteer,
    prompt,
    protocol,
    study,
    volunteer,
)

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
async def running(db: SqlDatabase, workspace: str) -> Study:
    """A study that is kept, with one volunteer, U1."""
    made = study(workspace)
    await db.run(lambda tx: tx.studies.put(made))
    await db.run(lambda tx: tx.volunteers.put(volunteer(made)))
    await db.run(lambda tx: tx.volunteers.identify(volunteer(made), workspace, "U1"))
    return made


class TestStudies:
    async def test_come_back_as_they_were(self, db: SqlDatabase, workspace: str) -> None:
        made = study(
            workspace,
            state=StudyState.REVEALED,
            stopped_at=NOW,
            revealed_at=NOW,
            consent_version=3,
            protocol=protocol(3, rotate=protocol().items, rotate_show=1, exit=protocol().items),
        )
        await db.run(lambda tx: tx.studies.put(made))

        assert await db.read(lambda tx: tx.studies.study(workspace, made.id)) == made
        assert await db.read(lambda tx: tx.studies.named(workspace, "stuck")) == made
        assert await db.run(lambda tx: tx.studies.lock(workspace, made.id)) == made

    async def test_the_newest_is_first_and_found_by_name(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        older = study(workspace, f"S1-{workspace}", state=StudyState.STOPPED)
        newer = study(workspace, f"S2-{workspace}", locked_at=NOW + timedelta(days=1))
        await db.run(lambda tx: tx.studies.put(newer))
        await db.run(lambda tx: tx.studies.put(older))

        assert await db.read(lambda tx: tx.studies.studies(workspace)) == (newer, older)
        assert await db.read(lambda tx: tx.studies.named(workspace, "stuck")) == newer

    async def test_older_versions_stay(self, db: SqlDatabase, running: Study) -> None:
        amended = replace(running, protocol=protocol(2, title="Another"), consent_version=2)
        await db.run(lambda tx: tx.studies.put(amended))

        assert await db.read(lambda tx: tx.studies.named(running.workspace, "stuck")) == amended
        first = await db.read(lambda tx: tx.studies.version(amended, 1))
        assert first is not None
        assert first.protocol == running.protocol
        assert await db.read(lambda tx: tx.studies.version(amended, 3)) is None

    async def test_are_of_one_workspace(
        self, db: SqlDatabase, running: Study, other_workspace: str
    ) -> None:
        assert await db.read(lambda tx: tx.studies.study(other_workspace, running.id)) is None
        assert await db.run(lambda tx: tx.studies.lock(other_workspace, running.id)) is None
        assert await db.read(lambda tx: tx.studies.studies(other_workspace)) == ()
        assert await db.read(lambda tx: tx.volunteers.of(other_workspace, "U1")) is None

    async def test_roles_are_given_attested_and_taken(
        self, db: SqlDatabase, running: Study
    ) -> None:
        coder = Appointment("U8", Role.CODER, 1)
        owner = Appointment("U9", Role.OWNER, 1, NOW)
        for each in (coder, owner, replace(coder, attested_at=NOW, removed_at=NOW)):
            await db.run(lambda tx, each=each: tx.studies.appoint(running, each))  # type: ignore[misc]

        there = await db.read(lambda tx: tx.studies.appointments(running))

        assert there == (replace(coder, attested_at=NOW, removed_at=NOW), owner)


class TestTheChain:
    async def test_links_days_in_their_order(self, db: SqlDatabase, running: Study) -> None:
        plans = [day_plan(volunteer(running)), day_plan(volunteer(running), TOMORROW, 2)]

        first = await db.run(lambda tx: tx.studies.append(running, plans[:1]))
        head = await db.run(lambda tx: tx.studies.append(running, plans[1:]))

        one = link(plans[0], SALT, "")
        two = link(plans[1], SALT, one.digest)
        assert (first, head) == (one.digest, two.digest)
        assert await db.read(lambda tx: tx.studies.plans(running)) == (one, two)
        kept = await db.read(lambda tx: tx.studies.study(running.workspace, running.id))
        assert kept is not None
        assert kept.head == head

    async def test_a_day_is_planned_once(self, db: SqlDatabase, running: Study) -> None:
        plan = day_plan(volunteer(running))
        other = replace(plan, times=())
        head = await db.run(lambda tx: tx.studies.append(running, [plan]))

        assert await db.run(lambda tx: tx.studies.append(running, [other])) == head
        assert len(await db.read(lambda tx: tx.studies.plans(running))) == 1

    async def test_keeping_the_study_leaves_it(self, db: SqlDatabase, running: Study) -> None:
        head = await db.run(lambda tx: tx.studies.append(running, [day_plan(volunteer(running))]))
        await db.run(lambda tx: tx.studies.put(replace(running, head="", erased=0)))

        kept = await db.read(lambda tx: tx.studies.study(running.workspace, running.id))
        assert kept is not None
        assert kept.head == head

    async def test_is_read_by_volunteer_and_date(self, db: SqlDatabase, running: Study) -> None:
        other = volunteer(running, "vother", planned_to=TOMORROW)
        plans = [day_plan(other), day_plan(volunteer(running)), day_plan(other, TOMORROW, 2)]
        await db.run(lambda tx: tx.volunteers.put(other))
        await db.run(lambda tx: tx.studies.append(running, plans))

        theirs = await db.read(lambda tx: tx.studies.plans(running, pseudonym="vother"))
        late = await db.read(lambda tx: tx.studies.plans(running, since=TOMORROW))

        assert sorted(each.date for each in theirs) == [DAY, TOMORROW]
        assert [each.pseudonym for each in late] == ["vother"]


class TestVolunteers:
    async def test_come_back_as_they_were(self, db: SqlDatabase, running: Study) -> None:
        made = full_volunteer(running)
        await db.run(lambda tx: tx.volunteers.put(made))

        assert await db.read(lambda tx: tx.volunteers.volunteer(running, made.pseudonym)) == made
        there = await db.read(lambda tx: tx.volunteers.volunteers(running))
        assert sorted(there, key=lambda each: each.pseudonym) == [volunteer(running), made]

    async def test_are_paged_by_code_name(self, db: SqlDatabase, running: Study) -> None:
        names = sorted(f"v{letter * 5}" for letter in "bcdef")
        for each in names:
            await db.run(lambda tx, each=each: tx.volunteers.put(volunteer(running, each)))  # type: ignore[misc]

        found, after = [], ""
        while page := await db.read(
            lambda tx, after=after: tx.volunteers.volunteers(running, after, 2)  # type: ignore[misc]
        ):
            found += [each.pseudonym for each in page]
            after = found[-1]

        assert sorted(found) == ["vabcde", *names]

    async def test_are_found_by_who_they_are(self, db: SqlDatabase, running: Study) -> None:
        found = await db.read(lambda tx: tx.volunteers.of(running.workspace, "U1"))
        locked = await db.run(lambda tx: tx.volunteers.of(running.workspace, "U1", lock=True))

        assert found == locked == volunteer(running)
        assert await db.read(lambda tx: tx.volunteers.person(running, "vabcde")) == "U1"
        assert await db.read(lambda tx: tx.volunteers.of(running.workspace, "U2")) is None
        assert await db.read(lambda tx: tx.volunteers.person(running, "vnobod")) is None

    async def test_who_left_is_in_none_now_and_still_found(
        self, db: SqlDatabase, running: Study
    ) -> None:
        left = replace(volunteer(running), state=VolunteerState.LEFT)
        await db.run(lambda tx: tx.volunteers.put(left))

        assert await db.read(lambda tx: tx.volunteers.of(running.workspace, "U1")) is None
        assert await db.read(lambda tx: tx.volunteers.all_of(running.workspace, "U1")) == (left,)

    async def test_consents_are_kept_once_each(self, db: SqlDatabase, running: Study) -> None:
        who = volunteer(running)
        for version, at in ((1, NOW), (1, NOW + timedelta(days=1)), (2, NOW)):
            await db.run(
                lambda tx, v=version, at=at: tx.volunteers.consent(who, v, "d" * 64, at)  # type: ignore[misc]
            )
        await db.run(lambda tx: tx.volunteers.put(who))

        consents = await db.read(lambda tx: tx.volunteers.consents(who))

        assert consents == ((1, "d" * 64, NOW), (2, "d" * 64, NOW))


class TestPrompts:
    async def test_come_back_as_they_were(self, db: SqlDatabase, running: Study) -> None:
        made = full_prompt(volunteer(running), "p1")
        await db.run(lambda tx: tx.prompts.put(made))

        assert await db.run(lambda tx: tx.prompts.prompt(made.id)) == made
        assert await db.read(lambda tx: tx.prompts.prompt(made.id, lock=False)) == made
        assert await db.read(lambda tx: tx.prompts.prompt("nothing", lock=False)) is None

    async def test_are_changed_in_place(self, db: SqlDatabase, running: Study) -> None:
        made = full_prompt(volunteer(running), "p1")
        await db.run(lambda tx: tx.prompts.put(prompt(volunteer(running), "p1")))
        await db.run(lambda tx: tx.prompts.put(made))
        await db.run(lambda tx: tx.prompts.put(replace(made, message=None, reminder=None)))

        kept = await db.read(lambda tx: tx.prompts.prompt(made.id, lock=False))

        assert kept == replace(made, message=None, reminder=None)

    async def test_are_paged_by_their_place(self, db: SqlDatabase, running: Study) -> None:
        whose = [volunteer(running, each, planned_days=10) for each in ("vabcde", "vother")]
        made = [
            prompt(each, f"{each.pseudonym}-{day}-{beep}", day=day, beep=beep)
            for each in whose
            for day in (1, 2, 10)
            for beep in (1, 2)
        ]
        await db.run(lambda tx: tx.volunteers.put_all(whose))
        await db.run(lambda tx: tx.prompts.put_all(reversed(made)))
        found, after = [], ""
        while page := await db.read(
            lambda tx, after=after: tx.prompts.prompts(running, after=after, limit=5)  # type: ignore[misc]
        ):
            found += page
            after = page[-1].place

        assert found in (made, made[6:] + made[:6])
        theirs = await db.read(lambda tx: tx.prompts.prompts(running, pseudonym="vother"))
        assert list(theirs) == made[6:]

    async def test_rows_of_an_earlier_version_are_put_where_they_are_looked_for(
        self, db: SqlDatabase, url: str, running: Study
    ) -> None:
        made = [prompt(volunteer(running), f"p{beep}", beep=beep) for beep in (1, 2, 3)]
        await db.run(lambda tx: tx.prompts.put_all(made))
        in_clear = sa.text("UPDATE prompts SET shelf = '' WHERE study = :study")
        on(url, lambda c: c.execute(in_clear, {"study": running.id}))
        assert await db.read(lambda tx: tx.prompts.prompts(running, pseudonym="vabcde")) == ()

        counts = [await db.run(lambda tx: tx.prompts.reshelve(2)) for _ in range(3)]

        assert counts == [2, 1, 0]
        found = await db.read(lambda tx: tx.prompts.prompts(running, pseudonym="vabcde"))
        assert list(found) == made

    async def test_those_that_wait_are_found(self, db: SqlDatabase, running: Study) -> None:
        who, there = volunteer(running), Message("D1", "1.2")
        planned = prompt(who, "a", beep=1)
        expired = prompt(who, "b", beep=2, outcome=Outcome.EXPIRED, message=there)
        done = prompt(who, "c", beep=3, outcome=Outcome.COMPLETE, message=there)
        never = prompt(who, "d", beep=4, outcome=Outcome.NOT_SENT, reason="paused")
        await db.run(lambda tx: tx.prompts.put_all([done, expired, never, planned]))

        assert await db.read(lambda tx: tx.prompts.open_of(who)) == (planned, expired)

    async def test_answers_keep_every_character(self, db: SqlDatabase, running: Study) -> None:
        made = prompt(volunteer(running), "p1")
        await db.run(lambda tx: tx.prompts.put(made))
        first, second = answer(made, "stuck", "2", is_text=False), answer(made, "words", ODD)
        await db.run(lambda tx: tx.prompts.answer([first, answer(made, "words", "x")], running))
        await db.run(lambda tx: tx.prompts.answer([second], running))

        assert await db.read(lambda tx: tx.prompts.answers([made.id])) == (first, second)
        assert await db.read(lambda tx: tx.prompts.answers([])) == ()

    async def test_messages_are_noted_once(self, db: SqlDatabase, running: Study) -> None:
        for ts in ("2.2", "1.1", "2.2"):
            await db.run(
                lambda tx, ts=ts: tx.prompts.note_message(running, "vabcde", Message("D1", ts))  # type: ignore[misc]
            )

        there = await db.read(lambda tx: tx.prompts.messages(running, "vabcde"))

        assert [each.ts for each in there] == ["1.1", "2.2"]


async def filled(db: SqlDatabase, of: Study, who: Volunteer) -> None:
    """Everything there can be of a volunteer."""
    made = full_prompt(who, f"{who.pseudonym}-1")
    now = replace(made, id=f"{made.id}-now", beep=0)
    await db.run(lambda tx: tx.volunteers.put(who))
    await db.run(lambda tx: tx.volunteers.consent(who, 1, "d" * 64, NOW))
    await db.run(lambda tx: tx.studies.append(of, [day_plan(who)]))
    await db.run(lambda tx: tx.prompts.put_all([made, now]))
    await db.run(lambda tx: tx.prompts.answer([answer(made), answer(now)], of))
    await db.run(lambda tx: tx.prompts.note_message(of, who.pseudonym, Message("D1", "1.1")))


class TestErasing:
    async def test_leaves_a_total_a_hash_and_the_others(
        self, db: SqlDatabase, running: Study
    ) -> None:
        gone, stays = volunteer(running), volunteer(running, "vstays")
        await filled(db, running, gone)
        await filled(db, running, stays)
        head = (await db.read(lambda tx: tx.studies.plans(running)))[-1].digest

        await db.run(lambda tx: tx.volunteers.erase(gone, NOW))

        assert await db.read(lambda tx: tx.volunteers.volunteers(running)) == (stays,)
        assert await db.read(lambda tx: tx.volunteers.all_of(running.workspace, "U1")) == ()
        assert await db.read(lambda tx: tx.prompts.prompts(running, pseudonym="vabcde")) == ()
        assert await db.read(lambda tx: tx.prompts.messages(running, "vabcde")) == ()
        theirs = await db.read(lambda tx: tx.prompts.prompts(running))
        left = await db.read(lambda tx: tx.prompts.answers([each.id for each in theirs]))
        assert len(theirs) == len(left) == 2
        kept = await db.read(lambda tx: tx.studies.study(running.workspace, running.id))
        assert kept is not None
        assert (kept.erased, kept.head) == (1, head)
        chain = await db.read(lambda tx: tx.studies.chain(running))
        assert [(each.plan is None, each.salt) for each in chain] == [(True, None), (False, SALT)]
        assert chain[1].previous == chain[0].digest

    async def test_the_next_day_is_linked_to_the_one_that_was_erased(
        self, db: SqlDatabase, running: Study
    ) -> None:
        gone, stays = volunteer(running), volunteer(running, "vstays")
        await filled(db, running, gone)
        await db.run(lambda tx: tx.volunteers.put(stays))
        await db.run(lambda tx: tx.volunteers.erase(gone, NOW))

        await db.run(lambda tx: tx.studies.append(running, [day_plan(stays)]))

        first, second = await db.read(lambda tx: tx.studies.chain(running))
        assert second.previous == first.digest


class TestWithoutTheKey:
    async def test_what_was_sealed_cannot_be_used(
        self, make_db: MakeDb, db: SqlDatabase, running: Study
    ) -> None:
        keyless = make_db(key=None)

        for use in (
            lambda tx: tx.studies.put(study(running.workspace, "S2")),
            lambda tx: tx.studies.studies(running.workspace),
            lambda tx: tx.volunteers.of(running.workspace, "U1"),
            lambda tx: tx.volunteers.volunteers(running),
        ):
            with pytest.raises(NotSetUp):
                await keyless.run(use)
        assert not await keyless.read(lambda tx: tx.studies.ready())
        assert await db.read(lambda tx: tx.studies.ready())

    async def test_where_there_is_no_study_nothing_needs_it(
        self, make_db: MakeDb, workspace: str
    ) -> None:
        keyless = make_db(key=None)

        assert await keyless.read(lambda tx: tx.studies.studies(workspace)) == ()
        assert await keyless.read(lambda tx: tx.volunteers.of(workspace, "U1")) is None

    async def test_another_key_is_told(self, make_db: MakeDb, running: Study) -> None:
        other = make_db(key=bytes(32))

        with pytest.raises(WrongKey, match="is not the key that the studies here were made with"):
            await other.read(lambda tx: tx.studies.studies(running.workspace))

    async def test_no_word_name_or_time_stands_in_clear(
        self, db: SqlDatabase, engine: sa.Engine, running: Study
    ) -> None:
        await filled(db, running, full_volunteer(running))
        found = []
        with engine.connect() as connection:
            for table in ("volunteers", "prompts", "answers", "study_days", "study_messages"):
                rows = connection.execute(sa.select(sa.text("*")).select_from(sa.table(table)))
                found += [str(row) for row in rows]

        whole = "\n".join(found)
        assert found
        # With a sign in each that no sealed value has.
        for told in (
            "'vzzzzz'",
            "vzzzzz-1",
            "'U1'",
            "DROP TABLE",
            "Asia/",
            "2028-",
            "'D1'",
            "'meeting'",
            "1700000000.",
        ):
            assert told not in whole

    def test_the_key_of_the_tests_is_one(self) -> None:
        assert Vault(STUDY_KEY).ready
