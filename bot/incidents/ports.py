"""What responding needs of the database and of whoever speaks to Slack."""

from datetime import datetime
from typing import Protocol

import bot.deliveries.ports
import bot.workspace.ports
from bot.incidents.asked import ActivityStore, AskingStore
from bot.incidents.attended import AttendingStore
from bot.incidents.board import Board
from bot.incidents.found import SearchStore
from bot.incidents.improvised import ImprovisedStore
from bot.incidents.model import (
    Change,
    Claim,
    Entry,
    Incident,
    Investigation,
    Kind,
    Member,
    Record,
    Starter,
)
from bot.incidents.nudges_model import NudgeStore, TeamStore
from bot.incidents.relating import Link
from bot.incidents.signals_model import SignalStore


class IncidentStore(Protocol):
    """Incidents with everything below them. Every method is told the workspace or the root."""

    def add(self, incident: Incident, entry: Entry) -> None:
        """Insert a new incident and the entry that declares it."""
        ...

    def lock(self, workspace: str, incident_id: str) -> Incident | None:
        """The incident, its row locked until the transaction ends."""
        ...

    def lock_by_channel(self, workspace: str, channel: str) -> Incident | None:
        """The incident that is not closed in that channel, locked."""
        ...

    def id_of_channel(self, workspace: str, channel: str) -> str | None:
        """Which incident that channel is of; cheap, for every message passes here."""
        ...

    def get(self, workspace: str, incident_id: str) -> Incident | None:
        """The incident, not locked."""
        ...

    def open_ones(self, workspace: str) -> tuple[Incident, ...]:
        """Open incidents, newest first, without what is below them."""
        ...

    def save(self, before: Incident, change: Change) -> None:
        """Write what differs between before and after, and what is added."""
        ...

    def twin(
        self, incident: Incident, actor: str, kind: Kind, text: str, since: datetime
    ) -> Entry | None:
        """The newest entry of the same person, kind and text recorded after `since`."""
        ...

    def entry(self, incident: Incident, seq: int) -> Entry | None: ...

    def claims(self, incident: Incident) -> tuple[Claim, ...]: ...

    def entries_of(self, incident: Incident, channel: str, message: str) -> tuple[Entry, ...]:
        """What is recorded of a message, with corrections and what was withdrawn."""
        ...

    def with_message(self, workspace: str, channel: str, message: str) -> tuple[str, ...]:
        """In which incidents, closed ones too, something of that message is recorded."""
        ...

    def record(self, workspace: str, incident_id: str) -> Record | None:
        """Everything of one incident."""
        ...


class MemberStore(Protocol):
    """Who is in the incident's channel. What is told late never undoes what is newer."""

    def joined(self, incident: str, person: str, at: datetime) -> None: ...

    def left(self, incident: str, person: str, at: datetime) -> None: ...

    def members(self, incident: str) -> tuple[Member, ...]:
        """Who is there now, longest first."""
        ...

    def is_member(self, incident: str, person: str) -> bool: ...

    def member_of(self, workspace: str, person: str) -> frozenset[str]:
        """The private incidents whose channels the person is in."""
        ...


class RelationStore(Protocol):
    """Which incidents belong together."""

    def link(self, link: Link) -> None:
        """Keep it; once."""
        ...

    def of(self, incident: str) -> tuple[Link, ...]: ...

    def related(self, incident: str) -> tuple[int, ...]:
        """The numbers of the incidents it is linked with, in whichever way."""
        ...


class Tx(bot.workspace.ports.Tx, bot.deliveries.ports.Tx, Protocol):
    """What a transaction offers this capability."""

    @property
    def incidents(self) -> IncidentStore: ...

    @property
    def members(self) -> MemberStore: ...

    @property
    def relations(self) -> RelationStore: ...

    @property
    def search(self) -> SearchStore: ...

    @property
    def improvised(self) -> ImprovisedStore: ...

    @property
    def attending(self) -> AttendingStore: ...

    @property
    def activity(self) -> ActivityStore: ...

    @property
    def askings(self) -> AskingStore: ...

    @property
    def signals(self) -> SignalStore: ...

    @property
    def nudges(self) -> NudgeStore: ...

    @property
    def teams(self) -> TeamStore: ...


class Messenger(Protocol):
    """Reaches everybody but the person who acted, in the words of the domain.

    Every method raises SendFailed. `key` is what a posted message carries, to be found by.
    """

    async def create_channel(self, incident: Incident, name: str) -> str:
        """Make the incident's channel; its id. A name in use fails with `name_taken`."""
        ...

    async def own_channel(self, workspace: str, name: str) -> str | None:
        """The channel of that name if it was we who made it."""
        ...

    async def join(self, incident: Incident) -> None:
        """Be a member of the channel that was adopted."""
        ...

    async def invite(self, incident: Incident, person: str) -> None: ...

    async def set_topic(self, incident: Incident) -> None: ...

    async def post_board(self, board: Board, key: str) -> str:
        """Post the board; its ts."""
        ...

    async def show_board(self, board: Board) -> None:
        """Bring the posted board up to date."""
        ...

    async def pin_board(self, incident: Incident) -> None: ...

    async def shrink_board(self, incident: Incident, old: str) -> None:
        """Make one line with a link of a board that has been posted again."""
        ...

    async def open_thread(self, incident: Incident, thread: Investigation, key: str) -> str:
        """Post the message under which a thread will live; its ts."""
        ...

    async def post_head(
        self, incident: Incident, thread: Investigation, starter: Starter | None, key: str
    ) -> str:
        """Post the first reply of a thread: what it is, and what may be said there."""
        ...

    async def announce_end(self, incident: Incident, thread: Investigation, key: str) -> str:
        """Say in the channel, from the thread, how it ended."""
        ...

    async def announce_command(self, incident: Incident, key: str) -> str: ...

    async def announce_resolved(self, incident: Incident, entry: Entry, key: str) -> str: ...

    async def announce_unsafe(self, incident: Incident, entry: Entry, key: str) -> str: ...

    async def mark(self, workspace: str, channel: str, message: str) -> None:
        """Show on the message that it is recorded."""
        ...

    async def unmark(self, workspace: str, channel: str, message: str) -> None:
        """Nothing is recorded of the message any more: take the mark off."""
        ...

    async def tell_no_channel(self, incident: Incident, reason: str) -> None:
        """Tell the declarer, privately, that no channel could be made, and what to do."""
        ...

    async def find(
        self, workspace: str, channel: str, thread: str, key: str, since: datetime
    ) -> str | None:
        """The ts of the message that carries the key, posted since then; or None."""
        ...

    async def take_back(self, workspace: str, channel: str, message: str) -> None:
        """Delete a message of ours; it may be gone already."""
        ...
