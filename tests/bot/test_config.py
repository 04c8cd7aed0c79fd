"""Settings: what the environment says, what it must not leak, what is taken out of it."""

import pytest
from pydantic import ValidationError

from bot.config import Settings, clean_environment, is_loopback

LOCAL = "http://127.0.0.1:8080/api/"
SLACK = "https://slack.com/api/"


def test_settings_are_read_from_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLAX_BOT_TOKEN", "bot-secret")
    monkeypatch.setenv("PARALLAX_DATABASE_URL", "postgresql://u:db-secret@h/d")
    monkeypatch.setenv("PARALLAX_UNKNOWN", "x")
    settings = Settings()
    assert settings.bot_token.get_secret_value() == "bot-secret"
    assert settings.database_url == "postgresql://u:db-secret@h/d"
    for shown in (repr(settings), str(settings), f"{settings.bot_token}"):
        assert "-secret" not in shown


def test_an_error_names_the_setting_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLAX_APP_TOKEN", "app-secret")
    monkeypatch.setenv("PARALLAX_COMMAND_PREFIX", "Not A Prefix")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "command_prefix" in str(refused.value)
    assert "app-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "used"),
    [("", ""), ("x", "x-"), ("x-", "x-"), ("team2", "team2-"), ("0123456789", "0123456789-")],
)
def test_a_prefix_goes_before_every_command(typed: str, used: str) -> None:
    assert Settings(command_prefix=typed).command_prefix == used


@pytest.mark.parametrize("bad", ["X", "/x", "x--", "-", "x y", "x-\n", "é", "12345678901", "x-y"])
def test_a_bad_prefix_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError, match="command_prefix"):
        Settings(command_prefix=bad)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        (LOCAL, True),
        ("http://localhost:1/api/", True),
        ("http://LOCALHOST/", True),
        ("http://[::1]:8080/", True),
        ("http://127.9.9.9/", True),
        (SLACK, False),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("", False),
        ("127.0.0.1:8080", False),
        ("http://[broken/", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_what_bolt_would_obey_is_taken_out() -> None:
    environment = {
        "SLACK_BOT_TOKEN": "x",
        "SLACK_SIGNING_SECRET": "x",
        "HTTPS_PROXY": "http://proxy",
        "http_proxy": "http://proxy",
        "ALL_PROXY": "socks5://proxy",
        "NO_PROXY": "x",
        "PARALLAX_BOT_TOKEN": "kept",
        "MY_SLACK_NOTE": "kept",
        "PATH": "kept",
    }
    outside = dict(environment)
    clean_environment(SLACK, outside)
    gone = {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}
    assert environment.keys() - outside.keys() == gone  # a proxy may be needed to reach Slack

    clean_environment(LOCAL, environment)
    assert set(environment) == {"NO_PROXY", "PARALLAX_BOT_TOKEN", "MY_SLACK_NOTE", "PATH"}


def test_it_is_the_process_that_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "x")
    clean_environment(SLACK)
    with pytest.raises(KeyError):
        monkeypatch.delenv("SLACK_APP_TOKEN")
