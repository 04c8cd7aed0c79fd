"""chat.*: what may be posted, what is kept of it, and what comes back."""

import pytest

from tests.conformance import sources
from tests.conformance.rules import Differs, expect, expect_in, expect_out, rule
from tests.conformance.wire import Answer, Json, Slack

META = {"event_type": "outbox", "event_payload": {"id": "7"}}


async def read(slack: Slack, **more: object) -> list[Json]:
    """The last messages of the room, the newest first."""
    answer = await slack.call("conversations.history", channel=slack.room, limit=10, **more)
    return _some(answer)


def _some(answer: Answer) -> list[Json]:
    """The messages of an answer, which must be there to go on."""
    messages = answer.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Differs("messages", messages)
    return messages


@rule("every ts is later than the one before", source=sources.UNREAD)
async def test_stamps_increase(slack: Slack) -> None:
    stamps = [await slack.said(str(number)) for number in range(4)]
    expect(stamps, sorted(set(stamps)))


@rule("a ts is seconds and six digits", source=sources.UNREAD)
async def test_stamps_have_a_form(slack: Slack) -> None:
    seconds, _, micros = (await slack.said()).partition(".")
    expect((len(seconds), len(micros), (seconds + micros).isdigit()), (10, 6, True))


@rule("a message without text, blocks or attachments: no_text", source=sources.API)
async def test_messages_are_not_empty(slack: Slack) -> None:
    expect((await slack.post("")).error, "no_text")


@rule("chat.update over 4,000 characters: msg_too_long", source=sources.TOO_LONG)
async def test_updates_have_a_length(slack: Slack) -> None:
    ts = await slack.said()
    args = {"channel": slack.room, "ts": ts}
    expect((await slack.call("chat.update", **args, text="x" * 3900)).error, "")
    expect((await slack.call("chat.update", **args, text="x" * 4001)).error, "msg_too_long")


@rule("attachments: 100, then too_many_attachments", source=sources.API)
async def test_attachments_have_a_number(slack: Slack) -> None:
    expect((await slack.post(attachments=[{"text": "a"}] * 100)).error, "")
    expect((await slack.post(attachments=[{"text": "a"}] * 101)).error, "too_many_attachments")


@rule("text and markdown_text together: markdown_text_conflict", source=sources.API)
async def test_there_is_one_text(slack: Slack) -> None:
    expect((await slack.post("x", markdown_text="y")).error, "markdown_text_conflict")


@rule("no idempotency key: the same post twice is two messages", source="slack-api-specs #10")
async def test_posts_are_not_idempotent(slack: Slack) -> None:
    same = {"metadata": META}
    first, second = await slack.said("same", **same), await slack.said("same", **same)
    expect(first != second, True)
    expect([m["text"] for m in await read(slack)][:2], ["same", "same"])


@rule("client_msg_id is no argument of chat.postMessage", source=sources.API)
async def test_posts_take_no_message_id(slack: Slack) -> None:
    expect((await slack.post(client_msg_id="1")).error, "invalid_arguments")


@rule("metadata is hidden from history unless it is asked for", source=sources.API)
async def test_history_hides_metadata(slack: Slack) -> None:
    await slack.said(metadata=META)
    expect_out("metadata", (await read(slack))[0])
    (shown, *_others) = await read(slack, include_all_metadata=True)
    expect(shown.get("metadata"), META)


@rule("metadata is hidden from replies unless it is asked for", source=sources.API)
async def test_replies_hide_metadata(slack: Slack) -> None:
    ts = await slack.said(metadata=META)
    args = {"channel": slack.room, "ts": ts}
    hidden = await slack.form("conversations.replies", **args)
    shown = await slack.form("conversations.replies", **args, include_all_metadata="1")
    expect_out("metadata", _some(hidden)[0])
    expect(_some(shown)[0].get("metadata"), META)


@rule("metadata survives chat.update unless it is replaced", source=sources.API)
async def test_metadata_survives_updates(slack: Slack) -> None:
    ts = await slack.said(metadata=META)
    await slack.call("chat.update", channel=slack.room, ts=ts, text="y")
    expect((await read(slack, include_all_metadata=True))[0].get("metadata"), META)
    other = META | {"event_payload": {"id": "8"}}
    await slack.call("chat.update", channel=slack.room, ts=ts, text="y", metadata=other)
    expect((await read(slack, include_all_metadata=True))[0].get("metadata"), other)


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        pytest.param(
            {"event_type": "a", "event_payload": {"x": {"y": {"z": 1}}}},
            "invalid_metadata_schema",
            id="deep",
            marks=rule("metadata: one level of objects", source=sources.TYPES),
        ),
        pytest.param(
            {"event_payload": {}},
            "invalid_metadata_format",
            id="untyped",
            marks=rule("metadata has an event_type", source=sources.API),
        ),
    ],
)
async def test_metadata_has_a_shape(slack: Slack, metadata: Json, code: str) -> None:
    expect((await slack.post(metadata=metadata)).error, code)


