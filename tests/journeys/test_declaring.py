"""Declaring, steering and resolving."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.incidents.model import IncidentState, Kind, Severity
from tests.journeys.conftest import BOTH
from tests.journeys.stage import START, Human, World

TITLE = "Replication to db2 has stopped"


@BOTH
async def test_one_line_makes_an_incident(world: World, alice: Human) -> None:
    """A name, the declarer in it, the topic, and one board that is pinned; nobody else is told."""
    answer = await alice.declares(TITLE)
    assert "Opening incident 1" in answer
    assert "You hold command until somebody takes it." in answer
    channel = world.channel
    assert channel.name == "inc-0001-replication-to-db2-has-stopped"
    assert alice.id in channel.members
    assert channel.topic == TITLE
    assert [pin.ts for pin in channel.pins] == [world.board_message().ts]
    board = world.board()
    assert f"*{TITLE}* · severity not set · since 03:07" in board
    assert "Command: alice (declared it)" in board
    assert world.channel_lines() == []
    assert world.lobby.lines() == []


@pytest.mark.row("F2")
@pytest.mark.anywhere
async def test_ideas_are_offered_and_one_tap_takes_one(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    ideas = "what changed · rollback · logs · capacity · traffic"
    assert f"*Nobody is looking at:* {ideas}" in world.board()
    assert (await world.record()).incident.investigations == ()
    await bob.says("on my way")
    assert "Thread 1 is open and yours" in await bob.chooses("Look at: rollback")
    thread = await world.thread(1)
    assert (thread.hypothesis, thread.owner) == ("rollback", bob.id)
    assert "*1 · rollback* · bob" in world.board()
    assert "*Nobody is looking at:* what changed · logs · capacity · traffic" in world.board()
    head = world.replies(thread.slack_thread)[0]
    assert "the old version must still run on today's data and schema. Has anyone checked?" in head


async def test_an_idea_is_taken_once(world: World, alice: Human, bob: Human) -> None:
    """Two people tap the same idea: the second is told whose it is, and may take it over."""
    await alice.declares(TITLE)
    await bob.says("here")
    board = world.board_message()
    await bob.chooses("Look at: logs")
    await alice.person.selects(board, "take", "1 · logs")
    await world.settles()
    assert (await world.thread(1)).owner == alice.id
    assert alice.told() == "Thread 1 is yours."
    await bob.commands("/thread logs")
    assert bob.told().startswith("Thread 1 is that idea already. Nothing changed.")
    assert await bob.presses("I'm on 1") == "Thread 1 is yours."


@BOTH
async def test_this_channel_can_be_the_incident(world: World, alice: Human) -> None:
    """Adopted: no renaming, no topic, no new channel; the board comes here."""
    answer = await alice.commands(f"/incident here: {TITLE}", world.lobby)
    assert answer.startswith("Incident 1 is here now.")
    assert (world.lobby.name, world.lobby.topic) == ("general", "")
    assert f"*{TITLE}*" in world.board(world.lobby)
    assert len(world.sandbox.workspace.channels) == 1


async def test_here_without_a_title_and_twice(world: World, alice: Human) -> None:
    await alice.commands("/incident here")
    assert (await world.record()).incident.title == "Incident in #general"
    assert "an incident's already, so nothing changed" in await alice.commands("/incident here")


async def test_steering(world: World, alice: Human, bob: Human) -> None:
    """Severity, command and resolve: one line each where the channel needs one, clocks apart."""
    await alice.declares(TITLE)
    assert "critical" in await bob.commands("/incident severity critical")
    assert "You have command." in await bob.commands("/incident command")
    assert "· critical ·" in world.board()
    assert "Command: bob\n" in world.board()
    await bob.says("thread: rebuild db2")
    await world.passes(minutes=20)
    assert "Resolved from this moment" in await bob.commands("/incident resolve copy is done")
    assert world.channel_lines()[0] == "bob has command."
    assert "*Resolved* at 03:27 by bob. copy is done" in world.channel_lines()[1]
    assert "1 thread open" in world.channel_lines()[1]
    assert "*resolved* 03:27" in world.board()
    incident = (await world.record()).incident
    assert (incident.state, incident.severity) == (IncidentState.RESOLVED, Severity.CRITICAL)
    clocks = incident.clocks
    assert clocks.declared == START
    assert clocks.resolved is not None
    assert timedelta(minutes=20) < clocks.resolved - START < timedelta(minutes=21)
    assert (clocks.began, clocks.detected, clocks.mitigated, clocks.closed) == (None,) * 4
    assert (await world.thread(1)).is_open


UNCHANGED = {
    "/incident severity critical": "It is critical already, so nothing changed.",
    "/incident command": "You hold command already, so nothing changed.",
    "/incident resolve all good": "It is resolved already, so nothing changed.",
    "/incident severity purple": "Which severity? critical · major · minor.",
    "/incident reopen 7": "There is no incident 7 that you can see, so nothing changed.",
}


async def test_steering_that_changes_nothing_says_so(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    for each in ("severity critical", "command", "resolve it is fixed"):
        await alice.commands(f"/incident {each}")
    before = await world.record()
    for line, told in UNCHANGED.items():
        assert told in await alice.commands(line)
    assert await world.record() == before


async def test_a_bare_command_shows_the_state(world: World, alice: Human, bob: Human) -> None:
    """Outside it lists the open ones and how to declare; inside it is the board, for one person."""
    none = await bob.commands("/incident", world.lobby)
    assert "No incident is open. Declare one with `/incident TITLE`" in none
    await alice.declares(TITLE)
    listed = await bob.commands("/incident", world.lobby)
    assert f"1 · {TITLE} · severity not set · since 03:07" in listed
    inside = await bob.commands("/incident")
    assert "*Nobody is looking at:*" in inside
    assert len([each for each in world.channel.lines() if each.bot_id]) == 1


async def test_a_private_incident_is_nowhere_else(world: World, alice: Human, bob: Human) -> None:
    await alice.declares("private: keys were leaked")
    assert world.channel.private
    assert "leaked" not in await bob.commands("/incident", world.lobby)
    assert "leaked" not in await bob.commands("/log restarted", world.lobby)
    assert bob.offered() == ["Declare an incident with that title"]


async def test_a_verb_that_is_nearly_one_is_asked_about(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    answer = await alice.commands("/incident reslove")
    assert "Did you mean 'resolve'? Nothing changed." in answer
    assert "> /incident reslove" in answer
    await alice.presses("Declare it with that title")
    assert world.sandbox.workspace.channel_named("inc-0002-reslove") is not None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("データベースが遅い", "inc-0001"),
        ("Größe überschritten: <db1> & db2", "inc-0001-grosse-uberschritten-db1-db2"),
        ("\u200bcheckout\u200b is slow\u200f", "inc-0001-checkout-is-slow"),
        ("x" * 200, "inc-0001-" + "x" * 40),
    ],
)
async def test_any_title_makes_a_channel(world: World, alice: Human, title: str, name: str) -> None:
    await alice.declares(title)
    assert world.channel.name == name
    assert (await world.record()).incident.title == title


SAY_NOTHING = {
    "new \u200b\u2060": "That title has no text",
    "🔥🔥": "A title needs words",
    ":fire: :fire:": "A title needs words",
    "new x": "One letter is short for a title.",
    "y" * 201: "That is 201 characters; at most 200 fit.",
}


async def test_titles_that_say_nothing(world: World, alice: Human) -> None:
    for title, told in SAY_NOTHING.items():
        answer = await alice.declares(title)
        assert told in answer
        assert "othing changed" in answer
    assert world.channel is world.lobby


@pytest.mark.row("B22")
async def test_each_fact_keeps_message_author_and_time(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await world.passes(minutes=10)
    message = await bob.says("seeing: replication lag is 4 GB")
    (entry,) = await world.entries(Kind.SEEING)
    assert (entry.actor, entry.channel, entry.message) == (bob.id, world.channel.id, message.ts)
    assert entry.at == datetime.fromtimestamp(int(float(message.ts)), UTC)
