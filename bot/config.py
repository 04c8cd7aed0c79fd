"""Settings, and the only reader of the environment."""

import os
import sys
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Settings(BaseSettings):
    """What an operator sets, as PARALLAX_… variables. Secrets never show in logs or errors.

    slack_api_url: where Slack's Web API is; empty for Slack's own. command_prefix: `x` or `x-`
    gives `/x-incident`, for workspaces where another vendor has `/incident`.
    """

    model_config = SettingsConfigDict(env_prefix="PARALLAX_", extra="ignore")

    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    database_url: str = Field(default="sqlite:///parallax.db", repr=False)
    slack_api_url: str = ""
    command_prefix: str = Field(default="", pattern=r"^([a-z0-9]{1,10}-?)?$")

    @field_validator("command_prefix")
    @classmethod
    def _with_hyphen(cls, prefix: str) -> str:
        return f"{prefix.rstrip('-')}-" if prefix else ""


def clean_environment(api_url: str, environment: MutableMapping[str, str] | None = None) -> None:
    """Take out of the environment what Bolt would silently obey.

    SLACK_… variables override what we pass; a proxy would be asked for a loopback address.
    """
    variables = os.environ if environment is None else environment
    for name in list(variables):
        proxied = name.lower() in PROXIES and is_loopback(api_url)
        if name.startswith("SLACK_") or proxied:
            del variables[name]


def has_screen(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Whether somebody probably sits before a desktop here, so that a browser can be opened."""
    variables = os.environ if environment is None else environment
    if variables.get("SSH_CONNECTION"):
        return False
    desktop = variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")
    return platform in ("darwin", "win32") or bool(desktop)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
