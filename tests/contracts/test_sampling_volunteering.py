"""Taking part, as the person who does sees it, on both databases."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import SeededDraws
from bot.errors import Refusal
from bot.sampling.model import (
    Message,
    Outcome,
    Role,
    Study,
    VolunteerState,
    Window,
)
from bot.sampling.review_ports import Coding, Grant, Look, Seen, TextKey
from bot.sampling.sealing import NotSetUp
from bot.sampling.studies import Named, Studies
from bot.sampling.volunteering import Volunteering
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, MakeDb
from tests.contracts.sampling_values import HOURS, SCHEDULE, answer, protocol
from tests.contracts.volunteering import (
    DAWN,
    FIRST,
    YEARS,
    a_study,
    joined,
    planned,
    request,
)


@pytest.fixture
def studies(db: SqlDatabase, draws: SeededDraws) -> Studies[Tx]:
    return Studies(db, draws)


@pytest.fixture
def volunteering(db: SqlDatabase, draws: SeededDraws) -> Volunteering[Tx]:
    return Volunteering(db, draws)


@pytest.fixture
async def running(db: SqlDatabase, studies: Studies[Tx], workspace: str) -> Study:
    return await a_study(db, studies, workspace)


class TestJoining:
    async def test_the_text_names_who_reads_and_what_is_promised(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        (offer,) = await volunteering.offers(request(running.workspace))

        assert offer.consent.text == "Uowner read your answers."
        assert offer.taking_part is None

    async def test_keeps_what_was_agreed_to_and_when(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)

        assert made.pseudonym[0] == "v"
        assert len(made.pseudonym) == 6
        assert made.first_day == FIRST
        (offered,) = await volunteering.offers(request(running.workspace, "U2"))
        assert await db.read(lambda tx: tx.volunteers.consents(made)) == (
            (1, offered.consent.digest, NOW),
        )
        status = await volunteering.status(request(running.workspace))
        assert status is not None
        assert (status.paused, status.done, status.answered) == (False, False, 0)
        assert status.last_day == date(2028, 3, 14)

    async def test_begins_with_the_next_whole_window(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        begun = replace(HOURS, windows=(Window(time(0, 30), time(8)),))

        assert (await joined(volunteering, running, hours=begun)).first_day == date(2028, 3, 2)

    async def test_code_names_and_salts_are_ones_own(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        first = await joined(volunteering, running)
        second = await joined(volunteering, running, "U2")

        assert first.pseudonym != second.pseudonym
        assert first.salt != second.salt

    async def test_a_text_that_changed_meanwhile_is_not_agreed_to(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        with pytest.raises(Refusal, match="has changed since you opened it"):
            await volunteering.join(request(running.workspace), running.id, HOURS, "0" * 64)
        assert await volunteering.status(request(running.workspace)) is None

    @pytest.mark.parametrize("what", ["guest", "external", "bot", "deleted"])
    async def test_guests_and_others_are_refused(
        self, volunteering: Volunteering[Tx], running: Study, what: str
    ) -> None:
        (offer,) = await volunteering.offers(request(running.workspace))
        made: dict[str, Any] = {what: True}
        asked = request(running.workspace, **made)

        with pytest.raises(Refusal, match="employed people"):
            await volunteering.offers(asked)
        with pytest.raises(Refusal, match="employed people"):
            await volunteering.join(asked, running.id, HOURS, offer.consent.digest)

    async def test_a_declared_reader_may_not(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        with pytest.raises(Refusal, match="You hold a role in this study"):
            await joined(volunteering, running, "UOWNER")

    @pytest.mark.parametrize(
        "changes",
        [
            {"zone": "Mars/Olympus"},
            {"windows": (Window(time(9), time(10)),)},
            {"windows": ()},
            {"days": ()},
        ],
    )
    async def test_hours_that_cannot_be_planned_are_refused(
        self, volunteering: Volunteering[Tx], running: Study, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(Refusal) as refused:
            await joined(volunteering, running, hours=replace(HOURS, **changes))
        assert refused.value.field in {"zone", "hours", "days"}

    async def test_of_another_workspace_is_not_there(
        self, volunteering: Volunteering[Tx], running: Study, other_workspace: str
    ) -> None:
        (offer,) = await volunteering.offers(request(running.workspace))

        assert await volunteering.offers(request(other_workspace)) == ()
        with pytest.raises(Refusal, match="takes nobody in"):
            await volunteering.join(
                request(other_workspace), running.id, HOURS, offer.consent.digest
            )

    async def test_one_study_at_a_time_and_it_says_when_the_first_ends(
        self, volunteering: Volunteering[Tx], studies: Studies[Tx], running: Study
    ) -> None:
        where = running.workspace
        await joined(volunteering, running)
        owner = [Named("UOWNER", Role.OWNER)]
        other = await studies.lock(where, protocol(id="other", digest="f" * 64), owner, NOW)
        await studies.start(where, "other", NOW)
        assert await volunteering.offers(request(where)) == ()
        offer, _ = await volunteering.offers(request(where, "U2"))

        with pytest.raises(Refusal, match=r"one study at a time .* ends on 2028-03-14"):
            await volunteering.join(request(where), other.id, HOURS, offer.consent.digest)

    async def test_what_was_asked_once_is_kept(
        self, volunteering: Volunteering[Tx], studies: Studies[Tx], running: Study
    ) -> None:
        owner = [Named("UOWNER", Role.OWNER)]
        asking = protocol(id="asking", digest="f" * 64, baseline=(YEARS,))
        other = await studies.lock(running.workspace, asking, owner, NOW)
        await studies.start(running.workspace, "asking", NOW)
        asked = request(running.workspace)
        offer = next(o for o in await volunteering.offers(asked) if o.study.id == other.id)
        here = (asked, other.id, HOURS, offer.consent.digest)

        with pytest.raises(Refusal, match="Choose one of the options"):
            await volunteering.join(*here, {"years": "7"})
        await volunteering.join(*here, {"years": "1"})

        (own,) = await volunteering.given(asked)
        assert own.told["asked_once"] == {"years": "1"}
        assert own.items["years"] == YEARS

    async def test_without_a_key_it_says_what_the_operator_sets(
        self, make_db: MakeDb, draws: SeededDraws, workspace: str
    ) -> None:
        keyless = Volunteering[Tx](make_db(key=None), draws)

        assert await keyless.status(request(workspace)) is None
        for use in (keyless.offers, keyless.download, keyless.erase, keyless.pause):
            with pytest.raises(NotSetUp):
                await use(request(workspace))


class TestSettings:
    async def test_start_on_the_next_date_that_is_not_planned(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)
        await planned(db, running)
        before = await db.read(lambda tx: tx.studies.plans(running))

        other = replace(HOURS, zone="Asia/Tokyo", more_time=True)
        after = await volunteering.change(request(running.workspace, at=DAWN), other)

        assert after.hours == other
        assert after.first_day == FIRST
        assert await db.read(lambda tx: tx.studies.plans(running)) == before
        await planned(db, running, DAWN + timedelta(days=1))
        last = (await db.read(lambda tx: tx.studies.plans(running)))[-1]
        assert (last.zone, last.gap, last.pseudonym) == ("Asia/Tokyo", 120, made.pseudonym)

    async def test_before_anything_is_planned_they_move_the_first_day(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running, hours=replace(HOURS, days=(4,)))
        assert made.first_day == date(2028, 3, 3)

        after = await volunteering.change(
            request(running.workspace), replace(HOURS, days_off=(FIRST,))
        )

        assert after.first_day == date(2028, 3, 2)

    async def test_pausing_and_resuming(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        asked = request(running.workspace)

        until = await volunteering.pause(asked, date(2028, 3, 6))
        assert until.paused_until == datetime.fromisoformat("2028-03-06T00:00:00+01:00")
        assert (await volunteering.pause(asked)).paused_until is None
        assert (await volunteering.resume(asked)).state is VolunteerState.ACTIVE
        with pytest.raises(Refusal, match="has begun already"):
            await volunteering.pause(asked, date(2028, 3, 1))

    async def test_who_takes_part_in_nothing_is_told(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        asked = request(running.workspace, "U2")

        for use in (volunteering.pause, volunteering.resume):
            with pytest.raises(Refusal, match="You take part in no study here"):
                await use(asked)
        with pytest.raises(Refusal, match="You take part in no study here"):
            await volunteering.leave(asked, keep=True)


class TestAnAmendment:
    async def test_pauses_until_they_agree(
        self,
        db: SqlDatabase,
        volunteering: Volunteering[Tx],
        studies: Studies[Tx],
        running: Study,
    ) -> None:
        asked = request(running.workspace)
        made = await joined(volunteering, running)
        await planned(db, running)
        heavier = protocol(digest="e" * 64, schedule=replace(SCHEDULE, per_day=4))
        after = (await studies.amend(running.workspace, heavier, NOW)).study

        await planned(db, after, DAWN + timedelta(days=1))
        assert len(await db.read(lambda tx: tx.studies.plans(running))) == 1
        status = await volunteering.status(asked)
        assert status is not None
        assert (status.paused, status.must_agree) == (True, True)
        with pytest.raises(Refusal, match="was changed since you agreed"):
            await volunteering.resume(asked)

        (offer,) = await volunteering.offers(asked)
        assert offer.taking_part is not None
        agreed = await volunteering.agree(asked, offer.consent.digest)

        assert (agreed.version, agreed.pseudonym) == (2, made.pseudonym)
        consents = await db.read(lambda tx: tx.volunteers.consents(agreed))
        assert [each[0] for each in consents] == [1, 2]
        await planned(db, after, DAWN + timedelta(days=1))
        plans = await db.read(lambda tx: tx.studies.plans(running))
        assert [each.version for each in plans] == [1, 2]

    async def test_another_text_than_was_shown_is_not_agreed_to(
        self, volunteering: Volunteering[Tx], studies: Studies[Tx], running: Study
    ) -> None:
        asked = request(running.workspace)
        await joined(volunteering, running)
        (shown,) = await volunteering.offers(request(running.workspace, "U2"))
        changed = protocol(digest="e" * 64, consent="{readers} read it, and their friends.")
        await studies.amend(running.workspace, changed, NOW)

        with pytest.raises(Refusal, match="has changed since you opened it"):
            await volunteering.agree(asked, shown.consent.digest)

        status = await volunteering.status(asked)
        assert status is not None
        assert (status.must_agree, status.volunteer.version) == (True, 1)


async def answered(db: SqlDatabase, study: Study) -> str:
    """The first prompt there is, sent and answered; its id."""
    first = (await db.read(lambda tx: tx.prompts.prompts(study)))[0]
    sent = replace(
        first,
        outcome=Outcome.COMPLETE,
        sent_at=first.planned_at,
        first_tap_at=first.planned_at,
        message=Message("D1", "1.1"),
    )
    await db.run(lambda tx: tx.prompts.put(sent))
    await db.run(lambda tx: tx.prompts.answer([answer(sent, "words", "my words")], study))
    await db.run(lambda tx: tx.prompts.note_message(study, sent.pseudonym, Message("D1", "2.2")))
    return sent.id


class TestLeaving:
    async def test_and_keeping_what_they_gave(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)
        await planned(db, running)
        done = await answered(db, running)

        await volunteering.leave(request(running.workspace, at=DAWN), keep=True)

        assert await volunteering.status(request(running.workspace)) is None
        prompts = await db.read(lambda tx: tx.prompts.prompts(running))
        ends = {each.id: (each.outcome, each.reason) for each in prompts}
        assert ends.pop(done) == (Outcome.COMPLETE, "")
        assert set(ends.values()) == {(Outcome.CANCELLED, "left")}
        gone = await db.read(lambda tx: tx.volunteers.volunteer(running, made.pseudonym))
        assert gone is not None
        assert (gone.state, gone.left_at, gone.keep_if_gone) == (VolunteerState.LEFT, DAWN, True)
        own = await volunteering.download(request(running.workspace))
        assert own["studies"][0]["prompts"][0]["answers"] == {"words": "my words"}

    async def test_and_erasing_it(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        await planned(db, running)
        await answered(db, running)

        await volunteering.leave(request(running.workspace, at=DAWN), keep=False)

        assert await db.read(lambda tx: tx.prompts.prompts(running)) == ()
        with pytest.raises(Refusal, match="Nothing here can be found that is yours"):
            await volunteering.download(request(running.workspace))

    async def test_who_joins_again_is_who_they_were(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        """One person is never two of the five that a figure needs."""
        first = await joined(volunteering, running)
        await volunteering.leave(request(running.workspace), keep=True)

        again = await joined(volunteering, running)

        assert (again.pseudonym, again.salt) == (first.pseudonym, first.salt)
        assert (again.state, again.left_at) == (VolunteerState.ACTIVE, None)
        assert len(await db.read(lambda tx: tx.volunteers.volunteers(running))) == 1
        assert await volunteering.erase(request(running.workspace)) == 1

    async def test_who_was_erased_joins_as_somebody_else(
        self, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        first = await joined(volunteering, running)
        await volunteering.leave(request(running.workspace), keep=False)

        assert (await joined(volunteering, running)).pseudonym != first.pseudonym


class TestErasing:
    async def test_leaves_nothing_but_one_total(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)
        await planned(db, running)
        await answered(db, running)
        count = len(await db.read(lambda tx: tx.prompts.prompts(running)))

        assert await volunteering.erase(request(running.workspace, at=DAWN)) == 1

        left = await db.read(lambda tx: tx.studies.study(running.workspace, running.id))
        assert left is not None
        assert left.erased == count
        assert await db.read(lambda tx: tx.volunteers.volunteers(running)) == ()
        assert await db.read(lambda tx: tx.volunteers.is_free(running, made.pseudonym)) is False
        with pytest.raises(Refusal, match="Nothing here can be found"):
            await volunteering.erase(request(running.workspace))

    async def test_our_messages_are_deleted_through_the_ledger(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        await planned(db, running)
        await answered(db, running)

        await volunteering.erase(request(running.workspace, at=DAWN))

        owed = await db.run(lambda tx: tx.deliveries.claim([running.workspace], DAWN, 20, 60.0))
        deleted = {each.subject for each in owed if each.purpose == "sampling.delete"}
        assert deleted == {"D1/1.1", "D1/2.2"}
        assert not [each for each in owed if each.purpose == "sampling.prompt"]

    async def test_somebody_else_stays(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        other = await joined(volunteering, running, "U2")
        await planned(db, running)

        await volunteering.erase(request(running.workspace))

        assert await db.read(lambda tx: tx.volunteers.volunteers(running)) != ()
        prompts = await db.read(lambda tx: tx.prompts.prompts(running))
        assert {each.pseudonym for each in prompts} == {other.pseudonym}

    async def test_of_a_stopped_study_too(
        self, volunteering: Volunteering[Tx], studies: Studies[Tx], running: Study
    ) -> None:
        await joined(volunteering, running)
        await studies.stop(running.workspace, "stuck", NOW)

        assert await volunteering.erase(request(running.workspace)) == 1


class TestDownloading:
    async def test_holds_consents_hours_prompts_and_nothing_to_come(
        self, db: SqlDatabase, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)
        await planned(db, running)
        await answered(db, running)

        look = Look("UOWNER", Seen.READ, FIRST, 3)
        await db.run(lambda tx: tx.review.saw(running, [made.pseudonym], look, NOW))

        (own,) = (await volunteering.download(request(running.workspace)))["studies"]

        (seen,) = own["who_read_or_exported"]
        assert (seen["person"], seen["how"], seen["on"]) == ("UOWNER", "read", "2028-03-01")
        assert (own["tags"], own["quotes_asked_for"], own["asked_once"]) == ([], [], {})
        assert own["code_name"] == made.pseudonym
        assert own["hours"]["windows"] == ["09:00-17:00"]
        assert [each["version"] for each in own["consents"]] == [1]
        assert len(own["prompts"]) == 1
        ahead = await db.read(lambda tx: tx.prompts.prompts(running))
        assert len(ahead) > 1
        told = str(own)
        assert not [e for e in ahead[1:] if e.planned_at and e.planned_at.isoformat() in told]

    async def test_what_was_made_of_it_stands_beside_it(
        self, db: SqlDatabase, draws: SeededDraws, running: Study
    ) -> None:
        """Which text a tag was given to is told, too."""
        with_reviews = Volunteering[Tx](db, draws)
        made = await joined(with_reviews, running)
        await planned(db, running)
        done = await answered(db, running)
        text = TextKey(done, "words")
        tagged = Coding(text, made.pseudonym, "UCODER", 1, ("tools",), NOW)
        grant = Grant("G1", running.id, "UANALYST", "UOWNER", NOW, NOW + timedelta(hours=1))

        def reviewed(tx: Tx) -> None:
            tx.review.code(running, tagged)
            tx.review.put_grant(grant)

        await db.run(reviewed)

        (own,) = (await with_reviews.download(request(running.workspace)))["studies"]
        assert [(each["prompt"], each["tags"]) for each in own["tags"]] == [(done, ["tools"])]
        assert [each["analyst"] for each in own["granted"]] == ["UANALYST"]


class TestTheLedgerKnowsNoCodeName:
    async def test_in_no_row_of_a_prompt(
        self, db: SqlDatabase, engine: sa.Engine, volunteering: Volunteering[Tx], running: Study
    ) -> None:
        made = await joined(volunteering, running)
        await planned(db, running)

        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT * FROM deliveries WHERE workspace = :w"), {"w": running.workspace}
            ).all()

        assert [row for row in rows if "dm:U1" in str(row)]
        assert [row for row in rows if made.pseudonym in str(row) and "dm:" in str(row)] == []


class TestTheWeeklyLook:
    async def test_what_was_planned_is_what_the_secret_gives(
        self,
        db: SqlDatabase,
        studies: Studies[Tx],
        volunteering: Volunteering[Tx],
        running: Study,
    ) -> None:
        await joined(volunteering, running)
        await planned(db, running)

        found = await studies.check(running.workspace, running.name, DAWN + timedelta(days=2))

        assert found.days == 1
        # Nothing is sent in this test: that no prompt has come to its end is all there is.
        assert [each.what for each in found.wrong] == ["has no outcome"] * found.prompts
        assert found.prompts > 0
