"""What is recorded follows the message: edited, taken back, deleted; nothing runs in circles."""

import pytest

from bot.incidents.model import Entry, IncidentState, Kind, Outcome
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"


async def standing(world: World, kind: Kind) -> list[Entry]:
    return [each for each in (await world.record()).standing if each.kind is kind]


async def latest(world: World, kind: Kind) -> list[str]:
    return [each.text for each in await standing(world, kind)]


@pytest.mark.row("B22")
@BOTH
async def test_an_edit_gets_a_correcting_entry(world: World, alice: Human) -> None:
    """Both texts are kept, the newer one points at the older; counts stay, the mark stays."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("against: df says 12 %", in_thread=1)
    await world.passes(minutes=3)
    await alice.edits(told, "against: df says 21 %")
    first, second = await world.entries(Kind.AGAINST)
    assert (first.text, second.text) == ("df says 12 %", "df says 21 %")
    assert (second.corrects, second.at) == (first.seq, first.at)
    assert second.recorded_at > first.recorded_at
    assert await latest(world, Kind.AGAINST) == ["df says 21 %"]
    assert (await world.thread(1)).said_against == 1
    assert marked(told)
    await alice.edits(told, "against: df says 22 %")
    assert await latest(world, Kind.AGAINST) == ["df says 22 %"]


DERIVED = [
    ("we believe: the cache is cold", "we believe: the cache is warm", "the cache is warm"),
    ("doing: restart db1, expect 5 s", "doing: restart db2, expect 5 s", "restart db2"),
    ("timebox: 20 min", "timebox: 40 min", "decide by 03:4"),
]


@pytest.mark.parametrize(("line", "other", "shown"), DERIVED)
async def test_what_was_derived_follows(
    world: World, alice: Human, line: str, other: str, shown: str
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says(line, in_thread=1)
    assert shown not in world.board()
    await alice.edits(told, other)
    assert shown in world.board()


async def test_a_hypothesis_and_a_reason_follow(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    opened = await alice.says("thread: full disk on db1")
    await alice.edits(opened, "thread: full disk on db2")
    assert (await world.thread(1)).hypothesis == "full disk on db2"
    assert "full disk on db2" in world.board()
    over = await alice.says("not it: df says 12 %", in_thread=1)
    await alice.edits(over, "not it: df says 13 %")
    assert (await world.thread(1)).why == "df says 13 %"


async def test_the_result_of_an_action_follows(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("doing: restart db1")
    over = await alice.says("done: back")
    await alice.edits(over, "done: back after 8 s")
    (action,) = (await world.record()).actions
    assert action.result == "back after 8 s"
    await alice.deletes(over)
    (action,) = (await world.record()).actions
    assert (action.outcome, action.result, action.ended_at) == (Outcome.RUNNING, "", None)


async def test_a_mark_follows_the_words_of_its_message(
    world: World, alice: Human, bob: Human
) -> None:
    """Edited by its author, recorded by somebody else: it stays theirs."""
    await alice.declares(TITLE)
    idea = await alice.says("could it be the disk?")
    await bob.reacts(idea, "thread")
    await alice.edits(idea, "could it be the disk on db2?")
    thread = await world.thread(1)
    assert (thread.hypothesis, thread.owner) == ("could it be the disk on db2?", bob.id)
    _, correction = await world.entries(Kind.THREAD)
    assert (correction.actor, correction.author) == (alice.id, alice.id)
    await bob.unreacts(idea, "thread")
    assert await latest(world, Kind.THREAD) == []


@pytest.mark.anywhere
async def test_edited_into_talk_it_is_taken_back(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("against: df says 12 %", in_thread=1)
    await alice.edits(told, "never mind")
    assert (await world.thread(1)).said_against == 0
    assert await world.texts(Kind.AGAINST) == [""]
    assert not marked(told)


async def test_edited_into_another_word_it_is_recorded_anew(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("for: df says 12 %", in_thread=1)
    await alice.edits(told, "against: df says 12 %")
    thread = await world.thread(1)
    assert (thread.said_for, thread.said_against) == (0, 1)
    assert await latest(world, Kind.AGAINST) == ["df says 12 %"]
    assert marked(told)


async def test_talk_edited_into_a_word_is_recorded(world: World, alice: Human) -> None:
    """The usual way to mend a slip of the finger; it is of the time when it was written."""
    await alice.declares(TITLE)
    told = await alice.says("nott: page is up")
    await world.passes(minutes=2)
    await alice.edits(told, "note: page is up")
    (entry,) = await world.entries(Kind.NOTE)
    assert entry.text == "page is up"
    assert entry.at < entry.recorded_at
    assert marked(told)


async def test_an_edit_that_cannot_be_recorded_changes_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("note: page is up")
    before = await world.record()
    await alice.edits(told, "done: page is up")
    assert "No action of yours is running here" in alice.told()
    await alice.edits(told, "agianst: page is up")
    assert "I don't know 'agianst'" in alice.told()
    assert await world.record() == before


@BOTH
async def test_a_deleted_message_leaves_no_text(world: World, alice: Human, bob: Human) -> None:
    """Said and marked alike, corrections too; the rows stay."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("we believe: the cache is cold", in_thread=1)
    await alice.edits(told, "we believe: the cache is hot")
    await bob.reacts(told, "heavy_minus_sign")
    rows = len(await world.entries())
    await alice.deletes(told)
    gone = [each for each in await world.entries() if each.message == told.ts]
    assert [each.text for each in gone] == ["", "", ""]
    assert all(each.withdrawn_at for each in gone)
    assert len(await world.entries()) == rows
    assert (await world.record()).claims == ()
    assert (await world.thread(1)).said_against == 0
    assert "the cache is" not in world.board()


