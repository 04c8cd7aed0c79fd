"""Text that would page, break out, or pretend; and buttons that nobody was given."""

import json
from typing import Any

from bot.incidents.model import Kind
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"
NASTY = [
    "<!channel> <!here|here> @channel @here @everyone & <@U000000001SB>",
    "a & b &amp; c &lt;d&gt; <e> trailing \\",
    "`code` and ```block``` *bold* _it_ ~no~",
    "see <https://example.com|our status page> & https://example.com/?a=1&b=2",
    "'; DROP TABLE incidents; -- =cmd|' /C calc'!A0",
    "<!subteam^S0123|@oncall> <!date^0^{date}|never> @WORKERS at @U0000",
]


async def test_nothing_that_is_typed_pages_or_breaks_out(
    world: World, alice: Human, bob: Human
) -> None:
    """Kept to the letter; shown on board, threads and lines; the world checks every call."""
    for text in NASTY:
        await alice.declares(f"new {text}"[:190])
        titled = (await world.record()).incident.title
        assert titled == " ".join(text.split())
        await alice.commands(f"/thread {text}")
        await bob.says(f"against: {text}", in_thread=1)
        await bob.says(f"doing: {text}, expect {text}, in 10 min, else {text}")
        await bob.says(f"we believe: {text}")
        await bob.says(f"not it: {text}", in_thread=1)
        await alice.commands(f"/incident resolve {text}")
        thread = await world.thread(1)
        assert (thread.hypothesis, thread.why) == (text, text)
        assert await world.texts(Kind.AGAINST) == [text]
        assert await world.texts(Kind.BELIEVE) == [text]
        assert await world.texts(Kind.RESOLVE) == [text]
        (action,) = (await world.record()).actions
        assert (action.text, action.expect, action.otherwise) == (text, text, text)
        if "```" not in text:  # a fence is shown as a code span, for a line has no room for it
            assert text in world.board()


async def test_a_name_is_kept_as_a_name(world: World, alice: Human, bob: Human) -> None:
    """People and channels are named, not paged, when their names are read again."""
    await alice.declares(TITLE)
    await alice.says("note: ask @bob in #general")
    await alice.commands("/log ask @bob in #general")
    assert await world.texts(Kind.NOTE) == ["ask @bob in #general"]
    assert "as entry 2" in alice.told()


FORGED: list[Any] = [
    "",
    "not json",
    "[]",
    {"intent": "drop tables"},
    {"intent": "note", "text": "x", "number": "1 OR 1=1"},
    {"intent": "note", "text": "x", "number": -1},
    {"intent": "note", "text": "x", "admin": True},
    {"intent": "against", "text": "x", "number": 99},
    {"intent": "note", "text": "y" * 1900, "incident": "z" * 65},
    {"intent": "severity", "text": "purple"},
    {"intent": "take"},
    {"intent": "ends done", "text": "x", "number": 7},
    {"intent": "adopt", "incident": "nobody's"},
    {"intent": "already note", "text": "x"},
]


async def test_forged_buttons_change_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    before = await world.record()
    for value in FORGED:
        await _forges(world, alice, value if isinstance(value, str) else json.dumps(value))
        assert "othing changed" in alice.told(), value
    assert await world.record() == before


async def test_a_private_incident_cannot_be_reached_by_its_id(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: keys were leaked")
    hidden, before = world.channel, await world.record()
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    for intent in ("note", "resolve", "command", "take"):
        forged = {"intent": intent, "text": "x", "number": 1, "incident": before.incident.id}
        await _forges(world, bob, json.dumps(forged))
        assert "othing" in bob.told()
    assert await world.record(hidden) == before


async def _forges(world: World, who: Human, value: str) -> None:
    """Press a button that carries what no button of the bot carries."""
    await who.says("against 99: forged")
    (row,) = [block for block in who.private()[-1].blocks if block["type"] == "actions"]
    row["elements"][0]["value"] = value
    await who.presses(row["elements"][0]["text"]["text"])


async def test_a_choice_that_is_not_on_the_board(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    before = await world.record()
    (row,) = [block for block in world.board_message().blocks if block["type"] == "actions"]
    (menu,) = [each for each in row["elements"] if each["type"] == "static_select"]
    for value in ("starter:nonsense", "thread:abc", "thread:-1", "thread:7", "x" * 75):
        menu["options"][0]["value"] = value
        assert "othing changed" in await alice.chooses("Look at: what changed")
    assert await world.record() == before


async def test_a_flood_of_threads_stops_at_the_limit(world: World, alice: Human) -> None:
    """The board stays valid all the way; the one too many is given back."""
    await alice.declares(TITLE)
    for number in range(50):
        await alice.person.says(world.channel, f"thread: idea number {number} " + "<&>" * 60)
    await world.passes(minutes=3)
    assert len((await world.record()).incident.investigations) == 50
    assert "… and 45 more open" in world.board()
    message = await alice.says("thread: one too many")
    assert "This incident has 50 threads" in alice.told()
    assert "> thread: one too many" in alice.told()
    assert not marked(message)
