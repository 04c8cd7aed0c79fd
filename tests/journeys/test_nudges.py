"""A question in the channel: when it comes, what it says, and what each of its buttons does."""

import pytest

from bot.incidents.model import Kind, Outcome
from bot.incidents.nudges_model import NudgeOutcome
from tests.journeys.asking import (
    NO_ALARM,
    REBUILD,
    TITLE,
    asked,
    asks,
    became,
    card,
    cards,
    offered,
    one_thread_alone,
    picks,
)
from tests.journeys.stage import Human, World, buttons, read


@pytest.mark.row("F1")
async def test_it_comes_at_its_time_with_its_numbers(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await alice.says(REBUILD)
    await world.passes(minutes=9)
    assert cards(world) == []
    await world.bot_restarts()
    await world.passes(minutes=2)
    assert read(card(world)) == (
        f"{NO_ALARM} · first of at most two this hour\n"
        "For 10 minutes everything has gone into one thread: *1 · rebuild db2*. "
        "Nobody is looking at: what changed · rollback · logs · capacity · traffic.\n"
        "What would we see if it cannot work, and who looks?"
    )
    assert [label for label, _ in buttons(card(world))] == [
        "Already checked",
        "Later, 30 min",
        "Not useful",
    ]
    assert "◇ the only one that is worked on, since 03:07" in world.board()
    assert bob.told() == ""


async def test_i_look_at_one_of_the_usual_ideas(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    assert "logs" in offered(message, "nudge_take")
    assert "Thread 2 is open and yours: *logs*" in await picks(bob, message, "nudge_take", "logs")
    assert (await world.thread(2)).owner == bob.id
    assert read(message) == "Asked 03:17: one thread only. bob looks at *2 · logs*, 03:18."
    assert "◇" not in world.board()


async def test_i_look_at_a_thread_that_nobody_has(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.commands("/thread a slow query")
    await alice.says(REBUILD)
    await alice.commands("/thread not it 1: it is fast")
    await bob.says("thread: full disk on db1")
    await world.passes(minutes=16)
    message = card(world)
    label = next(each for each in offered(message, "nudge_take") if "full disk" in each)
    await picks(alice, message, "nudge_take", label)
    assert (await world.thread(3)).owner == alice.id


async def test_i_look_at_something_else(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    await picks(bob, message, "nudge_take", "Something else …")
    assert bob.person.modal is not None
    assert "Who looks?" not in str(bob.person.modal.blocks)
    assert await bob.fills("is the network dropping packets?") == {}
    assert (await world.thread(2)).hypothesis == "is the network dropping packets?"
    assert (await world.thread(2)).owner == bob.id
    assert "bob looks at *2 · is the network dropping packets?*" in read(message)


async def test_already_checked(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    assert "Noted as checked." in await bob.presses_on(message, "Already checked")
    assert read(message) == "Asked 03:17: one thread only. Already checked (bob, 03:18)."
    assert (await asked(world))[0].outcome is NudgeOutcome.ANSWERED
    assert await world.texts(Kind.ANSWER) != []


async def test_later(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    assert "in 30 minutes" in await bob.presses_on(message, "Later, 30 min")
    assert read(message) == "Asked 03:17: one thread only. I may ask again after 03:48."
    await world.passes(minutes=2)
    assert cards(world) == []


@pytest.mark.row("B17")
async def test_a_time_is_set_from_the_question(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await bob.says("thread: what changed today")
    await alice.says("doing: base copy db1 to db2", in_thread=1)
    await world.passes(minutes=16)
    message = card(world)
    assert "*base copy db1 to db2* (alice) has run for 15 minutes" in read(message)
    assert "and nobody said how long it should take." in read(message)
    assert "Done in 20 min" in offered(message, "nudge_time")
    await picks(bob, message, "nudge_time", "Done in 20 min")
    assert "by 03:43" in world.board()
    assert "bob set a time, 03:23." in read(message)


@pytest.mark.parametrize(
    ("label", "outcome"),
    [("It is done, and worked", Outcome.DONE), ("It failed", Outcome.FAILED)],
)
async def test_how_it_ended_is_said_from_the_question(
    world: World, alice: Human, bob: Human, label: str, outcome: Outcome
) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await bob.says("thread: what changed today")
    await alice.says("doing: base copy db1 to db2", in_thread=1)
    await world.passes(minutes=16)
    message = card(world)
    await picks(bob, message, "nudge_time", label)
    assert [each.outcome for each in (await world.record()).actions] == [outcome]
    assert "That is not so any more." in read(message)


async def test_the_reason_is_given_in_a_sentence(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says("thread: rollback of 4412, by 04:12")  # 03:12 where the board is read
    await bob.says("thread: what changed today")
    await world.passes(minutes=11)
    message = card(world)
    assert "*1 · rollback of 4412* was to be decided again by 03:12." in read(message)
    assert "Keep it, change it, or drop it?" in read(message)
    await bob.presses_on(message, "Say what is decided …")
    assert await bob.fills("we keep it until the copy is through") == {}
    assert await world.texts(Kind.DECIDED) == ["we keep it until the copy is through"]
    assert "bob said why" in read(message)


async def test_an_idea_that_is_back_says_who_ended_it_and_why(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says("thread: rollback")
    await bob.says("thread: what changed today")
    await bob.says("not it: the graph was flat", in_thread=1)
    await alice.says("thread: rollback")
    await world.passes(minutes=11)
    message = card(world)
    assert "*3 · rollback* is open again. bob ruled this out at 03:07: the graph was flat." in read(
        message
    )
    assert "New evidence is a good reason to look again. What changed?" in read(message)
    await alice.presses_on(message, "Say what changed …")
    await alice.fills("the graph was of the wrong host")
    assert await world.texts(Kind.FOR) == ["the graph was of the wrong host"]


async def test_a_symptom_gets_a_thread_or_is_unrelated(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await bob.says("thread: what changed today")
    await world.passes(minutes=6)
    await bob.says("seeing: checkout errors in the EU")
    await world.passes(minutes=11)
    message = card(world)
    assert "nobody has looked at what bob sees: “checkout errors in the EU”." in read(message)
    await picks(alice, message, "nudge_take", "That symptom, in a new thread")
    assert (await world.thread(3)).hypothesis == "checkout errors in the EU"


async def test_a_symptom_is_unrelated(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await bob.says("thread: what changed today")
    await world.passes(minutes=6)
    await bob.says("seeing: checkout errors in the EU")
    await world.passes(minutes=11)
    told = await picks(alice, card(world), "nudge_take", "It is maybe unrelated")
    assert "Marked as maybe unrelated." in told
    assert len(await world.entries(Kind.MAYBE_UNRELATED)) == 1
    await world.passes(minutes=1)
    assert cards(world) == []


async def test_two_signals_read_as_one_message(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    await alice.declares(TITLE)
    await bob.comes()
    await world.passes(minutes=16)
    await bob.presses_on(card(world), "Checked: nothing changed")
    await alice.says(REBUILD)
    for _ in range(6):
        await alice.says("for: the copy is running", in_thread=1)
        await world.passes(minutes=5)
    text = read(card(world))
    assert text.count(NO_ALARM) == 1
    assert "everything has gone into one thread: *1 · rebuild db2*." in text
    assert "*1 · rebuild db2* has led for 2" in text
    assert text.count("Nobody is looking at:") == 1


async def test_what_nobody_answers_shrinks_when_the_next_comes(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    await one_thread_alone(world, alice, bob)
    for _ in range(18):
        await alice.says("for: the copy is running", in_thread=1)
        await world.passes(minutes=5)
    assert "nobody has looked at what changed." in read(card(world))
    (first,) = became(world)
    assert first == "Asked 03:17: one thread only. A later question has taken its place."


@pytest.mark.row("B18")
async def test_gaps_grow_and_vary(world: World, alice: Human, bob: Human) -> None:
    """25 minutes after the first and up to a fifth more, as the draw that is kept with it says."""
    await asks(world)
    await one_thread_alone(world, alice, bob)
    for _ in range(16):
        await alice.says("for: the copy is running", in_thread=1)
        await world.passes(minutes=5)
    first, second, third, *_ = await asked(world)
    for earlier, later, minutes in ((first, second, 25), (second, third, 40)):
        gap = (later.asked_at - earlier.asked_at).total_seconds() / 60
        drawn = minutes * (1 + 0.2 * earlier.draw)
        assert drawn - 0.02 <= gap < drawn + 6  # to the second; and somebody has to look
    assert len({each.draw for each in (first, second, third)}) == 3


async def test_why_it_is_asked(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    told = await picks(bob, message, "nudge_more", "Why this question?")
    assert "I ask when only one thread has somebody on it for a while." in told
    assert "Nobody is scored." in told
    assert card(world) is message


# -- buttons that come too late, twice, or from elsewhere ------------------------------------------


async def test_pressed_twice(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    before = [dict(each) for each in message.blocks]
    await bob.presses_on(message, "Already checked")
    message.blocks = before
    record = await world.record()
    for label in ("Already checked", "Later, 30 min", "Not useful"):
        assert "othing changed" in await alice.presses_on(message, label), label
    assert "othing changed" in await picks(alice, message, "nudge_take", "logs")
    assert await world.record() == record


async def test_pressed_after_resolve(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    before = [dict(each) for each in message.blocks]
    await alice.commands("/incident resolve the copy is through")
    assert "That is not so any more." in read(message)
    message.blocks = before
    assert "The incident is over" in await bob.presses_on(message, "Already checked")
    assert "The incident is over" in await picks(bob, message, "nudge_take", "Something else …")
    assert bob.person.modal is None


async def test_a_form_that_is_sent_after_resolve(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    await picks(bob, message, "nudge_take", "Something else …")
    await alice.commands("/incident resolve the copy is through")
    assert "The incident is over" in str(await bob.fills("is it the network?"))
    assert len((await world.record()).incident.investigations) == 1


async def test_by_somebody_who_may_not(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    zoe = world.person("zoe", team="T0ELSEWHERE")
    world.channel.members.append(zoe.id)
    told = await zoe.presses_on(message, "Already checked")
    assert "People of another organisation can see the board" in told
    assert (await asked(world))[0].outcome is NudgeOutcome.NONE


async def test_what_buttons_carry_is_looked_up_again(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    record = await world.record()
    (row,) = [each for each in message.blocks if each["type"] == "actions"]
    here = record.incident.id
    for forged in ("x", here, f"{here}/0", f"{here}/9", "other/1", f"{here}/1/2/3/4/5"):
        row["elements"][1]["value"] = forged
        assert "othing changed" in await bob.presses_on(message, "Already checked"), forged
    assert await world.record() == record


async def test_in_another_incidents_channel_it_is_no_button_of_that(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    blocks = [dict(each) for each in message.blocks]
    first = world.channel
    await bob.declares("Payments are slow")
    elsewhere = world.board_message()
    elsewhere.blocks = blocks
    assert "not of this channel's incident" in await bob.presses_on(elsewhere, "Already checked")
    world.channel = first
    assert (await asked(world))[0].outcome is NudgeOutcome.NONE
