"""People: what Slack's screens let them do, and the events that follow."""

from typing import Any

import pytest

from bot.sandbox.refusals import CannotAct
from tests.bot.sandbox.conftest import Connected, Make, Town, button, option, town_of


def events(town: Town, kind: str = "") -> list[dict[str, Any]]:
    """The events sent so far, of one type or all."""
    every = [d.payload["event"] for d in town.sandbox.deliveries]
    return [e for e in every if kind in ("", e["type"])]


def messages(town: Town, subtype: str | None = None) -> list[dict[str, Any]]:
    return [e for e in events(town, "message") if e.get("subtype") == subtype]


# -- lines -----------------------------------------------------------------------------------------


async def test_a_line_is_told_as_slack_tells_it(api: Town) -> None:
    """docs.slack.dev/reference/events/message.channels"""
    ts = await api.ana.says(api.general, "hello @bob")
    (event,) = events(api)
    assert event["text"] == f"hello <@{api.bob.id}>"
    assert (event["user"], event["channel"], event["ts"]) == (api.ana.id, api.general.id, ts)
    assert event["event_ts"] == ts
    assert event["client_msg_id"]
    assert event["blocks"][0]["type"] == "rich_text"
    assert "thread_ts" not in event
    assert "subtype" not in event


async def test_replies_carry_their_thread(api: Town) -> None:
    parent = await api.ana.says(api.general, "parent")
    reply = await api.bob.says(api.general, "reply", parent)
    deeper = await api.ana.says(api.general, "deeper", api.sandbox.message(reply))
    await api.ana.says(api.general, "loud", parent, broadcast=True)
    told = events(api, "message")
    assert [e.get("thread_ts") for e in told] == [None, parent, parent, parent]
    assert told[1]["parent_user_id"] == api.ana.id
    assert told[3]["subtype"] == "thread_broadcast"
    assert [m.ts for m in api.general.thread(parent)][:3] == [parent, reply, deeper]


async def test_raw_text_is_sent_as_it_stands(api: Town) -> None:
    await api.ana.says(api.general, "<!channel> & <", raw=True)
    assert events(api)[0]["text"] == "<!channel> & <"


async def test_edits_and_deletions(api: Town) -> None:
    """docs.slack.dev/reference/events/message: message_changed, message_deleted."""
    ts = await api.ana.says(api.general, "frist")
    await api.ana.edits(ts, "first & last")
    (changed,) = messages(api, "message_changed")
    assert changed["message"]["text"] == "first &amp; last"
    assert changed["message"]["edited"]["user"] == api.ana.id
    assert changed["previous_message"]["text"] == "frist"
    assert changed["message"]["ts"] == ts
    await api.ana.deletes(ts)
    (deleted,) = messages(api, "message_deleted")
    assert (deleted["deleted_ts"], deleted["hidden"]) == (ts, True)
    with pytest.raises(CannotAct):
        await api.ana.deletes(ts)


async def test_reactions_are_told_with_their_item(api: Town) -> None:
    """docs.slack.dev/reference/events/reaction_added"""
    message = api.sandbox.message(await api.ana.says(api.general, "look"))
    await api.bob.reacts(message, "eyes")
    await api.bob.unreacts(message, "eyes")
    added, removed = events(api, "reaction_added"), events(api, "reaction_removed")
    item = {"type": "message", "channel": api.general.id, "ts": message.ts}
    assert added[0]["item"] == removed[0]["item"] == item
    assert (added[0]["user"], added[0]["item_user"]) == (api.bob.id, api.ana.id)
    assert message.reactions == []
    with pytest.raises(CannotAct):
        await api.bob.unreacts(message, "eyes")
    await api.bob.reacts(message, "eyes")
    with pytest.raises(CannotAct):
        await api.bob.reacts(message, "eyes")
    with pytest.raises(CannotAct):
        await api.bob.reacts(message, "no such emoji")


async def test_a_mention_of_the_bot_is_told_twice(api: Town) -> None:
    """docs.slack.dev/reference/events/app_mention: beside the message event."""
    await api.ana.says(api.general, "@parallax hello")
    assert [e["type"] for e in events(api)] == ["message", "app_mention"]


