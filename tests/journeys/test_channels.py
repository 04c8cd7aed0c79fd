"""What becomes of an incident's channel: renamed, archived, made private, the bot removed."""

from tests.journeys.stage import Human, World

TITLE = "Checkout is slow"


async def _parked(world: World) -> list[str]:
    sends = world.bot.db.read(
        lambda tx: (
            tx.deliveries._connection.exec_driver_sql(  # noqa: SLF001
                "SELECT reason FROM deliveries WHERE state = 'parked'"
            )
            .scalars()
            .all()
        )
    )
    return [*await sends]


async def test_archived_the_record_goes_on_and_nobody_is_spammed(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await alice.person.archives(world.channel)
    await world.settles()
    posts = len(world.calls("chat.postMessage")) + len(world.calls("chat.update"))
    listed = await bob.commands("/incident list", world.lobby)
    assert "(archived)" in listed
    await bob.commands("/log restarted db1", world.lobby)
    await bob.presses(f"1 · {TITLE}")
    assert await world.entries()
    assert len(world.calls("chat.postMessage")) + len(world.calls("chat.update")) == posts
    assert await _parked(world) == ["channel_archived"]
    assert bob.direct_messages() == alice.direct_messages() == []


async def test_removed_and_let_in_again_the_board_catches_up(
    world: World, alice: Human, bob: Human
) -> None:
    await alice.declares(TITLE)
    await bob.says("hello")
    await alice.person.removes_bot(world.channel)
    await world.settles()
    await bob.commands("/incident severity critical", world.channel)
    assert "severity not set" in world.board()
    await bob.person.invites_bot(world.channel)
    await world.settles()
    assert "critical" in world.board()


async def test_renamed_it_keeps_its_own_name(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    await alice.person.renames(world.channel, "war-room")
    await world.settles()
    incident = (await world.record()).incident
    assert (incident.channel_name, incident.title) == ("war-room", TITLE)


async def test_a_title_may_name_another_incidents_channel(
    world: World, alice: Human, bob: Human
) -> None:
    """It is text: nobody is led there, and the names do not get mixed up."""
    await alice.declares(TITLE)
    first = world.channel
    await bob.declares("#inc-0001-checkout-is-slow broke our queue")
    assert world.channel is not first
    assert "inc-0001-checkout-is-slow broke our queue" in world.board()
    assert TITLE in world.board(first)


async def test_made_private_it_is_private(world: World, alice: Human, bob: Human) -> None:
    await alice.declares(TITLE)
    assert TITLE in await bob.commands("/incident list", world.lobby)
    world.channel.private = True
    world.sandbox.world.post(
        world.channel, alice.id, "made it private", subtype="channel_convert_to_private"
    )
    await world.settles()
    assert (await world.record()).incident.private
    assert TITLE not in await bob.commands("/incident list", world.lobby)
    assert TITLE in await alice.commands("/incident list", world.lobby)


async def test_who_was_there_before_the_bot_counts(world: World, alice: Human, bob: Human) -> None:
    """A private channel that is adopted: its people are its members, not only newcomers."""
    room = await alice.person.creates("war-room", private=True)
    await alice.person.invites(room, bob.person)
    await alice.person.invites_bot(room)
    await world.settles()
    world.excuses("conversations.join", "method_not_supported_for_channel_type")
    await alice.commands(f"/incident here: {TITLE}", room)
    assert TITLE in await bob.commands("/incident list", world.lobby)
