"""A study in a world: locked, started, joined; and what volunteers do, in words of the domain."""

from dataclasses import dataclass, replace
from typing import Any

from bot.clock import SystemDraws
from bot.sampling.calendar import read_ahead
from bot.sampling.model import Legal, Prompt, Role, Study, Volunteer
from bot.sampling.protocol import default_study
from bot.sampling.studies import Named, Studies
from bot.sandbox.state import Message
from storage.tx import Tx
from tests.journeys.stage import Human, World, buttons, read, words

LEGAL = Legal(
    controller="Acme Ltd",
    operator="The platform team",
    contact="privacy@acme.example",
    support="people@acme.example",
    legal_basis="legitimate interest",
    notice_url="https://acme.example/notice",
    delete_on="2027-12-31",
    employee_representatives="asked",
)
HOURS = "09:00-17:00"

# What a process loads once, while somebody reads the consent text; here nobody reads.
read_ahead()


@dataclass
class Lab:
    """A study that runs, and its owner."""

    world: World
    studies: Studies[Tx]
    study: Study
    owner: Human

    async def volunteer(self, human: Human) -> Volunteer:
        found = await self.world.bot.db.read(
            lambda tx: tx.volunteers.of(self.study.workspace, human.id)
        )
        assert found is not None
        return found

    async def prompts(self, human: Human) -> tuple[Prompt, ...]:
        """Theirs, in the order in which they were planned."""
        me = await self.volunteer(human)
        return await self.world.bot.db.read(
            lambda tx: tx.prompts.prompts(self.study, pseudonym=me.pseudonym)
        )

    async def answers(self, prompt: Prompt) -> dict[str, str]:
        found = await self.world.bot.db.read(lambda tx: tx.prompts.answers([prompt.id]))
        return {each.item: each.value for each in found}


async def a_lab(world: World, owner: Human, **others: Human) -> Lab:
    """The default study, locked and started. others: by what they are: coder, reader, analyst."""
    for each in (owner, *others.values()):  # the bot knows whom it has met
        await each.commands("/sampling help")
    studies = Studies[Tx](world.bot.db, SystemDraws())
    protocol = replace(default_study(), legal=LEGAL)
    team = world.bot.workspace.id
    named = [Named(owner.id, Role.OWNER)]
    named += [Named(who.id, Role(what.rstrip("0123456789"))) for what, who in others.items()]
    locked = await studies.lock(team, protocol, named, world.clock.now())
    await studies.start(team, locked.name, world.clock.now())
    return Lab(world, studies, locked, owner)


async def joins(human: Human, hours: str = HOURS, country: str = "", **more: Any) -> str:
    """Read, agree, and submit; what the form says then."""
    await human.commands("/sampling join")
    place = {"country": country} if country else {}
    assert await submits(human, {"hours": hours, **place, **more}) == {}
    return screen(human)


async def reports(human: Human, text: str) -> None:
    """A report of one's own, with words in it."""
    await human.commands("/sampling now")
    await human.presses("Badly stuck")
    assert await submits(human, {"stuck_text": text}) == {}


async def presses_in_form(human: Human, label: str, value: str = "") -> None:
    """Press what stands in the form on the screen: a button by its label, or choose a person."""
    view = human.person.modal
    assert view is not None, "no form is open"
    rows = [each for each in view.blocks if each["type"] == "actions"]
    pressable = [e for row in rows for e in row["elements"]]
    pressable += [each["accessory"] for each in view.blocks if "accessory" in each]
    found = [e for e in pressable if label in (e.get("text", e.get("placeholder"))["text"])]
    assert found, f"no {label!r} on {screen(human)}"
    action = found[0]["action_id"]
    if value:
        reply = await human.person.selects(view, action, value)
    else:
        reply = await human.person.presses(view, action, value=found[0].get("value"))
    assert reply.acked, reply.failure
    await human.world.settles()


async def submits(human: Human, values: dict[str, Any]) -> dict[str, str]:
    """Fill in the form on the screen; what is wrong with it, if anything."""
    assert human.person.modal is not None, "no form is open"
    reply = await human.person.submits(human.person.modal, values)
    assert reply.acked or reply.errors, reply.failure
    await human.world.settles()
    return reply.errors


def screen(human: Human) -> str:
    """The form on the screen, as they read it."""
    return words(human.person.modal.blocks) if human.person.modal else ""


def asked(human: Human) -> list[Message]:
    """The prompts in their direct messages, as they stand now."""
    lines = human.person.dm.lines() if human.person.dm else []
    return [each for each in lines if each.bot_id]


def offers(message: Message) -> list[str]:
    """What stands on its buttons."""
    return [label for label, _ in buttons(message)]


def said(message: Message) -> str:
    return read(message)
