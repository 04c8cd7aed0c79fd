"""The doctor against the sandbox, and against what is not Slack."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.clock import SeededDraws, SteppedClock, SystemClock
from bot.config import Mode, Settings
from bot.doctor import Asked, examine, is_well
from bot.findings import Finding, Level
from bot.sandbox.workspace import Sandbox
from handlers.checks import Tokens, of_clock, of_scopes, of_slack
from handlers.live_checks import live
from handlers.manifest import SCOPES, as_yaml
from handlers.manifest_checks import of_manifest
from storage import schema

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
clock = SystemClock()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(SteppedClock(NOW), SeededDraws(7))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'parallax.db'}"
    schema.upgrade(url)
    return Settings(
        bot_token=SecretStr(sandbox.bot_token),
        app_token=SecretStr(sandbox.app_token),
        slack_api_url=sandbox.api_url,
        database_url=url,
    )


async def seen(settings: Settings, **asked: str) -> list[Finding]:
    return await examine(settings, Asked(**asked), clock, SeededDraws(1))


def at(level: Level, found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.level is level]


async def wrong(settings: Settings, **asked: str) -> Finding:
    """The one thing that is wrong."""
    (finding,) = at(Level.WRONG, await seen(settings, **asked))
    assert finding.mend
    return finding


class TestWell:
    async def test_nothing_is_wrong(self, settings: Settings) -> None:
        found = await seen(settings)

        assert is_well(found)
        assert at(Level.WARNING, found) == []
        assert {each.check for each in at(Level.OK, found)} >= {
            *("settings", "address", "clock", "bot token", "scopes", "app token"),
            *("database", "schema"),
        }

    async def test_no_token_or_password_is_ever_shown(
        self, settings: Settings, sandbox: Sandbox
    ) -> None:
        told = json.dumps([each.found + each.mend for each in await seen(settings)])

        assert sandbox.bot_token not in told
        assert sandbox.app_token not in told

    async def test_over_http_no_app_token_is_needed(self, settings: Settings) -> None:
        secret = SecretStr("x")
        changed = {"mode": Mode.HTTP, "app_token": SecretStr(""), "signing_secret": secret}
        found = await seen(settings.model_copy(update=changed))

        assert is_well(found)
        assert "app token" not in {each.check for each in found}


class TestTokens:
    async def test_missing_and_swapped_are_told_before_slack_is_asked(
        self, settings: Settings, sandbox: Sandbox
    ) -> None:
        swapped = settings.model_copy(
            update={"bot_token": settings.app_token, "app_token": settings.bot_token}
        )
        none = settings.model_copy(update={"bot_token": SecretStr("")})

        found = at(Level.WRONG, await seen(swapped))
        assert len(found) == 2
        assert all("swapped" in each.found and each.mend for each in found)
        assert "PARALLAX_BOT_TOKEN is not set" in (await wrong(none)).found
        assert sandbox.calls == []

    async def test_one_that_slack_does_not_know(self, settings: Settings) -> None:
        forged = settings.model_copy(update={"bot_token": SecretStr("xoxb-forged")})

        finding = await wrong(forged)

        assert (finding.check, "invalid_auth" in finding.found) == ("bot token", True)

    @pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "token_expired"])
    async def test_one_that_was_taken_back(
        self, settings: Settings, sandbox: Sandbox, code: str
    ) -> None:
        sandbox.fault("auth.test", error=code)

        assert code in (await wrong(settings)).found

    async def test_an_app_token_that_may_not_open_a_socket(
        self, settings: Settings, sandbox: Sandbox
    ) -> None:
        sandbox.fault("apps.connections.open", error="missing_scope")

        finding = await wrong(settings)

        assert finding.found == "it lacks connections:write"

    @pytest.mark.parametrize(("theirs", "level"), [("A1", Level.OK), ("A2", Level.WRONG)])
    async def test_of_two_apps(self, theirs: str, level: Level) -> None:
        answers: dict[str, Any] = {
            "auth.test": {"ok": True, "bot_id": "B1"},
            "apps.connections.open": {"ok": True, "url": "wss://"},
            "bots.info": {"ok": True, "bot": {"app_id": theirs}},
        }
        async with something(lambda method: web.json_response(answers[method])) as url:
            found = await of_slack(url, Tokens("xoxb-1", "xapp-1-A1-77-abc"), clock.now)

        assert [each.level for each in found if each.check == "one app"] == [level]


class TestScopes:
    def test_each_that_is_missing_is_named_with_its_reason_and_its_line(self) -> None:
        granted = ",".join(set(SCOPES) - {"pins:write", "users:read"})

        found = of_scopes(granted)

        assert [each.found for each in found] == [
            f"pins:write is missing: {SCOPES['pins:write']}",
            f"users:read is missing: {SCOPES['users:read']}",
        ]
        assert "`- pins:write`" in found[0].mend

    def test_more_than_needed_is_a_note(self) -> None:
        ok, note = of_scopes(",".join([*SCOPES, "team:read"]))

        assert (ok.level, note.level) == (Level.OK, Level.NOTE)
        assert note.found.endswith("team:read")

    def test_an_answer_without_them_is_no_alarm(self) -> None:
        assert [each.level for each in of_scopes(None)] == [Level.NOTE]


class TestClock:
    @pytest.mark.parametrize(
        ("apart", "level"),
        [(0, Level.OK), (30, Level.OK), (31, Level.WARNING), (-300, Level.WARNING),
         (301, Level.WRONG), (-600, Level.WRONG)],
    )  # fmt: skip
    def test_how_far_it_is_off(self, apart: int, level: Level) -> None:
        found = of_clock(format_datetime(NOW, usegmt=True), NOW + timedelta(seconds=apart))

        assert found.level is level
        assert bool(found.mend) is (level is not Level.OK)

    async def test_slacks_own_answer_says_the_time(self, sandbox: Sandbox) -> None:
        tokens = Tokens(sandbox.bot_token, sandbox.app_token)
        late = await of_slack(sandbox.api_url, tokens, lambda: clock.now() - timedelta(minutes=10))

        (found,) = at(Level.WRONG, late)
        assert found.check == "clock"
        assert "behind" in found.found

    @pytest.mark.parametrize("date", ["", "yesterday"])
    def test_an_answer_without_a_time_is_no_alarm(self, date: str) -> None:
        assert of_clock(date, NOW).level is Level.NOTE


@asynccontextmanager
async def something(answer: Callable[[str], web.Response]) -> AsyncIterator[str]:
    """A server that answers as it is told; its address."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request.match_info["method"])

    app = web.Application()
    app.router.add_route("*", "/api/{method}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    finally:
        await runner.cleanup()


def page(_method: str) -> web.Response:
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


class TestAddress:
    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (page, "answers with a web page (HTTP 200)"),
            (lambda _: web.json_response({"hello": 1}), "something else (HTTP 200)"),
            (lambda _: web.json_response([1]), "something else (HTTP 200)"),
            (lambda _: web.Response(status=502, text="bad"), "something else (HTTP 502)"),
        ],
    )
    async def test_that_is_not_slacks(
        self, settings: Settings, answer: Callable[[str], web.Response], told: str
    ) -> None:
        async with something(answer) as url:
            finding = await wrong(settings.model_copy(update={"slack_api_url": url}))

        assert told in finding.found
        assert "ends in /api/" in finding.mend

    async def test_where_nobody_is(self, settings: Settings) -> None:
        nobody = settings.model_copy(update={"slack_api_url": "http://127.0.0.1:1/api/"})

        assert "ClientConnectorError" in (await wrong(nobody)).found


