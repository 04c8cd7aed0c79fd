"""When command is silent, and who is active."""

import pytest

from bot.incidents.model import Kind
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World, read

TITLE = "Checkout is slow"


def _line(world: World, words: str) -> Message:
    return [each for each in world.channel.lines() if each.bot_id and words in read(each)][-1]


async def _silent(world: World, alice: Human, *others: Human) -> None:
    """Alice declares and falls silent; the others stay active."""
    await alice.declares(TITLE)
    for each in others:
        await each.says("looking")
    await world.passes(minutes=9)
    for each in others:
        await each.says("still looking")
    await world.passes(minutes=2)


@pytest.mark.row("B19")
async def test_a_silent_commander_is_asked_first_and_alone(
    world: World, alice: Human, bob: Human
) -> None:
    await _silent(world, alice, bob)
    assert f"minutes without a sign from you in *{TITLE}*. Are you with us?" in alice.told()
    assert bob.told() == ""
    assert world.channel_lines() == []
    assert "Good. You keep command." in await alice.presses("I'm here")
    await world.passes(minutes=9)
    assert alice.buttons() == []
    assert bob.told() == ""


@pytest.mark.row("B19")
@pytest.mark.anywhere
async def test_three_minutes_later_it_is_offered_and_taken_and_taken_back(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await _silent(world, alice, bob, carol)
    await world.bot_restarts()
    await world.passes(minutes=4)
    assert f"*{TITLE}* has been without a word from command for" in bob.told()
    assert carol.told() == ""
    assert world.channel_lines() == []
    assert "You have command." in await bob.presses("Take command")
    assert world.channel_lines() == ["bob has command.\nFor alice."]
    line = _line(world, "bob has command.")
    assert "Only whoever had command" in await carol.presses_on(line, "Take it back")
    await alice.presses_on(line, "Take it back")
    assert world.channel_lines() == ["alice has command again.", "alice has command."]
    assert "Command: alice" in world.board()
    commanders = [each.actor for each in await world.entries(Kind.COMMAND)]
    assert commanders == [bob.id, alice.id]


@pytest.mark.row("B19")
async def test_on_the_call_is_not_asked_again(world: World, alice: Human, bob: Human) -> None:
    await _silent(world, alice, bob)
    assert "I won't ask again." in await alice.presses("I'm on the call, don't ask again")
    seen = len(alice.private())
    for _ in range(5):
        await bob.says("still here")
        await world.passes(minutes=8)
    assert len(alice.private()) == seen
    assert bob.told() == ""


@pytest.mark.row("B19")
async def test_please_take_over_is_offered_at_once(world: World, alice: Human, bob: Human) -> None:
    await _silent(world, alice, bob)
    await alice.presses("Please take over")
    assert "alice asks somebody to take command of" in bob.told()
    assert "Nobody hears of it." in await bob.presses("Not now")
    assert world.channel_lines() == []


@pytest.mark.row("B19")
async def test_a_reaction_a_press_or_a_line_is_a_sign(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    message = await bob.says("looking")
    before = len(alice.private())
    await world.passes(minutes=8)
    await alice.reacts(message, "eyes")
    await world.passes(minutes=9)
    await alice.says("hm")
    await world.passes(minutes=9)
    assert len(alice.private()) == before


@pytest.mark.row("B19")
async def test_who_is_alone_is_offered_to_nobody(world: World, alice: Human) -> None:
    await _silent(world, alice)
    await world.passes(minutes=60)
    asked = [each for each in alice.sees_privately() if "Are you with us?" in each]
    assert len(asked) == 1
    assert world.channel_lines() == []


async def test_nobody_else_answers_for_the_commander_or_takes_what_was_not_offered(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await _silent(world, alice, bob, carol)
    await world.passes(minutes=4)
    before = (await world.record()).incident.commander
    (row,) = [each for each in bob.private()[-1].blocks if each["type"] == "actions"]
    row["elements"][1]["action_id"] = "silence_on_the_call"
    assert "You do not hold command here" in await bob.presses("Not now")
    gus = world.person("gus", guest=True)
    await alice.person.invites(world.channel, gus.person)
    assert (await world.record()).incident.commander == before


async def test_after_resolve_nobody_is_asked(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve")
    seen = len(alice.private())
    await world.passes(minutes=60)
    assert len(alice.private()) == seen
    assert bob.told() == ""
