"""Private looks: what changed and its window, symptoms and doubt, who is on what, improvising."""

import pytest

from bot.incidents.model import Kind
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, read

TITLE = "Checkout is slow"
ROLLOUT = "changed: rollout of 4412, 10% 02:10 UTC, 50% 02:40 UTC, all 03:20 UTC"


async def more(world: World, who: Human) -> None:
    """Open the menu under More."""
    await who.presses_on(world.board_message(), "More")


# -- R3 -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("R3")
async def test_the_window_of_a_rollout_is_drawn_and_said(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """As a bar and in words, with the first symptom in it, in the catch-up and under More."""
    await alice.declares(TITLE)
    line = await alice.says("changed: rollout of 4412, 10% 03:10, 50% 03:40, all 04:20")
    assert "Its window: 10 % from 02:10 · 50 % from 02:40 · all from 03:20." in alice.told()
    await bob.says("seeing 15 min ago: p99 at 9 s")
    drawn = "02:10 ░░░░░▒▒|▒▒▒▒█ 03:20 · first symptom 02:52, at 50 %"
    caught_up = await carol.commands("/incident catch up")
    assert f"*Changed:* rollout of 4412\n{drawn}\n_10 % from 02:10 · 50 %" in caught_up
    assert f"alice: rollout of 4412\n{drawn}\n" in await carol.commands("/incident changes")
    assert drawn in await carol.commands("/incident what changed")
    await more(world, carol)
    assert drawn in await carol.presses("What changed")
    assert await world.texts(Kind.CHANGED) == [line.text.removeprefix("changed: ")]
    assert [text for text in world.channel_lines() if "02:10" in text] == []


@pytest.mark.row("R3")
async def test_a_flag_between_two_times_reads_in_the_writers_zone(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("changed: flag X, from 21:10 to 22:00")
    assert "Its window: from 02:10 until 03:00." in bob.told()
    await alice.commands("/log changed: flag Y, since 04:00")
    assert "Its window: from 03:00 and goes on." in alice.told()
    shown = await alice.commands("/incident changes")
    assert "bob: flag X\n02:10 ▒▒▒▒▒▒▒▒▒▒▒▒ 03:00 · declared 03:07, after it was complete" in shown
    assert "alice: flag Y\n03:00 ▒▒▒▒▒▒▒▒▒▒▒" in shown
    assert "goes on · declared 03:07, while it went on" in shown


async def test_a_change_without_a_window_and_one_that_cannot_be_read_stay_as_they_are(
    world: World, alice: Human
) -> None:
    """Nothing is lost and nobody is bothered: what reads as no window is the change's text."""
    await alice.declares(TITLE)
    texts = [
        "max_connections from 8000 to 2000",
        "rollout of 4412, 10% 02:10, 50% 25:40, all 3pm PST",
    ]
    for text in texts:
        await alice.says(f"changed: {text}")
    assert len(alice.sees_privately()) == 1  # that it is declared
    assert await world.texts(Kind.CHANGED) == texts
    assert [each.ramp for each in await world.entries(Kind.CHANGED)] == [None, None]
    shown = await alice.commands("/incident changes")
    assert [text for text in texts if text not in shown] == []
    assert "*Changed:* 03:07 max_connections" in await alice.commands("/incident catch up")


@BOTH
async def test_a_window_follows_its_message(world: World, alice: Human) -> None:
    """Edited, it has the new times; deleted, it is gone with its words."""
    await alice.declares(TITLE)
    line = await alice.says(ROLLOUT)
    await alice.edits(line, "changed: rollout of 4412, 10% 02:30 UTC, all 03:00 UTC")
    assert "02:30 ░" in await alice.commands("/incident changes")
    assert "02:10" not in alice.told()
    await alice.deletes(line)
    assert "Nothing is recorded as changed." in await alice.commands("/incident changes")
    assert [each.ramp for each in await world.entries(Kind.CHANGED)] == [None, None]


# -- C4 -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("C4")
async def test_a_symptom_is_doubted_by_a_button_and_taken_back_by_another(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """Seen in the catch-up and the list; the other's button is there at once; both are kept."""
    await alice.declares(TITLE)
    await alice.says("seeing: p99 at 9 s")
    seen = await bob.says("seeing: mail is slow")
    await carol.commands("/incident catch up")
    assert "*Seeing:* 03:07 p99 at 9 s · 03:07 mail is slow" in carol.told()
    told = await carol.presses("Symptoms")
    assert "bob: mail is slow" in told
    assert carol.offered() == ["Maybe unrelated", "Maybe unrelated"]
    await press_symptom(world, carol, "symptom:unrelated", 1)
    assert "bob: mail is slow · maybe unrelated (carol, 03:07)" in carol.told().replace("_", "")
    assert carol.offered() == ["Maybe unrelated", "Related after all"]
    caught_up = await bob.commands("/incident catch up")
    assert "03:07 mail is slow (maybe unrelated)" in caught_up
    assert "· related after all (carol," in (await carol.presses("Related after all")).replace(
        "_", ""
    )
    assert "(maybe unrelated)" not in await bob.commands("/incident catch up")
    symptom = next(e for e in await world.entries(Kind.SEEING) if e.message == seen.ts)
    marks = [e for e in await world.entries() if e.item == symptom.seq and e.actor == carol.id]
    assert [each.kind for each in marks] == [Kind.MAYBE_UNRELATED, Kind.RELATED_AFTER_ALL]
    assert world.channel_lines() == []


async def press_symptom(world: World, who: Human, action: str, place: int) -> None:
    """Press the button of the symptom at that place of the newest list."""
    message = who.private()[-1]
    rows = [block for block in message.blocks if block["type"] == "actions"]
    kept, message.blocks = message.blocks, [rows[place]]
    await who.person.presses(message, action)
    if message.blocks == [rows[place]]:
        message.blocks = kept
    await world.settles()


@pytest.mark.row("C4")
async def test_a_doubted_symptom_is_not_the_first_one(
    world: World, alice: Human, bob: Human
) -> None:
    """Who reads when it began is not misled by a coincidence."""
    await alice.declares(TITLE)
    await alice.says(ROLLOUT)
    await bob.says("seeing 50 min ago: mail is slow")
    await bob.says("seeing 10 min ago: p99 at 9 s")
    assert "first symptom 02:17, at 10 %" in await bob.commands("/incident changes")
    await bob.commands("/incident symptoms")
    await press_symptom(world, bob, "symptom:unrelated", 0)
    assert "first symptom 02:57, at 50 %" in await bob.commands("/incident changes")


async def test_old_forged_and_foreign_doubts_change_nothing(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: keys were leaked")
    await alice.says("seeing: odd logins")
    secret = (await world.record()).incident.id
    await alice.declares(TITLE)
    line = await alice.says("seeing: p99 at 9 s")
    await bob.commands("/incident symptoms")
    menu = bob.private()[-1]
    (row,) = [block for block in menu.blocks if block["type"] == "actions"]
    here = (await world.record()).incident.id
    before = await world.record()
    for value in ("", "x", f"{here}:99", f"{here}:0", f"{secret}:2", f"{here}:1", "other:2"):
        row["elements"][0]["value"] = value or "-"
        await bob.person.presses(menu, "symptom:unrelated")
        await world.settles()
        assert "othing changed" in bob.told() or "not one of mine" in bob.told()
    row["elements"][0] |= {"value": f"{here}:2", "action_id": "symptom:related"}
    await bob.person.presses(menu, "symptom:related")
    await world.settles()
    assert "It is not marked already, so nothing changed." in bob.told()
    assert await world.record() == before
    await bob.commands("/incident symptoms")
    await alice.deletes(line)
    assert "not on record any more" in await bob.presses("Maybe unrelated")
    assert await world.entries(Kind.MAYBE_UNRELATED) == []


async def test_a_closed_incident_shows_its_symptoms_and_takes_no_doubt(
    world: World, alice: Human
) -> None:
    await alice.declares(TITLE)
    await alice.says("seeing: p99 at 9 s")
    await alice.commands("/incident symptoms")
    old = alice.private()[-1]
    for verb in ("resolve", "close"):
        await alice.commands(f"/incident {verb}")
    await alice.person.presses(old, "symptom:unrelated")
    await world.settles()
    assert "This incident is closed, so nothing changed." in alice.told()


# -- T1 -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("T1")
async def test_a_group_is_shown_and_no_hero(
    world: World, alice: Human, bob: Human, carol: Human
) -> None:
    """Everybody with a hand in a thread, by name; no numbers but of those on none."""
    dan, tool = world.person("dan"), world.person("deploybot")
    tool.person.user.is_bot = True
    await alice.declares(TITLE)
    for each in (bob, carol, dan, tool):
        await each.comes()
    await carol.says("thread: rollback of 4412?")
    for number in range(5):
        await carol.says(f"for: it fits {number}", in_thread=1)
    await bob.says("against: the graph is flat", in_thread=1)
    await alice.says("thread: full disk on db1")
    await bob.says("doing: df on db1, by 23:00", in_thread=2)
    shown = await bob.commands("/incident who")
    assert "*1 · rollback of 4412?* · bob · carol" in shown
    assert "*2 · full disk on db1* · alice · bob" in shown
    assert "*In 1 and in 2:* bob" in shown
    assert "*Tools here:* deploybot" in shown
    assert "Command: alice" in shown
    assert "1 person is here and on no thread." in shown
    assert "dan" not in shown
    hers = await alice.commands("/incident group")
    assert "*On no thread, may be busy elsewhere:* dan" in hers
    await more(world, dan)
    assert await dan.presses("Who is on what") == shown
    assert all("Who is on what" not in line for line in world.channel_lines())


async def test_whoever_is_asked_to_look_has_a_hand_in_it(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("looking, too")
    head = await alice.says("thread: rebuild db2")
    await alice.says("doing: wipe db2, in 5 min", in_thread=1)
    question = next(e for e in world.channel.replies(head.ts) if "Who looks" in read(e))
    await alice.presses_on(question, "Ask bob")
    assert "*1 · rebuild db2* · alice · bob" in await alice.commands("/incident who")


async def test_looks_of_a_private_incident_are_its_members(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares("private: keys were leaked")
    await alice.says("improvised: revoked by hand")
    hidden = (await world.record()).incident.id
    await alice.declares(TITLE)
    await more(world, bob)
    menu = bob.private()[-1]
    for block in menu.blocks:
        for element in block.get("elements", []):
            if element["type"] == "button":
                element["value"] = hidden
    for look in ("group", "changes", "symptoms"):
        await bob.person.presses(menu, f"more:{look}")
        await world.settles()
        assert "There is no such incident here" in bob.told()
    for line in ("who", "changes", "symptoms"):
        assert "no such incident here" in await bob.commands(f"/incident {line}", world.lobby)
    assert "revoked" not in await bob.commands("/incident list improvised", world.lobby)
    assert "revoked by hand" in await alice.commands("/incident list improvised", world.lobby)


# -- C11 ------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.row("C11")
async def test_what_was_improvised_is_listed_for_a_week(
    world: World, alice: Human, bob: Human
) -> None:
    """Across incidents, the latest first, with who, where and the message; a page at a time."""
    await alice.declares(TITLE)
    await alice.says("improvised: pinned the old replica by hand")
    await alice.commands("/incident resolve")
    await world.passes(minutes=60 * 24 * 5)
    await bob.declares("Replication to db2 has stopped")
    said = await bob.says("improvised: drained the queue with a shell loop")
    shown = await bob.commands("/incident list improvised", world.lobby)
    assert "*2 · Replication to db2 has stopped*" in shown
    assert "bob: drained the queue with a shell loop" in shown
    assert f"p{said.ts.replace('.', '')}" in shown
    assert shown.index("drained the queue") < shown.index("alice: pinned the old replica by hand")
    await more(world, alice)
    assert await alice.presses("Improvised") == shown
    for number in range(8):
        await bob.says(f"improvised: step {number}")
    page = await alice.commands("/incident list improvised")
    assert "step 0" in page
    assert "drained" not in page
    assert "step 0" not in await alice.presses("More")
    assert "drained the queue" in alice.told()
    await bob.commands("/incident resolve")
    await world.passes(minutes=60 * 24 * 8)
    assert "Nothing was recorded as improvised in the last 7 days." in await alice.commands(
        "/incident list improvised", world.lobby
    )


async def test_guests_and_forged_pages_list_nothing(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    for number in range(9):
        await alice.says(f"improvised: step {number}")
    gus = world.person("gus", guest=True)
    assert "step" not in await gus.commands("/incident list improvised")
    await bob.commands("/incident list improvised")
    page = bob.private()[-1]
    (row,) = [block for block in page.blocks if block["type"] == "actions"]
    for value in ("x", "{}", '{"after": ["2020", "x"]}', '{"after": ["2026-11-20T03:07", "x", 1]}'):
        row["elements"][0]["value"] = value
        await bob.person.presses(page, "more_improvised")
        await world.settles()
        assert "not one of mine any more" in bob.told()
