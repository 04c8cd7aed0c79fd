"""HTTP mode: signed requests to the app's address, and what its answers do."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from bot.clock import SystemClock
from tests.conformance import sources
from tests.conformance.acts import FORM
from tests.conformance.driver import Operator, People
from tests.conformance.rules import expect, rule
from tests.conformance.wire import Json, Slack


@dataclass(frozen=True, slots=True)
class Received:
    """One request of Slack."""

    headers: dict[str, str]
    content_type: str
    body: str

    @property
    def fields(self) -> dict[str, str]:
        """The body as a form."""
        return {name: values[0] for name, values in parse_qs(self.body).items()}


@dataclass(slots=True)
class App:
    """An app at an address; `answer` is what it says to whatever comes, once it is `awake`."""

    url: str = ""
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Callable[[], web.Response] = web.Response
    received: list[Received] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers, request.content_type, body))
        if challenge := _challenge(body):
            return web.Response(text=challenge)
        await self.awake.wait()
        return self.answer()

    @property
    def last(self) -> Received:
        return self.received[-1]


def _challenge(body: str) -> str:
    if not body.startswith("{"):
        return ""
    return str(json.loads(body).get("challenge", ""))


@pytest.fixture
async def app(operator: Operator) -> AsyncIterator[App]:
    """An app that Slack delivers to over HTTP."""
    app = App()
    server = web.Application()
    server.router.add_post("/slack/events", app.handle)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    expect(await operator.uses(app.url), True)
    app.awake.set()
    yield app
    app.awake.set()
    await runner.cleanup()


def signed(secret: str, received: Received) -> str:
    """The signature this request should have."""
    base = f"v0:{received.headers['x-slack-request-timestamp']}:{received.body}"
    return "v0=" + hmac.new(secret.encode(), base.encode(), hashlib.sha256).hexdigest()


def answer_json(body: Json) -> Callable[[], web.Response]:
    return lambda: web.json_response(body)


@rule("setting the address asks a challenge: url_verification", source=sources.EVENTS)
async def test_addresses_are_verified(app: App) -> None:
    body = json.loads(app.received[0].body)
    expect(body["type"], "url_verification")
    expect(bool(body["challenge"]), True)


@rule("an address that does not repeat the challenge is refused", source=sources.EVENTS)
async def test_wrong_addresses_are_refused(app: App, operator: Operator) -> None:
    expect(await operator.uses(f"{app.url}/elsewhere"), False)


@rule(
    "every request is signed: HMAC-SHA256 of v0, timestamp, body",
    source=sources.SIGNATURES,
)
async def test_requests_are_signed(app: App, people: People, operator: Operator) -> None:
    await people.command("x")
    await people.says("x")
    await operator.quiet()
    for each in app.received:
        expect(each.headers["x-slack-signature"], signed(operator.signing_secret, each))


@rule("the timestamp of a signature is the present: within 5 minutes", source=sources.SIGNATURES)
async def test_signatures_are_fresh(app: App) -> None:
    stamp = int(app.last.headers["x-slack-request-timestamp"])
    expect(abs(SystemClock().now().timestamp() - stamp) < 300, True)


@rule("a command is a form of its fields", source=sources.COMMANDS)
async def test_commands_are_forms(app: App, people: People, slack: Slack) -> None:
    await people.command("a & b")
    expect(app.last.content_type, "application/x-www-form-urlencoded")
    fields = app.last.fields
    expect((fields["text"], fields["user_id"]), ("a &amp; b", slack.human))
    expect({"command", "trigger_id", "response_url", "team_id"} <= set(fields), True)


@rule("an interaction is a form with JSON in `payload`", source=sources.RESPONSE_URLS)
async def test_interactions_are_payloads(app: App, people: People) -> None:
    await people.shortcut("declare")
    expect(app.last.content_type, "application/x-www-form-urlencoded")
    expect(json.loads(app.last.fields["payload"])["callback_id"], "declare")


@rule("an event is JSON", source=sources.EVENTS)
async def test_events_are_json(app: App, people: People, operator: Operator) -> None:
    await people.says("hello")
    await operator.quiet()
    expect(app.last.content_type, "application/json")
    body = json.loads(app.last.body)
    expect((body["type"], body["event"]["text"]), ("event_callback", "hello"))


@rule("the body of a 200 is the answer to a command", source=sources.ACKNOWLEDGE)
async def test_bodies_answer_commands(app: App, people: People) -> None:
    app.answer = lambda: web.Response(text="in words")
    expect((await people.command("x")).text, "in words")
    app.answer = answer_json({"text": "in JSON"})
    expect((await people.command("x")).text, "in JSON")
    expect((people.sees(), people.other_sees()), (["in words", "in JSON"], []))


@rule("the body of a 200 is the response_action of a submission", source=sources.MODALS)
async def test_bodies_answer_submissions(app: App, people: People, slack: Slack) -> None:
    await people.command("x")
    trigger = app.last.fields["trigger_id"]
    expect((await slack.call("views.open", trigger_id=trigger, view=FORM)).error, "")
    app.answer = answer_json({"response_action": "errors", "errors": {"why": "too short"}})
    expect((await people.submits({"why": "x"})).errors, {"why": "too short"})
    app.answer = web.Response
    await people.submits({"why": "because"})
    expect(people.modals(), [])


@rule("anything but a 200 within the time is an error for the person", source=sources.ACKNOWLEDGE)
async def test_failures_are_seen(app: App, people: People) -> None:
    app.answer = lambda: web.Response(status=500)
    expect((await people.command("x")).failed, True)


@rule("an answer that is too slow is an error for the person", source=sources.ACKNOWLEDGE)
async def test_slowness_is_seen(app: App, people: People, operator: Operator) -> None:
    operator.hastens(0.03)
    app.awake.clear()
    expect((await people.command("x")).failed, True)


@rule("an event that fails comes again with x-slack-retry-num and -reason", source=sources.RETRIES)
async def test_events_come_again(app: App, people: People, operator: Operator) -> None:
    operator.hastens(1.0, 0.0, 0.01, 0.02)
    app.answer = lambda: web.Response(status=500)
    await people.says("hello")
    await operator.quiet()
    tried = app.received[1:]
    numbers = [each.headers.get("x-slack-retry-num") for each in tried]
    expect(numbers, [None, "1", "2", "3"])
    expect(tried[1].headers["x-slack-retry-reason"], "http_error")
    expect(len({json.loads(each.body)["event_id"] for each in tried}), 1)


@rule("x-slack-no-retry: 1 stops the retries", source=sources.RETRIES)
async def test_retries_can_be_stopped(app: App, people: People, operator: Operator) -> None:
    operator.hastens(1.0, 0.0, 0.01, 0.02)
    app.answer = lambda: web.Response(status=500, headers={"x-slack-no-retry": "1"})
    await people.says("hello")
    await operator.quiet()
    expect(len(app.received[1:]), 1)
