"""Nudges: the seven rules of the rule book, by slots, ranks and rungs; and what becomes of each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.incidents.model import IncidentState, Kind
from bot.incidents.nudges import (
    ASKABLE,
    Ask,
    Ways,
    cards_within_the_hour,
    decide,
    found_useless,
    mutings,
    next_slot,
    replaced,
    settled,
    slot,
    switched_off,
    ways_of,
)
from bot.incidents.nudges_model import Judged, Muting, Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind
from bot.workspace.settings import ASKED_ABOUT, Nudges, WorkspaceSettings, changed
from tests.bot.incidents.story import ANA, BO, CY, Story, at

CHANNEL = Ways(Nudges.CHANNEL, timedelta(minutes=10), 0.2)
COMMANDER = replace(CHANNEL, where=Nudges.COMMANDER)
SHADOW = replace(CHANNEL, where=Nudges.SHADOW)

LINE = Signal(SignalKind.SINGLE_LINE, 1, at(5), {})
LATE = Signal(SignalKind.ACTION_OVERDUE, 1, at(6), {}, "1")
BACK = Signal(SignalKind.RECURRENCE, 1, at(7), {}, "9")
CHANGE = Signal(SignalKind.NO_RECENT_CHANGE, None, at(3), {})
IDEA = Signal(SignalKind.NO_NEW_HYPOTHESIS, None, at(4), {})
HAUL = Signal(SignalKind.LONG_HAUL, None, at(1), {}, ANA)
WIPE = Signal(SignalKind.DESTRUCTIVE_VERB, 1, at(2), {}, "1")


@pytest.fixture
def story() -> Story:
    return Story()


def asks(
    story: Story,
    minute: float,
    held: Sequence[Signal],
    nudges: Sequence[Nudge] = (),
    ways: Ways = CHANNEL,
    outsider: str = "",
) -> Ask | None:
    return decide(story.record, nudges, held, ways, at(minute), lambda: outsider)


def asked(
    number: int, minute: float, *signals: Signal, rung: Rung = Rung.CARD, **more: object
) -> Nudge:
    return Nudge(number, rung, signals, at(minute), **more)  # type: ignore[arg-type]


class TestSlots:
    """Rule 2."""

    def test_the_first_is_not_before_ten_minutes(self, story: Story) -> None:
        assert asks(story, 9.99, [LINE]) is None
        assert asks(story, 10, [LINE]) == Ask(Rung.CARD, (LINE,))

    def test_after_it_was_reopened_ten_minutes_count_again(self, story: Story) -> None:
        story.says(100, Kind.REOPEN)
        assert slot(story.record, (), CHANNEL) == at(110)

    def test_the_gaps_grow_and_the_last_one_stays(self, story: Story) -> None:
        nudges: list[Nudge] = []
        gaps, minute = [], 12.0
        for number in range(1, 8):
            nudges.append(asked(number, minute, LINE))
            opens = slot(story.record, nudges, CHANNEL)
            assert opens is not None
            gaps.append((opens - at(minute)) / timedelta(minutes=1))
            minute += gaps[-1]
        assert gaps == [25, 40, 40, 60, 60, 60, 60]

    @pytest.mark.parametrize(("draw", "minute"), [(0.0, 37), (0.5, 39.5), (0.999, 41.995)])
    @pytest.mark.row("B18")
    def test_a_gap_is_up_to_a_fifth_longer_by_the_draw_that_was_kept(
        self, story: Story, draw: float, minute: float
    ) -> None:
        opens = slot(story.record, [asked(1, 12, LINE, draw=draw)], CHANNEL)
        assert opens is not None
        assert abs(opens - at(minute)) <= timedelta(seconds=0.5)

    def test_the_first_has_no_jitter(self, story: Story) -> None:
        assert slot(story.record, [], CHANNEL) == at(10)

    def test_what_is_asked_in_place_takes_no_slot(self, story: Story) -> None:
        place = asked(1, 9, WIPE, rung=Rung.PLACE)
        assert slot(story.record, [place], CHANNEL) == at(10)
        assert asks(story, 10, [LINE], [place]) == Ask(Rung.CARD, (LINE,))

    def test_a_private_question_takes_one_as_a_card_does(self, story: Story) -> None:
        one = asked(1, 10, LINE, rung=Rung.COMMANDER)
        assert slot(story.record, [one], CHANNEL) == at(35)

    def test_a_workspace_may_wait_longer_and_have_no_jitter(self, story: Story) -> None:
        settings = changed(WorkspaceSettings(), "nudges_first", "20")
        ways = ways_of(changed(settings, "nudges_jitter", "0"))
        assert slot(story.record, [], ways) == at(20)
        assert slot(story.record, [asked(1, 30, LINE, draw=0.9)], ways) == at(55)

    def test_without_a_beginning_there_is_no_slot(self, story: Story) -> None:
        story.incident = replace(
            story.incident, clocks=replace(story.incident.clocks, declared=None)
        )
        assert slot(story.record, [], CHANNEL) is None
        assert asks(story, 99, [LINE]) is None

    def test_looking_again(self, story: Story) -> None:
        def again(minute: float, *held: Signal, nudges: Sequence[Nudge] = ()) -> object:
            return next_slot(story.record, nudges, held, CHANNEL, at(minute))

        assert again(6, LINE) == at(10)
        assert again(6) is None
        assert again(6, HAUL, WIPE) is None
        assert again(12, LINE, nudges=[asked(1, 12, LINE)]) == at(37)
        rests = asked(1, 12, LINE, outcome=NudgeOutcome.SNOOZED, until=at(50))
        assert again(20, LINE, nudges=[rests]) == at(50)
        story.incident = replace(story.incident, quiet=True)
        assert again(6, LINE) is None


class TestRank:
    """Rule 3."""

    def test_at_most_two_of_the_highest_rank(self, story: Story) -> None:
        held = [CHANGE, IDEA, LINE, LATE, BACK]
        assert asks(story, 10, held) == Ask(Rung.CARD, (BACK, LATE))
        assert asks(story, 10, held[:4]) == Ask(Rung.CARD, (LATE, LINE))
        assert asks(story, 10, held[:3]) == Ask(Rung.CARD, (LINE, CHANGE))

    def test_the_rest_by_when_they_began(self, story: Story) -> None:
        assert asks(story, 10, [IDEA, CHANGE]) == Ask(Rung.CARD, (CHANGE, IDEA))

    def test_what_nobody_was_asked_about_comes_before_what_climbs(self, story: Story) -> None:
        assert asks(story, 50, [CHANGE, IDEA], [asked(1, 12, CHANGE)]) == Ask(Rung.CARD, (IDEA,))

    def test_what_can_not_be_undone_and_who_has_been_here_long_are_no_cards(
        self, story: Story
    ) -> None:
        assert asks(story, 300, [HAUL, WIPE]) is None
        assert {each.value for each in ASKABLE} == {*ASKED_ABOUT}


class TestLadder:
    """Rule 4."""

    def test_what_nobody_answers_climbs_at_a_later_slot(self, story: Story) -> None:
        one = asked(1, 10, LINE)
        assert asks(story, 34, [LINE], [one], outsider=CY) is None
        assert asks(story, 35, [LINE], [one], outsider=CY) == Ask(Rung.COMMANDER, (LINE,), ANA)
        two = asked(2, 35, LINE, rung=Rung.COMMANDER, asked_of=ANA)
        assert asks(story, 74, [LINE], [one, two], outsider=CY) is None
        assert asks(story, 75, [LINE], [one, two], outsider=CY) == Ask(Rung.OUTSIDER, (LINE,), CY)
        three = asked(3, 75, LINE, rung=Rung.OUTSIDER, asked_of=CY)
        assert asks(story, 300, [LINE], [one, two, three], outsider=BO) is None

    def test_where_nobody_has_fresh_eyes_the_slot_is_for_what_else_there_is(
        self, story: Story
    ) -> None:
        nudges = [asked(1, 10, LINE), asked(2, 35, LINE, rung=Rung.COMMANDER)]
        assert asks(story, 80, [LINE], nudges) is None
        assert asks(story, 80, [LINE, IDEA], nudges) == Ask(Rung.CARD, (IDEA,))

    def test_an_outsider_is_looked_for_only_where_one_is_left_to_ask(self, story: Story) -> None:
        looked = []

        def outsider() -> str:
            looked.append(1)
            return CY

        decide(story.record, [], [LINE], CHANNEL, at(20), outsider)
        assert looked == []

    @pytest.mark.row("F7")
    def test_never_an_outsider_for_a_private_incident(self, story: Story) -> None:
        story.incident = replace(story.incident, private=True)
        nudges = [asked(1, 10, LINE), asked(2, 35, LINE, rung=Rung.COMMANDER)]
        assert asks(story, 200, [LINE], nudges, outsider=CY) is None

    def test_a_commander_who_would_rather_not_passes_it_on(self, story: Story) -> None:
        declined = asked(2, 35, LINE, rung=Rung.COMMANDER, outcome=NudgeOutcome.DECLINED)
        found = asks(story, 80, [LINE], [asked(1, 10, LINE), declined], outsider=CY)
        assert found == Ask(Rung.OUTSIDER, (LINE,), CY)

    def test_without_a_commander_it_goes_on(self, story: Story) -> None:
        story.incident = replace(story.incident, commander="")
        found = asks(story, 35, [LINE], [asked(1, 10, LINE)], outsider=CY)
        assert found == Ask(Rung.OUTSIDER, (LINE,), CY)

    def test_a_second_recurrence_goes_to_the_commander(self, story: Story) -> None:
        again = replace(BACK, at=at(40), about="17")
        first = asked(1, 10, BACK, outcome=NudgeOutcome.OVER)
        assert asks(story, 50, [again], [first]) == Ask(Rung.COMMANDER, (again,), ANA)
        assert asks(story, 10, [BACK]) == Ask(Rung.CARD, (BACK,))

    def test_only_to_the_commander_where_that_is_chosen(self, story: Story) -> None:
        assert asks(story, 10, [LINE], ways=COMMANDER) == Ask(Rung.COMMANDER, (LINE,), ANA)
        one = asked(1, 10, LINE, rung=Rung.COMMANDER)
        found = asks(story, 40, [LINE], [one], COMMANDER, CY)
        assert found == Ask(Rung.OUTSIDER, (LINE,), CY)
        story.incident = replace(story.incident, commander="")
        assert asks(story, 10, [LINE], ways=COMMANDER) is None

    def test_in_shadow_the_same_is_decided(self, story: Story) -> None:
        assert asks(story, 10, [LINE, IDEA], ways=SHADOW) == asks(story, 10, [LINE, IDEA])


class TestAnswers:
    """Rule 5: what is asked again, and when."""

    def again(self, story: Story, minute: float, outcome: NudgeOutcome, **more: Any) -> bool:
        answered: dict[str, Any] = {"answered_at": at(12), "until": at(42), "outcome": outcome}
        answered |= more
        return asks(story, minute, [LINE], [asked(1, 10, LINE, **answered)]) is not None

    def test_later_is_in_half_an_hour(self, story: Story) -> None:
        assert not self.again(story, 41.9, NudgeOutcome.SNOOZED)
        assert self.again(story, 42, NudgeOutcome.SNOOZED)

    def test_one_who_finds_it_not_useful_has_it_rest(self, story: Story) -> None:
        assert not self.again(story, 41.9, NudgeOutcome.NOT_USEFUL)
        assert self.again(story, 42, NudgeOutcome.NOT_USEFUL)

    @pytest.mark.parametrize("outcome", [NudgeOutcome.ACTED, NudgeOutcome.ANSWERED])
    def test_what_was_taken_up_is_not_asked_again_while_it_lasts(
        self, story: Story, outcome: NudgeOutcome
    ) -> None:
        assert not self.again(story, 400, outcome)
        anew = replace(LINE, at=at(60))
        answered = asked(1, 10, LINE, outcome=outcome, answered_at=at(12), until=at(42))
        assert asks(story, 60, [anew], [answered]) == Ask(Rung.CARD, (anew,))

    def test_what_was_over_and_is_back_is_asked_anew(self, story: Story) -> None:
        assert self.again(story, 42, NudgeOutcome.OVER, until=None)

    def test_two_people_mute_it_here(self, story: Story) -> None:
        first = found_useless([], asked(1, 10, LINE), ANA, at(11))
        assert (first.outcome, first.until) == (NudgeOutcome.NOT_USEFUL, at(41))
        assert first.stands
        assert mutings([first]) == ()
        second = found_useless([first], first, BO, at(12))
        assert (second.outcome, second.not_useful) == (NudgeOutcome.MUTED, (ANA, BO))
        assert not second.stands
        assert mutings([second]) == (Muting(LINE.key, (ANA, BO), at(12)),)
        assert asks(story, 400, [replace(LINE, at=at(300))], [second]) is None

    def test_also_on_two_cards(self, story: Story) -> None:
        first = replace(found_useless([], asked(1, 10, LINE), ANA, at(11)), left=True)
        again = asked(2, 45, LINE, IDEA)
        second = found_useless([first, again], again, BO, at(46))
        # Of two signals on the card only one was found useless by both.
        assert second.outcome is NudgeOutcome.NOT_USEFUL
        assert [each.key for each in mutings([first, second])] == [LINE.key]
        assert asks(story, 100, [LINE, IDEA], [first, second]) == Ask(Rung.CARD, (IDEA,))

    def test_one_person_twice_is_one(self) -> None:
        first = replace(found_useless([], asked(1, 10, LINE), ANA, at(11)), left=True)
        again = asked(2, 45, LINE)
        assert found_useless([first, again], again, ANA, at(46)).outcome is NudgeOutcome.NOT_USEFUL

    def test_another_thread_is_another_signal(self, story: Story) -> None:
        muted = asked(1, 10, LINE, not_useful=(ANA, BO), outcome=NudgeOutcome.MUTED)
        other = replace(LINE, investigation=2)
        assert asks(story, 40, [other], [muted]) == Ask(Rung.CARD, (other,))

    def test_nothing_is_asked_while_questions_are_off(self, story: Story) -> None:
        story.incident = replace(story.incident, quiet=True)
        assert asks(story, 40, [LINE]) is None

    def test_nor_after_it_was_resolved(self, story: Story) -> None:
        story.incident = replace(story.incident, state=IncidentState.RESOLVED)
        assert asks(story, 40, [LINE]) is None


class TestSwitchedOff:
    @pytest.mark.parametrize(
        ("asked_", "useful", "off"),
        [(19, 0, False), (20, 5, True), (20, 6, False), (100, 29, True), (100, 30, False)],
    )
    def test_below_30_per_cent_of_20(self, asked_: int, useful: int, *, off: bool) -> None:
        judged = [Judged(SignalKind.SINGLE_LINE, asked_, useful)]
        assert bool(switched_off(judged, WorkspaceSettings())) is off

    def test_unless_the_workspace_wants_it_always(self) -> None:
        always = changed(WorkspaceSettings(), "nudges_always", "single_line, recurrence")
        assert switched_off([Judged(SignalKind.SINGLE_LINE, 20, 0)], always) == ()
        assert always.nudges_always == ("single_line", "recurrence")

    def test_a_workspace_may_never_want_one(self, story: Story) -> None:
        never = ways_of(changed(WorkspaceSettings(), "nudges_never", "single_line"))
        assert asks(story, 40, [LINE, IDEA], ways=replace(never, where=Nudges.CHANNEL)) == Ask(
            Rung.CARD, (IDEA,)
        )


class TestWhatBecomes:
    """Rule 1."""

    def became(self, story: Story, nudge: Nudge, *held: Signal) -> Nudge | None:
        found = settled(story.record, [nudge], held)
        return found[0] if found else None

    def test_it_stands_while_anything_of_it_holds(self, story: Story) -> None:
        assert self.became(story, asked(1, 10, LINE, IDEA), IDEA) is None

    def test_it_is_over_when_nothing_holds_any_more(self, story: Story) -> None:
        found = self.became(story, asked(1, 10, LINE), IDEA)
        assert found is not None
        assert (found.outcome, found.version) == (NudgeOutcome.OVER, 1)

    def test_what_holds_anew_is_another(self, story: Story) -> None:
        found = self.became(story, asked(1, 10, LINE), replace(LINE, at=at(11)))
        assert found is not None
        assert found.outcome is NudgeOutcome.OVER

    def test_what_one_person_said_of_its_use_stays(self, story: Story) -> None:
        said = found_useless([], asked(1, 10, LINE), ANA, at(11))
        found = self.became(story, said)
        assert found is not None
        assert (found.outcome, found.useful, found.stands) == (
            NudgeOutcome.NOT_USEFUL,
            False,
            False,
        )

    def test_questions_off_stop_what_stands_and_say_who_did(self, story: Story) -> None:
        story.says(20, Kind.QUIET, person=BO)
        story.incident = replace(story.incident, quiet=True)
        found = self.became(story, asked(1, 10, LINE), LINE)
        assert found is not None
        assert (found.outcome, found.answered_by) == (NudgeOutcome.STOPPED, BO)
        assert self.became(story, asked(1, 10, WIPE, rung=Rung.PLACE), WIPE) is None

    def test_what_is_settled_stays_so(self, story: Story) -> None:
        acted = asked(1, 10, LINE, outcome=NudgeOutcome.ACTED)
        assert self.became(story, acted) is None

    def test_a_new_card_takes_the_place_of_those_before(self) -> None:
        said = found_useless([], asked(2, 35, LINE), ANA, at(36))
        rows = [asked(1, 10, LINE), said, asked(3, 60, LINE, rung=Rung.COMMANDER)]
        newest = asked(4, 80, IDEA)
        found = replaced([*rows, newest], newest)
        assert [(each.number, each.outcome, each.stands) for each in found] == [
            (1, NudgeOutcome.LEFT, False),
            (2, NudgeOutcome.NOT_USEFUL, False),
        ]

    def test_cards_are_counted_by_the_hour(self) -> None:
        rows = [asked(1, 10, LINE), asked(2, 35, LINE, rung=Rung.COMMANDER), asked(3, 69, LINE)]
        later = asked(4, 130, LINE)
        assert cards_within_the_hour([*rows, later], rows[0]) == 1
        assert cards_within_the_hour([*rows, later], rows[2]) == 2
        assert cards_within_the_hour([*rows, later], later) == 1

    def test_useful_is_what_people_make_of_it(self) -> None:
        useful = {each: asked(1, 10, LINE, outcome=each).useful for each in NudgeOutcome}
        assert {each for each, said in useful.items() if said} == {NudgeOutcome.ACTED}
        assert {each for each, said in useful.items() if said is False} == {
            NudgeOutcome.NOT_USEFUL,
            NudgeOutcome.MUTED,
        }
