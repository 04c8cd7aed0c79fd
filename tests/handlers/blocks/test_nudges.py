"""The fifteen questions as people read them, and what becomes of them, whatever they hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.board import Board, Mark
from bot.incidents.model import Action, Clocks, Ending, Entry, Incident, Investigation, Kind, Record
from bot.incidents.nudges_model import Asked, Nudge, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal, SignalKind, stamp
from bot.sandbox.blockkit import view_problems
from bot.workspace.teams import Hours, Willing
from handlers.blocks import incidents, nudges, nudges_became, teams
from handlers.blocks.message import Message
from handlers.blocks.nudges_words import SHORT
from tests.handlers.blocks.test_any_input import (
    action,
    check,
    lines,
    maybe,
    moments,
    named,
    names,
    people,
    rooms,
)
from tests.handlers.reading import shown

NOW = datetime(2017, 1, 31, 22, 41, tzinfo=UTC)
CALLED = {"U1": "Ana", "U2": "Bo", "U3": "Cleo"}


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


GITLAB = Incident(
    "I1",
    "T1",
    131,
    "Replication to db2 has stopped",
    "U1",
    Clocks(began=minutes_ago(41), declared=minutes_ago(41)),
    commander="U1",
    channel="C0131",
    investigations=(
        Investigation(1, "rebuild db2", minutes_ago(32), "U1"),
        Investigation(
            2, "spam load", minutes_ago(40), "U2", Ending.RULED_OUT, "the graph was flat", "U2",
            minutes_ago(20),
        ),
        Investigation(3, "logs on db1", minutes_ago(12), None),
    ),
)  # fmt: skip
COPY = Action(4, 1, "U1", "base copy db1 → db2.", minutes_ago(16))
SEEN = Entry(9, Kind.SEEING, "U2", minutes_ago(12), minutes_ago(12), "the copy prints nothing")
RECORD = Record(GITLAB, (SEEN,), (COPY,))

SINCE: dict[str, Any] = {"since": stamp(minutes_ago(32)), "minutes": 10}
SIGNALS: dict[SignalKind, tuple[int | None, str, dict[str, Any]]] = {
    SignalKind.SINGLE_LINE: (1, "", SINCE | {"open": 2}),
    SignalKind.CONCENTRATION: (1, "", SINCE | {"people": 5, "on_it": 4, "share": 0.68}),
    SignalKind.NO_NEW_HYPOTHESIS: (None, "", SINCE | {"threads": 3}),
    SignalKind.UNCHALLENGED_LEADER: (1, "", SINCE | {"for": 3}),
    SignalKind.TIMEBOX_PASSED: (1, "", {"timebox": stamp(minutes_ago(6)), "minutes": 5}),
    SignalKind.RECURRENCE: (1, "9", {"entry": 9, "action": 4, "minutes": 12}),
    SignalKind.ACTION_OVERDUE: (
        1, "4", {"action": 4, "minutes": 15, "started": stamp(minutes_ago(16))},
    ),
    SignalKind.REOPENED_HYPOTHESIS: (
        1, "", {"earlier": 2, "ended": stamp(minutes_ago(20)), "as": "ruled_out"},
    ),
    SignalKind.VAGABONDING: (None, "", {"minutes": 20, "threads": 5, "untested": 4}),
    SignalKind.ORPHAN_SYMPTOM: (
        None, "9", {"entry": 9, "since": stamp(minutes_ago(12)), "minutes": 10},
    ),
    SignalKind.NO_RECENT_CHANGE: (None, "", SINCE),
    SignalKind.ACTION_DEFERRED: (2, "", {"confirmed": stamp(minutes_ago(20)), "minutes": 15}),
    SignalKind.STALE_CREW: (None, "", {"since": stamp(minutes_ago(95)), "people": 4}),
    SignalKind.LONG_HAUL: (None, "U1", {"since": stamp(minutes_ago(241)), "minutes": 240}),
    SignalKind.DESTRUCTIVE_VERB: (1, "4", {"action": 4, "verb": "remove", "told": "start"}),
}  # fmt: skip
LEFT = "Nobody is looking at: *3 · logs on db1* · what changed · rollback · capacity."
WORDS = {
    SignalKind.SINGLE_LINE: (
        "For 32 minutes one thread only has been worked on: *1 · rebuild db2*. The other one is "
        f"quiet. {LEFT}\nWhat would we see if it cannot work, and who looks?"
    ),
    SignalKind.CONCENTRATION: (
        f"4 of 5 people have been on *1 · rebuild db2* for 32 minutes. {LEFT}\n"
        "Who takes something else?"
    ),
    SignalKind.NO_NEW_HYPOTHESIS: (
        f"No new idea for 32 minutes; 3 so far. {LEFT}\nWhat else would look like this?"
    ),
    SignalKind.UNCHALLENGED_LEADER: (
        "*1 · rebuild db2* has led for 32 minutes, and nothing is recorded against it.\n"
        "What would we see if it were wrong, and who looks?"
    ),
    SignalKind.TIMEBOX_PASSED: (
        "*1 · rebuild db2* was to be decided again by 22:35.\nKeep it, change it, or drop it?"
    ),
    SignalKind.RECURRENCE: (
        "Back? Bo sees, 12 minutes after *base copy db1 → db2*: “the copy prints nothing”\n"
        "Was that not it, or is this something else?"
    ),
    SignalKind.ACTION_OVERDUE: (
        "*base copy db1 → db2* (Ana) has run for 16 minutes, and nobody said how long it should "
        "take.\nIs it still running? What should we see, and by when?"
    ),
    SignalKind.REOPENED_HYPOTHESIS: (
        "*1 · rebuild db2* is open again. Bo ruled this out at 22:21: the graph was flat.\n"
        "New evidence is a good reason to look again. What changed?"
    ),
    SignalKind.VAGABONDING: (
        "5 threads in 20 minutes, nothing tested in 4 of them.\n"
        "One test each, then the next: which one first, and who?"
    ),
    SignalKind.ORPHAN_SYMPTOM: (
        "For 12 minutes nobody has looked at what Bo sees: “the copy prints nothing”.\n"
        "Whose is it, or is it unrelated?"
    ),
    SignalKind.NO_RECENT_CHANGE: (
        "For 32 minutes nobody has looked at what changed.\n"
        "What changed since yesterday? Ramps, flags and vendors, too."
    ),
    SignalKind.ACTION_DEFERRED: (
        "*2 · spam load* was found to be it at 22:21. Nothing has been started since.\n"
        "What stops us, and who decides?"
    ),
    SignalKind.STALE_CREW: (
        "Nobody new has come for 1 h 35 min; 4 people are here. Nobody from Database or Payments "
        "is here.\nAsk somebody fresh?"
    ),
    SignalKind.LONG_HAUL: "You've been here four hours. Hand over?",
    SignalKind.DESTRUCTIVE_VERB: (
        "*base copy db1 → db2* (Ana) can't be undone.\n"
        "Which host does that shell read back, and who looks along?"
    ),
}


def signal(kind: SignalKind) -> Signal:
    line, about, evidence = SIGNALS[kind]
    return Signal(kind, line, minutes_ago(5), evidence, about)


def asked(*kinds: SignalKind, record: Record = RECORD, nth: int = 1, **changes: Any) -> Asked:
    nudge = Nudge(1, Rung.CARD, tuple(map(signal, kinds)), NOW)
    return Asked(replace(nudge, **changes), record, nth, ("Database", "Payments", "Support"))


def name(person: str) -> str:
    return CALLED.get(person, "somebody")


def read(message: Message) -> str:
    """Texts and labels, one block a line."""
    return "\n".join(_read(each) for each in message.blocks)


def _read(block: dict[str, Any]) -> str:
    if block["type"] == "section":
        return shown(block["text"]["text"])
    return " ".join(_element(each) for each in block["elements"])


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "mrkdwn":
        return shown(element["text"])
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    if element["type"] == "overflow":
        return "[⋯]"
    return f"[{element['placeholder']['text']} ▾]"


class TestWords:
    def test_each_kind_has_its_question_and_its_mark(self) -> None:
        assert WORDS.keys() == SIGNALS.keys() == SHORT.keys() == set(SignalKind)

    @pytest.mark.parametrize("kind", SignalKind)
    def test_the_question(self, kind: SignalKind) -> None:
        _head, text, *_ = read(nudges.card(asked(kind), name)).split("\n", 1)
        assert text.startswith(WORDS[kind])

    def test_the_card_as_the_mock_up_has_it(self) -> None:
        alone = replace(GITLAB, investigations=GITLAB.investigations[:1])
        one = replace(signal(SignalKind.SINGLE_LINE), evidence=SINCE | {"open": 1})
        told = asked(SignalKind.SINGLE_LINE, record=Record(alone), signals=(one,))
        assert (
            read(nudges.card(told, name))
            == """\
