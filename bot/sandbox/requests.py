"""HTTP mode: payloads go to the app's request URL, signed, and are answered by its 200.

Signatures carry the machine's own time, for that is what a receiver compares them with.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.acks import Ack, Retry
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_OK = 200


def signature(secret: str, timestamp: str, body: str) -> str:
    """What X-Slack-Signature says of a body sent at `timestamp` (Unix seconds)."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class RequestUrl:
    """Where the app wants its commands, interactions and events, and the secret to sign them."""

    def __init__(self, url: str, secret: str, wall: Callable[[], datetime]) -> None:
        self.url = url
        self._secret = secret
        self._wall = wall
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Keep no line open."""
        await self._session.close()

    async def verify(self, challenge: str, within: float) -> None:
        """Ask the app to repeat `challenge`; raises CannotAct if it does not."""
        body = {"type": "url_verification", "token": "verification-token", "challenge": challenge}
        ack = await self.send("events_api", body, Retry(), within)
        said = (ack.payload.get("challenge"), str(ack.payload.get("text", "")).strip())
        if not ack.in_time or challenge not in said:
            raise CannotAct(f"{self.url} did not answer the challenge: {ack.why or said}")

    async def send(self, kind: str, payload: JSON, retry: Retry, within: float) -> Ack:
        """One signed request; anything but a 200 in `within` seconds is a failure."""
        body, content_type = _written(kind, payload)
        headers = self._headers(body, retry) | {"Content-Type": content_type}
        try:
            async with (
                asyncio.timeout(within),
                self._session.post(
                    self.url, data=body.encode(), headers=headers, allow_redirects=False
                ) as answer,
            ):
                text = await answer.text()
        except TimeoutError:
            return Ack(in_time=False, why="http_timeout")
        except aiohttp.ClientError:
            return Ack(in_time=False, why="connection_failed")
        if answer.status != _OK:
            unwanted = answer.headers.get("x-slack-no-retry") == "1"
            return Ack(in_time=False, why="http_error", no_retry=unwanted)
        return Ack(in_time=True, payload=_said(answer.content_type, text))

    def _headers(self, body: str, retry: Retry) -> dict[str, str]:
        timestamp = str(int(self._wall().timestamp()))
        headers = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }
        if retry.attempt:
            headers["X-Slack-Retry-Num"] = str(retry.attempt)
            headers["X-Slack-Retry-Reason"] = retry.reason
        return headers


def _written(kind: str, payload: JSON) -> tuple[str, str]:
    """The body as Slack writes it, and its content type: only events are JSON."""
    if kind == "events_api":
        return json.dumps(payload), _JSON
    if kind == "slash_commands":
        return urlencode(payload), _FORM
    return urlencode({"payload": json.dumps(payload)}), _FORM


def _said(content_type: str, text: str) -> JSON:
    """The app's answer: an object, or words."""
    if content_type == _JSON:
        try:
            body = json.loads(text or "{}")
        except ValueError:
            return {"text": text}
        return body if isinstance(body, dict) else {"text": text}
    return {"text": text} if text else {}
