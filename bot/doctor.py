"""Everything that must be right before it runs, looked at one by one; nothing is changed."""

import asyncio
from dataclasses import dataclass

from bot.clock import Clock, Draws
from bot.config import Mode, Settings
from bot.findings import Finding, Level
from bot.starting import missing
from handlers.checks import Tokens, of_slack
from handlers.live_checks import live
from handlers.manifest_checks import of_manifest
from handlers.opening import own_api_url
from storage.checks import of_database, of_studies


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look at besides. live_user: who gets a message; manifest: the app's, as text."""

    live_user: str = ""
    manifest: str = ""


async def examine(settings: Settings, asked: Asked, clock: Clock, draws: Draws) -> list[Finding]:
    """All findings, in the order in which to mend them."""
    over_http = settings.mode is Mode.HTTP
    found = [*_settings(settings), *await _slack(settings, asked, clock, draws)]
    if asked.manifest:
        prefix = settings.command_prefix
        found += of_manifest(asked.manifest, prefix, over_http=over_http)
    else:
        found.append(_not_compared(settings))
    database = asyncio.to_thread(of_database, settings.database_url, clock.now())
    found += await database
    return found + (await _studies(settings) if is_well(found) else [])


async def _studies(settings: Settings) -> list[Finding]:
    """Nothing where the database itself is to be mended first."""
    return await asyncio.to_thread(of_studies, settings.database_url, settings.sealing_key)


def is_well(found: list[Finding]) -> bool:
    """Whether it can run."""
    return all(each.level is not Level.WRONG for each in found)


def _settings(settings: Settings) -> list[Finding]:
    found = [_split("settings", each) for each in missing(settings)]
    return found or [Finding("settings", Level.OK, "all that this mode needs is set")]


def _split(check: str, told: str) -> Finding:
    """A refusal to start says what is wrong first, and then where to get it right."""
    found, _, mend = told.partition(". ")
    return Finding(check, Level.WRONG, found, mend.rstrip("."))


async def _slack(settings: Settings, asked: Asked, clock: Clock, draws: Draws) -> list[Finding]:
    if missing(settings):
        return [Finding("Slack", Level.NOTE, "not asked, as long as a token is not right")]
    api_url = settings.slack_api_url or own_api_url()
    bot = settings.bot_token.get_secret_value()
    app = settings.app_token.get_secret_value() if settings.mode is Mode.SOCKET else ""
    found = await of_slack(api_url, Tokens(bot, app), clock.now)
    if asked.live_user and is_well(found):
        found += await live(api_url, bot, asked.live_user, draws.token())
    return found


def _not_compared(settings: Settings) -> Finding:
    """Slack tells a bot neither its commands nor its events."""
    shown = f" --prefix {settings.command_prefix.rstrip('-')}" if settings.command_prefix else ""
    found = (
        f"not compared: commands are expected to be like /{settings.command_prefix}incident;"
        f" --manifest FILE compares the app's with `parallax manifest{shown}`"
    )
    return Finding("manifest", Level.NOTE, found)
