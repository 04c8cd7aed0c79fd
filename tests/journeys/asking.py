"""What the journeys of questions share: a workspace that asks in the channel, and its cards."""

from bot.incidents.nudges_model import Nudge
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World, buttons, read

TITLE = "Replication to db2 has stopped"
REBUILD = "thread: rebuild db2"
NO_ALARM = "A question, not an alarm"


async def asks(world: World, where: str = "channel") -> None:
    """Have questions go there, as an admin does."""
    boss = world.person("boss", admin=True)
    await boss.commands(f"/incident settings: nudges {where}", world.lobby)


def cards(world: World) -> list[Message]:
    """The questions in the channel that may still be answered."""
    return [each for each in world.channel.lines() if read(each).startswith(NO_ALARM)]


def card(world: World) -> Message:
    """The one that stands."""
    found = cards(world)
    assert len(found) == 1, [read(each) for each in world.channel.lines() if each.bot_id]
    return found[0]


def became(world: World) -> list[str]:
    """What earlier questions in the channel have become."""
    return [each for each in world.channel_lines() if each.startswith("Asked ")]


def direct(human: Human) -> Message:
    """The newest direct message of the bot."""
    assert human.person.dm is not None, f"nothing was written to {human.person.name}"
    return [each for each in human.person.dm.lines() if each.bot_id][-1]


async def asked(world: World) -> tuple[Nudge, ...]:
    """Every question there was, as it is kept."""
    incident = (await world.record()).incident
    return await world.bot.db.read(lambda tx: tx.nudges.nudges(incident))


async def picks(human: Human, message: Message, menu: str, label: str) -> str:
    """Choose from a menu of a message; what comes back."""
    reply = await human.person.selects(message, menu, label)
    assert reply.acked, f"{label} was not answered"
    await human.world.settles()
    return human.told()


def offered(message: Message, menu: str) -> list[str]:
    """What a menu of a message offers."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    found = [e for row in rows for e in row["elements"] if e["action_id"] == menu]
    assert found, buttons(message)
    return [each["text"]["text"] for each in found[0]["options"]]


async def one_thread_alone(world: World, *people: Human) -> Message:
    """Somebody declares, opens a thread, and ten minutes later a card asks about it."""
    await people[0].declares(TITLE)
    for each in people[1:]:
        await each.comes()
    await people[0].says(REBUILD)
    await world.passes(minutes=11)
    return card(world)
