"""The real Bolt app over a real socket: the shortest way through everything."""

from typing import Any

from tests.bot.sandbox.conftest import Connected, button

META = {"event_type": "outbox", "event_payload": {"id": "7"}}


async def test_a_command_is_answered_to_the_person_only(town: Connected) -> None:
    """slack-platform.md section 1: slash commands; the ack's text is seen by one person."""

    async def declare(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"got {command['text']} from {command['user_name']}")

    town.app.command("/incident")(declare)
    reply = await town.ana.command("/incident", "checkout is slow", town.general)
    assert reply.acked
    assert reply.text == "got checkout is slow from ana"
    assert [m.text for m in town.ana.ephemerals(town.general)] == [reply.text]
    assert reply.ephemerals == [reply.message]
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


async def test_a_button_can_replace_the_message_it_is_on(town: Connected) -> None:
    """slack-platform.md section 1: buttons, response_url with replace_original."""

    async def pressed(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"was {action['value']}", replace_original=True)

    town.app.action("choose")(pressed)
    blocks = [{"type": "actions", "elements": [button("choose", "a"), button("other", "b")]}]
    posted = await town.client.chat_postEphemeral(
        channel=town.general.id, user=town.ana.id, text="choose", blocks=blocks
    )
    (message,) = town.ana.ephemerals(town.general)
    assert message.ts == posted["message_ts"]
    reply = await town.ana.presses(message, "choose")
    assert reply.acked
    assert (message.text, message.blocks) == ("was a", [])


async def test_a_declaration_from_command_to_channel(town: Connected) -> None:
    """DESIGN section 3: create, invite, topic, post, pin, bookmark, as one saga of steps."""

    async def declare(ack: Any, body: dict[str, Any], client: Any) -> None:
        channel = (await client.conversations_create(name="inc-0001-checkout"))["channel"]["id"]
        await client.conversations_invite(channel=channel, users=[body["user_id"]])
        await client.conversations_setTopic(channel=channel, topic="checkout is slow")
        posted = await client.chat_postMessage(channel=channel, text="board")
        await client.pins_add(channel=channel, timestamp=posted["ts"])
        await client.bookmarks_add(
            channel_id=channel, title="Board", type="link", link="https://example.com"
        )
        await client.reactions_add(channel=channel, timestamp=posted["ts"], name="eyes")
        await ack(f"see <#{channel}>")

    town.app.command("/incident")(declare)
    reply = await town.ana.command("/incident", "declare", town.general)
    assert reply.text.startswith("see <#C")
    channel = town.sandbox.channel("inc-0001-checkout")
    assert channel.members == [town.sandbox.bot_user_id, town.ana.id]
    assert channel.topic == "checkout is slow"
    (board,) = channel.lines()
    assert [pin.ts for pin in channel.pins] == [board.ts]
    assert [r.name for r in board.reactions] == ["eyes"]
    assert [b.title for b in channel.bookmarks] == ["Board"]
    assert [c.method for c in town.sandbox.calls[-7:]] == [
        "conversations.create",
        "conversations.invite",
        "conversations.setTopic",
        "chat.postMessage",
        "pins.add",
        "bookmarks.add",
        "reactions.add",
    ]
    assert all(c.response_ok and "token" not in c.args for c in town.sandbox.calls)
