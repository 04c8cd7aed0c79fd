"""Being asked when things are not as planned: late, twice, forged, in an incident, while down.

The real app, as people; the studies themselves are in `test_sampling`.
"""

from datetime import timedelta

import pytest

from bot.sampling.model import Outcome, Prompt
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World
from tests.journeys.studying import Lab, a_lab, asked, joins, offers, said

HOUR = timedelta(hours=1)


@pytest.fixture
def ana(world: World) -> Human:
    return world.person("ana", zone="Europe/Berlin")


@pytest.fixture
async def lab(world: World, ana: Human) -> Lab:
    made = await a_lab(world, world.person("olga"))
    await joins(ana)
    return made


async def next_prompt(lab: Lab, human: Human) -> Prompt:
    """Let time pass to the second of their next prompt; it is the second that was planned."""
    await lab.world.passes(hours_until_planned(lab))
    ahead = [each for each in await lab.prompts(human) if each.outcome is None]
    at = min(each.planned_at for each in ahead if each.planned_at)
    await lab.world.stage.until(at)
    (found,) = [each for each in await lab.prompts(human) if each.planned_at == at]
    return found


def hours_until_planned(lab: Lab) -> timedelta:
    """It is night in Berlin where the journeys begin; by eight the day is planned."""
    now = lab.world.clock.now()
    return max(now.replace(hour=7, minute=30) - now, timedelta(0))


def newest(human: Human) -> Message:
    return asked(human)[-1]


class TestTwiceAndLate:
    @pytest.mark.row("B25")
    async def test_planning_runs_once_however_often_the_bot_starts(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        for _ in range(3):
            await world.bot_restarts()
        await next_prompt(lab, ana)
        await world.bot_restarts()
        await world.passes(HOUR / 6)

        assert len(asked(ana)) == 1
        plans = await world.bot.db.read(lambda tx: tx.studies.plans(lab.study))
        assert len(plans) == 1

    @pytest.mark.row("B25", "E1")
    async def test_a_late_reply_is_kept_and_told_that_it_is_late(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await next_prompt(lab, ana)
        await world.passes(minutes=21)
        assert ["still open" in said(each) for each in asked(ana)] == [False, True]
        await world.passes(minutes=10)
        (prompt,) = asked(ana)  # the reminder is gone
        assert "counts as late" in said(prompt)
        assert not any(label.startswith("Can't") for label in offers(prompt))

        await ana.presses_on(prompt, "A bit stuck")
        reply = await ana.person.submits(ana.person.modal, {"stuck_text": "NA"})  # type: ignore[arg-type]
        assert reply.acked
        await world.settles()

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert (kept.outcome, kept.late, kept.valid) == (Outcome.COMPLETE, True, False)
        assert (await lab.answers(kept))["stuck_text"] == "NA"

    @pytest.mark.row("B25")
    async def test_while_we_are_down_nothing_floods(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await world.passes(hours_until_planned(lab))
        await world.bot_stops()
        world.clock.advance(world.clock.now() + 24 * HOUR)
        await world.bot_starts()
        await world.settles()

        assert asked(ana) == []
        past = [each for each in await lab.prompts(ana) if each.outcome]
        assert past
        assert {(each.outcome, each.reason) for each in past} == {(Outcome.FAILED, "late")}


class TestGuards:
    async def test_somebody_elses_question_is_not_there(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        bob = world.person("bob", zone="Europe/Berlin")
        prompt = await next_prompt(lab, ana)
        stolen = newest(ana)
        channel = world.sandbox.workspace.channels[stolen.channel]
        channel.members.append(bob.id)  # as if the payload came from elsewhere

        await bob.person.presses(stolen, "sampling.tap.3")
        await world.settles()

        assert "not there any more" in bob.told()
        (there,) = [each for each in await lab.prompts(ana) if each.id == prompt.id]
        assert there.first_tap_at is None
        assert await lab.answers(there) == {}

    async def test_a_second_tap_changes_nothing(self, world: World, lab: Lab, ana: Human) -> None:
        await next_prompt(lab, ana)
        shown = newest(ana)
        before = [dict(each) for each in shown.blocks]
        await ana.presses_on(shown, "Not stuck")
        shown.blocks = before  # a phone that has not caught up
        await ana.person.presses(shown, "sampling.tap.3")
        await world.settles()

        assert "already" in ana.told()
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert await lab.answers(kept) == {"stuck": "1"}

    async def test_what_cannot_be_written_is_told_as_not_recorded(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await next_prompt(lab, ana)
        world.excused_failures = 1
        with world.database_refuses("answers"):
            await ana.presses_on(newest(ana), "Not stuck")
        assert "nothing was recorded" in ana.told()

        await ana.presses_on(newest(ana), "Not stuck")

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert await lab.answers(kept) == {"stuck": "1"}


class TestNotNow:
    async def test_not_in_an_incident(self, world: World, lab: Lab, ana: Human) -> None:
        await world.passes(hours_until_planned(lab))
        planned = [each for each in await lab.prompts(ana) if each.outcome is None]
        first = min(each.planned_at for each in planned if each.planned_at)
        await world.stage.until(first - HOUR / 4)
        await ana.declares("orders are stuck")
        await world.stage.until(first + HOUR / 60)

        assert not any("were you stuck" in said(each) for each in asked(ana))
        (one,) = [each for each in await lab.prompts(ana) if each.planned_at == first]
        assert (one.outcome, one.reason) == (Outcome.NOT_SENT, "incident")

    async def test_not_while_slack_is_silent_for_them(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await world.passes(hours_until_planned(lab))
        now = int(world.clock.now().timestamp())
        ana.person.pauses_notifications(now, now + 10 * 3600)
        await world.passes(10 * HOUR)

        assert asked(ana) == []
        reasons = {each.reason for each in await lab.prompts(ana) if each.outcome}
        assert reasons == {"quiet_hours"}
