"""chat.*: what the app may say, and where."""

from typing import Any

import pytest

from tests.bot.sandbox.conftest import Make, Town, button, client_of, town_of

META = {"event_type": "outbox", "event_payload": {"id": "7", "nested": {"a": 1}}}


async def post(api: Town, text: str = "hello", **more: Any) -> str:
    answer = await api.call("chat.postMessage", channel=api.general.id, text=text, **more)
    assert answer["ok"], answer
    return str(answer["ts"])


async def test_a_post_stands_in_the_channel_as_slack_stores_it(api: Town) -> None:
    answer = await api.call("chat.postMessage", channel=api.general.id, text="a & b <@U1> &amp;")
    (line,) = api.general.lines()
    assert line.text == answer["message"]["text"] == "a &amp; b <@U1> &amp;"
    assert (line.bot_id, line.user) == (api.sandbox.bot_id, api.sandbox.bot_user_id)
    assert answer["message"]["bot_id"] == api.sandbox.bot_id


async def test_places_can_be_named_in_three_ways(api: Town) -> None:
    """docs.slack.dev/reference/methods/chat.postMessage: id, name, or a person's id (their DM)."""
    for channel in (api.general.id, "#general", "general"):
        answer = await api.call("chat.postMessage", channel=channel, text="x")
        assert answer["channel"] == api.general.id
    answer = await api.call("chat.postMessage", channel=api.ana.id, text="psst")
    assert api.ana.dm is not None
    assert answer["channel"] == api.ana.dm.id
    assert [m.text for m in api.ana.dm.lines()] == ["psst"]


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.postEphemeral"])
async def test_where_the_bot_may_not_write(api: Town, method: str) -> None:
    """slack-platform.md section 1: not_in_channel, is_archived, channel_not_found."""
    ana = api.ana
    outside = api.sandbox.channel("outside", members=[ana])
    secret = api.sandbox.channel("secret", private=True, members=[ana])
    closed = api.sandbox.channel("closed", members=[ana], bot=True)
    closed.archived = True

    async def code(channel: str) -> str:
        user = ana.id if method == "chat.postEphemeral" else None
        return await api.error(method, channel=channel, text="x", user=user)

    assert await code(outside.id) == "not_in_channel"
    assert await code(secret.id) == "channel_not_found"
    assert await code(closed.id) == "is_archived"
    assert await code("C404") == "channel_not_found"


async def test_the_public_scope_opens_public_channels(make: Make, api: Town) -> None:
    """chat:write.public: post into public channels without being a member."""
    sandbox = await make(scopes=["chat:write", "chat:write.public"])
    outside = sandbox.channel("outside")
    await client_of(sandbox).chat_postMessage(channel=outside.id, text="x")
    assert len(outside.lines()) == 1


async def test_a_message_needs_something_in_it(api: Town) -> None:
    place = api.general.id
    assert await api.error("chat.postMessage", channel=place) == "no_text"
    assert await api.error("chat.postMessage", channel=place, text="") == "no_text"
    assert await api.error("chat.postMessage", channel=place, blocks=[]) == "no_text"
    assert await api.error("chat.postMessage", channel=place, text="x", markdown_text="x") == (
        "markdown_text_conflict"
    )
    assert await api.error("chat.postMessage", channel=place, attachments={"a": 1}) == (
        "invalid_attachments"
    )
    assert await api.error("chat.postMessage", channel=place, attachments=[{}] * 101) == (
        "too_many_attachments"
    )
    assert await api.error("chat.postMessage", channel=place, markdown_text="# x") == ""