class TestLive:
    async def test_a_message_comes_and_goes(self, settings: Settings, sandbox: Sandbox) -> None:
        ana = sandbox.person("ana")

        found = await seen(settings, live_user=ana.id)

        assert is_well(found)
        told = [each.found for each in found if each.check in {"live", "samples"}]
        assert told[:4] == [
            "a direct message was posted",
            "a direct message was read back, with its metadata",
            "a direct message was edited",
            "a direct message was deleted",
        ]
        assert told[4].startswith("Slack accepts")
        assert [each.method for each in sandbox.calls if each.method.startswith("chat.")] == [
            "chat.postMessage", "chat.update", "chat.delete",
        ]  # fmt: skip

    async def test_a_person_who_is_not_there(self, settings: Settings) -> None:
        finding = await wrong(settings, live_user="U0NOBODY")

        assert "could not be posted (channel_not_found)" in finding.found
        assert "member ID" in finding.mend

    async def test_it_is_deleted_whatever_came_before(
        self, settings: Settings, sandbox: Sandbox
    ) -> None:
        ana = sandbox.person("ana")
        sandbox.fault("conversations.history", error="internal_error")
        sandbox.fault("chat.update", error="cant_update_message")

        found = await seen(settings, live_user=ana.id)

        assert len(at(Level.WRONG, found)) == 2
        assert "a direct message was deleted" in {each.found for each in found}

    async def test_where_screens_cannot_be_checked_it_says_so(
        self, settings: Settings, sandbox: Sandbox
    ) -> None:
        ana = sandbox.person("ana")
        sandbox.fault("blocks.validate", error="unknown_method")

        found = await seen(settings, live_user=ana.id)

        assert is_well(found)
        (samples,) = [each for each in found if each.check == "samples"]
        assert (samples.level, "not offered here" in samples.found) == (Level.NOTE, True)

    async def test_without_its_metadata_it_is_wrong(self) -> None:
        posted = {"ok": True, "channel": "D1", "ts": "1.2", "messages": [{"ts": "1.2"}]}
        async with something(lambda _: web.json_response(posted)) as url:
            found = await live(url, "xoxb-1", "U1", "key")

        assert ["without its metadata" in each.found for each in at(Level.WRONG, found)] == [True]


