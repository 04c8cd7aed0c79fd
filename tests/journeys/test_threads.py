"""`/thread`, `/log`, and which thread somebody means."""

import pytest

from bot.incidents.model import Ending, Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"


async def test_a_thread_opened_by_command_gets_a_place(
    world: World, alice: Human, bob: Human
) -> None:
    """One line in the channel to answer below, and under it the head."""
    await alice.declares(TITLE)
    answer = await bob.commands("/thread rollback of 4412?")
    assert answer == "Thread 1 is open and yours: *rollback of 4412?*"
    assert world.channel_lines() == ["*Thread 1* · rollback of 4412? · bob"]
    root = (await world.thread(1)).slack_thread
    head = world.replies(root)
    assert len(head) == 1
    assert "Say it here: `for:` · `against:` · `doing:` · `not it:`" in head[0]


async def test_a_thread_that_is_said_lives_below_that_message(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    message = await alice.says("thread: full disk on db1")
    assert (await world.thread(1)).slack_thread == message.ts
    assert marked(message)
    assert len(world.replies(message.ts)) == 1
    assert world.channel_lines() == []


async def test_a_thread_said_inside_another_gets_its_own_place(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    first = await alice.says("thread: full disk on db1")
    await alice.says("thread: who wrote the files", in_thread=1)
    second = await world.thread(2)
    assert second.slack_thread not in {"", first.ts}
    assert world.channel_lines() == ["*Thread 2* · who wrote the files · alice"]


async def test_bare_text_is_an_idea_not_a_verb(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    ideas = ["drop in traffic", "open files exhausted", "join on users", "set of flags"]
    for idea in ideas:
        await alice.commands(f"/thread {idea}")
    threads = (await world.record()).incident.investigations
    assert [each.hypothesis for each in threads] == ideas


async def test_the_list(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    assert "No thread is open yet." in await alice.commands("/thread")
    await alice.commands("/thread rollback of 4412?")
    await alice.commands("/thread full disk on db1")
    await alice.commands("/thread not it 2: df says 40 %")
    listed = await alice.commands("/thread")
    assert "*1 · rollback of 4412?* · alice" in listed
    assert "2 · full disk on db1 · *not it*: df says 40 % (alice)" in listed
    assert "There is no thread 7 here." in await alice.commands("/thread 7")


async def test_taking_a_thread_keeps_what_is_said_with_it(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread rollback of 4412?")
    assert await bob.commands("/thread take 1: I wrote that deploy") == "Thread 1 is yours."
    assert await world.texts(Kind.TAKE) == ["I wrote that deploy"]
    assert "*1 · rollback of 4412?* · bob" in world.board()
    again = await bob.commands("/thread I'm on 1")
    assert "Thread 1 is yours already, so nothing changed." in again


async def test_the_thread_is_named_by_number_title_place_or_is_the_only_one(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    await bob.says("thread: full disk on db1")
    await bob.says("against 1: by number", in_thread=2)
    await bob.says("against rollback: by a word of its title", in_thread=2)
    await bob.says("against: by place", in_thread=1)
    await alice.says("against: my only one")
    evidence = [(each.text, each.investigation) for each in await world.entries(Kind.AGAINST)]
    assert evidence == [
        ("by number", 1),
        ("by a word of its title", 1),
        ("by place", 1),
        ("my only one", 1),
    ]


async def test_where_it_is_not_clear_a_picker_keeps_the_text(
    world: World, alice: Human, bob: Human
) -> None:
    """The press belongs to the message: its mark, its time, its place in the record."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    await alice.says("thread: full disk on db1")
    message = await bob.says("against: the graph is flat")
    assert "Which thread is that about? Nothing is recorded yet." in bob.told()
    assert "> against: the graph is flat" in bob.told()
    assert bob.offered() == ["1 · rollback of 4412?", "2 · full disk on db1"]
    await world.passes(minutes=3)
    assert await bob.presses("2 · full disk on db1") == "Recorded in thread 2."
    (entry,) = await world.entries(Kind.AGAINST)
    assert (entry.text, entry.investigation) == ("the graph is flat", 2)
    assert (entry.message, f"{entry.at:%H:%M}") == (message.ts, "03:07")
    assert marked(message)


async def test_a_title_that_no_thread_has(world: World, alice: Human) -> None:
    """By command it was meant: the threads are offered, and the text as a new one."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    answer = await alice.commands("/thread against rolback: the graph is flat")
    assert "No open thread is called 'rolback'." in answer
    assert "> /thread against rolback: the graph is flat" in answer
    assert alice.offered() == ["1 · rollback of 4412?", "Open a thread with that name"]
    await alice.presses("1 · rollback of 4412?")
    assert await world.texts(Kind.AGAINST) == ["the graph is flat"]


async def test_an_idea_that_was_ended_comes_back_with_its_reason(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("thread: full disk on db1")
    await bob.says("not it: df says 40 %", in_thread=1)
    answer = await alice.commands("/thread Full disk on db1?")
    assert "Thread 2 is open and yours" in answer
    assert "not it" in answer
    assert "df says 40 %" in answer
    assert "New evidence is a good reason to look again." in answer


async def test_two_people_end_the_same_thread(world: World, alice: Human, bob: Human) -> None:
    """The second is told who was first, and may leave what they had to say as a note."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("not it: df says 40 %", in_thread=1)
    message = await bob.says("not it: du agrees", in_thread=1)
    assert "Thread 1 is closed; " in bob.told()
    assert "ended it: df says 40 %. Nothing changed." in bob.told()
    assert "> not it: du agrees" in bob.told()
    assert (await world.thread(1)).ended_by == alice.id
    assert len(world.channel_lines()) == 1
    await bob.presses("Add it as a note")
    (note,) = await world.entries(Kind.NOTE)
    assert (note.text, note.investigation, note.message) == ("du agrees", 1, message.ts)


@pytest.mark.parametrize(
    ("label", "ending"),
    [
        ("That's it", Ending.CONFIRMED),
        ("Not it", Ending.RULED_OUT),
        ("Tried, no help", Ending.NO_HELP),
        ("Set aside", Ending.SET_ASIDE),
    ],
)
async def test_end_asks_which_of_the_four(
    world: World, alice: Human, label: str, ending: Ending
) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread full disk on db1")
    answer = await alice.commands("/thread end 1: df says 40 %")
    assert "How did thread 1 end? Nothing changed yet." in answer
    await alice.presses(label)
    thread = await world.thread(1)
    assert (thread.ending, thread.why) == (ending, "df says 40 %")


async def test_quick_endings_by_command_are_not_taken_for_one(world: World, alice: Human) -> None:
    """Same person, same word, no reason, within a minute: but not the same thread."""
    await alice.declares(TITLE)
    for idea in ("full disk", "bad cable", "old kernel"):
        await alice.commands(f"/thread {idea}")
    for number in (1, 2, 3):
        await alice.commands(f"/thread not it {number}")
    assert {each.ending for each in (await world.record()).incident.investigations} == {
        Ending.RULED_OUT
    }


async def test_log(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    assert await alice.commands("/log status page is up") == "Recorded."
    await alice.commands("/log decided: no deploys today")
    assert await world.texts(Kind.NOTE) == ["status page is up"]
    assert await world.texts(Kind.DECIDED) == ["no deploys today"]
    assert await alice.commands("/log") == ""  # its form is on the screen
    assert alice.person.modal is not None


async def test_an_everyday_word_after_incident(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/incident note: status page is up")
    assert await world.texts(Kind.NOTE) == ["status page is up"]


async def test_help(world: World, alice: Human) -> None:
    shown = await alice.commands("/incident help", world.lobby)
    assert "*End a thread*  `that's it:` · `not it:` · `no help:` · `set aside:`" in shown


@BOTH
async def test_an_action_said_where_a_thread_has_ended_is_kept_and_asked_about(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    await alice.says("not it: df says 12 %", in_thread=1)
    told = await alice.says("doing: clear the logs, in 20 min", in_thread=1)
    assert marked(told)
    assert "Thread 1 has ended (not it), so this is outside any thread." in alice.told()
    assert alice.offered() == ["Reopen it", "Keep it outside any thread"]
    (running,) = (await world.record()).incident.running
    assert (running.text, running.investigation) == ("clear the logs", None)
    assert "alice · Doing: clear the logs" in world.board()

    assert "Thread 1 is open again, and this is in it." in await alice.presses("Reopen it")
    thread, record = await world.thread(1), await world.record()
    assert (thread.is_open, thread.why, thread.owner) == (True, "", alice.id)
    assert [each.investigation for each in record.incident.running] == [1]
    (entry,) = (each for each in record.standing if each.kind is Kind.DOING)
    assert (entry.text, entry.investigation) == ("clear the logs, in 20 min", 1)
    await alice.says("done: 4 GB free", in_thread=1)
    assert (await world.record()).incident.running == ()


async def test_it_may_stay_outside_and_is_ended_where_it_was_said(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("not it: df says 12 %", in_thread=1)
    await bob.says("doing: clear the logs, in 20 min", in_thread=1)
    before = await world.record()
    assert "It stays outside any thread." in await bob.presses("Keep it outside any thread")
    assert await world.record() == before
    await bob.says("done: 4 GB free", in_thread=1)
    record = await world.record()
    assert (record.incident.running, record.actions[0].result) == ((), "4 GB free")
    assert not (await world.thread(1)).is_open
    await bob.says("doing 1: clear them again, in 20 min")
    assert "Thread 1 is closed; " in bob.told()
    assert "ended it: df says 12 %. Nothing changed." in bob.told()
    assert bob.offered() == ["Add it as a note"]


async def test_a_late_press_reopens_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("not it: df says 12 %", in_thread=1)
    await alice.says("doing: clear the logs, in 20 min", in_thread=1)
    await alice.says("done: 4 GB free", in_thread=1)
    assert "so nothing changed" in await alice.presses("Reopen it")
    assert not (await world.thread(1)).is_open
