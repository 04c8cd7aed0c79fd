"""Who may do what: guests, people of another organisation, and everybody else."""

import pytest

from bot.incidents.model import Kind
from tests.journeys.stage import Human, World

TITLE = "Checkout is slow"


@pytest.fixture
async def gus(world: World, alice: Human) -> Human:
    """A guest, let into an incident's channel."""
    await alice.declares(TITLE)
    return await _let_in(world, alice, world.person("gus", guest=True))


@pytest.fixture
async def eve(world: World, alice: Human) -> Human:
    """Somebody of another organisation, let into an incident's channel."""
    await alice.declares(TITLE)
    return await _let_in(world, alice, world.person("eve", team="T0OTHER"))


async def _let_in(world: World, host: Human, who: Human) -> Human:
    await host.person.invites(world.channel, who.person)
    await world.settles()
    return who


@pytest.mark.anywhere
async def test_a_guest_records_and_ends_their_own(world: World, alice: Human, gus: Human) -> None:
    await gus.says("thread: full disk on db1")
    await alice.says("thread: rollback of 4412?")
    await gus.says("seeing: p99 at 9 s")
    await gus.says("not it: df says 40 %", in_thread=1)
    assert not (await world.thread(1)).is_open
    await gus.says("not it: it is the network", in_thread=2)
    assert "Guests can record and end their own threads here, and no more." in gus.told()
    assert "> not it: it is the network" in gus.told()
    assert (await world.thread(2)).is_open
    assert await world.texts(Kind.SEEING) == ["p99 at 9 s"]


async def test_a_guest_does_not_steer(world: World, gus: Human) -> None:
    before = await world.record()
    for verb in ("another one", "here", "severity critical", "command", "resolve: done", "update"):
        assert "Guests can record" in await gus.commands(f"/incident {verb}")
    assert await world.record() == before


async def test_another_organisation_sees_and_no_more(world: World, eve: Human) -> None:
    before = await world.record()
    for line in ("thread: full disk", "note: hello", "not it: no"):
        await eve.says(line)
        assert "People of another organisation can see the board here" in eve.told()
        assert f"> {line}" in eve.told()
    board = world.board_message()
    await eve.person.selects(board, "take", "Look at: rollback")
    await world.settles()
    assert "People of another organisation" in eve.told()
    assert await world.record() == before


async def test_somebody_who_has_left_is_nobody(world: World, alice: Human, bob: Human) -> None:
    """Their last line comes late, when the directory knows already that they are gone."""
    await alice.declares(TITLE)
    message = await bob.says("hello")
    await bob.person.goes()
    await world.settles()
    world.sandbox.world.post(world.channel, bob.id, "note: from beyond")
    world.excuses("chat.postEphemeral", "user_not_in_channel")
    await world.settles()
    assert await world.texts(Kind.NOTE) == []
    assert message.reactions == []


async def test_a_guest_knows_of_the_channels_they_are_in(
    world: World, alice: Human, bob: Human
) -> None:
    """Not by list, by a refusal that offers incidents, by finding, or on their own tab."""
    await bob.declares("Keys of a customer leaked")
    await alice.declares(TITLE)
    vera = await _let_in(world, alice, world.person("vera", guest=True))
    for line in ("/incident", "/incident list", "/incident find: leaked", "/thread keys leaked"):
        await vera.commands(line, world.lobby)
    await vera.commands("/incident Keys of a customer leaked", world.lobby)
    await vera.person.opens_home()
    await world.settles()
    told = [*vera.sees_privately(), world.home(vera), *(label for label, _ in vera.buttons())]
    assert not any("Keys of a customer" in each for each in _ours(told))
    for person in (alice, bob):
        assert "Keys of a customer" in await person.commands("/incident", world.lobby)


def _ours(told: list[str]) -> list[str]:
    """What we said, without what they typed and were given back."""
    lines = [line for each in told for line in each.splitlines()]
    return [line for line in lines if not line.startswith("> ")]


async def test_a_guest_is_offered_the_incident_they_are_in(world: World, gus: Human) -> None:
    assert TITLE in await gus.commands("/incident", world.lobby)
    await gus.commands("/log page is up", world.lobby)
    assert gus.offered() == [f"1 · {TITLE}"]
