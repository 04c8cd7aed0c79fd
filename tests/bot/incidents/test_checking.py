"""What a thread assumes, and what became of checking it."""

from dataclasses import replace

import pytest

from bot.errors import Refusal
from bot.incidents.checking import Checked, check, observed
from bot.incidents.model import Ending, Incident, IncidentState, Investigation, Kind
from bot.workspace.model import Person, Request
from tests.contracts.databases import NOW
from tests.contracts.values import incident

ANA = Person("T1", "U0ANA", "Ana")
BO = Person("T1", "U0BO", "Bo")


def asks(person: Person = ANA) -> Request:
    return Request("T1", person, NOW, channel="C1")


def room(**changes: object) -> Incident:
    """An incident with a rollback in it, and an idea that no starter knows."""
    threads = (
        replace(Investigation(1, "rollback of 4412?", NOW), **changes),  # type: ignore[arg-type]
        Investigation(2, "cosmic rays", NOW),
    )
    return replace(incident("T1", "i1"), investigations=threads)


@pytest.mark.parametrize("said", list(Checked))
def test_the_last_word_stands_and_is_recorded(said: Checked) -> None:
    change, done = check(room(), asks(), 1, said)
    assert change.after.investigations[0].checked == said.value
    assert change.after.investigations[0].checked_by == ANA.id
    (entry,) = change.entries
    assert (entry.kind, entry.investigation, entry.seq) == (Kind.CHECKED, 1, 1)
    assert entry.text.startswith("the old version must still run on today's data and schema: ")
    assert done.investigation == change.after.investigations[0]
    again, _ = check(change.after, asks(BO), 1, said)
    assert again.after.investigations[0].checked_by == BO.id


@pytest.mark.parametrize(
    ("old", "number", "told"),
    [
        (room(), 2, "assumes nothing that I know of"),
        (room(), 9, "Thread 9 is not open"),
        (room(ending=Ending.RULED_OUT), 1, "Thread 1 is not open"),
        (room(checked="yes", checked_by=ANA.id), 1, "You said so already"),
        (replace(room(), state=IncidentState.CLOSED), 1, "This incident is closed"),
    ],
)
def test_what_cannot_be_said_changes_nothing(old: Incident, number: int, told: str) -> None:
    with pytest.raises(Refusal, match=told) as refused:
        check(old, asks(), number, Checked.YES)
    assert refused.value.text.endswith("nothing changed.")


def test_an_observer_writes_a_note_and_nothing_else() -> None:
    change, done = observed(room(), asks(), "they read the graph differently")
    assert [(each.kind, each.text) for each in change.entries] == [
        (Kind.OBSERVED, "they read the graph differently")
    ]
    assert change.after.investigations == room().investigations
    assert done.kind is Kind.OBSERVED


@pytest.mark.parametrize(
    "who", [replace(BO, bot=True), replace(BO, external=True), replace(BO, deleted=True)]
)
def test_who_may_not_record_may_not_check(who: Person) -> None:
    with pytest.raises(Refusal):
        check(room(), asks(who), 1, Checked.YES)
    with pytest.raises(Refusal):
        observed(room(), asks(who), "x")
