"""Faults on demand, response_urls, and the server's own behaviour."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import SeededDraws, SteppedClock
from bot.sandbox.desk import Args, Desk
from bot.sandbox.methods import HANDLERS
from bot.sandbox.refusals import SandboxDefect
from bot.sandbox.server import Call
from bot.sandbox.triggers import RESPONSE_USES
from bot.sandbox.workspace import Sandbox
from tests.bot.sandbox.conftest import START, Connected, Town, button, client_of


async def post(api: Town, text: str = "x") -> Any:
    return await api.client.chat_postMessage(channel=api.general.id, text=text)


async def test_a_line_dropped_after_the_request_makes_the_default_client_post_twice(
    api: Town,
) -> None:
    """slack-platform.md section 3: the default client double-sends; without handlers it is one."""
    api.sandbox.fault("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await post(api)
    assert len(api.general.lines()) == 1
    at_once = FixedValueRetryIntervalCalculator(0)
    api.client.retry_handlers = [AsyncConnectionErrorRetryHandler(interval_calculator=at_once)]
    api.sandbox.fault("chat.postMessage", drop="after")
    await post(api)
    assert len(api.general.lines()) == 3
    assert [c.fault for c in api.sandbox.calls] == ["dropped after", "dropped after", None]


async def test_a_line_dropped_before_the_request_leaves_nothing(api: Town) -> None:
    api.sandbox.fault("chat.postMessage", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await post(api)
    assert api.general.lines() == []
    assert api.sandbox.calls[-1].status == 0


async def test_429_for_so_many_calls_and_only_where_it_is_wanted(api: Town) -> None:
    api.sandbox.fault(
        "chat.postMessage",
        times=2,
        status=429,
        retry_after=7,
        where=lambda args: args["text"] == "x",
    )
    await post(api, "other")
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await post(api)
        assert caught.value.response.headers["Retry-After"] == "7"
    await post(api)
    assert [m.text for m in api.general.lines()] == ["other", "x"]
    assert [c.status for c in api.sandbox.calls] == [200, 429, 429, 200]


@pytest.mark.parametrize(("applied", "lines"), [(False, 0), (True, 1)])
async def test_a_server_error_may_come_before_or_after_the_work(
    api: Town, applied: bool, lines: int
) -> None:
    """slack-platform.md section 1: faults on demand: 5xx."""
    api.sandbox.fault("*", status=503, applied=applied)
    with pytest.raises(SlackApiError) as caught:
        await post(api)
    assert caught.value.response.status_code == 503
    assert len(api.general.lines()) == lines


async def test_error_codes_and_slowness(api: Town) -> None:
    api.sandbox.fault("chat.postMessage", error="fatal_error")
    assert await api.error("chat.postMessage", channel=api.general.id, text="x") == "fatal_error"
    api.sandbox.fault("chat.postMessage", error="ratelimited")
    assert await api.error("chat.postMessage", channel=api.general.id, text="x") == "ratelimited"
    api.sandbox.fault("chat.postMessage", slow=0.05)
    api.client.timeout = 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await post(api)
    await api.sandbox.idle()
    assert len(api.general.lines()) == 1
    api.sandbox.fault("chat.postMessage", error="fatal_error")
    api.sandbox.clear_faults()
    await post(api)


async def test_the_work_of_a_call_can_come_late(api: Town) -> None:
    """slack-platform.md section 3: an unknown result; the effect shows only afterwards."""
    api.sandbox.fault("chat.postMessage", late=True)
    with pytest.raises(aiohttp.ClientError):
        await post(api, "silent")
    api.sandbox.fault("chat.postMessage", late=True, status=504)
    with pytest.raises(SlackApiError):
        await post(api, "answered")
    assert api.general.lines() == []
    assert [c.fault for c in api.sandbox.calls] == ["late", "late"]
    assert api.sandbox.apply_late() == 2
    assert [m.text for m in api.general.lines()] == ["silent", "answered"]
    assert api.sandbox.apply_late() == 0


async def test_events_can_be_lost_doubled_and_held(town: Connected) -> None:
    """DESIGN section 6: duplicate, late and reordered events."""
    heard: list[str] = []

    async def message(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    def about(text: str) -> Callable[[dict[str, Any]], bool]:
        return lambda event: event.get("text") == text

    town.app.event("message")(message)
    town.sandbox.event_fault("lose", where=about("lost"))
    town.sandbox.event_fault("twice", where=about("double"))
    town.sandbox.event_fault("hold", times=2, where=lambda event: "held" in event["text"])
    for text in ("lost", "held 1", "double", "held 2", "held 3"):
        await town.ana.says(town.general, text)
        await town.sandbox.idle()
    assert heard == ["double", "double", "held 3"]
    assert town.sandbox.release_events(newest_first=True) == 2
    await town.sandbox.idle()
    assert heard[3:] == ["held 2", "held 1"]
    assert [d.given_up for d in town.sandbox.deliveries] == [True, False, False, False, False]
    town.sandbox.event_fault("lose")
    town.sandbox.clear_faults()
    await town.ana.says(town.general, "heard")
    await town.sandbox.idle()
    assert heard[-1] == "heard"


async def test_calls_are_logged_without_the_token_and_told_to_a_hook(api: Town) -> None:
    told: list[Call] = []
    api.sandbox.on_call(told.append)
    async with aiohttp.ClientSession() as session:
        form = {"token": api.sandbox.bot_token, "channel": api.general.id, "text": "hi"}
        async with session.post(f"{api.sandbox.api_url}chat.postMessage", data=form) as answer:
            assert (await answer.json())["ok"]
        async with session.get(f"{api.sandbox.url}/health") as answer:
            assert (await answer.json())["sandbox"] == "Sandbox"
        for body, code in (("[1]", "json_not_object"), ("{", "invalid_json")):
            async with session.post(
                f"{api.sandbox.api_url}auth.test",
                data=body,
                headers={"Content-Type": "application/json"},
            ) as answer:
                assert (await answer.json())["error"] == code
    assert told == api.sandbox.calls
    assert told[0] == Call(
        "chat.postMessage", {"channel": api.general.id, "text": "hi"}, response_ok=True, error=None
    )


async def test_a_mistake_of_the_sandbox_is_raised_when_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error code that Slack does not list is our own mistake, not the app's."""

    def broken(_desk: Desk, _args: Args) -> dict[str, Any]:
        raise SandboxDefect("broken on purpose")

    monkeypatch.setitem(HANDLERS, "auth.test", broken)
    sandbox = Sandbox(SteppedClock(START), SeededDraws(1))
    await sandbox.start()
    with pytest.raises(SlackApiError) as caught:
        await client_of(sandbox).auth_test()
    assert caught.value.response.status_code == 500
    with pytest.raises(SandboxDefect, match="on purpose"):
        await sandbox.stop()


