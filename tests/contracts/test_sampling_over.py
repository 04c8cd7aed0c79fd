"""What is still theirs when somebody's part in a study is over, or their account is deactivated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import SeededDraws
from bot.errors import Refusal
from bot.sampling.keeping import Keeping
from bot.sampling.model import Outcome, Role, Study, Trigger, VolunteerState
from bot.sampling.studies import Named, Studies
from bot.sampling.tombstones import Tombstones
from bot.sampling.volunteering import Volunteering
from bot.workspace.model import Person
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.sampling_values import HOURS, answer, prompt, protocol
from tests.contracts.volunteering import DAY, YEARS, a_study, joined, request, until_over


@pytest.fixture
def studies(db: SqlDatabase, draws: SeededDraws) -> Studies[Tx]:
    return Studies(db, draws)


@pytest.fixture
def volunteering(db: SqlDatabase, draws: SeededDraws) -> Volunteering[Tx]:
    return Volunteering(db, draws)


@pytest.fixture
async def running(db: SqlDatabase, studies: Studies[Tx], workspace: str) -> Study:
    return await a_study(db, studies, workspace)


@pytest.fixture
async def second(studies: Studies[Tx], running: Study) -> Study:
    """Another study of the workspace that takes people in."""
    owner = [Named("UOWNER", Role.OWNER)]
    other = protocol(id="second", digest="f" * 64)
    await studies.lock(running.workspace, other, owner, NOW)
    return await studies.start(running.workspace, "second", NOW)


class TestASecondStudy:
    @pytest.mark.parametrize("keep", [False, True])
    async def test_may_be_joined_when_the_first_is_over_and_what_was_chosen_there_holds(
        self,
        db: SqlDatabase,
        draws: SeededDraws,
        volunteering: Volunteering[Tx],
        running: Study,
        second: Study,
        keep: bool,
    ) -> None:
        where, first = running.workspace, await joined(volunteering, running)
        later = NOW + timedelta(hours=1)
        await until_over(db, running, first, keep_if_gone=keep)
        asked = request(where, at=later)
        offer = next(o for o in await volunteering.offers(asked) if o.study.id == second.id)

        now_in = await volunteering.join(asked, second.id, HOURS, offer.consent.digest)

        status = await volunteering.status(asked)
        assert status is not None
        assert (status.study.id, now_in.study) == (second.id, second.id)
        left = await db.read(lambda tx: tx.volunteers.volunteer(running, first.pseudonym))
        assert left is not None
        assert (left.state, left.left_at, left.keep_if_gone) == (VolunteerState.LEFT, None, keep)
        assert await volunteering.returned(asked) == ()

        gone = Person(where, "U1", "U1", deleted=True)
        await db.run(lambda tx: tx.workspace.save_person(gone))
        keeping = Keeping(db, draws, Tombstones(None))
        await keeping.sweep(where, NOW + DAY)
        await keeping.sweep(where, NOW + 31 * DAY)
        after = await db.read(lambda tx: tx.volunteers.volunteer(running, first.pseudonym))
        assert (after is not None) == keep

    async def test_has_last_questions_of_its_own(
        self,
        db: SqlDatabase,
        studies: Studies[Tx],
        volunteering: Volunteering[Tx],
        running: Study,
    ) -> None:
        """Those of the first can still be answered by who has begun the second meanwhile."""
        where, owner = running.workspace, [Named("UOWNER", Role.OWNER)]
        for after, name in enumerate(("one", "two")):
            made = protocol(id=name, digest=name[0] * 64, exit=(YEARS,))
            await studies.lock(where, made, owner, NOW + timedelta(minutes=after))
        one = await studies.start(where, "one", NOW)
        me, asked = await joined(volunteering, one), request(where)
        with pytest.raises(Refusal, match="come when your days in a study are over"):
            await volunteering.exit_form(asked)
        with pytest.raises(Refusal, match="come when your days in a study are over"):
            await volunteering.exit_survey(asked, one.id, {"years": "1"})
        await until_over(db, one, me, ends=NOW + timedelta(minutes=1))
        with pytest.raises(Refusal, match="come when your days in a study are over"):
            await volunteering.exit_form(asked)
        await until_over(db, one, me)
        assert (await volunteering.exit_form(asked)).id == one.id
        two = await studies.start(where, "two", NOW)
        later = request(where, at=NOW + timedelta(hours=1))
        offer = next(o for o in await volunteering.offers(later) if o.study.id == two.id)
        await volunteering.join(later, two.id, HOURS, offer.consent.digest)

        assert (await volunteering.exit_form(later)).id == one.id
        await volunteering.exit_survey(later, one.id, {"years": "1"})

        kept = {each.told["study"]: each.told["asked_once"] for each in
                await volunteering.given(later)}  # fmt: skip
        assert kept == {"one": {"years": "1"}, "two": {}}

    async def test_the_last_questions_are_those_that_they_agreed_to(
        self, studies: Studies[Tx], volunteering: Volunteering[Tx], running: Study
    ) -> None:
        where = running.workspace
        asking = protocol(id="asking", digest="a" * 64, exit=(YEARS,))
        await studies.lock(where, asking, [Named("UOWNER", Role.OWNER)], NOW)
        await joined(volunteering, await studies.start(where, "asking", NOW))
        other = replace(YEARS, name="other")
        await studies.amend(where, replace(asking, digest="b" * 64, exit=(other,)), NOW)
        stopped = await studies.stop(where, "asking", NOW)
        assert stopped.protocol.exit == (other,)

        shown = await volunteering.exit_form(request(where))

        assert shown.protocol.exit == (YEARS,)
        with pytest.raises(Refusal, match="not up to date"):
            await volunteering.exit_survey(request(where), shown.id, {"other": "1"})
        await volunteering.exit_survey(request(where), shown.id, {"years": "2"})

    async def test_nobody_answers_the_last_questions_of_a_study_that_they_left(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        asked = request(running.workspace)
        with pytest.raises(Refusal, match="You take part in no study here"):
            await volunteering.exit_form(asked)
        await joined(volunteering, running)
        await volunteering.leave(asked, keep=True)

        with pytest.raises(Refusal, match="come when your days in a study are over"):
            await volunteering.exit_survey(asked, running.id, {})
        with pytest.raises(Refusal, match="You take part in no study here"):
            await volunteering.exit_survey(request(running.workspace, "U2"), running.id, {})


class TestIfTheyAreGone:
    async def test_what_they_chose_is_kept(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        asked = request(running.workspace)

        for chosen in (True, False):
            await volunteering.keep_if_gone(asked, chosen)
            status = await volunteering.status(asked)
            assert status is not None
            assert status.volunteer.keep_if_gone is chosen

    async def test_back_in_time_they_may_keep_it_after_all(
        self, db: SqlDatabase, draws: SeededDraws, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        where, me = running.workspace, await joined(volunteering, running)
        keeping, asked = Keeping(db, draws, Tombstones(None)), request(where)
        gone = Person(where, "U1", "U1", deleted=True)
        await db.run(lambda tx: tx.workspace.save_person(gone))
        await keeping.sweep(where, NOW + DAY)

        (back,) = await volunteering.returned(asked)
        assert (back.study.id, back.erased_at, back.open) == (running.id, NOW + 31 * DAY, True)
        with pytest.raises(Refusal, match="You take part in no study here"):
            await volunteering.keep_if_gone(request(where, "U2"), True, running.id)
        kept = await volunteering.keep_if_gone(asked, True, running.id)

        assert (kept.pseudonym, kept.state) == (me.pseudonym, VolunteerState.LEFT)
        assert await volunteering.returned(asked) == ()
        await keeping.sweep(where, NOW + 40 * DAY)
        assert await db.read(lambda tx: tx.volunteers.volunteer(running, me.pseudonym)) == kept

    async def test_who_left_by_themselves_is_not_asked_again(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        assert await volunteering.returned(request(running.workspace)) == ()
        await volunteering.leave(request(running.workspace), keep=True)

        assert await volunteering.returned(request(running.workspace)) == ()


class TestCharts:
    @pytest.mark.parametrize("leaves", [False, True])
    async def test_of_ones_own_come_when_all_is_over(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study, leaves: bool
    ) -> None:
        made = await joined(volunteering, running)
        asked = [
            prompt(made, f"p{beep}", beep=beep, outcome=Outcome.PARTIAL, sent_at=NOW)
            for beep in range(1, 11)
        ]
        # What they reported by themselves is in no chart.
        asked.append(replace(asked[0], id=f"{running.id}-own", trigger=Trigger.SELF_REPORT, beep=0))
        said = [answer(each, "stuck", "2", is_text=False) for each in asked]
        await db.run(lambda tx: tx.prompts.put_all(asked))
        await db.run(lambda tx: tx.prompts.answer(said, running))

        (before,) = await volunteering.given(request(running.workspace))
        if leaves:
            await volunteering.leave(request(running.workspace), keep=True)
        else:
            await until_over(db, running, made)
        (after,) = await volunteering.given(request(running.workspace, at=NOW + DAY))

        assert before.charts == ()
        assert [(each.item.name, each.answers) for each in after.charts] == [("stuck", 10)]
