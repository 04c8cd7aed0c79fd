"""What volunteers see of exports: who was allowed to make one, who did, and the files' hash."""

import hashlib
from pathlib import Path

from bot.sample_export import export
from bot.sampling.export_bundle import SUMS
from tests.journeys.stage import Human, World
from tests.journeys.studying import presses_in_form, screen
from tests.journeys.test_sampling_review import a_reviewed_lab, opens_study


async def opens_home(human: Human) -> str:
    await human.person.opens_home()
    await human.world.settles()
    return human.world.home(human)


class TestExported:
    async def test_its_hash_is_on_every_volunteers_home_and_whole_in_what_they_gave(
        self, world: World, tmp_path: Path
    ) -> None:
        analyst = world.person("anna")
        lab, volunteers = await a_reviewed_lab(world, analyst=analyst)
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Let an analyst export", analyst.id)
        made = await export(world.bot, lab.study.name, tmp_path / "out", world.clock.now())
        digest = hashlib.sha256((made.folder / SUMS).read_bytes()).hexdigest()

        for each in volunteers:
            home = await opens_home(each)
            assert f"<@{lab.owner.id}> let <@{analyst.id}> export the study for an hour" in home
            assert f" ({(await lab.volunteer(each)).hours.zone})\n" in home
            told = f"<@{analyst.id}> exported your answers, 2026-11-20: sha256"
            assert f"{told} `{digest[:12]}…`" in home
            await each.commands("/sampling mine")
            assert f"{told} `{digest}`" in screen(each)
        stranger = world.person("sam")
        assert digest[:12] not in await opens_home(stranger)

    async def test_it_stays_there_for_who_has_left(self, world: World, tmp_path: Path) -> None:
        analyst = world.person("anna")
        lab, volunteers = await a_reviewed_lab(world, analyst=analyst)
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Let an analyst export", analyst.id)
        gone = volunteers[0]
        await gone.commands("/sampling leave")
        await gone.presses("Leave, keep what I gave")
        made = await export(world.bot, lab.study.name, tmp_path / "out", world.clock.now())

        assert f"`{made.digest[:12]}…`" in await opens_home(gone)

    async def test_before_any_there_is_nothing_to_see(self, world: World) -> None:
        analyst = world.person("anna")
        _, volunteers = await a_reviewed_lab(world, analyst=analyst)

        assert "what left of your answers" not in await opens_home(volunteers[0])
