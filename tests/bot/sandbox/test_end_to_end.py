"""The real Bolt app over a real socket: commands, lines, buttons, selects."""

import asyncio
from typing import Any

from tests.bot.sandbox.conftest import Connected


def button(action_id: str, value: str, text: str = "Press") -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "value": value,
        "text": {"type": "plain_text", "text": text},
    }


async def test_a_command_is_answered_to_the_person_only(town: Connected) -> None:
    """slack-platform.md section 1: slash commands; the ack's text is seen by one person."""

    async def declare(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"got {command['text']} from {command['user_name']}")

    town.app.command("/incident")(declare)
    reply = await town.ana.command("/incident", "checkout is slow", town.general)
    assert reply.acked
    assert reply.text == "got checkout is slow from ana"
    assert [m.text for m in town.ana.ephemerals(town.general)] == [reply.text]
    assert town.bob.ephemerals(town.general) == []
    assert town.general.lines() == []


async def test_a_line_reaches_the_bot_and_its_answer_stands_in_the_thread(town: Connected) -> None:
    """slack-platform.md section 1: message events; chat.postMessage with thread_ts."""
    seen: list[dict[str, Any]] = []

    async def heard(event: dict[str, Any], client: Any) -> None:
        seen.append(event)
        await client.chat_postMessage(
            channel=event["channel"], text="noted", thread_ts=event["ts"], metadata=META
        )

    town.app.event("message")(heard)
    ts = await town.ana.says(town.general, "a < b & @bob, see https://example.com/x.")
    await town.sandbox.idle()
    assert len(seen) == 1
    bob = town.bob.id
    assert seen[0]["text"] == f"a &lt; b &amp; <@{bob}>, see <https://example.com/x>."
    assert seen[0]["channel_type"] == "channel"
    assert [m.text for m in town.general.thread(ts)][1:] == ["noted"]
    assert town.general.bot_line_count == 1
    assert town.general.human_line_count == 1


META = {"event_type": "outbox", "event_payload": {"id": "7"}}


async def test_a_button_can_replace_the_message_it_is_on(town: Connected) -> None:
    """slack-platform.md section 1: buttons, response_url with replace_original."""

    async def pressed(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"was {action['value']}", replace_original=True, blocks=[])

    town.app.action("choose")(pressed)
    blocks = [{"type": "actions", "elements": [button("choose", "a"), button("choose2", "b")]}]
    posted = await town.client.chat_postEphemeral(
        channel=town.general.id, user=town.ana.id, text="choose", blocks=blocks
    )
    (message,) = town.ana.ephemerals(town.general)
    assert message.ts == posted["message_ts"]
    reply = await town.ana.presses(message, "choose")
    assert reply.acked
    assert message.text == "was a"


async def test_events_are_sent_again_until_they_are_acknowledged(town: Connected) -> None:
    """slack-platform.md section 2: three retries with retry_attempt and retry_reason."""
    attempts: list[tuple[str, str]] = []

    async def heard(request: Any) -> None:
        number = request.headers["x-slack-retry-num"][0]
        attempts.append((number, request.headers["x-slack-retry-reason"][0]))
        if number != "2":
            raise ValueError("not yet")

    async def failed() -> Any:
        from slack_bolt.response import BoltResponse

        return BoltResponse(status=500)

    town.app.event("message")(heard)
    town.app.error(failed)
    town.sandbox.hub.ack_timeout = 0.03
    await town.ana.says(town.general, "hello")
    await town.sandbox.idle()
    assert attempts == [("0", ""), ("1", "timeout"), ("2", "timeout")]
    assert town.sandbox.deliveries[-1].acked
    await asyncio.sleep(0)
