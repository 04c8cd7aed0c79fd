"""conversations.*: channels, members, history."""

import base64

import pytest

from tests.bot.sandbox.conftest import Town


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("inc-0001-checkout_x", ""),
        ("größe", ""),
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("--__", "invalid_name_punctuation"),
        ("Upper", "invalid_name_specials"),
        ("two words", "invalid_name_specials"),
        ("a.b", "invalid_name_specials"),
        ("a/b", "invalid_name_specials"),
        ("general", "name_taken"),
    ],
)
async def test_names_of_channels(api: Town, name: str, code: str) -> None:
    """docs.slack.dev/reference/methods/conversations.create: naming."""
    assert await api.error("conversations.create", name=name) == code


async def test_a_new_channel_has_the_bot_in_it_and_its_name_stays_taken(api: Town) -> None:
    answer = await api.call("conversations.create", name="inc-1")
    channel = api.sandbox.channel("inc-1")
    assert answer["channel"]["id"] == channel.id
    assert answer["channel"]["is_member"]
    assert channel.members == [api.sandbox.bot_user_id]
    await api.call("conversations.archive", channel=channel.id)
    assert await api.error("conversations.create", name="inc-1") == "name_taken"


async def test_a_workspace_can_forbid_new_channels(api: Town) -> None:
    """DESIGN section 3: restricted_action."""
    api.sandbox.workspace.forbid_channel_creation = True
    assert await api.error("conversations.create", name="inc-1") == "restricted_action"


async def test_invitations_are_all_or_nobody_unless_forced(api: Town) -> None:
    """docs.slack.dev/reference/methods/conversations.invite: errors, force."""
    carl = api.sandbox.person("carl")
    place = api.general.id
    both = f"{api.ana.id},{carl.id}"
    answer = await api.call("conversations.invite", channel=place, users=both)
    assert answer["error"] == "already_in_channel"
    assert answer["errors"] == [{"user": api.ana.id, "error": "already_in_channel", "ok": False}]
    assert carl.id not in api.general.members
    forced = await api.call("conversations.invite", channel=place, users=both, force=True)
    assert forced["ok"]
    assert carl.id in api.general.members
    assert [n.text for n in api.general.notices()] == [f"<@{carl.id}> has joined the channel"]


async def test_who_cannot_be_invited(api: Town) -> None:
    """slack-platform.md section 3: invite 100; cant_invite_self, user_not_found."""
    gone = api.sandbox.person("gone")
    await gone.goes()
    foreign = api.sandbox.person("foreign", team="T0OTHER")

    async def code(users: str) -> str:
        return await api.error("conversations.invite", channel=api.general.id, users=users)

    assert await code(api.sandbox.bot_user_id) == "cant_invite_self"
    assert await code("U404") == "user_not_found"
    assert await code(gone.id) == "cant_invite"
    assert await code(foreign.id) == "org_user_not_in_team"
    assert await code(" , ") == "no_user"
    assert await code(",".join(f"U{n}" for n in range(101))) == "invalid_arguments"


async def test_topics(api: Town) -> None:
    place = {"channel": api.general.id}
    assert await api.error("conversations.setTopic", **place, topic="x" * 251) == "too_long"
    assert await api.error("conversations.setTopic", **place, topic="new") == ""
    assert await api.error("conversations.setTopic", **place, topic="new") == ""
    assert await api.error("conversations.setPurpose", **place, purpose="why") == ""
    assert await api.error("conversations.setPurpose", **place, purpose="x" * 251) == "too_long"
    assert (api.general.topic, api.general.purpose) == ("new", "why")
    assert [n.subtype for n in api.general.notices()] == ["channel_topic", "channel_purpose"]


