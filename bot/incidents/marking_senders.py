"""How a mark comes off a message."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from bot.deliveries.model import Delivery, Sent
from bot.deliveries.ports import Sender
from bot.incidents import marking_owed, owed
from bot.incidents.ports import Messenger, Tx
from bot.incidents.senders import MarkSender

TxT = TypeVar("TxT", bound=Tx)


class UnmarkSender(MarkSender[TxT], Generic[TxT]):
    """Takes our mark off a message of which nothing is recorded any more."""

    async def send(self, delivery: Delivery) -> Sent:
        channel, message = delivery.subject.split(owed.SEPARATOR)
        await self._messenger.unmark(delivery.workspace, channel, message)
        return Sent(message)


def table(messenger: Messenger) -> Mapping[str, Sender[TxT]]:
    """Which sender makes which purpose."""
    return {marking_owed.UNMARK: UnmarkSender[TxT](messenger)}
