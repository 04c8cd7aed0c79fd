"""When the board comes back to the bottom, and when it stays where it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.incidents import rules
from bot.incidents.choose import Telling
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import Incident
from bot.incidents.repost import happened, should_repost
from tests.bot.incidents.test_rules import BO, NOW, asked, fresh


@pytest.mark.parametrize(
    ("below", "minutes", "something", "again"),
    [
        (41, 15, True, True),
        (40, 15, True, False),
        (41, 14, True, False),
        (400, 400, False, False),
        (400, 400, True, True),
    ],
)
def test_only_far_up_and_only_after_something(
    below: int, minutes: int, something: bool, again: bool
) -> None:
    posted = NOW - timedelta(minutes=minutes)
    assert should_repost(below, posted, NOW, happened=something) is again


def told(incident: Incident, word: Word) -> Incident:
    telling = Telling(asked(thread="1.0"), spoken(word, "the words of it"), NOW)
    return rules.record(incident, telling)[0].after


def test_a_thread_opened_or_ended_is_something() -> None:
    opened, _ = rules.record(
        fresh(), Telling(asked(message="1.0"), spoken(Word.THREAD, "rollback"), NOW)
    )
    assert happened(fresh(), opened.after)
    assert happened(opened.after, told(opened.after, Word.RULED_OUT))


def test_command_taken_is_something() -> None:
    taken, _ = rules.take_command(fresh(), asked(BO))
    assert happened(fresh(), taken.after)


@pytest.mark.parametrize("word", [Word.NOTE, Word.DOING, Word.KNOWN])
def test_talk_alone_is_nothing(word: Word) -> None:
    assert not happened(fresh(), told(fresh(), word))
    assert not happened(fresh(), replace(fresh(), version=9, board="9.9"))
