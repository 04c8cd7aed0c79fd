"""A silent commander: whom it concerns, and when."""

from datetime import datetime, timedelta

import pytest

from bot.incidents.silence import (
    Answer,
    Silence,
    asks_commander,
    due,
    longest_present_active,
    offers_command,
)
from tests.bot.incidents.test_rules import NOW


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_ten_minutes_or_what_the_workspace_says() -> None:
    assert asks_commander(ago(10), NOW)
    assert not asks_commander(ago(9.9), NOW)
    assert not asks_commander(ago(10), NOW, minutes=20)


def test_three_minutes_later_somebody_else_is_asked() -> None:
    assert offers_command(ago(3), NOW)
    assert not offers_command(ago(2.9), NOW)


@pytest.mark.parametrize(
    ("silence", "what"),
    [
        (Silence(ago(9)), ""),
        (Silence(ago(10)), "ask"),
        (Silence(ago(12), asked_at=ago(2)), ""),
        (Silence(ago(13), asked_at=ago(3)), "offer"),
        (Silence(ago(1), asked_at=ago(3)), ""),  # came back
        (Silence(ago(11), asked_at=ago(30)), "ask"),  # came back, and fell silent again
        (Silence(ago(13), asked_at=ago(3), answer=Answer.HERE), ""),
        (Silence(ago(99), asked_at=ago(80), answer=Answer.ON_THE_CALL), ""),
        (Silence(ago(10), asked_at=ago(0), answer=Answer.TAKE_OVER), "offer"),
    ],
)
def test_what_is_due(silence: Silence, what: str) -> None:
    assert due(silence, NOW) == what


def test_command_is_offered_to_who_has_been_here_longest_and_is_awake() -> None:
    joined = {"UANA": ago(90), "UBO": ago(60), "UCY": ago(50), "UDI": ago(40)}
    active = {"UANA": ago(13), "UBO": ago(20), "UCY": ago(5), "UDI": ago(1), "UGONE": ago(1)}
    assert longest_present_active(joined, active, "UANA", NOW) == "UCY"
    assert longest_present_active(joined, active, "UANA", NOW, minutes=30) == "UBO"
    assert longest_present_active(joined, {}, "UANA", NOW) is None
    assert longest_present_active({"UANA": ago(90)}, {"UANA": NOW}, "UANA", NOW) is None
