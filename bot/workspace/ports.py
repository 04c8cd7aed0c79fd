"""What the workspace capability needs of the database and of Slack's directory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.workspace.model import Person, Workspace
from bot.workspace.settings import Changed, WorkspaceSettings
from bot.workspace.teams import TeamStore


class WorkspaceStore(Protocol):
    """Workspaces and people."""

    def save(self, workspace: Workspace) -> None:
        """Insert or update a workspace."""
        ...

    def get(self, workspace: str) -> Workspace | None: ...

    def all(self) -> tuple[Workspace, ...]:
        """Every workspace of this database, for whoever runs it."""
        ...

    def next_number(self, workspace: str) -> int:
        """The next incident number, from a locked counter: 1, 2, 3, …"""
        ...

    def save_person(self, person: Person) -> None:
        """Insert or refresh somebody in the directory."""
        ...

    def person(self, workspace: str, person: str) -> Person | None: ...

    def people(self, workspace: str) -> tuple[Person, ...]:
        """Everybody in the directory."""
        ...


class SettingsStore(Protocol):
    """What a workspace has chosen, and the audit of it."""

    def get(self, workspace: str) -> WorkspaceSettings:
        """The settings; the defaults where nothing was chosen."""
        ...

    def put(self, workspace: str, changed: Changed) -> None:
        """Keep a change, and that it was made."""
        ...

    def history(self, workspace: str, limit: int) -> tuple[Changed, ...]:
        """The latest changes first."""
        ...


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct message that went to somebody, or will: what for, and when, UTC."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Up:
    """From when until when somebody was active in an incident, UTC."""

    first: datetime
    last: datetime


class PurseStore(Protocol):
    """What has disturbed somebody lately."""

    def lock(self, workspace: str, person: str) -> None:
        """Two plans for one person must not both find the purse full."""
        ...

    def direct(self, workspace: str, lane: str, since: datetime) -> tuple[Direct, ...]:
        """What the ledger has sent in that lane, or will, earliest first."""
        ...

    def up(self, workspace: str, person: str, since: datetime) -> tuple[Up, ...]:
        """Where they were last active in an incident after `since`, in order of that."""
        ...


class Tx(Protocol):
    """What a transaction offers this capability."""

    @property
    def purse(self) -> PurseStore: ...

    @property
    def settings(self) -> SettingsStore: ...

    @property
    def groups(self) -> TeamStore: ...

    @property
    def workspace(self) -> WorkspaceStore: ...


class PeopleSource(Protocol):
    """Where people are looked up when the directory does not know them."""

    async def fetch(self, workspace: str, person: str) -> Person:
        """Ask Slack who this is. Raises SendFailed."""
        ...
