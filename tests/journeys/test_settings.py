"""Settings: for admins, kept with who made them; what does not fit is refused by its key."""

from bot.workspace.settings import KEYS
from tests.journeys.stage import Human, World

TITLE = "Checkout is slow"


async def test_only_admins(world: World, alice: Human) -> None:
    for line in ("settings", "settings: quiet_minutes 30"):
        assert "You can't do that here." in await alice.commands(f"/incident {line}")


async def test_one_is_changed_by_its_key(world: World) -> None:
    ada = world.person("ada", admin=True)
    assert "*Settings*" in await ada.commands("/incident settings")
    answer = await ada.commands("/incident settings: quiet_minutes 30")
    assert "quiet_minutes is 30 now; it was 15." in answer
    assert "quiet_minutes: a whole number of minutes" in await ada.commands(
        "/incident settings: quiet_minutes 4000"
    )
    assert "There is no setting 'purple'" in await ada.commands("/incident settings: purple 3")
    team = world.bot.workspace.id
    (kept,) = await world.bot.db.read(lambda tx: tx.settings.history(team, 9))
    assert (kept.person, kept.key, kept.old, kept.new) == (ada.id, "quiet_minutes", "15", "30")


async def test_severities_go_by_the_names_chosen_here(world: World, bob: Human) -> None:
    """On the board, in lists, on one's own tab, in a catch-up, a handover, and when it is set."""
    ada = world.person("ada", admin=True)
    await ada.commands("/incident settings: severity_critical SEV1")
    await ada.declares(TITLE)
    assert "It is SEV1 now." in await ada.commands("/incident severity sev1")
    assert "It is SEV1 already" in await ada.commands("/incident severity critical")
    assert "· SEV1 ·" in world.board()
    for line in ("/incident", "/incident list"):
        assert "· SEV1 ·" in await bob.commands(line, world.lobby)
    assert "SEV1" in await bob.commands("/incident find: critical", world.lobby)
    assert "*Checkout is slow.* SEV1." in await ada.commands("/incident catch up")
    await ada.commands("/incident handover")
    assert "*Handover: Checkout is slow* · SEV1 ·" in world.channel_lines()[-1]
    await ada.person.opens_home()
    await world.settles()
    assert "*Checkout is slow* · SEV1 ·" in world.home(ada)


async def test_the_form_shows_what_is_wrong_beside_its_field(world: World) -> None:
    ada = world.person("ada", admin=True)
    await ada.commands("/incident settings")
    message, action = ada._button("Change")  # noqa: SLF001 - as its presses does
    await ada.person.presses(message, action)
    view = ada.person.modal
    assert view is not None
    assert {each["block_id"] for each in view.blocks if each["type"] == "input"} == set(KEYS)
    reply = await ada.person.submits(view, {"quiet_minutes": "soon", "channel_prefix": "boom"})
    assert list(reply.errors) == ["quiet_minutes"]
    reply = await ada.person.submits(view, {"quiet_minutes": "20", "channel_prefix": "boom"})
    assert not reply.errors
    await ada.declares(TITLE)
    assert world.channel.name == "boom-0001-checkout-is-slow"


async def test_losing_the_right_with_the_form_open(world: World) -> None:
    ada = world.person("ada", admin=True)
    await ada.commands("/incident settings")
    message, action = ada._button("Change")  # noqa: SLF001
    await ada.person.presses(message, action)
    view = ada.person.modal
    assert view is not None
    ada.person.user.is_admin = False
    world.sandbox.world.announce("user_change", ada.person.user)
    await world.settles()
    reply = await ada.person.submits(view, {"quiet_minutes": "20"})
    assert "You can't do that here." in str(reply.errors)


async def test_new_incidents_are_announced_where_that_was_chosen(
    world: World, alice: Human
) -> None:
    """Once, and never a private one."""
    ada = world.person("ada", admin=True)
    await ada.commands(f"/incident settings: announce_channel {world.lobby.id}", world.lobby)
    await alice.declares(TITLE)
    await alice.declares("private: keys were leaked")
    said = [each.text for each in world.lobby.lines() if each.bot_id]
    assert len(said) == 1
    assert "Incident 1" in said[0]
    assert "alice declared it" in said[0]


async def test_severities_by_the_names_of_the_workspace(world: World, alice: Human) -> None:
    ada = world.person("ada", admin=True)
    await ada.commands("/incident settings: severity_critical Houston")
    await alice.declares(TITLE)
    await alice.commands("/incident severity houston")
    assert f"*{TITLE}* · Houston · since" in world.board()
    assert "Which severity? Houston · major · minor." in await alice.commands(
        "/incident severity purple"
    )
    await alice.presses("minor")
    assert "· minor · since" in world.board()
