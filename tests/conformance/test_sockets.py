"""Socket Mode: opening, sharing, refreshing and losing sockets, and the events on them."""

import asyncio

import aiohttp
import pytest

from tests.conformance import sources
from tests.conformance.acts import answered
from tests.conformance.driver import Operator, People
from tests.conformance.rules import expect, rule
from tests.conformance.wire import Json, Slack, Socket


async def tries(socket: Socket, count: int) -> list[Json]:
    """The next envelopes with a message, none of them acknowledged."""
    return [await socket.payload("events_api") for _ in range(count)]


@rule("a socket starts with hello", source=sources.SOCKETS)
async def test_sockets_say_hello(slack: Slack) -> None:
    async with slack.socket() as socket:
        expect(socket.hello.get("type"), "hello")
        expect(bool(socket.hello.get("connection_info", {}).get("app_id")), True)


@rule("hello tells how many connections there are", source=sources.SOCKETS)
async def test_hello_counts(slack: Slack) -> None:
    async with slack.socket() as first, slack.socket() as second:
        counts = [socket.hello.get("num_connections") for socket in (first, second)]
        expect(counts, [1, 2])


@rule("the address of a socket works once", source=sources.SOCKETS)
async def test_addresses_work_once(slack: Slack) -> None:
    url = await slack.socket_url()
    socket = await slack.connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.connect(url)
    await socket.close()


@rule("up to 10 connections", source=sources.SOCKETS)
async def test_ten_sockets_are_open(slack: Slack) -> None:
    sockets = [await slack.open_socket() for _ in range(10)]
    expect({socket.hello.get("type") for socket in sockets}, {"hello"})
    eleventh = await slack.open_socket()
    expect(eleventh.hello.get("type"), "disconnect")
    for socket in (*sockets, eleventh):
        await socket.close()


@rule("each payload goes to one of the connections", source=sources.SOCKETS)
async def test_payloads_go_to_one(slack: Slack, people: People, operator: Operator) -> None:
    async with slack.socket() as first, slack.socket() as second:
        heard: list[str] = []

        async def hear(socket: Socket) -> None:
            while True:
                envelope = await socket.payload("events_api")
                heard.append(envelope["payload"]["event"]["text"])
                await socket.ack(envelope)

        hearing = [asyncio.create_task(hear(socket)) for socket in (first, second)]
        for number in range(6):
            await people.says(str(number))
        await operator.quiet()
        for task in hearing:
            task.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)
        expect(sorted(heard), [str(number) for number in range(6)])


