"""Whatever people type: what we send is valid Block Kit, and pages, links and breaks nothing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Offer, Refusal
from bot.incidents.board import Board
from bot.incidents.model import (
    Action,
    Claim,
    Clocks,
    Done,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Severity,
)
from bot.incidents.starters import STARTERS
from bot.sandbox.blockkit import message_problems
from handlers.blocks import answers, heads, incidents
from handlers.blocks.message import Message
from handlers.blocks.text import BLOCKS_MAX, VALUE_MAX
from handlers.parse import offer_of
from tests.handlers.reading import LABELS, texts

NOW = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)
TOKEN = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!date\^\d+\^[^|<>]+\|[^|<>]+)>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")
LABEL_MAX = 75

NASTY = [
    "",
    "<!channel>",
    "<!here|x> <!everyone>",
    "<!subteam^S0TEAM>",
    "<@U0VICTIM>",
    "@U0VICTIM",
    "@channel @here",
    "<https://evil.example|db1 is fine>",
    "&amp; &lt;b&gt;",
    "`tick ``two ```three",
    "*bold* _it_ ~gone~",
    "evil\u202egnp.exe\u2066",
    "\u200b\u200d",
    "👩\u200d🚒🔥",
    "> quoted\n\n\n> more\r\nx\u2028y",
    "&" * 3000,
    "<" * 3000,
    "a b" * 1000,
    "\n" * 300 + "x",
    "數" * 3000,
    '{"intent": "\\"',
]
lines = st.sampled_from(NASTY) | st.text(max_size=200)
names = st.sampled_from(["Ana", "<!channel>", "@here", "x" * 300, "O'Br&en\u202e", "*A*"])
moments = st.integers(0, 200_000).map(lambda minutes: NOW - timedelta(minutes=minutes))
people = st.sampled_from(["U0ANA", "U0BO"])
maybe = st.none()


def thread(number: int) -> st.SearchStrategy[Investigation]:
    return st.builds(
        Investigation,
        st.just(number),
        lines,
        moments,
        owner=maybe | people,
        ending=maybe | st.sampled_from(Ending),
        why=lines,
        ended_by=maybe | people,
        closed_at=maybe | moments,
        timebox=maybe | moments,
        said_for=st.integers(0, 99),
        said_against=st.integers(0, 99),
    )


def action(number: int) -> st.SearchStrategy[Action]:
    inside = maybe | st.integers(1, 50)
    when = maybe | moments
    return st.builds(
        Action, st.just(number), inside, people, lines, when, lines, lines, lines, when
    )


def up_to(most: int, one: Any) -> st.SearchStrategy[Any]:
    """None, one, a few or the most of them."""
    sizes = st.sampled_from([0, 1, 3, most])
    return sizes.flatmap(lambda size: st.tuples(*map(one, range(1, size + 1))))


claims = st.lists(
    st.builds(
        Claim,
        st.integers(1, 999),
        st.sampled_from([Kind.KNOWN, Kind.UNKNOWN, Kind.BELIEVE]),
        lines,
        people,
        moments,
    ),
    max_size=30,
).map(tuple)
clocks = st.builds(Clocks, maybe | moments, declared=maybe | moments, resolved=maybe | moments)


def rooms_with(most: int) -> st.SearchStrategy[Incident]:
    return st.builds(
        Incident,
        st.just("I1"),
        st.just("T1"),
        st.integers(1, 10**6),
        lines,
        people,
        clocks,
        severity=maybe | st.sampled_from(Severity),
        state=st.sampled_from(IncidentState),
        commander=people,
        commander_took=st.booleans(),
        channel=st.sampled_from(["", "C0123"]),
        adopted=st.booleans(),
        investigations=up_to(most, thread),
        running=up_to(min(most, 12), action),
    )


rooms, small_rooms = rooms_with(50), rooms_with(1)
entries = st.builds(Entry, st.just(1), st.just(Kind.UNSAFE), people, moments, moments, lines)
offers = st.builds(
    Offer,
    lines,
    st.sampled_from(["for", "against", "take", "declare"]),
    lines.map(lambda text: text[:2000]),
    maybe | st.integers(1, 50),
    st.sampled_from(["", "I1"]),
    st.booleans(),
)
HEAVY = Investigation(1, "&" * 3000, NOW, "U0ANA", timebox=NOW)
HEAVIEST = Incident(
    "I1",
    "T1",
    1,
    "&" * 200,
    "U0ANA",
    Clocks(declared=NOW),
    investigations=tuple(
        Investigation(n, "&" * 3000, NOW, "U0ANA", None if n < 40 else Ending.NO_HELP, "<" * 3000)
        for n in range(1, 51)
    ),
    running=tuple(
        Action(n, n % 5 or None, "U0BO", "<" * 3000, NOW, "", "&" * 3000, ">" * 3000, NOW)
        for n in range(1, 20)
    ),
)
HEAVY_CLAIMS = tuple(Claim(n, Kind.KNOWN, f"{n}" + "&" * 3000, "U0BO", NOW) for n in range(1, 101))


def check(message: Message) -> None:
    """Everything that holds for every message of ours."""
    blocks = list(message.blocks)
    assert blocks
    assert message_problems(blocks) == []
    assert 0 < len(message.text) <= 3900
    for each in texts(blocks):
        if each["type"] == "mrkdwn":
            assert each["verbatim"] is True
            check_escaped(each["text"])
    check_escaped(message.text)
    for element in elements(blocks):
        check_element(element)


def check_escaped(text: str) -> None:
    left = TOKEN.sub("", text)
    assert not set("<>") & set(left), left
    assert "&" not in ENTITY.sub("", left), left
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for block in blocks if block["type"] == "actions" for e in block["elements"]]


def check_element(element: dict[str, Any]) -> None:
    assert element.get("value", "") is not None
    assert len(element.get("value", "")) <= VALUE_MAX
    for choice in element.get("options", []):
        assert 0 < len(choice["text"]["text"]) <= LABEL_MAX
        assert len(choice["value"]) <= LABEL_MAX


def check_size(message: Message) -> None:
    """What is posted in a channel is also held to a whole."""
    assert sum(len(each["text"]) for each in texts(list(message.blocks)[:-2])) <= BLOCKS_MAX + 50


def named(name: str) -> Any:
    return lambda _person: name


@given(rooms, claims, names)
@example(HEAVIEST, HEAVY_CLAIMS, "&" * 300)
def test_the_board(incident: Incident, said: tuple[Claim, ...], name: str) -> None:
    message = incidents.board(Board(incident, NOW, said, STARTERS), named(name), "/thread")
    check(message)
    check_size(message)


@given(rooms, names, maybe | st.integers(1, 60))
@example(HEAVIEST, "&" * 300, None)
def test_the_list_of_threads(incident: Incident, name: str, only: int | None) -> None:
    message = incidents.threads(Board(incident, NOW, (), ()), named(name), only=only)
    check(message)
    check_size(message)


@given(thread(7), names, maybe | st.sampled_from(STARTERS))
@example(HEAVY, "&" * 300, STARTERS[0])
def test_the_messages_of_a_thread(line: Investigation, name: str, starter: Any) -> None:
    check(incidents.thread_root(line, named(name)))
    check(heads.head(HEAVIEST, line, starter, named(name)))
    check(incidents.thread_end(line, named(name)))


@given(small_rooms, entries, names)
def test_the_lines_in_the_channel(incident: Incident, entry: Entry, name: str) -> None:
    check(incidents.command_changed(incident, named(name)))
    check(incidents.resolved(incident, entry, named(name)))
    check(incidents.unsafe(entry, named(name)))
    topic = incidents.topic(incident)
    assert len(topic) <= 250
    check_escaped(topic)


@given(lines.filter(bool), lines, st.lists(offers, max_size=30))
@example("No.", "&" * 3000, [])
@example("No.", "\n" * 3000, [])
@example("No.", "&\n" * 1500, [Offer("x", "for", '"' * 1500, 1)])
@example("No.", "a" * 40_000, [])
def test_a_refusal(told: str, typed: str, likely: list[Offer]) -> None:
    check(answers.refusal(Refusal(f"No: {told}", given_back=typed, offers=tuple(likely))))


@given(offers)
def test_an_offer_survives_its_button(offer: Offer) -> None:
    value = answers.offer_value(offer)
    if len(value) > VALUE_MAX:
        return
    back = offer_of(value)
    assert (back.intent, back.text, back.number, back.incident, back.again) == (
        offer.intent,
        offer.text,
        offer.number,
        offer.incident,
        offer.again,
    )


@given(small_rooms, st.sampled_from(Kind), maybe | thread(3), maybe | moments, maybe | thread(2))
def test_what_was_done(
    incident: Incident,
    kind: Kind,
    line: Investigation | None,
    by: datetime | None,
    earlier: Investigation | None,
) -> None:
    check(answers.done(Done(incident, kind, line, by, earlier)))


@given(st.lists(small_rooms, max_size=3), st.integers(0, 20), lines)
def test_the_private_pages(some: list[Incident], times: int, code: str) -> None:
    check(answers.open_incidents(tuple(some * times), "/incident", LABELS))
    check(answers.help_page("/x-incident"))
    check(answers.talk("Something went wrong."))
    for incident in some:
        check(answers.no_channel(incident, code))
        check(answers.no_channel(incident, "restricted_action"))
