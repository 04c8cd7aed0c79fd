"""Signals: each rule at its threshold and a second before it, and what ends it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.incidents.model import Ending, IncidentState, Kind, Outcome, Severity
from bot.incidents.signals import RULES, news, next_look
from bot.incidents.signals_model import Seen, Signal, SignalKind
from bot.incidents.thresholds import thresholds_of
from bot.workspace.settings import WorkspaceSettings, changed
from tests.bot.incidents.story import ANA, BO, CY, DI, EVE, Story, at, limits


@pytest.fixture
def story() -> Story:
    return Story()


PAGE = Path(__file__).parents[3] / "docs" / "signals.md"


def test_every_kind_has_its_rule() -> None:
    assert set(RULES) == set(SignalKind)
    assert len(SignalKind) == 15


def test_every_kind_and_every_setting_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    heads = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert heads == [f"`{kind}`" for kind in SignalKind]
    for key, value in WorkspaceSettings().thresholds.items():
        assert re.search(rf"`threshold_{key}` *\| *{value} *\|", page), key


def test_every_rule_names_its_source_and_its_false_alarms() -> None:
    for kind, rule in RULES.items():
        told = " ".join((rule.__doc__ or "").split())
        assert re.search(r"Sources?: ", told), kind
        assert "False alarms: " in told, kind


class TestSingleLine:
    KIND = SignalKind.SINGLE_LINE

    @pytest.mark.parametrize(
        ("severity", "minutes"),
        [(None, 10), (Severity.CRITICAL, 10), (Severity.MAJOR, 10), (Severity.MINOR, 20)],
    )
    def test_by_severity(self, story: Story, severity: Severity | None, minutes: int) -> None:
        line = story.opens(1)
        story.says(9, Kind.FOR, line)
        found = story.begins(self.KIND, 1 + minutes, limits(severity))
        assert found.investigation == line
        assert (found.evidence["minutes"], found.evidence["open"]) == (minutes, 1)

    def test_it_counts_from_when_it_became_the_only_one(self, story: Story) -> None:
        first, other = story.opens(0), story.opens(2)
        story.says(10, Kind.FOR, first)
        story.says(12, Kind.AGAINST, other)
        story.ends(14, other)
        assert story.begins(self.KIND, 24).investigation == first

    def test_a_thread_that_nobody_looks_at_is_none(self, story: Story) -> None:
        first = story.opens(0)
        story.opens(1)  # staffed until 16
        story.opens(1, owner=None)
        for minute in (10, 20):
            story.says(minute, Kind.FOR, first)
        assert story.begins(self.KIND, 26).investigation == first

    def test_an_action_staffs_a_thread_for_as_long_as_it_runs(self, story: Story) -> None:
        first, other = story.opens(0), story.opens(0)
        story.does(1, first)
        story.does(1, other)
        assert story.shows(self.KIND, 120) == []
        story.did(60, 2)
        assert story.begins(self.KIND, 85).investigation == first

    def test_it_is_over_when_nobody_looks_at_it_either(self, story: Story) -> None:
        story.opens(0)
        assert story.shows(self.KIND, 14.9)
        assert story.shows(self.KIND, 15) == []

    def test_another_thread_that_takes_its_place_counts_anew(self, story: Story) -> None:
        story.ends(9, story.opens(0))
        assert story.opens(9) == story.begins(self.KIND, 19).investigation

    def test_confirmed_ends_it(self, story: Story) -> None:
        line = story.opens(0)
        story.ends(9, story.opens(0), Ending.CONFIRMED)
        story.does(5, line)
        assert story.shows(self.KIND, 60) == []


class TestConcentration:
    KIND = SignalKind.CONCENTRATION

    def four_of_five(self, story: Story) -> None:
        crowd, other = story.opens(0, slack_thread="1.1"), story.opens(0)
        for person in (ANA, BO, CY, DI):
            story.writes(5, person, crowd, last=14)
        story.writes(5, EVE, other, last=14)

    def test_four_of_five_for_ten_minutes(self, story: Story) -> None:
        self.four_of_five(story)
        found = story.begins(self.KIND, 15)
        assert (found.investigation, found.evidence["people"], found.evidence["on_it"]) == (1, 5, 4)
        assert found.evidence["share"] == 0.68

    def test_less_than_the_share_is_none(self, story: Story) -> None:
        self.four_of_five(story)
        assert story.shows(self.KIND, 16, replace(limits(), share=0.69)) == []

    def test_two_people_are_no_crowd(self, story: Story) -> None:
        line = story.opens(0)
        for person in (ANA, BO):
            story.writes(5, person, line, last=30)
        assert story.shows(self.KIND, 30) == []

    def test_the_last_line_counts_wherever_it_was_written(self, story: Story) -> None:
        self.four_of_five(story)
        story.says(12, Kind.FOR, 2, BO)
        story.says(12, Kind.FOR, 2, CY)
        assert story.shows(self.KIND, 16) == []

    def test_after_twenty_minutes_a_line_is_too_old(self, story: Story) -> None:
        self.four_of_five(story)
        assert story.shows(self.KIND, 33.9)
        assert story.shows(self.KIND, 34) == []

    def test_who_falls_silent_elsewhere_makes_the_rest_a_crowd(self, story: Story) -> None:
        first, other = story.opens(0, person=ANA), story.opens(0, person=CY)
        for person in (ANA, BO, EVE):
            story.writes(1, person, first, last=40)
        for person in (CY, DI):
            story.writes(1, person, other)
        assert story.begins(self.KIND, 31).investigation == first
        assert next_look(story.record, story.activity, at(5), limits()) is not None

    def test_where_a_thread_ended_nobody_is(self, story: Story) -> None:
        self.four_of_five(story)
        story.ends(14, 1)
        assert story.shows(self.KIND, 20) == []

    def test_talk_in_the_channel_is_on_no_thread(self, story: Story) -> None:
        for person in (ANA, BO, CY):
            story.writes(1, person, last=30)
        assert story.shows(self.KIND, 30) == []


class TestNoNewHypothesis:
    KIND = SignalKind.NO_NEW_HYPOTHESIS

    def test_thirty_minutes_since_the_last(self, story: Story) -> None:
        story.opens(1)
        story.opens(5)
        assert story.begins(self.KIND, 35).evidence["threads"] == 2

    def test_or_since_it_was_declared(self, story: Story) -> None:
        assert story.begins(self.KIND, 30).evidence["threads"] == 0

    def test_confirmed_ends_it(self, story: Story) -> None:
        story.ends(20, story.opens(1), Ending.CONFIRMED)
        assert story.shows(self.KIND, 99) == []

    def test_after_it_was_reopened_it_counts_anew(self, story: Story) -> None:
        story.ends(20, story.opens(1), Ending.CONFIRMED)
        story.says(300, Kind.REOPEN)
        story.begins(self.KIND, 330)


class TestUnchallengedLeader:
    KIND = SignalKind.UNCHALLENGED_LEADER

    def test_twenty_minutes_in_the_lead(self, story: Story) -> None:
        story.opens(0)
        leader = story.opens(0)
        story.says(4, Kind.FOR, leader)
        found = story.begins(self.KIND, 24)
        assert (found.investigation, found.evidence["for"]) == (leader, 1)

    def test_to_act_on_a_thread_is_to_bet_on_it(self, story: Story) -> None:
        story.does(3, story.opens(0))
        story.begins(self.KIND, 23)

    def test_whoever_overtakes_leads_from_then(self, story: Story) -> None:
        first, second = story.opens(0), story.opens(0)
        story.says(1, Kind.FOR, first)
        story.says(10, Kind.FOR, second)
        story.says(11, Kind.FOR, second)
        assert story.begins(self.KIND, 31).investigation == second

    def test_the_next_leads_when_the_leader_has_ended(self, story: Story) -> None:
        first, second = story.opens(0), story.opens(0)
        for minute, line in ((1, first), (2, first), (3, second)):
            story.says(minute, Kind.FOR, line)
        story.ends(9, first)
        assert story.begins(self.KIND, 29).investigation == second

    @pytest.mark.parametrize(
        ("field", "value"), [("said_against", 1), ("checked", "yes"), ("checked", "no")]
    )
    def test_one_doubt_or_answered_check_ends_it(
        self, story: Story, field: str, value: object
    ) -> None:
        line = story.opens(0)
        story.says(1, Kind.FOR, line)
        assert story.shows(self.KIND, 60)
        story.changes(line, **{field: value})
        assert story.shows(self.KIND, 60) == []

    def test_nobody_knows_is_no_check(self, story: Story) -> None:
        line = story.opens(0, checked="unknown")
        story.says(1, Kind.FOR, line)
        assert story.shows(self.KIND, 60)


class TestTimebox:
    KIND = SignalKind.TIMEBOX_PASSED

    def test_five_minutes_after_it(self, story: Story) -> None:
        line = story.opens(0, timebox=at(20))
        assert story.begins(self.KIND, 25).investigation == line

    @pytest.mark.parametrize("in_thread", [True, False])
    def test_any_decision_ends_it(self, story: Story, in_thread: bool) -> None:
        line = story.opens(0, timebox=at(20))
        story.says(24, Kind.DECIDED, line if in_thread else None)
        assert story.shows(self.KIND, 60) == []

    def test_a_decision_before_it_or_about_another_thread_does_not(self, story: Story) -> None:
        story.opens(0, timebox=at(20))
        story.says(10, Kind.DECIDED)
        story.says(24, Kind.DECIDED, story.opens(1))
        assert story.shows(self.KIND, 60)

    def test_nor_does_it_hold_for_what_has_ended(self, story: Story) -> None:
        story.ends(21, story.opens(0, timebox=at(20)))
        assert story.shows(self.KIND, 60) == []


class TestRecurrence:
    KIND = SignalKind.RECURRENCE

    def fixed(self, story: Story) -> int:
        line = story.opens(0)
        story.did(5, story.does(1, line))
        return line

    def test_a_symptom_after_what_was_done(self, story: Story) -> None:
        line = self.fixed(story)
        seq = story.says(12, Kind.SEEING)
        found = story.begins(self.KIND, 12)
        assert (found.investigation, found.about) == (line, str(seq))
        assert (found.evidence["action"], found.evidence["minutes"]) == (1, 7)

    def test_only_the_first_of_several(self, story: Story) -> None:
        self.fixed(story)
        story.says(12, Kind.SEEING)
        story.says(13, Kind.SEEING)
        assert len(story.shows(self.KIND, 20)) == 1

    def test_it_was_reopened(self, story: Story) -> None:
        self.fixed(story)
        story.says(60, Kind.REOPEN)
        assert story.begins(self.KIND, 60).evidence["minutes"] == 55

    def test_while_something_runs_nothing_was_fixed(self, story: Story) -> None:
        self.fixed(story)
        story.does(6)
        story.says(12, Kind.SEEING)
        assert story.shows(self.KIND, 20) == []

    def test_what_failed_is_no_fix(self, story: Story) -> None:
        story.did(5, story.does(1), Outcome.FAILED)
        story.says(12, Kind.SEEING)
        assert story.shows(self.KIND, 20) == []

    @pytest.mark.parametrize("text", ["expected, the cache is cold", "maybe unrelated: slow"])
    def test_expected_or_unrelated_is_none(self, story: Story, text: str) -> None:
        self.fixed(story)
        story.says(12, Kind.SEEING, text=text)
        assert story.shows(self.KIND, 20) == []

    @pytest.mark.parametrize(
        "act",
        [
            lambda story: story.does(13),
            lambda story: story.opens(13),
            lambda story: story.ends(13, 1, Ending.NO_HELP),
            lambda story: story.says(13, Kind.DECIDED),
        ],
        ids=["action", "thread", "end", "decision"],
    )
    def test_it_ends_when_somebody_acts(self, story: Story, act: Callable[[Story], None]) -> None:
        self.fixed(story)
        story.says(12, Kind.SEEING)
        act(story)
        assert story.shows(self.KIND, 14) == []


class TestActionOverdue:
    KIND = SignalKind.ACTION_OVERDUE

    def test_fifteen_minutes_without_a_time(self, story: Story) -> None:
        number = story.does(2, story.opens(0))
        found = story.begins(self.KIND, 17)
        assert (found.about, found.evidence["action"]) == (str(number), number)
        assert "expected" not in found.evidence

    def test_a_time_that_we_assumed_is_none(self, story: Story) -> None:
        story.does(2, by=at(40), assumed=True)
        story.begins(self.KIND, 17)

    def test_fifteen_minutes_past_its_time(self, story: Story) -> None:
        story.does(2, by=at(10))
        assert "expected" in story.begins(self.KIND, 25).evidence

    def test_what_is_over_is_not_late(self, story: Story) -> None:
        story.did(10, story.does(2))
        assert story.shows(self.KIND, 99) == []


class TestReopenedHypothesis:
    KIND = SignalKind.REOPENED_HYPOTHESIS

    @pytest.mark.parametrize(
        ("one", "other"),
        [("the disk is full", "The disk is full!"), ("roll back 4412", "rollback of the deploy")],
    )
    @pytest.mark.parametrize("ending", [Ending.RULED_OUT, Ending.NO_HELP])
    def test_the_same_words_or_the_same_starter(
        self, story: Story, one: str, other: str, ending: Ending
    ) -> None:
        earlier = story.opens(0, one)
        story.ends(10, earlier, ending)
        again = story.opens(30, other)
        found = story.begins(self.KIND, 30)
        assert (found.investigation, found.evidence["earlier"]) == (again, earlier)
        assert found.evidence["as"] == ending.value

    def test_another_idea_is_new(self, story: Story) -> None:
        story.ends(10, story.opens(0, "the disk is full"))
        story.opens(30, "a slow query")
        assert story.shows(self.KIND, 31) == []

    def test_what_was_set_aside_was_not_disproved(self, story: Story) -> None:
        story.ends(10, story.opens(0, "the disk is full"), Ending.SET_ASIDE)
        story.opens(30, "the disk is full")
        assert story.shows(self.KIND, 31) == []

    def test_new_evidence_ends_it(self, story: Story) -> None:
        story.ends(10, story.opens(0, "the disk is full"))
        story.says(31, Kind.FOR, story.opens(30, "the disk is full"))
        assert story.shows(self.KIND, 32) == []


class TestVagabonding:
    KIND = SignalKind.VAGABONDING

    def test_four_threads_of_which_three_are_untested(self, story: Story) -> None:
        for minute in (1, 5, 9, 20):
            story.opens(minute)
        story.says(6, Kind.FOR, 1)
        found = story.begins(self.KIND, 20)
        assert (found.evidence["threads"], found.evidence["untested"]) == (4, 3)
        assert story.shows(self.KIND, 21)
        assert story.shows(self.KIND, 21.1) == []

    def test_three_threads_are_none(self, story: Story) -> None:
        for minute in (1, 5, 9):
            story.opens(minute)
        assert story.shows(self.KIND, 10) == []

    def test_a_test_of_two_ends_it(self, story: Story) -> None:
        for minute in (1, 5, 9, 10):
            story.opens(minute)
        story.says(11, Kind.CHECKED, 1)
        story.does(11, 2)
        assert story.shows(self.KIND, 12) == []


class TestOrphanSymptom:
    KIND = SignalKind.ORPHAN_SYMPTOM

    def test_ten_minutes_in_no_thread(self, story: Story) -> None:
        story.opens(1)
        seq = story.says(6, Kind.SEEING)
        assert story.begins(self.KIND, 16).about == str(seq)

    def test_in_a_thread_that_nobody_has(self, story: Story) -> None:
        line = story.opens(1, owner=None)
        story.says(6, Kind.SEEING, line)
        assert story.begins(self.KIND, 16).investigation == line

    @pytest.mark.parametrize("minute", [0.5, 5])
    def test_what_was_told_so_early_belongs_to_the_incident(
        self, story: Story, minute: float
    ) -> None:
        story.opens(0.5)
        story.says(minute, Kind.SEEING)
        assert story.shows(self.KIND, 60) == []

    def test_or_before_the_first_thread(self, story: Story) -> None:
        story.says(9, Kind.SEEING)
        assert story.shows(self.KIND, 60) == []
        story.opens(9)
        assert story.shows(self.KIND, 60) == []

    def test_in_a_thread_that_somebody_has_it_is_looked_at(self, story: Story) -> None:
        story.says(6, Kind.SEEING, story.opens(1))
        assert story.shows(self.KIND, 60) == []

    def test_maybe_unrelated_ends_it_and_related_after_all_does_not(self, story: Story) -> None:
        story.opens(1)
        seq = story.says(6, Kind.SEEING)
        story.says(8, Kind.MAYBE_UNRELATED, item=seq)
        assert story.shows(self.KIND, 60) == []
        story.says(9, Kind.RELATED_AFTER_ALL, item=seq)
        assert story.shows(self.KIND, 60)


class TestNoRecentChange:
    KIND = SignalKind.NO_RECENT_CHANGE

    def test_fifteen_minutes(self, story: Story) -> None:
        story.opens(1)
        assert story.begins(self.KIND, 15).investigation is None

    def test_a_change_ends_it_also_none(self, story: Story) -> None:
        story.says(4, Kind.CHANGED, text="nothing, checked")
        assert story.shows(self.KIND, 60) == []

    def test_so_does_a_thread_about_what_changed(self, story: Story) -> None:
        story.opens(4, "what changed today")
        assert story.shows(self.KIND, 60) == []


class TestActionDeferred:
    KIND = SignalKind.ACTION_DEFERRED

    def test_fifteen_minutes_after_it_was_confirmed(self, story: Story) -> None:
        line = story.opens(0)
        story.ends(10, line, Ending.CONFIRMED)
        assert story.begins(self.KIND, 25).investigation == line

    @pytest.mark.parametrize(
        "act",
        [
            lambda story: story.does(12),
            lambda story: story.says(12, Kind.DECIDED),
            lambda story: story.says(12, Kind.NOTE, 1),
        ],
        ids=["action", "decision", "reason"],
    )
    def test_an_action_or_a_reason_ends_it(
        self, story: Story, act: Callable[[Story], None]
    ) -> None:
        story.ends(10, story.opens(0), Ending.CONFIRMED)
        act(story)
        assert story.shows(self.KIND, 60) == []

    def test_confirmed_by_what_was_done_is_not_deferred(self, story: Story) -> None:
        line = story.opens(0)
        story.did(5, story.does(1, line))
        story.ends(10, line, Ending.CONFIRMED)
        assert story.shows(self.KIND, 60) == []

    def test_what_was_done_before_for_another_thread_does_not_count(self, story: Story) -> None:
        story.did(5, story.does(1, story.opens(0)))
        story.ends(10, story.opens(0), Ending.CONFIRMED)
        assert story.shows(self.KIND, 60)


class TestPeople:
    def test_nobody_new_for_ninety_minutes(self, story: Story) -> None:
        story.says(0, Kind.NOTE, person=ANA)
        story.writes(10, BO, last=80)
        found = story.begins(SignalKind.STALE_CREW, 100)
        assert (found.investigation, found.evidence["people"]) == (None, 2)
        story.writes(100, CY)
        assert story.shows(SignalKind.STALE_CREW, 101) == []

    def test_nobody_at_all_is_no_crew(self, story: Story) -> None:
        assert story.shows(SignalKind.STALE_CREW, 900) == []

    def test_four_hours_of_one_person(self, story: Story) -> None:
        story.writes(3, ANA, last=200)
        story.says(241, Kind.NOTE, person=ANA)
        found = story.begins(SignalKind.LONG_HAUL, 243)
        assert (found.about, found.investigation) == (ANA, None)
        assert set(found.evidence) == {"since", "minutes"}

    def test_after_a_pause_it_counts_anew_and_who_has_gone_has_gone(self, story: Story) -> None:
        for minute in (0, 60, 121, 180, 240):
            story.says(minute, Kind.NOTE, person=ANA)
        assert story.shows(SignalKind.LONG_HAUL, 250) == []
        for minute in (290, 340):
            story.says(minute, Kind.NOTE, person=ANA)
        story.begins(SignalKind.LONG_HAUL, 361)
        assert story.shows(SignalKind.LONG_HAUL, 400.1) == []


class TestDestructiveVerb:
    KIND = SignalKind.DESTRUCTIVE_VERB

    def test_at_once(self, story: Story) -> None:
        line = story.opens(0)
        number = story.does(3, line, "remove the data directory on db2")
        found = story.begins(self.KIND, 3)
        assert (found.investigation, found.about) == (line, str(number))
        assert (found.evidence["verb"], found.evidence["told"]) == ("remove", "start")

    def test_what_was_done_is_asked_about_afterwards_for_half_an_hour(self, story: Story) -> None:
        story.did(4, story.does(3, started_at=None), result="wiped db2")
        assert story.begins(self.KIND, 4).evidence["told"] == "end"
        assert story.shows(self.KIND, 34)
        assert story.shows(self.KIND, 34.1) == []

    def test_it_is_one_signal_from_start_to_end(self, story: Story) -> None:
        story.did(9, story.does(3, text="wipe db2"), result="wiped db2")
        (found,) = story.shows(self.KIND, 10)
        assert (found.at, found.evidence["told"]) == (at(3), "start")

    def test_it_holds_while_it_runs_unless_somebody_answers(self, story: Story) -> None:
        number = story.does(3, text="wipe db2")
        assert story.shows(self.KIND, 300)
        story.says(4, Kind.HOST, item=number)
        assert story.shows(self.KIND, 300) == []

    def test_a_workspace_has_its_own_verbs(self, story: Story) -> None:
        story.does(3, text="nuke db2")
        assert story.shows(self.KIND, 5) == []
        assert story.shows(self.KIND, 5, replace(limits(), verbs=("nuke",)))


class TestThresholds:
    @pytest.mark.parametrize("key", sorted(WorkspaceSettings().thresholds))
    def test_every_setting_is_one_that_counts(self, key: str) -> None:
        by_severity = [
            (thresholds_of(WorkspaceSettings(), each), thresholds_of(settings(key, "37"), each))
            for each in (*Severity, None)
        ]
        assert any(before != after for before, after in by_severity)

    def test_another_time_is_used(self, story: Story) -> None:
        mine = thresholds_of(settings("no_recent_change", "7"), None)
        story.begins(SignalKind.NO_RECENT_CHANGE, 7, mine)


def settings(key: str, value: str) -> WorkspaceSettings:
    return changed(WorkspaceSettings(), f"threshold_{key}", value)


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.CLOSED])
def test_none_once_it_is_resolved(story: Story, state: IncidentState) -> None:
    story.does(1, story.opens(0), "wipe db2")
    assert story.shows(SignalKind.DESTRUCTIVE_VERB, 60)
    story.incident = replace(story.incident, state=state)
    assert [found for kind in SignalKind if (found := story.shows(kind, 60))] == []
    assert next_look(story.record, (), at(60), limits()) is None


class TestNews:
    def signal(self, minute: float, about: str = "") -> Signal:
        return Signal(SignalKind.RECURRENCE, 1, at(minute), {}, about)

    def test_what_has_begun_and_what_is_over(self) -> None:
        going, gone, new = self.signal(1, "a"), self.signal(1, "b"), self.signal(2, "c")
        seen = [Seen(going, at(1)), Seen(gone, at(1)), Seen(self.signal(0, "d"), at(0), at(1))]
        assert news(seen, [going, new]) == ((new,), (gone,))

    def test_from_another_moment_it_is_the_same_unless_it_ended_in_between(self) -> None:
        seen = [Seen(self.signal(1), at(5))]
        assert news(seen, [self.signal(4)]) == ((), ())
        again = self.signal(6)
        assert news(seen, [again]) == ((again,), (self.signal(1),))

    def test_what_ended_may_begin_again(self) -> None:
        seen = [Seen(self.signal(1), at(1), at(2))]
        assert news(seen, [self.signal(1)]) == ((self.signal(1),), ())


def test_the_next_look_is_when_something_first_holds(story: Story) -> None:
    moments, now = [], at(0)
    story.opens(0)
    while (again := next_look(story.record, (), now, limits())) is not None:
        assert again > now
        moments.append((again - at(0)) / timedelta(minutes=1))
        now = again
    # One thread, no change, no new idea, nobody new.
    assert moments == [10, 15, 30, 90]
