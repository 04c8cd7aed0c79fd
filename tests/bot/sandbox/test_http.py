"""HTTP mode: the real Bolt app behind an address, and requests it must not believe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.clock import SteppedClock, SystemClock
from bot.sandbox.refusals import CannotAct
from bot.sandbox.requests import signature
from bot.sandbox.workspace import Sandbox
from tests.bot.sandbox.conftest import Connected, Make, button, modal, text_field, town_of

PATH = "/slack/events"


@asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[str]:
    """The app at an address of its own."""
    runner = web.AppRunner(app.web_app(PATH), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    await runner.cleanup()


@asynccontextmanager
async def over_http(sandbox: Sandbox, clock: SteppedClock) -> AsyncIterator[Connected]:
    """A real Bolt app that is delivered to over HTTP."""
    town = town_of(sandbox, clock)
    app = AsyncApp(
        client=town.client, signing_secret=sandbox.signing_secret, process_before_response=True
    )
    async with served(app) as url:
        await sandbox.use_http(url)
        yield Connected(**vars(town), app=app)


@pytest.fixture
async def place(make: Make, clock: SteppedClock) -> AsyncIterator[Connected]:
    async with over_http(await make(), clock) as town:
        yield town


async def test_commands_events_and_buttons_reach_bolt(place: Connected) -> None:
    """slack-platform.md section 1: HTTP mode, the same payloads."""
    heard: list[str] = []

    async def declare(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"got {command['text']}")

    async def message(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    async def pressed(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(f"pressed {action['value']}")

    place.app.command("/incident")(declare)
    place.app.event("message")(message)
    place.app.action("choose")(pressed)
    reply = await place.ana.command("/incident", "a & b", place.general)
    assert (reply.text, reply.acked) == ("got a &amp; b", True)
    await place.ana.says(place.general, "hello")
    await place.sandbox.idle()
    assert (heard, place.sandbox.deliveries[-1].acked) == (["hello"], True)
    blocks = [{"type": "actions", "elements": [button("choose", "7")]}]
    posted = await place.client.chat_postMessage(channel=place.general.id, text="x", blocks=blocks)
    await place.bob.presses(place.sandbox.message(posted["ts"]), "choose")
    assert [m.text for m in place.bob.ephemerals()] == ["pressed 7"]


async def test_a_submission_is_answered_by_the_body(place: Connected) -> None:
    async def opens(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_field()))
        await ack()

    async def submitted(ack: Any) -> None:
        await ack(response_action="errors", errors={"why": "too short"})

    place.app.command("/incident")(opens)
    place.app.view("form")(submitted)
    reply = await place.ana.command("/incident", "x", place.general)
    assert reply.view is not None
    sent = await place.ana.submits(reply.view, {"why": "x"})
    assert sent.errors == {"why": "too short"}


async def test_what_bolt_does_not_answer_is_seen(place: Connected) -> None:
    """slack-platform.md section 2: ack, else the user sees an error."""
    reply = await place.ana.command("/nobody", "x", place.general)
    assert (reply.acked, reply.timed_out) == (False, True)


@pytest.mark.parametrize(
    ("age", "secret", "status"),
    [(0, "", 200), (0, "another secret", 401), (301, "", 401)],
)
async def test_bolt_believes_only_fresh_signatures_of_ours(
    place: Connected, age: int, secret: str, status: int
) -> None:
    """slack-platform.md section 1: bad signature refused; also a replay after five minutes."""
    request_url = place.sandbox.hub.request_url
    assert request_url is not None
    body = '{"type": "url_verification", "challenge": "c"}'
    stamp = str(int(SystemClock().now().timestamp()) - age)
    signed = signature(secret or place.sandbox.signing_secret, stamp, body)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed}
    headers["Content-Type"] = "application/json"
    url = request_url.url
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        assert answer.status == status


def test_the_signature_is_the_one_slack_sdk_checks() -> None:
    verifier = SignatureVerifier("secret")
    assert verifier.generate_signature(timestamp="1", body="a=b") == signature("secret", "1", "a=b")


async def test_an_app_with_another_secret_is_not_connected(make: Make, clock: SteppedClock) -> None:
    sandbox = await make()
    town = town_of(sandbox, clock)
    app = AsyncApp(client=town.client, signing_secret="another secret")
    async with served(app) as url:
        with pytest.raises(CannotAct, match="did not answer the challenge"):
            await sandbox.use_http(url)
    assert sandbox.hub.request_url is None


async def test_sockets_can_be_used_again(place: Connected) -> None:
    await place.sandbox.use_http(None)
    assert (await place.ana.command("/incident", "x", place.general)).timed_out


async def test_an_address_that_is_gone_is_a_failure(place: Connected) -> None:
    request_url = place.sandbox.hub.request_url
    assert request_url is not None
    request_url.url = "http://127.0.0.1:1/"
    place.sandbox.hub.retries = ()
    await place.ana.says(place.general, "hello")
    await place.sandbox.idle()
    assert place.sandbox.deliveries[-1].given_up