A question, not an alarm · first of at most two this hour
For 32 minutes everything has gone into one thread: *1 · rebuild db2*. \
Nobody is looking at: what changed · rollback · logs · capacity · traffic.
What would we see if it cannot work, and who looks?
[I'll look at … ▾] [Already checked] [Later, 30 min] [Not useful] [⋯]"""
        )

    def test_the_second_of_the_hour_says_so(self) -> None:
        told = read(nudges.card(asked(SignalKind.VAGABONDING, nth=2), name))
        assert told.startswith("A question, not an alarm · second of at most two this hour\n")

    def test_two_signals_are_one_message(self) -> None:
        both = asked(SignalKind.SINGLE_LINE, SignalKind.NO_NEW_HYPOTHESIS)
        text = read(nudges.card(both, name))
        assert text.count("Nobody is looking at:") == 1
        assert "\n\nNo new idea for 32 minutes; 3 so far.\nWhat else would look like this?" in text

    def test_a_line_that_was_taken_back_is_gone_from_its_question(self) -> None:
        bare = replace(RECORD, entries=())
        for kind in (SignalKind.RECURRENCE, SignalKind.ORPHAN_SYMPTOM):
            assert "prints nothing" not in read(nudges.card(asked(kind, record=bare), name))

    def test_an_assumption_that_nobody_checked_is_what_is_asked(self) -> None:
        back = replace(GITLAB.investigations[0], hypothesis="rollback of 4412")
        record = Record(replace(GITLAB, investigations=(back,)))
        told = read(nudges.card(asked(SignalKind.UNCHALLENGED_LEADER, record=record), name))
        assert (
            "For it to work, the old version must still run on today's data and schema. Who checks?"
        ) in told

    def test_the_commander_alone_is_told_where_it_is(self) -> None:
        told = asked(SignalKind.VAGABONDING, rung=Rung.COMMANDER, asked_of="U1")
        assert read(nudges_became.shown(told, name)).startswith(
            "A question, not an alarm · only you see this · Replication to db2 has stopped <#C0131>"
        )
        hidden = replace(told, record=replace(RECORD, incident=replace(GITLAB, private=True)))
        assert "Replication" not in read(nudges_became.shown(hidden, name))

    def test_an_outsider_is_asked_one_question_and_may_say_no(self) -> None:
        told = asked(SignalKind.SINGLE_LINE, rung=Rung.OUTSIDER, asked_of="U3")
        assert (
            read(nudges_became.shown(told, name))
            == f"""\
You said you would look with fresh eyes. If not now, nobody hears of it.
*Replication to db2 has stopped*, since 22:00.
Being looked at: rebuild db2 · logs on db1.
Ended: spam load.
{WORDS[SignalKind.SINGLE_LINE].splitlines()[0]}
What would you look at first?
[I'll have a look] [Not now] [Take me off the list]"""
        )

    def test_hours_are_said_in_words(self) -> None:
        late = replace(signal(SignalKind.LONG_HAUL), at=minutes_ago(1))
        assert read(nudges_became.long_haul(GITLAB, late, name)) == (
            "You've been here four hours. Hand over?\nOnly you see this, and nobody hears of it."
        )


