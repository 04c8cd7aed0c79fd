"""Being asked when things are not as planned: late, twice, forged, in an incident, while down.

The real app, as people; the studies themselves are in `test_sampling`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.sampling.model import Outcome, Prompt
from bot.sandbox.state import Message
from storage.engine import make_engine
from storage.sampling_tables import prompts
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World
from tests.journeys.studying import Lab, a_lab, asked, joins, offers, said, submits

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


@contextmanager
def somebody_else_writes(database_url: str) -> Iterator[None]:
    """A second writer has SQLite's file, or PostgreSQL's rows of prompts, and does not let go."""
    other = make_engine(sa.make_url(database_url), 1, read_only=False)
    try:
        with other.begin() as connection:
            connection.execute(sa.update(prompts).values(waits=prompts.c.waits))
            yield
    finally:
        other.dispose()


@BOTH
class TestWhileTheDatabaseIsLocked:
    async def test_a_tap_is_told_so_in_time_and_pressed_again_it_counts(
        self, world: World, lab: Lab, ana: Human, database_url: str
    ) -> None:
        await next_prompt(lab, ana)
        before = ana.person.modal
        with somebody_else_writes(database_url):
            reply = await ana.person.presses(newest(ana), "sampling.tap.3")
            assert reply.acked
            assert "took too long, so nothing was recorded" in ana.told()
        assert not any(each.first_tap_at for each in await lab.prompts(ana))
        assert ana.person.modal is before

        await ana.presses_on(newest(ana), "Badly stuck")

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert await lab.answers(kept) == {"stuck": "3"}
        assert ana.person.modal is not before

    async def test_a_form_is_told_so_in_time_and_sent_again_it_counts(
        self, world: World, lab: Lab, ana: Human, database_url: str
    ) -> None:
        await next_prompt(lab, ana)
        await ana.presses_on(newest(ana), "Badly stuck")
        form = ana.person.modal
        assert form is not None
        with somebody_else_writes(database_url):
            reply = await ana.person.submits(form, {"stuck_text": "the tests", "skill": "2"})
            assert "took too long, so nothing was recorded" in str(reply.errors)
        assert ana.person.modal is form  # with all that was typed
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert (kept.outcome, await lab.answers(kept)) == (None, {"stuck": "3"})

        assert await submits(ana, {}) == {}

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert kept.outcome is Outcome.COMPLETE
        assert (await lab.answers(kept))["stuck_text"] == "the tests"


class TestWithdrawn:
    @pytest.mark.parametrize(
        ("label", "told"),
        [
            ("Leave, keep what I gave", "over for you"),
            ("Leave, erase what I gave", "not there any more"),
        ],
    )
    async def test_while_the_form_is_open_nothing_more_is_taken(
        self, world: World, lab: Lab, ana: Human, label: str, told: str
    ) -> None:
        await next_prompt(lab, ana)
        await ana.presses_on(newest(ana), "Badly stuck")
        form = ana.person.modal
        assert form is not None
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        before = await lab.answers(kept)
        await ana.commands("/sampling leave")
        await ana.presses(label)

        chosen = await ana.person.selects(form, "sampling.chose.skill", "2")
        reply = await ana.person.submits(form, {"stuck_text": "the tests"})

        assert chosen.acked
        assert told in str(reply.errors)
        assert await lab.answers(kept) == (before if "keep" in label else {})

    @pytest.mark.parametrize(
        ("trait", "end"),
        [
            ("is_restricted", (Outcome.NOT_SENT, "paused")),
            ("deleted", (Outcome.CANCELLED, "left")),
        ],
    )
    async def test_who_becomes_a_guest_or_is_deactivated_is_asked_nothing_more(
        self, world: World, lab: Lab, ana: Human, trait: str, end: tuple[Outcome, str]
    ) -> None:
        await world.passes(hours_until_planned(lab))
        planned = await lab.prompts(ana)
        changed = {"id": ana.id, "name": "ana", "tz": "Europe/Berlin", trait: True}
        await world.takes(
            {
                "type": "event_callback",
                "team_id": lab.study.workspace,
                "event_id": f"Ev{trait}",
                "event": {"type": "user_change", "user": changed},
            }
        )

        await world.passes(10 * HOUR)

        assert asked(ana) == []
        found = {each.id: each for each in await lab.prompts(ana)}
        assert {(found[e.id].outcome, found[e.id].reason) for e in planned} == {end}


class TestWhenItWasTapped:
    async def test_a_tap_in_time_that_we_hear_of_late_is_in_time(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        prompt = await next_prompt(lab, ana)
        shown = newest(ana)
        at = prompt.planned_at
        assert at is not None
        await world.stage.until(at + HOUR / 2 + HOUR / 3600)
        (over,) = [each for each in await lab.prompts(ana) if each.id == prompt.id]
        assert over.outcome is Outcome.EXPIRED

        just = (at + HOUR / 2).timestamp() - 0.2
        await world.takes(a_tap(lab, ana, shown, prompt, f"{just:.6f}"))

        (kept,) = [each for each in await lab.prompts(ana) if each.id == prompt.id]
        assert (kept.outcome, kept.late, kept.valid) == (Outcome.PARTIAL, False, True)

    async def test_a_time_that_is_still_to_come_is_not_believed(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        prompt = await next_prompt(lab, ana)
        ahead = world.clock.now().timestamp() + 900
        await world.takes(a_tap(lab, ana, newest(ana), prompt, f"{ahead:.6f}"))
        (kept,) = [each for each in await lab.prompts(ana) if each.id == prompt.id]
        assert kept.first_tap_at == world.clock.now()


class TestNobodyKnew:
    async def lost(self, lab: Lab, human: Human) -> Prompt:
        """The message is there, and the ledger ended without knowing."""
        prompt = await next_prompt(lab, human)
        gone = replace(prompt, outcome=Outcome.UNKNOWN, sent_at=None, expires_at=None, message=None)
        await lab.world.bot.db.run(lambda tx: tx.prompts.put(gone))
        return gone

    async def test_a_tap_shows_that_it_is_there_and_the_form_opens_again(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        lost, shown = await self.lost(lab, ana), newest(ana)
        await ana.presses_on(shown, "Badly stuck")
        assert ana.person.modal is not None
        await ana.person.closes(ana.person.modal)

        assert "A few short questions are left" in said(newest(ana))
        await ana.presses_on(newest(ana), "Answer them")
        assert await submits(ana, {"stuck_text": "the tests"}) == {}

        (kept,) = [each for each in await lab.prompts(ana) if each.id == lost.id]
        assert (kept.outcome, kept.valid) == (Outcome.COMPLETE, True)
        assert kept.message is not None
        assert (kept.message.channel, kept.message.ts) == (shown.channel, shown.ts)

    async def test_declined_in_time_it_is_declined(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        lost = await self.lost(lab, ana)
        await ana.presses_on(newest(ana), "Can't: meeting")
        (kept,) = [each for each in await lab.prompts(ana) if each.id == lost.id]
        assert (kept.outcome, kept.reason) == (Outcome.DECLINED, "meeting")
        assert offers(newest(ana)) == []


def a_tap(lab: Lab, human: Human, shown: Message, prompt: Prompt, ts: str) -> dict[str, Any]:
    """The payload of a tap that Slack stamped then; no form can be opened by it."""
    lab.world.excuses("views.open", "invalid_trigger_id")
    action = {"type": "button", "action_id": "sampling.tap.3", "block_id": "b", "value": prompt.id}
    return {
        "type": "block_actions",
        "team": {"id": lab.study.workspace},
        "user": {"id": human.id},
        "trigger_id": f"trigger {ts}",
        "channel": {"id": shown.channel},
        "container": {"type": "message", "message_ts": shown.ts, "is_ephemeral": False},
        "actions": [action | {"action_ts": ts}],
    }


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