# -- response_url ----------------------------------------------------------------------------------


async def url_of(town: Connected, **ack: Any) -> str:
    """The response_url of a command by ana."""
    urls: list[str] = []

    async def command(ack: Any, body: dict[str, Any]) -> None:
        urls.append(body["response_url"])
        await ack(**said)

    said = ack
    town.app.command("/incident")(command)
    await town.ana.command("/incident", "x", town.general)
    return urls[0]


async def test_a_response_url_works_five_times(town: Connected) -> None:
    """slack-platform.md section 2: response_url 5 uses."""
    hook = AsyncWebhookClient(await url_of(town), retry_handlers=[])
    for number in range(RESPONSE_USES):
        assert (await hook.send(text=str(number))).status_code == 200
    sixth = await hook.send(text="6")
    assert (sixth.status_code, "used_url" in sixth.body) == (404, True)
    assert [m.text for m in town.ana.ephemerals()] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_ends_after_half_an_hour(town: Connected) -> None:
    """slack-platform.md section 2: response_url 30 min."""
    hook = AsyncWebhookClient(await url_of(town), retry_handlers=[])
    town.sandbox.triggers.response_seconds = -1.0
    answer = await hook.send(text="late")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


async def test_a_response_can_be_for_everybody_even_where_the_bot_is_not(town: Connected) -> None:
    """docs.slack.dev/interactivity/handling-user-interaction: response_type in_channel."""
    town.general.members.remove(town.sandbox.bot_user_id)
    hook = AsyncWebhookClient(await url_of(town), retry_handlers=[])
    await hook.send(text="all of you", response_type="in_channel")
    assert [m.text for m in town.general.lines()] == ["all of you"]


async def test_the_answer_to_a_command_can_be_replaced_and_deleted(town: Connected) -> None:
    hook = AsyncWebhookClient(await url_of(town, text="working"), retry_handlers=[])
    (shown,) = town.ana.ephemerals()
    await hook.send(text="done", replace_original=True)
    assert shown.text == "done"
    await hook.send(delete_original=True)
    assert town.ana.ephemerals() == []
    assert "no_original" in (await hook.send(delete_original=True)).body
    assert "no_original" in (await hook.send(text="x", replace_original=True)).body


async def test_what_slack_would_refuse_at_a_response_url(town: Connected) -> None:
    url = await url_of(town)
    hook = AsyncWebhookClient(url, retry_handlers=[])
    bad = [{"type": "section"}]
    assert "invalid_blocks" in (await hook.send(text="x", blocks=bad)).body
    assert "invalid_payload" in (await hook.send(text="x", response_type="loud")).body
    assert "invalid_payload" in (await hook.send_dict({"text": "x", "colour": "red"})).body
    assert "no_text" in (await hook.send(response_type="ephemeral")).body
    town.sandbox.fault("response_url", status=500)
    assert (await hook.send(text="x")).status_code == 500
    other = AsyncWebhookClient(url[:-3] + "xxx", retry_handlers=[])
    assert (await other.send(text="x")).status_code == 404
    assert town.ana.ephemerals() == []


async def test_a_response_url_takes_json_and_may_be_slow(town: Connected) -> None:
    url = await url_of(town)
    town.sandbox.fault("response_url", slow=0.001)
    async with aiohttp.ClientSession() as session, session.post(url, data="text=x") as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_payload")


async def test_an_ack_that_slack_would_refuse_is_a_failure(town: Connected) -> None:
    await url_of(town, text="x", blocks=[{"type": "actions", "elements": [button("b")] * 2}])
    (refused,) = town.sandbox.refused
    assert refused.code == "invalid_blocks"
    assert town.ana.ephemerals() == []


async def test_the_ack_of_a_command_can_be_for_everybody(town: Connected) -> None:
    await url_of(town, text="hello all", response_type="in_channel")
    assert [m.text for m in town.general.lines()] == ["hello all"]