BY_BO: dict[str, Any] = {"answered_by": "U2", "answered_at": minutes_ago(-2)}
BECAME = [
    ({"outcome": NudgeOutcome.ACTED} | BY_BO, "Bo has taken it up, 22:43."),
    ({"outcome": NudgeOutcome.ANSWERED} | BY_BO, "Already checked (Bo, 22:43)."),
    (
        {"outcome": NudgeOutcome.SNOOZED, "until": minutes_ago(-30)} | BY_BO,
        "I may ask again after 23:11.",
    ),
    (
        {"outcome": NudgeOutcome.MUTED} | BY_BO,
        "Two of you found it not useful: I don't ask about it here again.",
    ),
    ({"outcome": NudgeOutcome.STOPPED} | BY_BO, "Questions are off here (Bo, 22:43)."),
    ({"outcome": NudgeOutcome.OVER}, "That is not so any more."),
    ({"outcome": NudgeOutcome.LEFT, "left": True}, "A later question has taken its place."),
    ({"left": True}, "A later question has taken its place."),
    ({"outcome": NudgeOutcome.DECLINED, "asked_of": "U1"}, "Not now."),
]


class TestWhatBecame:
    @pytest.mark.parametrize(("changes", "said"), BECAME)
    def test_it_is_one_line(self, changes: dict[str, Any], said: str) -> None:
        told = asked(SignalKind.SINGLE_LINE, **changes)
        assert read(nudges_became.shown(told, name)) == f"Asked 22:41: one thread only. {said}"

    @pytest.mark.parametrize(
        ("kind", "changes", "does"),
        [
            (Kind.THREAD, {"investigation": 3}, "looks at *3 · logs on db1*"),
            (Kind.TAKE, {"investigation": 1}, "looks at *1 · rebuild db2*"),
            (Kind.DECIDED, {}, "said why"),
            (Kind.ANSWER, {}, "set a time"),
            (Kind.LOOK, {"person": "U3"}, "asked Cleo to look"),
        ],
    )
    def test_it_says_what_was_done(self, kind: Kind, changes: dict[str, Any], does: str) -> None:
        at = minutes_ago(-2)
        entry = replace(Entry(10, kind, "U2", at, at, "x"), **changes)
        record = replace(RECORD, entries=(entry,))
        told = asked(SignalKind.SINGLE_LINE, record=record, outcome=NudgeOutcome.ACTED, **BY_BO)
        assert f"Bo {does}, 22:43." in read(nudges_became.shown(told, name))

    def test_one_who_finds_it_not_useful_is_not_named(self) -> None:
        said = {"outcome": NudgeOutcome.NOT_USEFUL, "not_useful": ("U2",)} | BY_BO
        told = asked(SignalKind.SINGLE_LINE, until=minutes_ago(-30), **said)
        text = read(nudges_became.shown(told, name))
        assert text.endswith(
            "One of you does not find this useful: it rests until 23:11. A second one turns it off "
            "here."
        )
        assert "Bo" not in text

    @pytest.mark.parametrize("outcome", NudgeOutcome)
    def test_an_outsiders_line_names_nobody(self, outcome: NudgeOutcome) -> None:
        told = asked(
            SignalKind.SINGLE_LINE, rung=Rung.OUTSIDER, asked_of="U3", left=True, outcome=outcome
        )
        text = read(nudges_became.shown(told, name))
        assert text.count("\n") == 0
        assert not {"Ana", "Bo", "Cleo"} & set(text.split())


