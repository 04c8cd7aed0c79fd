"""The directory: who somebody is, cached, refreshed by events; and the settings."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from bot.clock import Clock
from bot.deliveries.ports import Database
from bot.workspace.model import Permit, Person, Request, Workspace, authorise
from bot.workspace.ports import PeopleSource, Tx
from bot.workspace.settings import Changed, WorkspaceSettings, changed, differences

TxT = TypeVar("TxT", bound=Tx)

# Another replica may have heard of a change that this one has not; a minute bounds how long.
REMEMBER_SECONDS = 60.0
HISTORY = 20


class Directory(Generic[TxT]):
    """People and workspaces. Slack is asked only about somebody never seen before."""

    def __init__(self, db: Database[TxT], source: PeopleSource, clock: Clock) -> None:
        self._db = db
        self._source = source
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, Person]] = {}

    async def person(self, workspace: str, person_id: str) -> Person:
        """Who this is. Raises SendFailed if Slack has to be asked and does not answer."""
        remembered = self._seen.get((workspace, person_id))
        if remembered and self._clock.monotonic() - remembered[0] < REMEMBER_SECONDS:
            return remembered[1]
        known = await self._db.read(lambda tx: tx.workspace.person(workspace, person_id))
        if known is None:
            known = await self._source.fetch(workspace, person_id)
            await self.learn(known)
        self._remember(known)
        return known

    async def learn(self, person: Person) -> None:
        """Keep what Slack says about somebody."""

        def work(tx: TxT) -> None:
            tx.workspace.save_person(person)
            if person.deleted:
                tx.groups.unwilling(person.workspace, person.id)

        await self._db.run(work)
        self._remember(person)

    async def save(self, workspace: Workspace) -> None:
        """Keep a workspace we serve."""
        await self._db.run(lambda tx: tx.workspace.save(workspace))

    async def workspace(self, workspace: str) -> Workspace | None:
        """A workspace we serve, or None."""
        return await self._db.read(lambda tx: tx.workspace.get(workspace))

    async def names(self, workspace: str) -> dict[str, str]:
        """Everybody's name by id."""
        people = await self._db.read(lambda tx: tx.workspace.people(workspace))
        return {person.id: person.name for person in people}

    def _remember(self, person: Person) -> None:
        self._seen[person.workspace, person.id] = (self._clock.monotonic(), person)


class Settings(Generic[TxT]):
    """What a workspace has chosen. Admins change it; every change is kept with who made it."""

    def __init__(self, db: Database[TxT]) -> None:
        self._db = db

    async def of(self, workspace: str) -> WorkspaceSettings:
        """The settings, defaults where nothing was chosen."""
        return await self._db.read(lambda tx: tx.settings.get(workspace))

    async def shown(self, request: Request) -> WorkspaceSettings:
        """The settings for somebody who may change them. Raises Refusal."""
        authorise(request.person, Permit.SETTINGS)
        return await self.of(request.workspace)

    async def history(self, request: Request) -> tuple[Changed, ...]:
        """The latest changes. Raises Refusal."""
        authorise(request.person, Permit.SETTINGS)
        return await self._db.read(lambda tx: tx.settings.history(request.workspace, HISTORY))

    async def change(self, request: Request, typed: Mapping[str, str]) -> tuple[Changed, ...]:
        """Change settings by their keys: all of them, or none. Raises Refusal, naming the key."""
        authorise(request.person, Permit.SETTINGS)

        def work(tx: TxT) -> tuple[Changed, ...]:
            before = after = tx.settings.get(request.workspace)
            for key, value in typed.items():
                after = changed(after, key, value)
            made = tuple(
                Changed(key, old, new, request.person.id, request.at)
                for key, old, new in differences(before, after)
            )
            for each in made:
                tx.settings.put(request.workspace, each)
            return made

        return await self._db.run(work, once=request.receipt, deadline=request.deadline)
