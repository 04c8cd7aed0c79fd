"""What the questions of time change: pure rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Refusal
from bot.incidents.asked import Asking
from bot.incidents.model import Action, Clocks, Incident, IncidentState, Investigation, Kind
from bot.incidents.timing_rules import asked_to_look, check_second, place_of, reopen, set_by
from bot.workspace.model import Person, Request
from tests.contracts.databases import NOW

ALICE = Person("T1", "U1", "alice")
BO = Person("T1", "U2", "bo")
COPY = Action(1, 1, "U1", "base copy", NOW, message="5.0")
HERE = Incident(
    "I1",
    "T1",
    1,
    "db2 has stopped",
    "U1",
    Clocks(declared=NOW),
    channel="C1",
    investigations=(Investigation(1, "rebuild", NOW, slack_thread="1.0"),),
    running=(COPY,),
)
ASKED = Request("T1", BO, NOW + timedelta(minutes=3), channel="C1")


def test_a_time_that_is_said_is_no_longer_assumed() -> None:
    by = ASKED.at + timedelta(minutes=10)
    guessed = replace(HERE, running=(replace(COPY, by=NOW, assumed=True),))
    change, done = set_by(guessed, ASKED, 1, by)
    assert change.after.running == (replace(COPY, by=by),)
    assert (done.by, done.kind) == (by, Kind.DOING)
    (entry,) = change.entries
    assert (entry.text, entry.item, entry.investigation) == ("10 more minutes: base copy", 1, 1)


def test_what_has_ended_gets_no_time() -> None:
    with pytest.raises(Refusal, match="has ended"):
        set_by(replace(HERE, running=()), ASKED, 1, NOW)


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.CLOSED])
def test_reopened_the_clocks_of_the_end_are_empty(state: IncidentState) -> None:
    over = Clocks(declared=NOW, resolved=NOW, closed=NOW)
    change, done = reopen(
        replace(HERE, state=state, clocks=over, quiet_since=NOW), ASKED, "it is back"
    )
    after = change.after
    assert (after.state, after.clocks) == (IncidentState.OPEN, Clocks(declared=NOW))
    assert after.quiet_since is None
    assert [each.text for each in change.entries] == ["it is back"]
    assert done.kind is Kind.REOPEN


def test_what_is_open_is_not_reopened() -> None:
    with pytest.raises(Refusal, match="open already"):
        reopen(HERE, ASKED, "")


@pytest.mark.parametrize(
    ("action", "place"),
    [
        (COPY, "1.0"),
        (replace(COPY, investigation=None, said_in="3.0"), "3.0"),
        (replace(COPY, investigation=None), "5.0"),
        (replace(COPY, investigation=None, message=""), ""),
    ],
)
def test_where_an_action_is_asked_about(action: Action, place: str) -> None:
    assert place_of(HERE, action) == place


@pytest.mark.parametrize("person", [ALICE, replace(BO, bot=True), replace(BO, deleted=True)])
def test_who_cannot_look_along(person: Person) -> None:
    with pytest.raises(Refusal):
        check_second(COPY, person)


def test_who_was_asked() -> None:
    asking = Asking("action.host", "1", NOW, answer="asked U2")
    assert asked_to_look(asking) == "U2"
    assert asked_to_look(replace(asking, answer="checked")) == ""
