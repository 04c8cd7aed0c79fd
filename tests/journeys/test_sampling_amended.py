"""What somebody reads of a study that was changed since they agreed to it."""

from dataclasses import replace

from bot.sampling.model import Protocol, Role
from bot.sampling.studies import Named
from tests.journeys.stage import Human, World
from tests.journeys.studying import Lab, a_lab, joins, screen, submits


async def reads(human: Human) -> list[str]:
    """The lines above the text that they agreed to once."""
    await human.commands("/sampling join")
    lines = screen(human).splitlines()
    assert lines[0] == "*Changed since you agreed*"
    return lines[1:4]


async def amend(lab: Lab, after: Protocol) -> None:
    now = lab.world.clock.now()
    done = await lab.studies.amend(lab.study.workspace, after, now)
    assert done.parts


async def test_names_the_change_and_not_only_the_text(world: World) -> None:
    lab, ana = await a_lab(world, world.person("olga")), world.person("ana")
    await joins(ana)
    before = lab.study.protocol
    lighter = replace(before.schedule, per_day=2)
    await amend(lab, replace(before, digest="e" * 64, schedule=lighter))

    shown = await reads(ana)

    assert shown[0] == f"Questions a day: {before.schedule.per_day} → 2"
    assert await submits(ana, {}) == {}
    assert "Thank you" in screen(ana)


async def test_names_who_is_new_and_what_was_changed_back(world: World) -> None:
    lab, ana = await a_lab(world, world.person("olga")), world.person("ana")
    await joins(ana)
    cody, team = world.person("cody"), lab.study.workspace
    await cody.commands("/sampling help")
    now, before = world.clock.now(), lab.study.protocol

    await amend(lab, replace(before, digest="e" * 64, decline=()))
    assert (await reads(ana))[0].startswith("Which questions are shown, or the buttons")
    await amend(lab, before)
    assert (await reads(ana))[0] == "It was changed, and is again as you agreed to it"
    await lab.studies.appoint(team, lab.study.name, Named(cody.id, Role.CODER), now)
    assert (await reads(ana))[0] == f"New in the study: <@{cody.id}>, coder"


async def test_nobody_agrees_to_what_they_were_not_shown(world: World) -> None:
    """The text is the same; what is asked, and how often, is not."""
    lab, ana = await a_lab(world, world.person("olga")), world.person("ana")
    await joins(ana)
    before = lab.study.protocol
    await amend(lab, replace(before, digest="e" * 64, schedule=replace(before.schedule, per_day=2)))
    await reads(ana)
    await amend(lab, replace(before, digest="d" * 64, schedule=replace(before.schedule, per_day=4)))

    await submits(ana, {})

    assert (await lab.volunteer(ana)).version == 1
    assert (await reads(ana))[0] == f"Questions a day: {before.schedule.per_day} → 4"
