"""Slack says no, or nothing, or too much: board and lines appear, and appear once."""

from typing import Any

import pytest

from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"
TROUBLE: dict[str, dict[str, Any]] = {
    "too many": {"status": 429, "retry_after": 20},
    "a failure before": {"status": 500},
    "a failure after": {"status": 503, "applied": True},
    "cut before": {"drop": "before"},
    "cut after": {"drop": "after"},
    "an error after": {"error": "internal_error", "applied": True},
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_every_post_appears_once(world: World, alice: Human, trouble: dict[str, Any]) -> None:
    world.sandbox.fault("chat.postMessage", **trouble)
    await alice.declares(TITLE)
    await world.passes(minutes=2)
    assert f"*{TITLE}*" in world.board()
    world.sandbox.fault("chat.postMessage", **trouble)
    await alice.commands("/thread full disk on db1")
    await world.passes(minutes=2)
    world.sandbox.fault("chat.postMessage", **trouble)
    await alice.says("not it: df says 40 %", in_thread=1)
    await world.passes(minutes=2)
    opened, ended = world.channel_lines()
    assert opened == "*Thread 1* · full disk on db1 · alice"
    assert ended == "*Thread 1* · full disk on db1 · *not it*: df says 40 % (alice)"
    assert len(world.replies((await world.thread(1)).slack_thread)) == 2


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
async def test_every_step_is_made(world: World, alice: Human, trouble: dict[str, Any]) -> None:
    """Channel, invitation, topic, pin, mark and board: each failing once, none twice or never."""
    world.excuses("conversations.create", "name_taken")
    world.excuses("conversations.invite", "already_in_channel")
    world.excuses("pins.add", "already_pinned")
    world.excuses("reactions.add", "already_reacted")
    for method in (
        "conversations.create",
        "conversations.invite",
        "conversations.setTopic",
        "pins.add",
        "reactions.add",
        "chat.update",
    ):
        world.sandbox.fault(method, **trouble)
    await alice.declares(TITLE)
    await world.passes(minutes=3)
    (made,) = {each.id for each in world.sandbox.workspace.channels.values()} - {world.lobby.id}
    world.channel = world.sandbox.workspace.channels[made]
    message = await alice.says("thread: full disk on db1")
    await world.passes(minutes=3)
    assert world.channel.name == "inc-0001-checkout-is-slow"
    assert alice.id in world.channel.members
    assert world.channel.topic == TITLE
    assert [pin.ts for pin in world.channel.pins] == [world.board_message().ts]
    assert marked(message)
    assert "*1 · full disk on db1* · alice" in world.board()


@BOTH
async def test_a_name_that_somebody_else_has(world: World, alice: Human) -> None:
    world.excuses("conversations.create", "name_taken")
    world.sandbox.channel("inc-0001-checkout-is-slow")
    await alice.declares(TITLE)
    assert world.channel.name == "inc-0001-checkout-is-slow-2"
    assert f"*{TITLE}*" in world.board()


@pytest.mark.anywhere
async def test_where_channels_are_restricted_this_one_is_offered(
    world: World, alice: Human, bob: Human
) -> None:
    """Told privately; one press; and what others said meanwhile gets its place."""
    world.excuses("conversations.create", "restricted_action")
    world.sandbox.workspace.forbid_channel_creation = True
    await alice.declares(TITLE)
    assert f"I could not make a channel for “{TITLE}”" in alice.told()
    assert "this workspace lets only some people make channels" in alice.told()
    assert alice.offered() == ["Use this channel"]
    assert bob.sees_privately() == []
    await bob.commands("/thread full disk on db1", world.lobby)
    await bob.presses(f"1 · {TITLE}")
    assert await alice.presses("Use this channel") == (
        "Incident 1 is here now. You hold command until somebody takes it."
    )
    assert "*1 · full disk on db1* · bob" in world.board()
    assert world.channel_lines() == ["*Thread 1* · full disk on db1 · bob"]
    record = await world.record()
    assert (record.incident.channel_name, record.incident.private) == ("general", False)


async def test_restricted_where_the_bot_is_not(world: World, alice: Human) -> None:
    """Then only a direct message reaches the person, and `/incident here` finishes it."""
    world.excuses("conversations.create", "restricted_action")
    world.excuses("chat.postEphemeral", "not_in_channel")
    world.sandbox.workspace.forbid_channel_creation = True
    place = world.sandbox.channel("payments", members=[alice.person])
    await alice.declares(TITLE, place)
    assert f"I could not make a channel for “{TITLE}”." in alice.direct_messages()[-1]
    assert "Say /incident here in the channel you want to use" in alice.direct_messages()[-1]
    assert "Incident 1 is here now." in await alice.commands("/incident here", place)
    assert f"*{TITLE}*" in world.board(place)


async def test_a_private_incident_stays_out_of_public_channels(world: World, alice: Human) -> None:
    world.excuses("conversations.create", "restricted_action")
    world.sandbox.workspace.forbid_channel_creation = True
    await alice.declares("private: keys were leaked")
    await alice.presses("Use this channel")
    assert "That incident is private and this channel is not" in alice.told()
    assert world.channel_lines() == []


async def test_a_private_channel_without_the_bot(world: World, alice: Human) -> None:
    """Adopted, but nothing can be posted: told so, and the board comes with the invitation."""
    for method in ("conversations.join", "chat.postMessage", "chat.postEphemeral"):
        world.excuses(method, "channel_not_found")
    world.excuses("conversations.join", "method_not_supported_for_channel_type")
    place = world.sandbox.channel("secret-db", members=[alice.person], private=True)
    await alice.commands("/incident here", place)
    assert "I am not in the channel where" in alice.direct_messages()[-1]
    assert "invite me to it first" in alice.direct_messages()[-1]
    await alice.person.invites_bot(place)
    await world.settles()
    assert "*Incident in #" in world.board(place)
    assert (await world.record(place)).incident.private


async def test_an_answer_that_is_lost_does_not_undo_what_is_recorded(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    world.sandbox.fault("chat.postEphemeral", drop="before")
    message = await alice.says("doing: restart, in 10 min")
    assert world.event_of(message).acked
    assert marked(message)
    assert "by 03:17" in world.board()