@rule("an envelope of an event: type, id, payload, retry_attempt, retry_reason", source=sources.SDK)
async def test_events_have_envelopes(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        await people.says("hello")
        envelope = await socket.payload("events_api")
        await socket.ack(envelope)
        expect((envelope["retry_attempt"], envelope["retry_reason"]), (0, ""))
        expect(envelope["accepts_response_payload"], False)
        expect(envelope["payload"]["type"], "event_callback")


@rule("commands may be answered with a payload", source=sources.SDK)
async def test_commands_accept_payloads(slack: Slack, people: People) -> None:
    async with slack.socket() as socket:
        acting = asyncio.create_task(people.command("x"))
        envelope = await socket.payload("slash_commands")
        await socket.ack(envelope, {"text": "here"})
        expect(envelope["accepts_response_payload"], True)
        expect((await acting).text, "here")


@rule("an event is sent again: at once, after about 1 and 5 minutes", source=sources.RETRIES)
async def test_events_have_a_schedule(operator: Operator) -> None:
    expect(operator.waits, (0.0, 60.0, 300.0))


@rule("an event is sent again three times, with retry_attempt", source=sources.RETRIES)
async def test_events_are_sent_again(slack: Slack, people: People, operator: Operator) -> None:
    operator.hastens(0.02, 0.0, 0.01, 0.02)
    async with slack.socket() as socket:
        await people.says("hello")
        envelopes = await tries(socket, 4)
        expect([envelope["retry_attempt"] for envelope in envelopes], [0, 1, 2, 3])
        await operator.quiet()
        await people.says("next")
        (following,) = await tries(socket, 1)
        expect(following["payload"]["event"]["text"], "next")


@rule("a retry has the same event_id, another envelope_id, and a reason", source=sources.RETRIES)
async def test_retries_are_the_same_event(slack: Slack, people: People, operator: Operator) -> None:
    operator.hastens(0.02, 0.0)
    async with slack.socket() as socket:
        await people.says("hello")
        first, second = await tries(socket, 2)
        expect(second["payload"]["event_id"], first["payload"]["event_id"])
        expect(second["envelope_id"] == first["envelope_id"], False)
        expect(second["retry_reason"], "timeout")


@rule("an acknowledged event is not sent again", source=sources.RETRIES)
async def test_an_ack_is_enough(slack: Slack, people: People, operator: Operator) -> None:
    operator.hastens(0.02, 0.0, 0.01)
    async with slack.socket() as socket:
        for text in ("first", "second"):
            await people.says(text)
            (envelope,) = await tries(socket, 1)
            expect(envelope["payload"]["event"]["text"], text)
            await socket.ack(envelope)
            await operator.quiet()


@rule("an event without a socket comes only as a retry", source=sources.RETRIES)
async def test_events_wait_for_the_schedule(
    slack: Slack, people: People, operator: Operator
) -> None:
    operator.hastens(1.0, 0.0, 0.05)
    await people.says("hello")
    async with slack.socket() as socket:
        (envelope,) = await tries(socket, 1)
        await socket.ack(envelope)
        expect(envelope["retry_attempt"] > 0, True)


@rule("what a dropped socket was sent comes again on another", source=sources.RETRIES)
async def test_a_drop_loses_no_event(slack: Slack, people: People, operator: Operator) -> None:
    operator.hastens(1.0, 0.0, *([0.02] * 20))
    async with slack.socket() as socket:
        await people.says("hello")
        (lost,) = await tries(socket, 1)
        operator.drops()
    async with slack.socket() as socket:
        (again,) = await tries(socket, 1)
        await socket.ack(again)
        expect(again["payload"]["event_id"], lost["payload"]["event_id"])


@rule("a command is sent once: a dropped socket is an error for the person", source=sources.SOCKETS)
async def test_a_drop_loses_commands(slack: Slack, people: People, operator: Operator) -> None:
    async with slack.socket() as socket:
        acting = asyncio.create_task(people.command("x"))
        await socket.payload("slash_commands")
        operator.drops()
        expect((await acting).failed, True)


@rule("one event_id may be delivered twice", source="github.com/vercel/chat/pull/667")
async def test_events_may_come_twice(slack: Slack, people: People, operator: Operator) -> None:
    operator.event_fault("twice")
    async with slack.socket() as socket:
        await people.says("hello")
        first, second = await tries(socket, 2)
        expect(first["payload"]["event_id"], second["payload"]["event_id"])
        for envelope in (first, second):
            await socket.ack(envelope)


@rule("an event may never come", source=sources.UNREAD)
async def test_events_may_be_lost(slack: Slack, people: People, operator: Operator) -> None:
    operator.event_fault("lose")
    async with slack.socket() as socket:
        await people.says("lost")
        await people.says("found")
        (envelope,) = await tries(socket, 1)
        await socket.ack(envelope)
        expect(envelope["payload"]["event"]["text"], "found")


@rule("events may come out of order", source=sources.UNREAD)
async def test_events_may_be_reordered(slack: Slack, people: People, operator: Operator) -> None:
    operator.event_fault("hold")
    async with slack.socket() as socket:
        await people.says("first")
        await people.says("second")
        texts = []
        for _ in range(2):
            (envelope,) = await tries(socket, 1)
            await socket.ack(envelope)
            texts.append(envelope["payload"]["event"]["text"])
            operator.releases()
        expect(texts, ["second", "first"])


@rule("a refresh is a warning, refresh_requested, and the close", source=sources.SOCKETS)
async def test_refreshes_are_announced(slack: Slack, operator: Operator) -> None:
    async with slack.socket() as socket:
        refreshing = asyncio.create_task(operator.refreshes(0.01))
        said = [await socket.message() for _ in range(2)]
        expect([message["type"] for message in said], ["disconnect"] * 2)
        expect([message["reason"] for message in said], ["warning", "refresh_requested"])
        expect(await socket.ended(), True)
        await refreshing


@rule("the warning comes about 10 s ahead", source=sources.SOCKETS)
async def test_warnings_come_ahead(operator: Operator) -> None:
    expect(operator.warning, 10.0)


@rule("an overlapping socket loses nothing in a refresh", source=sources.SOCKETS)
async def test_an_overlap_loses_nothing(slack: Slack, people: People, operator: Operator) -> None:
    old = await slack.open_socket()
    refreshing = asyncio.create_task(operator.refreshes(0.05))
    expect((await old.message())["reason"], "warning")
    async with slack.socket() as new:
        expect((await old.message())["reason"], "refresh_requested")
        payload, shown = await answered(new, people.command("x"), "slash_commands", {"text": "ok"})
        expect((payload["text"], shown.text), ("x", "ok"))
        await old.close()
        await refreshing
