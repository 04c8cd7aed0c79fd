"""Calls as such: tokens, arguments, scopes, rate limits, and what happens when things go wrong."""

import aiohttp
import pytest

from tests.conformance import sources
from tests.conformance.driver import Operator
from tests.conformance.rules import Differs, expect, expect_in, expect_out, rule
from tests.conformance.wire import Answer, Json, Slack

TOO_MANY = 429
TWICE = "slack-sdk: a line cut after the request makes the default client send twice"


async def until_refused(slack: Slack, method: str, args: Json, most: int) -> list[Answer]:
    """The answers of one method, called until it is refused or `most` times."""
    answers: list[Answer] = []
    while len(answers) < most and (not answers or answers[-1].ok):
        answers.append(await slack.once(method, args))
    return answers


@rule("arguments come as a form or as JSON", source=sources.API)
async def test_forms_and_json_are_the_same(slack: Slack) -> None:
    blocks = [{"type": "divider"}]
    args = {"channel": slack.room, "text": "x", "blocks": blocks}
    as_json = await slack.call("chat.postMessage", **args)
    as_form = await slack.form("chat.postMessage", **args)
    kinds = [a.get("message", "blocks", 0, "type") for a in (as_json, as_form)]
    expect(kinds, ["divider", "divider"])


@rule("a JSON body is not read where Slack takes none", source=sources.API)
async def test_some_methods_take_forms_only(slack: Slack) -> None:
    expect((await slack.call("users.info", user=slack.human)).ok, False)
    expect((await slack.form("users.info", user=slack.human)).ok, True)


@rule("no token: not_authed", source=sources.API)
async def test_a_token_is_needed(slack: Slack) -> None:
    expect((await slack.once("auth.test", {}, token="")).error, "not_authed")


@rule("an unknown token: invalid_auth", source=sources.API)
async def test_the_token_is_known(slack: Slack) -> None:
    expect((await slack.once("auth.test", {}, token="xoxb-unknown")).error, "invalid_auth")


@rule("sockets are opened with an app token: not_allowed_token_type", source=sources.API)
async def test_sockets_need_the_app_token(slack: Slack) -> None:
    expect((await slack.once("apps.connections.open", {})).error, "not_allowed_token_type")


@rule("no such method: unknown_method", source=sources.API)
async def test_methods_are_known(slack: Slack) -> None:
    expect((await slack.call("chat.shout")).error, "unknown_method")


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(name, marks=rule(f"{name} is not for bots", source=sources.API))
        for name in ("search.messages", "reminders.add")
    ],
)
async def test_some_methods_are_not_for_bots(slack: Slack, method: str) -> None:
    expect((await slack.form(method, query="x", text="x")).error, "not_allowed_token_type")


@rule("files.upload ended on 12 Nov 2025: method_deprecated", source=sources.FILES)
async def test_the_old_upload_has_ended(slack: Slack) -> None:
    expect((await slack.form("files.upload", content="x")).error, "method_deprecated")


@rule("an unknown argument is refused by name", source=sources.API)
async def test_arguments_are_known(slack: Slack) -> None:
    answer = await slack.post(colour="red")
    expect(answer.error, "invalid_arguments")
    expect_in("colour", str(answer.get("response_metadata", "messages")))


@rule("a missing argument is refused by name", source=sources.API)
async def test_arguments_are_there(slack: Slack) -> None:
    answer = await slack.call("chat.delete", channel=slack.room)
    expect_in("ts", str(answer.get("response_metadata", "messages")))


@rule("a refusal has HTTP status 200", source=sources.UNREAD)
async def test_refusals_are_answers(slack: Slack) -> None:
    answer = await slack.call("chat.postMessage", channel="C0NOWHERE", text="x")
    expect((answer.status, answer.error), (200, "channel_not_found"))


@rule("every answer names the granted scopes: x-oauth-scopes", source="slack-bolt 1.30.0")
async def test_scopes_are_named(slack: Slack) -> None:
    scopes = (await slack.form("auth.test")).headers.get("x-oauth-scopes", "")
    expect_in("chat:write", scopes.split(","))


@pytest.mark.parametrize(
    ("scope", "method"),
    [
        pytest.param(scope, method, id=method, marks=rule(f"{method}: {scope}", source=sources.API))
        for scope, method in (
            ("chat:write", "chat.postMessage"),
            ("channels:history", "conversations.history"),
            ("reactions:write", "reactions.add"),
            ("pins:write", "pins.add"),
            ("bookmarks:write", "bookmarks.add"),
            ("files:write", "files.getUploadURLExternal"),
            ("files:read", "files.info"),
            ("users:read", "users.info"),
            ("dnd:read", "dnd.teamInfo"),
            ("usergroups:read", "usergroups.list"),
            ("canvases:write", "canvases.create"),
            ("channels:manage", "conversations.create"),
        )
    ],
)
async def test_methods_need_their_scope(
    slack: Slack, operator: Operator, scope: str, method: str
) -> None:
    operator.revokes(scope)
    named = {"conversations.create": {"name": "ok"}, "users.info": {"user": slack.human}}
    answer = await slack.form(method, **named.get(method, {"channel": slack.room}))
    expect(answer.error, "missing_scope")
    expect_in(scope, str(answer.get("needed")).split(","))
    expect_out(scope, str(answer.get("provided")).split(","))


