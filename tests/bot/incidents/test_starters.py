"""Ideas on offer: which thread takes up which, and what must be true for it."""

from datetime import UTC, datetime

import pytest

from bot.incidents.model import Clocks, Incident, Investigation
from bot.incidents.starters import STARTERS, assumption_of, starter_of, untaken

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def incident(*hypotheses: str) -> Incident:
    threads = tuple(Investigation(n, text, NOW) for n, text in enumerate(hypotheses, 1))
    return Incident("I1", "T1", 1, "x", "U1", Clocks(), investigations=threads)


@pytest.mark.parametrize(
    ("hypothesis", "key"),
    [
        ("rollback of 4412?", "rollback"),
        ("Roll back the deploy", "rollback"),
        ("emergency ROLLBACK", "rollback"),
        ("what changed", "changed"),
        ("a deploy at 02:50", "changed"),
        ("the logs of db1", "logs"),
        ("capacity!", "capacity"),
        ("revert the flag", "rollback"),
        ("spam load on the database", "traffic"),
        ("DDoS?", "traffic"),
    ],
)
def test_a_thread_takes_up_an_idea_by_its_words(hypothesis: str, key: str) -> None:
    found = starter_of(hypothesis)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "hypothesis",
    [
        "roll forward with a fix",
        "the load balancer drops us",
        "users cannot log in",
        "logistics is down",
        "unchangeable config",
        "DNS",
        "сеть",
        "网络",
    ],
)
def test_a_word_inside_another_or_about_something_else_takes_up_nothing(hypothesis: str) -> None:
    assert starter_of(hypothesis) is None


@pytest.mark.row("F2")
def test_what_nobody_took_up_stays_on_offer_in_its_order() -> None:
    assert [each.label for each in untaken(incident())] == [
        "what changed",
        "rollback",
        "logs",
        "capacity",
        "traffic",
    ]
    left = untaken(incident("rollback of 4412", "logs", "DNS"))
    assert [each.key for each in left] == ["changed", "capacity", "traffic"]


def test_tapping_an_idea_takes_that_idea() -> None:
    for starter in STARTERS:
        assert starter not in untaken(incident(starter.label))


@pytest.mark.row("F5")
def test_an_idea_says_what_must_be_true() -> None:
    rollback = Investigation(1, "rollback", NOW)
    assert assumption_of(rollback) == "the old version must still run on today's data and schema"
    assert assumption_of(Investigation(2, "DNS", NOW)) == ""
    assert all(" must " in each.assumption for each in STARTERS)
