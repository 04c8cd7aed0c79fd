"""A study's life and its roles, as the operator and the owner see them, on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.clock import SeededDraws
from bot.errors import Refusal
from bot.sampling.model import Outcome, Role, StudyState
from bot.sampling.plan import commitment
from bot.sampling.planning import plan_slice
from bot.sampling.sealing import NotSetUp
from bot.sampling.studies import Named, Studies
from bot.workspace.model import Person, Request
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, MakeDb
from tests.contracts.sampling_values import LEGAL, SCHEDULE, protocol, volunteer

OWNER = (Named("UOWNER", Role.OWNER),)
DAY_LATER = NOW + timedelta(days=1)


def person(workspace: str, person_id: str, **changes: bool) -> Person:
    return replace(Person(workspace, person_id, person_id.title(), "Europe/Berlin"), **changes)  # type: ignore[arg-type]


@pytest.fixture
async def people(db: SqlDatabase, workspace: str) -> None:
    known = [person(workspace, each) for each in ("UOWNER", "UCODER", "U1", "U2")]
    known += [
        person(workspace, "UGUEST", guest=True),
        person(workspace, "UOTHER", external=True),
        person(workspace, "UBOT", bot=True),
        person(workspace, "UGONE", deleted=True),
        person(workspace, "UADMIN", admin=True),
    ]
    for each in known:
        await db.run(lambda tx, each=each: tx.workspace.save_person(each))  # type: ignore[misc]


@pytest.fixture
def studies(db: SqlDatabase, draws: SeededDraws, people: None) -> Studies[Tx]:
    return Studies(db, draws)


def asks(workspace: str, person_id: str, **changes: bool) -> Request:
    return Request(workspace, person(workspace, person_id, **changes), NOW)


class TestLocking:
    async def test_draws_a_secret_and_publishes_what_commits_to_it(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)

        assert made.state is StudyState.LOCKED
        assert made.commitment == commitment(made.protocol.digest, made.secret)
        assert len(made.secret) == 32
        assert await studies.named(workspace, "stuck") == made
        (held,) = await studies.roles(workspace, made.id)
        assert (held.person, held.attested_at) == ("UOWNER", None)

    async def test_two_have_different_secrets(self, studies: Studies[Tx], workspace: str) -> None:
        first = await studies.lock(workspace, protocol(), OWNER, NOW)
        second = await studies.lock(workspace, protocol(id="other"), OWNER, NOW)

        assert first.secret != second.secret

    @pytest.mark.parametrize("field", ["controller", "contact", "delete_on"])
    async def test_half_a_legal_section_is_refused(
        self, studies: Studies[Tx], workspace: str, field: str
    ) -> None:
        half = protocol(legal=replace(LEGAL, **{field: ""}))

        with pytest.raises(Refusal, match=field):
            await studies.lock(workspace, half, OWNER, NOW)
        assert await studies.all(workspace) == ()

    async def test_a_deletion_before_the_end_is_refused(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        early = protocol(legal=replace(LEGAL, delete_on="2028-03-02"))

        with pytest.raises(Refusal, match="delete_on is before"):
            await studies.lock(workspace, early, OWNER, NOW)

    async def test_one_of_that_name_at_a_time(self, studies: Studies[Tx], workspace: str) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)
        with pytest.raises(Refusal, match="already"):
            await studies.lock(workspace, protocol(), OWNER, NOW)

        await studies.stop(workspace, "stuck", NOW)
        again = await studies.lock(workspace, protocol(), OWNER, DAY_LATER)

        assert await studies.named(workspace, "stuck") == again

    async def test_it_has_an_owner(self, studies: Studies[Tx], workspace: str) -> None:
        with pytest.raises(Refusal, match="has an owner"):
            await studies.lock(workspace, protocol(), [Named("UCODER", Role.CODER)], NOW)

    @pytest.mark.parametrize("who", ["UGUEST", "UOTHER", "UBOT", "UGONE"])
    async def test_guests_bots_and_others_hold_no_role(
        self, studies: Studies[Tx], workspace: str, who: str
    ) -> None:
        with pytest.raises(Refusal, match="Only employed people"):
            await studies.lock(workspace, protocol(), [*OWNER, Named(who, Role.READER)], NOW)
        assert await studies.all(workspace) == ()

    async def test_whoever_is_not_known_is_named(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        with pytest.raises(Refusal, match="Nobody here is known as UNEW"):
            await studies.lock(workspace, protocol(), [Named("UNEW", Role.OWNER)], NOW)

    async def test_without_a_key_it_says_what_the_operator_sets(
        self, make_db: MakeDb, draws: SeededDraws, workspace: str
    ) -> None:
        keyless = Studies[Tx](make_db(key=None), draws)

        with pytest.raises(NotSetUp, match="the operator sets PARALLAX_STUDY_KEY"):
            await keyless.lock(workspace, protocol(), OWNER, NOW)
        assert await keyless.all(workspace) == ()


class TestStartingAndStopping:
    async def test_a_study_starts_once(
        self, db: SqlDatabase, studies: Studies[Tx], workspace: str
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)

        started = await studies.start(workspace, "stuck", DAY_LATER)

        assert (started.state, started.started_at) == (StudyState.RUNNING, DAY_LATER)
        with pytest.raises(Refusal, match="running already"):
            await studies.start(workspace, "stuck", DAY_LATER)
        backlog = await db.read(lambda tx: tx.deliveries.backlog([workspace], DAY_LATER))
        assert backlog.due == 2  # the look that plans, and a word to the owner about their role

    async def test_what_is_not_there_is_named(self, studies: Studies[Tx], workspace: str) -> None:
        for use in (studies.start, studies.stop, studies.reveal):
            with pytest.raises(Refusal, match="There is no study 'nope' here"):
                await use(workspace, "nope", NOW)


class TestAmending:
    async def test_what_needs_consent_asks_for_it(
        self, db: SqlDatabase, studies: Studies[Tx], workspace: str
    ) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)
        await studies.start(workspace, "stuck", NOW)
        who = volunteer(made)
        await db.run(lambda tx: tx.volunteers.put(who))
        await db.run(lambda tx: tx.volunteers.identify(who, workspace, "U1"))
        heavier = protocol(digest="e" * 64, schedule=replace(SCHEDULE, per_day=4))

        done = await studies.amend(workspace, heavier, DAY_LATER)

        assert done.parts == ("schedule",)
        assert (done.study.protocol.version, done.study.consent_version) == (2, 2)
        assert not done.study.has_consent_of(who)
        told = await db.run(lambda tx: tx.deliveries.claim([workspace], DAY_LATER, 9, 60.0))
        assert [each.lane for each in told if each.purpose == "sampling.tell"] == ["dm:U1"]

    @pytest.mark.parametrize(
        ("changes", "parts"),
        [
            ({"items": protocol().items[:1]}, ("items",)),
            ({"decline": ()}, ("items",)),
            ({"legal": replace(LEGAL, delete_on="2029-06-01")}, ("legal section",)),
            ({"consent": "Other words."}, ("consent text",)),
            ({"title": "Another name", "planned": 99}, ()),
        ],
    )
    async def test_says_which_parts(
        self, studies: Studies[Tx], workspace: str, changes: dict[str, Any], parts: object
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)

        done = await studies.amend(workspace, protocol(digest="e" * 64, **changes), NOW)

        assert done.parts == parts
        assert done.study.consent_version == (2 if parts else 1)

    async def test_the_same_file_is_no_amendment(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)

        with pytest.raises(Refusal, match="nothing to amend"):
            await studies.amend(workspace, protocol(), NOW)

    async def test_a_stopped_one_stays_as_it_was(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)
        await studies.stop(workspace, "stuck", NOW)

        with pytest.raises(Refusal, match="was stopped"):
            await studies.amend(workspace, protocol(digest="e" * 64), NOW)


class TestRoles:
    async def test_count_once_attested(self, studies: Studies[Tx], workspace: str) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)
        held = await studies.roles(workspace, made.id)
        assert not made.may(held, "UOWNER", Role.OWNER)

        assert await studies.attest(asks(workspace, "UOWNER"), made.id) == (Role.OWNER,)

        held = await studies.roles(workspace, made.id)
        assert made.may(held, "UOWNER", Role.OWNER)
        assert not made.may(held, "UOWNER", Role.CODER)

    async def test_admins_guests_and_strangers_attest_nothing(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)

        for request, why in (
            (asks(workspace, "UOWNER", admin=True), "read no answers"),
            (asks(workspace, "UOWNER", guest=True), "Only employed"),
            (asks(workspace, "U2"), "hold no role"),
        ):
            with pytest.raises(Refusal, match=why):
                await studies.attest(request, made.id)
        assert [each.attested_at for each in await studies.roles(workspace, made.id)] == [None]

    async def test_who_takes_part_may_not_read_and_is_told_alone(
        self, db: SqlDatabase, studies: Studies[Tx], workspace: str
    ) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)
        await db.run(lambda tx: tx.volunteers.put(volunteer(made)))
        await db.run(lambda tx: tx.volunteers.identify(volunteer(made), workspace, "U1"))

        # The operator hears nothing of it.
        await studies.appoint(workspace, "stuck", Named("U1", Role.READER), NOW)

        with pytest.raises(Refusal, match="You take part in this study"):
            await studies.attest(asks(workspace, "U1"), made.id)

    async def test_a_new_one_is_an_amendment_once_it_runs(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)
        before = await studies.appoint(workspace, "stuck", Named("UCODER", Role.CODER), NOW)
        await studies.start(workspace, "stuck", NOW)
        after = await studies.appoint(workspace, "stuck", Named("UCODER", Role.ANALYST), NOW)

        held = {each.role: each.since_version for each in await studies.roles(workspace, after.id)}

        assert (before.consent_version, after.consent_version) == (1, 2)
        assert held == {Role.OWNER: 1, Role.CODER: 1, Role.ANALYST: 2}
        assert after.protocol.digest == before.protocol.digest

    @pytest.mark.parametrize("state", [StudyState.STOPPED, StudyState.REVEALED])
    async def test_none_is_given_once_nobody_can_be_asked(
        self, studies: Studies[Tx], workspace: str, state: StudyState
    ) -> None:
        """All agreed to the version that it ended with: whoever came now would read everything."""
        made = await studies.lock(workspace, protocol(), OWNER, NOW)
        await studies.start(workspace, "stuck", NOW)
        await studies.stop(workspace, "stuck", DAY_LATER)
        if state is StudyState.REVEALED:
            await studies.reveal(workspace, "stuck", DAY_LATER)

        with pytest.raises(Refusal, match="nobody can be asked any more"):
            await studies.appoint(workspace, "stuck", Named("UCODER", Role.READER), DAY_LATER)

        assert (await studies.named(workspace, "stuck")).state is state
        assert [each.person for each in await studies.roles(workspace, made.id)] == ["UOWNER"]

    async def test_one_that_is_held_is_not_given_again(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        await studies.lock(workspace, protocol(), OWNER, NOW)

        with pytest.raises(Refusal, match="already"):
            await studies.appoint(workspace, "stuck", OWNER[0], NOW)

    async def test_are_taken_away_at_once_but_the_last_owner(
        self, studies: Studies[Tx], workspace: str
    ) -> None:
        made = await studies.lock(workspace, protocol(), OWNER, NOW)
        coder = Named("UCODER", Role.CODER)
        await studies.appoint(workspace, "stuck", coder, NOW)
        await studies.attest(asks(workspace, "UCODER"), made.id)

        await studies.remove(workspace, "stuck", coder, NOW)

        held = await studies.roles(workspace, made.id)
        assert not made.may(held, "UCODER", Role.CODER)
        with pytest.raises(Refusal, match="no such role"):
            await studies.remove(workspace, "stuck", coder, NOW)
        with pytest.raises(Refusal, match="keeps an owner"):
            await studies.remove(workspace, "stuck", OWNER[0], NOW)


class TestEnding:
    """Stop and reveal, of a study with a planned day."""

    @pytest.fixture
    async def planned(self, db: SqlDatabase, studies: Studies[Tx], workspace: str) -> str:
        locked = await studies.lock(workspace, protocol(), OWNER, NOW)
        await studies.start(workspace, "stuck", NOW)
        for number in range(3):
            who = volunteer(locked, f"vabcd{'efg'[number]}", salt=bytes([number] * 16))
            await db.run(lambda tx, who=who: tx.volunteers.put(who))  # type: ignore[misc]
            await db.run(lambda tx, who=who: tx.volunteers.identify(who, workspace, who.pseudonym))  # type: ignore[misc]
        running = await studies.named(workspace, "stuck")
        dawn = NOW + timedelta(hours=3)
        await db.run(lambda tx: plan_slice(tx, running, "", "seed", dawn))
        return workspace

    async def test_stopping_cancels_every_prompt_and_send(
        self, db: SqlDatabase, studies: Studies[Tx], planned: str
    ) -> None:
        at = NOW + timedelta(hours=4)
        before = await studies.named(planned, "stuck")
        prompts = await db.read(lambda tx: tx.prompts.prompts(before))
        assert prompts
        assert {each.date for each in prompts} == {date(2028, 3, 1)}

        stopped = await studies.stop(planned, "stuck", at)

        prompts = await db.read(lambda tx: tx.prompts.prompts(stopped))
        assert {(each.outcome, each.reason) for each in prompts} == {
            (Outcome.CANCELLED, "study_stopped")
        }
        backlog = await db.read(lambda tx: tx.deliveries.backlog([planned], at))
        assert backlog.ahead == 0
        # Again, it changes nothing.
        assert (await studies.stop(planned, "stuck", DAY_LATER)).stopped_at == at

    async def test_the_secret_stays_one_until_the_last_prompt_is_over(
        self, studies: Studies[Tx], planned: str
    ) -> None:
        with pytest.raises(Refusal, match="has not been stopped"):
            await studies.reveal(planned, "stuck", NOW)
        await studies.stop(planned, "stuck", NOW + timedelta(hours=4))
        with pytest.raises(Refusal, match="not over") as refused:
            await studies.reveal(planned, "stuck", NOW + timedelta(hours=5))
        with pytest.raises(Refusal, match="not revealed"):
            await studies.proof(planned, "stuck")
        # Nor does it say when the last one was to be.
        assert "2028" not in refused.value.text
        assert ":" not in refused.value.text.replace("'stuck'", "")

    async def test_once_revealed_anybody_plans_the_days_again(
        self, db: SqlDatabase, studies: Studies[Tx], planned: str
    ) -> None:
        late = NOW + timedelta(days=2)
        before = await studies.named(planned, "stuck")
        gone = await db.read(lambda tx: tx.volunteers.volunteer(before, "vabcdf"))
        assert gone is not None
        await db.run(lambda tx: tx.volunteers.erase(gone, NOW))
        await studies.stop(planned, "stuck", late)

        revealed = await studies.reveal(planned, "stuck", late)

        proof = await studies.proof(planned, "stuck")
        assert revealed.state is StudyState.REVEALED
        found = proof.file.replay()
        assert found.differences == ()
        assert (found.days, found.erased) == (2, 1)
        assert found.prompts > 0


async def test_no_key_in_any_text(studies: Studies[Tx], workspace: str) -> None:
    made = await studies.lock(workspace, protocol(), OWNER, NOW)

    assert made.secret.hex() not in repr(made)
    assert str(made.secret) not in repr(made)


async def test_whoever_had_days_to_come_is_thanked_once(
    db: SqlDatabase, studies: Studies[Tx], workspace: str
) -> None:
    """A stop that is taken up again tells nobody twice; who is through was told after the last."""
    made = await studies.lock(workspace, protocol(exit=protocol().items[:1]), OWNER, NOW)
    await studies.start(workspace, "stuck", NOW)
    days = made.protocol.schedule.study_days
    for who, planned in (("U1", 1), ("U2", days)):
        each = volunteer(made, f"v{who.lower():a<5}", planned_days=planned)
        await db.run(lambda tx, each=each: tx.volunteers.put(each))  # type: ignore[misc]
        await db.run(lambda tx, e=each, w=who: tx.volunteers.identify(e, workspace, w))  # type: ignore[misc]

    for hours in (1, 2):
        await studies.stop(workspace, "stuck", NOW + timedelta(hours=hours))

    owed = await db.run(
        lambda tx: tx.deliveries.claim([workspace], NOW + timedelta(hours=5), 20, 60.0)
    )
    exits = [each.lane for each in owed if each.subject.endswith("/exit")]
    assert exits == ["dm:U1"]
