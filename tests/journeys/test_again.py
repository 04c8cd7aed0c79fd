"""Once, whatever happens: sent twice, pressed twice, typed twice, killed between commit and ack."""

import asyncio

import pytest

from bot.incidents.model import Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"


@BOTH
@pytest.mark.anywhere
async def test_an_event_that_comes_three_times_counts_once(world: World, alice: Human) -> None:
    """Before and after a restart; every time it is acknowledged."""
    await alice.declares(TITLE)
    message = await alice.says("thread: full disk on db1")
    await world.redelivers(message, times=2)
    await world.bot_restarts()
    await world.redelivers(message)
    assert len((await world.record()).incident.investigations) == 1
    assert await world.texts(Kind.THREAD) == ["full disk on db1"]
    assert marked(message)
    assert len(world.replies(message.ts)) == 1


@BOTH
async def test_what_is_refused_is_refused_once(world: World, alice: Human) -> None:
    """And its button still works, for the refusal was no answer to it."""
    await alice.declares(TITLE)
    for line in ("against: the graph is flat", "noet: page is up"):
        told = len(alice.private())
        message = await alice.says(line)
        await world.redelivers(message, times=2)
        assert len(alice.private()) == told + 1
    await alice.presses("Note")
    assert await world.texts(Kind.NOTE) == ["page is up"]


