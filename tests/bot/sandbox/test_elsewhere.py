"""A workspace at another address of this machine, below a path of its own: all of it is there."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock, SystemDraws
from bot.sandbox.workspace import Sandbox

PREFIX = "/a/prefix/of/theirs"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(SystemClock(), SystemDraws())
    await made.start(prefix=PREFIX)
    yield made
    await made.stop()


async def test_every_address_it_gives_is_below_the_path(sandbox: Sandbox) -> None:
    client = AsyncWebClient(sandbox.bot_token, sandbox.api_url, retry_handlers=[])
    opened = await client.apps_connections_open(app_token=sandbox.app_token)
    asked = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    for given in (sandbox.api_url, opened["url"], asked["upload_url"]):
        assert urlsplit(given).path.startswith(f"{PREFIX}/"), given


async def test_files_are_put_and_fetched_there(sandbox: Sandbox) -> None:
    client = AsyncWebClient(sandbox.bot_token, sandbox.api_url, retry_handlers=[])
    made = await client.files_upload_v2(filename="a.txt", content=b"abc")
    address = sandbox.workspace.files[made["file"]["id"]].url
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(address, headers=headers) as answer:
            assert await answer.read() == b"abc"
        async with session.get(address) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")


async def test_nothing_is_where_it_usually_is(sandbox: Sandbox) -> None:
    usual = f"{sandbox.url.removesuffix(PREFIX)}/api/auth.test"
    async with aiohttp.ClientSession() as session, session.post(usual) as answer:
        assert answer.status == 404
