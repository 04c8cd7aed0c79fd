"""What a transaction offers: every capability's store, on one connection."""

from collections.abc import Callable

import sqlalchemy as sa

from bot.sampling.sealing import Vault
from storage.activity import ActivityTable, AskingTable
from storage.attending import AttendingTables
from storage.deliveries import DeliveryTable, Receipts
from storage.improvised import ImprovisedTable
from storage.incidents import IncidentTables
from storage.incidents_search import SearchTables
from storage.members import MemberTables
from storage.nudges import NudgeTable
from storage.orphans import OrphanTable
from storage.purse import PurseTables
from storage.relations import RelationTables
from storage.responding import RespondingTables
from storage.retention import RetentionTables
from storage.review import ReviewTables
from storage.sampling import StudyTables
from storage.sampling_keeping import KeepingTables
from storage.sampling_keys import StudyKeys
from storage.sampling_prompts import PromptTables
from storage.sampling_volunteers import VolunteerTables
from storage.settings import SettingsTables
from storage.signals import SignalTable
from storage.teams import FreshEyesTable, TeamTables
from storage.workspace import WorkspaceTables


class Tx:
    """The one transaction object; it satisfies the `Tx` protocol of every capability."""

    __slots__ = (
        "activity",
        "askings",
        "attending",
        "deliveries",
        "groups",
        "improvised",
        "incidents",
        "keeping",
        "members",
        "nudges",
        "orphans",
        "prompts",
        "purse",
        "receipts",
        "relations",
        "responding",
        "retention",
        "review",
        "search",
        "settings",
        "signals",
        "studies",
        "teams",
        "volunteers",
        "workspace",
    )

    def __init__(
        self, connection: sa.Connection, token: Callable[[], str], vault: Vault | None = None
    ) -> None:
        self.receipts = Receipts(connection)
        self.deliveries = DeliveryTable(connection, token)
        self.workspace = WorkspaceTables(connection)
        self.incidents = IncidentTables(connection)
        self.attending = AttendingTables(connection)
        self.activity = ActivityTable(connection)
        self.askings = AskingTable(connection)
        self.improvised = ImprovisedTable(connection)
        self.members = MemberTables(connection)
        self.nudges = NudgeTable(connection)
        self.orphans = OrphanTable(connection)
        self.relations = RelationTables(connection)
        self.responding = RespondingTables(connection)
        self.retention = RetentionTables(connection)
        self.purse = PurseTables(connection)
        self.search = SearchTables(connection)
        self.settings = SettingsTables(connection)
        self.signals = SignalTable(connection)
        self.groups = TeamTables(connection)
        self.teams = FreshEyesTable(connection)
        keys = StudyKeys(connection, vault or Vault(), token)
        self.volunteers = VolunteerTables(connection, keys)
        self.studies = StudyTables(connection, keys, self.volunteers)
        self.prompts = PromptTables(connection, keys, self.volunteers)
        self.review = ReviewTables(connection, keys)
        self.keeping = KeepingTables(connection, keys, self.deliveries)
