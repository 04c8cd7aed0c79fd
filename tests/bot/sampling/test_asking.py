"""The service, its senders and its timers together, on stores in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from bot.errors import AlreadyHandled, Refusal, SendFailed
from bot.sampling import asking_owed
from bot.sampling.asking import REPORTS_A_DAY
from bot.sampling.model import (
    Message,
    Outcome,
    StudyState,
    Trigger,
    VolunteerState,
    Window,
)
from bot.sampling.outcomes import Stage, stage_of
from bot.workspace.purse import PROMPT
from tests.bot.sampling.asked import MINUTE, SECOND, World
from tests.bot.sampling.fakes import (
    HOURS,
    NOW,
    Tx,
    a_prompt,
    a_request,
    a_study,
    a_volunteer,
    delivery_of,
)


@pytest.fixture
def world() -> World:
    return World()


class TestAsking:
    async def test_it_is_sent_in_its_second(self, world: World) -> None:
        await world.at(NOW - SECOND)
        assert world.told() == []

        await world.at(NOW)

        assert world.told() == ["ask"]
        assert world.messenger.told[0].person == "U1"
        assert world.prompt.sent_at == NOW
        assert world.db.rows.messages["s1", "vabcde"] == [world.prompt.message]

    async def test_untouched_it_is_reminded_of_once_and_expires(self, world: World) -> None:
        await world.at(NOW + 20 * MINUTE)
        assert world.told() == ["ask", "remind"]
        assert world.prompt.reminded_at == NOW + 20 * MINUTE

        await world.at(NOW + 30 * MINUTE)

        assert world.prompt.outcome is Outcome.EXPIRED
        assert sorted(world.told()[2:]) == ["delete", "show"]
        assert stage_of(world.prompt) is Stage.EXPIRED
        await world.at(NOW + timedelta(hours=3))
        assert len(world.told()) == 4

    async def test_tap_and_form(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        form = await world.taps("2")
        assert [each.name for each in form.items] == ["activity", "stuck_text", "feeling"]
        assert world.answers() == {"stuck": "2"}
        await world.at(NOW + 40 * MINUTE)

        await world.fills(activity="3", stuck_text="NA", feeling="")

        assert (world.prompt.outcome, world.prompt.valid) == (Outcome.COMPLETE, True)
        assert world.answers() == {"stuck": "2", "activity": "3", "stuck_text": "NA"}
        texts = [each.item for each in world.db.rows.answers.values() if each.is_text]
        assert texts == ["stuck_text"]
        assert world.prompt.shown == ("activity", "stuck_text", "feeling")
        await world.at(NOW + timedelta(hours=2))
        assert world.told() == ["ask", "show", "show"]  # no reminder of what was touched

    async def test_a_tap_alone_is_partial_after_the_grace(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("1")
        await world.at(NOW + 44 * MINUTE)
        assert world.outcome() is None

        await world.at(NOW + 45 * MINUTE)

        assert (world.prompt.outcome, world.prompt.valid) == (Outcome.PARTIAL, True)

    async def test_a_tap_takes_the_reminder_away(self, world: World) -> None:
        await world.at(NOW + 21 * MINUTE)
        await world.taps("9")
        await world.at(NOW + 22 * MINUTE)
        assert sorted(world.told()[2:]) == ["delete", "show"]
        assert world.prompt.outcome is Outcome.COMPLETE

    async def test_declining(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.asking.decline(a_request(at=world.clock.now()), "p1", "meeting")
        await world.at(NOW + timedelta(hours=1))
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.DECLINED, "meeting")
        assert world.told() == ["ask", "show"]

    async def test_after_expiry_it_is_kept_and_late(self, world: World) -> None:
        await world.at(NOW + 31 * MINUTE)
        await world.taps("2")
        assert (world.prompt.outcome, world.prompt.late) == (Outcome.PARTIAL, True)
        await world.fills(activity="1")
        assert (world.prompt.outcome, world.prompt.valid) == (Outcome.COMPLETE, False)
        await world.at(NOW + timedelta(hours=2))
        assert world.prompt.outcome is Outcome.COMPLETE

    async def test_the_form_can_be_opened_again(self, world: World) -> None:
        await world.at(NOW)
        await world.taps("1")
        world.clock.advance(NOW + 3 * MINUTE)
        form = await world.asking.form(a_request(at=world.clock.now()), "p1")
        assert [each.name for each in form.items] == ["activity", "other_text", "feeling"]
        assert world.prompt.opened_at == NOW + 3 * MINUTE

    async def test_the_same_envelope_twice_is_one_tap(self, world: World) -> None:
        await world.at(NOW)
        request = a_request(at=NOW, once="e1")
        await world.asking.tap(request, "p1", "1")
        with pytest.raises(AlreadyHandled):
            await world.asking.tap(request, "p1", "1")


class TestWhatIsNotSent:
    @pytest.mark.parametrize(
        ("arrange", "reason"),
        [
            (lambda world: world.volunteer(state=VolunteerState.PAUSED), "paused"),
            (lambda world: world.db.rows.in_incident.add("U1"), "incident"),
            (lambda world: world.messenger.quiet.add("U1"), "quiet_hours"),
            (
                lambda world: world.volunteer(
                    hours=replace(HOURS, quiet=Window(time(8), time(10)))
                ),
                "quiet_hours",
            ),
            (lambda world: world.volunteer(hours=replace(HOURS, days=(4,))), "day_off"),
            (
                lambda world: world.volunteer(hours=replace(HOURS, zone="Asia/Tokyo")),
                "outside_window",
            ),
        ],
    )
    async def test_it_is_checked_again_at_its_second(
        self, world: World, arrange: Callable[[World], object], reason: str
    ) -> None:
        arrange(world)
        await world.at(NOW + timedelta(hours=1))
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.NOT_SENT, reason)
        assert world.told() == []
        assert world.db.rows.owed == {}

    async def test_no_reminder_in_an_incident(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        world.db.rows.in_incident.add("U1")
        await world.at(NOW + timedelta(hours=1))
        assert world.told() == ["ask", "show"]
        assert (world.prompt.outcome, world.prompt.reminded_at) == (Outcome.EXPIRED, None)

    async def test_what_slack_refuses_has_failed(self, world: World) -> None:
        world.messenger.fails = SendFailed("user_disabled", permanent=True)
        await world.at(NOW)
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.FAILED, "slack_refused")

    async def test_what_was_missed_has_failed(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = world.ledger.owed(PROMPT)[0]
        late = NOW + timedelta(days=1)
        # The ledger looks back for whatever is late, tried or not.
        missed = delivery_of(owed, late, in_doubt=True)
        await world.db.run(lambda tx: sender.missed(tx, missed, late))
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.FAILED, "late")

    async def test_where_an_attempt_ended_without_word_nobody_knows(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = world.ledger.owed(PROMPT)[0]
        late = NOW + 6 * MINUTE
        doubted = delivery_of(owed, late, in_doubt=True, attempts=2)
        await world.db.run(lambda tx: sender.missed(tx, doubted, late))
        assert world.outcome() is Outcome.UNKNOWN

        world.clock.advance(late)
        await world.taps("1")
        await world.at(NOW + timedelta(hours=1))

        assert world.prompt.outcome is Outcome.PARTIAL

    async def test_refused_for_lack_of_slack_it_did_not_go(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = world.ledger.owed(PROMPT)[0]
        tried = delivery_of(owed, NOW + 6 * MINUTE, in_doubt=False, attempts=9)
        await world.db.run(lambda tx: sender.missed(tx, tried, NOW + 6 * MINUTE))
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.FAILED, "late")


class TestFinding:
    async def test_what_was_sent_before_a_crash_is_adopted(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        doubted = delivery_of(world.ledger.owed(PROMPT)[0], NOW + MINUTE, attempts=2)
        stamp = f"{(NOW + SECOND).timestamp():.6f}"
        world.messenger.there[doubted.key] = Message("DU1", stamp)

        found = await sender.find(doubted)
        await world.db.run(lambda tx: sender.sent(tx, doubted, found, NOW + MINUTE))

        assert world.prompt.sent_at == NOW + SECOND
        assert world.prompt.message == Message("DU1", stamp)

    async def test_who_was_erased_meanwhile_has_it_deleted(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        doubted = delivery_of(world.ledger.owed(PROMPT)[0], NOW + MINUTE, attempts=2)
        world.messenger.there[doubted.key] = Message("DU1", "1.2")
        world.db.do(lambda tx: tx.volunteers.erase(a_volunteer(), NOW))

        found = await sender.find(doubted)
        await world.db.run(lambda tx: sender.sent(tx, doubted, found, NOW + MINUTE))

        assert [each.subject for each in world.ledger.owed(asking_owed.DELETE)] == ["DU1/1.2"]

    async def test_a_message_too_many_is_taken_back(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        await sender.take_back(delivery_of(world.ledger.owed(PROMPT)[0], NOW), "DU1/1.2")
        assert world.told() == ["delete"]


class TestConsentWithdrawn:
    def leaves(self, world: World, state: VolunteerState = VolunteerState.LEFT) -> None:
        world.volunteer(state=state)

    async def test_between_planning_and_sending(self, world: World) -> None:
        self.leaves(world)
        await world.at(NOW)
        assert (world.prompt.outcome, world.prompt.reason) == (Outcome.CANCELLED, "left")
        assert world.told() == []

    async def test_erased_between_planning_and_sending(self, world: World) -> None:
        world.db.do(lambda tx: tx.volunteers.erase(a_volunteer(), NOW))
        await world.at(NOW)
        assert world.db.rows.prompts == {}
        assert world.told() == []

    async def test_while_it_is_being_sent(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = delivery_of(world.ledger.owed(PROMPT)[0], NOW)
        world.clock.advance(NOW)
        sent = await sender.send(owed)
        self.leaves(world)
        left = replace(world.prompt, outcome=Outcome.CANCELLED, reason="left")
        world.db.do(lambda tx: tx.prompts.put(left))

        await world.db.run(lambda tx: sender.sent(tx, owed, sent, NOW))

        assert world.prompt.outcome is Outcome.CANCELLED
        assert len(world.ledger.owed(asking_owed.DELETE)) == 1

    async def test_between_sending_and_answering(self, world: World) -> None:
        await world.at(NOW)
        self.leaves(world)
        with pytest.raises(Refusal, match="over for you"):
            await world.taps()
        assert world.answers() == {}

    async def test_during_the_form(self, world: World) -> None:
        await world.at(NOW)
        await world.taps("2")
        self.leaves(world)
        with pytest.raises(Refusal, match="over for you"):
            await world.fills(activity="1")
        assert world.answers() == {"stuck": "2"}

    async def test_a_stopped_study(self, world: World) -> None:
        await world.at(NOW)
        world.study(state=StudyState.STOPPED)
        with pytest.raises(Refusal, match="over for you"):
            await world.taps()
        with pytest.raises(Refusal, match="over for you"):
            await world.asking.now(a_request())


class TestGuards:
    async def test_another_persons_prompt_is_as_if_it_were_not_there(self, world: World) -> None:
        await world.at(NOW)
        acts: tuple[Callable[[str, str], Any], ...] = (
            lambda who, which: world.asking.tap(a_request(who), which, "1"),
            lambda who, which: world.asking.decline(a_request(who), which, "focus"),
            lambda who, which: world.asking.form(a_request(who), which),
            lambda who, which: world.asking.answer(a_request(who), which, {"activity": "1"}),
        )
        for act in acts:
            refused = []
            for who, which in (("U2", "p1"), ("U9", "p1"), ("U1", "nothing")):
                with pytest.raises(Refusal) as told:
                    await act(who, which)
                refused.append(told.value.text)
            assert len(set(refused)) == 1
        assert (world.prompt.first_tap_at, world.answers()) == (None, {})

    async def test_another_workspaces_prompt_too(self, world: World) -> None:
        await world.at(NOW)
        stranger = replace(a_request(), workspace="T2")
        with pytest.raises(Refusal, match="not there any more"):
            await world.asking.tap(stranger, "p1", "1")

    async def test_answering_twice(self, world: World) -> None:
        await world.at(NOW)
        await world.taps("2")
        with pytest.raises(Refusal, match="already"):
            await world.taps("1")
        await world.fills(activity="1")
        with pytest.raises(Refusal, match="already"):
            await world.fills(activity="2")
        assert world.answers() == {"stuck": "2", "activity": "1"}

    async def test_items_that_were_not_shown_are_refused(self, world: World) -> None:
        await world.at(NOW)
        await world.taps("2")
        for name in ("other_text", "stuck", "pressure", "no_such"):
            with pytest.raises(Refusal):
                await world.fills(**{name: "1"})
        assert world.answers() == {"stuck": "2"}

    async def test_the_form_before_the_tap(self, world: World) -> None:
        await world.at(NOW)
        form = await world.asking.form(a_request(at=NOW), "p1")
        assert form.whole
        with pytest.raises(Refusal):
            await world.fills(activity="1")
        assert (world.prompt.first_tap_at, world.answers()) == (None, {})


class TestReports:
    async def test_one_nobody_asked_for(self, world: World) -> None:
        form = await world.asking.now(a_request(at=NOW))
        assert form.prompt is not None
        assert [each.name for each in form.items] == ["stuck"]
        made = world.db.rows.prompts[form.prompt.id]
        assert (made.trigger, made.planned_at, made.beep) == (Trigger.SELF_REPORT, None, 0)

        world.clock.advance(NOW)
        opened = await world.taps("2", prompt=form.prompt.id)
        values = {"activity": "1"}
        done = await world.asking.answer(a_request(at=NOW), opened.prompt.id, values)

        assert done.outcome is Outcome.COMPLETE

    async def test_a_sensible_limit(self, world: World) -> None:
        for _ in range(REPORTS_A_DAY):
            await world.asking.now(a_request(at=NOW))
        with pytest.raises(Refusal, match="more than"):
            await world.asking.now(a_request(at=NOW))
        await world.asking.now(a_request(at=NOW + timedelta(days=1)))

    async def test_whoever_is_in_no_study_has_nothing_to_report(self, world: World) -> None:
        with pytest.raises(Refusal, match="no study"):
            await world.asking.now(a_request("U9"))

    async def test_practice_keeps_nothing(self, world: World) -> None:
        before = repr(world.db.rows)
        first = await world.asking.practice(a_request())
        form = await world.asking.practice(a_request(), "2")
        assert [each.name for each in first.items] == ["stuck"]
        assert [each.name for each in form.items] == ["activity", "stuck_text", "feeling"]
        assert form.prompt is None
        assert repr(world.db.rows) == before


class TestLowAnswering:
    def prompts(self, world: World, count: int, after: int = 1) -> None:
        def arrange(tx: Tx) -> None:
            for number in range(after + 1, count + 1):
                at = NOW + (number - 1) * timedelta(hours=1)
                world.plan(tx, a_prompt(f"p{number}", planned_at=at, beep=number))

        world.db.do(arrange)

    def notes(self, world: World) -> list[str]:
        return [each.about for each in world.messenger.told if each.way == "tell"]

    async def test_one_note_and_never_another(self, world: World) -> None:
        self.prompts(world, 8)
        await world.at(NOW + 5 * timedelta(hours=1) + 29 * MINUTE)
        assert self.notes(world) == []

        await world.at(NOW + timedelta(hours=20))

        assert self.notes(world) == ["too_many"]
        sent_to = [each.person for each in world.messenger.told if each.way == "tell"]
        assert sent_to == ["U1"]

    async def test_none_more_because_of_a_report_that_they_left_untouched(
        self, world: World
    ) -> None:
        self.prompts(world, 6)
        await world.at(NOW + timedelta(hours=6))
        assert self.notes(world) == ["too_many"]
        world.volunteer(told_too_many=False)  # it is no planned prompt, told before or not
        await world.asking.now(a_request(at=world.clock.now()))
        await world.at(NOW + timedelta(hours=20))
        assert self.notes(world) == ["too_many"]

    async def test_none_more_when_late_answers_have_changed_what_happened(
        self, world: World
    ) -> None:
        self.prompts(world, 6)
        await world.at(NOW + timedelta(hours=6))
        assert self.notes(world) == ["too_many"]
        await world.taps("9", prompt="p5")
        await world.taps("9", prompt="p6")
        self.prompts(world, 14, after=6)
        await world.at(NOW + timedelta(hours=40))
        assert self.notes(world) == ["too_many"]

    async def test_none_for_who_answers_or_declines(self, world: World) -> None:
        self.prompts(world, 6)
        await world.at(NOW + MINUTE)
        await world.asking.decline(a_request(at=world.clock.now()), "p1", "meeting")
        await world.at(NOW + timedelta(hours=1, minutes=1))
        await world.taps("9", prompt="p2")
        await world.at(NOW + timedelta(hours=20))
        assert self.notes(world) == []

    async def test_none_for_who_has_left(self, world: World) -> None:
        note = asking_owed.tell(a_study(), "U1", asking_owed.TOO_MANY, NOW)
        world.volunteer(state=VolunteerState.LEFT)
        sender: Any = world.senders[asking_owed.TELL]
        sent = await sender.send(delivery_of(note, NOW))
        assert (sent.ref, self.notes(world)) == ("", [])


class TestWhatIsOwed:
    def test_a_prompt_begins_as_the_purse_knows_it(self) -> None:
        owed = asking_owed.ask(a_study(), a_prompt(), "U1")
        assert owed.purpose == "sampling.prompt"
        assert owed.lane == "dm:U1"
        assert (owed.subject, owed.due) == ("p1", NOW)
        assert owed.expires == NOW + 5 * MINUTE + timedelta(microseconds=1)
        assert asking_owed.REMINDER.startswith(PROMPT)
        assert not asking_owed.TELL.startswith(PROMPT)

    def test_no_answer_and_no_code_name_is_in_a_prompts_row(self) -> None:
        asked = replace(a_prompt(), sent_at=NOW, expires_at=NOW, message=Message("D1", "1.1"))
        rows = [
            asking_owed.ask(a_study(), asked, "U1"),
            asking_owed.remind(a_study(), asked, "U1"),
            asking_owed.expire(a_study(), asked),
            asking_owed.show(a_study(), asked),
        ]
        assert {each.subject for each in rows} == {"p1"}
        assert not any("vabcde" in repr(each) for each in rows)
