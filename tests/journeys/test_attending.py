"""Coming in late, the cards of threads, questions that wait, and being told when it is over."""

from datetime import timedelta

import pytest

from bot.incidents.model import Kind
from bot.sandbox.state import Message
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, buttons, read

TITLE = "Checkout is slow"


def head_of(world: World, root: str) -> Message:
    """The card of a thread: the bot's first reply."""
    return next(each for each in world.channel.replies(root) if each.bot_id)


# -- the card of a thread -------------------------------------------------------------------------


@BOTH
@pytest.mark.row("F5")
async def test_what_a_thread_assumes_is_asked_and_shown(
    world: World, alice: Human, bob: Human
) -> None:
    """One press says it; card, board and record show it; the last word stands."""
    await alice.declares(TITLE)
    root = await alice.says("thread: rollback of 4412?")
    card = head_of(world, root.ts)
    assert "the old version must still run on today's data and schema. Has anyone checked?" in read(
        card
    )
    assert "Not checked: the old version must still run" in world.board()
    assert [label for label, _ in buttons(card)] == [
        "Checked: yes",
        "It can't",
        "Nobody knows",
        "End …",
    ]
    await bob.presses_on(card, "Nobody knows")
    assert "*Nobody knows* (bob). Who could find out?" in read(card)
    assert "Nobody knows: the old version must still run" in world.board()
    await alice.presses_on(card, "Checked: yes")
    assert "*Checked: it is so* (alice)." in read(card)
    assert "must still run" not in world.board()
    said = [
        (each.actor, each.investigation, each.text) for each in await world.entries(Kind.CHECKED)
    ]
    assumed = "the old version must still run on today's data and schema"
    assert said == [
        (bob.id, 1, f"{assumed}: nobody knows"),
        (alice.id, 1, f"{assumed}: checked, it is so"),
    ]
    assert world.channel_lines() == []


