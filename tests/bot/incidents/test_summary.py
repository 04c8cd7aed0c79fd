"""Catching up, stepping back, handing over: what is gathered from a record. F4, F8, T5."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.model import (
    Action,
    Claim,
    Ending,
    Entry,
    Incident,
    Investigation,
    Kind,
    Outcome,
    Record,
)
from bot.incidents.starters import untaken
from bot.incidents.summary import (
    catch_up,
    ended_as,
    handover,
    route_called,
    running_now,
    staffed,
    step_back,
    tried,
    who_is_on_nothing,
)
from tests.bot.incidents.test_rules import NOW, fresh

ANA, BO, CY, DI = "UANA", "UBO", "UCY", "UDI"


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def entry(kind: Kind, actor: str, minutes: float, thread: int | None = None, seq: int = 1) -> Entry:
    return Entry(seq, kind, actor, ago(minutes), ago(minutes), "said", thread)


COPY = Action(3, 1, ANA, "base copy", ago(5))
RESTART = Action(2, 1, ANA, "restart db1", ago(16), outcome=Outcome.DONE, ended_at=ago(6))
SPAM_OFF = Action(1, None, BO, "remove spam", None, outcome=Outcome.FAILED, ended_at=ago(76))
INCIDENT = replace(
    fresh(),
    investigations=(
        Investigation(1, "rebuild db2", ago(20), ANA),
        Investigation(2, "spam load", ago(80)),
        Investigation(3, "a long query", ago(50), BO, Ending.RULED_OUT, "none", BO, ago(30)),
        Investigation(4, "failover", ago(40), BO, Ending.SET_ASIDE, "", BO, ago(35)),
        Investigation(5, "disk is full", ago(25), CY),
    ),
    running=(COPY,),
)
RECORD = Record(
    INCIDENT,
    (
        entry(Kind.FOR, BO, 60, 2, 1),
        entry(Kind.DECIDED, ANA, 600, seq=2),
        entry(Kind.DECIDED, ANA, 10, seq=3),
        entry(Kind.CALLING, BO, 9, seq=4),
        entry(Kind.AGAINST, DI, 14, 5, 5),
    ),
    (COPY, RESTART, SPAM_OFF),
    (
        Claim(1, Kind.UNKNOWN, "whether it is locked", ANA, ago(30)),
        Claim(2, Kind.KNOWN, "it is locked", BO, ago(20)),
        Claim(3, Kind.KNOWN, "lag is 4 GB", BO, ago(20)),
    ),
)


def test_a_catch_up_gathers_what_was_said() -> None:
    told = catch_up(RECORD, NOW, untaken(INCIDENT))
    assert told.works  # the commander runs the copy
    assert [each.action for each in told.running] == [COPY]
    assert [each.number for each in told.tried] == [1, 2]
    assert [each.number for each in told.ended] == [4, 3]
    assert [each.number for each in told.unowned] == [2]
    assert [each.seq for each in told.decided] == [2, 3]
    assert [each.seq for each in told.called] == [4]
    assert [(each.kind, each.claim.number) for each in told.known] == [
        (Kind.UNKNOWN, 1),
        (Kind.KNOWN, 3),
    ]
    confirmed = catch_up(RECORD, NOW, (), {1: True}).known
    assert [each.claim.number for each in confirmed] == [2, 3]


def test_a_commander_who_only_commands_does_not_do_the_work() -> None:
    elsewhere = replace(INCIDENT, commander=BO)
    assert not catch_up(replace(RECORD, incident=elsewhere), NOW, ()).works


@pytest.mark.parametrize(("by", "overdue"), [(None, False), (ago(-1), False), (ago(1), True)])
def test_a_running_action_says_how_long_and_whether_its_time_has_passed(
    by: datetime | None, overdue: bool
) -> None:
    incident = replace(INCIDENT, running=(replace(COPY, by=by),))
    (running,) = running_now(incident, NOW)
    assert running.lasting == timedelta(minutes=5)
    assert running.overdue is overdue
    assert running.said_how_long is (by is not None)


def test_what_runs_longest_comes_first_and_what_is_not_known_last() -> None:
    runs = (
        replace(COPY, number=1, started_at=None),
        replace(COPY, number=2, started_at=ago(5)),
        replace(COPY, number=3, started_at=ago(50)),
    )
    told = running_now(replace(INCIDENT, running=runs), NOW)
    assert [each.action.number for each in told] == [3, 2, 1]
    assert told[-1].lasting is None


@pytest.mark.parametrize(
    ("number", "is_staffed"),
    [
        (1, True),  # an action runs
        (2, False),  # nobody owns it
        (3, False),  # it is over
        (5, True),  # somebody said something 14 minutes ago
    ],
)
def test_staffed_is_an_owner_and_a_sign_of_life(number: int, is_staffed: bool) -> None:
    thread = INCIDENT.investigation(number)
    assert thread is not None
    assert staffed(RECORD, thread, NOW) is is_staffed


def test_fifteen_minutes_by_when_it_was_told() -> None:
    thread = INCIDENT.investigations[4]
    told_now = replace(entry(Kind.NOTE, CY, 400, 5), recorded_at=ago(15))
    record = replace(RECORD, entries=(told_now,))
    assert staffed(record, thread, NOW)
    assert not staffed(record, thread, NOW + timedelta(seconds=1))


def test_who_is_on_nothing() -> None:
    here = (ANA, BO, CY, DI, "UEVE")
    # Ana commands, Cy owns a staffed thread, Di said something on it; Bo's threads are over.
    assert who_is_on_nothing(RECORD, here, NOW) == (BO, "UEVE")
    assert who_is_on_nothing(RECORD, (), NOW) == ()


def test_a_step_back_counts_and_knows_who_was_active_last() -> None:
    told = step_back(RECORD, NOW, (ANA, BO, CY, DI, "UEVE", "UFAY"), {"UEVE": ago(3), BO: ago(9)})
    assert told.here == 6
    assert told.on_nothing == ("UEVE", BO, "UFAY")
    assert [each.number for each in told.staffed] == [1, 5]
    assert [each.number for each in told.unstaffed] == [2]
    assert [each.number for each in told.tried] == [1, 2]
    assert [each.key for each in told.untaken] == ["changed", "rollback", "logs", "capacity"]


def test_a_handover_leaves_out_the_decisions_of_another_shift() -> None:
    told = handover(RECORD, NOW)
    assert [each.seq for each in told.decided] == [3]
    assert [each.number for each in told.opened] == [1, 2, 5]
    assert [each.number for each in ended_as(told.ended, Ending.RULED_OUT)] == [3]
    assert [each.number for each in ended_as(told.ended, Ending.SET_ASIDE)] == [4]
    assert [each.claim.number for each in told.unknown] == [1]


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("@Bo", ""),
        ("@Bo about the backups", ""),
        ("@Bo, the DBA on call", "the DBA on call"),
        ("the DBA on call (@Bo)", "the DBA on call"),
        ("@Bo via PagerDuty", "via PagerDuty"),
        ("on-call of storage: @Bo", "on-call of storage"),
        ("Bo from the vendor's hotline", "from the vendor's hotline"),
    ],
)
def test_who_was_called_is_a_route_where_one_was_said(text: str, route: str) -> None:
    assert route_called(text, "Bo") == route


people = st.sampled_from([ANA, BO, CY, DI])
threads = st.none() | st.integers(1, 5)
entries = st.lists(
    st.builds(
        entry,
        st.sampled_from([Kind.FOR, Kind.NOTE, Kind.DECIDED, Kind.CALLING]),
        people,
        st.integers(0, 60),
        threads,
    ),
    max_size=10,
).map(tuple)
owners = st.lists(st.none() | people, min_size=5, max_size=5)


def owned(by: list[str | None]) -> Incident:
    pairs = zip(INCIDENT.investigations, by, strict=True)
    return replace(INCIDENT, investigations=tuple(replace(each, owner=who) for each, who in pairs))


@given(entries, owners, st.sets(people))
def test_everybody_is_counted_once(
    said: tuple[Entry, ...], by: list[str | None], present: set[str]
) -> None:
    record = replace(RECORD, incident=owned(by), entries=said)
    free = who_is_on_nothing(record, present, NOW)
    assert set(free) <= present - {record.incident.commander}
    told = step_back(record, NOW, present, {})
    assert len(told.staffed) + len(told.unstaffed) == len(record.incident.open_investigations())
    assert told.here == len(present)
    assert len(tried(record)) == 2
