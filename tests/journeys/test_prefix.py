"""Commands under another name, where another vendor has `/incident`: we always say ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stage import Human, World

BARE = re.compile(r"(?<![\w/.-])/(?:incident|thread|log|sampling)\b")
ROOT = Path(__file__).resolve().parents[2]
# What the composer of the demo offers, where there is no other vendor.
NO_WORKSPACE = {"vocabulary.py"}
TITLE = "Checkout is slow"


@pytest.fixture
async def prefixed(world: World) -> World:
    await world.bot_stops()
    world.prefix = "x-"
    await world.bot_starts()
    return world


async def test_nothing_we_say_names_a_command_that_is_not_ours(
    prefixed: World, alice: Human, bob: Human
) -> None:
    world, lobby = prefixed, prefixed.lobby
    for line in ("/incident", "/incident help", "/thread", "/thread an idea", "/incident resolve"):
        await bob.commands(line, lobby)
    for line in ("/sampling pause 3 days", "/sampling now", "/sampling help", "/sampling settings"):
        await bob.commands(line, lobby)
    await bob.person.dms("hello")
    await bob.commands("/incident here", bob.person.dm)
    await bob.person.opens_home()
    await world.settles()
    await alice.declares(TITLE)
    await bob.says("against: the graph is flat")
    for line in (
        "/incident",
        "/thread",
        "/incident clock resolved 02:10",
        "/incident help privacy",
    ):
        await bob.commands(line)
    for idea in ("disk", "memory", "network", "cache", "queue", "locks", "index"):
        await alice.commands(f"/thread {idea} is the cause")
    await bob.presses_on(world.board_message(), "More")
    await bob.presses("Help")

    assert [text for text in world.said() if BARE.search(text)] == []
    told = "\n".join(world.said())
    assert "`/x-incident TITLE`" in told
    assert "You take part in no study here. `/x-sampling` says more." in told
    assert "Say /x-incident here in the channel" in told
    assert "2 more open: `/x-thread` lists them" in world.board()


@pytest.mark.anywhere
async def test_somebody_outside_is_told_the_name_that_works(prefixed: World, alice: Human) -> None:
    """No channel could be made, and where they declared we cannot answer: a direct message."""
    world = prefixed
    await alice.person.dms("hello")
    await world.settles()  # what is typed to us is answered, too
    world.excuses("conversations.create", "restricted_action")
    world.excuses("chat.postEphemeral", "channel_not_found")
    world.sandbox.fault("conversations.create", error="restricted_action")
    world.sandbox.fault("chat.postEphemeral", error="channel_not_found")
    await alice.commands(f"/incident {TITLE}", world.lobby)
    await world.passes(minutes=1)
    assert "Say /x-incident here in the channel you want to use" in alice.direct_messages()[-1]


def test_no_text_of_ours_has_the_plain_name() -> None:
    """Each is written with the name as it is installed, or without one."""
    found = [
        f"{path.relative_to(ROOT)}: {text!r}"
        for room in ("bot/incidents", "bot/workspace", "handlers")
        for path in sorted((ROOT / room).rglob("*.py"))
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if BARE.search(text) and path.name not in NO_WORKSPACE
    ]
    assert found == []


def _texts(module: ast.Module) -> Iterator[str]:
    """Every string but docstrings."""
    docs = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value
