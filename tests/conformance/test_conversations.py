"""Channels, marks and people: what the methods about them allow and answer."""

import pytest

from tests.conformance import sources
from tests.conformance.driver import Operator, People
from tests.conformance.rules import expect, expect_in, expect_out, rule
from tests.conformance.wire import Json, Slack


async def made(slack: Slack, name: str = "") -> str:
    """A new channel of the bot's own."""
    name = name or f"made-{slack.fresh()}"
    return str((await slack.form("conversations.create", name=name)).get("channel", "id"))


@rule("a name stands once: name_taken", source=sources.API)
async def test_names_are_unique(slack: Slack) -> None:
    name = f"twice-{slack.fresh()}"
    expect((await slack.form("conversations.create", name=name)).error, "")
    expect((await slack.form("conversations.create", name=name)).error, "name_taken")


@rule("the name of an archived channel is still taken", source=sources.UNREAD)
async def test_archived_names_are_taken(slack: Slack) -> None:
    name = f"old-{slack.fresh()}"
    await slack.form("conversations.archive", channel=await made(slack, name))
    expect((await slack.form("conversations.create", name=name)).error, "name_taken")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param(name, code, id=code, marks=rule(text, source=sources.API))
        for text, name, code in (
            ("a channel's name: 80", "x" * 81, "invalid_name_maxlength"),
            ("a channel's name is lower case", "Loud", "invalid_name_specials"),
            ("a channel's name is more than punctuation", "--", "invalid_name_punctuation"),
        )
    ],
)
async def test_names_have_rules(slack: Slack, name: str, code: str) -> None:
    expect((await slack.form("conversations.create", name=name)).error, code)


@rule("a channel's topic: 250, then too_long", source=sources.API)
async def test_topics_have_a_length(slack: Slack) -> None:
    args = {"channel": slack.room}
    expect((await slack.call("conversations.setTopic", **args, topic="x" * 250)).error, "")
    expect((await slack.call("conversations.setTopic", **args, topic="x" * 251)).error, "too_long")


@rule("conversations.invite: 100 people", source=sources.API)
async def test_invitations_have_a_number(slack: Slack) -> None:
    users = ",".join(f"U0{n:08}" for n in range(101))
    answer = await slack.form("conversations.invite", channel=slack.room, users=users)
    expect(answer.error, "invalid_arguments")


@rule("somebody who is there already: already_in_channel", source=sources.API)
async def test_nobody_is_invited_twice(slack: Slack) -> None:
    channel = await made(slack)
    args = {"channel": channel, "users": slack.human}
    expect((await slack.form("conversations.invite", **args)).error, "")
    expect((await slack.form("conversations.invite", **args)).error, "already_in_channel")


@rule("conversations.open: 8 people, then too_many_users", source=sources.API)
async def test_dms_have_a_size(slack: Slack) -> None:
    users = ",".join(f"U0{n:08}" for n in range(9))
    expect((await slack.form("conversations.open", users=users)).error, "too_many_users")


@rule("conversations.open gives the same DM every time", source=sources.UNREAD)
async def test_dms_are_the_same(slack: Slack) -> None:
    first = await slack.form("conversations.open", users=slack.human)
    second = await slack.form("conversations.open", users=slack.human)
    expect(second.get("channel", "id"), first.get("channel", "id"))
    expect(second.get("already_open"), True)


@rule("a post into an archived channel: is_archived", source=sources.API)
async def test_archived_channels_are_closed(slack: Slack) -> None:
    channel = await made(slack)
    expect((await slack.form("conversations.archive", channel=channel)).error, "")
    expect((await slack.post(channel=channel)).error, "is_archived")


@rule("a post where the bot is not: not_in_channel", source=sources.API)
async def test_the_bot_must_be_there(slack: Slack) -> None:
    channel = await made(slack)
    expect((await slack.form("conversations.leave", channel=channel)).error, "")
    expect((await slack.post(channel=channel)).error, "not_in_channel")