async def test_direct_messages_to_the_bot(api: Town) -> None:
    await api.ana.dms("@parallax hello")
    (event,) = events(api)
    assert (event["channel_type"], event["channel"][0]) == ("im", "D")


async def test_the_bots_own_lines_are_told_too(api: Town) -> None:
    """slack-platform.md section 6: Bolt ignores the bot's own events."""
    await api.call("chat.postMessage", channel=api.general.id, text="x")
    (event,) = events(api)
    assert event["bot_id"] == api.sandbox.bot_id


# -- channels --------------------------------------------------------------------------------------


async def test_joining_and_leaving_are_told_if_the_bot_is_there(api: Town) -> None:
    """docs.slack.dev/reference/events/member_joined_channel"""
    carl = api.sandbox.person("carl")
    await carl.joins(api.general)
    await carl.joins("general")
    await carl.leaves("#general")
    await api.ana.invites(api.general, carl)
    joined = events(api, "member_joined_channel")
    assert [e.get("inviter") for e in joined] == [None, api.ana.id]
    assert joined[0]["channel_type"] == "C"
    assert len(events(api, "member_left_channel")) == 1
    assert len(messages(api, "channel_join")) == 2
    silent = await api.ana.creates("silent")
    await carl.joins(silent)
    assert len(events(api, "member_joined_channel")) == 2


async def test_the_bot_hears_of_its_own_joining_and_leaving(api: Town) -> None:
    """slack-platform.md section 6: expect your own join."""
    lobby = await api.ana.creates("lobby")
    await api.ana.invites_bot(lobby)
    await api.ana.removes_bot(lobby)
    assert [e["user"] for e in events(api, "member_joined_channel")] == [api.sandbox.bot_user_id]
    assert [e["user"] for e in events(api, "member_left_channel")] == [api.sandbox.bot_user_id]
    with pytest.raises(CannotAct):
        await api.ana.removes_bot(lobby)


async def test_channels_are_created_renamed_pinned_and_archived(api: Town) -> None:
    lobby = await api.ana.creates("lobby")
    secret = await api.ana.creates("secret", private=True)
    await api.ana.invites_bot(secret)
    message = api.sandbox.message(await api.ana.says(secret, "x"))
    await api.ana.pins(message)
    await api.ana.renames(lobby, "hall")
    await api.ana.renames(secret, "vault")
    await api.ana.archives(lobby)
    await api.ana.archives(secret)
    kinds = [e["type"] for e in events(api) if e["type"] != "message"]
    assert kinds == [
        "channel_created",
        "member_joined_channel",
        "pin_added",
        "channel_rename",
        "group_rename",
        "channel_archive",
        "group_archive",
    ]
    with pytest.raises(CannotAct, match="is archived"):
        await api.ana.says(lobby, "too late")


async def test_arriving_moving_and_leaving_the_workspace(api: Town) -> None:
    """docs.slack.dev/reference/events/user_change"""
    carl = api.sandbox.person("carl")
    await carl.arrives()
    await carl.joins(api.general)
    await carl.moves("Asia/Tokyo")
    await carl.goes()
    assert events(api, "team_join")[0]["user"]["id"] == carl.id
    moved, gone = events(api, "user_change")
    assert (moved["user"]["tz"], moved["user"]["tz_offset"]) == ("Asia/Tokyo", 32400)
    assert gone["user"]["deleted"]
    assert carl.id not in api.general.members
    with pytest.raises(CannotAct, match="deactivated"):
        await carl.dms("let me in")


async def test_what_screens_do_not_offer(api: Town) -> None:
    """A person acts only where they are a member; guests do not join by themselves."""
    carl, guest = api.sandbox.person("carl"), api.sandbox.person("guest", guest=True)
    secret = api.sandbox.channel("secret", private=True, members=[api.ana], bot=True)
    message = api.sandbox.message(await api.ana.says(secret, "hidden"))
    parent = await api.ana.says(api.general, "hello")
    for act in (
        carl.says(api.general, "x"),
        carl.joins(secret),
        guest.joins(api.general),
        guest.creates("mine"),
        carl.reacts(message, "eyes"),
        carl.message_shortcut("note", message),
        carl.leaves(api.general),
        carl.edits(parent, "mine now"),
        carl.says("nowhere", "x"),
        api.ana.says(api.general, "  "),
        api.ana.says(api.general, "x", "1.000001"),
        api.ana.creates("general"),
    ):
        with pytest.raises(CannotAct):
            await act


