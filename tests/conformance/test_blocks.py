"""Block Kit: every limit, at it and one over it."""

from typing import Any

import pytest

from tests.conformance import sources
from tests.conformance.limits import HOME, MESSAGE, Limit, actions, button, field, section
from tests.conformance.rules import expect, expect_in, rule
from tests.conformance.wire import Slack


def cases(limits: list[Limit]) -> list[Any]:
    """One rule for each limit."""
    return [
        pytest.param(
            each, id=each.name, marks=rule(f"{each.name}: {each.most}", source=each.source)
        )
        for each in limits
    ]


async def home(slack: Slack, blocks: list[dict[str, Any]]) -> str:
    """The code with which an App Home of these blocks is refused."""
    view = {"type": "home", "blocks": blocks}
    return (await slack.call("views.publish", user_id=slack.human, view=view)).error


@pytest.mark.parametrize("limit", cases(MESSAGE))
async def test_blocks_of_messages_have_limits(slack: Slack, limit: Limit) -> None:
    expect((await slack.post(blocks=limit.build(limit.most))).error, "")
    expect((await slack.post(blocks=limit.build(limit.most + 1))).error, "invalid_blocks")


@pytest.mark.parametrize("limit", cases(HOME))
async def test_blocks_of_app_home_have_limits(slack: Slack, limit: Limit) -> None:
    expect(await home(slack, limit.build(limit.most)), "")
    expect(await home(slack, limit.build(limit.most + 1)), "invalid_arguments")


@rule("a block_id stands once in a message", source=sources.TYPES)
async def test_block_ids_are_unique(slack: Slack) -> None:
    twice = [section(block_id="a"), section(block_id="a")]
    expect((await slack.post(blocks=twice)).error, "invalid_blocks")


@rule("an action_id stands once in a block", source=sources.TYPES)
async def test_action_ids_are_unique(slack: Slack) -> None:
    expect((await slack.post(blocks=actions(button(), button()))).error, "invalid_blocks")


@rule("an unknown block is refused", source=sources.SDK)
async def test_unknown_blocks_are_refused(slack: Slack) -> None:
    expect((await slack.post(blocks=[{"type": "marquee"}])).error, "invalid_blocks")


@rule("an unknown property of a block is refused", source=sources.UNREAD)
async def test_unknown_properties_are_refused(slack: Slack) -> None:
    expect((await slack.post(blocks=[section(colour="red")])).error, "invalid_blocks")


@rule("a header holds plain text only", source=sources.SDK)
async def test_headers_are_plain(slack: Slack) -> None:
    header = {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}
    expect((await slack.post(blocks=[header])).error, "invalid_blocks")


@rule("an empty text is refused", source=sources.SDK)
async def test_texts_are_not_empty(slack: Slack) -> None:
    expect((await slack.post(blocks=[section("")])).error, "invalid_blocks")


@rule("markdown stands in messages only", source=sources.TYPES)
async def test_markdown_is_for_messages(slack: Slack) -> None:
    blocks = [{"type": "markdown", "text": "x"}]
    expect((await slack.post(blocks=blocks)).error, "")
    expect(await home(slack, blocks), "invalid_arguments")


@rule("an alert does not stand in a message", source="slackapi/node-slack-sdk #2567")
async def test_alerts_are_for_modals(slack: Slack) -> None:
    alert = {"type": "alert", "text": {"type": "plain_text", "text": "x"}, "level": "info"}
    expect((await slack.post(blocks=[alert])).error, "invalid_blocks")


@rule("a datetimepicker starts at Unix seconds of 10 digits", source=sources.SDK)
async def test_moments_have_ten_digits(slack: Slack) -> None:
    picker = {"type": "datetimepicker", "action_id": "d"}
    good, bad = {"initial_date_time": 1_700_000_000}, {"initial_date_time": 1_700_000_000_000}
    expect((await slack.post(blocks=actions(picker | good))).error, "")
    expect((await slack.post(blocks=actions(picker | bad))).error, "invalid_blocks")


@rule("blocks that are not JSON: invalid_blocks_format", source=sources.API)
async def test_blocks_are_json(slack: Slack) -> None:
    answer = await slack.form("chat.postMessage", channel=slack.room, text="x", blocks="[{")
    expect(answer.error, "invalid_blocks_format")


@rule("a refusal names the place as a JSON pointer", source="blocks.validate, as published")
async def test_refusals_name_the_place(slack: Slack) -> None:
    answer = await slack.post(blocks=[section(), section("x" * 3001)])
    messages = " ".join(answer.get("response_metadata", "messages") or [])
    expect_in("/blocks/1/text", messages)


@rule("blocks of an update are held to the same limits", source=sources.API)
async def test_updates_are_checked_too(slack: Slack) -> None:
    ts = await slack.said()
    args = {"channel": slack.room, "ts": ts, "text": "x", "blocks": [section("x" * 3001)]}
    expect((await slack.call("chat.update", **args)).error, "invalid_blocks")


@rule("blocks of an ephemeral message are held to the same limits", source=sources.API)
async def test_ephemerals_are_checked_too(slack: Slack) -> None:
    args = {"channel": slack.room, "user": slack.human, "text": "x"}
    answer = await slack.call("chat.postEphemeral", **args, blocks=[section("x" * 3001)])
    expect(answer.error, "invalid_blocks")


@rule("an input with a label and an element stands in App Home", source=sources.SDK)
async def test_inputs_stand_in_app_home(slack: Slack) -> None:
    expect(await home(slack, field()), "")
    expect(
        await home(slack, [{"type": "input", "label": field()[0]["label"]}]), "invalid_arguments"
    )
