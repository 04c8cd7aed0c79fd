"""Whatever happens in whatever order, each send arrives once: plan, tick, claim, send, crash."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.clock import SeededDraws
from bot.deliveries.model import Delivery, Policy, Sent, State
from bot.deliveries.service import Ledger, LedgerSettings
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.deliveries.outside import (
    Answer,
    Outside,
    accept,
    accept_and_lose_the_answer,
    lose,
    refuse,
)
from tests.contracts.databases import NOW, Hands
from tests.contracts.values import planned

WORKSPACE = "T1"
SETTINGS = LedgerSettings(batch=4)
ANSWERS: dict[str, Answer] = {
    "accept": accept,
    "accept and lose the answer": accept_and_lose_the_answer,
    "lose": lose,
    "refuse for now": refuse("fatal_error"),
    "limit": refuse("ratelimited", retry_after=2.0),
}


class Killed(BaseException):
    """Nobody catches this."""


class Forgetful(Outside):
    """A mutant: never looks back."""

    async def find(self, delivery: Delivery) -> Sent | None:
        return None


class Machine(RuleBasedStateMachine):
    """A ledger on SQLite, an outside that goes wrong, processes that die."""

    template: Path
    outside_of: Callable[[], Outside] = Outside
    claims: Bundle[Delivery] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        path = shutil.copyfile(self.template, Path(self._folder.name) / "machine.db")
        self._clock, draws = Hands(NOW), SeededDraws(1)
        self._loop = asyncio.new_event_loop()
        self._db = SqlDatabase(f"sqlite:///{path}", self._clock, draws)
        self._outside = self.outside_of()
        self._ledger = Ledger[Tx](
            self._db,
            {"test.send": self._outside},
            lambda: (WORKSPACE,),
            self._clock,
            draws,
            SETTINGS,
        )
        self._engine = sa.create_engine(f"sqlite:///{path}")
        self._planned: set[str] = set()
        self._outside.while_sending = self._maybe_die
        self._outside.follow_up = lambda _tx, _delivery: self._die_if("at the commit")
        self._dies_at = ""

    async def _maybe_die(self, _delivery: Delivery) -> None:
        self._die_if("before the call")

    def _die_if(self, point: str) -> None:
        if self._dies_at == point:
            raise Killed

    def _do(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    @rule(subject=st.sampled_from("abcdef"))
    def plan(self, subject: str) -> None:
        """Planning the same again changes nothing."""
        self._planned.add(subject)
        owed = planned(WORKSPACE, subject, due=NOW, lane="timer", policy=Policy.LOOK_BACK)
        now = self._clock.now()
        self._do(self._db.run(lambda tx: tx.deliveries.plan(owed, now)))

    @precondition(lambda self: self._planned)
    @rule(subject=st.sampled_from("abcdef"), answer=st.sampled_from(sorted(ANSWERS)))
    def goes_wrong(self, subject: str, answer: str) -> None:
        """The next call for this subject ends so."""
        if len(self._outside.answers[subject]) < 3:
            self._outside.answers[subject].append(ANSWERS[answer])

    @rule()
    def tick(self) -> None:
        """A healthy process does what is due."""
        self._do(self._ledger.tick())

    @rule(point=st.sampled_from(("before the call", "at the commit")))
    def crash(self, point: str) -> None:
        """A process dies while it sends."""
        self._dies_at = point
        try:
            self._do(self._ledger.tick())
        except Killed:
            pass
        finally:
            self._dies_at = ""

    @rule(target=claims)
    def claim(self) -> MultipleResults[Delivery]:
        """A process claims one and is held up."""
        now = self._clock.now()
        taken = self._do(self._db.run(lambda tx: tx.deliveries.claim([WORKSPACE], now, 1, 90.0)))
        return multiple(*taken)

    @rule(delivery=claims)
    def finish_late(self, delivery: Delivery) -> None:
        """Held up, it never sent: what it records counts only where its fence still matches."""
        at = self._clock.now()
        self._do(
            self._db.run(
                lambda tx: tx.deliveries.give_back(delivery, at, 0.0, "late", lane_shut=False)
            )
        )

    @rule(seconds=st.sampled_from((1, 10, 400)))
    def time_passes(self, seconds: int) -> None:
        """Leases and settles end, backoffs too."""
        self._clock.advance_by(seconds)
        with self._engine.begin() as connection:
            connection.execute(sa.text("UPDATE deliveries SET hold = 1 WHERE hold > 0"))

    def teardown(self) -> None:
        """However it went: left alone, everything arrives, and nothing twice."""
        try:
            for _ in range(30):
                self.time_passes(400)
                self._do(self._ledger.drain())
            assert Counter(self._outside.arrived) == Counter(self._planned)
            assert self._states() <= {State.SENT.value}
        finally:
            self._db.close()
            self._engine.dispose()
            self._loop.close()
            self._folder.cleanup()

    def _states(self) -> set[str]:
        with self._engine.begin() as connection:
            return set(connection.execute(sa.text("SELECT state FROM deliveries")).scalars())


class Mutant(Machine):
    """The same without look-back."""

    outside_of = Forgetful


STEPS = settings(max_examples=15, stateful_step_count=15, deadline=None)


def test_each_arrives_once_whatever_happens(sqlite_template: Path) -> None:
    Machine.template = sqlite_template
    run_state_machine_as_test(Machine, settings=STEPS)


def test_without_look_back_it_finds_a_double(sqlite_template: Path) -> None:
    Mutant.template = sqlite_template
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Mutant, settings=settings(STEPS, max_examples=200, phases=[Phase.generate])
        )
