"""Merge, split, relate: what is refused, and that nothing is lost by what is not. S9."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.incidents.model import (
    THREADS_MAX,
    TITLE_MAX,
    Action,
    Ending,
    Incident,
    IncidentState,
    Investigation,
    Outcome,
)
from bot.incidents.relating import Link, Relation, merge, relate, split
from bot.workspace.model import Person
from tests.bot.incidents.test_rules import ANA, BO, GUEST, NOW, STRANGER, asked, fresh


def thread(number: int, hypothesis: str = "rollback", **more: object) -> Investigation:
    return Investigation(number, hypothesis, NOW, ANA.id, slack_thread="1.0", **more)  # type: ignore[arg-type]


def incident(number: int = 1, **more: object) -> Incident:
    return replace(fresh(), id=f"I{number}", number=number, **more)  # type: ignore[arg-type]


HERE = incident(
    1,
    investigations=(thread(1, ending=Ending.RULED_OUT), thread(2, "dns"), thread(3, "cache")),
    running=(Action(1, 2, BO.id, "flush the resolver", NOW), Action(4, None, ANA.id, "call", NOW)),
    last_action=4,
)
THERE = incident(2, investigations=(thread(1), thread(2, "load")), last_action=7)


def test_what_is_open_goes_on_in_the_other() -> None:
    done = merge(HERE, THERE, asked())
    assert [(each.number, each.hypothesis, each.owner) for each in done.threads] == [
        (3, "dns", ANA.id),
        (4, "cache", ANA.id),
    ]
    assert all(not each.slack_thread for each in done.threads)
    assert done.into.investigations == (*THERE.investigations, *done.threads)
    assert [(each.number, each.investigation, each.text) for each in done.into.running] == [
        (8, 3, "flush the resolver"),
        (9, None, "call"),
    ]
    assert done.into.last_action == 9
    assert done.link == Link("I1", "I2", Relation.MERGED)
    assert done.sentence == "Incident 1 is part of incident 2 now. 2 threads go on there."


def test_what_is_merged_is_closed_and_says_where_it_goes_on() -> None:
    away = merge(HERE, THERE, asked(later=5)).away
    assert away.state is IncidentState.CLOSED
    assert away.clocks.closed == asked(later=5).at
    assert away.investigations[0] == HERE.investigations[0]
    told = [(each.ending, each.why) for each in away.investigations[1:]]
    assert told == [
        (Ending.SET_ASIDE, "goes on in incident 2 as thread 3"),
        (Ending.SET_ASIDE, "goes on in incident 2 as thread 4"),
    ]
    assert away.running == ()
    ended = merge(HERE, THERE, asked()).ended
    assert [(each.number, each.outcome, each.result) for each in ended] == [
        (1, Outcome.DONE, "goes on in incident 2"),
        (4, Outcome.DONE, "goes on in incident 2"),
    ]


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        (HERE, None, "There is no such incident to merge with"),
        (HERE, replace(THERE, workspace="T2"), "There is no such incident to merge with"),
        (HERE, HERE, "That is this incident itself"),
        (HERE, replace(THERE, private=True), "That incident is private"),
        (replace(HERE, private=True), THERE, "This incident is private"),
        (HERE, replace(THERE, state=IncidentState.CLOSED), "Incident 2 is closed"),
        (replace(HERE, state=IncidentState.CLOSED), THERE, "Incident 1 is closed"),
    ],
)
def test_what_cannot_be_merged(here: Incident, there: Incident | None, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        merge(here, there, asked())
    assert refused.value.text.startswith(why)
    assert "othing changed" in refused.value.text


def test_there_must_be_room() -> None:
    full = replace(THERE, investigations=tuple(map(thread, range(1, THREADS_MAX))))
    with pytest.raises(Refusal, match="room for 1 more threads, and 2 are open here"):
        merge(HERE, full, asked())


@pytest.mark.parametrize("person", [GUEST, STRANGER])
def test_who_may_not_steer_may_do_none_of_it(person: Person) -> None:
    request = asked(person)
    for attempt in (
        lambda: merge(HERE, THERE, request),
        lambda: relate(HERE, THERE, request),
        lambda: split(HERE, 2, request, "I9", 9),
    ):
        with pytest.raises(Refusal):
            attempt()


def test_a_thread_becomes_an_incident() -> None:
    done = split(HERE, 2, asked(BO), "I9", 9)
    assert (done.child.id, done.child.number, done.child.title) == ("I9", 9, "dns")
    assert done.child.commander == BO.id
    (first,) = done.child.investigations
    assert (first.number, first.hypothesis, first.owner, first.slack_thread) == (
        1,
        "dns",
        ANA.id,
        "",
    )
    assert [(each.number, each.investigation, each.text) for each in done.child.running] == [
        (1, 1, "flush the resolver")
    ]
    left = done.parent.investigation(2)
    assert left is not None
    assert (left.ending, left.why) == (Ending.SET_ASIDE, "goes on as incident 9")
    assert [each.number for each in done.parent.running] == [4]
    assert [each.number for each in done.ended] == [1]
    assert done.entry.text == "dns"
    assert done.link == Link("I9", "I1", Relation.SPLIT)


def test_a_split_stays_as_private_as_it_was_and_its_title_fits() -> None:
    private = replace(HERE, private=True, investigations=(thread(1, "word " * 200),))
    child = split(private, 1, asked(), "I9", 9).child
    assert child.private
    assert len(child.title) <= TITLE_MAX


@pytest.mark.parametrize("number", [1, 7])
def test_only_an_open_thread_can_be_split_off(number: int) -> None:
    with pytest.raises(Refusal, match=f"no open thread {number} here"):
        split(HERE, number, asked(), "I9", 9)


def test_related_has_no_direction_and_closed_ones_may_be() -> None:
    over = replace(THERE, state=IncidentState.CLOSED)
    done = relate(HERE, over, asked())
    assert done.link == relate(over, HERE, asked()).link == Link("I1", "I2", Relation.RELATED)
    assert done.sentence == "Incidents 1 and 2 are related now."
    with pytest.raises(Refusal, match="related already"):
        relate(over, HERE, asked(), (done.link,))


def test_a_private_incident_is_named_in_no_public_one() -> None:
    with pytest.raises(Refusal) as refused:
        relate(HERE, replace(THERE, private=True, title="the layoffs"), asked())
    assert "layoffs" not in refused.value.text


numbers = st.integers(0, 12)


@given(numbers, numbers, numbers)
def test_a_merge_loses_no_thread_and_no_action(mine: int, theirs: int, running: int) -> None:
    here = replace(
        HERE,
        investigations=tuple(map(thread, range(1, mine + 1))),
        running=tuple(Action(n, n, BO.id, str(n), NOW) for n in range(1, running + 1)),
    )
    there = replace(THERE, investigations=tuple(map(thread, range(1, theirs + 1))))
    done = merge(here, there, asked())
    assert [each.number for each in done.into.investigations] == [*range(1, mine + theirs + 1)]
    assert [each.text for each in done.actions] == [each.text for each in here.running]
    known = {each.number for each in done.threads}
    assert all(each.investigation in {None, *known} for each in done.actions)
    assert not done.away.open_investigations()
