"""Nothing crosses from one workspace to another: every method of every store, tried."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.clock import Draws
from bot.deliveries.model import Delivery, Sent, State
from bot.errors import AlreadyHandled
from bot.incidents.found import terms_of
from bot.incidents.model import Change, Incident, IncidentState, Kind
from bot.incidents.nudges_model import Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind
from bot.workspace.model import Workspace
from bot.workspace.settings import Changed
from bot.workspace.teams import Team, Willing
from storage.deliveries import DeliveryTable, Receipts
from storage.engine import SqlDatabase
from storage.improvised import ImprovisedTable
from storage.incidents import IncidentTables
from storage.incidents_search import SearchTables
from storage.members import MemberTables
from storage.nudges import NudgeTable
from storage.orphans import OrphanTable
from storage.purse import PurseTables
from storage.relations import RelationTables
from storage.settings import SettingsTables
from storage.signals import SignalTable
from storage.teams import FreshEyesTable, TeamTables
from storage.tx import Tx
from storage.workspace import WorkspaceTables
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, action, claim, entry, incident, investigation, person
from tests.contracts.values import planned as send

USEFUL = Nudge(
    1, Rung.CARD, (Signal(SignalKind.SINGLE_LINE, 1, NOW, {}),), NOW, outcome=NudgeOutcome.ACTED
)


class House:
    """One workspace with one of everything, and a stranger who knows every name in it."""

    def __init__(self, own: str, strange: str, root: Incident, delivery: Delivery) -> None:
        self.own = own
        self.strange = strange
        self.root = root
        self.delivery = delivery

    @property
    def forged_root(self) -> Incident:
        return replace(self.root, workspace=self.strange)

    @property
    def forged_delivery(self) -> Delivery:
        return replace(self.delivery, workspace=self.strange)


@pytest.fixture
async def house(db: SqlDatabase, workspace: str, other_workspace: str, draws: Draws) -> House:
    root = incident(workspace, draws.token())

    def furnish(tx: Tx) -> Delivery:
        for each in (workspace, other_workspace):
            tx.workspace.save(Workspace(each, each, "UBOT"))
        tx.workspace.save_person(person(workspace))
        tx.incidents.add(root, entry(text="ours"))
        improvised = entry(2, kind=Kind.IMPROVISED, text="ours")
        tx.incidents.save(root, Change(root, (improvised,), claims=(claim(1),)))
        tx.settings.put(workspace, Changed("quiet_minutes", "15", "7", "U1", NOW))
        tx.members.joined(root.id, "U1", NOW)
        tx.activity.seen(root.id, "U1", "", NOW, 1)
        tx.nudges.put(root, USEFUL)
        tx.groups.put(workspace, Team("S1", "ours", frozenset({"U1", "U7"})))
        tx.groups.put_willing(workspace, Willing("U1"))
        direct = send(workspace, "U1", lane="dm:U1", due=NOW + 9 * SECOND)
        tx.deliveries.plan_all([send(workspace), direct], NOW)
        tx.receipts.take(workspace, "Ev1", NOW)
        return tx.deliveries.claim([workspace], NOW, 1, 60.0)[0]

    return House(workspace, other_workspace, root, await db.run(furnish))


Try = Callable[[Tx, House], object]

# What each method gives to somebody of another workspace: nothing.
GIVES_NOTHING: dict[str, Try] = {
    "WorkspaceTables.person": lambda tx, h: tx.workspace.person(h.strange, "U1"),
    "WorkspaceTables.people": lambda tx, h: tx.workspace.people(h.strange),
    "IncidentTables.get": lambda tx, h: tx.incidents.get(h.strange, h.root.id),
    "IncidentTables.lock": lambda tx, h: tx.incidents.lock(h.strange, h.root.id),
    "IncidentTables.lock_by_channel": (
        lambda tx, h: tx.incidents.lock_by_channel(h.strange, h.root.channel)
    ),
    "IncidentTables.id_of_channel": (
        lambda tx, h: tx.incidents.id_of_channel(h.strange, h.root.channel)
    ),
    "IncidentTables.open_ones": lambda tx, h: tx.incidents.open_ones(h.strange),
    "IncidentTables.record": lambda tx, h: tx.incidents.record(h.strange, h.root.id),
    "IncidentTables.with_message": (
        lambda tx, h: tx.incidents.with_message(h.strange, "C1", "1700000000.000100")
    ),
    "SearchTables.find": lambda tx, h: tx.search.find(h.strange, "U1", terms_of("ours"), None, 9),
    "SearchTables.listed": (
        lambda tx, h: tx.search.listed(h.strange, "U1", tuple(IncidentState), None, 9)
    ),
    "SearchTables.id_of_number": (
        lambda tx, h: tx.search.id_of_number(h.strange, "U1", h.root.number)
    ),
    "SearchTables.last_in_channel": (
        lambda tx, h: tx.search.last_in_channel(h.strange, h.root.channel)
    ),
    "ImprovisedTable.since": (
        lambda tx, h: tx.improvised.since(h.strange, "U1", NOW - 99 * SECOND, None, 9)
    ),
    "PurseTables.direct": lambda tx, h: tx.purse.direct(h.strange, "dm:U1", NOW),
    "PurseTables.up": lambda tx, h: tx.purse.up(h.strange, "U1", NOW),
    "NudgeTable.judged": lambda tx, h: tx.nudges.judged(h.strange),
    "TeamTables.teams": lambda tx, h: tx.groups.teams(h.strange),
    "TeamTables.teams_of": lambda tx, h: tx.groups.teams_of(h.strange, "U1"),
    "TeamTables.willing": lambda tx, h: tx.groups.willing(h.strange),
    "TeamTables.is_willing": lambda tx, h: tx.groups.is_willing(h.strange, "U1"),
    "FreshEyesTable.fresh_eyes": lambda tx, h: tx.teams.fresh_eyes(h.strange, NOW, h.root),
    "FreshEyesTable.absent": lambda tx, h: tx.teams.absent(h.forged_root),
    "MemberTables.member_of": lambda tx, h: tx.members.member_of(h.strange, "U1"),
    "SettingsTables.history": lambda tx, h: tx.settings.history(h.strange, 9),
    "DeliveryTable.claim": lambda tx, h: tx.deliveries.claim([h.strange], NOW, 9, 60.0),
    "DeliveryTable.backlog": lambda tx, h: tx.deliveries.backlog([h.strange], NOW).oldest,
    "DeliveryTable.next_due": lambda tx, h: tx.deliveries.next_due([h.strange]),
    "DeliveryTable.finish": (
        lambda tx, h: tx.deliveries.finish(h.forged_delivery, Sent("stolen"), NOW)
    ),
    "DeliveryTable.finish_all": (
        lambda tx, h: tx.deliveries.finish_all([(h.forged_delivery, Sent("stolen"))], NOW)
    ),
    "DeliveryTable.give_back": (
        lambda tx, h: tx.deliveries.give_back(h.forged_delivery, NOW, 0.0, "", lane_shut=False)
    ),
    "DeliveryTable.close": (
        lambda tx, h: tx.deliveries.close(h.forged_delivery, State.PARKED, "stolen", NOW)
    ),
    "DeliveryTable.cancel": (
        lambda tx, h: tx.deliveries.cancel(h.strange, "test.send", "", "stolen", NOW, prefix=True)
    ),
    "DeliveryTable.purge": lambda tx, h: tx.deliveries.purge(h.strange, "", NOW + 99 * SECOND),
}

# What each method writes for somebody of another workspace leaves ours as it was.
LEAVES_ALONE: dict[str, Try] = {
    "WorkspaceTables.save": lambda tx, h: tx.workspace.save(Workspace(h.strange, "x", "x", "x")),
    "WorkspaceTables.get": lambda tx, h: tx.workspace.get(h.strange),
    "WorkspaceTables.next_number": lambda tx, h: tx.workspace.next_number(h.strange),
    "WorkspaceTables.save_person": (
        lambda tx, h: tx.workspace.save_person(replace(person(h.strange), name="stolen"))
    ),
    "SettingsTables.get": lambda tx, h: tx.settings.get(h.strange),
    "SettingsTables.put": (
        lambda tx, h: tx.settings.put(h.strange, Changed("quiet_minutes", "7", "9", "U1", NOW))
    ),
    "TeamTables.keep": lambda tx, h: tx.groups.keep(h.strange, ()),
    "TeamTables.put": lambda tx, h: tx.groups.put(h.strange, Team("S1", "stolen")),
    "TeamTables.drop": lambda tx, h: tx.groups.drop(h.strange, "S1"),
    "TeamTables.moved": lambda tx, h: tx.groups.moved(h.strange, "S1", ("U9",), ("U1",)),
    "TeamTables.put_willing": lambda tx, h: tx.groups.put_willing(h.strange, Willing("U2")),
    "TeamTables.unwilling": lambda tx, h: tx.groups.unwilling(h.strange, "U1"),
    "TeamTables.asked": lambda tx, h: tx.groups.asked(h.strange, "U1", NOW),
    "PurseTables.lock": lambda tx, h: tx.purse.lock(h.strange, "U1"),
    "DeliveryTable.plan": lambda tx, h: tx.deliveries.plan(send(h.strange, wanted=9), NOW),
    "DeliveryTable.plan_all": (
        lambda tx, h: tx.deliveries.plan_all([send(h.strange, wanted=9)], NOW)
    ),
    "Receipts.take": lambda tx, h: tx.receipts.take(h.strange, "Ev1", NOW),
}

# Judged apart, below or elsewhere, each for the reason given.
APART = {
    "IncidentTables.save": "raises; see below",
    "IncidentTables.add": "raises; see below",
    "IncidentTables.twin": "is given a root, which only a workspace's own lookup hands out",
    "IncidentTables.entry": "is given an incident's id; see TestByTheIncidentsId",
    "IncidentTables.entries_of": "is given an incident's id; see TestByTheIncidentsId",
    "IncidentTables.claims": "is given an incident's id; see TestByTheIncidentsId",
    "DeliveryTable.seconds_ahead": "is about the clock alone",
    "WorkspaceTables.all": "names workspaces to whoever runs the database, for commands alone",
    "OrphanTable.ended": "is tried where orphans are made: tests/faults/test_matrix.py",
    "OrphanTable.note": "is given a delivery, which only a workspace's own claim hands out",
    "OrphanTable.forget": "is given an orphan, which only `ended` hands out",
    **dict.fromkeys(
        (
            "NudgeTable.nudges",
            "NudgeTable.put",
            "SignalTable.begins",
            "SignalTable.ends",
            "SignalTable.signals",
        ),
        "is given an incident, which only a workspace's own lookup hands out",
    ),
    **dict.fromkeys(
        (
            "MemberTables.joined",
            "MemberTables.left",
            "MemberTables.members",
            "MemberTables.is_member",
            "RelationTables.link",
            "RelationTables.of",
            "RelationTables.related",
        ),
        "is given an incident's id, which only a workspace's own lookup hands out",
    ),
}


def everything(tx: Tx, house: House) -> tuple[object, ...]:
    """All that is ours."""
    return (
        tx.workspace.get(house.own),
        tx.workspace.people(house.own),
        tx.incidents.record(house.own, house.root.id),
        tx.deliveries.next_due([house.own]),
        tx.settings.get(house.own),
        tx.settings.history(house.own, 9),
        tx.purse.direct(house.own, "dm:U1", NOW),
        tx.purse.up(house.own, "U1", NOW),
        tx.groups.teams(house.own),
        tx.groups.willing(house.own),
        tx.nudges.judged(house.own),
    )


class TestEveryMethod:
    def test_is_tried_or_judged(self) -> None:
        methods = {
            f"{store.__name__}.{name}"
            for store in (
                WorkspaceTables,
                IncidentTables,
                DeliveryTable,
                Receipts,
                MemberTables,
                NudgeTable,
                OrphanTable,
                SignalTable,
                ImprovisedTable,
                PurseTables,
                RelationTables,
                SearchTables,
                SettingsTables,
                TeamTables,
                FreshEyesTable,
            )
            for name, _ in inspect.getmembers(store, inspect.isfunction)
            if not name.startswith("_")
        }

        assert methods == GIVES_NOTHING.keys() | LEAVES_ALONE.keys() | APART.keys()

    @pytest.mark.parametrize("method", GIVES_NOTHING)
    async def test_gives_a_stranger_nothing(
        self, db: SqlDatabase, house: House, method: str
    ) -> None:
        before = await db.read(lambda tx: everything(tx, house))

        assert not await db.run(lambda tx: GIVES_NOTHING[method](tx, house))
        assert await db.read(lambda tx: everything(tx, house)) == before

    @pytest.mark.parametrize("method", LEAVES_ALONE)
    async def test_leaves_ours_as_it_was(self, db: SqlDatabase, house: House, method: str) -> None:
        before = await db.read(lambda tx: everything(tx, house))

        await db.run(lambda tx: LEAVES_ALONE[method](tx, house))

        assert await db.read(lambda tx: everything(tx, house)) == before
        with pytest.raises(AlreadyHandled):
            await db.run(lambda tx: tx.receipts.take(house.own, "Ev1", NOW))
        assert await db.run(lambda tx: tx.workspace.next_number(house.own)) == 1
        assert await db.run(lambda tx: tx.deliveries.finish(house.delivery, Sent("ours"), NOW))

    async def test_saving_with_a_forged_workspace_writes_nothing_anywhere(
        self, db: SqlDatabase, house: House
    ) -> None:
        before = await db.read(lambda tx: everything(tx, house))
        below = replace(
            house.forged_root,
            title="stolen",
            investigations=(investigation(1),),
            running=(action(1),),
        )
        change = Change(below, (entry(2),), (claim(2),), (action(3),))

        with pytest.raises(LookupError):
            await db.run(lambda tx: tx.incidents.save(house.forged_root, change))

        assert await db.read(lambda tx: everything(tx, house)) == before

    async def test_saving_cannot_move_an_incident_to_another_one(
        self, db: SqlDatabase, house: House
    ) -> None:
        mine = incident(house.strange, f"{house.root.id}-2")
        await db.run(lambda tx: tx.incidents.add(mine, entry()))
        before = await db.read(lambda tx: everything(tx, house))
        grabbed = replace(mine, id=house.root.id, investigations=(investigation(1),))

        with pytest.raises(ValueError, match="another incident"):
            await db.run(lambda tx: tx.incidents.save(mine, Change(grabbed, (entry(2),))))

        assert await db.read(lambda tx: everything(tx, house)) == before

    async def test_adding_under_a_known_id_is_refused(self, db: SqlDatabase, house: House) -> None:
        with pytest.raises(Exception, match=r"UNIQUE|unique"):
            await db.run(lambda tx: tx.incidents.add(house.forged_root, entry()))

    async def test_two_workspaces_may_name_a_channel_alike(
        self, db: SqlDatabase, house: House
    ) -> None:
        twin = incident(house.strange, f"{house.root.id}-2", channel=house.root.channel)

        await db.run(lambda tx: tx.incidents.add(twin, entry()))

        found = await db.read(lambda tx: tx.incidents.id_of_channel(house.strange, twin.channel))
        assert found == twin.id


class TestByTheIncidentsId:
    """`entry` and `claims` take the incident itself, which only `get` or `lock` hand out."""

    async def test_they_give_what_is_below_that_id_and_no_other(
        self, db: SqlDatabase, house: House
    ) -> None:
        twin = incident(house.strange, f"{house.root.id}-2")
        await db.run(lambda tx: tx.incidents.add(twin, entry(text="theirs")))

        theirs = await db.read(lambda tx: tx.incidents.entry(twin, 1))
        assert theirs is not None
        assert theirs.text == "theirs"
        assert await db.read(lambda tx: tx.incidents.claims(twin)) == ()
        told = await db.read(lambda tx: tx.incidents.entries_of(twin, "C1", "1700000000.000100"))
        assert [each.text for each in told] == ["theirs"]
        assert (
            await db.read(
                lambda tx: tx.incidents.twin(twin, "U1", Kind.CALLING, "ours", NOW - SECOND)
            )
            is None
        )
