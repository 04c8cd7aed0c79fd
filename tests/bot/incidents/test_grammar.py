"""The grammar's rules one by one, and the properties that hold for any text."""

import time
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.incidents.commands import IncidentCommand, incident
from bot.incidents.grammar import (
    Minutes,
    Misspelt,
    Moment,
    Said,
    Show,
    WallTime,
    Word,
    log,
    resolve_moment,
    say,
    threads,
)
from bot.incidents.verbs import VERBS, IncidentVerb
from bot.incidents.words import NAMES, near

BERLIN = ZoneInfo("Europe/Berlin")
Direction = Literal["future", "past"]

anything = st.text(max_size=300)
# Texts made of what the grammar looks for are likelier to trip it than random letters.
MARKS = [
    ":",
    "：",
    " ",
    "\n",
    "`",
    "```",
    "> ",
    "*",
    "_",
    "\u200b",
    "\u200f",
    "é",
    "2",
    "#3",
    "thread 4",
]
CLAUSES = [", by ", ", expect ", ", else ", "02:45", "10 min ago", "25:61"]
pieces = st.lists(st.sampled_from([*NAMES, *VERBS, *MARKS, *CLAUSES]), max_size=25).map("".join)
texts = anything | pieces


@given(texts)
@example("\u200b*_*")
@example("::" * 50)
@example("٠٢:٤٥: x")
def test_any_text_has_exactly_one_meaning_and_nothing_raises(text: str) -> None:
    assert isinstance(say(text), Said | Misspelt | None)
    assert threads(text) == threads(text)
    assert isinstance(log(text), Said | Misspelt | Show)
    for inside in (True, False):
        assert isinstance(incident(text, inside=inside), IncidentCommand)


@given(texts.filter(lambda text: ":" not in text and "：" not in text))
def test_without_a_colon_only_an_end_and_a_number_is_ours(text: str) -> None:
    said = say(text)
    if said is not None:
        assert isinstance(said, Said)
        assert said.number is not None
        assert said.word in {Word.CONFIRMED, Word.RULED_OUT, Word.NO_HELP, Word.SET_ASIDE}


@pytest.mark.parametrize("name", sorted(NAMES))
@given(text=anything)
def test_a_word_and_a_text_come_back_exactly_as_typed(name: str, text: str) -> None:
    said = say(f"{name}: x{text}")
    assert isinstance(said, Said)
    assert said.word is NAMES[name].word
    assert said.text == f"x{text}".strip()
    assert (said.number, said.title, said.when) == (None, "", None)


@given(texts)
def test_a_bare_thread_command_never_loses_text(text: str) -> None:
    meaning = threads(text)
    if isinstance(meaning, Said) and meaning.word is Word.THREAD and ":" not in text:
        assert meaning.text == text.strip()


@given(texts)
def test_a_title_is_the_text_as_typed(text: str) -> None:
    meaning = incident("Zzz " + text, inside=False)
    assert meaning.verb is IncidentVerb.DECLARE
    assert meaning.text == ("Zzz " + text).strip()


@given(st.text(alphabet=" ,:`>\n*byinelsexpct0123456789", max_size=300))
def test_the_parts_of_an_action_are_parts_of_its_text(text: str) -> None:
    said = say("doing: x" + text)
    assert isinstance(said, Said)
    for part in (said.expect, said.otherwise, said.bad_by):
        assert part in said.text
    assert not said.what or said.what[0] == "x"


@pytest.mark.parametrize(
    "unit",
    [",", ", by ", ", expect ", ", or ", ", in 10 ", "`", "```", ": ", ">\n", "*", " ", "2 h "],
)
def test_a_very_long_text_is_read_in_linear_time(unit: str) -> None:
    long = unit * (400_000 // len(unit))
    started = time.process_time()
    for text in (long, "doing: x" + long, "for " + long, "timebox: " + long):
        say(text), threads(text), log(text), incident(text, inside=True)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_right_spelling_is_never_a_slip_of_another(name: str) -> None:
    assert isinstance(say(f"{name}: x"), Said)
    assert near(name, [name]) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("agianst", "against"),
        ("fro", "for"),
        ("notte", "note"),
        ("rull out", "rule out"),
        ("seing", "seeing"),
    ],
)
def test_a_slip_of_the_finger_is_recognised(typed: str, meant: str) -> None:
    assert near(typed, NAMES) == meant


@pytest.mark.parametrize("typed", ["http", "fyi", "fix", "fir", "node", "none", "got it", "", "2"])
def test_everyday_words_are_not_slips(typed: str) -> None:
    assert near(typed, NAMES) is None


