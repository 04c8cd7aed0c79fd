"""What a sender only looks at, and what it finds once there is nothing left to do."""

from typing import Any

import pytest

from bot.deliveries.model import Delivery, Sent
from bot.errors import SendFailed
from bot.sampling import asking_owed
from bot.sampling.ending import cancel_open
from bot.sampling.model import Outcome, StudyState, VolunteerState
from bot.workspace.purse import PROMPT
from tests.bot.sampling.asked import MINUTE, SECOND, World
from tests.bot.sampling.fakes import NOW, a_study, a_volunteer, delivery_of


@pytest.fixture
def world() -> World:
    return World()


class TestWhatOnlyLooks:
    """Asking Slack whether it is quiet, or whether something is there, sends nothing."""

    @pytest.mark.parametrize("purpose", [PROMPT, asking_owed.REMINDER])
    async def test_where_it_does_not_say_whether_it_is_quiet_nothing_is_in_doubt(
        self, world: World, purpose: str
    ) -> None:
        await world.at(NOW - SECOND if purpose == PROMPT else NOW + MINUTE)
        (owed,) = world.ledger.owed(purpose)
        world.clock.advance(owed.due)
        sender: Any = world.senders[purpose]
        world.messenger.quiet_fails = SendFailed("TimeoutError", ambiguous=True)
        before = world.told()
        with pytest.raises(SendFailed) as failed:
            await sender.send(delivery_of(owed, owed.due))
        assert (failed.value.reason, failed.value.ambiguous) == ("TimeoutError", False)
        assert world.told() == before

    @pytest.mark.parametrize("in_doubt", [False, True])
    async def test_a_look_that_fails_leaves_the_doubt_as_it_was(
        self, world: World, in_doubt: bool
    ) -> None:
        sender: Any = world.senders[PROMPT]
        again = delivery_of(world.ledger.owed(PROMPT)[0], NOW, attempts=2, in_doubt=in_doubt)
        world.messenger.find_fails = SendFailed(
            "ratelimited", ambiguous=not in_doubt, retry_after=3
        )
        with pytest.raises(SendFailed) as failed:
            await sender.find(again)
        assert (failed.value.ambiguous, failed.value.retry_after) == (in_doubt, 3)


class TestWhatWaitsIsCancelled:
    """Of whoever leaves, or whose study stops. The senders would find nothing to do as well."""

    WAITING = (asking_owed.REMINDER, asking_owed.EXPIRY)

    async def ends(self, world: World, reason: str) -> None:
        if reason == "left":
            world.volunteer(state=VolunteerState.LEFT)
        else:
            world.study(state=StudyState.STOPPED)

        def work(tx: Any) -> None:
            cancel_open(tx, a_study(), a_volunteer(), reason, NOW)

        await world.db.run(work)

    @pytest.mark.parametrize("reason", ["left", "study_stopped"])
    async def test_its_rows_are_gone(self, world: World, reason: str) -> None:
        await world.at(NOW + MINUTE)
        assert [len(world.ledger.owed(each)) for each in self.WAITING] == [1, 1]
        await self.ends(world, reason)
        assert [len(world.ledger.owed(each)) for each in self.WAITING] == [0, 0]
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.CANCELLED, reason)

    @pytest.mark.parametrize("reason", ["left", "study_stopped"])
    async def test_the_row_of_a_prompt_that_is_still_to_come_is_gone(
        self, world: World, reason: str
    ) -> None:
        await world.at(NOW - MINUTE)
        assert len(world.ledger.owed(PROMPT)) == 1
        await self.ends(world, reason)
        assert world.ledger.owed(PROMPT) == []

    @pytest.mark.parametrize("reason", ["left", "study_stopped"])
    async def test_rows_that_are_being_sent_just_then_do_nothing(
        self, world: World, reason: str
    ) -> None:
        await world.at(NOW + MINUTE)
        owed = [row for each in self.WAITING for row in world.ledger.owed(each)]
        await self.ends(world, reason)
        for row in owed:
            sender: Any = world.senders[row.purpose]
            world.clock.advance(row.due)
            delivery = delivery_of(row, row.due)
            await _finish(world, sender, delivery, await sender.send(delivery))
        assert "remind" not in world.told()
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.CANCELLED, reason)

    async def test_a_tap_takes_the_rows_of_an_untouched_prompt(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        assert world.ledger.owed(asking_owed.REMINDER) == []
        (expiry,) = world.ledger.owed(asking_owed.EXPIRY)
        assert expiry.due == NOW + 45 * MINUTE
        await world.fills(activity="1")
        assert world.ledger.owed(asking_owed.EXPIRY) == []


async def _finish(world: World, sender: Any, delivery: Delivery, sent: Sent) -> None:
    await world.db.run(lambda tx: sender.sent(tx, delivery, sent, delivery.due))
