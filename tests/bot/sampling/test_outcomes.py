"""The rules of a prompt: each as the protocol says it, and any order of all that can happen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.errors import Refusal
from bot.sampling import asking_form, outcomes
from bot.sampling.model import (
    REASONS,
    Message,
    Outcome,
    Prompt,
    StudyState,
    Volunteer,
    VolunteerState,
    Window,
)
from bot.sampling.outcomes import Around, Stage
from bot.workspace.model import Person
from tests.bot.sampling.fakes import (
    HOURS,
    ITEMS,
    NOW,
    PROTOCOL,
    ROTATE,
    STUCK,
    a_person,
    a_prompt,
    a_study,
    a_volunteer,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MESSAGE = Message("D1", "1.1")
REMINDER = Message("D1", "2.2")
AROUND = Around(a_study(), a_volunteer())


def sent(prompt: Prompt | None = None, at: datetime = NOW) -> Prompt:
    return outcomes.sent(prompt or a_prompt(), MESSAGE, at, PROTOCOL, HOURS)


def around(**changes: Any) -> Around:
    return replace(AROUND, **changes)


def of(**changes: Any) -> Around:
    return Around(a_study(), a_volunteer(**changes))


def now_is(**changes: Any) -> Person:
    """What has become of whoever is asked."""
    return replace(a_person(), **changes)


AMENDED = Around(a_study(consent_version=2), a_volunteer(version=1))


class TestMayItBeSentNow:
    def test_in_its_second_in_its_hours_it_may(self) -> None:
        assert outcomes.why_not(a_prompt(), AROUND, NOW) is None

    def test_five_minutes_late_it_may_and_a_second_more_is_too_late(self) -> None:
        assert outcomes.why_not(a_prompt(), AROUND, NOW + 5 * MINUTE) is None
        late = outcomes.why_not(a_prompt(), AROUND, NOW + 5 * MINUTE + SECOND)
        assert late == (Outcome.FAILED, "late")

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            (of(state=VolunteerState.PAUSED), "paused"),
            (of(state=VolunteerState.PAUSED, paused_until=NOW + SECOND), "paused"),
            (AMENDED, "paused"),
            (around(person=now_is(guest=True)), "paused"),
            (around(person=now_is(external=True)), "paused"),
            (around(in_incident=True), "incident"),
            (around(quiet=True), "quiet_hours"),
            (of(hours=replace(HOURS, quiet=Window(time(8, 30), time(9, 1)))), "quiet_hours"),
            (of(hours=replace(HOURS, quiet=Window(time(22), time(9, 1)))), "quiet_hours"),
            (of(hours=replace(HOURS, days_off=(NOW.date(),))), "day_off"),
            (of(hours=replace(HOURS, days=(1, 2))), "day_off"),
            (of(hours=replace(HOURS, windows=(Window(time(10), time(17)),))), "outside_window"),
            (of(hours=replace(HOURS, zone="America/New_York")), "outside_window"),
        ],
    )
    def test_what_stands_against_it(self, what: Around, reason: str) -> None:
        assert outcomes.why_not(a_prompt(), what, NOW) == (Outcome.NOT_SENT, reason)

    @pytest.mark.parametrize(
        "what",
        [
            of(state=VolunteerState.PAUSED, paused_until=NOW),
            Around(a_study(consent_version=2), a_volunteer(version=2)),
            around(person=now_is(admin=True)),
            of(hours=replace(HOURS, quiet=Window(time(9, 1), time(10)))),
            of(hours=replace(HOURS, quiet=Window(time(22), time(9)))),
            of(hours=replace(HOURS, windows=(Window(time(22), time(13)),), days=(6,))),
        ],
    )
    def test_what_does_not(self, what: Around) -> None:
        assert outcomes.why_not(a_prompt(), what, NOW) is None

    def test_a_night_belongs_to_the_date_it_starts_on(self) -> None:
        night = replace(HOURS, windows=(Window(time(22), time(6)),))
        early = a_prompt(planned_at=datetime(2026, 11, 24, 1, tzinfo=UTC))
        at = early.planned_at or NOW
        assert outcomes.why_not(early, of(hours=night), at) is None
        off = replace(night, days_off=(date(2026, 11, 23),))
        assert outcomes.why_not(early, of(hours=off), at) == (Outcome.NOT_SENT, "day_off")

    def test_hours_are_held_against_the_planned_second(self) -> None:
        last = a_prompt(planned_at=datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC))
        assert outcomes.why_not(last, AROUND, NOW.replace(hour=17, minute=1)) is None

    @pytest.mark.parametrize(
        ("what", "reason"),
        [
            (of(state=VolunteerState.LEFT), "left"),
            (of(state=VolunteerState.ERASED), "erased"),
            (around(person=now_is(deleted=True)), "left"),
            (Around(a_study(state=StudyState.STOPPED), a_volunteer()), "study_stopped"),
        ],
    )
    def test_who_has_left_is_never_asked_however_late(self, what: Around, reason: str) -> None:
        end = outcomes.why_not(a_prompt(), what, NOW + timedelta(days=1))
        assert end == (Outcome.CANCELLED, reason)


class TestSent:
    def test_it_is_open_for_half_an_hour(self) -> None:
        assert sent().expires_at == NOW + 30 * MINUTE

    def test_who_asked_for_more_time_has_twice_as_much(self) -> None:
        more = replace(HOURS, more_time=True)
        asked = outcomes.sent(a_prompt(), MESSAGE, NOW, PROTOCOL, more)
        tapped = outcomes.tapped(asked, "1", NOW + 59 * MINUTE, of(hours=more))
        assert asked.expires_at == NOW + 60 * MINUTE
        assert tapped.expires_at == NOW + 90 * MINUTE

    def test_a_tap_that_was_faster_than_our_writing_stays(self) -> None:
        tapped = outcomes.tapped(a_prompt(), "1", NOW + SECOND, AROUND)
        known = sent(tapped, NOW + 2 * SECOND)
        assert (known.sent_at, known.message) == (NOW + SECOND, MESSAGE)
        assert known.expires_at == tapped.expires_at == NOW + 45 * MINUTE

    def test_whoever_left_while_it_was_sent_stays_cancelled(self) -> None:
        left = outcomes.cancelled(a_prompt(), "left")
        assert sent(left).outcome is Outcome.CANCELLED
        assert sent(left).message == MESSAGE

    def test_one_that_was_thought_lost_and_is_found_is_open(self) -> None:
        lost = outcomes.ended(a_prompt(), Outcome.UNKNOWN)
        assert (sent(lost).outcome, sent(lost).expires_at) == (None, NOW + 30 * MINUTE)


class TestReminding:
    def test_only_an_untouched_one(self) -> None:
        asked, at = sent(), NOW + 20 * MINUTE
        assert outcomes.may_remind(asked, AROUND, at)
        assert not outcomes.may_remind(outcomes.reminded(asked, REMINDER, at), AROUND, at)
        assert not outcomes.may_remind(outcomes.tapped(asked, "1", NOW, AROUND), AROUND, at)
        assert not outcomes.may_remind(asked, AROUND, NOW + 30 * MINUTE)
        assert not outcomes.may_remind(a_prompt(), AROUND, at)

    def test_not_in_an_incident_not_paused_not_in_quiet_hours(self) -> None:
        asked, at = sent(), NOW + 20 * MINUTE
        quiet = of(hours=replace(HOURS, quiet=Window(time(9, 10), time(10))))
        for what in (
            around(in_incident=True),
            around(quiet=True),
            of(state=VolunteerState.PAUSED),
            of(state=VolunteerState.LEFT),
            quiet,
            AMENDED,
            around(person=now_is(guest=True)),
            around(person=now_is(deleted=True)),
        ):
            assert not outcomes.may_remind(asked, what, at)


class TestTapping:
    def test_in_time_it_gives_the_grace_and_no_outcome_yet(self) -> None:
        tapped = outcomes.tapped(sent(), "2", NOW + 29 * MINUTE, AROUND)
        assert (tapped.outcome, tapped.valid, tapped.late) == (None, True, False)
        assert tapped.expires_at == NOW + 45 * MINUTE

    def test_at_expiry_it_is_late_whether_or_not_the_timer_was_there_first(self) -> None:
        at = NOW + 30 * MINUTE
        for asked in (sent(), outcomes.expired(sent(), at)):
            tapped = outcomes.tapped(asked, "2", at, AROUND)
            assert (tapped.outcome, tapped.late, tapped.valid) == (Outcome.PARTIAL, True, False)
            done = outcomes.answered(tapped, ["activity"], at + MINUTE, AROUND)
            assert (done.outcome, done.late, done.valid) == (Outcome.COMPLETE, True, False)

    @pytest.mark.parametrize(
        ("value", "outcome"), [("2", Outcome.PARTIAL), ("9", Outcome.COMPLETE)]
    )
    def test_made_in_time_and_heard_of_after_the_timer_it_is_in_time(
        self, value: str, outcome: Outcome
    ) -> None:
        over = outcomes.expired(sent(), NOW + 30 * MINUTE)
        tapped = outcomes.tapped(over, value, NOW + 30 * MINUTE - SECOND / 5, AROUND)
        assert (tapped.outcome, tapped.late, tapped.valid) == (outcome, False, True)
        assert tapped.expires_at == NOW + 45 * MINUTE

    def test_it_is_not_before_it_was_sent_whatever_slacks_clock_says(self) -> None:
        assert outcomes.tapped(sent(), "2", NOW - SECOND, AROUND).first_tap_at == NOW

    def test_was_not_working_is_complete_at_once(self) -> None:
        tapped = outcomes.tapped(sent(), "9", NOW + MINUTE, AROUND)
        assert (tapped.outcome, tapped.ended_at) == (Outcome.COMPLETE, NOW + MINUTE)
        late = outcomes.tapped(sent(), "9", NOW + 31 * MINUTE, AROUND)
        assert (late.outcome, late.late, late.valid) == (Outcome.COMPLETE, True, False)

    def test_a_study_of_one_question_is_complete_at_once(self) -> None:
        short = replace(PROTOCOL, items=(STUCK,), rotate=())
        alone = Around(a_study(protocol=short), a_volunteer())
        assert outcomes.tapped(sent(), "1", NOW, alone).outcome is Outcome.COMPLETE

    def test_once_only_and_only_what_there_is(self) -> None:
        tapped = outcomes.tapped(sent(), "2", NOW, AROUND)
        with pytest.raises(Refusal, match="already"):
            outcomes.tapped(tapped, "1", NOW, AROUND)
        with pytest.raises(Refusal, match="not there any more"):
            outcomes.tapped(sent(), "7", NOW, AROUND)

    def test_an_unknown_one_that_is_answered_has_arrived(self) -> None:
        lost = outcomes.ended(a_prompt(), Outcome.UNKNOWN)
        tapped = outcomes.tapped(lost, "2", NOW + 10 * MINUTE, AROUND)
        assert (tapped.outcome, tapped.late) == (None, False)
        over = outcomes.expired(tapped, NOW + 45 * MINUTE)
        assert (over.outcome, over.valid) == (Outcome.PARTIAL, True)
        late = outcomes.tapped(lost, "2", NOW + 31 * MINUTE, AROUND)
        assert (late.outcome, late.late) == (Outcome.PARTIAL, True)

    def test_whoever_acts_on_its_message_has_it(self) -> None:
        lost, at = outcomes.ended(a_prompt(), Outcome.UNKNOWN), NOW + 10 * MINUTE
        stamped = Message("D1", f"{(NOW + 3 * SECOND).timestamp():.6f}")
        there = outcomes.arrived(lost, stamped, at, AROUND)
        assert (there.outcome, there.message) == (None, stamped)
        assert (there.sent_at, there.expires_at) == (
            NOW + 3 * SECOND,
            NOW + 30 * MINUTE + 3 * SECOND,
        )
        assert outcomes.declined(there, "focus", at, AROUND).outcome is Outcome.DECLINED
        assert outcomes.arrived(sent(), stamped, at, AROUND) == sent()

    @pytest.mark.parametrize(("off", "sent_at"), [(-MINUTE, NOW), (MINUTE, NOW + SECOND)])
    def test_slacks_clock_puts_it_neither_before_its_second_nor_after_the_tap(
        self, off: timedelta, sent_at: datetime
    ) -> None:
        stamped = Message("D1", f"{(NOW + off).timestamp():.6f}")
        assert outcomes.arrived(a_prompt(), stamped, NOW + SECOND, AROUND).sent_at == sent_at

    @pytest.mark.parametrize("state", [VolunteerState.LEFT, VolunteerState.ERASED])
    def test_nothing_after_leaving(self, state: VolunteerState) -> None:
        with pytest.raises(Refusal, match="over for you"):
            outcomes.tapped(sent(), "1", NOW, of(state=state))

    def test_nothing_after_the_study_was_stopped(self) -> None:
        stopped = Around(a_study(state=StudyState.STOPPED), a_volunteer())
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        acts: tuple[Callable[[], Prompt], ...] = (
            lambda: outcomes.tapped(sent(), "1", NOW, stopped),
            lambda: outcomes.declined(sent(), "focus", NOW, stopped),
            lambda: outcomes.opened(tapped, ITEMS, NOW, stopped),
            lambda: outcomes.answered(tapped, ["activity"], NOW, stopped),
        )
        for act in acts:
            with pytest.raises(Refusal, match="over for you"):
                act()

    def test_nothing_where_it_was_never_sent(self) -> None:
        for outcome, reason in ((Outcome.NOT_SENT, "paused"), (Outcome.FAILED, "late")):
            with pytest.raises(Refusal, match="not there any more"):
                outcomes.tapped(outcomes.ended(a_prompt(), outcome, reason), "1", NOW, AROUND)


class TestDeclining:
    def test_while_it_is_open(self) -> None:
        no = outcomes.declined(sent(), "focus", NOW + MINUTE, AROUND)
        assert (no.outcome, no.reason, no.ended_at) == (Outcome.DECLINED, "focus", NOW + MINUTE)
        assert outcomes.expired(no, NOW + 30 * MINUTE) == no

    def test_in_time_also_where_nobody_knows_whether_it_came_or_the_timer_was_faster(self) -> None:
        lost = outcomes.ended(a_prompt(), Outcome.UNKNOWN)
        over, at = outcomes.expired(sent(), NOW + 30 * MINUTE), NOW + 30 * MINUTE - SECOND
        for asked in (lost, over):
            assert outcomes.declined(asked, "focus", at, AROUND).outcome is Outcome.DECLINED
            with pytest.raises(Refusal, match="is over"):
                outcomes.declined(asked, "focus", at + SECOND, AROUND)

    def test_not_twice_not_after_a_tap_not_late_not_for_reasons_of_ones_own(self) -> None:
        no = outcomes.declined(sent(), "focus", NOW, AROUND)
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        for asked, reason, at in (
            (no, "focus", NOW),
            (tapped, "focus", NOW),
            (sent(), "focus", NOW + 30 * MINUTE),
            (sent(), "tired", NOW),
        ):
            with pytest.raises(Refusal):
                outcomes.declined(asked, reason, at, AROUND)
        with pytest.raises(Refusal, match="you can't"):
            outcomes.tapped(no, "1", NOW, AROUND)


class TestTheForm:
    def test_it_opens_after_the_first_tap(self) -> None:
        with pytest.raises(Refusal, match="first"):
            outcomes.opened(sent(), ITEMS[1:], NOW, AROUND)
        with pytest.raises(Refusal, match="first"):
            outcomes.answered(sent(), ["activity"], NOW, AROUND)
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        assert outcomes.opened(tapped, ITEMS[1:3], NOW, AROUND).shown == ("activity", "stuck_text")

    def test_with_nothing_in_it_it_stays_a_first_tap(self) -> None:
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        assert outcomes.answered(tapped, [], NOW, AROUND) == tapped

    def test_in_the_grace_it_is_in_time_and_after_it_late(self) -> None:
        tapped = outcomes.tapped(sent(), "1", NOW + MINUTE, AROUND)
        just = outcomes.answered(tapped, ["activity"], NOW + 45 * MINUTE - SECOND, AROUND)
        assert (just.outcome, just.late, just.valid) == (Outcome.COMPLETE, False, True)
        for asked in (tapped, outcomes.expired(tapped, NOW + 45 * MINUTE)):
            # Decision 0010: too late to make it complete, and the first tap stays what it was.
            after = outcomes.answered(asked, ["activity"], NOW + 45 * MINUTE, AROUND)
            assert (after.outcome, after.late, after.valid) == (Outcome.PARTIAL, False, True)
            assert outcomes.stage_of(after) is Stage.DONE

    def test_once(self) -> None:
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        for at in (NOW, NOW + 45 * MINUTE):
            done = outcomes.answered(tapped, ["activity"], at, AROUND)
            with pytest.raises(Refusal, match="already"):
                outcomes.answered(done, ["activity"], at, AROUND)
            with pytest.raises(Refusal, match="already"):
                outcomes.opened(done, ITEMS, at, AROUND)
            assert not outcomes.may_save(done, at, AROUND)

    def test_choices_are_saved_from_a_tap_in_time_until_the_grace_ends(self) -> None:
        tapped = outcomes.tapped(sent(), "1", NOW + 29 * MINUTE, AROUND)
        assert outcomes.may_save(tapped, NOW + 45 * MINUTE - SECOND, AROUND)
        assert not outcomes.may_save(tapped, NOW + 45 * MINUTE, AROUND)
        assert not outcomes.may_save(sent(), NOW + MINUTE, AROUND)
        late = outcomes.tapped(sent(), "1", NOW + 30 * MINUTE, AROUND)
        assert not outcomes.may_save(late, NOW + 30 * MINUTE, AROUND)
        with pytest.raises(Refusal, match="over for you"):
            outcomes.may_save(tapped, NOW + 30 * MINUTE, of(state=VolunteerState.LEFT))

    @pytest.mark.parametrize(
        ("first", "names"),
        [
            ("1", ["activity", "other_text", "feeling"]),
            ("2", ["activity", "stuck_text", "feeling"]),
            ("3", ["activity", "stuck_text", "feeling"]),
            ("9", []),
        ],
    )
    def test_stuck_or_not_it_is_of_equal_length(self, first: str, names: list[str]) -> None:
        shown = asking_form.shown_items(PROTOCOL, a_prompt(), first)
        assert [each.name for each in shown] == names

    def test_what_rotates_is_what_the_plan_drew(self) -> None:
        both = replace(PROTOCOL, rotate_show=2)
        assert asking_form.rotated_items(PROTOCOL, 1) == (ROTATE[1],)
        assert asking_form.rotated_items(both, 1) == (ROTATE[1], ROTATE[0])
        assert asking_form.rotated_items(PROTOCOL, None) == ()

    def test_answers_are_checked_by_item(self) -> None:
        shown = (*ITEMS[1:3], replace(ROTATE[0], required=True))
        fine = {"activity": "3", "stuck_text": "NA\n= 007", "feeling": "1"}
        assert outcomes.checked_answers(shown, fine) == fine
        empty = fine | {"activity": "", "stuck_text": " \n"}
        assert outcomes.checked_answers(shown, empty) == {"feeling": "1"}
        for wrong, field in (
            (fine | {"activity": "77"}, "activity"),
            (fine | {"stuck_text": "x" * 21}, "stuck_text"),
            (fine | {"feeling": ""}, "feeling"),
            (fine | {"other_text": "x"}, ""),
        ):
            with pytest.raises(Refusal) as refused:
                outcomes.checked_answers(shown, wrong)
            assert refused.value.field == field


class TestCancelling:
    def test_what_is_ahead_or_open_is_cancelled_and_what_was_tapped_is_kept(self) -> None:
        assert outcomes.cancelled(a_prompt(), "left").outcome is Outcome.CANCELLED
        assert outcomes.cancelled(sent(), "study_stopped").reason == "study_stopped"
        tapped = outcomes.tapped(sent(), "1", NOW, AROUND)
        assert outcomes.cancelled(tapped, "left").outcome is Outcome.PARTIAL
        late = outcomes.expired(sent(), NOW + 30 * MINUTE)
        assert outcomes.cancelled(late, "left") == late


# -- any order -------------------------------------------------------------------------------------

STEPS: dict[Outcome | None, frozenset[Outcome | None]] = {
    None: frozenset({None, *Outcome}),
    # Declined in time, and heard of after the timer.
    Outcome.EXPIRED: frozenset(
        {Outcome.EXPIRED, Outcome.PARTIAL, Outcome.COMPLETE, Outcome.DECLINED}
    ),
    # Answered in time, it has its grace before it is partial.
    Outcome.UNKNOWN: frozenset(
        {Outcome.UNKNOWN, None, Outcome.PARTIAL, Outcome.COMPLETE, Outcome.DECLINED}
    ),
    Outcome.PARTIAL: frozenset({Outcome.PARTIAL, Outcome.COMPLETE}),
}
"""What an outcome may become; any other stays what it is."""


class Life(RuleBasedStateMachine):
    """All that can happen to one prompt, in any order and at any time, twice and too late."""

    def __init__(self) -> None:
        super().__init__()
        self.prompt = a_prompt()
        self.now = NOW
        self.volunteer: Volunteer = a_volunteer()
        self.study = a_study()
        self.stages = [Stage.ASKS]

    @property
    def around(self) -> Around:
        return Around(self.study, self.volunteer)

    def _becomes(self, after: Prompt) -> None:
        before = self.prompt.outcome
        assert after.outcome in STEPS.get(before, {before}), (before, after.outcome)
        self.prompt = after
        self.stages.append(outcomes.stage_of(after))

    def _tries(self, act: Callable[[], Prompt]) -> None:
        try:
            after = act()
        except Refusal:
            return
        self._becomes(after)

    @initialize(more=st.booleans())
    def begins(self, more: bool) -> None:
        self.volunteer = a_volunteer(hours=replace(HOURS, more_time=more))

    @rule(minutes=st.sampled_from((0, 1, 4, 6, 14, 16, 30, 46, 600)))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(paused=st.booleans(), incident=st.booleans(), quiet=st.booleans())
    def is_due(self, paused: bool, incident: bool, quiet: bool) -> None:
        if self.prompt.sent_at is not None or self.prompt.outcome is not None:
            return
        state = VolunteerState.PAUSED if paused else self.volunteer.state
        what = Around(self.study, replace(self.volunteer, state=state), incident, quiet)
        end = outcomes.why_not(self.prompt, what, self.now)
        if end is None:
            self.was_sent()
        else:
            self._becomes(outcomes.ended(self.prompt, *end))

    @rule()
    def was_sent(self) -> None:
        hours = self.volunteer.hours
        self._becomes(outcomes.sent(self.prompt, MESSAGE, self.now, PROTOCOL, hours))

    @rule(
        end=st.sampled_from(
            (
                (Outcome.FAILED, "late"),
                (Outcome.FAILED, "slack_refused"),
                (Outcome.UNKNOWN, ""),
                (Outcome.NOT_SENT, "incident"),
            )
        )
    )
    def the_ledger_gives_up(self, end: tuple[Outcome, str]) -> None:
        if self.prompt.sent_at is None:  # the ledger finishes a delivery once
            self._becomes(outcomes.ended(self.prompt, *end))

    @rule()
    def reminder(self) -> None:
        if outcomes.may_remind(self.prompt, self.around, self.now):
            self._becomes(outcomes.reminded(self.prompt, REMINDER, self.now))

    @rule()
    def timer(self) -> None:
        self._becomes(outcomes.expired(self.prompt, self.now))

    def _acted(self, ago: int) -> tuple[Prompt, datetime]:
        """Acting on its message tells that it came; we may hear of it late."""
        at = max(self.now - ago * SECOND, NOW)
        return outcomes.arrived(self.prompt, MESSAGE, at, self.around), at

    @rule(value=st.sampled_from(("1", "2", "9", "no such")), ago=st.sampled_from((0, 1, 90)))
    def taps(self, value: str, ago: int) -> None:
        there, at = self._acted(ago)
        self._tries(lambda: outcomes.tapped(there, value, at, self.around))

    @rule(reason=st.sampled_from(("meeting", "other", "no such")), ago=st.sampled_from((0, 1, 90)))
    def declines(self, reason: str, ago: int) -> None:
        there, at = self._acted(ago)
        self._tries(lambda: outcomes.declined(there, reason, at, self.around))

    @rule()
    def opens_whole(self) -> None:
        self._tries(lambda: outcomes.opened_whole(self.prompt, self.now, self.around))

    @rule()
    def opens(self) -> None:
        self._tries(lambda: outcomes.opened(self.prompt, ITEMS[1:], self.now, self.around))

    @rule(filled=st.booleans())
    def answers(self, filled: bool) -> None:
        given = ["activity"] if filled else []
        self._tries(lambda: outcomes.answered(self.prompt, given, self.now, self.around))

    @rule(state=st.sampled_from((VolunteerState.LEFT, VolunteerState.ERASED)))
    def leaves(self, state: VolunteerState) -> None:
        self.volunteer = replace(self.volunteer, state=state)
        self._becomes(outcomes.cancelled(self.prompt, str(state)))

    @rule()
    def study_stops(self) -> None:
        self.study = replace(self.study, state=StudyState.STOPPED)
        self._becomes(outcomes.cancelled(self.prompt, "study_stopped"))

    @invariant()
    def it_says_one_thing(self) -> None:
        prompt = self.prompt
        wanted = REASONS.get(prompt.outcome, ("",)) if prompt.outcome else ("",)
        assert prompt.reason in wanted
        assert not (prompt.late and prompt.valid)
        assert prompt.valid <= (prompt.first_tap_at is not None)
        if prompt.outcome in {Outcome.COMPLETE, Outcome.PARTIAL}:
            assert prompt.first_tap_at is not None
            assert prompt.valid is not prompt.late
        if prompt.outcome in {Outcome.DECLINED, Outcome.EXPIRED, Outcome.NOT_SENT, Outcome.FAILED}:
            assert prompt.first_tap_at is None

    @invariant()
    def its_time_is_bounded(self) -> None:
        prompt = self.prompt
        if prompt.expires_at is not None:
            begun = prompt.sent_at or prompt.planned_at
            assert begun is not None
            twice = 2 if self.volunteer.hours.more_time else 1
            assert prompt.expires_at - begun <= twice * 45 * MINUTE

    @invariant()
    def its_message_goes_forward(self) -> None:
        if self.prompt.message is not None:
            places = [outcomes.STAGES.index(each) for each in self.stages]
            assert places == sorted(places)

    def teardown(self) -> None:
        """When all that is owed has been handled, it has ended."""
        self.now += timedelta(days=1)
        self.is_due(paused=False, incident=False, quiet=False)
        self.timer()
        assert self.prompt.outcome is not None


Life.TestCase.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)
TestAnyOrder = Life.TestCase
