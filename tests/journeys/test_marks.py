"""*Mark it*: four reactions that record what somebody else wrote, and take it back again."""

import pytest

from bot.incidents.model import Ending, Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"
THREAD, FOR, AGAINST, NOTE = "thread", "heavy_plus_sign", "heavy_minus_sign", "pushpin"


@pytest.mark.row("B22")
@BOTH
async def test_a_message_becomes_a_thread(world: World, alice: Human, bob: Human) -> None:
    """Two taps: the reactor owns it, and it lives below the message that says it."""
    await alice.declares(TITLE)
    idea = await alice.says("could it be the disk on db1?")
    await bob.reacts(idea, THREAD)
    thread = await world.thread(1)
    assert (thread.hypothesis, thread.owner) == ("could it be the disk on db1?", bob.id)
    assert thread.slack_thread == idea.ts
    (entry,) = await world.entries(Kind.THREAD)
    assert (entry.actor, entry.author, entry.message) == (bob.id, alice.id, idea.ts)
    assert marked(idea)
    assert len(world.replies(idea.ts)) == 1
    await bob.says("against: df says 12 %", in_thread=1)
    assert (await world.thread(1)).said_against == 1


@pytest.mark.row("B22")
@pytest.mark.parametrize(("mark", "kind"), [(FOR, Kind.FOR), (AGAINST, Kind.AGAINST)])
async def test_evidence_in_a_thread(
    world: World, alice: Human, bob: Human, mark: str, kind: Kind
) -> None:
    """In its Slack thread there is nothing to ask; it keeps who wrote it, and when."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    told = await alice.says("df says 12 %", in_thread=2)
    await world.passes(minutes=7)
    await bob.reacts(told, mark)
    (entry,) = await world.entries(kind)
    assert (entry.text, entry.investigation) == ("df says 12 %", 2)
    assert (entry.actor, entry.author) == (bob.id, alice.id)
    assert entry.at < entry.recorded_at
    thread = await world.thread(2)
    assert (thread.said_for, thread.said_against) == (int(mark == FOR), int(mark == AGAINST))
    assert marked(told)
    assert bob.sees_privately() == []


async def test_evidence_from_the_channel_with_one_thread(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %")
    await bob.reacts(told, AGAINST)
    assert (await world.thread(1)).said_against == 1
    assert bob.sees_privately() == []


@pytest.mark.anywhere
async def test_which_thread_is_asked_and_the_text_is_kept(
    world: World, alice: Human, bob: Human
) -> None:
    """A private picker; what is pressed reads the message again, as it is by then."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    told = await alice.says("df says 12 %")
    await bob.reacts(told, AGAINST)
    assert await world.entries(Kind.AGAINST) == []
    assert bob.told().startswith("Which thread is that about?")
    assert "> df says 12 %" in bob.told()
    await bob.presses("2 · rollback of 4412?")
    (entry,) = await world.entries(Kind.AGAINST)
    assert (entry.text, entry.investigation) == ("df says 12 %", 2)
    assert (entry.actor, entry.author, entry.message) == (bob.id, alice.id, told.ts)
    assert marked(told)


