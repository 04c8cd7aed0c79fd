"""Which open incident a new title sounds like; a doubt is not worth a press."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.model import Incident, IncidentState
from bot.incidents.similar import ask, likeness, similar
from tests.bot.incidents.test_rules import fresh


def named(title: str, number: int = 1, **more: object) -> Incident:
    return replace(fresh(), id=f"I{number}", number=number, title=title, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("replication to db2 has stopped", "db2 replication lag"),
        ("Checkout is down", "checkout errors"),
        ("Payments API slow", "payments api DOWN"),
        ("ＣＨＥＣＫＯＵＴ failing", "checkout"),
        ("login page errors for users", "Errors on the login page"),
        ("網路中斷", "網路中斷"),
        ("сайт не работает", "не работает сайт"),
    ],
)
def test_these_sound_alike(one: str, other: str) -> None:
    assert similar(one, [named(other)]) is not None
    assert similar(other, [named(one)]) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("checkout errors", "login errors"),
        ("db1 disk is full", "db2 disk is full"),
        ("api errors in us-east-1", "api errors in eu-west-1"),
        ("production is down", "production is slow"),
        ("search slow", "search index deleted by mistake"),
        ("the site is down", "the site is down for the legal team's wiki"),
        ("", "checkout"),
        ("???", "???"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert similar(one, [named(other)]) is None


def test_the_most_alike_then_the_newest() -> None:
    some = [
        named("checkout payment slow", 1),
        named("checkout payment card", 2),
        named("checkout payment slow", 3),
    ]
    found = similar("payment in the checkout is slow", some)
    assert found is not None
    assert found.number == 3


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.CLOSED])
def test_what_is_over_is_not_offered(state: IncidentState) -> None:
    assert similar("checkout down", [named("checkout down", state=state)]) is None


def test_a_private_one_exists_only_for_its_members() -> None:
    secret = named("checkout down", private=True)
    assert similar("checkout down", [secret]) is None
    assert similar("checkout down", [secret], member_of={"I1"}) is secret


def test_the_question_keeps_the_title_and_both_ways() -> None:
    asked = ask(named("checkout <down>", 7), "checkout is broken")
    assert asked.text == (
        "Incident 7 is open and sounds like it: 'checkout <down>'. Is it that one? "
        "Nothing is declared yet."
    )
    assert asked.given_back == "checkout is broken"
    assert [(each.label, each.intent, each.again) for each in asked.offers] == [
        ("Join it", "join", False),
        ("No, a new one", "declare", True),
    ]


@given(st.text(max_size=100), st.text(max_size=100))
def test_likeness_is_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)
