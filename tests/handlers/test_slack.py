"""What a failed call means: refused for good, come back later, or nobody knows; asked only once."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.errors import SendFailed
from handlers import slack as room
from handlers.slack import WAIT_SECONDS, Slack, make_session
from tests.handlers.conftest import Town

POST = "chat.postMessage"


async def failure(town: Town, **how: Any) -> SendFailed:
    """How posting fails when this goes wrong with it."""
    town.sandbox.fault(POST, **how)
    with pytest.raises(SendFailed) as failed:
        await town.slack.call("T1", POST, channel=town.general.id, text="hello")
    assert town.asked(POST) == 1
    return failed.value


async def test_a_call_that_goes_well(town: Town) -> None:
    posted = await town.slack.call("T1", POST, channel=town.general.id, text="hello")
    assert [line.ts for line in town.general.lines()] == [posted["ts"]]
    told = await town.slack.ask("T1", "users.info", user=town.ana.id)
    assert told["user"]["id"] == town.ana.id


async def test_come_back_later(town: Town) -> None:
    failed = await failure(town, status=429, retry_after=17)
    assert (failed.retry_after, failed.permanent, failed.ambiguous) == (17.0, False, False)
    assert town.general.lines() == []


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("applied", [True, False])
async def test_a_server_error_may_have_done_it(town: Town, status: int, applied: bool) -> None:
    failed = await failure(town, status=status, applied=applied)
    assert (failed.permanent, failed.ambiguous) == (False, True)
    assert len(town.general.lines()) == applied


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_line_that_drops_may_have_done_it_and_is_not_tried_again(
    town: Town, when: Any
) -> None:
    failed = await failure(town, drop=when)
    assert (failed.permanent, failed.ambiguous) == (False, True)
    assert len(town.general.lines()) == (when == "after")


@pytest.mark.parametrize(
    "code",
    ["channel_not_found", "is_archived", "restricted_action", "invalid_blocks", "name_taken"],
)
async def test_a_refusal_is_for_good(town: Town, code: str) -> None:
    failed = await failure(town, error=code)
    assert (failed.reason, failed.permanent, failed.ambiguous) == (code, True, False)


@pytest.mark.parametrize(
    ("code", "ambiguous"),
    [
        ("internal_error", True),
        ("fatal_error", True),
        ("request_timeout", True),
        ("service_unavailable", False),
        ("team_added_to_org", False),
    ],
)
async def test_what_passes_is_not_for_good(town: Town, code: str, ambiguous: bool) -> None:
    failed = await failure(town, error=code)
    assert (failed.reason, failed.permanent, failed.ambiguous) == (code, False, ambiguous)


async def test_a_reason_never_repeats_what_was_to_be_said(town: Town) -> None:
    for how in ({"error": "invalid_blocks"}, {"status": 500}, {"drop": "after"}):
        town.sandbox.calls.clear()
        assert "hello" not in str(await failure(town, **how))


async def test_nobody_listens_there(town: Town) -> None:
    await town.sandbox.stop()
    with pytest.raises(SendFailed) as failed:
        await town.slack.call("T1", POST, channel=town.general.id, text="hello")
    assert (failed.value.reason, failed.value.ambiguous) == ("unreachable", False)
    assert not failed.value.permanent


# -- answers that Slack itself never gives, but what stands between us does -----------------------


@dataclass
class Odd:
    """A server that answers as it is told, and counts."""

    slack: Slack
    url: str
    answers: list[web.Response] = field(default_factory=list)
    asked: int = 0

    async def failure(self, *, status: int = 200, **response: Any) -> SendFailed:
        self.answers.append(web.Response(status=status, **response))
        with pytest.raises(SendFailed) as failed:
            await self.slack.call("T1", POST, text="hello")
        assert self.asked == 1
        return failed.value


@pytest.fixture
async def odd() -> AsyncIterator[Odd]:
    async def answer(_request: web.Request) -> web.Response:
        server.asked += 1
        return server.answers.pop()

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with make_session() as session:
        server = Odd(Slack(url, lambda _workspace: "token", session), url)
        yield server
    await runner.cleanup()


@pytest.mark.parametrize("told", ["Fri, 20 Nov 2026 03:08:00 GMT", "", "soon", "-1"])
async def test_a_wait_that_is_no_number_is_a_cautious_one(odd: Odd, told: str) -> None:
    body = json.dumps({"ok": False, "error": "ratelimited"})
    headers = {"Retry-After": told}
    failed = await odd.failure(
        status=429, text=body, content_type="application/json", headers=headers
    )
    assert failed.retry_after == WAIT_SECONDS


@pytest.mark.parametrize(
    ("status", "body", "kind", "permanent", "ambiguous"),
    [
        (200, "<html>sign in</html>", "text/html", False, True),  # a portal took it, or did not
        (200, "{broken", "application/json", False, True),
        (200, "{}", "application/json", False, True),
        (200, "[]", "application/json", False, True),
        (502, "{broken", "application/json", False, True),
        (503, "busy", "text/plain", False, True),
        (404, "<html>no such page</html>", "text/html", True, False),
        (403, "blocked by policy", "text/plain", True, False),
    ],
)
async def test_an_answer_that_is_not_slacks(
    odd: Odd, status: int, body: str, kind: str, permanent: bool, ambiguous: bool
) -> None:
    failed = await odd.failure(status=status, text=body, content_type=kind)
    assert (failed.permanent, failed.ambiguous) == (permanent, ambiguous)
    assert failed.reason


@pytest.mark.parametrize("quick", [True, False])
async def test_an_answer_in_time_or_nobody_knows(
    town: Town, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ANSWER_SECONDS" if quick else "SEND_SECONDS", 0.02)
    async with make_session() as session:
        impatient = Slack(town.sandbox.api_url, lambda _: town.sandbox.bot_token, session)
        town.sandbox.fault("users.info", slow=0.1)
        with pytest.raises(SendFailed) as failed:
            await impatient.ask("T1", "users.info", quick=quick, user=town.ana.id)
    assert (failed.value.permanent, failed.value.ambiguous) == (False, True)
    await town.sandbox.idle()
    assert town.asked("users.info") == 1


async def test_a_response_url_is_answered_once(odd: Odd) -> None:
    odd.answers.append(web.Response())
    await odd.slack.respond(odd.url, {"text": "hello"})
    for status in (404, 500):
        odd.answers.append(web.Response(status=status))
        with pytest.raises(SendFailed) as failed:
            await odd.slack.respond(odd.url, {"text": "hello"})
        assert failed.value.reason == f"response_url_{status}"
    assert odd.asked == 3
    for nowhere in ("", "http://127.0.0.1:1/", "not an address"):
        with pytest.raises(SendFailed):
            await odd.slack.respond(nowhere, {"text": "hello"})
