"""By when, what now, and before what can't be undone."""

import pytest

from bot.incidents.model import Kind, Outcome
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World, buttons, marked, read

TITLE = "Replication to db2 has stopped"
REBUILD = "thread: rebuild db2 from a fresh base copy"


async def _running(world: World) -> None:
    assert [each.outcome for each in (await world.record()).actions] == [Outcome.RUNNING]


@pytest.mark.row("B17")
async def test_no_time_is_asked_for_once_and_one_tap_sets_it(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says(REBUILD)
    message = await alice.says("doing: base copy db1 to db2", in_thread=1)
    assert marked(message)
    assert "How long should it take?" in alice.told()
    assert alice.offered() == ["5 min", "10 min", "20 min", "30 min"]
    told = await alice.presses("20 min")
    assert "Done by 03:27." in told
    assert alice.buttons() == []
    assert "by 03:27" in world.board()
    assert world.channel_lines() == []


@pytest.mark.row("B17")
async def test_unanswered_for_ten_minutes_it_is_assumed(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.commands("/thread rebuild db2")
    answer = await alice.commands("/thread doing 1: base copy db1 to db2")
    assert "How long should it take?" in answer
    await world.passes(minutes=9)
    assert "assumed" not in world.board()
    await world.bot_restarts()
    await world.passes(minutes=2)
    assert "by 03:27 (assumed)" in world.board()
    assert world.channel_lines() == ["*Thread 1* · rebuild db2 · alice"]


async def test_a_time_that_was_said_is_not_asked_for(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("doing: restart db1, in 10 min")
    assert "How long" not in alice.told()


@pytest.mark.row("F3")
@pytest.mark.row("T3")
async def test_when_the_time_is_up_it_asks_what_now(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await bob.says("thread: full disk on db1")
    line = "doing: base copy, expect it prints progress, by 04:17, else restart db1"
    await alice.says(line, in_thread=1)
    await world.passes(minutes=9)
    assert [each for each in world.replies(head.ts) if "What now?" in each] == []
    await world.passes(minutes=2)
    (asked,) = [each for each in world.replies(head.ts) if "What now?" in each]
    assert "What now? *base copy* (alice)" in asked
    assert "Expected by 03:17: it prints progress." in asked
    assert "If it fails: restart db1." in asked
    told = await bob.presses_on(_question(world, head.ts), "It failed")
    assert "a tool said one thing and meant another" in told
    (action,) = (await world.record()).actions
    assert (action.outcome, action.actor) == (Outcome.FAILED, alice.id)
    assert "base copy: failed (bob, 03:18)." in world.replies(head.ts)
    assert world.channel_lines() == []


@pytest.mark.row("F3")
async def test_ten_minutes_more_and_then_it_asks_again(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await alice.says("doing: base copy, by 04:17", in_thread=1)
    await world.passes(minutes=11)
    assert "Nobody said." in world.replies(head.ts)[-1]
    await alice.presses_on(_question(world, head.ts), "Still running (+10)")
    assert "by 03:28" in world.board()
    assert any("still running (alice" in each for each in world.replies(head.ts))
    await world.passes(minutes=11)
    assert "Expected by 03:28: not said." in world.replies(head.ts)[-1]
    await alice.says("done: the copy is complete", in_thread=1)
    assert any("base copy: worked (alice" in each for each in world.replies(head.ts))
    assert not any("What now?" in each for each in world.replies(head.ts))


@pytest.mark.row("F3")
async def test_it_failed_and_another_thread_is_next(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await bob.says("thread: full disk on db1")
    await alice.says("doing: base copy, by 04:17", in_thread=1)
    await world.passes(minutes=11)
    reply = await alice.person.selects(
        _question(world, head.ts), "outcome_next", "Thread 2 · full disk on db1"
    )
    assert reply.acked
    await world.settles()
    assert await world.texts(Kind.FAILED) == ["Next: thread 2, full disk on db1"]


async def test_what_ended_before_its_time_is_not_asked_about(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await alice.says("doing: base copy, by 04:17", in_thread=1)
    await alice.says("done: fine", in_thread=1)
    await world.passes(minutes=20)
    assert len(world.replies(head.ts)) == 1


async def test_a_button_of_what_has_ended_changes_nothing(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await alice.says("doing: base copy, by 04:17", in_thread=1)
    await world.passes(minutes=11)
    question = _question(world, head.ts)
    before_press = [dict(each) for each in question.blocks]
    await alice.presses_on(question, "It worked")
    question.blocks = before_press
    record = await world.record()
    for label in ("It worked", "It failed", "Still running (+10)"):
        assert "That action has ended, so nothing changed." in await bob.presses_on(question, label)
    (row,) = [each for each in question.blocks if each["type"] == "actions"]
    for forged in ("", "x", f"{record.incident.id}/0", f"{record.incident.id}", "other/1", "a/b/c"):
        row["elements"][1]["value"] = forged
        assert "othing changed" in await bob.presses_on(question, "It worked"), forged
    assert await world.record() == record


# -- what can't be undone ------------------------------------------------------------------------


@pytest.mark.row("G17")
async def test_what_cannot_be_undone_is_asked_about_at_once(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    message = await alice.says("doing: remove the data directory on db2, in 5 min", in_thread=1)
    assert marked(message)  # recorded all the same
    asked = world.replies(head.ts)[-1]
    assert "Type hostname in that shell and paste what it says." in asked
    assert "I won't stop you." in asked
    pasted = await alice.says("db1.cluster.gitlab.com", in_thread=1)
    assert world.replies(head.ts)[-1] == "*You wrote db2. That shell says db1.*"
    assert marked(pasted)
    assert await world.texts(Kind.HOST) == ["db1.cluster.gitlab.com"]
    await alice.says("db2.cluster.gitlab.com", in_thread=1)
    assert world.replies(head.ts)[-1] == ("That shell says db2.cluster.gitlab.com, as you wrote.")
    await _running(world)
    assert world.channel_lines() == []


@pytest.mark.row("G17")
@pytest.mark.row("A4")
async def test_a_second_person_is_asked_by_name(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await bob.says("looking, too")
    head = await alice.says(REBUILD)
    await alice.says("doing: wipe db2, in 5 min", in_thread=1)
    question = _question(world, head.ts, "Who looks with you?")
    assert [label for label, _ in buttons(question)] == ["Ask bob", "I've checked"]
    await alice.presses_on(question, "Ask bob")
    assert "alice asks bob to look along: wipe db2." in world.replies(head.ts)[-1]
    assert "bob is asked to look along." in read(question)
    assert "alice asks you to look along, here: wipe db2." in bob.told()
    assert "<@" not in str([each.blocks for each in world.channel.replies(head.ts)])
    (looked,) = await world.entries(Kind.LOOK)
    assert (looked.actor, looked.person) == (alice.id, bob.id)
    await bob.says("db2.cluster.gitlab.com", in_thread=1)
    assert "as you wrote" in world.replies(head.ts)[-1]


@pytest.mark.row("G17")
async def test_somebody_who_is_not_suggested_can_be_asked(
    world: World, alice: Human, carol: Human
) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await alice.says("doing: drop the index, in 5 min", in_thread=1)
    question = _question(world, head.ts, "Who looks with you?")
    assert [label for label, _ in buttons(question)] == ["I've checked"]
    world.channel.members.append(carol.id)
    await alice.person.selects(question, "destructive_ask_other", alice.id)
    await world.settles()
    assert "A second pair of eyes is somebody else's." in alice.told()
    await alice.person.selects(question, "destructive_ask_other", carol.id)
    await world.settles()
    assert "alice asks carol to look along" in world.replies(head.ts)[-1]


@pytest.mark.row("G17")
async def test_what_was_not_announced_is_asked_about_when_it_is_done(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says(REBUILD)
    await alice.says("done: data directory on db2 wiped", in_thread=1)
    root = (await world.thread(1)).slack_thread
    assert not any("can't be undone" in each for each in world.replies(root))
    await alice.presses("Record as already done")
    question = _question(world, root, "Which host was it?")
    assert "Who looks with you at what it did?" in read(question)
    carol = world.person("carol")
    await carol.comes()
    await alice.person.selects(question, "destructive_ask_other", carol.id)
    await world.settles()
    assert "alice asks carol to look along" in world.replies(root)[-1]


@pytest.mark.row("G17")
async def test_whoever_did_it_alone_may_say_that_they_have_checked(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says(REBUILD)
    await alice.says("done: data directory on db2 wiped", in_thread=1)
    root = (await world.thread(1)).slack_thread
    await alice.presses("Record as already done")
    await alice.presses_on(_question(world, root, "Which host was it?"), "I've checked")
    assert "Can't be undone; alice has checked." in world.replies(root)


@pytest.mark.row("G17")
async def test_without_a_slack_thread_only_whoever_acts_is_asked(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.commands("/log doing: wipe db2, in 5 min")
    assert "Type hostname in that shell" in alice.told()
    assert await alice.presses("I've checked") == "Recorded."
    await world.passes(minutes=6)
    assert "What now? *wipe db2* (alice)" in alice.told()
    assert await alice.presses("It worked") == "Recorded."
    assert world.channel_lines() == []


@pytest.mark.row("G17")
async def test_a_verb_that_is_edited_in_is_asked_about_once(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    told = await alice.says("doing: look at db2, in 20 min", in_thread=1)
    asked = "Type hostname in that shell"
    assert not any(asked in each for each in world.replies(head.ts))
    await alice.edits(told, "doing: wipe db2, in 20 min")
    await alice.edits(told, "doing: wipe db2 and db3, in 20 min")
    await alice.edits(told, "doing: wipe db3, in 20 min")
    assert sum(asked in each for each in world.replies(head.ts)) == 1
    await alice.says("db1.cluster.gitlab.com", in_thread=1)
    assert world.replies(head.ts)[-1] == "*You wrote db3. That shell says db1.*"


async def test_a_time_that_is_edited_in_is_asked_about_when_it_is_up(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    told = await alice.says("doing: copy db1 to db2, in 40 min", in_thread=1)
    await alice.edits(told, "doing: copy db1 to db2, in 10 min")
    await world.passes(minutes=11)
    assert any("What now?" in each for each in world.replies(head.ts))


async def test_talk_below_a_question_is_talk(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    head = await alice.says(REBUILD)
    await alice.says("doing: wipe db2, in 5 min", in_thread=1)
    before = world.replies(head.ts)
    await bob.says("db7.example.com is fine by the way", in_thread=1)
    await alice.says("let me see", in_thread=1)
    await alice.says("db7.example.com")
    assert world.replies(head.ts) == before
    assert await world.entries(Kind.HOST) == []


def _question(world: World, root: str, words: str = "What now?") -> Message:
    found = [each for each in world.channel.replies(root) if words in read(each)]
    return found[-1]
