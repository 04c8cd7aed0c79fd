"""A silent commander: asked first, alone; then somebody else is offered command. SPEC section 2.

Silence is 10 minutes (a setting) without a line, a reaction or a press of the commander. Command
may stand still for good reasons (a call, a desk with three shells), so nothing is taken away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MINUTES = 10
THEN_OFFERED = timedelta(minutes=3)


class Answer(StrEnum):
    """What a silent commander may say."""

    HERE = "here"
    ON_THE_CALL = "on_the_call"
    TAKE_OVER = "take_over"


@dataclass(frozen=True, slots=True)
class Silence:
    """How long command has been silent, and what became of the question.

    last_active: of the commander, or when they got command. asked_at: None if not asked yet.
    """

    last_active: datetime
    asked_at: datetime | None = None
    answer: Answer | None = None


def asks_commander(last_active: datetime, now: datetime, minutes: int = MINUTES) -> bool:
    """Whether the commander, and nobody else, is asked now."""
    return now - last_active >= timedelta(minutes=minutes)


def offers_command(asked_at: datetime, now: datetime) -> bool:
    """Whether the question has stood long enough for somebody else to be offered command."""
    return now - asked_at >= THEN_OFFERED


def due(silence: Silence, now: datetime, minutes: int = MINUTES) -> str:
    """What is due: "ask", "offer", or nothing. A sign of life, or the call, ends it."""
    if silence.answer is Answer.ON_THE_CALL:
        return ""
    if silence.answer is Answer.TAKE_OVER:
        return "offer"
    asked = silence.asked_at
    if asked is None or silence.last_active > asked:
        return "ask" if asks_commander(silence.last_active, now, minutes) else ""
    return "offer" if silence.answer is None and offers_command(asked, now) else ""


def longest_present_active(
    joined: Mapping[str, datetime],
    active: Mapping[str, datetime],
    commander: str,
    now: datetime,
    minutes: int = MINUTES,
) -> str | None:
    """The responder who has been here longest of those active lately; None if there is none.

    joined: when the people who may take command came. active: when each was last active.
    """
    lately = now - timedelta(minutes=minutes)
    able = [
        each for each in joined if each != commander and each in active and active[each] > lately
    ]
    return min(able, key=lambda each: (joined[each], each)) if able else None