async def test_threads_and_broadcasts(api: Town) -> None:
    """docs.slack.dev/reference/methods/chat.postMessage: thread_ts, reply_broadcast."""
    parent = await post(api, "parent")
    reply = await post(api, "reply", thread_ts=parent)
    loud = await post(api, "loud", thread_ts=parent, reply_broadcast=True)
    await post(api, "not loud", reply_broadcast=True)
    assert [m.text for m in api.general.lines()] == ["parent", "loud", "not loud"]
    assert [m.ts for m in api.general.replies(parent)] == [reply, loud]
    for wrong in (reply, "1.000001"):
        assert await api.error(
            "chat.postMessage", channel=api.general.id, text="x", thread_ts=wrong
        ) == ("cannot_reply_to_message")


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        (META, ""),
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x", "event_payload": {"a": {"b": {"c": 1}}}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": None}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {}, "more": 1}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": "x" * 9000}}, "metadata_too_large"),
        (["x"], "invalid_metadata_format"),
    ],
)
async def test_metadata_has_one_level(api: Town, metadata: Any, code: str) -> None:
    """slack-platform.md section 3: string, number, boolean, one level of objects."""
    assert (
        await api.error("chat.postMessage", channel=api.general.id, text="x", metadata=metadata)
        == code
    )


async def test_metadata_is_hidden_unless_asked_for_and_survives_updates(api: Town) -> None:
    """slack-platform.md section 3: metadata."""
    ts = await post(api, metadata=META)
    place = {"channel": api.general.id}
    shown = await api.call("conversations.history", **place)
    assert "metadata" not in shown["messages"][0]
    await api.call("chat.update", **place, ts=ts, text="new")
    asked = await api.call("conversations.history", **place, include_all_metadata=True)
    assert asked["messages"][0]["metadata"] == META
    replies = await api.call("conversations.replies", **place, ts=ts, include_all_metadata="true")
    assert replies["messages"][0]["metadata"] == META


async def test_an_update_keeps_blocks_that_are_not_given(api: Town) -> None:
    """github.com/slackapi/python-slack-sdk/issues/523: text alone leaves the blocks."""
    blocks = [{"type": "actions", "elements": [button("b")]}]
    ts = await post(api, blocks=blocks)
    place = {"channel": api.general.id, "ts": ts}
    await api.call("chat.update", **place, text="new")
    message = api.sandbox.message(ts)
    assert (message.text, len(message.blocks)) == ("new", 1)
    assert message.edited is not None
    await api.call("chat.update", **place, text="newer", blocks=[])
    assert message.blocks == []
    assert await api.error("chat.update", **place) == "no_text"


async def test_an_update_can_replace_metadata_and_attachments(api: Town) -> None:
    """slack-platform.md section 3: metadata survives chat.update unless replaced."""
    ts = await post(api, metadata=META, attachments=[{"text": "old"}])
    new = META | {"event_payload": {"id": "8"}}
    answer = await api.call(
        "chat.update", channel=api.general.id, ts=ts, text="x", metadata=new, attachments=[]
    )
    assert answer["message"]["metadata"] == new
    assert "attachments" not in answer["message"]


async def test_nobody_can_write_to_somebody_who_left(api: Town) -> None:
    await api.bob.goes()
    assert await api.error("chat.postMessage", channel=api.bob.id, text="x") == "channel_not_found"


async def test_only_its_own_messages_can_be_changed(api: Town) -> None:
    """slack-platform.md: cant_update_message, cant_delete_message, message_not_found."""
    theirs = await api.ana.says(api.general, "mine")
    place = {"channel": api.general.id}
    assert await api.error("chat.update", **place, ts=theirs, text="x") == "cant_update_message"
    assert await api.error("chat.delete", **place, ts=theirs) == "cant_delete_message"
    assert await api.error("chat.update", **place, ts="1.1", text="x") == "message_not_found"
    ts = await post(api)
    assert await api.error("chat.delete", **place, ts=ts) == ""
    assert await api.error("chat.delete", **place, ts=ts) == "message_not_found"


