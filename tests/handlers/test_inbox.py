"""The way in: who asks and from where; what an exception means to each kind of payload."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bot.errors import AlreadyHandled, Offer, ParallaxError, Refusal, SendFailed, TooLate
from bot.workspace.model import Person
from handlers.blocks import answers
from handlers.inbox import COMMIT_SECONDS, SLOW_SECONDS, Inbox
from handlers.parse import Malformed, action_of, command_of, message_of
from tests.handlers.conftest import Town
from tests.handlers.reading import shown

SAID = "against: the &lt;graph&gt; is flat"
TYPED = "against: the <graph> is flat"
NO = Refusal(
    "Which thread is that about? Nothing is recorded yet.",
    given_back="the <graph> is flat",
    offers=(Offer("1 · rollback", "against", "the <graph> is flat", 1),),
)
BUG = RuntimeError("secret of the inside")


class Desk:
    """An inbox, and everything it answers by response_url."""

    def __init__(self, town: Town, url: str) -> None:
        self.town = town
        self.url = url
        self.responses: list[dict[str, Any]] = []
        self.failing: Exception | None = None
        self.taken: set[tuple[str, str]] = set()
        self.inbox = Inbox(self.person, town.slack, town.clock, self.take)

    async def person(self, workspace: str, person: str) -> Person:
        if self.failing:
            raise self.failing
        return Person(workspace, person, f"name of {person}")

    async def take(self, workspace: str, key: str) -> None:
        if (workspace, key) in self.taken:
            raise AlreadyHandled
        self.taken.add((workspace, key))

    def command(self, text: str = SAID) -> dict[str, Any]:
        return {
            "team_id": self.town.sandbox.team_id,
            "user_id": self.town.ana.id,
            "channel_id": self.town.general.id,
            "command": "/incident",
            "text": text,
            "trigger_id": "1.2.3",
            "response_url": self.url,
        }

    def action(self, **button: str) -> dict[str, Any]:
        return {
            "type": "block_actions",
            "team": {"id": self.town.sandbox.team_id},
            "user": {"id": self.town.ana.id},
            "channel": {"id": self.town.general.id},
            "container": {"thread_ts": "1.0"},
            "trigger_id": "4.5.6",
            "response_url": self.url,
            "actions": [{"action_id": "offer:0", "value": "{}", **button}],
        }

    def event(self, text: str = SAID, thread: str = "", id_: str = "Ev1") -> dict[str, Any]:
        event = {
            "type": "message",
            "channel": self.town.general.id,
            "user": self.town.ana.id,
            "text": text,
            "ts": "1485903600.000200",
        }
        more = {"thread_ts": thread} if thread else {}
        return {
            "type": "event_callback",
            "team_id": self.town.sandbox.team_id,
            "event_id": id_,
            "event": event | more,
        }

    async def fails(self, error: Exception, body: dict[str, Any]) -> tuple[int, str]:
        """The status of the ack, and all that the person is shown, wherever."""
        before = len(self.town.ana.ephemerals())
        self.responses.clear()
        ack = await self.inbox.on_error(error, body)
        assert self.town.general.lines() == []  # nobody else sees any of it
        told = [json.loads(ack.body)] if ack.body else []
        told += self.responses
        told += [
            {"text": each.text, "blocks": each.blocks, "response_type": "ephemeral"}
            for each in self.town.ana.ephemerals()[before:]
        ]
        assert all(each["response_type"] == "ephemeral" for each in told)
        return ack.status, shown(json.dumps(told, ensure_ascii=False))


@pytest.fixture
async def desk(town: Town) -> AsyncIterator[Desk]:
    async def respond(request: web.Request) -> web.Response:
        made.responses.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/respond", respond)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = Desk(town, f"http://127.0.0.1:{runner.addresses[0][1]}/respond")
    yield made
    await runner.cleanup()


# -- requests -------------------------------------------------------------------------------------


async def test_a_command_is_of_now_and_its_receipt_is_its_trigger(desk: Desk) -> None:
    body = desk.command("calling: <@U0123ABC|bo>")
    request = await desk.inbox.from_command(command_of(body), 100.0)
    assert (request.once, request.deadline) == ("1.2.3", 100.0 + COMMIT_SECONDS)
    assert (request.at, request.person.id) == (desk.town.clock.now(), desk.town.ana.id)
    assert (request.channel, request.thread, request.message) == (desk.town.general.id, "", "")
    assert request.mentions == ("U0123ABC",)


async def test_a_message_is_of_when_it_was_written_and_comes_again_as_the_same(desk: Desk) -> None:
    request = await desk.inbox.from_message(message_of(desk.event(thread="1.0")), 100.0)
    assert request.receipt == (desk.town.sandbox.team_id, "Ev1")
    assert request.at == datetime(2017, 1, 31, 23, 0, tzinfo=UTC)
    assert (request.thread, request.message) == ("1.0", "1485903600.000200")


async def test_the_first_message_of_a_thread_is_not_inside_it(desk: Desk) -> None:
    body = desk.event(thread="1485903600.000200")
    assert (await desk.inbox.from_message(message_of(body), 0.0)).thread == ""


async def test_a_button_is_pressed_where_it_stands(desk: Desk) -> None:
    request = await desk.inbox.from_action(action_of(desk.action()), 100.0)
    assert (request.once, request.thread, request.message) == ("4.5.6", "1.0", "")
    assert request.at == desk.town.clock.now()


async def test_a_text_names_people_as_they_are_called(desk: Desk) -> None:
    text = "ask <@U0123ABC> &amp; <@U0456DEF|x> in <#C01|ops>"
    assert await desk.inbox.text_of("T1", text) == (
        "ask @name of U0123ABC & @name of U0456DEF in #ops"
    )


# -- the error boundary ---------------------------------------------------------------------------


async def test_a_refusal_is_private_and_gives_back_the_text_with_its_button(desk: Desk) -> None:
    for body in (desk.command(), desk.event(), desk.event(id_="Ev2")):
        status, told = await desk.fails(NO, body)
        assert status == 200
        assert "Which thread is that about?" in told
        assert "the <graph> is flat" in told
        assert "1 · rollback" in told


async def test_a_refused_event_that_comes_again_is_refused_once(desk: Desk) -> None:
    assert "Which thread is that about?" in (await desk.fails(NO, desk.event()))[1]
    assert await desk.fails(NO, desk.event()) == (200, "[]")


async def test_a_refusal_of_a_button_comes_by_its_response_url_beside_the_question(
    desk: Desk,
) -> None:
    status, told = await desk.fails(NO, desk.action())
    assert (status, len(desk.responses)) == (200, 1)
    assert not desk.responses[0].get("replace_original")
    assert "the <graph> is flat" in told


async def test_what_is_recorded_already_is_acknowledged_without_a_word(desk: Desk) -> None:
    for body in (desk.command(), desk.action(), desk.event(), {"type": "view_submission"}):
        assert await desk.fails(AlreadyHandled(), body) == (200, "[]")


@pytest.mark.parametrize("error", [BUG, TooLate(), SendFailed("ratelimited"), KeyError("x")])
async def test_an_event_that_failed_comes_again(desk: Desk, error: Exception) -> None:
    assert await desk.fails(error, desk.event()) == (500, "[]")


async def test_a_malformed_event_would_fail_again_and_is_let_go(desk: Desk) -> None:
    assert await desk.fails(Malformed("x"), desk.event()) == (200, "[]")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BUG, "Something went wrong on my side and nothing was recorded"),
        (TooLate(), "That took too long, so nothing was recorded"),
        (SendFailed("timeout"), "Slack did not tell me in time who you are"),
        (Malformed("x"), "is not one of mine any more"),
        (ParallaxError("x"), "Something went wrong on my side"),
    ],
)
async def test_a_person_is_told_what_became_of_it(desk: Desk, error: Exception, said: str) -> None:
    for body in (desk.command(), desk.action()):
        status, told = await desk.fails(error, body)
        assert status == 200
        assert said in told
        assert "secret of the inside" not in told


@pytest.mark.parametrize("error", [BUG, TooLate(), SendFailed("timeout")])
async def test_what_was_typed_after_a_command_is_never_lost(desk: Desk, error: Exception) -> None:
    desk.failing = SendFailed("timeout")  # not even names are to be had
    assert TYPED in (await desk.fails(error, desk.command()))[1]


@pytest.mark.parametrize("kind", ["view_submission", "view_closed", "shortcut", "block_suggestion"])
async def test_any_other_payload_is_acknowledged(desk: Desk, kind: str) -> None:
    assert (await desk.fails(BUG, {"type": kind}))[0] == 200


async def test_an_answer_that_cannot_be_given_takes_nothing_back(desk: Desk) -> None:
    for how in ({"error": "channel_not_found"}, {"status": 500}, {"drop": "before"}):
        desk.town.sandbox.fault("chat.postEphemeral", **how)
        again = desk.event(id_=str(how))
        assert await desk.fails(NO, again) == (200, "[]")
    for url in ("", "http://127.0.0.1:1/gone"):
        assert await desk.fails(NO, desk.action() | {"response_url": url}) == (200, "[]")


async def test_an_answer_that_comes_late_goes_by_the_response_url_too(desk: Desk) -> None:
    response = desk.inbox.to_command(answers.talk("Recorded."))
    payload, now = command_of(desk.command()), desk.town.clock.monotonic()
    await desk.inbox.finish_slow(payload, now, response)
    assert desk.responses == []
    await desk.inbox.finish_slow(payload, now - SLOW_SECONDS - 1, response)
    assert [each["text"] for each in desk.responses] == ["Recorded."]
    nowhere = payload.model_copy(update={"response_url": ""})
    await desk.inbox.finish_slow(nowhere, now - SLOW_SECONDS - 1, response)
    assert len(desk.responses) == 1
