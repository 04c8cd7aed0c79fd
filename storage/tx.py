"""What a transaction offers: every capability's store, on one connection."""

from collections.abc import Callable

import sqlalchemy as sa

from storage.deliveries import DeliveryTable, Receipts
from storage.incidents import IncidentTables
from storage.workspace import WorkspaceTables


class Tx:
    """The one transaction object; it satisfies the `Tx` protocol of every capability."""

    __slots__ = ("deliveries", "incidents", "receipts", "workspace")

    def __init__(self, connection: sa.Connection, token: Callable[[], str]) -> None:
        self.receipts = Receipts(connection)
        self.deliveries = DeliveryTable(connection, token)
        self.workspace = WorkspaceTables(connection)
        self.incidents = IncidentTables(connection)
