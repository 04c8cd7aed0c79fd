"""Socket Mode: connections, resends, redelivery, trouble."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.clock import SteppedClock
from bot.sandbox.refusals import CannotAct
from bot.sandbox.workspace import Sandbox
from tests.bot.sandbox.conftest import (
    Connected,
    Make,
    Town,
    client_of,
    connected,
    plugged,
    town_of,
)


class Raw:
    """A socket that is held by hand."""

    def __init__(self, session: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.session = session
        self.ws = ws

    async def envelope(self) -> dict[str, Any]:
        return dict(await self.ws.receive_json())

    async def ack(self, envelope: dict[str, Any], payload: dict[str, Any] | None = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_json(body | ({"payload": payload} if payload else {}))

    async def close(self) -> None:
        await self.ws.close()
        await self.session.close()


async def raw(sandbox: Sandbox) -> Raw:
    """Open a socket as an app does, up to the hello."""
    client = client_of(sandbox)
    answer = await client.apps_connections_open(app_token=sandbox.app_token)
    session = aiohttp.ClientSession()
    socket = Raw(session, await session.ws_connect(answer["url"]))
    hello = await socket.envelope()
    assert hello["type"] == "hello"
    assert hello["connection_info"]["app_id"] == sandbox.app.app_id
    return socket


def heard_by(town: Connected) -> list[tuple[str, str]]:
    """event_id and retry number of every message event the app sees."""
    seen: list[tuple[str, str]] = []

    async def heard(body: dict[str, Any], request: Any) -> None:
        seen.append((body["event_id"], request.headers["x-slack-retry-num"][0]))

    town.app.event("message")(heard)
    return seen


async def test_events_are_sent_again_until_they_are_acknowledged(town: Connected) -> None:
    """slack-platform.md section 2: three retries, with retry_attempt and retry_reason."""
    attempts: list[tuple[str, str]] = []

    async def heard(request: Any) -> None:
        number = request.headers["x-slack-retry-num"][0]
        attempts.append((number, request.headers["x-slack-retry-reason"][0]))
        if number != "2":
            raise ValueError("not yet")

    town.app.event("message")(heard)
    town.sandbox.hub.ack_timeout = 0.03
    await town.ana.says(town.general, "hello")
    await town.sandbox.idle()
    assert attempts == [("0", ""), ("1", "timeout"), ("2", "timeout")]
    assert town.sandbox.deliveries[-1].acked


async def test_after_three_retries_an_event_is_given_up(make: Make, clock: SteppedClock) -> None:
    """slack-platform.md section 2: event retries 3."""
    sandbox = await make(ack_timeout=0.01, retries=(0.0, 0.001, 0.002))
    town = town_of(sandbox, clock)
    socket = await raw(sandbox)
    await town.ana.says(town.general, "hello")
    seen = [await socket.envelope() for _ in range(4)]
    await sandbox.idle()
    assert [e["retry_attempt"] for e in seen] == [0, 1, 2, 3]
    assert len({e["payload"]["event_id"] for e in seen}) == 1
    assert len({e["envelope_id"] for e in seen}) == 4
    assert sandbox.deliveries[-1].given_up
    await socket.ack(seen[0])
    await asyncio.sleep(0.01)
    assert sandbox.hub.late_acks == 1
    await socket.close()


async def test_an_event_without_a_socket_waits_for_the_schedule(
    make: Make, clock: SteppedClock
) -> None:
    """slack-platform.md section 2: such an event comes only as a retry."""
    sandbox = await make(retries=(0.0, 0.05))
    town = town_of(sandbox, clock)
    await town.ana.says(town.general, "hello")
    socket = await raw(sandbox)
    envelope = await socket.envelope()
    assert envelope["retry_attempt"] == 2
    await socket.ack(envelope)
    await sandbox.idle()
    assert sandbox.deliveries[-1].acked
    await socket.close()


async def test_a_far_away_retry_does_not_keep_idle_waiting(make: Make, clock: SteppedClock) -> None:
    """The sandbox's own rule, so that a lost event does not stop a test for a minute."""
    sandbox = await make(retries=(0.0, 60.0, 300.0))
    town = town_of(sandbox, clock)
    await town.ana.says(town.general, "hello")
    async with asyncio.timeout(1):
        await sandbox.idle()
    assert not sandbox.deliveries[-1].acked


async def test_payloads_go_to_any_one_of_several_sockets(make: Make, clock: SteppedClock) -> None:
    """slack-platform.md section 2: each payload may go to ANY one of up to 10 connections."""
    sandbox = await make()
    town = town_of(sandbox, clock)
    held = [await raw(sandbox), await raw(sandbox)]
    await sandbox.connected(2)
    for number in range(4):
        await town.ana.says(town.general, str(number))
    seen: list[list[str]] = []
    for one in held:
        envelopes = [await one.envelope() for _ in range(2)]
        seen.append([e["payload"]["event"]["text"] for e in envelopes])
        for envelope in envelopes:
            await one.ack(envelope)
    await sandbox.idle()
    assert sorted(text for texts in seen for text in texts) == ["0", "1", "2", "3"]
    for one in held:
        await one.close()


