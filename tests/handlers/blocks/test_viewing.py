"""The private looks as people read them, whatever was typed. R3, C4, C11, T1."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.changes import Changes, Noticed, Sign
from bot.incidents.found import Place
from bot.incidents.group import Group, Hands
from bot.incidents.improvised import Improvised, ImprovisedPage
from bot.incidents.model import Entry, IncidentState, Investigation, Kind, Ramp, Step
from bot.incidents.symptoms import Symptom, Symptoms
from handlers.blocks import ramps, viewing
from handlers.viewing import place_of
from tests.handlers.blocks.test_any_input import check, lines, named, names
from tests.handlers.blocks.test_screens import GITLAB, NAMES, NOW, at
from tests.handlers.reading import read, shown

STEPS = (Step(at("22:00"), 10), Step(at("22:20"), 50), Step(at("22:40"), 100))
ROLLOUT = Ramp(at("22:00"), at("22:40"), STEPS)


@pytest.mark.parametrize(
    ("ramp", "clock", "drawn"),
    [
        (ROLLOUT, "22:25", "22:00 ░░░░░░▒|▒▒▒▒█ 22:40 · first symptom 22:25, at 50 %"),
        (ROLLOUT, "21:59", "22:00 ░░░░░░▒▒▒▒▒█ 22:40 · first symptom 21:59, before it began"),
        (
            ROLLOUT,
            "22:41",
            "22:00 ░░░░░░▒▒▒▒▒█ 22:40 · first symptom 22:41, after it was complete",
        ),
        (
            Ramp(at("22:00")),
            "22:00",
            "22:00 |▒▒▒▒▒▒▒▒▒▒▒▒ goes on · first symptom 22:00, while it went on",
        ),
        (
            replace(ROLLOUT, start=at("21:40")),
            "21:50",
            "21:40 ··|··░░░░▒▒▒█ 22:40 · first symptom 21:50, while it went on",
        ),
    ],
)
def test_a_window_is_a_bar_with_its_times_and_the_same_in_words(
    ramp: Ramp, clock: str, drawn: str
) -> None:
    assert shown(ramps.window(ramp, Noticed(Sign.SYMPTOM, at(clock)), NOW)) == drawn


def test_in_words() -> None:
    assert shown(ramps.in_words(ROLLOUT, NOW)) == (
        "10 % from 22:00 · 50 % from 22:20 · all from 22:40"
    )
    assert shown(ramps.in_words(Ramp(at("22:00"), at("22:40"), STEPS[:2]), NOW)) == (
        "10 % from 22:00 · 50 % from 22:20 · ended 22:40"
    )
    assert shown(ramps.in_words(Ramp(at("22:00"), at("22:40")), NOW)) == "from 22:00 until 22:40"
    assert shown(ramps.in_words(Ramp(at("22:00")), NOW)) == "from 22:00 and goes on"


def test_people_stand_by_the_alphabet_and_only_the_commander_sees_who_is_free() -> None:
    known = {"U1": "zoe", "U2": "Ana", "U3": "bo", "U4": "Cy"}.__getitem__
    incident = replace(GITLAB, commander="U2")
    told = Group(
        incident,
        NOW,
        (
            Hands(Investigation(1, "rebuild", NOW), frozenset({"U1", "U2", "U3"})),
            Hands(Investigation(2, "spam", NOW), frozenset()),
        ),
        frozenset(),
        (),
        frozenset(),
        frozenset({"U4"}),
    )
    assert (
        read(viewing.group(told, known, "U1"))
        == """\
Only you see this · true at 22:41
*Who is on what*
Command: Ana
*1 · rebuild* · Ana · bo · zoe
*2 · spam* · nobody yet
1 person is here and on no thread."""
    )
    assert read(viewing.group(told, known, "U2")).endswith(
        "*On no thread, may be busy elsewhere:* Cy"
    )


def seen(seq: int, text: str = "p99") -> Symptom:
    return Symptom(Entry(seq, Kind.SEEING, "U0ANA", NOW, NOW, text))


def test_every_late_symptom_has_a_button_and_a_closed_incident_has_none() -> None:
    told = Symptoms(GITLAB, NOW, tuple(map(seen, range(1, 60))))
    assert read(viewing.symptoms(told, NAMES)).count("[Maybe unrelated]") == viewing.WITH_BUTTONS
    closed = replace(told, incident=replace(GITLAB, state=IncidentState.CLOSED))
    assert "[" not in read(viewing.symptoms(closed, NAMES))
    nothing = Symptoms(GITLAB, NOW, ())
    assert "No symptom is recorded." in read(viewing.symptoms(nothing, NAMES))


def line(text: str = "x", title: str = "t") -> Improvised:
    return Improvised("I1", 7, title, "C1", 3, "U0ANA", "", NOW, NOW, text, "C1", "1.1")


def test_a_page_says_where_the_next_one_begins() -> None:
    place = Place(NOW, "I1", 3)
    assert place_of(viewing.improvised_value(place)) == place
    page = ImprovisedPage((line("pinned it"),), place)
    links = {("C1", "1.1"): "https://x.slack.com/archives/C1/p11"}
    text = read(viewing.improvised(page, NAMES, links, NOW))
    assert "*7 · t*" in text
    assert "22:41 Ana: pinned it · <https://x.slack.com/archives/C1/p11|the message>" in text
    assert text.endswith("[More]")


@given(st.lists(lines, min_size=1, max_size=60), names, st.booleans())
def test_whatever_is_typed_every_look_can_be_sent(
    typed: list[str],
    name: str,
    mark: bool,
) -> None:
    entries = [Entry(seq, Kind.CHANGED, "U0ANA", NOW, NOW, text) for seq, text in enumerate(typed)]
    ramped = tuple(replace(each, ramp=ROLLOUT if mark else None) for each in entries)
    noticed = Noticed(Sign.DECLARED, NOW - timedelta(minutes=9))
    symptoms = tuple(
        Symptom(replace(each, seq=each.seq + 1), mark, "U0BO", NOW) for each in entries
    )
    people = frozenset({"U0ANA", "U0BO"})
    hands = tuple(Hands(Investigation(n, text, NOW), people) for n, text in enumerate(typed, 1))
    whole = Group(GITLAB, NOW, hands, people, ((1, 2, people),), people, people)
    improvised = ImprovisedPage(tuple(line(text, text) for text in typed[:8]), None)
    for message in (
        viewing.changes(Changes(GITLAB, NOW, ramped, noticed), named(name)),
        viewing.symptoms(Symptoms(GITLAB, NOW, symptoms), named(name)),
        viewing.group(whole, named(name), "U0ANA"),
        viewing.improvised(improvised, named(name), {}, NOW),
    ):
        check(message)
