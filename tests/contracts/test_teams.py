"""TeamStore on both databases."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.clock import Draws
from bot.incidents.model import Incident
from bot.workspace.model import Person
from bot.workspace.teams import EVERY_DAY as ALL
from bot.workspace.teams import Hours, Team, Willing
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import ODD_TEXTS, entry, incident

DATABASE = Team("S1", "Database", frozenset({"U1", "U2"}))
NOON = NOW.replace(hour=12)
SUPPORT = Team("S3", "Support", frozenset({"U9"}))
PAYMENTS = Team("S2", "Payments", frozenset({"U2", "U3"}))


async def teams(db: SqlDatabase, workspace: str) -> tuple[Team, ...]:
    return await db.read(lambda tx: tx.groups.teams(workspace))


class TestTeams:
    @pytest.mark.parametrize("name", ODD_TEXTS)
    async def test_come_back_to_the_letter(
        self, db: SqlDatabase, workspace: str, name: str
    ) -> None:
        kept = Team("S1", name, frozenset({"U1"}))
        await db.run(lambda tx: tx.groups.put(workspace, kept))
        assert await teams(db, workspace) == (kept,)

    async def test_all_of_them_take_the_place_of_all_there_were(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(lambda tx: tx.groups.keep(workspace, (DATABASE, PAYMENTS)))
        renamed = Team("S2", "Billing", frozenset({"U3"}))
        await db.run(lambda tx: tx.groups.keep(workspace, (renamed,)))
        assert await teams(db, workspace) == (renamed,)
        assert await db.read(lambda tx: tx.groups.teams_of(workspace, "U2")) == ()

    async def test_a_snapshot_that_is_not_whole_sends_nobody_away(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(lambda tx: tx.groups.put(workspace, DATABASE))
        part = Team("S1", "Databases", frozenset({"U9"}))
        await db.run(lambda tx: tx.groups.put(workspace, part, whole=False))
        assert await teams(db, workspace) == (
            Team("S1", "Databases", frozenset({"U1", "U2", "U9"})),
        )

    async def test_some_come_and_some_go(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.groups.put(workspace, DATABASE))
        await db.run(lambda tx: tx.groups.moved(workspace, "S1", ("U2", "U7"), ("U1", "U8")))
        assert await teams(db, workspace) == (Team("S1", "Database", frozenset({"U2", "U7"})),)

    async def test_of_a_team_nobody_told_of_nothing_is_kept(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(lambda tx: tx.groups.moved(workspace, "S1", ("U2",), ()))
        await db.run(lambda tx: tx.groups.put(workspace, Team("S1", "Database")))
        assert await teams(db, workspace) == (Team("S1", "Database"),)

    async def test_a_team_that_is_gone(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.groups.keep(workspace, (DATABASE, PAYMENTS)))
        await db.run(lambda tx: tx.groups.drop(workspace, "S1"))
        assert await teams(db, workspace) == (PAYMENTS,)

    async def test_somebodys_teams_by_name(
        self, db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        await db.run(lambda tx: tx.groups.keep(workspace, (PAYMENTS, DATABASE)))
        names = await db.read(lambda tx: tx.groups.teams_of(workspace, "U2"))
        assert names == ("Database", "Payments")
        assert await db.read(lambda tx: tx.groups.teams_of(other_workspace, "U2")) == ()


class TestFreshEyes:
    async def test_come_back_whole(self, db: SqlDatabase, workspace: str) -> None:
        kept = Willing("U1", Hours(time(22, 5), time(6), (0, 6)), NOW)
        await db.run(lambda tx: tx.groups.put_willing(workspace, kept))
        assert await db.read(lambda tx: tx.groups.is_willing(workspace, "U1")) == kept
        assert await db.read(lambda tx: tx.groups.is_willing(workspace, "U2")) is None

    async def test_the_last_word_stands_and_who_was_asked_is_kept(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(lambda tx: tx.groups.put_willing(workspace, Willing("U2")))
        await db.run(lambda tx: tx.groups.put_willing(workspace, Willing("U1")))
        await db.run(lambda tx: tx.groups.asked(workspace, "U1", NOW))
        await db.run(lambda tx: tx.groups.asked(workspace, "U1", NOW + timedelta(hours=1)))
        await db.run(lambda tx: tx.groups.asked(workspace, "U9", NOW))
        found = await db.read(lambda tx: tx.groups.willing(workspace))
        assert found == (Willing("U1", asked_at=NOW + timedelta(hours=1)), Willing("U2"))

    async def test_off_is_off(self, db: SqlDatabase, workspace: str, other_workspace: str) -> None:
        await db.run(lambda tx: tx.groups.put_willing(workspace, Willing("U1")))
        await db.run(lambda tx: tx.groups.put_willing(other_workspace, Willing("U1")))
        await db.run(lambda tx: tx.groups.unwilling(workspace, "U1"))
        assert await db.read(lambda tx: tx.groups.willing(workspace)) == ()
        assert await db.read(lambda tx: tx.groups.willing(other_workspace)) == (Willing("U1"),)


class TestWhomToAsk:
    """What the rule is given: who is in the channel, or was active there."""

    @pytest.fixture
    async def root(self, db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
        made = incident(workspace, draws.token(), commander="U1")

        def work(tx: Tx) -> None:
            tx.incidents.add(made, entry())
            for each in ("U1", "U2", "U3", "U4", "U5"):
                tx.workspace.save_person(Person(workspace, each, each.lower()))
                tx.groups.put_willing(workspace, Willing(each, Hours(time(0), time(23, 59), ALL)))
            tx.groups.keep(workspace, (DATABASE, PAYMENTS, SUPPORT))
            tx.members.joined(made.id, "U2", NOW)
            tx.activity.seen(made.id, "U3", "", NOW, 1)

        await db.run(work)
        return made

    async def test_whoever_is_not_there_the_longest_unasked_first(
        self, db: SqlDatabase, workspace: str, root: Incident
    ) -> None:
        found = await db.read(lambda tx: tx.teams.fresh_eyes(workspace, NOON, root))
        assert found == ("U4", "U5")
        await db.run(lambda tx: tx.groups.asked(workspace, "U4", NOW))
        found = await db.read(lambda tx: tx.teams.fresh_eyes(workspace, NOON, root))
        assert found == ("U5", "U4")

    async def test_who_has_left_the_channel_and_did_nothing_there_may_be_asked(
        self, db: SqlDatabase, workspace: str, root: Incident
    ) -> None:
        await db.run(lambda tx: tx.members.left(root.id, "U2", NOW + timedelta(hours=1)))
        found = await db.read(lambda tx: tx.teams.fresh_eyes(workspace, NOON, root))
        assert "U2" in found

    async def test_never_for_a_private_incident(
        self, db: SqlDatabase, workspace: str, root: Incident
    ) -> None:
        hidden = replace(root, private=True)
        assert await db.read(lambda tx: tx.teams.fresh_eyes(workspace, NOON, hidden)) == ()

    async def test_the_teams_of_whom_nobody_is_there(self, db: SqlDatabase, root: Incident) -> None:
        assert await db.read(lambda tx: tx.teams.absent(root)) == ("Support",)
