"""Messages that are to be posted later, on domain time."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sandbox.state import JSON, Channel
from bot.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One message for `post_at` (Unix seconds). `silent`: Slack will not post it at all."""

    id: str
    channel: Channel
    post_at: int
    made_at: int
    text: str
    blocks: list[JSON] = field(default_factory=list)
    attachments: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    silent: bool = False


class Schedule:
    """What waits for its time; `waiting` by id."""

    def __init__(self, world: World) -> None:
        self.waiting: dict[str, Scheduled] = {}
        self._world = world
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, message: Scheduled) -> None:
        """Post it at its time, unless it is taken out of `waiting` before."""
        self.waiting[message.id] = message
        task = asyncio.get_running_loop().create_task(self._wait(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Post nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self, message: Scheduled) -> None:
        await self._world.clock.sleep_until(datetime.fromtimestamp(message.post_at, UTC))
        due = self.waiting.pop(message.id, None)
        if due is not None and not due.silent and not due.channel.archived:
            self._world.post_as_app(
                due.channel,
                due.text,
                blocks=due.blocks,
                attachments=due.attachments,
                thread_ts=due.thread_ts,
            )
