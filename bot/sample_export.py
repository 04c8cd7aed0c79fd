"""What the analyst of the demo does at her command line: `parallax export study`, at the time it is
there, which is not the machine's."""

from datetime import datetime
from pathlib import Path

from bot.clock import SystemDraws
from bot.compose import Bot
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Made, Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.exporting import Exporting
from storage.tx import Tx

SOFTWARE = "(the demo)"


async def export(bot: Bot, name: str, folder: Path, now: datetime) -> Made:
    """Write the study's files into a folder to be made. Raises Refusal where nobody granted it."""
    service, wanted = Exporting[Tx](bot.db, SystemDraws()), Wanted(Bundle.ANALYST, Format.CSV)
    allowed = await service.allowed(bot.workspace.id, name, now)
    told = await service.told(allowed, SOFTWARE, now)
    with Writing(folder, wanted, allowed.versions) as writing:
        for event in told.events:
            writing.event(event)
        async for one in service.people(allowed):
            writing.add(one, now)
        made = writing.finish(told.about)
        await service.record(allowed, made, wanted, now)
        writing.keep()
    return made