TIERS = {
    20: (
        "bookmarks.add canvases.create conversations.archive conversations.create "
        "conversations.list conversations.setTopic dnd.teamInfo pins.add users.list"
    ),
    50: (
        "canvases.edit chat.delete chat.scheduleMessage chat.update conversations.history "
        "conversations.info conversations.invite conversations.join conversations.open "
        "conversations.replies dnd.info reactions.add users.conversations users.getPresence"
    ),
    100: (
        "chat.postEphemeral conversations.members files.completeUploadExternal "
        "files.getUploadURLExternal users.info views.open views.publish views.push views.update"
    ),
}


@pytest.mark.parametrize(
    ("method", "tier"),
    [
        pytest.param(
            method,
            tier,
            id=method,
            marks=rule(f"{method}: {tier} a minute, then 429", source=sources.LIMITS),
        )
        for tier, names in TIERS.items()
        for method in names.split()
    ],
)
async def test_methods_have_tiers(slack: Slack, method: str, tier: int) -> None:
    passed = await allowed(slack, method, tier * 2)
    if passed < tier:  # what other rules called a moment ago counts, too
        await slack.pause(60)
        passed = await allowed(slack, method, tier * 2)
    if not tier <= passed < tier * 2:
        raise Differs(f"429 after {tier} calls", f"{passed} calls without a 429")


async def allowed(slack: Slack, method: str, most: int) -> int:
    """How many calls of a method are not answered with 429; no more than `most` are made."""
    for number in range(most):
        if (await slack.once_form(method, {})).status == TOO_MANY:
            return number
    return most


@rule("views.* and chat.getPermalink need no scope", source=sources.API)
async def test_some_methods_need_no_scope(slack: Slack, operator: Operator) -> None:
    ts = await slack.said()
    operator.revokes(*operator.scopes)
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    expect((await slack.call("views.publish", user_id=slack.human, view=view)).error, "")
    args = {"channel": slack.room, "message_ts": ts}
    expect((await slack.form("chat.getPermalink", **args)).error, "")


@rule("429 says when to come back: Retry-After, whole seconds", source=sources.LIMITS)
async def test_429_says_when(slack: Slack) -> None:
    args = {"channel": slack.room, "text": "x"}
    answers = await until_refused(slack, "chat.postMessage", args, 99)
    expect((answers[-1].status, answers[-1].error), (429, "ratelimited"))
    expect(answers[-1].headers.get("Retry-After", "").isdigit(), True)
    await slack.pause(int(answers[-1].headers["Retry-After"]))
    expect((await slack.once("chat.postMessage", args)).ok, True)


@rule("chat.postMessage: about 1 a second in a channel", source=sources.LIMITS)
async def test_one_message_a_second(slack: Slack) -> None:
    args = {"channel": slack.room, "text": "x"}
    statuses = [(await slack.once("chat.postMessage", args)).status for _ in range(30)]
    expect_in(429, statuses)


@rule("chat.update: one budget for all channels", source=sources.LIMITS)
async def test_updates_share_a_budget(slack: Slack) -> None:
    made = await slack.form("conversations.create", name=f"second-{slack.fresh()}")
    rooms = [slack.room, str(made.get("channel", "id"))]
    stamps = [str((await slack.post(channel=room)).get("ts")) for room in rooms]
    statuses = []
    for number in range(150):
        args = {"channel": rooms[number % 2], "ts": stamps[number % 2], "text": "y"}
        statuses.append((await slack.once("chat.update", args)).status)
    expect((set(statuses[:50]), TOO_MANY in statuses[:100]), ({200}, True))


@rule("a line cut after the request: done, but unanswered", source=TWICE)
async def test_a_cut_line_may_have_done_it(slack: Slack, operator: Operator) -> None:
    operator.fault("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await slack.post("cut")
    expect(await texts(slack), ["cut"])


@rule("a call answered by silence may take effect later", source=TWICE)
async def test_a_silent_call_may_come_late(slack: Slack, operator: Operator) -> None:
    operator.fault("chat.postMessage", late=True)
    with pytest.raises(aiohttp.ClientError):
        await slack.post("late")
    expect(await texts(slack), [])
    expect(operator.applies_late(), 1)
    expect(await texts(slack), ["late"])


@rule("a server error says nothing about what was done", source=sources.UNREAD)
async def test_server_errors_say_nothing(slack: Slack, operator: Operator) -> None:
    operator.fault("chat.postMessage", status=503, applied=True)
    expect((await slack.post("done")).status, 503)
    operator.fault("chat.postMessage", status=503)
    expect((await slack.post("not done")).status, 503)
    expect(await texts(slack), ["done"])


async def texts(slack: Slack) -> list[str]:
    """What stands in the room, the newest first."""
    answer = await slack.call("conversations.history", channel=slack.room)
    return [message["text"] for message in answer.get("messages") or []]
