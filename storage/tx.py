"""What a transaction offers: every capability's store, on one connection."""

from collections.abc import Callable

import sqlalchemy as sa

from storage.activity import ActivityTable, AskingTable
from storage.attending import AttendingTables
from storage.deliveries import DeliveryTable, Receipts
from storage.improvised import ImprovisedTable
from storage.incidents import IncidentTables
from storage.incidents_search import SearchTables
from storage.members import MemberTables
from storage.orphans import OrphanTable
from storage.purse import PurseTables
from storage.relations import RelationTables
from storage.retention import RetentionTables
from storage.settings import SettingsTables
from storage.signals import SignalTable
from storage.workspace import WorkspaceTables


class Tx:
    """The one transaction object; it satisfies the `Tx` protocol of every capability."""

    __slots__ = (
        "activity",
        "askings",
        "attending",
        "deliveries",
        "improvised",
        "incidents",
        "members",
        "orphans",
        "purse",
        "receipts",
        "relations",
        "retention",
        "search",
        "settings",
        "signals",
        "workspace",
    )

    def __init__(self, connection: sa.Connection, token: Callable[[], str]) -> None:
        self.receipts = Receipts(connection)
        self.deliveries = DeliveryTable(connection, token)
        self.workspace = WorkspaceTables(connection)
        self.incidents = IncidentTables(connection)
        self.attending = AttendingTables(connection)
        self.activity = ActivityTable(connection)
        self.askings = AskingTable(connection)
        self.improvised = ImprovisedTable(connection)
        self.members = MemberTables(connection)
        self.orphans = OrphanTable(connection)
        self.relations = RelationTables(connection)
        self.retention = RetentionTables(connection)
        self.purse = PurseTables(connection)
        self.search = SearchTables(connection)
        self.settings = SettingsTables(connection)
        self.signals = SignalTable(connection)