def test_a_misspelt_line_keeps_all_that_was_meant() -> None:
    slip = say("rull out 2 10 min ago: flat")
    meant = Said(Word.RULED_OUT, "flat", number=2, when=Minutes(10))
    assert slip == Misspelt("rull out", Word.RULED_OUT, "flat", meant)


def test_a_word_after_incident_is_said_inside_and_a_title_outside() -> None:
    inside = incident("unsafe: stop", inside=True)
    outside = incident("unsafe: stop", inside=False)
    assert (inside.verb, inside.said) == (IncidentVerb.SAY, say("unsafe: stop"))
    assert (outside.verb, outside.text) == (IncidentVerb.DECLARE, "unsafe: stop")


@pytest.mark.parametrize("typed", ["changes: 4412 is out", "Changes : 4412 is out"])
def test_a_verb_that_only_shows_something_does_not_swallow_text(typed: str) -> None:
    found = incident(typed, inside=True)

    assert isinstance(found.said, Said)
    assert (found.said.word, found.said.text) == (Word.CHANGED, "4412 is out")
    assert incident("group: the blue one", inside=True).text == "group: the blue one"


@pytest.mark.parametrize("typed", ["handover @bo", "hand over to Bo please", "command <@U1>"])
def test_a_verb_with_more_behind_it_is_asked_about_before_it_is_a_title(typed: str) -> None:
    assert incident(typed, inside=True).nearest is not None
    assert incident(typed, inside=False).nearest is None


def test_reopening_takes_its_reason_where_it_is_meant() -> None:
    inside, outside = (incident("reopen it lags", inside=here) for here in (True, False))

    assert (inside.verb, inside.text) == (IncidentVerb.REOPEN, "it lags")
    assert (outside.verb, outside.text) == (IncidentVerb.DECLARE, "reopen it lags")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "now", "direction", "expected"),
    [
        (WallTime(2, 45), "2026-07-01 02:00", "future", "2026-07-01 02:45"),
        (WallTime(2, 45), "2026-07-01 23:00", "future", "2026-07-02 02:45"),
        (WallTime(2, 45), "2026-07-01 02:45", "future", "2026-07-01 02:45"),
        (WallTime(2, 45), "2026-07-01 03:00", "future", None),
        (WallTime(15, 1), "2026-07-01 03:00", "future", None),
        (WallTime(17, 20), "2026-07-01 18:00", "past", "2026-07-01 17:20"),
        (WallTime(17, 20), "2026-07-02 03:00", "past", "2026-07-01 17:20"),
        (WallTime(17, 20), "2026-07-01 17:19", "past", "2026-06-30 17:20"),
        (WallTime(0, 45, utc=True), "2026-07-01 02:00", "future", "2026-07-01 02:45"),
        (Minutes(10), "2026-07-01 23:55", "future", "2026-07-02 00:05"),
        (Minutes(721), "2026-07-01 12:00", "future", None),
        (Minutes(40), "2026-07-01 00:10", "past", "2026-06-30 23:30"),
        (Minutes(1441), "2026-07-01 12:00", "past", None),
        # The clock goes from 02:00 to 03:00: 02:30 does not exist and is an hour after 01:30.
        (WallTime(2, 30), "2026-03-29 01:30", "future", "2026-03-29 03:30"),
    ],
)
def test_a_moment_is_resolved(
    moment: Moment, now: str, direction: Direction, expected: str | None
) -> None:
    found = resolve_moment(moment, at(now), BERLIN, direction=direction)
    assert found == (at(expected) if expected else None)


def test_a_wall_time_shown_twice_is_the_next_or_the_latest() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in summer time, again an hour later
    second = first + timedelta(hours=1)
    wall, minute = WallTime(2, 30), timedelta(minutes=1)

    def future(now: datetime) -> datetime | None:
        return resolve_moment(wall, now, BERLIN, direction="future")

    def past(now: datetime) -> datetime | None:
        return resolve_moment(wall, now, BERLIN, direction="past")

    assert (future(first - minute), future(first + minute)) == (first, second)
    assert (past(first + minute), past(second + minute)) == (first, second)


@given(
    st.builds(WallTime, st.integers(0, 23), st.integers(0, 59), st.booleans())
    | st.builds(Minutes, st.integers(0, 9999)),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.sampled_from(["future", "past"]),
)
def test_a_moment_stays_within_its_window(
    moment: Moment, now: datetime, zone: str, direction: Direction
) -> None:
    found = resolve_moment(moment, now, ZoneInfo(zone), direction=direction)
    if found is not None:
        ahead = found - now
        assert found.tzinfo is UTC
        low, high = (0, 12) if direction == "future" else (-24, 0)
        assert timedelta(hours=low) <= ahead <= timedelta(hours=high)