async def test_a_card_says_who_has_it_and_how_it_ended(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    root = await alice.says("thread: rollback of 4412?")
    card = head_of(world, root.ts)
    await bob.commands("/thread I'm on 1")
    assert read(card).splitlines()[0] == "*Thread 1* · rollback of 4412? · bob"
    await bob.says("doing: reverting 4412, by 23:30", in_thread=1)
    assert "Doing: reverting 4412" in read(card)
    await bob.presses_on(card, "End …")
    assert bob.person.modal is not None
    assert bob.person.modal.title == "End thread 1"
    await bob.says("no help: still 4 %", in_thread=1)
    assert read(card).endswith("Ended at 03:07 by bob as *tried, no help*: still 4 %")
    assert buttons(card) == []
    assert len([each for each in world.channel.replies(root.ts) if each.bot_id]) == 2


async def test_old_cards_and_forged_ones_change_nothing(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    guest = world.person("gus", guest=True)
    await alice.declares(TITLE)
    root = await alice.says("thread: rollback of 4412?")
    card = head_of(world, root.ts)
    old = [dict(block) for block in card.blocks]
    await bob.presses_on(card, "It can't")
    await guest.presses_on(card, "Nobody knows")
    await alice.says("not it: it is frozen", in_thread=1)
    card.blocks = old
    for press in ("Checked: yes", "End …"):
        assert "nothing changed." in await carol.presses_on(card, press)
    forged = old[1] | {
        "elements": [
            old[1]["elements"][0] | {"value": value}
            for value in ("other:1:yes", f"{(await world.record()).incident.id}:9:yes", "x", "")
        ]
    }
    for element in forged["elements"]:
        card.blocks = [old[0], old[1] | {"elements": [element]}]
        assert "othing changed" in await carol.presses_on(card, "Checked: yes")
    assert len(await world.entries(Kind.CHECKED)) == 2


# -- coming in late -------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("F8", "T5")
async def test_who_comes_late_is_told_where_it_stands(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """Privately, once; nobody else hears of it, and who came with the first minutes is left be."""
    await alice.declares(TITLE)
    await bob.comes()
    assert bob.sees_privately() == []
    await alice.says("doing: restarting the workers, expect a drop in 5 min")
    await world.passes(minutes=20)
    before = world.channel_lines()
    await carol.comes()
    (told,) = carol.sees_privately()
    assert "Only you see this · true at" in told
    assert "*Now:* restarting the workers since" in told
    assert carol.offered() == [
        "Ask without interrupting",
        "Tell me when it's over",
        "Say who you are, once",
        "I'm observing: leave a note",
    ]
    assert world.channel_lines() == before
    assert bob.sees_privately() == []


async def test_two_hundred_people_come_at_once(world: World, alice: Human) -> None:
    """They are told one after the other; the channel hears nothing, and the board is not late."""
    await alice.declares(TITLE)
    await world.passes(minutes=20)
    crowd = [world.person(f"person{number}") for number in range(200)]
    for each in crowd:
        await each.person.joins(world.channel)
    await world.settles()
    await alice.says("thread: rollback of 4412?")
    assert "*1 · rollback of 4412?* · alice" in world.board()
    await world.passes(minutes=5)
    assert all(len(each.sees_privately()) == 1 for each in crowd)
    assert world.channel_lines() == []


@pytest.mark.row("T5")
async def test_catching_up_whenever_one_likes(world: World, alice: Human, bob: Human) -> None:
    """One press on the board, or a command; fresh each time."""
    await alice.declares(TITLE)
    await alice.says("done: restarted the workers")
    await alice.presses("Record as already done")
    told = await bob.presses_on(world.board_message(), "Catch me up")
    assert "*Tried:* 03:07 restarted the workers" in told
    await alice.says("thread: rollback of 4412?")
    await alice.says("not it: it is frozen", in_thread=1)
    told = await bob.commands("/incident catch up")
    assert "*Ruled out:* rollback of 4412? (it is frozen)" in told
    outside = await bob.commands("/incident catch up", world.lobby)
    assert "Checkout is slow" in outside or "othing changed" in outside


# -- its three ends -------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("T5", "F8")
async def test_asking_without_interrupting(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """The question waits on the board; whoever has a minute answers; only the asker is told."""
    await alice.declares(TITLE)
    await carol.presses_on(world.board_message(), "Catch me up")
    await carol.presses("Ask without interrupting")
    assert await carol.fills("Does this touch *EU* customers? <!channel>") == {}
    assert "*1 question waiting*, for whoever has a minute" in world.board()
    assert (world.channel_lines(), bob.sees_privately()) == ([], [])
    listed = await bob.presses_on(world.board_message(), "Questions (1)")
    assert "carol, 03:07: Does this touch *EU* customers? @channel" in listed
    await bob.presses("Answer")
    assert await bob.fills("Only US so far") == {}
    assert carol.told() == (
        "You asked: Does this touch *EU* customers? @channel\nbob: Only US so far"
    )
    assert "waiting" not in world.board()
    await bob.presses("Answer")
    assert "Somebody has answered that, so nothing changed." in bob.told()


async def test_a_question_that_cannot_be_kept_stays_in_the_form(
    world: World, alice: Human, carol: Human
) -> None:
    await alice.declares(TITLE)
    await carol.presses_on(world.board_message(), "Catch me up")
    await carol.presses("Ask without interrupting")
    assert list(await carol.fills("   ")) == ["text"]
    assert carol.person.modal is not None
    assert "waiting" not in world.board()


@pytest.mark.row("T5")
async def test_being_told_when_it_is_over(world: World, alice: Human, carol: Human) -> None:
    """One direct message at resolve, to those who asked, however often they asked."""
    await alice.declares(TITLE)
    await carol.presses_on(world.board_message(), "Catch me up")
    assert await carol.presses("Tell me when it's over") == (
        "I'll write to you once, when it is resolved."
    )
    await carol.presses("Tell me when it's over")
    await world.passes(minutes=30)
    assert carol.direct_messages() == []
    await alice.commands("/incident resolve the index is back")
    (told,) = carol.direct_messages()
    assert told.startswith("*Checkout is slow* is resolved since 03:3")
    assert not [each for each in alice.direct_messages() if "is resolved" in each]
    await carol.presses("Tell me when it's over")
    assert "It is resolved already. Nothing changed." in carol.told()


@pytest.mark.row("T9")
async def test_an_observer_leaves_a_note(world: World, alice: Human, carol: Human) -> None:
    await alice.declares(TITLE)
    lines = len(world.channel_lines())
    await carol.presses_on(world.board_message(), "Catch me up")
    await carol.presses("I'm observing: leave a note")
    assert await carol.fills("two people read the same graph differently") == {}
    (note,) = await world.entries(Kind.OBSERVED)
    assert (note.actor, note.text) == (carol.id, "two people read the same graph differently")
    assert len(world.channel_lines()) == lines


@pytest.mark.row("T5", "F2")
async def test_taking_one_of_what_nobody_has(world: World, alice: Human, carol: Human) -> None:
    await alice.declares(TITLE)
    await carol.presses_on(world.board_message(), "Catch me up")
    reply = await carol.person.selects(carol.private()[-1], "take", "logs")
    assert reply.acked
    await world.settles()
    assert carol.told() == "Thread 1 is open and yours: *logs*"
    assert "*1 · logs* · carol" in world.board()


async def test_a_forged_form_reaches_no_private_incident(
    world: World, alice: Human, bob: Human
) -> None:
    """Members may ask there; nobody else learns that it exists."""
    await alice.declares(TITLE)
    public = world.channel
    await alice.declares("private: a leaked key")
    secret = (await world.record()).incident.id
    await alice.presses_on(world.board_message(), "Catch me up")
    await alice.presses("Ask without interrupting")
    assert await alice.fills("Is it rotated?") == {}
    assert "*1 question waiting*" in world.board()
    for button in ("Ask without interrupting", "I'm observing: leave a note"):
        await bob.presses_on(world.board_message(public), "Catch me up")
        await bob.presses(button)
        assert bob.person.modal is not None
        bob.person.modal.body["private_metadata"] = secret
        told = "There is no such incident here, so nothing changed."
        assert await bob.fills("what is it?") == {"text": told}
        await bob.person.closes(bob.person.modal)
    assert "*1 question waiting*" in world.board()
    assert await world.entries(Kind.OBSERVED) == []


# -- the board ------------------------------------------------------------------------------------


@pytest.mark.row("F8", "F9")
async def test_the_board_is_pinned_and_one_tap_away(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    board = world.board_message()
    assert [pin.ts for pin in world.channel.pins] == [board.ts]
    (bookmark,) = world.channel.bookmarks
    assert bookmark.title == "Board"
    assert bookmark.link.endswith("p" + board.ts.replace(".", ""))


@BOTH
@pytest.mark.row("F8")
async def test_the_board_comes_back_to_the_bottom(world: World, alice: Human, bob: Human) -> None:
    """More than 40 lines below it and something happened; the old one becomes a link."""
    await alice.declares(TITLE)
    first = world.board_message()
    await world.passes(minutes=20)
    for number in range(41):
        await bob.says(f"well, {number}")
    assert world.board_message() is first
    await alice.says("seeing: errors at 4 %")
    assert world.board_message() is first
    await alice.says("thread: rollback of 4412?")
    second = world.board_message()
    assert second.ts > first.ts
    assert read(first).startswith("The board of *Checkout is slow* is <https://")
    assert [pin.ts for pin in world.channel.pins] == [second.ts]
    (bookmark,) = world.channel.bookmarks
    assert bookmark.link.endswith("p" + second.ts.replace(".", ""))
    await alice.says("thread: full disk")
    assert world.board_message() is second
    assert "*2 · full disk* · alice" in world.board()


async def test_at_most_every_quarter_of_an_hour(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    first = world.board_message()
    for number in range(45):
        await alice.person.says(world.channel, f"well, {number}")
    await world.passes(timedelta(minutes=5))
    await alice.says("thread: rollback of 4412?")
    assert world.board_message() is first
    await world.passes(minutes=15)
    await alice.says("thread: full disk")
    assert world.board_message() is not first


# -- one's own tab, and who is who -----------------------------------------------------------------


async def test_the_apps_own_tab(world: World, alice: Human, bob: Human) -> None:
    """My incidents, my threads, what waits for me; fresh whenever it is opened."""
    await bob.person.opens_home()
    await world.settles()
    assert "No open incident has a part for you." in world.home(bob)
    await alice.declares(TITLE)
    await bob.comes()
    await bob.says("thread: full disk on db1, by 22:30")
    await bob.person.opens_home()
    await world.settles()
    shown = world.home(bob)
    assert "*Your incidents*\n1 · *Checkout is slow* · severity not set · since 03:07" in shown
    assert "*Your threads*\n1 · full disk on db1" in shown
    assert "What waits for you" not in shown
    await world.passes(minutes=40)
    await bob.person.opens_home()
    await world.settles()
    assert "1 · full disk on db1: to be decided by 03:30" in world.home(bob)


async def test_a_private_incident_is_on_the_tab_of_its_members_only(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: a leaked key")
    for each in (alice, bob):
        await each.person.opens_home()
    await world.settles()
    assert "a leaked key" in world.home(alice)
    assert "a leaked key" not in world.home(bob)


@pytest.mark.row("T12")
async def test_who_is_who_is_asked_once(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    await alice.declares(TITLE)
    await bob.comes()
    await carol.comes()
    await bob.presses_on(world.board_message(), "Catch me up")
    await bob.presses("Say who you are, once")
    assert await bob.fills("DBA · platform · knows replication") == {}
    assert "*Who is who:* bob: DBA · platform · knows replication" in await carol.commands(
        "/incident"
    )
    await bob.presses_on(world.board_message(), "Catch me up")
    assert "Say who you are, once" not in bob.offered()
    await bob.person.opens_home()
    await world.settles()
    assert "You said about yourself: DBA · platform · knows replication" in world.home(bob)


@pytest.mark.row("F8")
async def test_who_wants_no_summary_gets_none(world: World, alice: Human, carol: Human) -> None:
    """They can still ask."""
    await alice.declares(TITLE)
    await carol.person.opens_home()
    await world.settles()
    assert carol.person.home is not None
    await carol.person.selects(carol.person.home, "wants", "Only what needs me")
    await world.passes(minutes=20)
    await carol.comes()
    assert carol.sees_privately() == []
    assert "Only you see this" in await carol.commands("/incident catch up")


@pytest.mark.row("F8")
async def test_who_wants_only_what_they_ask_for_is_left_alone(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """Nobody reads a claim back to them or offers them command; what they ask for they get."""
    await alice.declares(TITLE)
    await bob.says("unknown: whether db2 is locked")
    await carol.says("unknown: whether db3 is locked")
    await bob.commands("/incident catch up")
    await bob.person.selects(bob.private()[-1], "wants", "Only what I ask for")
    await world.settles()
    assert bob.told() == "Only what I ask for: kept."
    await alice.says("known: db2 is locked")
    await alice.says("known: db3 is locked")
    assert bob.told() == "Only what I ask for: kept."
    assert "Known now?" in carol.told()
    for _ in range(5):
        await world.passes(minutes=4)
        for each in (bob, carol):
            await each.says("still looking")
    assert "You have been here longest. Will you take it?" in carol.told()
    assert bob.told() == "Only what I ask for: kept."
    await bob.presses_on(world.board_message(), "Catch me up")
    assert "Only you see this" in bob.told()


@pytest.mark.row("T2")
async def test_the_commander_is_told_what_lies_idle(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """Privately, and in counts."""
    await alice.declares(TITLE)
    await bob.comes()
    await carol.comes()
    await carol.presses_on(world.board_message(), "Catch me up")
    await carol.presses("Ask without interrupting")
    await carol.fills("Is EU affected?")
    told = await alice.commands("/incident")
    assert "2 people are here and on no thread · 1 question waiting" in told
    assert "on no thread" not in await bob.commands("/incident")
    assert "on no thread" not in world.board()


# -- taps -----------------------------------------------------------------------------------------


async def test_taps_that_are_aimed(world: World, alice: Human, bob: Human) -> None:
    """See the state: one, the bookmark. Say what a thread assumes: one. Catch up: one."""
    await alice.declares(TITLE)
    root = await alice.says("thread: rollback of 4412?")
    taps = 0
    (bookmark,) = world.channel.bookmarks
    taps += 1
    assert bookmark.link.endswith("p" + world.board_message().ts.replace(".", ""))
    assert taps == 1
    await bob.presses_on(head_of(world, root.ts), "It can't")
    assert (await world.thread(1)).checked == "no"
    assert "*Ruled out:*" in await bob.presses_on(world.board_message(), "Catch me up")