async def test_joining_leaving_and_removing(api: Town) -> None:
    lobby = api.sandbox.channel("lobby", members=[api.ana])
    secret = api.sandbox.channel("secret", private=True, bot=True)
    assert await api.error("conversations.join", channel=lobby.id) == ""
    again = await api.call("conversations.join", channel=lobby.id)
    assert again["warning"] == "already_in_channel"
    assert await api.error("conversations.join", channel=secret.id) == (
        "method_not_supported_for_channel_type"
    )
    assert await api.error("conversations.kick", channel=lobby.id, user=api.ana.id) == ""
    assert api.ana.id not in lobby.members
    assert await api.error("conversations.kick", channel=lobby.id, user=api.ana.id) == (
        "user_not_found"
    )
    bot = api.sandbox.bot_user_id
    assert await api.error("conversations.kick", channel=lobby.id, user=bot) == "cant_kick_self"
    assert await api.error("conversations.kick", channel=api.general.id, user=api.ana.id) == (
        "cant_kick_from_general"
    )
    closed = api.sandbox.channel("closed")
    closed.archived = True
    assert await api.error("conversations.join", channel=closed.id) == "is_archived"
    assert await api.error("conversations.leave", channel=lobby.id) == ""
    assert (await api.call("conversations.leave", channel=lobby.id))["not_in_channel"]
    assert await api.error("conversations.leave", channel=api.general.id) == "cant_leave_general"


async def test_archiving_and_renaming(api: Town) -> None:
    made = (await api.call("conversations.create", name="inc-1"))["channel"]["id"]
    assert await api.error("conversations.rename", channel=made, name="general") == "name_taken"
    assert await api.error("conversations.rename", channel=made, name="inc-2") == ""
    assert api.sandbox.workspace.channels[made].name == "inc-2"
    assert await api.error("conversations.rename", channel=api.general.id, name="x") == (
        "not_authorized"
    )
    assert await api.error("conversations.archive", channel=made) == ""
    assert await api.error("conversations.archive", channel=made) == "already_archived"
    assert await api.error("conversations.archive", channel=api.general.id) == (
        "cant_archive_general"
    )
    for method, args in (("setTopic", {"topic": "x"}), ("rename", {"name": "inc-3"})):
        assert await api.error(f"conversations.{method}", channel=made, **args) == "is_archived"


