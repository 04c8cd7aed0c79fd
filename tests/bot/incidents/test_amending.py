"""Taking back and saying in other words: the incident is as if nothing else had been said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.incidents import rules
from bot.incidents.amending import TAKEN_BACK, correct, withdraw
from bot.incidents.choose import Telling
from bot.incidents.grammar import Said, Word, spoken
from bot.incidents.model import Change, Ending, Entry, Incident, Kind, Outcome, Record
from bot.workspace.model import Person, Request

NOW = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)
LATER = NOW + timedelta(minutes=4)
ANA = Person("T1", "UANA", "Ana")
BO = Person("T1", "UBO", "Bo")


def asked(person: Person = ANA, at: datetime = NOW) -> Request:
    return Request("T1", person, at, channel="C1", thread="1.1", message="1.2")


def told(said: Said, person: Person = ANA, at: datetime = NOW) -> Telling:
    return Telling(asked(person, at), said, at, LATER if said.by else None)


def begun(*lines: Said) -> Record:
    """An incident with an open thread, in which these lines were said."""
    incident, entry = rules.declare(asked(), "i1", 1, "Checkout is slow")
    record = Record(incident, (entry,))
    for said in (spoken(Word.THREAD, "full disk"), *lines):
        record = after(record, rules.record(record.incident, told(said))[0])
    return record


def after(record: Record, change: Change) -> Record:
    """The record as the store would read it back."""
    gone = {each.seq: each for each in change.withdrawn}
    entries = tuple(gone.get(each.seq, each) for each in record.entries) + change.entries
    actions = {each.number: each for each in record.actions}
    actions |= {each.number: each for each in (*change.after.running, *change.ended_actions)}
    claims = {each.number: each for each in (*record.claims, *change.claims, *change.reworded)}
    return Record(
        change.after,
        entries,
        tuple(each for each in actions.values() if each.outcome is not Outcome.WITHDRAWN),
        tuple(each for each in claims.values() if not each.withdrawn),
    )


def comparable(incident: Incident) -> Incident:
    """Without its counters, which only ever go up."""
    return replace(incident, version=0, last_entry=0, last_action=0, last_claim=0)


SAYINGS = [
    spoken(Word.FOR, "errors began with it"),
    spoken(Word.AGAINST, "df says 12 %"),
    spoken(Word.DOING, "restart db1, expect it back, in 10 min, else roll back"),
    spoken(Word.CONFIRMED, "reverted and flat"),
    spoken(Word.RULED_OUT, ""),
    spoken(Word.KNOWN, "orders arrive"),
    spoken(Word.BELIEVE, "the cache is cold"),
    spoken(Word.CALLING, "the network people"),
    spoken(Word.NOTE, "page is up"),
    spoken(Word.TIMEBOX, "20 min"),
]


@pytest.mark.parametrize("said", SAYINGS, ids=lambda said: said.word)
def test_what_is_taken_back_leaves_no_trace_but_its_row(said: Said) -> None:
    before = begun()
    record = begun(said)
    entry = record.entries[-1]

    back = after(record, withdraw(record, entry, LATER))

    assert comparable(back.incident) == comparable(before.incident)
    assert back.incident.version == record.incident.version + 1
    assert (back.actions, back.claims) == ((), ())
    assert back.standing == before.standing
    assert back.entries[-1] == replace(entry, text="", person=None, withdrawn_at=LATER)


@pytest.mark.parametrize("word", [Word.DONE, Word.FAILED])
def test_an_ending_that_is_taken_back_lets_the_action_run_again(word: Word) -> None:
    running = begun(spoken(Word.DOING, "restart db1"))
    record = after(running, rules.record(running.incident, told(spoken(word, "hm")))[0])

    back = after(record, withdraw(record, record.entries[-1], LATER))

    assert back.incident.running == running.incident.running
    assert back.actions == running.actions


def test_an_action_of_which_only_the_end_was_told_goes_with_it() -> None:
    old = begun()
    telling = told(spoken(Word.DONE, "restarted db1"))
    change, _ = rules.record_with(old.incident, telling, rules.already_ended)
    record = after(old, change)

    back = after(record, withdraw(record, record.entries[-1], LATER))

    assert (back.actions, back.incident.running) == ((), ())


def test_an_empty_thread_is_set_aside_without_its_words() -> None:
    record = begun()

    back = withdraw(record, record.entries[-1], LATER).after.investigation(1)

    assert back is not None
    assert (back.ending, back.hypothesis, back.why) == (Ending.SET_ASIDE, TAKEN_BACK, "")


@pytest.mark.parametrize("said", SAYINGS, ids=lambda said: said.word)
def test_a_thread_with_anything_in_it_stays(said: Said) -> None:
    record = begun(said)

    back = withdraw(record, record.entries[1], LATER).after

    assert back.investigations == record.incident.investigations


def test_an_end_that_somebody_else_told_since_stays() -> None:
    record = begun(spoken(Word.RULED_OUT, "flat"))
    entry = record.entries[-1]
    by_bo = replace(record.incident.investigations[0], ended_by=BO.id)
    record = replace(record, incident=replace(record.incident, investigations=(by_bo,)))

    assert withdraw(record, entry, LATER).after.investigations == (by_bo,)


def newest(record: Record) -> Entry:
    return record.standing[-1]


@pytest.mark.parametrize("said", SAYINGS, ids=lambda said: said.word)
def test_other_words_are_as_if_they_had_been_said_at_first(said: Said) -> None:
    other = replace(
        spoken(said.word, "45 min" if said.word is Word.TIMEBOX else "in other words"), by=said.by
    )
    at_once, record = begun(other), begun(said)

    change = correct(record, newest(record), told(other))

    assert change is not None
    assert comparable(change.after) == comparable(at_once.incident)
    now = after(record, change)
    assert (newest(now).kind, newest(now).text) == (newest(at_once).kind, other.text)
    assert now.entries[-1].corrects == record.entries[-1].seq
    assert now.claims == at_once.claims


def test_a_correction_of_a_correction_is_what_stands() -> None:
    record = begun(spoken(Word.NOTE, "one"))
    for text in ("two", "three"):
        change = correct(record, newest(record), told(spoken(Word.NOTE, text), at=NOW))
        assert change is not None
        record = after(record, change)

    assert newest(record).text == "three"
    gone = after(record, withdraw(record, newest(record), LATER))
    assert [each.text for each in gone.entries if each.kind is Kind.NOTE] == ["", "", ""]


def test_the_same_words_are_no_correction() -> None:
    record = begun(spoken(Word.NOTE, "one"))

    assert correct(record, newest(record), told(spoken(Word.NOTE, "one"))) is None


def test_the_result_of_an_action_that_ended_otherwise_since_stays() -> None:
    running = begun(spoken(Word.DOING, "restart db1"))
    record = after(running, rules.record(running.incident, told(spoken(Word.DONE, "ok")))[0])
    entry = newest(record)
    failed = tuple(replace(each, outcome=Outcome.FAILED) for each in record.actions)

    change = correct(replace(record, actions=failed), entry, told(spoken(Word.DONE, "fine")))

    assert change is not None
    assert change.ended_actions == ()
