"""Forms: opened bare, kept with what was typed, refused beside the field, closed for nothing."""

from datetime import timedelta
from typing import Any

import pytest

from bot.incidents.model import Ending, Kind
from bot.sandbox.replies import Reply
from bot.sandbox.state import View
from tests.journeys.stage import Human, World, buttons, marked

TITLE = "Checkout is slow"


def form(who: Human) -> View:
    """What is on their screen."""
    found = who.person.modal
    assert found is not None, f"no form on the screen of {who.person.name}"
    return found


async def submits(who: Human, **entries: Any) -> Reply:
    reply = await who.person.submits(form(who), entries)
    assert not reply.failure, reply.problems
    await who.world.settles()
    return reply


async def presses_on_board(who: Human, action: str) -> Reply:
    reply = await who.person.presses(who.world.board_message(), action)
    await who.world.settles()
    return reply


async def test_a_bare_log_opens_its_form(world: World, alice: Human) -> None:
    """The text is all that must be typed; the time may be some minutes ago."""
    await alice.declares(TITLE)
    assert await alice.commands("/log") == ""
    reply = await submits(alice, text="db1 restarted", kind="changed", when="45")
    assert reply.errors == {}
    assert alice.person.modal is None
    (entry,) = await world.entries(Kind.CHANGED)
    assert entry.text == "db1 restarted"
    assert entry.recorded_at - entry.at > timedelta(minutes=29)


async def test_what_is_wrong_stands_beside_the_field(world: World, alice: Human) -> None:
    """The form stays open with all that was typed, and can be sent again."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    await alice.commands("/log")
    reply = await submits(alice, text="df says 12 %", kind="against")
    assert reply.errors == {"thread": "Which thread is that about? Nothing is recorded yet."}
    assert await world.entries(Kind.AGAINST) == []
    await submits(alice, thread="2")
    assert await world.texts(Kind.AGAINST) == ["df says 12 %"]
    assert (await world.thread(2)).said_against == 1


async def test_a_form_that_is_closed_changes_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    before = await world.record()
    await alice.commands("/log")
    await alice.person.closes(form(alice))
    assert alice.person.modal is None
    assert await world.record() == before


async def test_log_outside_an_incident(world: World, alice: Human) -> None:
    assert "This is not an incident's channel" in await alice.commands("/log", world.lobby)
    assert alice.person.modal is None


async def test_a_thread_from_the_board(world: World, alice: Human, bob: Human) -> None:
    """With the time to decide again, in the writer's zone, echoed."""
    await alice.declares(TITLE)
    await bob.says("hello")
    await presses_on_board(bob, "new_thread")
    reply = await submits(bob, text="drop in traffic", by="soonish")
    assert reply.errors == {"by": "I can't read that as a time. Say 03:20 or 20 min."}
    reply = await submits(bob, by="20 min")
    assert reply.changed is not None
    thread = await world.thread(1)
    assert (thread.hypothesis, thread.owner) == ("drop in traffic", bob.id)
    assert thread.timebox is not None
    assert thread.slack_thread


