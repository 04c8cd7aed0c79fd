"""What keeps the bot from starting is named, with where to get it, and without any secret."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.clock import SystemClock, SystemDraws
from bot.config import Mode, Settings
from bot.sandbox.workspace import Sandbox
from bot.starting import CONFIGURATION, RUNTIME, CannotStart, check, missing, read_settings
from handlers.opening import own_api_url
from handlers.site import Site
from storage import schema

NOBODY = "http://127.0.0.1:9/api/"  # the discard port: nothing listens there
BOT, APP = "xoxb-bot-secret", "xapp-app-secret"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(SystemClock(), SystemDraws())
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def right(sandbox: Sandbox, tmp_path: Path) -> Settings:
    """Settings with which the bot could start."""
    url = f"sqlite:///{tmp_path}/parallax.db"
    schema.upgrade(url)
    return Settings(
        bot_token=SecretStr(sandbox.bot_token),
        app_token=SecretStr(sandbox.app_token),
        signing_secret=SecretStr(sandbox.signing_secret),
        slack_api_url=sandbox.api_url,
        database_url=url,
    )


def but(right: Settings, **changed: Any) -> Settings:
    return Settings(**(right.model_dump() | changed))


@asynccontextmanager
async def answering(answers: dict[str, object]) -> AsyncIterator[str]:
    """Somebody who answers each method so: JSON, or a page for a text."""

    async def answer(request: web.Request) -> web.Response:
        said = answers[request.match_info["method"]]
        if isinstance(said, str):
            return web.Response(text=said, content_type="text/html")
        return web.json_response(said)

    app, site = web.Application(), Site(0.1)
    app.router.add_route("*", "/api/{method}", answer)
    port = await site.start(app, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        await site.stop()


async def reasons(settings: Settings) -> tuple[int, str]:
    with pytest.raises(CannotStart) as refused:
        await check(settings)
    return refused.value.code, str(refused.value)


class TestTokens:
    async def test_with_everything_right_it_can_start(self, right: Settings) -> None:
        for mode in Mode:
            found = await check(but(right, mode=mode))
            assert found.api_url == right.slack_api_url
            assert (found.schema, found.schema) == schema.versions(right.database_url)

    @pytest.mark.parametrize(
        ("bot", "app", "told"),
        [
            ("", APP, ["PARALLAX_BOT_TOKEN is not set. It begins with xoxb-"]),
            (BOT, "", ["PARALLAX_APP_TOKEN is not set. It begins with xapp-"]),
            ("", "", ["PARALLAX_BOT_TOKEN is not set", "PARALLAX_APP_TOKEN is not set"]),
            (
                APP,
                BOT,
                [
                    "PARALLAX_BOT_TOKEN holds the app token: the two are swapped",
                    "PARALLAX_APP_TOKEN holds the bot token: the two are swapped",
                ],
            ),
            ("xoxp-of-a-person", APP, ["PARALLAX_BOT_TOKEN does not look like a token of that"]),
        ],
    )
    def test_one_line_for_each_that_is_wrong(self, bot: str, app: str, told: list[str]) -> None:
        found = missing(Settings(bot_token=SecretStr(bot), app_token=SecretStr(app)))

        assert len(found) == len(told)
        for line, expected in zip(found, told, strict=True):
            assert line.startswith(expected)
            assert "your app's page at Slack" in line
            assert not any(secret in line for secret in (bot, app) if secret)

    def test_http_needs_a_signing_secret_and_no_app_token(self) -> None:
        settings = Settings(bot_token=SecretStr(BOT), mode=Mode.HTTP)
        (line,) = missing(settings)

        assert line.startswith("PARALLAX_SIGNING_SECRET is not set")
        assert missing(but(settings, signing_secret="s")) == []

    async def test_tokens_that_slack_does_not_know(self, right: Settings) -> None:
        code, told = await reasons(but(right, bot_token=BOT, app_token=APP))

        assert code == CONFIGURATION
        assert "Slack refused PARALLAX_BOT_TOKEN (invalid_auth)" in told
        assert "Slack refused PARALLAX_APP_TOKEN (invalid_auth)" in told
        assert "secret" not in told

    async def test_a_token_that_was_revoked(self, right: Settings, sandbox: Sandbox) -> None:
        sandbox.fault("auth.test", error="token_revoked")
        code, told = await reasons(right)

        assert code == CONFIGURATION
        assert "PARALLAX_BOT_TOKEN (token_revoked): it was revoked. Install the app again" in told

    @pytest.mark.parametrize(
        ("token", "app", "told"),
        [
            ("xapp-1-A111-22-ff", "A222", "PARALLAX_APP_TOKEN (of_another_app): it is that of an"),
            ("xapp-1-A111-22-ff", "A111", ""),
            ("xapp-1-A111-22-ff", "", ""),
            ("xapp-of-a-new-kind", "A222", ""),
        ],
    )
    async def test_an_app_token_of_another_app(
        self, right: Settings, token: str, app: str, told: str
    ) -> None:
        async with answering(
            {
                "auth.test": {"ok": True, "bot_id": "B1"},
                "apps.connections.open": {"ok": True, "url": "wss://"},
                "bots.info": {"ok": bool(app), "bot": {"id": "B1", "app_id": app}},
            }
        ) as url:
            settings = but(right, app_token=token, slack_api_url=url)
            if not told:
                assert (await check(settings)).api_url == f"{url}/"
                return
            code, said = await reasons(settings)

        assert code == CONFIGURATION
        assert told in said


class TestSlack:
    async def test_slack_that_is_away(self, right: Settings) -> None:
        code, told = await reasons(but(right, slack_api_url=NOBODY))

        assert (code, told.partition(":")[0]) == (RUNTIME, "Slack cannot be reached at http")

    async def test_somebody_who_answers_html(self, right: Settings) -> None:
        page = "<html>Sign in</html>"
        async with answering({"auth.test": page, "apps.connections.open": page}) as url:
            told = await reasons(but(right, slack_api_url=url))

        assert told[0] == RUNTIME
        assert "answered with HTTP 200, and not as Slack does" in told[1]
        assert "Sign in" not in told[1]

    async def test_slack_in_trouble(self, right: Settings, sandbox: Sandbox) -> None:
        sandbox.fault("auth.test", status=500)

        assert (await reasons(right))[0] == RUNTIME

    def test_slack_itself_needs_no_setting(self) -> None:
        assert own_api_url().startswith("https://")


class TestDatabase:
    async def test_an_empty_one(self, right: Settings, tmp_path: Path) -> None:
        code, told = await reasons(but(right, database_url=f"sqlite:///{tmp_path}/new.db"))

        assert code == CONFIGURATION
        assert told.startswith("PARALLAX_DATABASE_URL: there is no database file there yet")
        assert not (tmp_path / "new.db").exists()
        assert told.endswith("Run `parallax migrate` first")

    async def test_an_older_one(self, right: Settings, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/old.db"
        schema.upgrade(url, "0001")
        code, told = await reasons(but(right, database_url=url))

        assert code == CONFIGURATION
        assert "has schema 0001" in told
        assert told.endswith("Run `parallax migrate` first")

    async def test_one_that_a_newer_version_made(self, right: Settings) -> None:
        path = right.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        code, told = await reasons(right)

        assert code == CONFIGURATION
        assert "has schema 9999, made by a newer Parallax" in told
        assert told.endswith("Start the newer version")

    async def test_one_that_is_away(self, right: Settings) -> None:
        url = "postgresql+psycopg://parallax:db-secret@127.0.0.1:9/parallax"
        code, told = await reasons(but(right, database_url=url))

        assert code == RUNTIME
        assert told.startswith("PARALLAX_DATABASE_URL: the database does not answer: ")
        assert "db-secret" not in told

    @pytest.mark.parametrize("url", ["db-secret", "mysql://u:db-secret@h/d", "ftp:db-secret", ""])
    async def test_what_is_no_database(self, right: Settings, url: str) -> None:
        code, told = await reasons(but(right, database_url=url))

        assert code == CONFIGURATION
        assert "that is no address of a database we know" in told
        assert "db-secret" not in told


class TestSettings:
    def test_each_setting_that_is_wrong_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARALLAX_COMMAND_PREFIX", "Not A Prefix")
        monkeypatch.setenv("PARALLAX_PORT", "many")
        monkeypatch.setenv("PARALLAX_MODE", "pigeon")
        monkeypatch.setenv("PARALLAX_SLACK_API_URL", "slack")
        monkeypatch.setenv("PARALLAX_APP_TOKEN", APP)
        with pytest.raises(CannotStart) as refused:
            read_settings()
        told = str(refused.value).splitlines()

        assert refused.value.code == CONFIGURATION
        assert sorted(line.partition(" ")[0] for line in told) == [
            "PARALLAX_COMMAND_PREFIX",
            "PARALLAX_MODE",
            "PARALLAX_PORT",
            "PARALLAX_SLACK_API_URL",
        ]
        assert "such as `x` for /x-incident" in str(refused.value)
        assert "secret" not in str(refused.value)

    def test_how_long_to_keep_what_there_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARALLAX_KEEP", '{"gossip": 3}')
        with pytest.raises(CannotStart, match="PARALLAX_KEEP is not right: nothing kept is called"):
            read_settings()

    def test_a_secret_may_be_in_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "DATABASE_URL"):
            (tmp_path / name).write_text(f"{name} in a file\n", "utf-8")
            monkeypatch.setenv(f"PARALLAX_{name}_FILE", str(tmp_path / name))
        settings = read_settings()

        assert settings.bot_token.get_secret_value() == "BOT_TOKEN in a file"
        assert settings.app_token.get_secret_value() == "APP_TOKEN in a file"
        assert settings.signing_secret.get_secret_value() == "SIGNING_SECRET in a file"
        assert settings.database_url == "DATABASE_URL in a file"
        assert "in a file" not in repr(settings)

    def test_a_file_that_is_not_there(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PARALLAX_BOT_TOKEN_FILE", str(tmp_path / "nowhere"))
        with pytest.raises(CannotStart, match="cannot read the file: No such"):
            read_settings()
