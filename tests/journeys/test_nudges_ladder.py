"""Where a question goes: to the commander, to somebody outside, nowhere; how it is turned off."""

from datetime import timedelta

import pytest

from bot.incidents.nudges_model import NudgeOutcome, Rung
from bot.incidents.signals_model import SignalKind
from tests.journeys.asking import (
    REBUILD,
    TITLE,
    asked,
    asks,
    became,
    card,
    cards,
    direct,
    one_thread_alone,
    picks,
)
from tests.journeys.stage import Human, World, buttons, read


async def goes_on(world: World, who: Human, minutes: int) -> None:
    """They go on with the one thread, and nobody answers anything."""
    for _ in range(minutes // 5):
        await who.says("for: the copy is running", in_thread=1)
        await world.passes(minutes=5)


async def willing(human: Human) -> None:
    """They say on their own tab that they would be asked, at any hour."""
    await human.person.opens_home()
    await human.world.settles()
    view = human.person.home
    assert view is not None
    await human.person.presses(view, "fresh_eyes_willing")
    await human.world.settles()
    assert human.person.home is not None
    await human.person.presses(human.person.home, "fresh_eyes_hours")
    form = human.person.modal
    assert form is not None
    every = [str(day) for day in range(7)]
    await human.person.submits(form, {"begins": "00:00", "ends": "23:59", "days": every})
    await human.world.settles()


# -- the commander alone -----------------------------------------------------------------------


async def test_commander_only(world: World, alice: Human, bob: Human) -> None:
    """As long as nobody has chosen otherwise, only whoever commands is asked, directly."""
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await world.passes(minutes=11)
    assert world.channel_lines() == []
    assert bob.direct_messages() == []
    (told,) = alice.direct_messages()
    assert told.startswith("A question, not an alarm · only you see this · ")
    assert "For 10 minutes everything has gone into one thread: *1 · rebuild db2*." in told
    message = direct(alice)
    assert "Thread 2 is open and yours" in await picks(alice, message, "nudge_take", "logs")
    assert (await world.thread(2)).owner == alice.id
    assert "Asked 03:17: one thread only. alice looks at *2 · logs*" in read(message)


async def test_somebody_else_cannot_answer_for_the_commander(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await world.passes(minutes=11)
    stolen = world.board_message()
    stolen.blocks = direct(alice).blocks
    assert "Only whoever was asked" in await bob.presses_on(stolen, "Already checked")


async def test_a_commander_who_left_the_channel_is_told_so(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await world.passes(minutes=11)
    message = direct(alice)
    await alice.person.leaves(world.channel)
    await world.settles()
    assert "You are not in that incident's channel" in await alice.presses_on(
        message, "Already checked"
    )
    assert (await asked(world))[0].outcome is NudgeOutcome.NONE


async def test_a_form_from_the_direct_message_is_recorded_in_the_incident(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says(REBUILD)
    await world.passes(minutes=11)
    await picks(alice, direct(alice), "nudge_take", "Something else …")
    assert await alice.fills("is it the network?") == {}
    assert (await world.thread(2)).hypothesis == "is it the network?"


async def test_of_a_private_incident_no_title_is_said_elsewhere(world: World, alice: Human) -> None:
    await alice.declares("private: keys were leaked")
    await alice.says(REBUILD)
    await world.passes(minutes=11)
    (told,) = alice.direct_messages()
    assert "keys were leaked" not in told
    assert "rebuild db2" in told  # the question itself, to somebody who is in it


# -- up the ladder -----------------------------------------------------------------------------


@pytest.mark.row("A4")
async def test_what_nobody_answers_climbs_to_the_commander_and_then_outside(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await asks(world)
    await willing(carol)
    await one_thread_alone(world, alice, bob)
    await goes_on(world, alice, 35)
    (told,) = alice.direct_messages()
    assert "everything has gone into one thread" in told
    assert carol.direct_messages() == []
    await goes_on(world, alice, 50)
    message = direct(carol)
    assert f"*{TITLE}*, since 03:07." in read(message)
    assert "If not now, nobody hears of it." in read(message)
    assert "What would you look at first?" in read(message)
    assert [label for label, _ in buttons(message)] == [
        "I'll have a look",
        "Not now",
        "Take me off the list",
    ]
    assert carol.id not in world.channel.members
    assert "Thank you." in await carol.presses_on(message, "I'll have a look")
    assert carol.id in world.channel.members
    assert "You have a look, thank you" in read(message)
    assert [each.rung for each in await asked(world)][:3] == [
        Rung.CARD,
        Rung.COMMANDER,
        Rung.OUTSIDER,
    ]


@pytest.mark.parametrize("label", ["Not now", "Take me off the list"])
async def test_an_easy_no(world: World, alice: Human, bob: Human, carol: Human, label: str) -> None:
    await asks(world)
    await willing(carol)
    await one_thread_alone(world, alice, bob)
    await goes_on(world, alice, 85)
    before = world.channel_lines()
    message = direct(carol)
    await carol.presses_on(message, label)
    assert "Not now. Nobody hears of it." in read(message)
    assert world.channel_lines() == before
    assert carol.id not in world.channel.members
    await carol.person.opens_home()
    await world.settles()
    kept = "You are willing to be asked" in world.home(carol)
    assert kept is (label == "Not now")


async def test_of_a_private_incident_no_outsider_hears(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await asks(world)
    await willing(carol)
    await alice.declares("private: keys were leaked")
    await alice.person.invites(world.channel, bob.person)
    await alice.says(REBUILD)
    await goes_on(world, alice, 200)
    assert carol.direct_messages() == []
    assert Rung.OUTSIDER not in {each.rung for each in await asked(world)}
    assert len(await asked(world)) >= 3


async def test_nobody_is_asked_outside_their_hours(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """It is three in the morning, and carol's hours are from nine to five."""
    await asks(world)
    await carol.person.opens_home()
    await world.settles()
    assert carol.person.home is not None
    await carol.person.presses(carol.person.home, "fresh_eyes_willing")
    await world.settles()
    await one_thread_alone(world, alice, bob)
    await goes_on(world, alice, 120)
    assert carol.direct_messages() == []


# -- F7: who is not here -----------------------------------------------------------------------


@pytest.mark.row("F7")
async def test_a_stale_crew_hears_which_team_is_not_here(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await asks(world)
    world.sandbox.regroup("database", carol.person, world.person("dan").person)
    world.sandbox.regroup("payments", alice.person)
    await world.settles()
    boss = world.person("boss", admin=True)
    await boss.commands("/incident settings: threshold_stale_crew 12", world.lobby)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says("thread: what changed today")
    await bob.says(REBUILD)
    await world.passes(minutes=8)
    await bob.says("for: it helps", in_thread=2)
    await alice.says("for: a deploy", in_thread=1)
    await world.passes(minutes=6)
    message = card(world)
    assert "Nobody new has come for" in read(message)
    assert "Nobody from Database is here." in read(message)
    assert "Payments" not in read(message)
    assert "Ask somebody fresh?" in read(message)
    assert "Enough of us" in dict(buttons(message))
    assert "Later, 60 min" in dict(buttons(message))
    told = await picks(alice, message, "nudge_recruit", carol.id)
    assert told == f"Asked <@{carol.id}> to look."
    assert "alice asked carol to look" in read(message)
    assert carol.id in world.channel.members
    assert "alice asks you to look with fresh eyes." in carol.told()


# -- less of it --------------------------------------------------------------------------------


async def test_one_press_lets_it_rest_and_a_second_persons_mutes_it(
    world: World, alice: Human, bob: Human
) -> None:
    """alice owns the thread that it is about; bob does not."""
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    assert "muted here" in await alice.presses_on(message, "Not useful")
    assert "One of you does not find this useful: it rests until 03:48." in read(message)
    assert "Already checked" in dict(buttons(message))
    assert "You said so already" in await alice.presses_on(message, "Not useful")
    assert "Muted here" in await bob.presses_on(message, "Not useful")
    assert read(message) == (
        "Asked 03:17: one thread only. Two of you found it not useful: I don't ask about it here "
        "again."
    )
    await goes_on(world, alice, 120)
    kinds = {s.kind for each in (await asked(world))[1:] for s in each.signals}
    assert SignalKind.SINGLE_LINE not in kinds
    assert kinds  # others are asked about
    assert "◇ the only one that is worked on" in world.board()  # the mark stays


async def test_one_person_only_snoozes(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    await bob.presses_on(message, "Not useful")
    await goes_on(world, alice, 180)
    again = [
        each
        for each in (await asked(world))[1:]
        if SignalKind.SINGLE_LINE in {s.kind for s in each.signals}
    ]
    assert again
    assert again[0].asked_at - (await asked(world))[0].asked_at >= timedelta(minutes=30)


async def test_the_commander_stops_questions_at_once_and_has_them_again(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    assert "Only whoever holds command" in await picks(
        bob, message, "nudge_more", "Stop asking here"
    )
    told = await picks(alice, message, "nudge_more", "Stop asking here")
    assert "the board says so." in told
    assert "Questions are off here (alice, 03:18)." in world.board()
    await world.passes(minutes=1)
    assert "Questions are off here (alice, 03:18)." in read(message)
    await goes_on(world, alice, 120)
    assert cards(world) == []
    assert len(await asked(world)) == 1
    board = world.board_message()
    assert "Only whoever holds command" in await bob.presses_on(board, "Ask again")
    assert "I may ask questions again." in await alice.presses_on(board, "Ask again")
    assert "Questions are off" not in world.board()
    await goes_on(world, alice, 60)
    assert len(await asked(world)) > 1


async def test_quiet_is_typed_too(world: World, alice: Human, bob: Human) -> None:
    await asks(world)
    message = await one_thread_alone(world, alice, bob)
    await alice.commands("/incident quiet")
    await world.passes(minutes=1)
    assert "Questions are off here (alice" in read(message)
    assert cards(world) == []


async def test_shadow_shows_nothing_and_records_the_same(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world, "shadow")
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await goes_on(world, alice, 100)
    assert became(world) == []
    assert cards(world) == []
    assert alice.direct_messages() == bob.direct_messages() == []
    assert "◇" not in world.board()
    kept = await asked(world)
    assert len(kept) >= 2
    assert all(each.shadow and not each.message for each in kept)
    assert kept[0].signals[0].kind is SignalKind.SINGLE_LINE
    assert kept[0].asked_at.strftime("%H:%M") == "03:17"  # when it would have been asked


async def test_long_hours_are_said_to_that_person_alone(
    world: World, alice: Human, bob: Human
) -> None:
    await asks(world)
    boss = world.person("boss", admin=True)
    await boss.commands("/incident settings: threshold_long_haul 60", world.lobby)
    await alice.declares(TITLE)
    await bob.comes()
    await alice.says(REBUILD)
    await goes_on(world, alice, 65)
    (told,) = [each for each in alice.sees_privately() if "You've been here" in each]
    assert told.startswith("You've been here one hour. Hand over?")
    assert not [each for each in bob.sees_privately() if "been here" in each]
    assert SignalKind.LONG_HAUL not in {s.kind for n in await asked(world) for s in n.signals}
    assert "long time" not in world.board()