# -- acts that are answered ------------------------------------------------------------------------


async def test_the_payload_of_a_command(town: Connected) -> None:
    """docs.slack.dev/interactivity/implementing-slash-commands; should_escape."""
    seen: list[dict[str, Any]] = []

    async def command(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    town.app.command("/incident")(command)
    reply = await town.ana.command("/incident", "  ask @bob <now> in #general ", town.general)
    assert (reply.acked, reply.text, reply.message) == (True, "", None)
    body = seen[0]
    assert body["text"] == (f"ask <@{town.bob.id}|bob> &lt;now&gt; in <#{town.general.id}|general>")
    assert body["channel_name"] == "general"
    assert body["user_name"] == "ana"
    assert body["team_id"] == town.sandbox.team_id
    secret = town.sandbox.channel("secret", private=True, members=[town.ana])
    await town.ana.command("/incident", "", secret)
    assert seen[1]["channel_name"] == "privategroup"


async def test_which_commands_exist_is_a_setting(make: Make, api: Town) -> None:
    """slack-platform.md section 3: should_escape false gives raw text."""
    sandbox = await make(commands={"/raw": False}, ack_timeout=0.01)
    town = town_of(sandbox, api.clock)
    with pytest.raises(CannotAct, match="/other is not a valid command"):
        await town.ana.command("/other", "", town.general)
    assert (await town.ana.command("/raw", "@bob", town.general)).timed_out
    foreign = sandbox.person("foreign", team="T0OTHER")
    town.general.members.append(foreign.id)
    with pytest.raises(CannotAct, match="another workspace"):
        await foreign.command("/raw", "", town.general)
    mute = await make(scopes=["chat:write"])
    silent = town_of(mute, api.clock)
    with pytest.raises(CannotAct, match="no commands scope"):
        await silent.ana.command("/raw", "", silent.general)


def menu(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "pick", "options": [option("a"), option("b")]} | (
        more
    )


async def seen_by_actions(town: Connected, *names: str) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []

    async def acted(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    for name in names:
        town.app.action(name)(acted)
    return seen


async def test_buttons_and_menus_of_a_message(town: Connected) -> None:
    """docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    seen = await seen_by_actions(town, "go", "pick", "more", "who")
    overflow = {"type": "overflow", "action_id": "more", "options": [option("x"), option("y")]}
    who = {"type": "users_select", "action_id": "who"}
    blocks = [
        {
            "type": "actions",
            "block_id": "b",
            "elements": [button("go", "1"), menu(), overflow, who],
        },
        {"type": "actions", "elements": [button("go", "2")]},
    ]
    posted = await town.call(
        "chat.postMessage", channel=town.general.id, text="choose", blocks=blocks
    )
    message = town.sandbox.message(posted["ts"])
    await town.ana.selects(message, "pick", "B")
    await town.ana.selects(message, "more", "y")
    await town.ana.selects(message, "who", town.bob)
    await town.ana.presses(message, "go", "2")
    pick, more, picked, pressed = (body["actions"][0] for body in seen)
    assert pick["selected_option"]["value"] == "b"
    assert more["selected_option"]["value"] == "y"
    assert picked["selected_user"] == town.bob.id
    assert (pressed["value"], pressed["type"]) == ("2", "button")
    last = seen[-1]
    assert last["state"]["values"]["b"]["pick"]["selected_option"]["value"] == "b"
    assert last["state"]["values"]["b"]["who"]["selected_user"] == town.bob.id
    assert last["message"]["ts"] == message.ts
    assert last["container"]["message_ts"] == message.ts
    assert last["channel"] == {"id": town.general.id, "name": "general"}
    await town.bob.presses(message, "go", "1")
    assert seen[-1]["state"]["values"]["b"]["pick"]["selected_option"] is None
    with pytest.raises(CannotAct, match="2 times button go"):
        await town.ana.presses(message, "go")
    with pytest.raises(CannotAct, match="0 times button nope"):
        await town.ana.presses(message, "nope")
    with pytest.raises(CannotAct, match="offers x, y, not z"):
        await town.ana.selects(message, "more", "z")


async def test_a_message_that_is_gone_cannot_be_acted_on(town: Connected) -> None:
    seen = await seen_by_actions(town, "go", "many")
    parent = await town.ana.says(town.general, "parent")
    many = {
        "type": "multi_users_select",
        "action_id": "many",
    }
    blocks = [
        {"type": "actions", "elements": [button("go")]},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": many},
    ]
    posted = await town.call(
        "chat.postMessage", channel=town.general.id, text="x", blocks=blocks, thread_ts=parent
    )
    message = town.sandbox.message(posted["ts"])
    await town.ana.selects(message, "many", [town.ana, town.bob])
    assert seen[0]["container"]["thread_ts"] == parent
    assert seen[0]["actions"][0]["selected_users"] == [town.ana.id, town.bob.id]
    await town.call("chat.delete", channel=town.general.id, ts=message.ts)
    with pytest.raises(CannotAct, match="cannot see"):
        await town.ana.presses(message, "go")


async def test_an_ephemeral_is_named_but_not_repeated_in_the_payload(town: Connected) -> None:
    """Our reading of the payload: container.is_ephemeral, and no message."""
    seen = await seen_by_actions(town, "go")
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": button("go")}
    ]
    await town.call(
        "chat.postEphemeral", channel=town.general.id, user=town.ana.id, text="x", blocks=blocks
    )
    (message,) = town.ana.ephemerals(town.general)
    await town.ana.presses(message, "go")
    assert seen[0]["container"]["is_ephemeral"]
    assert "message" not in seen[0]
    with pytest.raises(CannotAct, match="cannot see"):
        await town.bob.presses(message, "go")
    with pytest.raises(CannotAct, match="has no shortcuts"):
        await town.ana.message_shortcut("note", message)


async def test_a_field_in_a_message_acts_only_if_it_is_dispatched(town: Connected) -> None:
    """docs.slack.dev/reference/block-kit/blocks/input-block: dispatch_action."""
    seen = await seen_by_actions(town, "loud", "quiet", "go")

    def text(name: str, **more: Any) -> dict[str, Any]:
        element = {"type": "plain_text_input", "action_id": name}
        label = {"type": "plain_text", "text": name}
        return {"type": "input", "block_id": name, "label": label, "element": element} | more

    blocks = [
        text("quiet"),
        text("loud", dispatch_action=True),
        {"type": "actions", "elements": [button("go")]},
    ]
    posted = await town.call("chat.postMessage", channel=town.general.id, text="x", blocks=blocks)
    message = town.sandbox.message(posted["ts"])
    assert not (await town.ana.selects(message, "quiet", "psst")).sent
    assert (await town.ana.selects(message, "loud", "HEY")).sent
    await town.ana.presses(message, "go")
    assert seen[0]["actions"][0]["value"] == "HEY"
    assert seen[1]["state"]["values"]["quiet"]["quiet"]["value"] == "psst"


async def test_shortcuts(town: Connected) -> None:
    """docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload"""
    seen: list[dict[str, Any]] = []

    async def used(ack: Any, body: dict[str, Any], respond: Any) -> None:
        seen.append(body)
        await ack()
        if "response_url" in body:
            await respond("noted")

    town.app.shortcut("note")(used)
    message = town.sandbox.message(await town.bob.says(town.general, "remember this"))
    reply = await town.ana.message_shortcut("note", message)
    assert seen[0]["type"] == "message_action"
    assert seen[0]["message"]["text"] == "remember this"
    assert [m.text for m in reply.ephemerals] == ["noted"]
    assert (await town.ana.shortcut("note")).acked
    assert seen[1]["type"] == "shortcut"
    assert "response_url" not in seen[1]
    assert "channel" not in seen[1]


async def test_people_and_channels_are_made_once(api: Town) -> None:
    assert api.sandbox.person("ana") is api.ana
    assert api.sandbox.channel("general") is api.general
    assert repr(api.ana) == "<ana>"
    with pytest.raises(KeyError):
        api.sandbox.message("1.000001")
