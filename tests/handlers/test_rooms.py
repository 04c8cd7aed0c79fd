"""Who listens first is a matter of speed, so it must not be one of meaning."""

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers import ROOMS
from handlers.services import Services

SUBTYPES = (
    None, "thread_broadcast", "file_share", "message_changed", "message_deleted", "bot_message",
    "channel_convert_to_private", "channel_join", "me_message",
)  # fmt: skip
EVENTS = ("app_home_opened", "reaction_added", "member_joined_channel", "user_change", "team_join")


class Nothing:
    """Services that no listener gets as far as to ask."""

    prefix = ""

    def command(self, name: str) -> str:
        return f"/{name}"


def event(kind: str, subtype: str | None = None) -> dict[str, Any]:
    told = {"type": kind} | ({"subtype": subtype} if subtype else {})
    return {"type": "event_callback", "event": told}


PAYLOADS = {
    **{f"message {each}": event("message", each) for each in SUBTYPES},
    **{each: event(each) for each in EVENTS},
    **{each: {"command": each} for each in ("/incident", "/thread", "/log")},
}


def listeners() -> list[AsyncListener]:
    app = AsyncApp(token="xoxb-1", signing_secret="x", request_verification_enabled=False)
    services: Services = Nothing()  # type: ignore[assignment]
    for room in ROOMS:
        room.register(app, services)
    return app._async_listeners  # noqa: SLF001 - Bolt has no other list of them


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
async def test_a_payload_has_one_listener_at_most(payload: dict[str, Any]) -> None:
    request = AsyncBoltRequest(mode="socket_mode", body=payload)
    response = BoltResponse(status=200)

    heard = [each for each in listeners() if await each.async_matches(req=request, resp=response)]

    assert len(heard) <= 1


async def test_a_line_is_heard_by_whoever_is_asked_first() -> None:
    request = AsyncBoltRequest(mode="socket_mode", body=event("message"))

    first = listeners()[0]

    assert await first.async_matches(req=request, resp=BoltResponse(status=200))