async def test_three_at_the_same_time_count_once(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    message = await alice.person.says(world.channel, "note: page is up")
    event = world.event_of(world.sandbox.message(message)).event_id
    taken = await asyncio.gather(*(world.sandbox.redeliver(event) for _ in range(3)))
    await world.settles()
    assert all(taken)
    assert await world.texts(Kind.NOTE) == ["page is up"]


async def test_a_listener_that_fails_at_first_gets_the_event_again(
    world: World, alice: Human
) -> None:
    """Slack does not say who it is; the event is not acknowledged, and comes again."""
    await alice.declares(TITLE)
    world.sandbox.hub.ack_timeout = 0.5
    dave = world.person("dave")
    world.sandbox.fault("users.info", status=500)
    message = await dave.says("note: page is up")
    assert world.event_of(message).attempts == 2
    assert await world.texts(Kind.NOTE) == ["page is up"]
    assert marked(message)
    assert dave.sees_privately() == []


async def test_a_database_that_is_gone_loses_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    world.sandbox.hub.ack_timeout = 0.5
    world.excused_failures = 4
    with world.database_refuses("entries"):
        message = await alice.says("thread: full disk on db1")
        answer = await alice.commands("/thread rollback of 4412?")
    assert not world.event_of(message).acked
    assert "nothing was recorded" in answer
    assert "> /thread rollback of 4412?" in answer
    assert (await world.record()).incident.investigations == ()
    assert message.reactions == []
    await world.redelivers(message, times=2)
    assert await world.texts(Kind.THREAD) == ["full disk on db1"]
    assert marked(message)


@BOTH
async def test_killed_between_commit_and_ack(world: World, alice: Human) -> None:
    """The commit stands, the ack is lost, the bot comes back, Slack sends it again: once."""
    await alice.declares(TITLE)
    world.line_is_cut_after_commits()
    message = await alice.person.says(world.channel, "thread: full disk on db1, in 20 min")
    await world.sandbox.idle()
    line = world.sandbox.message(message)
    assert not world.event_of(line).acked
    await world.bot_restarts()
    await world.redelivers(line)
    assert await world.texts(Kind.THREAD) == ["full disk on db1, in 20 min"]
    assert marked(line)
    assert len(world.replies(message)) == 1
    assert "*1 · full disk on db1* · alice · decide by 03:27" in world.board()


@pytest.mark.anywhere
async def test_a_command_whose_answer_was_lost_is_not_recorded_again(
    world: World, alice: Human
) -> None:
    """The person sees an error and types it again; they are told that it is there."""
    await alice.declares(TITLE)
    world.line_is_cut_after_commits()
    reply = await alice.person.command("/log", "page is up", world.channel)
    assert reply.timed_out
    await world.bot_restarts()
    assert "Already recorded a moment ago, as entry 2." in await alice.commands("/log page is up")
    assert await world.texts(Kind.NOTE) == ["page is up"]


async def test_an_incident_whose_answer_was_lost_is_not_declared_again(
    world: World, alice: Human
) -> None:
    world.line_is_cut_after_commits()
    reply = await alice.person.command("/incident", TITLE, world.lobby)
    assert reply.timed_out
    await world.bot_restarts()
    assert "You declared that a moment ago: incident 1." in await alice.declares(TITLE)
    await alice.presses("Declare another")
    names = {each.name for each in world.sandbox.workspace.channels.values()}
    assert names == {"general", "inc-0001-checkout-is-slow", "inc-0002-checkout-is-slow"}


@pytest.mark.parametrize("line", ["/log page is up", "/thread against 1: flat", "/log known: x"])
async def test_the_same_command_twice_is_asked_about(world: World, alice: Human, line: str) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    await alice.commands(line)
    before = len(await world.entries())
    assert f"as entry {before}. Nothing changed." in await alice.commands(line)
    assert f"> {line}" in alice.told()
    assert len(await world.entries()) == before
    await alice.presses("Add it again")
    first, second = (await world.entries())[-2:]
    assert (first.kind, first.text) == (second.kind, second.text)
    assert first.investigation == second.investigation
    await world.passes(minutes=2)
    await alice.commands(line)
    assert len(await world.entries()) == before + 2


@pytest.mark.parametrize("line", ["done: reverted by hand", "agianst: the graph is flat"])
async def test_an_offer_pressed_twice_is_taken_once(world: World, alice: Human, line: str) -> None:
    """A thumb that trembles; the second press finds the question answered."""
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    await alice.says(line)
    _, action = alice.buttons()[0]
    question = alice.private()[-1]
    before = len(await world.entries())
    presses = [alice.person.presses(question, action) for _ in range(2)]
    assert [reply.acked for reply in await asyncio.gather(*presses)] == [True, True]
    await world.settles()
    assert len(await world.entries()) == before + 1
    assert "Recorded" in alice.told()


async def test_two_people_end_a_thread_at_the_same_moment(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    root = await alice.says("thread: full disk on db1")
    await bob.says("here")
    await asyncio.gather(
        alice.person.says(world.channel, "not it: df says 40 %", root),
        bob.person.says(world.channel, "no help: I deleted 3 GB", root),
    )
    await world.settles()
    thread = await world.thread(1)
    assert len(world.channel_lines()) == 1
    late = bob if thread.ended_by == alice.id else alice
    assert "Thread 1 is closed; " in late.told()
    assert late.offered() == ["Add it as a note"]


async def test_the_board_shows_the_last_state_when_many_speak_at_once(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    ideas = [f"thread: idea number {number}" for number in range(6)]
    await asyncio.gather(*(alice.person.says(world.channel, idea) for idea in ideas))
    await world.passes(minutes=1)
    threads = (await world.record()).incident.investigations
    assert [each.number for each in threads] == [1, 2, 3, 4, 5, 6]
    assert "… and 1 more open" in world.board()


async def test_after_a_restart_everything_goes_on(world: World, alice: Human, bob: Human) -> None:
    """What was owed is sent, offers made before still work, and people are still known."""
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    await bob.says("against 7: flat")
    await alice.person.says(world.channel, "not it 1: df says 40 %")
    await world.sandbox.idle()
    await world.bot_restarts()
    await world.settles()
    assert world.channel_lines()[-1] == (
        "*Thread 1* · full disk on db1 · *not it*: df says 40 % (alice)"
    )
    await bob.says("thread: old kernel")
    await bob.says("against 7: flat")
    await bob.presses("2 · old kernel")
    assert await world.texts(Kind.AGAINST) == ["flat"]
