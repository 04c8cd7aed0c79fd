"""What nobody knows, what is unsafe, and what comes back."""

from typing import Any

import pytest

from bot.incidents.model import IncidentState, Kind
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World, buttons, read

TITLE = "Checkout is slow"


def _line(world: World, words: str) -> Message:
    """The newest message of the bot in the channel that says so."""
    return [each for each in world.channel.lines() if each.bot_id and words in read(each)][-1]


@pytest.mark.row("F6")
async def test_unknown_is_not_known_because_somebody_else_says_so(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("unknown: whether the table is locked")
    await bob.says("known: the table is locked")
    assert "You said nobody knows whether the table is locked (03:07). bob says" in alice.told()
    assert alice.offered() == ["Known now", "Still not known"]
    assert bob.told() == ""
    assert "*Not known:* whether the table is locked (unknown; bob believes yes)" in world.board()
    assert "*Known:*" not in world.board()
    assert "Known now. The board shows it." in await alice.presses("Known now")
    assert alice.buttons() == []
    assert "*Known:* the table is locked (bob" in world.board()
    assert "*Not known:*" not in world.board()
    assert (await world.texts(Kind.ANSWER)) == ["Known now: whether the table is locked"]


@pytest.mark.row("F6")
async def test_still_not_known(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("unknown: whether the table is locked")
    await bob.says("known: the table is not locked")
    await alice.presses("Still not known")
    assert "whether the table is locked (unknown; bob believes no)" in world.board()


async def test_one_who_corrects_themselves_is_not_asked(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("unknown: whether the table is locked")
    await alice.says("known: the table is locked")
    assert alice.buttons() == []
    assert "*Not known:*" not in world.board()


@pytest.mark.row("A5")
async def test_anybody_may_say_stop_and_it_waits_for_an_answer(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    eve = world.person("eve", team="T0OTHER")
    await alice.person.invites(world.channel, eve.person)
    await world.settles()
    await eve.says("unsafe: db1 is still the primary")
    stop = _line(world, "*Unsafe*, says eve: db1 is still the primary")
    assert [label for label, _ in buttons(stop)] == ["Answered, go on", "Stopped"]
    assert "*Unsafe*, says eve: db1 is still the primary" in world.board()
    assert "People of another organisation" in await eve.presses_on(stop, "Stopped")
    await bob.presses_on(stop, "Stopped")
    assert "*Stopped* (bob, 03:07)" in read(stop)
    assert "db1 is still the primary" in read(stop)
    assert "*Unsafe*" not in world.board()
    assert await world.texts(Kind.ANSWER) == ["Unsafe: stopped"]


@pytest.mark.row("A5")
async def test_a_stop_sign_is_answered_once(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    gus = world.person("gus", guest=True)
    await alice.person.invites(world.channel, gus.person)
    await gus.commands("/log unsafe: wrong host")
    stop = _line(world, "*Unsafe*, says gus: wrong host")
    asked: list[Any] = list(stop.blocks)
    await bob.presses_on(stop, "Answered, go on")
    assert "*Answered, go on* (bob, 03:07)" in read(stop)
    stop.blocks = asked
    told = await alice.presses_on(stop, "Stopped")
    assert "That is not asked any more, so nothing changed." in told
    assert await world.texts(Kind.ANSWER) == ["Unsafe: answered, go on"]


# -- after resolve -------------------------------------------------------------------------------


@pytest.mark.row("C3")
async def test_quiet_minutes_are_watched_in_silence(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve")
    lines = world.channel_lines()
    await world.passes(minutes=14)
    assert "quiet since" not in world.board()
    await world.bot_restarts()
    await world.passes(minutes=2)
    assert "*resolved* 03:07 · quiet since 03:07" in world.board()
    assert world.channel_lines() == lines


@pytest.mark.row("C3")
async def test_a_new_symptom_asks_back_once(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve the old code is back")
    await world.passes(minutes=5)
    await bob.says("seeing: p99 at 9 s again")
    await bob.says("seeing: and errors")
    asked = [each for each in world.channel_lines() if "*Back?*" in each]
    assert asked == ["*Back?* bob sees: p99 at 9 s again"]
    question = _line(world, "*Back?*")
    blocks = list(question.blocks)
    await bob.presses_on(question, "Reopen")
    incident = (await world.record()).incident
    assert incident.state is IncidentState.OPEN
    assert incident.clocks.resolved is None
    assert "Back? Yes, reopened (bob)." in world.channel_lines()
    assert any(each.startswith("*Reopened* at 03:12 by bob.") for each in world.channel_lines())
    assert "*resolved*" not in world.board()
    question.blocks = blocks
    assert "othing changed" in await alice.presses_on(question, "Expected")
    await world.passes(minutes=20)
    assert "quiet since" not in world.board()


@pytest.mark.row("C3")
async def test_an_expected_symptom_changes_nothing(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve")
    await bob.says("seeing: the queue drains slowly")
    await bob.presses_on(_line(world, "*Back?*"), "Expected")
    assert "Back? Expected (bob)." in world.channel_lines()
    await bob.says("seeing: it still drains")
    await world.passes(minutes=16)
    assert "quiet since 03:07" in world.board()
    assert len([each for each in world.channel_lines() if "Back?" in each]) == 1


@pytest.mark.row("C3")
async def test_a_symptom_before_or_long_after_resolve_asks_nothing(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("seeing: p99 at 9 s")
    await alice.commands("/incident resolve")
    await world.passes(minutes=16)
    await bob.says("seeing: something else")
    assert not [each for each in world.channel_lines() if "Back?" in each]
    assert "quiet since 03:07" in world.board()


@pytest.mark.row("C4")
async def test_a_coincidence_is_kept_as_one(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve")
    await bob.says("seeing: mail is slow, maybe unrelated")
    assert not [each for each in world.channel_lines() if "Back?" in each]
    assert [each.maybe_unrelated for each in await world.entries(Kind.SEEING)] == [True]


async def test_an_outsider_and_a_guest_do_not_reopen(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident resolve")
    await alice.says("seeing: errors again")
    gus = world.person("gus", guest=True)
    await alice.person.invites(world.channel, gus.person)
    told = await gus.presses_on(_line(world, "*Back?*"), "Reopen")
    assert "Guests can record" in told
    assert (await world.record()).incident.state is IncidentState.RESOLVED
