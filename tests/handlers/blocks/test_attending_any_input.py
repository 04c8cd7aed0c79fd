"""Whatever people type: cards, questions, forms and the app's own tab are valid Block Kit."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from bot.incidents.attended import Aside, Attendant, Question, Wants
from bot.incidents.homes import Home
from bot.incidents.model import Incident, Record
from bot.incidents.starters import STARTERS
from bot.incidents.summary import catch_up
from bot.sandbox.blockkit import view_problems
from handlers.blocks import attending, heads, home
from handlers.blocks.message import Message
from handlers.blocks.text import section
from tests.handlers.blocks.test_any_input import (
    HEAVIEST,
    NOW,
    check,
    check_escaped,
    lines,
    moments,
    named,
    names,
    people,
    small_rooms,
)
from tests.handlers.reading import LABELS, texts

HEAVY_QUESTIONS = tuple(Question(n, "U0ANA", "&" * 500, NOW) for n in range(1, 51))
asked = st.lists(
    st.builds(
        Question,
        st.integers(1, 50),
        people,
        lines,
        moments,
        lines,
        st.none() | people,
        st.none() | moments,
    ),
    max_size=5,
    unique_by=lambda each: each.number,
).map(tuple)
attendants = st.builds(Attendant, people, lines, st.sampled_from(Wants))


def check_view(view: dict[str, Any], kind: str) -> None:
    assert view_problems(view, (kind,)) == []
    for each in texts(view["blocks"]):
        if each["type"] == "mrkdwn":
            check_escaped(each["text"])


@given(small_rooms, names, st.sampled_from(["", "yes", "no", "unknown"]))
@example(HEAVIEST, "&" * 300, "unknown")
def test_cards(incident: Incident, name: str, checked: str) -> None:
    for thread in incident.investigations[:5]:
        for starter in (None, STARTERS[0]):
            check(heads.head(incident, thread, starter, named(name)))


@given(small_rooms, names, attendants)
@example(HEAVIEST, "&" * 300, Attendant("U0ANA"))
def test_the_summary_with_its_ends(incident: Incident, name: str, me: Attendant) -> None:
    told = catch_up(Record(incident), NOW, STARTERS)
    check(attending.catch_up(told, named(name), me))


@given(small_rooms, asked, names)
@example(HEAVIEST, HEAVY_QUESTIONS, "&" * 300)
def test_questions(incident: Incident, given_: tuple[Question, ...], name: str) -> None:
    check(attending.questions(given_, incident, named(name), "U0ANA"))
    check(attending.over(incident))
    check_view(attending.question_form(incident), "modal")
    check_view(attending.observe_form(incident), "modal")
    for each in given_:
        check(attending.answer(each, named(name)))
        check_view(attending.answer_form(incident, each), "modal")


@given(
    st.lists(attendants, max_size=15).map(tuple),
    names,
    st.none() | st.integers(0, 200),
    st.integers(0, 50),
)
def test_what_only_one_person_is_told(
    roster: tuple[Attendant, ...], name: str, free: int | None, waiting: int
) -> None:
    board = Message("Board", (section("x"),))
    check(attending.beside(board, Aside(waiting, roster, free), named(name)))


@given(st.lists(small_rooms, max_size=2).map(tuple), attendants)
@example((HEAVIEST,) * 12, Attendant("U0ANA", "&" * 120))
def test_the_apps_own_tab(known: tuple[Incident, ...], me: Attendant) -> None:
    threads = tuple((each, thread) for each in known for thread in each.investigations)
    late = tuple((each, action) for each in known for action in each.running)
    shown = Home(NOW, me, known, threads, (*late, *threads), tuple((x, 3) for x in known), known)
    check_view(home.home(shown, "/incident", LABELS), "home")
    check_view(home.home(Home(NOW, me), "/incident", LABELS), "home")
    check_view(attending.who_form(me), "modal")
