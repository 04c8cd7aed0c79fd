"""Words in passing that somebody will want to learn from: they keep who, when, and where."""

import pytest

from bot.incidents.model import Kind
from tests.journeys.stage import Human, World

TITLE = "replication to db2 has stopped"


@pytest.mark.row("C10")
@pytest.mark.row("C12")
async def test_a_puzzle_and_a_control_in_one_word(world: World, alice: Human, bob: Human) -> None:
    """Said in a thread's Slack thread, they belong to that thread; the channel stays quiet."""
    await alice.declares(TITLE)
    await alice.says("thread: rebuild db2")
    quiet = len(world.channel_lines())
    await bob.says("odd: the failover ran twice by itself", in_thread=1)
    await alice.says("used: max_wal_senders, raised to 32", in_thread=1)
    await bob.says("confused: two graphs disagree about the lag", in_thread=1)
    kept = {each.kind: each for each in await world.entries() if each.investigation == 1}
    assert kept[Kind.ODD].text == "the failover ran twice by itself"
    assert kept[Kind.ODD].actor == bob.id
    assert kept[Kind.USED].text == "max_wal_senders, raised to 32"
    assert kept[Kind.CONFUSED].actor == bob.id
    assert len(world.channel_lines()) == quiet


@pytest.mark.row("B20")
async def test_decisions_are_a_log_with_their_times(world: World, alice: Human, bob: Human) -> None:
    """What was decided, by whom and when; whoever comes late reads it in the catch-up."""
    await alice.declares(TITLE)
    await alice.says("decided: no failover before 03:30")
    await world.passes(minutes=9)
    await bob.says("decided: take the site down")
    kept = await world.entries(Kind.DECIDED)
    assert [(each.actor, each.text) for each in kept] == [
        (alice.id, "no failover before 03:30"),
        (bob.id, "take the site down"),
    ]
    assert (kept[1].at - kept[0].at).total_seconds() >= 9 * 60
    told = await alice.commands("/incident catch up")
    assert "no failover before 03:30" in told
    assert "take the site down" in told
