"""`parallax run` against a workspace in another process, over sockets and over HTTP."""

import asyncio
import io
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.config import Mode
from bot.sandbox.people import Person
from bot.sandbox.replies import Reply
from bot.sandbox.requests import signature
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox
from tests.journeys.outside import a_sandbox, elsewhere, events, parallax, running, until
from tests.journeys.stage import RECORDED, is_board, read

BURST = 40
ANSWERED_BEFORE_THE_END = 10
SECRET_WORDS = "the words of a stranger"
BOTH_MODES = pytest.mark.parametrize("mode", list(Mode))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with a_sandbox() as made:
        yield made


@pytest.fixture
def alice(sandbox: Sandbox) -> Person:
    return lives(sandbox, "alice")


def lives(sandbox: Sandbox, name: str) -> Person:
    """Somebody in #general."""
    person = sandbox.person(name)
    sandbox.channel("general", members=[person])
    return person


def incidents(sandbox: Sandbox) -> list[Channel]:
    return [each for each in sandbox.workspace.channels.values() if each.name.startswith("inc-")]


def boards(sandbox: Sandbox) -> list[str]:
    lines = [line for each in incidents(sandbox) for line in each.lines() if line.bot_id]
    return [text for line in lines if is_board(text := read(line))]


async def declared(sandbox: Sandbox, by: Person) -> Channel:
    """The channel of a new incident, once its board is there and they are in it."""
    reply = await by.command("/incident", "checkout is slow", sandbox.channel("general"))
    assert reply.acked
    await until(sandbox, lambda: bool(boards(sandbox)))
    (channel,) = incidents(sandbox)
    await until(sandbox, lambda: by.id in channel.members)
    return channel


def recorded(database_url: str) -> list[str]:
    """Every text on the record."""
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM entries")]


@BOTH_MODES
async def test_people_are_heard_and_answered(
    sandbox: Sandbox, alice: Person, database_url: str, mode: Mode
) -> None:
    """By another address of the Web API, with tokens and proxies in the environment that are not
    ours; and to the end, without being told twice."""
    async with elsewhere(sandbox) as api, running(sandbox, database_url, mode, api) as bot:
        channel = await declared(sandbox, alice)
        ts = await alice.says(channel, "note: it began at lunch")
        message = sandbox.message(ts)
        await until(sandbox, lambda: any(each.name == RECORDED for each in message.reactions))

        status, health = await bot.health()
        shown = await bot.metrics()
        bot.signals()
        code = await bot.ends()

    assert "it began at lunch" in recorded(database_url)
    assert (status, health["ok"], health["database"]) == (200, True, True)
    assert health["lines"]["open"] == health["lines"]["wanted"] > 0
    assert health["last_envelope_seconds"] is not None
    assert 'parallax_acks_total{kind="slash_commands",outcome="ok"} 1.0' in shown
    assert "lunch" not in shown + "".join(bot.log)
    assert alice.id not in shown
    assert (code, events(bot)[-2:]) == (0, ["run.ending", "run.ended"])
    assert not sandbox.refused


@BOTH_MODES
async def test_told_to_end_in_a_burst_it_keeps_what_it_acknowledged(
    sandbox: Sandbox, alice: Person, database_url: str, mode: Mode
) -> None:
    answered: list[str] = []
    enough = asyncio.Event()

    async def logs(text: str) -> Reply:
        reply = await alice.command("/log", text, channel)
        # "That took too long, so nothing was recorded" is an honest answer, too.
        if reply.acked and "nothing was recorded" not in reply.text:
            answered.append(text)
        if len(answered) >= ANSWERED_BEFORE_THE_END:
            enough.set()
        return reply

    async with running(sandbox, database_url, mode) as bot:
        channel = await declared(sandbox, alice)
        says = [alice.says(channel, f"note: said {n}") for n in range(BURST)]
        burst = asyncio.gather(*(logs(f"typed {n}") for n in range(BURST)), *says)
        await enough.wait()
        bot.signals()
        code = await bot.ends()
        await burst
        await sandbox.idle()

    sent = [each for each in sandbox.deliveries if each.acked]
    heard = [str(each.payload["event"].get("text", "")) for each in sent]
    answered += [text.removeprefix("note: ") for text in heard if text.startswith("note: said")]
    kept = recorded(database_url)
    assert code == 0
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))


async def test_a_second_signal_is_obeyed_at_once(
    sandbox: Sandbox, alice: Person, database_url: str
) -> None:
    async with running(sandbox, database_url) as bot:
        sandbox.fault("conversations.create", slow=9.0)
        await alice.command("/incident", "checkout is slow", sandbox.channel("general"))
        bot.signals(signal.SIGINT)
        await bot.told("run.ending")
        bot.signals(signal.SIGINT)

        assert await bot.ends() == 1
        assert "run.ended" not in events(bot)
        sandbox.clear_faults()


async def test_strangers_and_repeats_at_the_request_url(
    sandbox: Sandbox, alice: Person, database_url: str
) -> None:
    async with running(sandbox, database_url, Mode.HTTP) as bot:
        channel = await declared(sandbox, alice)
        body = urlencode(
            {
                "command": "/log",
                "text": SECRET_WORDS,
                "team_id": sandbox.team_id,
                "channel_id": channel.id,
                "channel_name": channel.name,
                "user_id": alice.id,
                "trigger_id": "1.2.repeated",
                "response_url": "",
            }
        )
        once = [await _sends(bot.url, body, "not ours")]
        once += [await _sends(bot.url, body * 20_000, sandbox.signing_secret)]
        assert SECRET_WORDS not in recorded(database_url)

        once += [await _sends(bot.url, body, sandbox.signing_secret) for _ in range(3)]
        bot.signals()
        assert await bot.ends() == 0

    assert once == [401, 413, 200, 200, 200]
    assert recorded(database_url).count(SECRET_WORDS) == 1
    assert "stranger" not in "".join(bot.log)


async def _sends(url: str, body: str, secret: str) -> int:
    """The status that a request gets which is signed with this secret."""
    at = str(int(SystemClock().now().timestamp()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": signature(secret, at, body),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body.encode()), headers=headers) as answer,
    ):
        return answer.status


async def test_settings_that_are_wrong_end_it_with_one_line_each() -> None:
    async with parallax("run", command_prefix="Not A Prefix", mode="http") as bot:
        assert await bot.ends() == 2
    assert [line.partition(" ")[0] for line in bot.log] == ["PARALLAX_COMMAND_PREFIX"]

    async with parallax("run", bot_token="xapp-1", app_token="xoxb-1") as bot:
        assert await bot.ends() == 2
    assert [line.partition(" holds")[0] for line in bot.log] == [
        "PARALLAX_BOT_TOKEN",
        "PARALLAX_APP_TOKEN",
    ]


async def test_a_sandbox_to_run_against(database_url: str) -> None:
    async with parallax("sandbox", "--port", "0", "--json") as sandbox:
        assert sandbox.process.stdout is not None
        told = json.loads(await sandbox.process.stdout.readline())
        page = told.pop("page")
        settings = {"slack_api_url": told.pop("api_url"), "database_url": database_url} | told
        async with parallax("run", **settings, metrics_port="0") as bot:
            await bot.told("run.started")
            bot.signals()
            assert await bot.ends() == 0
        async with aiohttp.ClientSession() as session, session.get(page) as shown:
            assert shown.status == 200
        sandbox.signals()
        assert await sandbox.ends() == 0
