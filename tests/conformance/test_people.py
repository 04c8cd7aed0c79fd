"""What people do and see: acks, addresses to answer at, shortcuts, and the events of a channel."""

import asyncio
from typing import Any

import pytest

from bot.clock import SystemClock
from tests.conformance import sources
from tests.conformance.acts import answered, next_event
from tests.conformance.driver import Operator, People
from tests.conformance.limits import actions, button
from tests.conformance.rules import expect, expect_out, rule
from tests.conformance.wire import Json, Slack


async def response(slack: Slack, url: str, body: Json) -> int:
    """The status with which a response_url is answered."""
    async with slack.session.post(url, json=body) as reply:
        return reply.status


async def address(slack: Slack, people: People) -> str:
    """The response_url of a command that was acknowledged."""
    async with slack.socket() as socket:
        payload, _shown = await answered(socket, people.command("x"), "slash_commands")
        return str(payload["response_url"])


@rule(
    "a command: 3 s for the ack, else the person sees an error",
    source=sources.ACKNOWLEDGE,
)
async def test_commands_have_three_seconds(slack: Slack, people: People) -> None:
    clock = SystemClock()
    async with slack.socket() as socket:
        start = clock.monotonic()
        acting = asyncio.create_task(people.command("x"))
        envelope = await socket.payload("slash_commands")
        shown = await acting
        expect((shown.failed, round(clock.monotonic() - start)), (True, 3))
        await socket.ack(envelope, {"text": "too late"})
        expect(people.sees(), [])


