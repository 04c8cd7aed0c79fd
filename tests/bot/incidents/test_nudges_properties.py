"""Nudges of whatever signals and answers come: the rules hold for every run of an incident."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.model import IncidentState
from bot.incidents.nudges import (
    NOT_HERE,
    Ways,
    decide,
    found_useless,
    mutings,
    next_slot,
    settled,
)
from bot.incidents.nudges_model import SIGNALS_MAX, Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind
from bot.workspace.settings import Nudges
from tests.bot.incidents.story import ANA, BO, CY, Story, at

PEOPLE = (ANA, BO, CY)
MINUTE = timedelta(minutes=1)
ANSWERS = (NudgeOutcome.ACTED, NudgeOutcome.ANSWERED, NudgeOutcome.SNOOZED, NudgeOutcome.DECLINED)
signals = st.builds(
    Signal,
    st.sampled_from(SignalKind),
    st.none() | st.integers(1, 3),
    st.just(at(0)),
    st.just({}),
    st.sampled_from(("", "1", "2")),
)
steps = st.tuples(
    st.integers(1, 20),  # minutes that pass
    st.lists(signals, max_size=6),  # what holds then
    st.none() | st.sampled_from(ANSWERS) | st.sampled_from(PEOPLE),  # what is said of the last
    st.floats(0, 0.999),
)
ways = st.builds(
    Ways, st.sampled_from(Nudges), st.integers(10, 30).map(lambda m: m * MINUTE), st.just(0.2)
)


@dataclass
class Run:
    """An incident as the looks see it, and everything that was asked."""

    story: Story
    ways: Ways
    nudges: list[Nudge] = field(default_factory=list)
    since: dict[object, datetime] = field(default_factory=dict)

    def look(self, now: datetime, kinds: list[Signal], draw: float) -> Nudge | None:
        """A signal holds from when a look first finds it until one does not."""
        found = {each.key: each for each in kinds}
        self.since = {key: self.since.get(key, now) for key in found}
        held = [replace(each, at=self.since[key]) for key, each in found.items()]
        record = self.story.record
        for each in settled(record, self.nudges, held):
            self.nudges[each.number - 1] = each
        ask = decide(record, self.nudges, held, self.ways, now, lambda: CY)
        again = decide(record, self.nudges, held[::-1], self.ways, now, lambda: CY)
        assert ask == again  # whoever decides decides alike
        if ask is None:
            return None
        number = len(self.nudges) + 1
        asked = Nudge(number, ask.rung, ask.signals, now, asked_of=ask.asked_of, draw=draw)
        self.nudges.append(asked)
        return asked

    def answer(self, said: object, now: datetime) -> None:
        last = self.nudges[-1] if self.nudges else None
        if last is None or not last.stands or said is None:
            return
        if not isinstance(said, NudgeOutcome):
            if str(said) not in last.not_useful:
                self.nudges[-1] = found_useless(self.nudges, last, str(said), now)
            return
        until = None if said is NudgeOutcome.DECLINED else now + last.snooze
        self.nudges[-1] = last.changed(outcome=said, answered_at=now, until=until)


def run(way: Ways, told: list[tuple[int, list[Signal], object, float]], *, private: bool) -> Run:
    story = Story()
    story.incident = replace(story.incident, private=private)
    made, now = Run(story, way), at(0)
    for minutes, held, said, draw in told:
        now += minutes * MINUTE
        muted = {each.key for each in mutings(made.nudges)}
        resting = {
            key: each.until
            for each in made.nudges
            for key in each.keys
            if each.until is not None and each.until > now
        }
        asked = made.look(now, held, draw)
        if asked is not None:
            assert not muted & {*asked.keys}
            assert not resting.keys() & {*asked.keys}
        made.answer(said, now)
    return made


@given(ways, st.lists(steps, max_size=40), st.booleans())
def test_the_budget_the_ladder_and_the_ranks_hold(
    way: Ways, told: list[tuple[int, list[Signal], object, float]], private: bool
) -> None:
    nudges = run(way, told, private=private).nudges
    moments = [each.asked_at for each in nudges]
    assert all(each >= at(0) + way.first for each in moments)
    for number, (before, after) in enumerate(pairwise(nudges)):
        least = (25, 40, 40, 60)[min(number, 3)]
        assert after.asked_at - before.asked_at >= least * MINUTE
    for start in moments:
        assert sum(start <= other < start + 60 * MINUTE for other in moments) <= 2
    for each in nudges:
        assert 1 <= len(each.signals) <= SIGNALS_MAX
        assert not {signal.kind for signal in each.signals} & NOT_HERE
        assert (each.asked_of == "") is (each.rung is Rung.CARD)
        assert each.rung in {Rung.CARD, Rung.COMMANDER, Rung.OUTSIDER}
        if private:
            assert each.rung is not Rung.OUTSIDER
        if way.where is Nudges.COMMANDER:
            assert each.rung is not Rung.CARD


@given(ways, st.lists(steps, max_size=40))
def test_nothing_climbs_that_was_answered(
    way: Ways, told: list[tuple[int, list[Signal], object, float]]
) -> None:
    """An outsider is asked only about what somebody was asked about before, and did not answer."""
    nudges = run(way, told, private=False).nudges
    for each in nudges:
        if each.rung is Rung.OUTSIDER:
            for signal in each.signals:
                earlier = [one for one in nudges[: each.number - 1] if signal.key in one.keys]
                assert earlier
                assert earlier[-1].outcome in {NudgeOutcome.NONE, NudgeOutcome.DECLINED}


@given(ways, st.lists(steps, min_size=1, max_size=20), st.sampled_from(("quiet", "resolved")))
def test_off_or_over_nothing_is_asked_and_nothing_stands(
    way: Ways, told: list[tuple[int, list[Signal], object, float]], how: str
) -> None:
    made = run(way, told, private=False)
    story, last = made.story, told[-1][1]
    count = len(made.nudges)
    if how == "quiet":
        story.incident = replace(story.incident, quiet=True)
    else:
        story.incident, last = replace(story.incident, state=IncidentState.RESOLVED), []
    for hour in range(1, 6):
        assert made.look(at(900 + 60 * hour), last, 0.5) is None
        assert next_slot(story.record, made.nudges, last, way, at(900)) is None
    assert len(made.nudges) == count
    assert not [each for each in made.nudges if each.stands]


@given(ways, st.lists(steps, max_size=30))
def test_whoever_looks_again_looks_ahead(
    way: Ways, told: list[tuple[int, list[Signal], object, float]]
) -> None:
    made = run(way, told, private=False)
    now = at(5)
    held = [replace(each, at=at(1)) for each in (told[-1][1] if told else [])]
    again = next_slot(made.story.record, made.nudges, held, way, now)
    assert again is None or again > now
