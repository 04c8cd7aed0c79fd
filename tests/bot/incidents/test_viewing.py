"""Symptoms and doubt, and the group at work: what the record shows. C4, T1."""

from dataclasses import replace

import pytest

from bot.errors import Refusal
from bot.incidents.group import group
from bot.incidents.model import Action, Entry, Incident, IncidentState, Investigation, Kind, Record
from bot.incidents.symptoms import doubt, first_symptom, symptoms
from tests.bot.incidents.test_rules import BO, BOT, GONE, GUEST, NOW, STRANGER, asked, fresh

ANA, CY, DI, TOOL = "UANA", "UCY", "UDI", "UTOOL"


def told(seq: int, kind: Kind, actor: str = ANA, text: str = "x", **more: object) -> Entry:
    made = Entry(seq, kind, actor, NOW, NOW, text)
    return replace(made, **more)  # type: ignore[arg-type]


SLOW = told(1, Kind.SEEING, text="mail is slow")
ODD = told(2, Kind.SEEING, text="p99, maybe unrelated")
RECORD = Record(replace(fresh(), last_entry=2), (SLOW, ODD))


def marked(record: Record, seq: int, *, unrelated: bool) -> Record:
    change, _ = doubt(record, asked(BO), seq, unrelated=unrelated)
    return Record(change.after, (*record.entries, *change.entries))


def test_a_doubt_is_an_entry_that_names_the_symptom_and_the_last_one_holds() -> None:
    once = marked(RECORD, 1, unrelated=True)
    assert [each.maybe_unrelated for each in symptoms(once)] == [True, True]
    assert first_symptom(once) is None
    twice = marked(once, 1, unrelated=False)
    assert [(each.maybe_unrelated, each.by) for each in symptoms(twice)] == [
        (False, BO.id),
        (True, None),
    ]
    assert [(each.seq, each.item) for each in twice.entries[2:]] == [(3, 1), (4, 1)]
    assert [each.maybe_unrelated for each in symptoms(marked(RECORD, 2, unrelated=False))] == [
        False,
        False,
    ]


@pytest.mark.parametrize(("seq", "unrelated"), [(1, False), (2, True), (9, True), (0, False)])
def test_what_changes_nothing_is_refused(seq: int, unrelated: bool) -> None:
    with pytest.raises(Refusal, match="nothing changed"):
        doubt(RECORD, asked(BO), seq, unrelated=unrelated)


def test_a_symptom_taken_back_is_none() -> None:
    gone = Record(RECORD.incident, (replace(SLOW, text="", withdrawn_at=NOW), ODD))
    assert [each.entry.seq for each in symptoms(gone)] == [2]
    with pytest.raises(Refusal, match="not on record any more"):
        doubt(gone, asked(BO), 1, unrelated=True)


@pytest.mark.parametrize("person", [STRANGER, BOT, GONE])
def test_who_may_not_record_may_not_doubt(person: object) -> None:
    with pytest.raises(Refusal):
        doubt(RECORD, asked(person), 1, unrelated=True)  # type: ignore[arg-type]


def test_a_guest_may_doubt_and_nobody_once_it_is_closed() -> None:
    doubt(RECORD, asked(GUEST), 1, unrelated=True)
    closed = replace(RECORD, incident=replace(RECORD.incident, state=IncidentState.CLOSED))
    with pytest.raises(Refusal, match="closed"):
        doubt(closed, asked(BO), 1, unrelated=True)


# -- the group -------------------------------------------------------------------------------------

INCIDENT: Incident = replace(
    fresh(),
    commander=ANA,
    investigations=(
        Investigation(1, "rollback", NOW, owner=BO.id),
        Investigation(2, "full disk", NOW),
        Investigation(3, "over", NOW, owner=DI, ending=None),
    ),
    running=(Action(1, 2, CY, "df", NOW), Action(2, None, DI, "calls", NOW)),
)


def test_hands_are_owners_writers_actors_and_whoever_is_asked_to_look() -> None:
    entries = (
        told(1, Kind.FOR, CY, investigation=1),
        told(2, Kind.NOTE, ANA, investigation=1, author=DI),
        told(3, Kind.LOOK, CY, investigation=2, person=BO.id),
        told(4, Kind.NOTE, "UZED", "", investigation=2, withdrawn_at=NOW),
        told(5, Kind.NOTE, "UTALK"),
    )
    shown = group(Record(INCIDENT, entries), NOW, [ANA, BO.id, "UFREE", TOOL], [TOOL])
    assert [each.people for each in shown.threads] == [
        {BO.id, CY, ANA, DI},
        {CY, BO.id},
        {DI},
    ]
    assert shown.beside == {DI}
    both, hers = frozenset({BO.id, CY}), frozenset({DI})
    assert shown.shared == ((1, 2, both), (1, 3, hers))
    assert shown.tools == {TOOL}
    assert shown.on_nothing == {"UFREE"}


def test_a_thread_nobody_has_stands_with_nobody() -> None:
    incident = replace(fresh(), investigations=(Investigation(1, "logs", NOW),))
    shown = group(Record(incident), NOW, [], [])
    assert not shown.threads[0].people | shown.on_nothing
    assert shown.shared == ()