@rule("the ack of a command is seen by the person only", source=sources.COMMANDS)
async def test_answers_are_private(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await answered(socket, people.command("x"), "slash_commands", {"text": "psst"})
        expect((people.sees(), people.other_sees()), (["psst"], []))


@rule("the ack of a command may be for everybody: in_channel", source=sources.COMMANDS)
async def test_answers_may_be_public(slack: Slack, people: People) -> None:
    ack = {"text": "hear", "response_type": "in_channel"}
    async with slack.socket() as socket:
        await answered(socket, people.command("x"), "slash_commands", ack)
    answer = await slack.call("conversations.history", channel=slack.room, limit=1)
    expect(answer.get("messages", 0, "text"), "hear")


@rule("with should_escape, people and channels come as entities", source=sources.COMMANDS)
async def test_commands_are_escaped(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        act = people.command("ask @ana in #general")
        payload, _shown = await answered(socket, act, "slash_commands")
        words = payload["text"].split(" ")
        expect((words[1][:3], words[3][:3]), ("<@U", "<#C"))


@rule("a command knows no thread", source=sources.COMMANDS)
async def test_commands_know_no_thread(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        payload, _shown = await answered(socket, people.command("x"), "slash_commands")
    expect([name for name in payload if "thread" in name or "message" in name], [])


@rule("response_url: 5 uses", source=sources.RESPONSE_URLS)
async def test_addresses_work_five_times(slack: Slack, people: People) -> None:
    url = await address(slack, people)
    statuses = [await response(slack, url, {"text": str(n)}) for n in range(6)]
    expect(statuses, [200] * 5 + [404])
    expect(people.sees(), ["0", "1", "2", "3", "4"])


@rule("response_url: 30 minutes", source=sources.RESPONSE_URLS)
async def test_addresses_end_after_half_an_hour(
    slack: Slack, people: People, operator: Operator
) -> None:
    url = await address(slack, people)
    operator.ages(29 * 60)
    expect(await response(slack, url, {"text": "in time"}), 200)
    operator.ages(2 * 60)
    expect(await response(slack, url, {"text": "late"}), 404)


@rule("a response_url needs no token and no membership", source=sources.UNREAD)
async def test_addresses_need_no_membership(slack: Slack, people: People) -> None:
    url = await address(slack, people)
    await slack.form("conversations.leave", channel=slack.room)
    expect(await response(slack, url, {"text": "from outside"}), 200)
    expect(people.sees(), ["from outside"])


@rule("a button's response_url replaces or deletes its message", source=sources.RESPONSE_URLS)
async def test_originals_can_be_replaced(slack: Slack, people: People) -> None:
    ts = await slack.said("choose", blocks=actions(button()))
    async with slack.socket() as socket:
        payload, _shown = await answered(socket, people.presses(ts, "b"), "interactive")
    url = payload["response_url"]
    expect(await response(slack, url, {"replace_original": True, "text": "chosen"}), 200)
    answer = await slack.call("conversations.history", channel=slack.room, limit=1)
    expect(answer.get("messages", 0, "text"), "chosen")
    expect(await response(slack, url, {"delete_original": True}), 200)
    after = await slack.call("conversations.history", channel=slack.room, limit=1)
    expect(after.get("messages", 0, "text") == "chosen", False)


@rule("a global shortcut has no response_url and no channel", source=sources.SHORTCUTS)
async def test_global_shortcuts_have_no_address(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        payload, _shown = await answered(socket, people.shortcut("declare"), "interactive")
    expect(("response_url" in payload, "channel" in payload), (False, False))
    expect(bool(payload.get("trigger_id")), True)


@rule("a message shortcut has its message, channel and response_url", source=sources.SHORTCUTS)
async def test_message_shortcuts_have_an_address(slack: Slack, people: People) -> None:
    ts = await slack.said("mark me")
    async with slack.socket() as socket:
        act = people.message_shortcut("mark", ts)
        payload, _shown = await answered(socket, act, "interactive")
    expect((payload["type"], payload["message"]["ts"]), ("message_action", ts))
    expect((payload["channel"]["id"], bool(payload["response_url"])), (slack.room, True))


@rule("a button carries its value, its message and who pressed it", source=sources.RESPONSE_URLS)
async def test_buttons_carry_their_value(slack: Slack, people: People) -> None:
    ts = await slack.said("choose", blocks=actions(button(value="7")))
    async with slack.socket() as socket:
        payload, _shown = await answered(socket, people.presses(ts, "b"), "interactive")
    expect((payload["type"], payload["actions"][0]["value"]), ("block_actions", "7"))
    expect((payload["message"]["ts"], payload["user"]["id"]), (ts, slack.human))


@rule("an ephemeral message is seen by one person and gone after a reload", source=sources.API)
async def test_ephemerals_vanish(slack: Slack, people: People) -> None:
    args = {"channel": slack.room, "user": slack.human, "text": "psst"}
    await slack.call("chat.postEphemeral", **args)
    expect((people.sees(), people.other_sees()), (["psst"], []))
    people.reloads()
    expect(people.sees(), [])


# -- events ----------------------------------------------------------------------------------------


@rule("a message event has text, user, channel, ts and channel_type", source=sources.EVENTS)
async def test_messages_are_told(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        ts = await people.says("a & b")
        event = await next_event(socket, "message")
    expect((event["text"], event["user"], event["ts"]), ("a &amp; b", slack.human, ts))
    expect((event["channel"], event["channel_type"]), (slack.room, "channel"))


@rule("a reply's event names its thread", source=sources.EVENTS)
async def test_replies_are_told(slack: Slack, people: People) -> None:
    parent = await slack.said("parent")
    async with slack.socket() as socket:
        await people.says("reply", parent)
        expect((await next_event(socket, "message"))["thread_ts"], parent)


@rule("an edit is told with the message before and after", source=sources.EVENTS)
async def test_edits_are_told(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        ts = await people.says("frist")
        await next_event(socket, "message")
        await people.edits(ts, "first")
        event = await next_event(socket, "message")
    expect(event["subtype"], "message_changed")
    told = (event["previous_message"]["text"], event["message"]["text"])
    expect(told, ("frist", "first"))


@rule("a deletion is told with deleted_ts", source=sources.EVENTS)
async def test_deletions_are_told(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        ts = await people.says("oops")
        await next_event(socket, "message")
        await people.deletes(ts)
        event = await next_event(socket, "message")
    expect((event["subtype"], event["deleted_ts"]), ("message_deleted", ts))


@rule("a reaction's event has no text", source=sources.EVENTS)
async def test_reactions_have_no_text(slack: Slack, people: People) -> None:
    ts = await slack.said("mark me")
    async with slack.socket() as socket:
        await people.reacts(ts, "eyes")
        event = await next_event(socket, "reaction_added")
    expect((event["item"]["ts"], event["reaction"]), (ts, "eyes"))
    expect_out("text", event)
    expect_out("message", event["item"])


@rule("opening App Home is an event and needs no scope", source=sources.EVENTS)
async def test_homes_are_told(slack: Slack, people: People, operator: Operator) -> None:
    async with slack.socket() as socket:
        await people.opens_home()
        event = await next_event(socket, "app_home_opened")
    expect((event["user"], event["tab"]), (slack.human, "home"))


@rule("the bot hears of its own joining", source="slack-bolt 1.30.0, ignoring_self_events")
async def test_the_bot_hears_of_itself(slack: Slack, people: People) -> None:
    made = await slack.form("conversations.create", name=f"join-{slack.fresh()}")
    channel = made.get("channel", "id")
    await slack.form("conversations.leave", channel=channel)
    async with slack.socket() as socket:
        await slack.form("conversations.join", channel=channel)
        event = await next_event(socket, "member_joined_channel")
    bot = (await slack.form("auth.test")).get("user_id")
    expect((event["user"], event["channel"]), (bot, channel))


@pytest.mark.parametrize(
    ("scope", "act"),
    [
        pytest.param(
            "channels:history",
            lambda people: people.says("x"),
            id="channels",
            marks=rule("message.channels needs channels:history", source=sources.EVENTS),
        ),
        pytest.param(
            "im:history",
            lambda people: people.dms("x"),
            id="im",
            marks=rule("message.im needs im:history", source=sources.EVENTS),
        ),
    ],
)
async def test_events_need_scopes(
    slack: Slack, people: People, operator: Operator, scope: str, act: Any
) -> None:
    ts = await slack.said("mark me")
    async with slack.socket() as socket:
        await act(people)
        await next_event(socket, "message")
        operator.revokes(scope)
        await act(people)
        await people.reacts(ts, "eyes")
        envelope = await socket.payload("events_api")
        await socket.ack(envelope)
        expect(envelope["payload"]["event"]["type"], "reaction_added")


@rule("member_joined_channel needs channels:read", source=sources.EVENTS)
async def test_joins_need_a_scope(slack: Slack, people: People, operator: Operator) -> None:
    made = await slack.form("conversations.create", name=f"open-{slack.fresh()}")
    operator.revokes("channels:read")
    async with slack.socket() as socket:
        await people.joins(str(made.get("channel", "id")))
        envelope = await socket.payload("events_api")
        await socket.ack(envelope)
        expect(envelope["payload"]["event"].get("subtype"), "channel_join")


@rule("without the messages tab a DM is dead, both ways", source=sources.APP_HOME)
async def test_dms_need_the_messages_tab(slack: Slack, people: People, operator: Operator) -> None:
    expect((await people.dms("hello"), (await slack.post(channel=slack.human)).error), (True, ""))
    operator.sets_messages_tab(enabled=False, read_only=False)
    answer = await slack.post(channel=slack.human)
    expect((await people.dms("hello"), answer.error), (False, "messages_tab_disabled"))


@rule("with a read-only messages tab only the bot can write", source=sources.APP_HOME)
async def test_dms_need_a_box(slack: Slack, people: People, operator: Operator) -> None:
    operator.sets_messages_tab(enabled=True, read_only=True)
    expect((await people.dms("hello"), (await slack.post(channel=slack.human)).error), (False, ""))