@rule("lists come in pages with a cursor", source=sources.API)
async def test_lists_have_pages(slack: Slack) -> None:
    await made(slack)
    first = await slack.form("conversations.list", limit=1)
    cursor = first.get("response_metadata", "next_cursor")
    second = await slack.form("conversations.list", limit=1, cursor=cursor)
    ids = {answer.get("channels", 0, "id") for answer in (first, second)}
    expect((bool(cursor), len(ids)), (True, 2))


@rule("an unknown cursor: invalid_cursor", source=sources.API)
async def test_cursors_are_known(slack: Slack) -> None:
    answer = await slack.form("conversations.history", channel=slack.room, cursor="nonsense")
    expect(answer.error, "invalid_cursor")


@rule("users.conversations tells where somebody is", source=sources.API)
async def test_people_have_conversations(slack: Slack) -> None:
    answer = await slack.form("users.conversations")
    expect_in(slack.room, [c["id"] for c in answer.get("channels") or []])


# -- marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("add", "remove", "args", "there", "gone"),
    [
        pytest.param(
            "reactions.add",
            "reactions.remove",
            {"name": "eyes"},
            "already_reacted",
            "no_reaction",
            id="reactions",
            marks=rule("a reaction: already_reacted, no_reaction", source=sources.API),
        ),
        pytest.param(
            "pins.add",
            "pins.remove",
            {},
            "already_pinned",
            "no_pin",
            id="pins",
            marks=rule("a pin: already_pinned, no_pin", source=sources.API),
        ),
    ],
)
async def test_marks_stand_once(
    slack: Slack, add: str, remove: str, args: Json, there: str, gone: str
) -> None:
    args = args | {"channel": slack.room, "timestamp": await slack.said()}
    codes = [(await slack.form(method, **args)).error for method in (add, add, remove, remove)]
    expect(codes, ["", there, "", gone])


@rule("an unknown emoji's name: invalid_name", source=sources.API)
async def test_emoji_have_names(slack: Slack) -> None:
    args = {"channel": slack.room, "timestamp": await slack.said(), "name": "not an emoji"}
    expect((await slack.form("reactions.add", **args)).error, "invalid_name")


@pytest.mark.parametrize(
    ("args", "more"),
    [
        pytest.param(args, more, id=name, marks=rule(text, source=sources.API))
        for name, text, args, more in (
            (
                "title",
                "a bookmark's title: 256",
                {"title": "t" * 256, "link": "https://example.com"},
                {"title": "t" * 257},
            ),
            (
                "link",
                "a bookmark's link: 2048",
                {"title": "t", "link": "https://example.com/" + "x" * 2028},
                {"link": "https://example.com/" + "x" * 2029},
            ),
        )
    ],
)
async def test_bookmarks_have_limits(slack: Slack, args: Json, more: Json) -> None:
    args = args | {"channel_id": slack.room, "type": "link"}
    expect((await slack.form("bookmarks.add", **args)).error, "")
    expect((await slack.form("bookmarks.add", **args | more)).error, "invalid_arguments")


# -- people ----------------------------------------------------------------------------------------


@rule("users.info: tz, tz_label, tz_offset in seconds", source=sources.API)
async def test_people_have_a_zone(slack: Slack) -> None:
    user = (await slack.form("users.info", user=slack.human)).get("user") or {}
    expect([type(user.get(name)) for name in ("tz", "tz_label", "tz_offset")], [str, str, int])


@rule("users.info: the locale only with include_locale", source=sources.API)
async def test_the_locale_is_asked_for(slack: Slack) -> None:
    without = await slack.form("users.info", user=slack.human)
    with_it = await slack.form("users.info", user=slack.human, include_locale="1")
    there = ["locale" in (answer.get("user") or {}) for answer in (without, with_it)]
    expect(there, [False, True])


@rule("the e-mail address needs users:read.email", source=sources.API)
async def test_addresses_need_a_scope(slack: Slack, operator: Operator) -> None:
    there = await slack.form("users.info", user=slack.human)
    operator.revokes("users:read.email")
    gone = await slack.form("users.info", user=slack.human)
    emails = [answer.get("user", "profile", "email") for answer in (there, gone)]
    expect([bool(email) for email in emails], [True, False])


