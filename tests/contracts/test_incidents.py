"""IncidentStore on both databases."""

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.clock import Draws
from bot.incidents.model import (
    Change,
    Clocks,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Record,
)
from bot.workspace.model import Workspace
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import (
    ODD_TEXTS,
    SECOND,
    action,
    claim,
    entry,
    full_incident,
    incident,
    investigation,
)


async def declared(db: SqlDatabase, made: Incident) -> Incident:
    await db.run(lambda tx: tx.incidents.add(made, entry(text=made.title)))
    return made


async def saved(db: SqlDatabase, before: Incident, change: Change) -> Incident:
    await db.run(lambda tx: tx.incidents.save(before, change))
    return change.after


@pytest.fixture
async def one(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    return await declared(db, incident(workspace, draws.token()))


class TestRoundTrip:
    async def test_every_field_of_everything_comes_back(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        full = full_incident(workspace, one.id)
        ended = action(7, Outcome.FAILED)
        change = Change(full, (entry(2), entry(3, person=None)), (claim(1),), (ended,))

        await saved(db, one, change)

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record == Record(
            full,
            (entry(1, text=one.title), entry(2), entry(3, person=None)),
            (*full.running, ended),
            (claim(1),),
        )

    def test_the_full_incident_leaves_no_field_at_its_default(self, workspace: str) -> None:
        full, plain = full_incident(workspace, "a"), incident(workspace, "b", declared_by="U9")

        same = [f.name for f in fields(full) if getattr(full, f.name) == getattr(plain, f.name)]

        assert same == ["workspace"]

    async def test_it_can_be_added_full(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        full = replace(full_incident(workspace, draws.token()), investigations=(), running=())

        await declared(db, full)

        assert await db.read(lambda tx: tx.incidents.get(workspace, full.id)) == full

    async def test_texts_are_kept_to_the_letter(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        texts = tuple(enumerate(ODD_TEXTS, 2))
        threads = tuple(Investigation(n, text, NOW, why=text) for n, text in texts)
        after = replace(one, title="".join(ODD_TEXTS), investigations=threads)
        entries = tuple(entry(n, text=text) for n, text in texts)
        claims = tuple(replace(claim(n), text=text) for n, text in texts)

        await saved(db, one, Change(after, entries, claims))

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert record.incident == after
        assert record.entries[1:] == entries
        assert record.claims == claims

    @pytest.mark.postgres
    async def test_a_nul_is_refused_by_postgresql(self, postgres_db: SqlDatabase) -> None:
        # It cannot store one; the edge has to strip it.
        nul = incident("T0", "nul", title="\0")

        with pytest.raises(DBAPIError, match="NUL"):
            await postgres_db.run(lambda tx: tx.incidents.add(nul, entry()))


class TestFinding:
    async def test_by_channel_while_it_is_not_closed(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        resolved = replace(one, state=IncidentState.RESOLVED)
        await saved(db, one, Change(resolved))

        assert await db.run(lambda tx: tx.incidents.lock_by_channel(workspace, one.channel)) == (
            resolved
        )
        assert await db.read(lambda tx: tx.incidents.id_of_channel(workspace, one.channel)) == (
            one.id
        )

        await saved(db, resolved, Change(replace(one, state=IncidentState.CLOSED)))

        assert await db.run(lambda tx: tx.incidents.lock_by_channel(workspace, one.channel)) is None
        assert await db.read(lambda tx: tx.incidents.id_of_channel(workspace, one.channel)) is None

    async def test_an_incident_without_a_channel_is_in_none(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        await declared(db, incident(workspace, draws.token(), channel=""))
        await declared(db, incident(workspace, draws.token(), channel="", number=2))

        assert await db.read(lambda tx: tx.incidents.id_of_channel(workspace, "")) is None

    async def test_open_ones_come_newest_first_and_bare(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        states = [IncidentState.OPEN, *IncidentState, IncidentState.OPEN]
        for number, state in enumerate(states, 1):
            made = incident(workspace, draws.token(), number=number, state=state)
            await declared(db, made)
            await saved(db, made, Change(replace(made, investigations=(investigation(1),))))

        found = await db.read(lambda tx: tx.incidents.open_ones(workspace))

        assert [each.number for each in found] == [5, 2, 1]
        assert {each.investigations for each in found} == {()}

    async def test_what_is_below_comes_in_order_of_its_number(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        order = (10, 2, 1, 9)
        after = replace(
            one,
            investigations=tuple(map(investigation, order)),
            running=tuple(map(action, order)),
        )
        change = Change(after, tuple(map(entry, order[:-2])), tuple(map(claim, order)))

        await saved(db, one, change)

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert [each.number for each in record.incident.investigations] == [1, 2, 9, 10]
        assert [each.number for each in record.incident.running] == [1, 2, 9, 10]
        assert [each.number for each in record.claims] == [1, 2, 9, 10]
        assert [each.seq for each in record.entries] == [1, 2, 10]

    async def test_one_entry_by_its_number(self, db: SqlDatabase, one: Incident) -> None:
        assert await db.read(lambda tx: tx.incidents.entry(one, 1)) == entry(text=one.title)
        assert await db.read(lambda tx: tx.incidents.entry(one, 2)) is None


class TestTwin:
    async def test_is_the_newest_of_the_same_person_kind_and_text(
        self, db: SqlDatabase, one: Incident
    ) -> None:
        said: dict[str, Any] = {"actor": "U1", "kind": Kind.NOTE, "text": "again"}
        entries = (
            entry(2, **said),
            entry(3, **said),
            entry(4, **said | {"actor": "U2"}),
            entry(5, **said | {"kind": Kind.ODD}),
            entry(6, **said | {"text": "Again"}),
        )
        await saved(db, one, Change(one, entries))

        twin = await db.read(
            lambda tx: tx.incidents.twin(one, "U1", Kind.NOTE, "again", NOW - SECOND)
        )

        assert twin == entries[1]

    async def test_is_recorded_after_the_moment_not_at_it(
        self, db: SqlDatabase, one: Incident
    ) -> None:
        await saved(db, one, Change(one, (entry(2, kind=Kind.NOTE, text="once"),)))

        for since, found in ((NOW, False), (NOW - timedelta(microseconds=1), True)):
            twin = await db.read(
                lambda tx, since=since: tx.incidents.twin(one, "U1", Kind.NOTE, "once", since)  # type: ignore[misc]
            )
            assert (twin is not None) is found


class TestSaving:
    async def test_only_what_lies_below_may_differ(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        after = replace(one, investigations=(investigation(1),))

        await saved(db, one, Change(after))

        assert await db.read(lambda tx: tx.incidents.get(workspace, one.id)) == after

    async def test_a_clock_can_be_set_and_taken_back(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        set_to = replace(one, clocks=replace(one.clocks, mitigated=NOW))
        await saved(db, one, Change(set_to))
        assert await db.read(lambda tx: tx.incidents.get(workspace, one.id)) == set_to

        taken_back = replace(one, clocks=Clocks())
        await saved(db, set_to, Change(taken_back))
        assert await db.read(lambda tx: tx.incidents.get(workspace, one.id)) == taken_back

    async def test_an_action_that_ends_no_longer_runs_and_stays_on_record(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        going = await saved(db, one, Change(replace(one, running=(action(1), action(2)))))
        ended = action(1, Outcome.DONE)

        await saved(db, going, Change(replace(one, running=(action(2),)), ended_actions=(ended,)))

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert record.incident.running == (action(2),)
        assert record.actions == (ended, action(2))

    async def test_entries_are_only_ever_added(self, db: SqlDatabase, one: Incident) -> None:
        with pytest.raises(IntegrityError):
            await saved(db, one, Change(one, (entry(1, text="rewritten"),)))

        assert await db.read(lambda tx: tx.incidents.entry(one, 1)) == entry(text=one.title)

    async def test_an_entry_that_is_withdrawn_keeps_its_row_and_loses_its_text(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        marked = entry(2, author="U9", item=4)
        corrected = replace(marked, seq=3, corrects=2, text="in other words")
        await saved(db, one, Change(replace(one, last_entry=3), (marked, corrected)))
        gone = tuple(
            replace(each, text="", person=None, withdrawn_at=NOW) for each in (marked, corrected)
        )

        await saved(db, one, Change(one, withdrawn=gone))

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert record.entries[1:] == gone
        assert [each.seq for each in record.standing] == [1]

    async def test_a_claim_may_be_reworded_or_taken_back(
        self, db: SqlDatabase, one: Incident
    ) -> None:
        await saved(db, one, Change(one, claims=(claim(1), claim(2))))
        other = replace(claim(1), text="in other words")

        gone = replace(claim(2), text="", withdrawn=True)

        await saved(db, one, Change(one, reworded=(other, gone)))

        assert await db.read(lambda tx: tx.incidents.claims(one)) == (other,)

    async def test_a_withdrawn_action_is_not_on_record(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        gone = replace(action(1, Outcome.WITHDRAWN), text="")
        await saved(db, one, Change(one, ended_actions=(gone, action(2, Outcome.DONE))))

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert record.actions == (action(2, Outcome.DONE),)

    async def test_what_is_recorded_of_a_message_is_found_by_it(
        self, db: SqlDatabase, one: Incident, workspace: str, draws: Draws
    ) -> None:
        """In every incident, a closed one too; a command's entries have no message."""
        other = await declared(
            db, incident(workspace, draws.token(), number=2, state=IncidentState.CLOSED)
        )
        there: dict[str, Any] = {"channel": "C7", "message": "1700000000.000700"}
        for each in (one, other):
            typed = entry(3, channel="C7", message="")
            await saved(db, each, Change(each, (entry(2, **there), typed)))

        both = await db.read(
            lambda tx: tx.incidents.with_message(workspace, "C7", there["message"])
        )
        assert set(both) == {one.id, other.id}
        told = await db.read(lambda tx: tx.incidents.entries_of(one, "C7", there["message"]))
        assert [each.seq for each in told] == [2]
        assert await db.read(lambda tx: tx.incidents.with_message(workspace, "C7", "")) == ()
        assert await db.read(lambda tx: tx.incidents.entries_of(one, "C8", there["message"])) == ()

    async def test_an_incident_that_is_not_there_is_not_saved(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        nowhere = incident(workspace, draws.token())

        with pytest.raises(LookupError):
            await saved(db, nowhere, Change(nowhere))


class TestUniqueness:
    async def test_a_channel_has_one_incident_until_that_is_closed(
        self, db: SqlDatabase, one: Incident, workspace: str, draws: Draws
    ) -> None:
        second = incident(workspace, draws.token(), number=2, channel=one.channel)
        for state in (IncidentState.OPEN, IncidentState.RESOLVED):
            await saved(
                db, replace(one, state=IncidentState.CLOSED), Change(replace(one, state=state))
            )
            with pytest.raises(IntegrityError):
                await declared(db, second)

        await saved(db, one, Change(replace(one, state=IncidentState.CLOSED)))
        await declared(db, second)

        found = await db.read(lambda tx: tx.incidents.id_of_channel(workspace, one.channel))
        assert found == second.id

    async def test_a_number_is_given_once_a_workspace(
        self, db: SqlDatabase, one: Incident, workspace: str, other_workspace: str, draws: Draws
    ) -> None:
        with pytest.raises(IntegrityError):
            await declared(db, incident(workspace, draws.token()))

        await declared(db, incident(other_workspace, draws.token()))

    async def test_one_of_many_that_want_a_channel_at_once_gets_it(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        await db.run(lambda tx: tx.workspace.save(Workspace(workspace, "", "")))

        async def adopt() -> bool:
            incident_id = draws.token()

            def work(tx: Tx) -> bool:
                if tx.incidents.id_of_channel(workspace, "C1"):
                    return False
                number = tx.workspace.next_number(workspace)
                made = incident(workspace, incident_id, number=number, channel="C1")
                tx.incidents.add(made, entry())
                return True

            return await db.run(work)

        assert sorted(await asyncio.gather(*(adopt() for _ in range(12)))) == [False] * 11 + [True]


class TestLocking:
    async def test_what_many_add_at_once_is_numbered_without_gaps(
        self, db: SqlDatabase, one: Incident, workspace: str
    ) -> None:
        def say(tx: Tx) -> None:
            found = tx.incidents.lock(workspace, one.id)
            assert found is not None
            seq = found.last_entry + 1
            after = replace(found, last_entry=seq, version=found.version + 1)
            tx.incidents.save(found, Change(after, (entry(seq),)))

        await saved(db, one, Change(replace(one, last_entry=1)))
        await asyncio.gather(*(db.run(say) for _ in range(24)))

        record = await db.read(lambda tx: tx.incidents.record(workspace, one.id))
        assert record is not None
        assert record.incident.version == 25
        assert [each.seq for each in record.entries] == list(range(1, 26))
