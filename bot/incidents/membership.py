"""Who is in an incident's channel, and what becomes of the channel itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from bot.deliveries.ports import Database
from bot.incidents import owed, steering_owed
from bot.incidents.model import Change, Incident
from bot.incidents.ports import Tx

TxT = TypeVar("TxT", bound=Tx)


class Membership(Generic[TxT]):
    """What Slack tells about channels. Told again, it changes nothing; other channels pass by."""

    def __init__(self, db: Database[TxT]) -> None:
        self._db = db

    async def joined(self, workspace: str, channel: str, person: str, at: datetime) -> None:
        """Somebody is in the channel from now on."""
        await self._of(workspace, channel, lambda tx, id_: tx.members.joined(id_, person, at))

    async def left(self, workspace: str, channel: str, person: str, at: datetime) -> None:
        """Somebody is not in the channel any more."""
        await self._of(workspace, channel, lambda tx, id_: tx.members.left(id_, person, at))

    async def lost(self, workspace: str, channel: str, reason: str) -> None:
        """Nothing can be posted there: archived, deleted, or we were removed."""
        await self._changed(workspace, channel, lambda old: replace(old, channel_lost=reason))

    async def back(self, workspace: str, channel: str, at: datetime) -> None:
        """We can post there (again): the board catches up, what was missed stays missed."""

        def work(tx: TxT, incident_id: str) -> None:
            found = tx.incidents.lock(workspace, incident_id)
            if found is None:
                return
            tx.deliveries.plan(steering_owed.members(found, at), at)
            if not found.channel_lost:
                return
            after = replace(found, channel_lost="", version=found.version + 1)
            tx.incidents.save(found, Change(after))
            if after.board:
                tx.deliveries.plan(owed.board(after, at), at)

        await self._of(workspace, channel, work)

    async def renamed(self, workspace: str, channel: str, name: str) -> None:
        """The channel has another name; its incident keeps its own."""
        await self._changed(workspace, channel, lambda old: replace(old, channel_name=name))

    async def made_private(self, workspace: str, channel: str) -> None:
        """An incident is private where its channel is."""
        await self._changed(workspace, channel, lambda old: replace(old, private=True))

    async def _changed(
        self, workspace: str, channel: str, change: Callable[[Incident], Incident]
    ) -> None:
        def work(tx: TxT, incident_id: str) -> None:
            found = tx.incidents.lock(workspace, incident_id)
            if found is not None and (after := change(found)) != found:
                tx.incidents.save(found, Change(after))

        await self._of(workspace, channel, work)

    async def _of(self, workspace: str, channel: str, work: Callable[[TxT, str], None]) -> None:
        """Do it to the incident of the channel, the latest where there were several."""
        found = await self._db.read(lambda tx: tx.search.last_in_channel(workspace, channel))
        if found is not None:
            await self._db.run(lambda tx: work(tx, found))