class TestTheBoard:
    def test_a_mark_stands_by_its_thread_and_below_all(self) -> None:
        marks = (
            Mark("single_line", 1, minutes_ago(32)),
            Mark("no_recent_change", None, minutes_ago(41)),
            Mark("action_deferred", 2, minutes_ago(20)),
        )
        board = Board(GITLAB, NOW, marks=marks)
        rows = read(incidents.board(board, name, "/thread")).splitlines()
        first = next(n for n, row in enumerate(rows) if row.startswith("*1 · rebuild"))
        assert rows[first + 2] == "      ◇ the only one that is worked on, since 22:09"
        assert "◇ nobody has looked at what changed, since 22:00" in rows
        assert "◇ found, and nothing started, since 22:21" in rows  # its thread has ended

    def test_questions_are_off_since_when_by_whom_and_back_with_one_press(self) -> None:
        off = Entry(7, Kind.QUIET, "U1", minutes_ago(3), minutes_ago(3), "on")
        text = read(
            incidents.board(Board(replace(GITLAB, quiet=True), NOW, hushed=off), name, "/t")
        )
        assert "Questions are off here (Ana, 22:38)." in text
        assert "[Ask again]" in text


# -- whatever it is made of ------------------------------------------------------------------------

figures = st.integers(-5, 10**6) | lines | moments.map(stamp)
KEYS = (
    "since minutes open people on_it for timebox entry action started expected earlier ended "
    "threads untested confirmed verb"
)
evidence = st.dictionaries(st.sampled_from(KEYS.split()), figures)
signals = st.builds(
    Signal,
    st.sampled_from(SignalKind),
    maybe | st.integers(1, 60),
    moments,
    evidence,
    st.sampled_from(["", "1", "4", "U0ANA"]),
)
some_nudges = st.builds(
    Nudge,
    st.integers(1, 999),
    st.sampled_from(Rung),
    st.lists(signals, min_size=1, max_size=2, unique_by=lambda each: each.kind).map(tuple),
    moments,
    asked_of=st.sampled_from(["", "U0ANA"]),
    outcome=st.sampled_from(NudgeOutcome),
    answered_by=maybe | people,
    answered_at=maybe | moments,
    until=maybe | moments,
    not_useful=st.sampled_from([(), ("U0BO",)]),
    left=st.booleans(),
)
said = st.lists(
    st.builds(
        Entry,
        st.integers(1, 9),
        st.sampled_from([Kind.SEEING, Kind.THREAD, Kind.LOOK, Kind.DECIDED]),
        people,
        moments,
        moments,
        lines,
        investigation=maybe | st.integers(1, 50),
        person=maybe | people,
    ),
    max_size=3,
).map(tuple)
records = st.builds(Record, rooms, said, st.lists(action(4) | action(1), max_size=2).map(tuple))


