"""The six clocks: what cannot be is refused, what is unusual is asked about."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.incidents.clocks import (
    ClockName,
    edit,
    in_order,
    lasted,
    read,
    timeline,
    told_later,
)
from bot.incidents.model import Clocks, Entry, Incident, IncidentState, Kind
from bot.workspace.model import Person
from tests.bot.incidents.test_rules import GUEST, NOW, STRANGER, asked, fresh

LATER = 60  # minutes after declaring, when people edit


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def closed() -> Incident:
    clocks = Clocks(
        declared=NOW,
        resolved=NOW + timedelta(minutes=30),
        closed=NOW + timedelta(minutes=50),
    )
    return replace(fresh(), state=IncidentState.CLOSED, clocks=clocks)


def refused(incident: Incident, clock: ClockName, at: datetime | None) -> Refusal:
    with pytest.raises(Refusal) as said:
        edit(incident, asked(later=LATER), clock, at)
    assert said.value.field == clock
    assert "othing changed" in said.value.text
    return said.value


def test_a_clock_is_set_and_says_what_it_was() -> None:
    done = edit(fresh(), asked(later=LATER), ClockName.BEGAN, ago(27))
    assert read(done.after.clocks, ClockName.BEGAN) == ago(27)
    assert done.after.version == fresh().version + 1
    assert done.sentence == "*began* is 02:40 now; it was not known."
    again = edit(done.after, asked(later=LATER), ClockName.BEGAN, ago(37))
    assert again.sentence == "*began* is 02:30 now; it was 02:40."
    assert (again.was, again.now) == (ago(27), ago(37))


def test_times_are_the_writers_own_with_the_day_where_it_is_another() -> None:
    request = replace(asked(later=LATER), person=Person("T1", "UANA", "Ana", zone="America/Lima"))
    done = edit(fresh(), request, ClockName.BEGAN, ago(27))
    assert done.sentence.startswith("*began* is 21:40 now")
    done = edit(fresh(), request, ClockName.BEGAN, ago(24 * 60))
    assert done.sentence.startswith("*began* is 18 Nov 22:07 now")


def test_not_known_is_an_answer_where_people_said_the_time() -> None:
    begun = edit(fresh(), asked(later=LATER), ClockName.BEGAN, ago(27)).after
    done = edit(begun, asked(later=LATER), ClockName.BEGAN, None)
    assert read(done.after.clocks, ClockName.BEGAN) is None
    assert done.sentence == "*began* is not known now; it was 02:40. The history keeps it."
    told = refused(fresh(), ClockName.DECLARED, None)
    assert told.text == "*declared* can be corrected, not emptied. Nothing changed."


@pytest.mark.parametrize("clock", ClockName)
def test_the_future_is_refused(clock: ClockName) -> None:
    told = refused(closed(), clock, NOW + timedelta(minutes=LATER + 5))
    assert told.text == ("04:12 has not come yet. Nothing changed.")
    assert told.offers == ()


def test_resolved_needs_to_be_resolved_and_closed_to_be_closed() -> None:
    assert "not resolved yet" in refused(fresh(), ClockName.RESOLVED, NOW).text
    assert "not closed yet" in refused(fresh(), ClockName.CLOSED, NOW).text
    resolved = replace(closed(), state=IncidentState.RESOLVED)
    assert edit(resolved, asked(later=LATER), ClockName.RESOLVED, NOW).now == NOW


def test_closing_comes_last() -> None:
    told = refused(closed(), ClockName.RESOLVED, NOW + timedelta(minutes=55))
    assert told.text == (
        "An incident is resolved (04:02) before it was closed (03:57). Nothing changed."
    )
    assert told.offers == ()
    assert refused(closed(), ClockName.CLOSED, NOW + timedelta(minutes=20)).offers == ()


def test_an_unusual_order_is_a_question() -> None:
    told = refused(fresh(), ClockName.DETECTED, NOW + timedelta(minutes=8))
    assert told.text == (
        "That puts *declared* (03:07) before *detected* (03:15). It can be so. Is it right? "
        "Nothing changed yet."
    )
    (offer,) = told.offers
    assert (offer.label, offer.intent, offer.again) == (
        "Yes, that's right",
        "clock detected",
        True,
    )
    at = datetime.fromisoformat(offer.text)
    done = edit(fresh(), asked(later=LATER), ClockName.DETECTED, at, sure=True)
    assert done.now == NOW + timedelta(minutes=8)


def test_fixed_before_it_was_declared_is_asked_too() -> None:
    told = refused(fresh(), ClockName.MITIGATED, ago(2))
    assert "*mitigated* (03:05) before *declared* (03:07)" in told.text


def test_the_usual_order_needs_no_question() -> None:
    incident = fresh()
    for clock, minutes in ((ClockName.BEGAN, 27), (ClockName.DETECTED, 7)):
        incident = edit(incident, asked(later=LATER), clock, ago(minutes)).after
    assert [name for name, _ in timeline(incident.clocks)] == ["began", "detected", "declared"]


def test_nothing_new_is_refused() -> None:
    assert "says so already" in refused(fresh(), ClockName.DECLARED, NOW).text


@pytest.mark.parametrize("person", [GUEST, STRANGER])
def test_who_may_not_steer_may_not_edit(person: Person) -> None:
    with pytest.raises(Refusal):
        edit(fresh(), asked(person, later=LATER), ClockName.BEGAN, ago(5))


def test_unknown_is_never_zero() -> None:
    clocks = Clocks(began=ago(27), declared=NOW)
    assert lasted(clocks, ClockName.BEGAN, ClockName.DECLARED) == timedelta(minutes=27)
    assert lasted(clocks, ClockName.BEGAN, ClockName.RESOLVED) is None


def test_entries_stand_by_when_things_happened() -> None:
    told = Entry(2, Kind.NOTE, "UANA", ago(40), NOW, "smelt it first")
    then = Entry(1, Kind.NOTE, "UANA", ago(10), ago(10), "page")
    assert in_order((then, told)) == (told, then)
    assert told_later(told)
    assert not told_later(then)


@given(st.sampled_from(ClockName), st.integers(-10_000, 10_000), st.booleans())
def test_an_edit_changes_one_clock_or_nothing(clock: ClockName, minutes: int, sure: bool) -> None:
    before, at = closed(), NOW + timedelta(minutes=minutes)
    try:
        done = edit(before, asked(later=LATER), clock, at, sure=sure)
    except Refusal:
        return
    kept = [each for each in ClockName if each is not clock]
    assert [read(done.after.clocks, each) for each in kept] == [
        read(before.clocks, each) for each in kept
    ]
    assert read(done.after.clocks, clock) == at
    if not sure:
        times = [its for each in ClockName if (its := read(done.after.clocks, each)) is not None]
        assert times == sorted(times)