class TestManifest:
    @pytest.mark.parametrize("prefix", ["", "x-"])
    def test_ours_is_right(self, prefix: str) -> None:
        (found,) = of_manifest(as_yaml(prefix), prefix, over_http=False)

        assert found.level is Level.OK

    def test_of_another_prefix(self) -> None:
        (found,) = of_manifest(as_yaml("y-"), "x-", over_http=False)

        assert "it has no /x-incident" in found.found
        assert "/y-incident" in found.found
        assert "--prefix x" in found.mend

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("- pins:write", "the scope pins:write is missing"),
            ("- reaction_added", "the event reaction_added is missing"),
            ("messages_tab_enabled: true", "messages tab is off"),
            ("socket_mode_enabled: true", "Socket Mode is off"),
        ],
    )
    def test_a_line_that_is_gone(self, line: str, told: str) -> None:
        text = "\n".join(each for each in as_yaml().splitlines() if line not in each)

        (found,) = of_manifest(text, "", over_http=False)

        assert told in found.found

    @pytest.mark.parametrize("url", ["http://bot.example", ""])
    def test_over_http_slack_calls_https_only(self, url: str) -> None:
        (found,) = of_manifest(as_yaml("", url), "", over_http=True)

        assert "calls only https://" in found.found

    @pytest.mark.parametrize("text", ["", "- a\n- b", "{", "a: [1", "42"])
    def test_what_is_none(self, text: str) -> None:
        (found,) = of_manifest(text, "", over_http=False)

        assert found.found == "the file is no manifest"


class TestDatabase:
    async def test_its_trouble_is_told_with_the_rest(self, settings: Settings) -> None:
        gone = settings.model_copy(update={"database_url": "sqlite:////nowhere/a.db"})

        assert "the folder of" in (await wrong(gone)).found
