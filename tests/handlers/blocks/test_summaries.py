"""Catching up, stepping back and handing over, as people read them; screens.md section 2."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.incidents.model import (
    Action,
    Claim,
    Entry,
    Incident,
    IncidentState,
    Kind,
    Outcome,
    Record,
)
from bot.incidents.starters import STARTERS, untaken
from bot.incidents.summary import catch_up, handover, step_back
from handlers.blocks import summary
from tests.handlers.blocks.test_any_input import (
    HEAVIEST,
    HEAVY_CLAIMS,
    check,
    check_size,
    claims,
    lines,
    moments,
    named,
    names,
    people,
    rooms,
)
from tests.handlers.blocks.test_screens import COPY, GITLAB, NAMES, NOW, REINDEX, at
from tests.handlers.reading import read

PLAIN_COPY = replace(COPY, expect="", otherwise="", by=None)
SPAM = Action(
    1, 2, "U0ANA", "remove spam accounts", None, outcome=Outcome.DONE, ended_at=at("21:25")
)
WAL = Action(
    2,
    1,
    "U0BO",
    "raise max_wal_senders on db1",
    at("22:25"),
    outcome=Outcome.FAILED,
    ended_at=at("22:35"),
    result="does not start.",
)
EARLY = replace(GITLAB, investigations=GITLAB.investigations[:2], running=(PLAIN_COPY,))
UNKNOWN = Claim(1, Kind.UNKNOWN, "why the copy prints nothing", "U0ANA", at("22:39"))
LOCKED = Claim(2, Kind.UNKNOWN, "whether db2 is locked", "U0ANA", at("22:39"))
IT_IS = Claim(3, Kind.KNOWN, "db2 is locked", "U0BO", at("22:40"))


def record(incident: Incident = EARLY, *entries: Entry, said: tuple[Claim, ...] = ()) -> Record:
    return Record(incident, entries, (SPAM, WAL, *incident.running), said)


def caught_up(of: Record) -> str:
    told = catch_up(of, NOW, untaken(of.incident))
    return read(summary.catch_up(replace(told, severity=of.incident.severity or ""), NAMES))


def told(kind: Kind, clock: str, text: str, person: str | None = None) -> Entry:
    return Entry(1, kind, "U0ANA", at(clock), at(clock), text, person=person)


def test_catching_up_at_minute_40() -> None:
    assert (
        caught_up(record(said=(UNKNOWN, LOCKED, IT_IS)))
        == """\
Only you see this · true at 22:41
*Replication to db2 has stopped.* Critical. Ana holds command and is doing the work.
*Now:* base copy db1 → db2 since 22:36. Nobody has said how long that should take.
*Tried:* 21:25 remove spam accounts · 22:35 raise max_wal_senders on db1, failed: does not start
*Ruled out:* nothing yet.
*Not known:* why the copy prints nothing · whether db2 is locked (unknown; Bo believes yes)
*Nobody is looking at:* what changed · rollback · logs · capacity
[Take one ▾ what changed | rollback | logs | capacity] [Ask without interrupting] \
[Tell me when it's over]"""
    )


def test_what_was_ruled_out_decided_and_called_comes_with_reasons_and_times() -> None:
    entries = (
        told(Kind.DECIDED, "22:30", "no failover tonight."),
        told(Kind.CALLING, "22:31", "@Bo, the DBA on call", "U0BO"),
    )
    whole = caught_up(record(replace(GITLAB, commander="U0BO"), *entries))
    assert "Bo holds command. " not in whole
    assert "Critical. Bo holds command.\n" in whole
    assert (
        "*Now:* Ana · base copy db1 → db2 since 22:36. Expected: a running replica, by 23:10. "
        "Else: restart with more WAL senders.\n"
    ) in whole
    assert "*Ruled out:* A long query holds a lock (none runs longer than 2 s)" in whole
    assert "*Decided:* 22:30 no failover tonight\n" in whole
    assert "*Called:* 22:31 @Bo, the DBA on call\n" in whole


def test_a_time_that_has_passed_is_said() -> None:
    late = replace(PLAIN_COPY, by=at("22:40"))
    assert "since 22:36. Expected by 22:40. That has passed." in caught_up(
        record(replace(EARLY, running=(late,)))
    )


def test_a_thread_that_nobody_has_can_be_taken() -> None:
    spam = replace(EARLY.investigations[1], owner=None)
    whole = caught_up(record(replace(EARLY, investigations=(spam,), running=())))
    assert "*Now:* no action is running." in whole
    assert "*Nobody is looking at:* 2 Spam load on the database · what changed" in whole
    assert "[Take one ▾ 2 · Spam load on the database | what changed" in whole


def test_when_it_is_over_there_is_nothing_to_take() -> None:
    clocks = replace(EARLY.clocks, resolved=at("22:30"))
    over = replace(EARLY, state=IncidentState.RESOLVED, clocks=clocks)
    whole = caught_up(record(over))
    assert "It is resolved since 22:30." in whole
    assert whole.endswith("[Ask without interrupting]")
    assert "[" not in caught_up(record(replace(over, state=IncidentState.CLOSED)))


PRESENT = ("U0ANA", "U0BO", "U0CY", "U0DI")
ACTIVE = {"U0CY": at("22:38")}
ALL = {"U0ANA": "Ana", "U0BO": "Bo", "U0CY": "Cy", "U0DI": "Di"}.__getitem__


def stepped(*, commander: bool) -> str:
    back = step_back(record(GITLAB), NOW, PRESENT, ACTIVE)
    return read(summary.step_back(back, commander=commander, names=ALL))


