"""Every word that can be said, in the channel and inside a thread's Slack thread."""

import pytest

from bot.incidents.model import Ending, Kind, Outcome
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, marked

TITLE = "Checkout is slow"

FACTS = [
    ("known: orders still arrive", Kind.KNOWN, "orders still arrive"),
    ("unknown: whether payments are lost", Kind.UNKNOWN, "whether payments are lost"),
    ("we believe: the cache is cold", Kind.BELIEVE, "the cache is cold"),
    ("seeing: p99 at 9 s", Kind.SEEING, "p99 at 9 s"),
    ("symptom: p99 at 9 s", Kind.SEEING, "p99 at 9 s"),
    ("changed: flag 7 to 10 %", Kind.CHANGED, "flag 7 to 10 %"),
    ("decided: no deploys today", Kind.DECIDED, "no deploys today"),
    ("calling: the network people", Kind.CALLING, "the network people"),
    ("note: status page is up", Kind.NOTE, "status page is up"),
    ("update: status page is up", Kind.NOTE, "status page is up"),
]
EVIDENCE = [
    ("for: errors began with it", Kind.FOR, "errors began with it"),
    ("supports: errors began with it", Kind.FOR, "errors began with it"),
    ("against: the graph is flat", Kind.AGAINST, "the graph is flat"),
]
LOOSELY_TYPED = [
    ("Against: the graph is flat", Kind.AGAINST, "the graph is flat"),
    ("*against:* the graph is flat", Kind.AGAINST, "the graph is flat"),
    ("WE BELIEVE: the cache is cold", Kind.BELIEVE, "the cache is cold"),
    ("note： full-width colon", Kind.NOTE, "full-width colon"),
    ("note: two\nlines", Kind.NOTE, "two\nlines"),
]
ENDS = [
    ("that's it: reverted and flat", Ending.CONFIRMED, "that's it", "reverted and flat"),
    ("that’s it: reverted and flat", Ending.CONFIRMED, "that's it", "reverted and flat"),
    ("not it: the graph is flat", Ending.RULED_OUT, "not it", "the graph is flat"),
    ("rule out: the graph is flat", Ending.RULED_OUT, "not it", "the graph is flat"),
    ("no help: still slow", Ending.NO_HELP, "tried, no help", "still slow"),
    ("set aside: vendor sleeps", Ending.SET_ASIDE, "set aside", "vendor sleeps"),
]


async def test_words_in_the_channel(world: World, alice: Human) -> None:
    """Recorded as typed; the answer is a mark on the message, and not one more line."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    bot_lines, seen = world.channel.bot_line_count, alice.sees_privately()
    for line, kind, text in FACTS + EVIDENCE + LOOSELY_TYPED:
        message = await alice.says(line)
        entry = (await world.entries())[-1]
        assert (entry.kind, entry.text, entry.message) == (kind, text, message.ts)
        assert marked(message)
    assert world.channel.bot_line_count == bot_lines
    assert alice.sees_privately() == seen


async def test_words_in_a_thread(world: World, alice: Human, bob: Human) -> None:
    """Inside a thread's Slack thread they belong to that thread, whoever says them."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    await alice.commands("/thread full disk on db1")
    for line, kind, text in FACTS + EVIDENCE:
        message = await bob.says(line, in_thread=2)
        entry = (await world.entries())[-1]
        assert (entry.kind, entry.text, entry.investigation) == (kind, text, 2)
        assert (entry.actor, entry.message) == (bob.id, message.ts)
        assert marked(message)
    assert bob.sees_privately() == []


@pytest.mark.parametrize(("line", "ending", "shown", "why"), ENDS)
async def test_ending_a_thread_from_inside(
    world: World, alice: Human, bob: Human, line: str, ending: Ending, shown: str, why: str
) -> None:
    """One line, said in the thread and shown in the channel; the board keeps the reason."""
    await alice.declares(TITLE)
    opened = await alice.says("thread: rollback of 4412?")
    await bob.says(line, in_thread=1)
    thread = await world.thread(1)
    assert (thread.ending, thread.why, thread.ended_by) == (ending, why, bob.id)
    said = f"*Thread 1* · rollback of 4412? · *{shown}*: {why} (bob)"
    assert world.channel_lines() == [said]
    assert world.replies(opened.ts)[-1] == said
    assert f"1 · rollback of 4412? · *{shown}*: {why} (bob)" in world.board()


