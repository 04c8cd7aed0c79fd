"""Whether Slack takes us as we are: each way in which it does not, told apart, with its mend."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.findings import Finding, Level
from handlers.manifest import SCOPES
from handlers.slack import SEND_SECONDS, make_session

Json = dict[str, Any]
Now = Callable[[], datetime]

SKEW_SECONDS = 30
# Slack's signatures, and ours of its requests, are refused when they are older.
SIGNATURE_SECONDS = 300
API_URL = "PARALLAX_SLACK_API_URL"
AGAIN = "and install the app again"
_APP_ID = re.compile(r"^xapp-\d+-(A[A-Z0-9]+)-")

# What Slack says to a token it does not take, and what that means.
REFUSED = {
    "invalid_auth": ("Slack does not know it", "Is it whole, and of this workspace?"),
    "not_authed": ("Slack does not know it", "Is it whole, and of this workspace?"),
    "token_revoked": ("it was revoked", "Install the app again, and use the new token"),
    "token_expired": ("it has expired", "Install the app again, and use the new token"),
    "account_inactive": ("the app was taken out of the workspace", "Install it again"),
    "not_allowed_token_type": ("it is a token of another kind", "Are the two tokens swapped?"),
    "missing_scope": ("it lacks a scope", f"Give it the scope, {AGAIN}"),
    "ratelimited": ("Slack asks us to wait", "Try again in a minute"),
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Slack is asked with. app: empty in HTTP mode, which needs none."""

    bot: str
    app: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer. body: None if it is not JSON, or not an object."""

    status: int
    headers: Mapping[str, str]
    body: Json | None

    @property
    def is_slacks(self) -> bool:
        """Whether it speaks as the Web API does."""
        return self.body is not None and isinstance(self.body.get("ok"), bool)

    @property
    def error(self) -> str:
        """The code of a refusal; empty if there was none."""
        return "" if self.body and self.body.get("ok") else str((self.body or {}).get("error", ""))


class Unreachable(Exception):
    """Nobody answered; says why in a word."""


class Line:
    """Asks the Web API, and keeps what the SDK hides: headers, and answers that are no JSON."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self.api_url = api_url

    async def ask(self, method: str, token: str = "", **arguments: Any) -> Heard:
        """Call a method. Raises Unreachable."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in arguments.items()}
        try:
            async with (
                asyncio.timeout(SEND_SECONDS),
                self._session.post(self.api_url + method, headers=headers, data=form) as answer,
            ):
                text = await answer.text(errors="replace")
                return Heard(answer.status, answer.headers, _object(text))
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error


def _object(text: str) -> Json | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


async def of_slack(api_url: str, tokens: Tokens, now: Now) -> list[Finding]:
    """The address, the clock, the tokens, what they may do, and whether they are of one app."""
    async with make_session() as session:
        line = Line(session, api_url)
        try:
            heard = await line.ask("auth.test", tokens.bot)
        except Unreachable as error:
            mend = f"Is there a network? Is {API_URL} right?"
            return [Finding("address", Level.WRONG, f"{api_url}: {error}", mend)]
        if not heard.is_slacks:
            return [_not_slack(api_url, heard)]
        found = [Finding("address", Level.OK, f"Slack answers at {api_url}")]
        found += [of_clock(heard.headers.get("Date", ""), now()), _of_bot(heard)]
        if heard.body and not heard.error:
            found += of_scopes(heard.headers.get("x-oauth-scopes"))
        if tokens.app:
            found += await _of_app(line, tokens, heard)
        return found


def _not_slack(api_url: str, heard: Heard) -> Finding:
    what = "a web page" if "html" in heard.headers.get("Content-Type", "") else "something else"
    found = f"{api_url} answers with {what} (HTTP {heard.status}), not as Slack's Web API does"
    mend = f"{API_URL} is the Web API's address and ends in /api/; empty, it is Slack's own"
    return Finding("address", Level.WRONG, found, f"{mend}. Does a proxy stand between?")


def of_clock(date: str, now: datetime) -> Finding:
    """This machine's clock against Slack's, to the second."""
    try:
        apart = round((now - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):
        return Finding("clock", Level.NOTE, "not compared: the answer says no time")
    found = f"this machine's clock is {abs(apart)} s {'ahead' if apart > 0 else 'behind'}"
    mend = "Let a time service set it (chrony, systemd-timesyncd)"
    if abs(apart) > SIGNATURE_SECONDS:
        refused = f"{found}: Slack's requests count as forged, and times are wrong"
        return Finding("clock", Level.WRONG, refused, mend)
    if abs(apart) > SKEW_SECONDS:
        return Finding("clock", Level.WARNING, found, mend)
    return Finding("clock", Level.OK, f"within {SKEW_SECONDS} s of Slack's")


def _of_bot(heard: Heard) -> Finding:
    if heard.error:
        return _refused("bot token", heard.error)
    body = heard.body or {}
    return Finding(
        "bot token", Level.OK, f"accepted: {body.get('user', '')} in {body.get('team', '')}"
    )


def _refused(check: str, code: str) -> Finding:
    found, mend = REFUSED.get(code, ("Slack refused it", "Slack's page on that code says more"))
    return Finding(check, Level.WRONG, f"{found} ({code})", mend)


def of_scopes(header: str | None) -> list[Finding]:
    """What was granted against what is needed: each that is missing, with its reason."""
    if header is None:
        return [Finding("scopes", Level.NOTE, "not compared: the answer does not name them")]
    granted = {each.strip() for each in header.split(",")} - {""}
    found = [_missing(scope) for scope in SCOPES if scope not in granted]
    if not found:
        found.append(Finding("scopes", Level.OK, f"all {len(SCOPES)} are granted"))
    if more := sorted(granted - SCOPES.keys()):
        told = f"granted, and not used: {', '.join(more)}"
        found.append(Finding("scopes", Level.NOTE, told))
    return found


def _missing(scope: str) -> Finding:
    mend = f"Add the line `- {scope}` to the app's manifest, under scopes, bot, {AGAIN}"
    return Finding("scopes", Level.WRONG, f"{scope} is missing: {SCOPES[scope]}", mend)


async def _of_app(line: Line, tokens: Tokens, bot: Heard) -> list[Finding]:
    try:
        heard = await line.ask("apps.connections.open", tokens.app)
        if heard.error == "missing_scope":
            mend = "Generate another at Basic Information, App-Level Tokens, with that scope"
            return [Finding("app token", Level.WRONG, "it lacks connections:write", mend)]
        if heard.error or not heard.is_slacks:
            return [_refused("app token", heard.error or f"http_{heard.status}")]
        accepted = Finding("app token", Level.OK, "accepted: a socket can be opened")
        return [accepted, *([] if bot.error else [await _same_app(line, tokens, bot)])]
    except Unreachable as error:
        return [Finding("app token", Level.WRONG, f"not tried: {error}", "Try again")]


async def _same_app(line: Line, tokens: Tokens, bot: Heard) -> Finding:
    """The app token has its app's id in it; the bot's is known by its bot."""
    told = _APP_ID.match(tokens.app)
    heard = await line.ask("bots.info", tokens.bot, bot=str((bot.body or {}).get("bot_id", "")))
    theirs = str(((heard.body or {}).get("bot") or {}).get("app_id", ""))
    if told is None or not theirs:
        return Finding("one app", Level.NOTE, "not compared: the app's id is not told here")
    if told.group(1) == theirs:
        return Finding("one app", Level.OK, f"both tokens are of {theirs}")
    found = f"the bot token is of {theirs}, the app token of {told.group(1)}"
    return Finding("one app", Level.WRONG, found, "Take both from the same app's page")