@given(some_nudges, records, st.integers(0, 9), st.lists(lines, max_size=3).map(tuple), names)
def test_a_question(
    nudge: Nudge, record: Record, nth: int, absent: tuple[str, ...], called: str
) -> None:
    told = Asked(nudge, record, nth, absent)
    for each in (
        nudges_became.shown(told, named(called)),
        nudges_became.became(told, named(called)),
        nudges_became.recruited(told, "U0BO", named(called)),
        nudges_became.long_haul(record.incident, nudge.signals[0], named(called)),
        nudges.card(told, named(called)),
        nudges.for_commander(told, named(called)),
        nudges_became.for_outsider(told, named(called)),
        nudges.why(told),
    ):
        check(each)
    for which in nudges.FORMS:
        assert view_problems(nudges.form(told, which, '{"incident":"I1"}')) == []


marks = st.builds(
    Mark, st.sampled_from([each.value for each in SignalKind]), maybe | st.integers(1, 60), moments
)


@given(rooms, st.lists(marks, max_size=40).map(tuple), names, maybe | said)
def test_the_board_with_marks(
    incident: Incident, shown_marks: tuple[Mark, ...], called: str, off: Any
) -> None:
    hushed = off[0] if off else None
    board = Board(incident, NOW, marks=shown_marks, hushed=hushed)
    check(incidents.board(board, named(called), "/thread"))


@given(st.sets(st.integers(0, 6)), lines)
def test_hours_and_teams(days: set[int], team: str) -> None:
    hours = Hours(days=tuple(sorted(days)))
    assert view_problems(teams.form(hours)) == []
    check(Message("x", tuple(teams.on_home(Willing("U1", hours), (team, team)))))
    check(Message("x", tuple(teams.on_home(None, ()))))
