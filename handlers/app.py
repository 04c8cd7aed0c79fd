"""The Bolt app: one event loop, the reply after the commit, authorised from what we know."""

from typing import Any

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.model import Workspace
from handlers.slack import Slack


def make_app(
    token: str, api_url: str, session: aiohttp.ClientSession, workspace: Workspace
) -> AsyncApp:
    """An app for one workspace, by its token.

    The reply waits for the listener (`process_before_response`), so that what is acknowledged is
    committed. Authorising asks nobody: a failing auth.test would acknowledge and drop the event.
    """

    async def authorize(team_id: str | None) -> Any:
        if team_id is not None and team_id != workspace.id:
            return None  # not installed there
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.id,
            bot_token=token,
            bot_user_id=workspace.bot_user,
        )

    return AsyncApp(
        name="parallax",
        process_before_response=True,
        authorize=authorize,
        signing_secret="",
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        client=AsyncWebClient(base_url=api_url, session=session, retry_handlers=[]),
    )


async def who_am_i(slack: Slack) -> tuple[str, str, str]:
    """The team our token belongs to: its id, its name, and our user there. Raises SendFailed."""
    answer = await slack.ask("", "auth.test")
    return str(answer["team_id"]), str(answer.get("team", "")), str(answer["user_id"])