@pytest.mark.row("F9")
async def test_known_unknown_believed_stand_on_the_board_with_their_time(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("unknown: why the copy prints nothing")
    await world.passes(minutes=3)
    await alice.says("we believe: the cache is cold")
    await alice.says("known: orders still arrive")
    board = world.board()
    assert "*Not known:* why the copy prints nothing (bob, 03:07)" in board
    assert "*Believed:* the cache is cold (alice, 03:10)" in board
    assert "*Known:* orders still arrive (alice, 03:10)" in board
    assert [pin.ts for pin in world.channel.pins] == [world.board_message().ts]


@BOTH
@pytest.mark.row("F1")
async def test_lines_of_investigation_stand_side_by_side(
    world: World, alice: Human, bob: Human
) -> None:
    """Owner, idea, state and time to decide again, on one board that is edited in place."""
    await alice.declares(TITLE)
    board = world.board_message()
    await alice.says("thread: rollback of 4412?, by 05:30")
    await bob.commands("/thread full disk on db1")
    await bob.says("against: df says 40 %", in_thread=2)
    await alice.says("doing: reverting 4412, expect errors to fall, by 04:45, else page the vendor")
    assert world.board_message() is board
    lines = world.board().splitlines()
    assert "*1 · rollback of 4412?* · alice · decide by 04:30" in lines
    assert (
        "      Doing: reverting 4412, since 03:07. Expected: errors to fall, by 03:45. "
        "Else: page the vendor. · Not checked: the old version must still run on today's data and "
        "schema" in lines
    )
    assert "*2 · full disk on db1* · bob" in lines
    assert "      Looking since 03:07 · 0 for · 1 against" in lines
    await bob.says("not it: df says 40 %", in_thread=2)
    assert "2 · full disk on db1 · *not it*: df says 40 % (bob)" in world.board()
    assert len([each for each in world.channel.lines() if each.bot_id]) == 3


@pytest.mark.row("F3", "T3")
async def test_an_action_says_what_is_expected_by_when_and_what_else(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    await alice.says(
        "doing: reverting 4412, expect errors to fall, in 10 min, else page the vendor", in_thread=1
    )
    (action,) = (await world.record()).actions
    assert (action.text, action.expect, action.otherwise, action.investigation) == (
        "reverting 4412",
        "errors to fall",
        "page the vendor",
        1,
    )
    assert "Done by 03:17." in alice.told()
    assert (
        "Doing: reverting 4412, since 03:07. Expected: errors to fall, by 03:17." in world.board()
    )
    assert (await world.record()).incident.state_of(await world.thread(1)) == "waiting"
    await world.passes(minutes=8)
    await alice.says("failed: errors as before", in_thread=1)
    (action,) = (await world.record()).actions
    assert (action.outcome, action.result) == (Outcome.FAILED, "errors as before")
    assert "Doing:" not in world.board()
    await alice.says("no help: errors as before", in_thread=1)
    assert "*tried, no help*: errors as before" in world.board()


async def test_done_ends_the_oldest_of_ones_own_in_that_place(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    for line in ("doing: restart a", "doing: restart b"):
        await alice.says(line)
    await bob.says("doing: restart c")
    await alice.says("done: a is back")
    outcomes = {each.text: each.outcome for each in (await world.record()).actions}
    assert outcomes == {
        "restart a": Outcome.DONE,
        "restart b": Outcome.RUNNING,
        "restart c": Outcome.RUNNING,
    }


async def test_done_that_was_never_announced_is_asked_about(
    world: World, alice: Human, bob: Human
) -> None:
    """A pasted "Failed: could not connect" is not an action; one press says that it was one."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    message = await bob.says("done: reverted 4412 by hand", in_thread=1)
    assert not marked(message)
    assert "No action of yours is running here, so nothing changed." in bob.told()
    assert "> done: reverted 4412 by hand" in bob.told()
    assert bob.offered() == ["Record as already done"]
    await bob.presses("Record as already done")
    (action,) = (await world.record()).actions
    assert (action.text, action.outcome) == ("reverted 4412 by hand", Outcome.DONE)
    assert (action.started_at, action.investigation, action.actor) == (None, 1, bob.id)
    assert marked(message)
    (entry,) = await world.entries(Kind.DONE)
    assert entry.message == message.ts


async def test_failed_may_be_about_somebody_elses_action(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("doing: restart the queue")
    await bob.says("failed: it is down again")
    assert bob.offered() == ["Record as already tried", "It was: restart the queue"]
    await bob.presses("It was: restart the queue")
    (action,) = (await world.record()).actions
    assert (action.outcome, action.result) == (Outcome.FAILED, "it is down again")


async def test_done_alone_offers_nothing_that_cannot_be_recorded(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("done:")
    assert "No action of yours is running here" in alice.told()
    assert alice.offered() == []


async def test_who_was_called_is_kept_apart_from_the_words(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("calling: @bob about the vendor")
    (entry,) = await world.entries(Kind.CALLING)
    assert (entry.text, entry.person) == ("@bob about the vendor", bob.id)


TALK = [
    "for example: the cache could be cold",
    "for now: let's wait",
    "for the record: I was against this",
    "against all odds: it works",
    "thread 2: any news?",
    "confirmed impact: 4 % of users",
    "done :)",
    "Failed deploys: 3 since noon",
    "it is 03:07: are we waiting?",
    "see https://example.com/note: it has all",
    "`note: in code`",
    "```\nnote: in a block\n```",
    "> note: what somebody else said",
    "update 2 looks fine",
    "plain talk without any colon",
    "std::vector is not our problem",
]


async def test_talk_is_left_alone(world: World, alice: Human) -> None:
    """No mark, no answer, no entry, and above all no nagging."""
    await alice.declares(TITLE)
    await alice.says("thread: rollback of 4412?")
    before, seen = await world.record(), alice.sees_privately()
    for place in (None, 1):
        messages = [await alice.says(line, in_thread=place) for line in TALK]
        assert [each.text for each in messages if each.reactions] == []
    assert await world.record() == before
    assert alice.sees_privately() == seen


async def test_a_bot_records_nothing(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    ours = world.sandbox.world.post_as_app(world.channel, "note: said by a bot")
    await world.settles()
    assert await world.texts(Kind.NOTE) == []
    assert ours.reactions == []


async def test_words_outside_an_incident_are_talk(world: World, alice: Human) -> None:
    await alice.says("note: lunch?", place=world.lobby)
    assert alice.sees_privately() == []
