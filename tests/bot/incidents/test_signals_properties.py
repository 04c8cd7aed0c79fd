"""Signals of whatever record: never an error, no future, no favourites, and patience in time."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.asked import Activity
from bot.incidents.model import (
    Action,
    Clocks,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Record,
)
from bot.incidents.signals import assess, next_look
from bot.incidents.signals_facts import gather, staffed_spans
from bot.incidents.signals_model import SignalKind
from bot.incidents.summary import staffed
from bot.incidents.thresholds import SPANS
from tests.bot.incidents.story import ANA, BO, CY, DI, EVE, at, limits

PEOPLE = (ANA, BO, CY, DI, EVE)
HOURS = 360
IDEAS = ("the disk is full", "roll back the deploy", "what changed", "a slow query")
TEXTS = ("slow", "wipe db2", "maybe unrelated", "expected", "")
# What holds, holds until somebody says something: no window passes over it.
LASTING = frozenset(SignalKind) - {
    SignalKind.SINGLE_LINE,
    SignalKind.CONCENTRATION,
    SignalKind.VAGABONDING,
    SignalKind.LONG_HAUL,
    SignalKind.DESTRUCTIVE_VERB,
}

moments = st.integers(0, HOURS).map(at)
numbers = st.none() | st.integers(1, 5)
people = st.sampled_from(PEOPLE)
texts = st.sampled_from(TEXTS)
entries = st.builds(
    Entry,
    st.integers(1, 20),
    st.sampled_from(Kind),
    people,
    moments,
    moments,
    texts,
    numbers,
    item=numbers,
    corrects=st.none() | st.integers(1, 20),
    withdrawn_at=st.none() | moments,
)
threads = st.builds(
    Investigation,
    st.integers(1, 5),
    st.sampled_from(IDEAS),
    moments,
    st.none() | people,
    st.none() | st.sampled_from(Ending),
    closed_at=st.none() | moments,
    timebox=st.none() | moments,
    slack_thread=st.sampled_from(("", "1.1", "2.1", "3.1")),
    said_against=st.integers(0, 2),
    checked=st.sampled_from(("", "yes", "unknown")),
)
actions = st.builds(
    Action,
    st.integers(1, 5),
    numbers,
    people,
    texts,
    st.none() | moments,
    by=st.none() | moments,
    outcome=st.sampled_from([each for each in Outcome if each is not Outcome.WITHDRAWN]),
    ended_at=st.none() | moments,
    result=texts,
    assumed=st.booleans(),
)
activities = st.builds(
    lambda person, thread, first, more, lines: Activity(
        person, thread, at(first), at(first + more), lines
    ),
    people,
    st.sampled_from(("", "1.1", "2.1", "9.9")),
    st.integers(0, HOURS),
    st.integers(0, 60),
    st.integers(0, 3),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Anything that the types allow, in the order in which it was recorded."""
    said = sorted(draw(st.lists(entries, max_size=12)), key=lambda each: each.recorded_at)
    opened = draw(st.lists(threads, max_size=4, unique_by=lambda each: each.number))
    done = draw(st.lists(actions, max_size=3, unique_by=lambda each: each.number))
    running = tuple(each for each in done if each.outcome is Outcome.RUNNING)
    incident = Incident(
        "I1",
        "T1",
        1,
        "slow",
        ANA,
        Clocks(declared=draw(st.none() | moments)),
        commander=ANA,
        investigations=tuple(opened),
        running=running,
    )
    return Record(incident, tuple(said), tuple(done))


crowds = st.lists(activities, max_size=6, unique_by=lambda each: (each.person, each.thread))
later = st.integers(0, 2 * HOURS).map(at)


@given(records(), crowds, later, st.sampled_from(IncidentState))
def test_no_record_breaks_a_rule(
    record: Record, activity: list[Activity], now: object, state: IncidentState
) -> None:
    assert isinstance(now, type(at(0)))
    told = replace(record, incident=replace(record.incident, state=state))
    held = assess(told, activity, now, limits())
    assert all(each.at <= now for each in held)
    assert len({each.key for each in held}) == len(held)
    assert [each.at for each in held] == sorted(each.at for each in held)
    again = next_look(told, activity, now, limits())
    assert again is None or again > now
    if state is not IncidentState.OPEN:
        assert (held, again) == ((), None)


@given(records(), crowds, st.permutations(PEOPLE))
def test_nobody_is_a_favourite(
    record: Record, activity: list[Activity], others: tuple[str, ...]
) -> None:
    """Under other names people give the same signals, and the order of rows says nothing."""
    named = dict(zip(PEOPLE, others, strict=True))
    renamed = replace(
        record,
        incident=replace(
            record.incident,
            investigations=tuple(
                replace(each, owner=named[each.owner]) if each.owner else each
                for each in record.incident.investigations
            ),
        ),
        entries=tuple(replace(each, actor=named[each.actor]) for each in record.entries),
        actions=tuple(replace(each, actor=named[each.actor]) for each in record.actions),
    )
    moved = [replace(each, person=named[each.person]) for each in reversed(activity)]
    now = at(HOURS)
    one, other = assess(record, activity, now, limits()), assess(renamed, moved, now, limits())
    about = [(named.get(each.about, each.about), each.kind, each.at, each.evidence) for each in one]
    same = [(each.about, each.kind, each.at, each.evidence) for each in other]
    assert sorted(map(repr, about)) == sorted(map(repr, same))


@given(records(), crowds, st.integers(0, HOURS), st.integers(0, HOURS))
def test_what_lasts_still_holds_later_from_the_same_moment(
    record: Record, activity: list[Activity], first: int, more: int
) -> None:
    now = at(HOURS + first)
    held = assess(record, activity, now, limits())
    after = assess(record, activity, now + timedelta(minutes=more), limits())
    lasting = {(each.key, each.at) for each in held if each.kind in LASTING}
    assert lasting <= {(each.key, each.at) for each in after}


@given(records(), crowds, st.sampled_from(SPANS), st.integers(1, 20))
def test_more_patience_shows_nothing_new(
    record: Record, activity: list[Activity], name: str, more: int
) -> None:
    now = at(HOURS)
    patient = replace(limits(), **{name: getattr(limits(), name) + timedelta(minutes=more)})
    held = {each.key for each in assess(record, activity, now, limits())}
    less = {each.key for each in assess(record, activity, now, patient)}
    # "So many within a time" is the one rule in which more time lets more in.
    assert name == SignalKind.VAGABONDING or less <= held


@given(records(), crowds)
def test_no_signal_begins_before_the_next_look(record: Record, activity: list[Activity]) -> None:
    now = at(HOURS + 60)  # nothing is said after it
    until = next_look(record, activity, now, limits()) or at(3 * HOURS)
    held = {(each.key, each.at) for each in assess(record, activity, now, limits())}
    just_before = assess(record, activity, until - timedelta(seconds=1), limits())
    assert {(each.key, each.at) for each in just_before} <= held


@given(records(), st.integers(0, 2 * HOURS))
def test_staffed_is_what_the_board_calls_staffed(record: Record, minute: int) -> None:
    """A thread's spans say at every moment what `summary.staffed` says at that one."""
    # Half a minute off, so that no moment is the end of a span.
    now = at(HOURS + minute) + timedelta(seconds=30)
    facts = gather(record, (), now, limits())
    for thread in record.incident.open_investigations():
        spans = staffed_spans(facts, thread)
        said = staffed(record, thread, now)
        begun = facts.opened[thread.number] <= now
        assert (any(start <= now < end for start, end in spans)) == (said and begun)
