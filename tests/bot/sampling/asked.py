"""A volunteer with one prompt planned, the service, its senders and its timers, in memory."""

from datetime import datetime, timedelta
from typing import Any

from bot.clock import SteppedClock
from bot.errors import SendFailed
from bot.sampling import asking_owed, asking_senders
from bot.sampling.asking import Asking
from bot.sampling.model import Message, Outcome, Prompt
from tests.bot.sampling.fakes import (
    NOW,
    Db,
    Ledger,
    Messenger,
    Tx,
    a_prompt,
    a_request,
    a_study,
    a_volunteer,
    draws,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Failing(Messenger):
    """Slack, where a question of ours may fail, too. quiet_fails, find_fails: with what."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet_fails: SendFailed | None = None
        self.find_fails: SendFailed | None = None

    async def find(self, workspace: str, person: str, key: str, since: datetime) -> Message | None:
        if self.find_fails is not None:
            raise self.find_fails
        return await super().find(workspace, person, key, since)

    async def in_quiet_hours(self, workspace: str, person: str, now: datetime) -> bool:
        if self.quiet_fails is not None:
            raise self.quiet_fails
        return await super().in_quiet_hours(workspace, person, now)


class World:
    """One volunteer, U1, with one prompt planned for NOW."""

    def __init__(self) -> None:
        self.db = Db()
        self.clock = SteppedClock(NOW - timedelta(hours=1))
        self.messenger = Failing()
        self.asking: Asking[Any] = Asking(self.db, draws())
        db: Any = self.db
        self.senders = asking_senders.table(db, self.messenger, self.clock.now, draws())
        self.ledger = Ledger(self.db, self.senders, self.clock)
        self.db.do(self._arrange)

    def _arrange(self, tx: Tx) -> None:
        study, volunteer = a_study(), a_volunteer()
        tx.studies.put(study)
        tx.volunteers.put(volunteer)
        tx.volunteers.identify(volunteer, study.workspace, "U1")
        tx.volunteers.put(a_volunteer("vother"))
        tx.volunteers.identify(a_volunteer("vother"), study.workspace, "U2")
        self.plan(tx, a_prompt())

    def plan(self, tx: Tx, prompt: Prompt) -> None:
        tx.prompts.put(prompt)
        tx.deliveries.plan(asking_owed.ask(a_study(), prompt, "U1"), NOW)

    @property
    def prompt(self) -> Any:
        return self.db.rows.prompts["p1"]

    def outcome(self) -> Outcome | None:
        return self.db.rows.prompts["p1"].outcome

    def told(self) -> list[str]:
        return self.messenger.ways()

    def volunteer(self, **changes: Any) -> None:
        self.db.do(lambda tx: tx.volunteers.put(a_volunteer(**changes)))

    def study(self, **changes: Any) -> None:
        self.db.do(lambda tx: tx.studies.put(a_study(**changes)))

    async def at(self, when: datetime) -> "World":
        await self.ledger.until(when)
        return self

    async def taps(self, value: str = "2", person: str = "U1", prompt: str = "p1") -> Any:
        return await self.asking.tap(a_request(person, self.clock.now()), prompt, value)

    async def fills(self, **values: str) -> Prompt:
        return await self.asking.answer(a_request("U1", self.clock.now()), "p1", values)

    def answers(self) -> dict[str, str]:
        return {each.item: each.value for each in self.db.rows.answers.values()}