async def test_an_eleventh_socket_is_turned_away(make: Make) -> None:
    """slack-platform.md section 2: up to 10 connections."""
    sandbox = await make()
    held = [await raw(sandbox) for _ in range(10)]
    answer = await client_of(sandbox).apps_connections_open(app_token=sandbox.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(answer["url"]) as ws:
        assert (await ws.receive_json())["reason"] == "too_many_websockets"
    for one in held:
        await one.close()


async def test_a_ticket_opens_one_socket(make: Make) -> None:
    sandbox = await make()
    answer = await client_of(sandbox).apps_connections_open(app_token=sandbox.app_token)
    socket = await raw(sandbox)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(answer["url"]):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(answer["url"])
    await socket.close()


async def test_the_same_event_can_come_twice(town: Connected) -> None:
    """slack-platform.md section 1: duplicate delivery of one event_id, also on another socket."""
    seen = heard_by(town)
    async with plugged(town.app, town.sandbox):
        await town.sandbox.connected(2)
        await town.ana.says(town.general, "hello")
        await town.sandbox.idle()
        event_id = town.sandbox.deliveries[-1].event_id
        assert await town.sandbox.redeliver(event_id)
        assert await town.sandbox.redeliver(event_id, town.sandbox.connections[0])
    assert seen == [(event_id, "0")] * 3
    with pytest.raises(CannotAct):
        await town.sandbox.redeliver("Ev404")


async def test_a_cut_line_is_repaired_and_nothing_is_lost(make: Make, clock: SteppedClock) -> None:
    """slack-platform.md section 2: a dropped socket; the event comes as a retry."""
    sandbox = await make(retries=(0.0, *([0.05] * 40)))
    async with connected(sandbox, clock) as town:
        seen = heard_by(town)
        sandbox.drop()
        assert sandbox.connections == []
        await town.ana.says(town.general, "hello")
        await sandbox.idle()
        assert sandbox.deliveries[-1].acked
        assert len(seen) == 1
        assert int(seen[0][1]) > 0


async def test_the_app_reconnects_when_it_is_asked_to(town: Connected) -> None:
    """slack-platform.md section 2: refresh by `disconnect`."""
    seen = heard_by(town)
    (before,) = town.sandbox.connections
    await town.sandbox.disconnect("refresh_requested")
    async with asyncio.timeout(2):
        await before.closed.wait()
        await town.sandbox.connected()
    await town.ana.says(town.general, "hello")
    await town.sandbox.idle()
    assert len(seen) == 1


async def test_a_refresh_loses_nothing(town: Connected) -> None:
    """slack-platform.md section 2: opening a second socket first loses nothing."""
    seen = heard_by(town)
    (before,) = town.sandbox.connections
    async with plugged(town.app, town.sandbox):
        await town.sandbox.connected(2)
        refreshing = asyncio.create_task(town.sandbox.refresh(before, ahead=0.01))
        for number in range(6):
            await town.ana.says(town.general, str(number))
            await town.sandbox.idle()
        await refreshing
        assert before.closed.is_set()
        await town.ana.says(town.general, "after")
        await town.sandbox.idle()
    assert [retry for _event, retry in seen] == ["0"] * 7


async def test_a_command_that_is_not_acknowledged_shows_an_error(town: Connected) -> None:
    """slack-platform.md section 2: ack within 3 s, else the user sees an error."""

    async def fails(ack: Any) -> None:
        raise ValueError("no")

    town.app.command("/incident")(fails)
    town.sandbox.hub.ack_timeout = 0.03
    reply = await town.ana.command("/incident", "x", town.general)
    assert (reply.acked, reply.timed_out, reply.text) == (False, True, "")
    town.sandbox.drop()
    reply = await town.ana.command("/incident", "x", town.general)
    assert reply.timed_out


async def test_events_of_a_private_kind_need_subscription_scope_and_membership(
    make: Make, clock: SteppedClock
) -> None:
    """slack-platform.md section 3: message.channels needs channels:history."""

    async def told(**settings: Any) -> list[str]:
        sandbox = await make(retries=(), **settings)
        ana = sandbox.person("ana")
        inside = sandbox.channel("inside", members=[ana], bot=True)
        outside = sandbox.channel("outside", members=[ana])
        secret = sandbox.channel("secret", private=True, members=[ana], bot=True)
        for channel in (inside, outside, secret):
            await ana.says(channel, channel.name)
        await sandbox.idle()
        return [d.payload["event"]["text"] for d in sandbox.deliveries]

    assert await told() == ["inside", "secret"]
    assert await told(scopes=["groups:history"]) == ["secret"]
    assert await told(events=["message.channels"]) == ["inside"]


async def test_the_envelope_of_an_event(make: Make, clock: SteppedClock) -> None:
    """slack_bolt/request/internals.py: where Bolt looks for team, user and channel."""
    sandbox = await make(retries=())
    town: Town = town_of(sandbox, clock)
    foreign = sandbox.person("foreign", team="T0OTHER")
    shared = sandbox.channel("shared", members=[foreign], bot=True)
    await foreign.says(shared, "hello")
    await town.ana.says(town.general, "hello")
    payload, own = (d.payload for d in sandbox.deliveries)
    assert payload["is_ext_shared_channel"]
    assert not own["is_ext_shared_channel"]
    assert payload["event"]["user_team"] == "T0OTHER"
    assert payload["team_id"] == sandbox.team_id
    assert payload["authorizations"][0]["user_id"] == sandbox.bot_user_id
    assert payload["event_time"] == int(clock.now().timestamp())
    await sandbox.idle()