async def test_a_pin_puts_it_on_the_timeline(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("status page is up")
    await bob.reacts(told, NOTE)
    assert await world.texts(Kind.NOTE) == ["status page is up"]


async def test_what_is_recorded_already_is_not_recorded_again(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """A second hand, or a mark on what was said with the word, adds nothing and says nothing."""
    await alice.declares(TITLE)
    opened = await alice.says("thread: full disk on db1")
    against = await alice.says("against: df says 12 %", in_thread=1)
    told = await alice.says("the graph is flat", in_thread=1)
    await bob.reacts(opened, THREAD)
    await bob.reacts(against, AGAINST)
    await bob.reacts(told, AGAINST)
    await carol.reacts(told, AGAINST)
    assert len((await world.record()).incident.investigations) == 1
    assert await world.texts(Kind.AGAINST) == ["df says 12 %", "the graph is flat"]
    assert bob.sees_privately() == carol.sees_privately() == []


async def test_the_mark_is_the_word(world: World, alice: Human, bob: Human) -> None:
    """Of a line that starts with a word of ours, the mark takes what stands behind it."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("seeing: disk at 12 %", in_thread=1)
    await bob.reacts(told, AGAINST)
    assert await world.texts(Kind.AGAINST) == ["disk at 12 %"]


@BOTH
async def test_taking_the_mark_off_takes_it_back(world: World, alice: Human, bob: Human) -> None:
    """The row stays, the text is gone, the counts are right, the message shows no mark."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %", in_thread=1)
    await bob.reacts(told, AGAINST)
    await bob.unreacts(told, AGAINST)
    (entry,) = await world.entries(Kind.AGAINST)
    assert entry.text == ""
    assert entry.withdrawn_at is not None
    assert (await world.thread(1)).said_against == 0
    assert Kind.AGAINST not in [each.kind for each in (await world.record()).standing]
    assert not marked(told)
    assert "0 for · 0 against" not in world.board()
    await bob.reacts(told, AGAINST)
    assert (await world.thread(1)).said_against == 1
    assert marked(told)


async def test_only_ones_own_mark_takes_back(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %", in_thread=1)
    await bob.reacts(told, AGAINST)
    await carol.reacts(told, AGAINST)
    await carol.unreacts(told, AGAINST)
    assert await world.texts(Kind.AGAINST) == ["df says 12 %"]


async def test_an_empty_thread_is_taken_back(world: World, alice: Human, bob: Human) -> None:
    """Its words are gone too; a second thought opens it again."""
    await alice.declares(TITLE)
    idea = await alice.says("could it be the disk on db1?")
    await bob.reacts(idea, THREAD)
    lines = world.channel_lines()
    await bob.unreacts(idea, THREAD)
    thread = await world.thread(1)
    assert (thread.ending, thread.hypothesis) == (Ending.SET_ASIDE, "taken back")
    assert "could it be the disk" not in world.board()
    assert world.channel_lines() == lines
    await bob.reacts(idea, THREAD)
    assert (await world.thread(2)).is_open
    await bob.says("against: df says 12 %", in_thread=2)
    assert (await world.thread(2)).said_against == 1


async def test_a_thread_with_something_in_it_stays(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    idea = await alice.says("could it be the disk on db1?")
    await bob.reacts(idea, THREAD)
    await alice.says("against: df says 12 %", in_thread=1)
    await bob.unreacts(idea, THREAD)
    assert (await world.thread(1)).is_open


async def test_what_means_nothing_to_us(world: World, alice: Human, bob: Human) -> None:
    """Other reactions, other channels, bots, and the bot's own lines."""
    await alice.declares(TITLE)
    told = await alice.says("df says 12 %")
    await bob.reacts(told, "eyes")
    await bob.unreacts(told, "eyes")
    outside = await alice.says("status page is up", place=world.lobby)
    await bob.reacts(outside, NOTE)
    await bob.reacts(world.board_message(), NOTE)
    assert [each.kind for each in await world.entries()] == [Kind.DECLARE]
    assert bob.sees_privately() == []
    assert world.calls("conversations.replies") == [] or not marked(told)


async def test_a_mark_that_is_refused_is_told_beside_the_message(
    world: World, alice: Human, bob: Human
) -> None:
    """Privately, in the message's Slack thread, with the text and a way to keep it."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    told = await alice.says("df says 12 %", in_thread=1)
    await alice.says("not it: df says 12 %", in_thread=1)
    before = await world.record()
    await bob.reacts(told, AGAINST)
    assert "Thread 1 is closed" in bob.told()
    assert bob.private()[-1].thread_ts == (await world.thread(1)).slack_thread
    assert await world.record() == before
    await bob.presses("Add it as a note")
    (entry,) = await world.entries(Kind.NOTE)
    assert (entry.text, entry.author, entry.actor) == ("df says 12 %", alice.id, bob.id)


async def test_no_thread_is_open(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("df says 12 %")
    await bob.reacts(told, AGAINST)
    assert "No thread is open here" in bob.told()


async def test_slack_does_not_give_the_message_at_first(
    world: World, alice: Human, bob: Human
) -> None:
    """The event is not acknowledged, comes again, and counts once."""
    await alice.declares(TITLE)
    world.sandbox.hub.ack_timeout = 0.5
    told = await alice.says("status page is up")
    world.sandbox.fault("conversations.replies", status=500)
    await bob.reacts(told, NOTE)
    assert await world.texts(Kind.NOTE) == ["status page is up"]


async def test_a_mark_that_comes_twice_counts_once(world: World, alice: Human, bob: Human) -> None:
    """Also after it has been taken back: the old event does not record it again."""
    await alice.declares(TITLE)
    told = await alice.says("status page is up")
    await bob.reacts(told, NOTE)
    await bob.unreacts(told, NOTE)
    marks = [d for d in world.sandbox.deliveries if d.payload["event"]["type"] == "reaction_added"]
    event = next(each for each in marks if each.payload["event"]["user"] == bob.id)
    assert await world.sandbox.redeliver(event.event_id)
    await world.settles()
    assert await world.texts(Kind.NOTE) == [""]


async def test_people_of_another_organisation_mark_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    eve = world.person("eve", team="T0OTHER")
    await alice.person.invites(world.channel, eve.person)
    told = await alice.says("status page is up")
    await eve.reacts(told, NOTE)
    assert "People of another organisation can see the board here" in eve.told()
    assert await world.entries(Kind.NOTE) == []


async def test_a_message_without_words(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    told = await alice.says("\u200b\u3164")
    await bob.reacts(told, NOTE)
    assert "no words to record" in bob.told()
