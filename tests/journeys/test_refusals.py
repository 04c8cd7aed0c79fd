"""Said no: privately, with the text as typed, what to do, and a button that does it."""

import pytest

from bot.incidents.model import Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"


@BOTH
async def test_an_unknown_word_is_asked_about_and_both_meanings_work(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    message = await bob.says("rull out 2: not deployed yet")
    assert "I don't know 'rull out', so nothing changed." in bob.told()
    assert "Did you mean 'rule out thread 2', or a thread with that name?" in bob.told()
    assert "> rull out 2: not deployed yet" in bob.told()
    assert bob.offered() == ["Rule out thread 2", "Open a thread with that name"]
    await bob.presses("Rule out thread 2")
    assert (await world.thread(2)).why == "not deployed yet"
    assert marked(message)

    other = await bob.says("rull out of region 2: nobody looks")
    assert bob.told() == "Recorded in thread 2."
    assert not marked(other)
    third = await bob.says("agianst: odd name for an idea", in_thread=1)
    await bob.presses("Open a thread with that name")
    opened = await world.thread(3)
    assert opened.hypothesis == "agianst: odd name for an idea"
    assert opened.owner == bob.id
    assert marked(third)


async def test_an_unknown_word_in_a_command(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    for line, button, kind, text in (
        ("/log noet: page is up", "Note", Kind.NOTE, "page is up"),
        ("/log noet: status is red", "Record it as a note", Kind.NOTE, "noet: status is red"),
        ("/thread decidde: no deploys", "Decided", Kind.DECIDED, "no deploys"),
        ("/incident we beleive: it is cold", "We believe", Kind.BELIEVE, "it is cold"),
    ):
        answer = await alice.commands(line)
        assert "so nothing changed" in answer
        assert f"> {line}" in answer
        await alice.presses(button)
        entry = (await world.entries())[-1]
        assert (entry.kind, entry.text) == (kind, text)


ELSEWHERE = [
    ("/thread rollback of 4412?", Kind.THREAD, "rollback of 4412?"),
    ("/log 20 min ago: page is up", Kind.NOTE, "page is up"),
    ("/thread doing: restart, in 10 min", Kind.DOING, "restart, in 10 min"),
    ("/thread take 1: I wrote it", Kind.TAKE, "I wrote it"),
    ("/incident severity critical", Kind.SEVERITY, "critical"),
    ("/incident command", Kind.COMMAND, ""),
    ("/incident resolve: all calm", Kind.RESOLVE, "all calm"),
]


@BOTH
async def test_outside_an_incident_the_open_ones_are_offered(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """The text goes along; nothing is typed twice."""
    await alice.declares("Replication has stopped")
    other = world.channel
    await alice.declares(TITLE)
    for line, kind, text in ELSEWHERE:
        who = carol if kind is Kind.TAKE else bob
        answer = await who.commands(line, world.lobby)
        assert "In which incident is that? Nothing is recorded yet." in answer
        assert who.offered() == [f"2 · {TITLE}", "1 · Replication has stopped"]
        await who.presses("1 · Replication has stopped")
        entry = (await world.record(other)).entries[-1]
        assert (entry.kind, entry.text, entry.actor) == (kind, text, who.id)
    assert len((await world.record()).entries) == 1


async def test_outside_with_no_incident_open(world: World, alice: Human) -> None:
    answer = await alice.commands("/thread rollback of 4412?", world.lobby)
    assert "This is not an incident's channel, and none is open, so nothing changed." in answer
    assert "> /thread rollback of 4412?" in answer
    assert alice.offered() == ["Declare an incident with that title"]
    await alice.presses("Declare an incident with that title")
    (channel,) = (c for c in world.sandbox.workspace.channels.values() if c.name.startswith("inc-"))
    assert (await world.record(channel)).incident.title == "rollback of 4412?"
    assert "not an incident's channel" in await alice.commands("/thread", world.lobby)


async def test_a_direct_message_is_outside(world: World, alice: Human, bob: Human) -> None:
    """Declaring works there; it cannot itself be the incident's channel."""
    await alice.person.dms("hello")
    home = alice.person.dm
    assert home is not None
    await alice.declares(TITLE, home)
    assert world.channel.name == "inc-0001-checkout-is-slow"
    assert "can't be an incident's channel" in await alice.commands("/incident here", home)
    await alice.commands("/log page is up", home)
    await alice.presses(f"1 · {TITLE}")
    assert await world.texts(Kind.NOTE) == ["page is up"]


SAY_NOTHING = {
    "thread:": "That thread has no text",
    "thread: \u200b\u2060\ufeff": "That thread has no text",
    "thread: x": "One letter is short for a thread.",
    "thread: 🔥🔥": "A thread needs words, so that everybody sees the same thing in it.",
    "thread: :fire: :fire:": "A thread needs words",
    "thread: ?!": "A thread needs words",
    "thread: " + "y" * 3001: "That is 3,001 characters; at most 3,000 fit.",
}


async def test_ideas_that_say_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    for idea, told in SAY_NOTHING.items():
        message = await alice.says(idea)
        assert told in alice.told()
        assert "othing changed" in alice.told()
        assert message.reactions == []
    assert (await world.record()).incident.investigations == ()


@pytest.mark.anywhere
async def test_a_long_text_comes_back_whole(world: World, alice: Human) -> None:
    """To the last word, whatever has to be escaped on the way."""
    await alice.declares(TITLE)
    typed = "<&> " * 900 + "the end"
    answer = await alice.commands(f"/thread against: {typed}")
    assert "at most 3,000 fit" in answer
    assert answer.replace("\n> ", "").count("<&> ") == 900
    assert "the end" in answer


async def test_ideas_in_any_script(world: World, alice: Human) -> None:
    """Recorded to the letter; on the board nothing turns the rest of the line around."""
    await alice.declares(TITLE)
    ideas = [
        "السبب هو قاعدة البيانات",
        "\u202eback to front\u202c",
        "zero\u200bwidth\u200d inside",
        "料",
        "👩‍👩‍👧 family plan is broken",
    ]
    for idea in ideas:
        await alice.commands(f"/thread {idea}")
    threads = (await world.record()).incident.investigations
    assert [each.hypothesis for each in threads] == ideas
    assert "\u202e" not in world.board()
    assert world.board().count("* · alice") == len(ideas)


async def test_the_longest_idea(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread " + "y" * 3000)
    assert (await world.thread(1)).hypothesis == "y" * 3000
    assert "yyy…* · alice" in world.board()


@pytest.mark.parametrize(
    ("line", "told", "offered"),
    [
        ("against 7: flat", "There is no thread 7 here, so nothing changed.", ["1 · full disk"]),
        ("against 2: flat", "Thread 2 is closed; ", ["Add it as a note"]),
        ("not it 2: flat", "Thread 2 is closed; ", ["Add it as a note"]),
        ("not it 7: flat", "There is no thread 7 here, so nothing changed.", ["1 · full disk"]),
    ],
)
async def test_a_number_that_is_no_open_thread(
    world: World, alice: Human, line: str, told: str, offered: list[str]
) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread full disk")
    await alice.commands("/thread old kernel")
    await alice.commands("/thread set aside 2")
    before = await world.record()
    await alice.says(line)
    assert told in alice.told()
    assert f"> {line}" in alice.told()
    assert alice.offered() == offered
    assert await world.record() == before
    assert "Recorded" in await alice.presses(offered[0])
    assert [each.text for each in (await world.entries())[-1:]] == ["flat"]


async def test_a_number_is_of_this_incident_only(world: World, alice: Human) -> None:
    await alice.declares("Replication has stopped")
    first = world.channel
    for idea in ("full disk", "old kernel"):
        await alice.commands(f"/thread {idea}")
    before = await world.record(first)
    await alice.declares(TITLE)
    await alice.commands("/thread cold cache")
    assert "There is no thread 2 here" in await alice.commands("/thread against 2: flat")
    assert alice.offered() == ["1 · cold cache"]
    assert await world.record(first) == before


async def test_nothing_is_said_after_the_word(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk")
    for word in ("for:", "seeing:", "known:", "doing:", "note:"):
        await alice.says(word, in_thread=1)
        assert "There is no text after that word, so nothing changed." in alice.told()
    assert len(await world.entries()) == 2