async def test_info_and_members(api: Town) -> None:
    secret = api.sandbox.channel("secret", private=True)
    info = await api.call("conversations.info", channel=api.general.id, include_num_members="1")
    assert info["channel"]["num_members"] == 3
    assert info["channel"]["is_channel"]
    assert await api.error("conversations.info", channel=secret.id) == "channel_not_found"
    first = await api.call("conversations.members", channel=api.general.id, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await api.call("conversations.members", channel=api.general.id, cursor=cursor)
    assert [*first["members"], *second["members"]] == api.general.members
    assert second["response_metadata"]["next_cursor"] == ""
    assert await api.error("conversations.members", channel=api.general.id, cursor="x") == (
        "invalid_cursor"
    )
    foreign = base64.b64encode(b"team:C1").decode()
    assert await api.error("conversations.members", channel=api.general.id, cursor=foreign) == (
        "invalid_cursor"
    )
    assert await api.error("conversations.members", channel=api.general.id, limit=-1) == (
        "invalid_limit"
    )


async def test_direct_messages(api: Town) -> None:
    """slack-platform.md section 3: conversations.open at most 8 people."""
    first = await api.call("conversations.open", users=api.ana.id)
    again = await api.call("conversations.open", users=api.ana.id, return_im=True)
    assert first["channel"] == {"id": again["channel"]["id"]}
    assert again["already_open"]
    assert again["channel"]["user"] == api.ana.id
    group = await api.call("conversations.open", users=f"{api.ana.id},{api.bob.id}")
    assert api.sandbox.workspace.channels[group["channel"]["id"]].kind == "mpim"
    by_id = await api.call("conversations.open", channel=first["channel"]["id"])
    assert by_id["channel"] == first["channel"]
    assert await api.error("conversations.open") == "users_list_not_supplied"
    assert await api.error("conversations.open", users="U404") == "user_not_found"
    nine = ",".join(f"U{n}" for n in range(9))
    assert await api.error("conversations.open", users=nine) == "too_many_users"
    assert await api.error("conversations.open", users=api.sandbox.bot_user_id) == (
        "invalid_user_combination"
    )
    carl = api.sandbox.person("carl")
    assert await api.error("conversations.open", users=carl.id, prevent_creation=True) == (
        "channel_not_found"
    )
    await carl.goes()
    assert await api.error("conversations.open", users=carl.id) == "user_disabled"
    dm = first["channel"]["id"]
    assert await api.error("conversations.archive", channel=dm) == (
        "method_not_supported_for_channel_type"
    )


async def test_lists_show_what_the_bot_can_see(api: Town) -> None:
    api.sandbox.channel("secret", private=True)
    known = api.sandbox.channel("known", private=True, members=[api.ana], bot=True)
    closed = api.sandbox.channel("closed")
    closed.archived = True
    every = "public_channel,private_channel,im"

    async def names(method: str, **args: object) -> set[str]:
        answer = await api.call(method, **args)
        return {c["name"] for c in answer["channels"]}

    assert await names("conversations.list", types=every) == {"general", "known", "closed"}
    assert await names("conversations.list", exclude_archived="true") == {"general"}
    assert await names("users.conversations", types=every) == {"general", "known"}
    assert await names("users.conversations", types=every, user=api.ana.id) == {
        "general",
        known.name,
    }
    assert await names("users.conversations", user=api.bob.id) == {"general"}
    assert await api.error("conversations.list", types="rooms") == "invalid_types"


async def test_history_is_newest_first_and_pages(api: Town) -> None:
    """docs.slack.dev/reference/methods/conversations.history: cursor, oldest, latest."""
    stamps = [await api.ana.says(api.general, str(n)) for n in range(5)]
    await api.bob.says(api.general, "reply", stamps[0])
    await api.bob.says(api.general, "loud", stamps[0], broadcast=True)
    place = api.general.id
    first = await api.call("conversations.history", channel=place, limit=4)
    assert [m["text"] for m in first["messages"]] == ["loud", "4", "3", "2"]
    assert first["has_more"]
    rest = await api.call(
        "conversations.history", channel=place, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in rest["messages"]] == ["1", "0"]
    assert not rest["has_more"]
    assert rest["messages"][1]["reply_count"] == 2

    async def between(**args: object) -> list[str]:
        answer = await api.call("conversations.history", channel=place, **args)
        return [m["text"] for m in answer["messages"]]

    span = {"oldest": stamps[1], "latest": stamps[3]}
    assert await between(**span) == ["2"]
    assert await between(**span, inclusive=True) == ["3", "2", "1"]
    assert await between(latest=stamps[0], inclusive=True, limit=1) == ["0"]
    assert await api.error("conversations.history", channel=place, oldest="x") == (
        "invalid_ts_oldest"
    )
    assert await api.error("conversations.history", channel=place, latest="x") == (
        "invalid_ts_latest"
    )
    outside = api.sandbox.channel("outside")
    assert await api.error("conversations.history", channel=outside.id) == "not_in_channel"


async def test_replies_are_oldest_first_with_the_parent_in_front(api: Town) -> None:
    """docs.slack.dev/reference/methods/conversations.replies."""
    parent = await api.ana.says(api.general, "parent")
    stamps = [await api.bob.says(api.general, str(n), parent) for n in range(3)]
    place = api.general.id
    whole = await api.call("conversations.replies", channel=place, ts=parent)
    assert [m["text"] for m in whole["messages"]] == ["parent", "0", "1", "2"]
    assert whole["messages"][1]["parent_user_id"] == api.ana.id
    newer = await api.call("conversations.replies", channel=place, ts=parent, oldest=stamps[1])
    assert [m["text"] for m in newer["messages"]] == ["parent", "2"]
    paged = await api.call("conversations.replies", channel=place, ts=parent, limit=2)
    assert paged["has_more"]
    one = await api.call("conversations.replies", channel=place, ts=stamps[0])
    assert [m["text"] for m in one["messages"]] == ["0"]
    assert await api.error("conversations.replies", channel=place, ts="1.1") == "thread_not_found"