async def test_a_deleted_first_message_of_a_slack_thread(world: World, alice: Human) -> None:
    """Slack leaves a stone in its place and calls that an edit."""
    await alice.declares(TITLE)
    opened = await alice.says("thread: full disk on db1")
    await alice.deletes(opened)
    assert await world.texts(Kind.THREAD) == [""]
    assert not (await world.thread(1)).is_open
    assert "full disk" not in world.board()


async def test_a_deleted_action_and_ending(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    doing = await alice.says("doing: restart db1", in_thread=1)
    await alice.deletes(doing)
    record = await world.record()
    assert (record.actions, record.incident.running) == ((), ())
    over = await alice.says("not it: df says 12 %", in_thread=1)
    await alice.deletes(over)
    thread = await world.thread(1)
    assert (thread.is_open, thread.why) == (True, "")


async def test_edits_that_are_none(world: World, alice: Human) -> None:
    """The same words, the bot's own boards and cards, a message nobody recorded."""
    await alice.declares(TITLE)
    told = await alice.says("note: page is up")
    talk = await alice.says("hello")
    count = len(await world.entries())
    await alice.edits(told, "note: page is up")
    await alice.edits(talk, "hello again")
    await alice.deletes(talk)
    assert len(await world.entries()) == count
    event = next(d for d in world.sandbox.deliveries if d.payload["event"].get("subtype"))
    assert event.acked


async def test_an_edit_that_comes_twice_counts_once(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("note: page is up")
    await alice.edits(told, "note: page is down")
    changed = [
        each
        for each in world.sandbox.deliveries
        if each.payload["event"].get("message", {}).get("ts") == told.ts
    ]
    assert await world.sandbox.redeliver(changed[-1].event_id)
    await world.settles()
    assert await world.texts(Kind.NOTE) == ["page is up", "page is down"]


async def test_deleted_after_it_was_resolved(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("note: page is up")
    await alice.commands("/incident resolve over")
    assert (await world.record()).incident.state is IncidentState.RESOLVED
    await alice.deletes(told)
    assert await world.texts(Kind.NOTE) == [""]
