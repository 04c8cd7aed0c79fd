"""What a transaction offers: every capability's store, on one connection."""

from collections.abc import Callable

import sqlalchemy as sa

from storage.activity import ActivityTable, AskingTable
from storage.attending import AttendingTables
from storage.deliveries import DeliveryTable, Receipts
from storage.incidents import IncidentTables
from storage.incidents_search import SearchTables
from storage.members import MemberTables
from storage.relations import RelationTables
from storage.settings import SettingsTables
from storage.workspace import WorkspaceTables


class Tx:
    """The one transaction object; it satisfies the `Tx` protocol of every capability."""

    __slots__ = (
        "activity",
        "askings",
        "attending",
        "deliveries",
        "incidents",
        "members",
        "receipts",
        "relations",
        "search",
        "settings",
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
        self.members = MemberTables(connection)
        self.relations = RelationTables(connection)
        self.search = SearchTables(connection)
        self.settings = SettingsTables(connection)