@rule("users.getPresence: active or away", source=sources.API)
async def test_people_are_active_or_away(slack: Slack) -> None:
    answer = await slack.form("users.getPresence", user=slack.human)
    expect_in(answer.get("presence"), ("active", "away"))


@rule("dnd.teamInfo: 50 people a call", source=sources.API)
async def test_dnd_takes_fifty(slack: Slack) -> None:
    fifty = ",".join([slack.human, *(f"U0{n:08}" for n in range(49))])
    answer = await slack.form("dnd.teamInfo", users=fifty)
    facts = answer.get("users", slack.human) or {}
    wanted = {"dnd_enabled", "next_dnd_start_ts", "next_dnd_end_ts"}
    expect(wanted <= set(facts), True)
    expect_out("snooze_enabled", facts)
    expect((await slack.form("dnd.teamInfo", users=fifty + ",U1")).ok, False)


@rule("dnd.info: one person's window", source=sources.API)
async def test_dnd_tells_of_one(slack: Slack) -> None:
    answer = await slack.form("dnd.info", user=slack.human)
    expect(isinstance(answer.get("dnd_enabled"), bool), True)


@rule("usergroups.list: members only with include_users", source=sources.API)
async def test_teams_have_members(slack: Slack, people: People) -> None:
    group = people.makes_team("oncall")
    plain = await slack.form("usergroups.list")
    whole = await slack.form("usergroups.list", include_users="1")
    expect((plain.get("usergroups", 0, "users"), whole.get("usergroups", 0, "id")), (None, group))
    members = await slack.form("usergroups.users.list", usergroup=group)
    expect(members.get("users"), whole.get("usergroups", 0, "users"))


@rule("usergroups.users.list of nothing: no_such_subteam", source=sources.API)
async def test_teams_are_known(slack: Slack) -> None:
    answer = await slack.form("usergroups.users.list", usergroup="S0NONE")
    expect(answer.error, "no_such_subteam")


# -- canvases --------------------------------------------------------------------------------------

TEXT = {"type": "markdown", "markdown": "# What happened"}


@rule("a canvas: markdown only", source=sources.API)
async def test_canvases_are_markdown(slack: Slack) -> None:
    expect((await slack.call("canvases.create", title="t", document_content=TEXT)).error, "")
    html = {"type": "html", "html": "<p>x</p>"}
    answer = await slack.call("canvases.create", title="t", document_content=html)
    expect(answer.error, "invalid_arguments")


@rule("canvases.edit: one change a call", source=sources.API)
async def test_canvases_change_once(slack: Slack) -> None:
    made = await slack.call("canvases.create", title="t", document_content=TEXT)
    change = {"operation": "insert_at_end", "document_content": TEXT}
    args = {"canvas_id": made.get("canvas_id")}
    expect((await slack.call("canvases.edit", **args, changes=[change])).error, "")
    twice = await slack.call("canvases.edit", **args, changes=[change, change])
    expect(twice.error, "invalid_arguments")


@rule("a free workspace: one canvas a channel, as its tab", source=sources.API)
async def test_free_workspaces_have_one_tab(slack: Slack, operator: Operator) -> None:
    operator.pays_nothing()
    alone = await slack.call("canvases.create", title="t")
    expect(alone.error, "free_teams_cannot_create_non_tabbed_canvases")
    first = await slack.call("canvases.create", title="t", channel_id=slack.room)
    second = await slack.call("canvases.create", title="t", channel_id=slack.room)
    expect((first.error, second.error), ("", "free_team_canvas_tab_already_exists"))


@rule("a canvas: 1 MiB, then canvas_too_large", source=sources.API)
async def test_canvases_have_a_size(slack: Slack) -> None:
    made = await slack.call("canvases.create", title="t", document_content=TEXT)
    large = {"type": "markdown", "markdown": "x" * 1024 * 1024}
    change = {"operation": "insert_at_end", "document_content": large}
    answer = await slack.call("canvases.edit", canvas_id=made.get("canvas_id"), changes=[change])
    expect(answer.error, "canvas_too_large")