async def test_an_ephemeral_is_seen_by_one_member_and_cannot_be_updated(api: Town) -> None:
    """slack-platform.md sections 1 and 8: ephemerals seen by one person, gone on reload."""
    place = {"channel": api.general.id}
    answer = await api.call("chat.postEphemeral", **place, user=api.ana.id, text="psst")
    assert [m.text for m in api.ana.ephemerals(api.general)] == ["psst"]
    assert api.bob.ephemerals() == []
    assert not api.bob.sees(api.ana.ephemerals()[0])
    ts = answer["message_ts"]
    assert await api.error("chat.update", **place, ts=ts, text="x") == "message_not_found"
    assert (await api.call("conversations.history", **place))["messages"] == []
    outsider = api.sandbox.person("out")
    assert await api.error("chat.postEphemeral", **place, user=outsider.id, text="x") == (
        "user_not_in_channel"
    )
    api.ana.reloads()
    assert api.ana.ephemerals() == []


async def test_an_ephemeral_in_a_thread_without_replies_is_never_seen(api: Town) -> None:
    """docs.slack.dev/reference/methods/chat.postEphemeral: only shown in an active thread."""
    ts = await api.ana.says(api.general, "hello")
    args = {"channel": api.general.id, "user": api.ana.id, "text": "psst", "thread_ts": ts}
    assert await api.error("chat.postEphemeral", **args) == ""
    assert api.ana.ephemerals() == []
    await api.bob.says(api.general, "yes?", ts)
    await api.call("chat.postEphemeral", **args)
    assert len(api.ana.ephemerals()) == 1


async def test_a_permalink_names_the_thread_of_a_reply(api: Town) -> None:
    parent = await post(api)
    reply = await post(api, thread_ts=parent)
    place = api.general.id
    top = await api.call("chat.getPermalink", channel=place, message_ts=parent)
    inner = await api.call("chat.getPermalink", channel=place, message_ts=reply)
    assert top["permalink"] == (
        f"https://sandbox.slack.com/archives/{place}/p{parent.replace('.', '')}"
    )
    assert inner["permalink"].endswith(f"?thread_ts={parent}&cid={place}")
    assert await api.error("chat.getPermalink", channel=place, message_ts="1.1") == (
        "message_not_found"
    )


async def test_deleting_the_first_message_of_a_thread_leaves_a_tombstone(api: Town) -> None:
    parent = await post(api)
    await post(api, thread_ts=parent)
    await api.call("chat.delete", channel=api.general.id, ts=parent)
    assert api.sandbox.message(parent).subtype == "tombstone"
    lonely = await post(api)
    await api.call("chat.delete", channel=api.general.id, ts=lonely)
    assert api.general.find(lonely) is None


async def test_tokens_and_methods_are_checked(api: Town, make: Make) -> None:
    """docs.slack.dev: not_authed, invalid_auth, not_allowed_token_type, unknown_method."""
    client = client_of(api.sandbox)
    codes = []
    for token in ("", "xoxb-wrong", api.sandbox.app_token):
        client.token = token
        codes.append(await Town(**vars(api) | {"client": client}).error("auth.test"))
    assert codes == ["not_authed", "invalid_auth", "not_allowed_token_type"]
    assert await api.error("chat.shout") == "unknown_method"
    assert await api.error("apps.connections.open") == "not_allowed_token_type"
    ok = await api.call("api.test")
    assert ok["ok"]
    assert await api.error("api.test", error="boom") == "boom"


async def test_each_kind_of_channel_has_its_own_scopes(make: Make, api: Town) -> None:
    """slack-platform.md section 3: groups:* for private channels."""
    sandbox = await make(scopes=["channels:history", "channels:manage", "chat:write"])
    town = town_of(sandbox, api.clock)
    secret = sandbox.channel("secret", private=True, bot=True)
    answer = await town.call("conversations.history", channel=secret.id)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")
    assert await town.error("conversations.history", channel=town.general.id) == ""
    assert await town.error("conversations.create", name="a", is_private=True) == "missing_scope"
    assert await town.error("users.info", user=town.ana.id) == "missing_scope"
    assert await town.error("conversations.open", users=town.ana.id) == "missing_scope"
