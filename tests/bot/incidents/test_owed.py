"""What the channel is told, and what it is spared: screens.md section 4."""

from dataclasses import replace

import pytest

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents import owed, rules
from bot.incidents.choose import Telling
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import Change, Incident, Severity
from bot.workspace.model import Request
from tests.bot.incidents.test_rules import BO, FACTS, NOW, asked, fresh

QUIET = [*FACTS, Word.FOR, Word.AGAINST, Word.DOING, Word.KNOWN, Word.UNKNOWN, Word.BELIEVE]
QUIET.remove(Word.UNSAFE)


@pytest.fixture
def incident() -> Incident:
    opened, _ = rules.record(
        replace(fresh(), board="9.9"),
        Telling(asked(message="1.0"), spoken(Word.THREAD, "rollback"), NOW),
    )
    return opened.after


def sends(before: Incident, change: Change, request: Request) -> list[str]:
    return [planned.purpose for planned in owed.following(before, change, request)]


def said(incident: Incident, word: Word, *, message: str = "", thread: str = "1.0") -> list[str]:
    request = asked(BO, message=message, thread=thread)
    change, _ = rules.record(incident, Telling(request, spoken(word, "the words of it"), NOW))
    return sends(incident, change, request)


@pytest.mark.parametrize("word", QUIET)
def test_what_is_recorded_is_a_mark_and_the_board_never_a_line(
    incident: Incident, word: Word
) -> None:
    assert said(incident, word, message="2.0") == [owed.BOARD, owed.MARK]
    assert said(incident, word) == [owed.BOARD]  # by command there is nothing to mark


@pytest.mark.parametrize("word", [Word.CONFIRMED, Word.RULED_OUT, Word.NO_HELP, Word.SET_ASIDE])
def test_a_thread_that_ends_is_one_line(incident: Incident, word: Word) -> None:
    assert said(incident, word, message="2.0") == [owed.THREAD_END, owed.BOARD, owed.MARK]


def test_an_end_is_announced_once(incident: Incident) -> None:
    ended, _ = rules.record(
        incident, Telling(asked(thread="1.0"), spoken(Word.RULED_OUT, "flat"), NOW)
    )
    assert said(ended.after, Word.NOTE, message="2.0") == [owed.BOARD, owed.MARK]


def test_a_thread_said_in_the_channel_needs_no_second_line(incident: Incident) -> None:
    by_message = said(incident, Word.THREAD, message="2.0", thread="")
    assert by_message == [owed.THREAD_HEAD, owed.BOARD, owed.MARK]
    assert said(incident, Word.THREAD, thread="") == [owed.THREAD_ROOT, owed.BOARD]


@pytest.mark.row("A5")
def test_unsafe_is_posted_at_once(incident: Incident) -> None:
    assert said(incident, Word.UNSAFE, message="2.0") == [owed.UNSAFE, owed.BOARD, owed.MARK]


def test_command_taken_is_a_line_and_command_kept_is_none(incident: Incident) -> None:
    taken, _ = rules.take_command(incident, asked(BO))
    assert sends(incident, taken, asked(BO)) == [owed.COMMAND, owed.BOARD]


def test_severity_only_changes_the_board(incident: Incident) -> None:
    change, _ = rules.set_severity(incident, asked(), Severity.CRITICAL, "critical")
    assert sends(incident, change, asked()) == [owed.BOARD]


def test_taking_a_thread_only_changes_the_board(incident: Incident) -> None:
    change, _ = rules.take_thread(incident, asked(BO), 1)
    assert sends(incident, change, asked(BO)) == [owed.BOARD]


def test_resolved_is_one_line_and_ends_nothing(incident: Incident) -> None:
    change, _ = rules.resolve(incident, asked(), "failed over")
    assert sends(incident, change, asked()) == [owed.RESOLVED, owed.BOARD]


def test_nothing_is_posted_before_there_is_a_channel(incident: Incident) -> None:
    early = replace(incident, channel="", board="")
    change, _ = rules.resolve(early, asked(), "")
    assert sends(early, change, asked()) == []


def test_a_board_that_is_not_posted_yet_is_not_edited(incident: Incident) -> None:
    assert said(replace(incident, board=""), Word.NOTE, message="2.0") == [owed.MARK]


def test_there_is_one_row_a_board_and_the_last_version_wins(incident: Incident) -> None:
    first = owed.board(incident, NOW)
    later = owed.board(replace(incident, version=99), NOW.replace(hour=9))
    assert identity(first) == identity(later)
    assert (first.policy, first.priority) == (Policy.LATEST_WINS, Priority.BOARD)
    assert (first.wanted, later.wanted) == (incident.version, 99)


def test_two_events_of_one_kind_are_two_sends(incident: Incident) -> None:
    request = asked(BO)
    plans = []
    for word in (Word.UNSAFE, Word.UNSAFE):
        change, _ = rules.record(incident, Telling(request, spoken(word, "stop"), NOW))
        plans += [p for p in owed.following(incident, change, request) if p.purpose == owed.UNSAFE]
        incident = change.after
    assert identity(plans[0]) != identity(plans[1])
    assert {p.lane for p in plans} == {"post:C1"}


def test_an_adopted_channel_keeps_its_topic_and_its_members(incident: Incident) -> None:
    own = [p.purpose for p in owed.channel_ready(incident, NOW)]
    adopted = [p.purpose for p in owed.channel_ready(replace(incident, adopted=True), NOW)]
    assert own == [owed.INVITE, owed.TOPIC, owed.BOARD_POST]
    assert adopted == [owed.BOARD_POST]


def identity(planned: Planned) -> tuple[object, ...]:
    return planned.workspace, planned.purpose, planned.subject, planned.due