@rule("a reply stands in its thread and not in history", source=sources.API)
async def test_replies_stand_in_their_thread(slack: Slack) -> None:
    parent = await slack.said("parent")
    reply = await slack.said("reply", thread_ts=parent)
    expect([m["ts"] for m in await read(slack)][:1], [parent])
    thread = await slack.form("conversations.replies", channel=slack.room, ts=parent)
    expect([m["ts"] for m in thread.get("messages") or []], [parent, reply])


@rule("a broadcast reply stands in both", source=sources.API)
async def test_broadcasts_stand_in_both(slack: Slack) -> None:
    parent = await slack.said("parent")
    loud = await slack.said("loud", thread_ts=parent, reply_broadcast=True)
    expect([m["ts"] for m in await read(slack)][:2], [loud, parent])


@rule("a thread that is not there: thread_not_found", source=sources.API)
async def test_threads_are_there(slack: Slack) -> None:
    args = {"channel": slack.room, "ts": "1000000000.000001"}
    expect((await slack.form("conversations.replies", **args)).error, "thread_not_found")


@rule("chat.update and chat.delete of nothing: message_not_found", source=sources.API)
async def test_messages_are_there(slack: Slack) -> None:
    args = {"channel": slack.room, "ts": "1000000000.000001"}
    expect((await slack.call("chat.update", **args, text="x")).error, "message_not_found")
    expect((await slack.call("chat.delete", **args)).error, "message_not_found")


@rule("a deleted message is gone", source=sources.API)
async def test_deleted_messages_are_gone(slack: Slack) -> None:
    await slack.said("stays")
    ts = await slack.said("goes")
    expect_in(ts, [m["ts"] for m in await read(slack)])
    expect((await slack.call("chat.delete", channel=slack.room, ts=ts)).error, "")
    expect_out(ts, [m["ts"] for m in await read(slack)])


@rule("a permalink names the channel and the ts without its dot", source=sources.API)
async def test_permalinks_name_messages(slack: Slack) -> None:
    ts = await slack.said()
    answer = await slack.form("chat.getPermalink", channel=slack.room, message_ts=ts)
    expect(str(answer.get("permalink")).endswith(f"/{slack.room}/p{ts.replace('.', '')}"), True)


@rule("what is posted is escaped but for entities", source=sources.UNREAD)
async def test_texts_are_escaped(slack: Slack) -> None:
    answer = await slack.post(f"a < b <@{slack.human}>")
    expect(answer.get("message", "text"), f"a &lt; b <@{slack.human}>")


@rule("an ephemeral message is not in history", source=sources.API)
async def test_ephemerals_are_not_kept(slack: Slack) -> None:
    args = {"channel": slack.room, "user": slack.human, "text": "psst"}
    expect((await slack.call("chat.postEphemeral", **args)).error, "")
    await slack.said("aloud")
    expect_in("aloud", [m["text"] for m in await read(slack)])
    expect_out("psst", [m["text"] for m in await read(slack)])


@rule("an ephemeral message to somebody who is not there: user_not_in_channel", source=sources.API)
async def test_ephemerals_need_a_member(slack: Slack) -> None:
    args = {"channel": slack.room, "user": "U0NOBODY", "text": "psst"}
    expect((await slack.call("chat.postEphemeral", **args)).error, "user_not_in_channel")


@rule("one message can be read by its ts", source=sources.API)
async def test_one_message_can_be_read(slack: Slack) -> None:
    ts, _later = await slack.said("this"), await slack.said("that")
    only = {"latest": ts, "oldest": ts, "inclusive": True}
    expect([m["text"] for m in await read(slack, **only)], ["this"])


@rule(
    "history: the newest first, `oldest` and `latest` exclusive unless inclusive",
    source=sources.API,
)
async def test_history_has_bounds(slack: Slack) -> None:
    first, second, third = [await slack.said(str(n)) for n in range(3)]
    between = await read(slack, oldest=first, latest=third)
    expect([m["ts"] for m in between], [second])
    ends = await read(slack, oldest=first, latest=third, inclusive=True)
    expect([m["ts"] for m in ends], [third, second, first])
