"""Teams, as Slack's user groups have them; and who would be asked for fresh eyes."""

import pytest

from bot.workspace.teams import EVERY_DAY, WORKDAYS, Hours, Team
from tests.journeys.stage import Human, World


async def teams(world: World) -> dict[str, frozenset[str]]:
    team = world.bot.workspace.id
    found: tuple[Team, ...] = await world.bot.db.read(lambda tx: tx.groups.teams(team))
    return {each.name: each.people for each in found}


async def opens_home(human: Human) -> str:
    await human.person.opens_home()
    await human.world.settles()
    return human.world.home(human)


async def presses_at_home(human: Human, action: str) -> None:
    assert human.person.home is not None
    reply = await human.person.presses(human.person.home, action)
    assert reply.acked
    await human.world.settles()


async def test_they_are_known_from_the_start(world: World, alice: Human, bob: Human) -> None:
    world.sandbox.usergroup("database", alice.person, bob.person)
    assert await teams(world) == {}
    await world.bot_restarts()
    assert await teams(world) == {"Database": frozenset({alice.id, bob.id})}


@pytest.mark.row("F7")
async def test_changes_are_heard_of(world: World, alice: Human, bob: Human) -> None:
    world.sandbox.regroup("database", alice.person)
    await world.settles()
    assert await teams(world) == {"Database": frozenset({alice.id})}
    group = world.sandbox.regroup("database", bob.person)
    await world.settles()
    assert await teams(world) == {"Database": frozenset({bob.id})}
    group.name = "Databases & storage"
    world.sandbox.world.tell_group("subteam_updated", group)
    await world.settles()
    assert await teams(world) == {"Databases & storage": frozenset({bob.id})}
    world.sandbox.world.tell_group("subteam_updated", group, disabled=True)
    await world.settles()
    assert await teams(world) == {}


async def test_of_a_large_team_an_event_names_only_some(world: World, alice: Human) -> None:
    many = [world.sandbox.person(f"p{n}") for n in range(502)]
    world.sandbox.usergroup("everybody", *many)
    await world.bot_restarts()
    assert len((await teams(world))["Everybody"]) == 502
    world.sandbox.regroup("everybody", *many[1:], alice.person)
    await world.settles()
    assert (await teams(world))["Everybody"] == {*(each.id for each in many[1:]), alice.id}


async def test_a_workspace_without_user_groups_works_as_before(world: World, alice: Human) -> None:
    world.sandbox.workspace.is_free = True
    world.excuses("usergroups.list", "plan_upgrade_required")
    await world.bot_restarts()
    await alice.declares("Checkout is slow")
    assert len([c for c in world.calls("usergroups.list") if c.error]) == 1
    told = [line for line in world.log if line["event"] == "teams.not_known"]
    assert [(each["reason"], each["again"]) for each in told] == [("plan_upgrade_required", False)]
    assert await teams(world) == {}


async def test_an_app_that_was_never_granted_it_works_as_before(world: World, alice: Human) -> None:
    world.sandbox.grant(world.sandbox.app.scopes - {"usergroups:read"})
    world.excuses("usergroups.list", "missing_scope")
    await world.bot_restarts()
    await alice.declares("Checkout is slow")
    told = [line for line in world.log if line["event"] == "teams.not_known"]
    assert [each["reason"] for each in told] == ["missing_scope"]


# -- fresh eyes --------------------------------------------------------------------------------


@pytest.mark.row("A4")
async def test_said_on_ones_own_tab_with_hours_and_off_at_any_time(
    world: World, alice: Human
) -> None:
    world.sandbox.regroup("database", alice.person)
    assert "Would you be asked?" in await opens_home(alice)
    await presses_at_home(alice, "fresh_eyes_willing")
    told = "You are willing to be asked, 09:00 to 17:00, Mon to Fri, where you are."
    assert told in world.home(alice)
    assert "Asked first where nobody is from Database." in world.home(alice)
    await presses_at_home(alice, "fresh_eyes_hours")
    form = alice.person.modal
    assert form is not None
    reply = await alice.person.submits(form, {"begins": "10:00", "ends": "10:00"})
    assert reply.errors == {"ends": "The end must be another time than the beginning."}
    reply = await alice.person.submits(form, {"ends": "18:30", "days": list("0123456")})
    assert not reply.errors
    await world.settles()
    assert "10:00 to 18:30, every day, where you are" in world.home(alice)
    await presses_at_home(alice, "fresh_eyes_unwilling")
    assert "Would you be asked?" in world.home(alice)
    team = world.bot.workspace.id
    assert await world.bot.db.read(lambda tx: tx.groups.willing(team)) == ()


async def test_guests_are_not_asked(world: World) -> None:
    gus = world.person("gus", guest=True)
    assert "Fresh eyes" not in await opens_home(gus)


async def test_who_leaves_the_workspace_is_off_the_list(world: World, alice: Human) -> None:
    await opens_home(alice)
    await presses_at_home(alice, "fresh_eyes_willing")
    team = world.bot.workspace.id
    (kept,) = await world.bot.db.read(lambda tx: tx.groups.willing(team))
    assert kept.hours == Hours(days=WORKDAYS)
    assert kept.hours.days != EVERY_DAY
    await alice.person.goes()
    await world.settles()
    assert await world.bot.db.read(lambda tx: tx.groups.willing(team)) == ()
