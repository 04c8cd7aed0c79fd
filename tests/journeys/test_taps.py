"""How many taps the everyday takes on a phone, beyond typing the content: counted, not promised.

A reaction that is not among one's frequent ones takes two: the smiley, and the emoji. A button, a
choice and a submission take one each; opening a menu of choices takes one more.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from bot.incidents.model import Ending, Kind
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World

TITLE = "Checkout is slow"


@dataclass(slots=True)
class Thumb:
    """Somebody on a phone, and how often they have tapped."""

    who: Human
    taps: int = 0

    async def types(self, text: str, **place: Any) -> Message:
        """Typing what one has to say anyway, and sending it, counts as none."""
        return await self.who.says(text, **place)

    async def reacts(self, message: Message, mark: str) -> None:
        await self.who.reacts(message, mark)
        self.taps += 2

    async def presses(self, message: Message, action: str) -> None:
        await self.who.person.presses(message, action)
        self.taps += 1

    async def fills(self, **entries: Any) -> None:
        """A tap for each choice, one to submit; what is typed counts as none."""
        view = self.who.person.modal
        assert view is not None
        reply = await self.who.person.submits(view, entries)
        assert not reply.errors
        self.taps += 1 + sum(name != "text" for name in entries)
        await self.who.world.settles()


@pytest.fixture
def thumb(bob: Human) -> Thumb:
    return Thumb(bob)


@pytest.mark.row("F1")
async def test_opening_a_thread_takes_two(world: World, alice: Human, thumb: Thumb) -> None:
    await alice.declares(TITLE)
    idea = await alice.says("could it be the disk on db1?")
    await thumb.reacts(idea, "thread")
    assert (await world.thread(1)).owner == thumb.who.id
    assert thumb.taps == 2


async def test_evidence_in_place_takes_none(world: World, alice: Human, thumb: Thumb) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await thumb.types("against: df says 12 %", in_thread=1)
    assert await world.texts(Kind.AGAINST) == ["df says 12 %"]
    assert thumb.taps == 0


async def test_evidence_by_a_mark_takes_two(world: World, alice: Human, thumb: Thumb) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %", in_thread=1)
    await thumb.reacts(told, "heavy_minus_sign")
    assert await world.texts(Kind.AGAINST) == ["df says 12 %"]
    assert thumb.taps == 2


@pytest.mark.row("T3")
async def test_an_action_with_all_that_belongs_to_it_takes_none(
    world: World, alice: Human, thumb: Thumb
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await thumb.types("doing: restart db1, expect it back, in 10 min, else roll back", in_thread=1)
    (action,) = (await world.record()).incident.running
    assert (action.text, action.expect, action.otherwise) == ("restart db1", "it back", "roll back")
    assert action.by is not None
    assert thumb.taps == 0


async def test_ruling_out_takes_none(world: World, alice: Human, thumb: Thumb) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await thumb.types("not it: df says 12 %", in_thread=1)
    assert (await world.thread(1)).ending is Ending.RULED_OUT
    assert thumb.taps == 0


async def test_ruling_out_by_hand_takes_three(world: World, alice: Human, thumb: Thumb) -> None:
    await alice.declares(TITLE)
    opened = await alice.says("thread: full disk on db1")
    await thumb.who.says("hello")
    (head,) = [each for each in world.channel.replies(opened.ts) if each.bot_id]
    await thumb.presses(head, "end_thread")
    await thumb.fills(how="Not it", text="df says 12 %")
    thread = await world.thread(1)
    assert (thread.ending, thread.why) == (Ending.RULED_OUT, "df says 12 %")
    assert thumb.taps == 3


async def test_a_pinned_board_takes_one(world: World, alice: Human, thumb: Thumb) -> None:
    """It is pinned, and says what is so without a press; one more asks for what one has missed."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    assert [pin.ts for pin in world.channel.pins] == [world.board_message().ts]
    await thumb.who.says("hello")
    await thumb.presses(world.board_message(), "catch_up")
    assert "Checkout is slow" in thumb.who.told()
    assert thumb.taps == 1