def test_a_step_back_in_the_channel_counts_people() -> None:
    whole = stepped(commander=False)
    assert (
        whole
        == """\
*A step back*
*Open:* 2 threads, 1 of them with somebody on it in 15 minutes.
*On it:* 1 Rebuild db2, fresh base copy
*Nobody on it:* 2 Spam load on the database
*Tried:* 21:25 remove spam accounts · 22:35 raise max_wal_senders on db1, failed: does not start
*Ruled out:* A long query holds a lock (none runs longer than 2 s)
*Untried:* what changed · rollback · logs · capacity
4 people are here, 3 on no thread.
true at 22:41"""
    )
    for name in ("Ana", "Bo", "Cy", "Di"):
        assert name not in whole


def test_a_step_back_for_the_commander_names_people_kindly() -> None:
    assert stepped(commander=True).endswith(
        "4 people are here, 3 on no thread.\n"
        "*On no thread, may be busy elsewhere:* Cy (active 22:38) · Bo · Di\n"
        "Only you see this · true at 22:41"
    )
    back = step_back(record(GITLAB), NOW, ("U0ANA",), {})
    alone = read(summary.step_back(back, commander=True, names=ALL))
    assert "1 person is here, and everybody has something to do." in alone


def test_a_handover_in_the_channel() -> None:
    entries = (
        told(Kind.DECIDED, "22:30", "no failover tonight"),
        told(Kind.CALLING, "22:31", "@Bo, the DBA on call", "U0BO"),
        told(Kind.CALLING, "22:33", "@Bo", "U0BO"),
    )
    told_on = handover(record(GITLAB, *entries, said=(UNKNOWN,)), NOW)
    whole = summary.handover(replace(told_on, severity="SEV<1>"), NAMES)
    assert (
        read(whole)
        == """\
*Handover: Replication to db2 has stopped* · SEV<1> · since 22:00
Command: Ana
*Running:* Ana · base copy db1 → db2 since 22:36 (5 min). Expected: a running replica, by 23:10. \
Else: restart with more WAL senders.
*Open:* 1 Rebuild db2, fresh base copy (Ana) · 2 Spam load on the database (Bo)
*Ruled out:* A long query holds a lock (none runs longer than 2 s)
*Not known:* why the copy prints nothing
*Called:* 22:31 the DBA on call · 22:33 @Bo
*Decided:* 22:30 no failover tonight
*Nobody is looking at:* what changed · rollback · logs · capacity
true at 22:41"""
    )


def test_a_handover_of_nothing_says_so() -> None:
    empty = replace(GITLAB, investigations=(), running=())
    whole = read(summary.handover(handover(Record(empty), NOW), NAMES))
    assert "*Running:* nothing.\n*Open:* no thread.\n*Ruled out:* nothing yet." in whole
    assert "*Called:* nobody yet." in whole


def test_a_length_of_time() -> None:
    spelt = [summary.lasting(timedelta(minutes=each)) for each in (0, 5, 60, 80, 1127)]
    assert spelt == ["0 min", "5 min", "1 h", "1 h 20 min", "18 h 47 min"]


def test_much_of_everything_is_counted() -> None:
    many = tuple(replace(SPAM, number=n, text=f"try {n}") for n in range(12))
    threads = tuple(replace(REINDEX, number=n) for n in range(1, 8))
    of = Record(replace(GITLAB, investigations=threads), (), many)
    whole = caught_up(of)
    assert "*Tried:* 7 earlier · 21:25 try 7 · " in whole
    assert "*Ruled out:* 2 earlier · " in whole


entries = st.lists(
    st.builds(
        Entry,
        st.integers(1, 99),
        st.sampled_from([Kind.DECIDED, Kind.CALLING, Kind.NOTE]),
        people,
        moments,
        moments,
        lines,
        person=st.none() | people,
    ),
    max_size=12,
).map(tuple)
over = st.lists(
    st.builds(
        Action,
        st.integers(1, 99),
        st.none(),
        people,
        lines,
        st.none() | moments,
        outcome=st.sampled_from([Outcome.DONE, Outcome.FAILED]),
        ended_at=st.none() | moments,
        result=lines,
    ),
    max_size=12,
).map(tuple)
HEAVY_OVER = (
    Action(1, None, "U0BO", "&" * 3000, NOW, result="<" * 3000, outcome=Outcome.DONE),
) * 9
HEAVY_SAID = (Entry(1, Kind.DECIDED, "U0BO", NOW, NOW, "&" * 3000),) * 9
BUSY = tuple(f"U0P{n}" for n in range(60))


@given(rooms, entries, over, claims, names)
@example(HEAVIEST, HEAVY_SAID, HEAVY_OVER, HEAVY_CLAIMS, "&" * 300)
def test_whatever_people_type(
    incident: Incident,
    said: tuple[Entry, ...],
    done: tuple[Action, ...],
    known: tuple[Claim, ...],
    name: str,
) -> None:
    of = Record(incident, said, (*done, *incident.running), known)
    back = step_back(of, NOW, BUSY, dict.fromkeys(BUSY, NOW))
    messages = [
        summary.catch_up(catch_up(of, NOW, STARTERS), named(name)),
        summary.step_back(back, commander=True, names=named(name)),
        summary.step_back(back, commander=False, names=named(name)),
        summary.handover(handover(of, NOW), named(name)),
    ]
    for message in messages:
        check(message)
        check_size(message)