async def test_an_idea_that_is_open_already(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await bob.says("hello")
    await presses_on_board(bob, "new_thread")
    reply = await submits(bob, text="Full disk on db1")
    assert reply.errors == {"text": "Thread 1 is that idea already. Nothing changed."}


@pytest.mark.anywhere
async def test_ending_a_thread_by_its_button(world: World, alice: Human) -> None:
    """Three taps: End …, which of the four ways, and done; why is welcome and not required."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    (head,) = [m for m in world.channel.replies((await world.thread(1)).slack_thread) if m.bot_id]
    await alice.person.presses(head, "end_thread")
    await submits(alice, how="Not it")
    thread = await world.thread(1)
    assert (thread.ending, thread.why, thread.ended_by) == (Ending.RULED_OUT, "", alice.id)
    assert any("not it" in line for line in world.channel_lines())


async def test_ended_while_the_form_was_open(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    (head,) = [m for m in world.channel.replies((await world.thread(1)).slack_thread) if m.bot_id]
    await alice.person.presses(head, "end_thread")
    await bob.says("set aside: vendor sleeps", in_thread=1)
    reply = await submits(alice, how="Not it", text="df says 12 %")
    assert reply.errors == {
        "how": "Thread 1 is closed; @bob ended it: vendor sleeps. Nothing changed."
    }
    assert (await world.thread(1)).ending is Ending.SET_ASIDE


async def test_a_guest_ends_only_their_own(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    gus = world.person("gus", guest=True)
    await alice.person.invites(world.channel, gus.person)
    await alice.says("thread: full disk on db1")
    (head,) = [m for m in world.channel.replies((await world.thread(1)).slack_thread) if m.bot_id]
    await gus.person.presses(head, "end_thread")
    assert gus.person.modal is None
    assert "Guests can record and end their own threads" in gus.told()


async def test_losing_the_permission_while_the_form_is_open(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    carl = world.person("carl")
    await carl.commands("/log")
    carl.person.user.is_guest = True
    world.sandbox.world.announce("user_change", carl.person.user)
    await world.settles()
    await submits(carl, text="db1 restarted")
    assert await world.texts(Kind.NOTE) == ["db1 restarted"]  # guests record
    await carl.commands("/log")
    carl.person.user.team = "T0OTHER"
    world.sandbox.world.announce("user_change", carl.person.user)
    await world.settles()
    reply = await submits(carl, text="db2 restarted")
    assert "People of another organisation" in reply.errors["text"]
    assert await world.texts(Kind.NOTE) == ["db1 restarted"]


async def test_declaring_by_the_global_shortcut(world: World, alice: Human) -> None:
    known = set(world.sandbox.workspace.channels)
    await alice.person.shortcut("declare")
    reply = await submits(alice, text="x")
    assert reply.errors == {"text": "One letter is short for a title. Nothing changed."}
    await submits(alice, text="Checkout is slow", private=["private"])
    (made,) = set(world.sandbox.workspace.channels) - known
    channel = world.sandbox.workspace.channels[made]
    assert channel.private
    assert alice.id in channel.members
    incident = (await world.record(channel)).incident
    assert (incident.title, incident.private) == ("Checkout is slow", True)


async def test_declaring_from_a_bare_command(world: World, alice: Human) -> None:
    await alice.commands("/incident", world.lobby)
    await alice.presses("Declare …")
    known = set(world.sandbox.workspace.channels)
    await submits(alice, text="Checkout is slow")
    (made,) = set(world.sandbox.workspace.channels) - known
    assert (await world.record(world.sandbox.workspace.channels[made])).incident.number == 1


async def test_a_title_is_given_twice_within_a_minute(world: World, alice: Human) -> None:
    """A form cannot ask back: it says so, and keeps the title."""
    for _ in range(2):
        await alice.person.shortcut("declare")
        reply = await submits(alice, text="Checkout is slow")
    assert "You declared that a moment ago: incident 1." in reply.errors["text"]


async def test_a_guest_does_not_declare_by_shortcut(world: World) -> None:
    gus = world.person("gus", guest=True)
    await gus.person.shortcut("declare")
    assert form(gus).title == "Parallax"
    assert "Guests can record" in form(gus).blocks[0]["text"]["text"]


@pytest.mark.row("B22")
async def test_recording_a_message_by_its_menu(world: World, alice: Human, bob: Human) -> None:
    """Prefilled with its words, in the thread it is in, of the time when it was written."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %, so what?", in_thread=1)
    await world.passes(minutes=9)
    await bob.says("hello")
    await bob.person.message_shortcut("record", told)
    await submits(bob, kind="against")
    (entry,) = await world.entries(Kind.AGAINST)
    assert (entry.text, entry.investigation) == ("df says 12 %, so what?", 1)
    assert (entry.actor, entry.author, entry.message) == (bob.id, alice.id, told.ts)
    assert entry.recorded_at - entry.at > timedelta(minutes=8)
    assert marked(told)
    await alice.deletes(told)
    assert await world.texts(Kind.AGAINST) == [""]


@pytest.mark.row("T4")
async def test_a_tool_that_misled(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("pg_basebackup: waiting for checkpoint")
    await bob.says("hello")
    await bob.person.message_shortcut("misled", told)
    await submits(bob, meant="it was copying all along, and prints nothing")
    (text,) = await world.texts(Kind.NOTE)
    said, meant = text.splitlines()
    assert said == "Tool said: pg_basebackup: waiting for checkpoint"
    assert meant == "It meant: it was copying all along, and prints nothing"


async def test_a_shortcut_outside_an_incident(world: World, alice: Human, bob: Human) -> None:
    told = await alice.says("hello", place=world.lobby)
    await bob.person.message_shortcut("record", told)
    assert bob.person.modal is None
    assert "This is not an incident's channel" in bob.told()


async def test_a_board_of_another_incident_and_a_forged_form(world: World, alice: Human) -> None:
    """What a form carries is checked again: another workspace's incident is none."""
    await alice.declares(TITLE)
    before = await world.record()
    for about in ("not json", '{"incident": "nope"}', '{"incident": 1}', '{"x": 1}', ""):
        await alice.commands("/log")
        view = form(alice)
        view.body["private_metadata"] = about
        reply = await submits(alice, text="db1 restarted")
        assert list(reply.errors) == ["text"]
        await alice.person.closes(form(alice))
    assert await world.record() == before


FORGED_HEADS = ["", "nope", "nope:1", "{}:99", "{}:0", "{}:1:2", "{}:1 OR 1=1"]


@pytest.mark.parametrize("value", FORGED_HEADS)
async def test_a_forged_end_button_opens_nothing(world: World, alice: Human, value: str) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    before = await world.record()
    (head,) = [m for m in world.channel.replies((await world.thread(1)).slack_thread) if m.bot_id]
    for element in (e for b in head.blocks if b["type"] == "actions" for e in b["elements"]):
        element["value"] = value.format(before.incident.id) or "x"
    await alice.person.presses(head, "end_thread")
    await world.settles()
    assert alice.person.modal is None
    assert alice.sees_privately()
    assert await world.record() == before


async def test_a_button_of_an_incident_that_is_closed(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    board = world.board_message()
    old = list(board.blocks)
    await alice.commands("/incident resolve over")
    await alice.commands("/incident close")
    board.blocks = old  # somebody's screen that was not refreshed
    await alice.person.presses(board, "new_thread")
    await world.settles()
    assert alice.person.modal is None
    assert "closed" in alice.told()


async def test_what_is_submitted_twice_on_purpose_counts_twice(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    for _ in range(2):
        await alice.commands("/log")
        await submits(alice, text="db1 restarted")
    assert await world.texts(Kind.NOTE) == ["db1 restarted", "db1 restarted"]


async def test_the_board_offers_a_new_thread(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    assert ("New thread", "new_thread") in buttons(world.board_message())
