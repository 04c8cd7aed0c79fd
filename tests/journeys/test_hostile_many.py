"""A small run of the hostile inputs; `python -m tests.hostile` runs ten thousand."""

from tests.hostile import attack
from tests.journeys.stage import World


async def test_hostile_input_over_every_entry_point(world: World) -> None:
    people = (world.person("alice"), world.person("bob"), world.person("gus", guest=True))
    run = await attack(world, people, inputs=250, seed=7)
    assert run.sent == 250
    assert run.refused > 5
