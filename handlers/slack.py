"""The one way out to Slack: calls with timeouts and no hidden retries, failures as SendFailed.

slack_sdk's own clients send a request again when the line drops after it was taken, which posts a
message twice; ours have no retry handlers. Trying again is the ledger's business.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SendFailed

SEND_SECONDS = 10
# What somebody waits for has to fit into Slack's three seconds together with the commit.
ANSWER_SECONDS = 1
WAIT_SECONDS = 30.0
OK = 200
CLIENT_ERROR = 400
SERVER_ERROR = 500
TOO_MANY = 429

# Errors that the next try may not meet; every other code is a refusal for good.
PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
    }
)
MAYBE_DONE = frozenset({"internal_error", "fatal_error", "request_timeout"})


class Slack:
    """Calls Slack's Web API for the workspaces whose tokens we hold."""

    def __init__(
        self, api_url: str, token_of: Callable[[str], str], session: aiohttp.ClientSession
    ) -> None:
        self._token_of = token_of
        self._session = session
        self._client = AsyncWebClient(base_url=api_url, session=session, retry_handlers=[])

    async def call(
        self, workspace: str, method: str, *, quick: bool = False, **arguments: Any
    ) -> dict[str, Any]:
        """Call a method that takes JSON. Raises SendFailed."""
        return await self._call(workspace, method, quick=quick, json=arguments)

    async def ask(
        self, workspace: str, method: str, *, quick: bool = False, **arguments: Any
    ) -> dict[str, Any]:
        """Call a method that reads, whose arguments go into the query. Raises SendFailed."""
        return await self._call(workspace, method, quick=quick, http_verb="GET", params=arguments)

    async def respond(self, response_url: str, body: dict[str, Any]) -> None:
        """Answer a button or a command by its response_url. Raises SendFailed."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with self._session.post(response_url, json=body, timeout=timeout) as response:
                if response.status != OK:
                    raise SendFailed(f"response_url_{response.status}", permanent=True)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise SendFailed("response_url_unreachable", ambiguous=True) from error

    async def _call(
        self, workspace: str, method: str, *, quick: bool, **how: Any
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token_of(workspace)}"}
        try:
            # The SDK's own timeout does nothing where it is given a session.
            async with asyncio.timeout(ANSWER_SECONDS if quick else SEND_SECONDS):
                response = await self._client.api_call(method, headers=headers, **how)
        except SlackApiError as error:
            raise _refused(error) from error
        except aiohttp.ClientConnectorError as error:
            raise SendFailed("unreachable") from error
        except (TimeoutError, aiohttp.ClientError, SlackClientError) as error:
            raise SendFailed(type(error).__name__, ambiguous=True) from error
        return dict(response.data) if isinstance(response.data, dict) else {}


def _refused(error: SlackApiError) -> SendFailed:
    response = error.response
    # A body that is not JSON comes with aiohttp's response instead of the SDK's.
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", OK)
    data = getattr(response, "data", None)
    told = data.get("error", "") if isinstance(data, dict) else ""
    code = str(told or f"http_{status}")
    if status == TOO_MANY or code in {"ratelimited", "rate_limited"}:
        return SendFailed(code, retry_after=_wait(getattr(response, "headers", {})))
    # No word from Slack itself: something between us garbled or hid what it did.
    if status >= SERVER_ERROR or (not told and status < CLIENT_ERROR):
        return SendFailed(code, ambiguous=True)
    return SendFailed(code, permanent=code not in PASSING, ambiguous=code in MAYBE_DONE)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds to wait; HTTP also allows a date there, which Slack does not send."""
    told = headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else WAIT_SECONDS


def make_session() -> aiohttp.ClientSession:
    """One session for every call, so that connections are kept; it ignores the environment."""
    timeout = aiohttp.ClientTimeout(total=SEND_SECONDS)
    return aiohttp.ClientSession(trust_env=False, timeout=timeout)
