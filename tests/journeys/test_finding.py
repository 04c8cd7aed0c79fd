"""Lists, finding, and the offer of an incident that is open already."""

import pytest

from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World

TITLE = "Replication to db2 has stopped"


@BOTH
async def test_words_find_what_was_said_anywhere(world: World, alice: Human, bob: Human) -> None:
    """Titles, hypotheses and entries; every word must be there; a page at a time."""
    await alice.declares(TITLE)
    await bob.says("thread: spam load on the database")
    await bob.says("against: the graph is flat <b>everywhere</b>", in_thread=1)
    found = await bob.commands("/incident find: replic stopped", world.lobby)
    assert f"*1 · {TITLE}*" in found
    assert "alice, _declared_: Replication to db2 has stopped" in found
    assert "_thread_ in thread 1: spam load" in await bob.commands("/incident find spam")
    assert "<b>everywhere</b>" in await bob.commands("/incident find graph flat")
    assert "Nothing with “graph missing”" in await bob.commands("/incident find graph missing")
    assert "Find what?" in await bob.commands("/incident find: ***")
    for number in range(11):
        await bob.says(f"note: needle {number}")
    page = await bob.commands("/incident find needle")
    assert "needle 10" in page
    assert "needle 2" not in page
    await bob.person.presses(bob.private()[-1], "more_found")
    await world.settles()
    assert "needle 2" in bob.told()
    assert "needle 10" not in bob.told()


async def test_what_was_edited_away_or_removed_is_not_found(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    told = await bob.says("note: spare disk in rack seven")
    await bob.edits(told, "note: spare disk in rack nine")
    assert "Nothing with" in await alice.commands("/incident find: rack seven")
    found = await alice.commands("/incident find: spare disk")
    assert found.count("spare disk in") == 1
    assert "spare disk in rack nine" in found
    await bob.deletes(told)
    assert "Nothing with" in await alice.commands("/incident find: spare disk")


async def test_private_incidents_exist_for_their_members(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: keys were leaked")
    for line in ("find: leaked", "list", "list all", "list mine"):
        assert "leaked" not in (await bob.commands(f"/incident {line}", world.lobby)).replace(
            "Nothing with “leaked”", ""
        )
        assert "leaked" in await alice.commands(f"/incident {line}", world.lobby)
    await alice.person.invites(world.channel, bob.person)
    await world.settles()
    assert "keys were leaked" in await bob.commands("/incident list mine", world.lobby)
    assert "private" in bob.told()
    await bob.person.leaves(world.channel)
    await world.settles()
    assert "keys" not in await bob.commands("/incident list all", world.lobby)


async def test_lists_of_open_all_and_mine(world: World, alice: Human, bob: Human) -> None:
    for number in range(10):
        await alice.commands(f"/incident declare: {WORDS[number]}", world.lobby)
    await bob.declares(TITLE)
    await bob.commands("/incident resolve")
    opened = await alice.commands("/incident list", world.lobby)
    assert f"10 · {WORDS[9]}" in opened
    assert TITLE not in opened
    assert f"1 · {WORDS[0]}" not in opened
    await alice.person.presses(alice.private()[-1], "more_listed")
    await world.settles()
    assert f"1 · {WORDS[0]}" in alice.told()
    assert f"11 · {TITLE} · severity not set · resolved" in await alice.commands(
        "/incident list all", world.lobby
    )
    mine = await bob.commands("/incident list mine", world.lobby)
    assert TITLE in mine
    assert WORDS[9] not in mine


WORDS = (
    "cache is cold", "dns flaps", "queue grows", "disk fills", "login loops",
    "mail bounces", "search lags", "cart empties", "images vanish", "webhooks double",
)  # fmt: skip


async def test_a_similar_open_one_is_offered_first(world: World, alice: Human, bob: Human) -> None:
    """One tap joins it; another makes a new one; the title is kept."""
    await alice.declares(TITLE)
    first = world.channel
    answer = await bob.commands("/incident db2 replication stopped again", world.lobby)
    assert f"Incident 1 is open and sounds like it: '{TITLE}'." in answer
    assert bob.offered() == ["Join it", "No, a new one"]
    assert bob.id not in first.members
    assert "You will be in #inc-0001-" in await bob.presses("Join it")
    assert bob.id in first.members
    await bob.commands("/incident db2 replication stopped again", world.lobby)
    assert "Opening incident 2" in await bob.presses("No, a new one")


async def test_a_private_one_stays_private_when_it_is_declared_anyway(
    world: World, alice: Human, bob: Human
) -> None:
    """Nor is a private one ever offered to who is not in it."""
    await alice.declares(TITLE)
    await bob.commands("/incident private: db2 replication stopped", world.lobby)
    assert "Opening incident 2" in await bob.presses("No, a new one")
    made = world.sandbox.workspace.channel_named("inc-0002-db2-replication-stopped")
    assert made is not None
    assert made.private
    await bob.commands("/incident resolve", made)
    await bob.commands("/incident private: keys were leaked today", world.lobby)
    assert "Opening incident 4" in await alice.commands(
        "/incident keys were leaked yesterday", world.lobby
    )


@pytest.mark.parametrize("which", ["find: x", "list"])
async def test_outsiders_find_nothing(world: World, alice: Human, which: str) -> None:
    await alice.declares(TITLE)
    gus = world.person("gus", guest=True)
    answer = await gus.commands(f"/incident {which}", world.channel)
    assert "Guests can record" in answer
    assert TITLE not in answer
