"""More: updates, looks from further off, the end and back, merge, split, relate, clocks."""

import asyncio

import pytest

from bot.incidents.model import IncidentState, Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World

TITLE = "Replication to db2 has stopped"


async def test_an_update_is_one_line_and_a_promise(world: World, alice: Human, bob: Human) -> None:
    """Posted under the name of who said it; the board shows when the next one comes."""
    await alice.declares(TITLE)
    assert "Posted. By 03:45." in await bob.commands(
        "/incident update: copy runs, <b>no</b> data lost; next update by 22:45"
    )
    assert world.channel_lines() == [
        "*Update* from bob: copy runs, <b>no</b> data lost; next update by 22:45"
    ]
    assert "· next update by 03:45" in world.board()
    answer = await bob.commands("/incident update: all well, next update by 25:61")
    assert "I can't read '25:61' as a time to come" in answer
    assert "> /incident update: all well" in answer
    assert len(world.channel_lines()) == 1


async def test_outside_an_update_asks_where(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    inside, world.channel = world.channel, world.lobby
    answer = await alice.commands("/incident update: copy runs", world.lobby)
    assert "In which incident is that?" in answer
    await alice.presses(f"1 · {TITLE}")
    world.channel = inside
    assert world.channel_lines() == ["*Update* from alice: copy runs"]


@pytest.mark.row("F4")
async def test_a_step_back_names_nobody_in_the_channel(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """The channel sees counts; the commander alone sees who may be busy elsewhere."""
    await alice.declares(TITLE)
    for each in (bob, carol):
        await each.person.joins(world.channel)
    await world.settles()
    await bob.says("thread: rebuild db2")
    await bob.says("doing: base copy, by 23:00", in_thread=1)
    await bob.commands("/incident step back")
    (line,) = [each for each in world.channel_lines() if "step back" in each]
    assert "*Open:* 1 thread" in line
    assert "3 people are here, 1 on no thread." in line
    assert "carol" not in line
    assert "*On no thread, may be busy elsewhere:* carol" in alice.told()
    assert all("carol" not in told for told in bob.sees_privately())


async def test_a_handover_is_one_message(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: rebuild db2")
    await alice.says("thread: spam load on the database")
    await alice.says("not it: removed, no change", in_thread=2)
    await bob.commands("/incident handover")
    (line,) = [each for each in world.channel_lines() if "Handover" in each]
    assert "*Open:* 1 rebuild db2 (alice)" in line
    assert "*Ruled out:* spam load on the database (removed, no change)" in line


@pytest.mark.row("S4")
async def test_over_closed_and_open_again(world: World, alice: Human, bob: Human) -> None:
    """Resolved is not closed; a closed one is opened again in its channel, or by its number."""
    await alice.declares(TITLE)
    assert "It is still open. Resolve it first" in await bob.commands("/incident close")
    await bob.commands("/incident resolve: copy is done")
    assert "Closed. I record nothing more here" in await bob.commands("/incident close")
    assert "*closed*" in world.board()
    await bob.says("note: still here")
    assert "not an incident's channel" in await bob.commands("/log still here")
    assert "Open again." in await bob.commands("/incident reopen: it lags again")
    assert "*Reopened* at 03:" in world.channel_lines()[-1]
    assert (await world.record()).incident.state is IncidentState.OPEN
    await bob.commands("/incident resolve")
    await bob.commands("/incident close")
    assert "Open again." in await bob.commands("/incident reopen 1", world.lobby)
    assert await world.texts(Kind.NOTE) == []
    assert len(await world.entries(Kind.REOPEN)) == 2


async def test_only_the_commander_switches_questions_off(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    assert "Only whoever holds command" in await bob.commands("/incident quiet")
    assert "I ask nothing more here" in await alice.commands("/incident quiet on")
    assert "Questions are off here (alice, 03:07)." in world.board()
    assert "Questions are off already" in await alice.commands("/incident quiet")
    await alice.commands("/incident quiet off")
    assert "Questions are off" not in world.board()


@pytest.mark.row("S9")
@BOTH
async def test_two_that_are_one_are_merged(world: World, alice: Human, bob: Human) -> None:
    """Open threads and actions go on in the other; the first says where, and keeps its record."""
    await alice.declares(TITLE)
    first = world.channel
    await bob.declares("Checkout answers with 500")
    second = world.channel
    await bob.says("thread: payment provider")
    await bob.says("doing: call them, by 23:00", in_thread=1)
    for wrong, told in MERGES.items():
        assert told in await bob.commands(f"/incident merge {wrong}")
    answer = await bob.commands("/incident merge 1", second)
    assert "Incident 2 is part of incident 1 now. 1 thread goes on there." in answer
    assert "This goes on in *incident 1*" in world.channel_lines()[-1]
    assert "*closed*" in world.board(second)
    assert "1 · payment provider" in world.board(first)
    assert "Doing: call them" in world.board(first)
    assert "Related: incident 2" in world.board(first)
    world.channel = first
    assert (await world.thread(1)).slack_thread
    assert "There is no such incident" not in await bob.commands("/incident merge 1", first)


MERGES = {
    "2": "That is this incident itself; merge it with another.",
    "9": "There is no such incident to merge with, so nothing changed.",
}


async def test_private_and_public_stay_apart(world: World, alice: Human, bob: Human) -> None:
    """For who is not in it, a private incident is no incident at all."""
    await alice.declares("private: keys were leaked")
    await alice.declares(TITLE)
    assert "private things stay where they are" in await alice.commands("/incident merge 1")
    assert "private things stay where they are" in await alice.commands("/incident relate 1")
    assert "There is no such incident to merge with" in await bob.commands("/incident merge 1")


async def test_a_thread_becomes_an_incident(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await bob.says("thread: spam load on the database")
    answer = await bob.commands("/incident split 1")
    assert "Thread 1 is incident 2 now. You hold command of it" in answer
    made = world.sandbox.workspace.channel_named("inc-0002-spam-load-on-the-database")
    assert made is not None
    assert bob.id in made.members
    child = (await world.record(made)).incident
    assert [each.hypothesis for each in child.investigations] == ["spam load on the database"]
    assert "goes on as incident 2" in world.board()
    assert "no open thread 1" in await bob.commands("/incident split 1")


async def test_related_ones_say_so(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.declares("Checkout answers with 500")
    assert "Incidents 2 and 1 are related now." in await alice.commands("/incident relate 1")
    assert "related already" in await alice.commands("/incident relate 1")
    assert "another. Nothing changed" in await alice.commands("/incident relate 2")


@pytest.mark.row("S4")
async def test_clocks_are_set_and_what_they_said_is_kept(world: World, alice: Human) -> None:
    """Typed in one's own zone; what is odd is asked about; nothing is lost."""
    await alice.declares(TITLE)
    answer = await alice.commands("/incident clock began 03:50")
    assert "*began* is 03:50 now; it was not known." in answer
    assert "since 02:50" in world.board()
    answer = await alice.commands("/incident clock detected 2 h ago")
    assert "It can be so. Is it right?" in answer
    assert "*detected* is 02:07 now" in await alice.presses("Yes, that's right")
    await alice.commands("/incident clock began not known")
    texts = await world.texts(Kind.CLOCK)
    assert texts[0] == "began: not known → 2026-11-20T02:50:00+00:00"
    assert texts[-1] == "began: 2026-11-20T02:50:00+00:00 → not known"
    assert "Which clock, and when?" in await alice.commands("/incident clock is ticking: oddly")


async def test_two_take_command_in_one_second(world: World, alice: Human, bob: Human) -> None:
    """One of them has it in the end, and nobody is told twice the same."""
    await alice.declares(TITLE)
    for each in (alice, bob):
        await each.says("here")
    both = [each.person.command("/incident", "command", world.channel) for each in (alice, bob)]
    await asyncio.gather(*both)
    await world.settles()
    holder = (await world.record()).incident.commander
    assert len(await world.entries(Kind.COMMAND)) == 2
    lines = [line for line in world.channel_lines() if "has command" in line]
    name = "alice" if holder == alice.id else "bob"
    assert lines[-1] == f"{name} has command."
    assert len(lines) == len(set(lines))


async def _more(world: World, who: Human) -> None:
    await who.says("hello")
    await who.person.presses(world.board_message(), "more")
    await world.settles()


async def test_more_offers_it_all_on_a_phone(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await _more(world, bob)
    for label in ("Update …", "Step back", "Handover", "Merge …", "Clocks …", "Help"):
        assert label in bob.offered()
    message, action = bob._button("Update …")  # noqa: SLF001 - as its presses does
    await bob.person.presses(message, action)
    view = bob.person.modal
    assert view is not None
    reply = await bob.person.submits(view, {"text": "copy runs, next update in 30 min"})
    assert not reply.errors
    await world.settles()
    assert "*Update* from bob: copy runs" in world.channel_lines()[0]
    await bob.person.closes(bob.person.modal or view)
    assert "What I read" in await bob.presses("What I keep") or "read" in bob.told()
    assert "You have command." in await bob.presses("Take command")


async def test_a_form_keeps_what_was_typed(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await _more(world, alice)
    message, action = alice._button("Merge …")  # noqa: SLF001
    await alice.person.presses(message, action)
    view = alice.person.modal
    assert view is not None
    reply = await alice.person.submits(view, {"text": "the other one"})
    assert "A number, please" in str(reply.errors)
    reply = await alice.person.submits(view, {"text": "77"})
    assert "There is no such incident" in str(reply.errors)


@pytest.mark.parametrize(
    ("verb", "title"),
    [("update", "Update"), ("merge", "Merge"), ("split", "Split"), ("relate", "Relate")],
)
async def test_a_verb_typed_bare_opens_its_form(
    world: World, alice: Human, verb: str, title: str
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = len(alice.private())
    await alice.commands(f"/incident {verb}")
    assert alice.person.modal is not None
    assert alice.person.modal.title == title
    assert len(alice.private()) == told


async def test_an_update_typed_bare_is_filled_in(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident update")
    assert await alice.fills("the copy runs") == {}
    assert "*Update* from alice: the copy runs" in world.channel_lines()
    assert "Which severity?" in await alice.commands("/incident severity")
    await alice.presses("major")
    assert "· major ·" in world.board()


async def test_whoever_was_on_a_thread_comes_along_when_it_is_split_off(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("thread: spam load on the database")
    await carol.says("doing: block the spammers, in 20 min", in_thread=1)
    here = {each.id for each in world.sandbox.workspace.channels.values()}
    await alice.commands("/incident split 1")
    await world.settles()
    (made,) = (c for c in world.sandbox.workspace.channels.values() if c.id not in here)
    assert {alice.id, bob.id, carol.id} <= set(made.members)


async def test_clocks_by_form(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await _more(world, alice)
    message, action = alice._button("Clocks …")  # noqa: SLF001
    await alice.person.presses(message, action)
    view = alice.person.modal
    assert view is not None
    began = int(world.clock.now().timestamp()) - 7200
    reply = await alice.person.submits(view, {"began": began})
    assert not reply.errors
    await world.settles()
    assert len(await world.entries(Kind.CLOCK)) == 1
    assert "since 01:07" in world.board()


async def test_help_tells_what_is_kept(world: World, alice: Human) -> None:
    shown = await alice.commands("/incident help privacy", world.lobby)
    assert "The rest I count (who, where, when) and forget." in shown


FORGED = ("", "nonsense", "'; DROP TABLE incidents; --", "x" * 200)


async def test_forged_and_stale_menus_change_nothing(
    world: World, alice: Human, bob: Human
) -> None:
    """A button's value is looked up again: an incident that is none, a verb that is none."""
    await alice.declares(TITLE)
    await _more(world, bob)
    before = await world.record()
    menu = bob.private()[-1]
    rows = [block for block in menu.blocks if block["type"] == "actions"]
    for value in FORGED:
        for row in rows[1:]:
            for element in row["elements"]:
                element["value"] = value or "-"
        for action in ("more:handover", "more:quiet_on", "more:merge", "more:clocks"):
            await bob.person.presses(menu, action)
            await world.settles()
            assert bob.person.modal is None
            assert "othing changed" in bob.told()
    rows[1]["elements"][0]["action_id"] = "more:nonsense"
    await bob.person.presses(menu, "more:nonsense")
    await world.settles()
    assert "not one of mine any more" in bob.told()
    assert await world.record() == before


async def test_a_form_of_a_private_incident_one_has_left(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: keys were leaked")
    await alice.person.invites(world.channel, bob.person)
    await world.settles()
    await bob.person.presses(world.board_message(), "more")
    await world.settles()
    message, action = bob._button("Update …")  # noqa: SLF001
    await bob.person.presses(message, action)
    view = bob.person.modal
    assert view is not None
    await bob.person.leaves(world.channel)
    await world.settles()
    reply = await bob.person.submits(view, {"text": "I still see you"})
    assert "There is no such incident here" in str(reply.errors)
    assert await world.entries(Kind.UPDATE) == []


async def test_guests_and_outsiders_do_not_steer(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    gus = world.person("gus", guest=True)
    await alice.person.invites(world.channel, gus.person)
    await world.settles()
    before = await world.record()
    for verb in ("update: x", "step back", "handover", "quiet", "reopen", "clock began 02:00"):
        assert "othing changed" in await gus.commands(f"/incident {verb}")
    assert await world.record() == before
