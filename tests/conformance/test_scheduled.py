"""Messages that Slack itself posts later, and asking Slack whether blocks are in order."""

from tests.conformance import sources
from tests.conformance.driver import Operator
from tests.conformance.limits import actions, button, section
from tests.conformance.rules import expect, expect_in, rule
from tests.conformance.wire import Answer, Slack

NOTICE = "docs.slack.dev/reference/methods/chat.scheduleMessage, bug notice"
META = {"event_type": "outbox", "event_payload": {"id": "7"}}
DAY = 24 * 3600


async def scheduled(slack: Slack, seconds: int, **more: object) -> Answer:
    """A message for so many seconds from now, by the server's clock."""
    now = int(float(await slack.said("now")))
    args = {"channel": slack.room, "text": "later", "post_at": now + seconds}
    return await slack.call("chat.scheduleMessage", **args | more)


async def texts(slack: Slack) -> list[str]:
    answer = await slack.call("conversations.history", channel=slack.room, limit=5)
    return [message["text"] for message in answer.get("messages") or []]


@rule("a scheduled message is posted at its time", source=sources.API)
async def test_scheduled_messages_are_posted(slack: Slack, operator: Operator) -> None:
    expect((await scheduled(slack, 60)).error, "")
    expect(await texts(slack), ["now"])
    await slack.pause(60)
    await operator.quiet()
    expect(await texts(slack), ["later", "now"])


@rule("a scheduled message with metadata is never posted", source=NOTICE)
async def test_metadata_silences_schedules(slack: Slack, operator: Operator) -> None:
    expect((await scheduled(slack, 60, metadata=META)).error, "")
    await slack.pause(120)
    await operator.quiet()
    expect(await texts(slack), ["now"])


@rule("chat.scheduleMessage: 120 days ahead, then time_too_far", source=sources.API)
async def test_schedules_have_an_end(slack: Slack) -> None:
    expect((await scheduled(slack, 119 * DAY)).error, "")
    expect((await scheduled(slack, 121 * DAY)).error, "time_too_far")


@rule("chat.scheduleMessage: not in the past", source=sources.API)
async def test_schedules_are_ahead(slack: Slack) -> None:
    expect((await scheduled(slack, -60)).error, "time_in_past")


@rule("chat.scheduleMessage: 30 in 5 minutes of a channel", source=sources.API)
async def test_schedules_have_a_density(slack: Slack) -> None:
    codes = [(await scheduled(slack, DAY)).error for _ in range(30)]
    expect(codes, [""] * 30)
    expect((await scheduled(slack, DAY)).error, "restricted_too_many")


@rule("a scheduled message can be taken back", source=sources.API)
async def test_schedules_can_be_taken_back(slack: Slack, operator: Operator) -> None:
    made = await scheduled(slack, 60)
    listed = await slack.form("chat.scheduledMessages.list", channel=slack.room)
    name = str(made.get("scheduled_message_id"))
    expect(listed.get("scheduled_messages", 0, "id"), name)
    args = {"channel": slack.room, "scheduled_message_id": name}
    expect((await slack.call("chat.deleteScheduledMessage", **args)).error, "")
    again = await slack.call("chat.deleteScheduledMessage", **args)
    expect(again.error, "invalid_scheduled_message_id")
    await slack.pause(60)
    await operator.quiet()
    expect(await texts(slack), ["now"])


@rule("blocks.validate needs no token and names the place", source=sources.API)
async def test_blocks_can_be_asked_about(slack: Slack) -> None:
    good = await slack.once("blocks.validate", {"blocks": actions(button())}, token="")
    expect(good.error, "")
    bad = await slack.once("blocks.validate", {"blocks": [section("x" * 3001)]}, token="")
    expect(bad.error, "invalid_blocks")
    expect_in("/blocks/0/text", str(bad.get("response_metadata", "messages")))


@rule("blocks.validate: a view", source=sources.API)
async def test_views_can_be_asked_about(slack: Slack) -> None:
    view = {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]}
    expect((await slack.once("blocks.validate", {"view": view}, token="")).error, "invalid_view")
