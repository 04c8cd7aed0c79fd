"""A person acts, the app answers on its socket: what the rules about both have in common."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tests.conformance.driver import People, Shown
from tests.conformance.limits import field, modal, plain
from tests.conformance.wire import Json, Slack, Socket

FORM = modal(*field(block_id="why"), submit=plain("Send"), callback_id="form")


async def answered(
    socket: Socket, act: Coroutine[Any, Any, Shown], kind: str, ack: Json | None = None
) -> tuple[Json, Shown]:
    """The payload of an act, and what the person saw after it was acknowledged."""
    acting = asyncio.create_task(act)
    envelope = await socket.payload(kind)
    await socket.ack(envelope, ack)
    return dict(envelope["payload"]), await acting


async def trigger_of(socket: Socket, people: People) -> str:
    """The trigger_id of a command that was acknowledged."""
    payload, _shown = await answered(socket, people.command("x"), "slash_commands")
    return str(payload["trigger_id"])


async def opened(slack: Slack, socket: Socket, people: People, view: Json = FORM) -> Json:
    """A modal on the person's screen."""
    trigger = await trigger_of(socket, people)
    answer = await slack.call("views.open", trigger_id=trigger, view=view)
    return dict(answer.get("view") or {})


async def submitted(socket: Socket, people: People, ack: Json | None = None) -> Shown:
    """The modal is filled and submitted, and the app answers."""
    act = people.submits({"why": "because"})
    _payload, shown = await answered(socket, act, "interactive", ack)
    return shown


async def next_event(socket: Socket, kind: str) -> Json:
    """The next event of this type, acknowledged."""
    envelope = await socket.event(kind)
    await socket.ack(envelope)
    return dict(envelope["payload"]["event"])
