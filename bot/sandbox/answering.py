"""People who are asked now and then: how they are, and what they do with a question.

They know what is on their screen and no more: buttons and forms, pressed and filled in as by hand.
All chance comes in as draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.clock import Draws
from bot.sandbox.forms import elements
from bot.sandbox.people import Person
from bot.sandbox.state import JSON, Message

T = TypeVar("T")

TAP, DECLINE = "sampling.tap.", "sampling.decline."
NOT_WORKING = f"{TAP}9"
MINUTE = 60.0
# What people write into a text field, and what has to survive all the way into a table.
WORDS = (
    "the flaky deploy", "NA", "null", "007", "=1+1", "two\nlines", "ümlaut 🧯", "a review, again",
    "waiting for CI", '"quoted", with comma', "-3", "nothing much",
)  # fmt: skip


def chance(draws: Draws, likely: float) -> bool:
    """Whether it happens."""
    return draws.uniform(0.0, 1.0) < likely


def one_of(draws: Draws, things: Sequence[T]) -> T:
    """One of them, all alike."""
    return things[int(draws.uniform(0.0, 1.0) * len(things))]


@dataclass(frozen=True, slots=True)
class Temper:
    """How likely somebody answers, and how fast; seconds from the question to the first tap."""

    answers: float
    declines: float
    slow: float

    @classmethod
    def drawn(cls, draws: Draws) -> "Temper":
        """Most answer most of the time, some hardly ever."""
        answers = draws.uniform(0.05, 0.3) if chance(draws, 0.12) else draws.uniform(0.55, 0.95)
        return cls(answers, draws.uniform(0.0, 0.2), draws.uniform(2, 12) * MINUTE)


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody will do with a question: when, in seconds from it, and which button.

    form: how long they take over the form; None where they leave it. Empty action: nothing at all.
    """

    after: float = 0.0
    action: str = ""
    form: float | None = None


def intent(temper: Temper, message: Message, draws: Draws) -> Intent:
    """What they will do with this one."""
    taps, declines = buttons(message, TAP), buttons(message, DECLINE)
    after = 15 + temper.slow * draws.uniform(0.05, 2.0)
    if not taps:
        return Intent()
    if not chance(draws, temper.answers):
        late = chance(draws, 0.06)
        return (
            Intent(draws.uniform(35, 200) * MINUTE, one_of(draws, taps), 40.0) if late else Intent()
        )
    if declines and chance(draws, temper.declines):
        return Intent(after, one_of(draws, declines))
    tap = NOT_WORKING if NOT_WORKING in taps and chance(draws, 0.03) else one_of(draws, taps)
    fills = chance(draws, 0.9)
    return Intent(after, tap, draws.uniform(8, 150) if fills else None)


def buttons(message: Message, begins: str) -> list[str]:
    """The actions of a message's buttons that begin so."""
    found = (str(element["action_id"]) for _, element in elements(message.blocks))
    return [each for each in found if each.startswith(begins)]


def prompt_of(message: Message) -> str:
    """Which question a message asks; empty where it asks none."""
    for _, element in elements(message.blocks):
        if str(element["action_id"]).startswith(TAP):
            return str(element.get("value", ""))
    return ""


async def submits(person: Person, values: Mapping[str, Any]) -> bool:
    """Fill in what the form on the screen asks of these, and send it; whether it was taken."""
    view = person.modal
    if view is None:
        return False
    asked = {str(block.get("block_id")) for block in view.blocks}
    reply = await person.submits(view, {name: values[name] for name in values if name in asked})
    return reply.acked and not reply.errors


async def fills_in(person: Person, draws: Draws) -> bool:
    """Fill in the form on the screen and send it; whether there was one."""
    view = person.modal
    if view is None:
        return False
    values = {element["action_id"]: _entry(element, draws) for _, element in elements(view.blocks)}
    reply = await person.submits(view, {k: v for k, v in values.items() if v is not None})
    if person.modal is view:
        await person.closes(view)
    return reply.acked


def _entry(element: JSON, draws: Draws) -> str | None:
    if chance(draws, 0.05):
        return None
    if "options" in element:
        return str(one_of(draws, element["options"])["value"])
    return one_of(draws, WORDS)
