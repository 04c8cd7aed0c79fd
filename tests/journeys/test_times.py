"""Times as people type them: read in the writer's zone, given back as the reader's."""

from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World, plain

TITLE = "Checkout is slow"


@BOTH
async def test_by_is_read_in_the_writers_zone_and_echoed(
    world: World, alice: Human, bob: Human
) -> None:
    """Alice (Amsterdam) and Bob (New York) type their own clocks; it is 03:07 UTC."""
    await alice.declares(TITLE)
    await alice.says("doing: restart a, by 04:30")
    assert "Done by 03:30." in alice.told()
    await bob.says("doing: restart b, by 10:45pm")
    assert "Done by 03:45." in bob.told()
    await bob.says("thread: full disk on db1, in 20 min")
    assert "Decide again by 03:27." in bob.told()
    await alice.says("timebox: 05:00", in_thread=1)
    assert "Decide again by 04:00." in alice.told()
    board = world.board()
    assert "Doing: restart a, since 03:07. Expected: not said, by 03:30." in board
    assert "*1 · full disk on db1* · bob · decide by 04:00" in board
    shown = [each["text"]["text"] for each in world.board_message().blocks if "text" in each]
    assert "<!date^" in shown[0]


CANNOT_BE_MEANT = {
    "doing: restart, by 04:01": "That time has passed for you: it is 04:07 (Europe/Amsterdam)",
    "doing: restart, by 25:61": "I can't read '25:61' as a time. Say 'by 02:45'",
    "doing: restart, by 3pm PST": "I can't read '3pm PST' as a time.",
    "timebox: soon": "When should it be decided again? Say 'timebox: 20 min'",
}


async def test_a_time_that_cannot_be_meant_is_asked_about(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    before = await world.record()
    for line, told in CANNOT_BE_MEANT.items():
        message = await alice.says(line, in_thread=1)
        assert told in alice.told()
        assert "othing changed" in alice.told()
        assert f"> {line}" in alice.told()
        assert message.reactions == []
    assert await world.record() == before


async def test_a_note_may_be_about_earlier(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    for line in (
        "note 40 min ago: db1 restarted",
        "note 03:30: first page",
        "changed 02:10 UTC: flag 7 on",
    ):
        await alice.says(line)
    await bob.commands("/log 9:50pm: saw it on my phone")
    earlier = {each.text: f"{each.at:%H:%M}" for each in await world.entries()}
    assert earlier["db1 restarted"] == "02:27"
    assert earlier["first page"] == "02:30"
    assert earlier["flag 7 on"] == "02:10"
    assert earlier["saw it on my phone"] == "02:50"
    (note,) = [each for each in await world.entries() if each.text == "db1 restarted"]
    assert f"{note.recorded_at:%H:%M}" == "03:07"


async def test_an_offer_keeps_the_time_that_was_meant(
    world: World, alice: Human, bob: Human
) -> None:
    """However much later the button is pressed."""
    await alice.declares(TITLE)
    await alice.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    await bob.says("against 40 min ago: df said 40 %")
    await world.passes(minutes=10)
    await bob.presses("1 · full disk on db1")
    await bob.commands("/log 40 min ago: saw it", world.lobby)
    await world.passes(minutes=10)
    await bob.presses(f"1 · {TITLE}")
    await bob.says("agianst rollback 02:00 UTC: not deployed then")
    assert bob.offered()[0] == "Against rollback"
    await bob.presses("Against rollback")
    said = [(e.text, f"{e.at:%H:%M}", e.investigation) for e in (await world.entries())[3:]]
    assert said == [
        ("df said 40 %", "02:27", 1),
        ("saw it", "02:37", None),
        ("not deployed then", "02:00", 2),
    ]


async def test_somebody_who_moves_is_read_in_the_new_zone(world: World, alice: Human) -> None:
    await alice.declares(TITLE)
    await alice.person.moves("Asia/Tokyo")
    await world.settles()
    await alice.says("doing: restart, by 12:30")
    assert "Done by 03:30." in alice.told()


def test_reading_a_time() -> None:
    """The helper itself: a date token is read as UTC, entities are undone."""
    assert plain("by <!date^1795144020^{time}|03:07 UTC> &amp; on") == "by 03:07 & on"
