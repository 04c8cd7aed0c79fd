"""Whether Slack takes our tokens, asked once before the bot starts."""

import re

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SendFailed
from handlers.slack import Slack, make_session

BOT, APP = "bot", "app"
# Any of their methods that needs no scope of its own.
_TRIED = {BOT: "auth.test", APP: "apps.connections.open"}
_APP_ID = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
OTHER_APP = "of_another_app"


def own_api_url() -> str:
    """Where Slack's Web API is, as its SDK knows."""
    return AsyncWebClient.BASE_URL


async def refusals(api_url: str, tokens: dict[str, str]) -> dict[str, SendFailed]:
    """What Slack said to each kind of token it did not take; nothing where it took it."""
    refused = {}
    async with make_session() as session:
        for kind, token in tokens.items():
            try:
                await _with(token, api_url, session).call("", _TRIED[kind])
            except SendFailed as failure:
                refused[kind] = failure
        if not refused and APP in tokens and await _differ(api_url, session, tokens):
            refused[APP] = SendFailed(OTHER_APP, permanent=True)
    return refused


def _with(token: str, api_url: str, session: aiohttp.ClientSession) -> Slack:
    return Slack(api_url, lambda _workspace: token, session)


async def _differ(api_url: str, session: aiohttp.ClientSession, tokens: dict[str, str]) -> bool:
    """Whether the app token names another app than the bot's. Slack would take both, and the bot
    would hear nothing for ever."""
    named = _APP_ID.match(tokens[APP])
    if named is None:
        return False
    slack = _with(tokens[BOT], api_url, session)
    try:
        me = await slack.ask("", "auth.test")
        bot = (await slack.ask("", "bots.info", bot=me["bot_id"]))["bot"]
    except (SendFailed, KeyError):
        return False  # not to be found out in this way: no reason to refuse
    return bool(bot.get("app_id", named[1]) != named[1])
