"""A sandbox, and our own client of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.clock import SeededDraws, SteppedClock
from bot.sandbox.people import Person
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox
from handlers.slack import Slack, make_session

START = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Town:
    """A workspace with ana and bo in #general, and our client, which holds its token."""

    sandbox: Sandbox
    clock: SteppedClock
    slack: Slack
    ana: Person
    bo: Person
    general: Channel

    def asked(self, method: str) -> int:
        """How many requests of that method arrived."""
        return sum(call.method == method for call in self.sandbox.calls)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    clock = SteppedClock(START)
    sandbox = Sandbox(clock, SeededDraws(7))
    await sandbox.start()
    sandbox.tiers.enforced = False
    ana, bo = sandbox.person("ana", zone="Europe/Amsterdam"), sandbox.person("bo")
    general = sandbox.channel("general", members=[ana, bo], bot=True)
    async with make_session() as session:
        slack = Slack(sandbox.api_url, lambda _workspace: sandbox.bot_token, session)
        yield Town(sandbox, clock, slack, ana, bo, general)
    await sandbox.stop()
