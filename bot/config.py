"""Settings, and the only reader of the environment."""

import os
import sys
from collections.abc import Mapping, MutableMapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.sampling.sealing import WrongKey, parse_key
from bot.workspace.retention import WrongRetention, kept

VERSION = "0.1.0"
PREFIX = "PARALLAX_"
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Mode(StrEnum):
    """How Slack reaches us."""

    SOCKET = "socket"
    HTTP = "http"


class Settings(BaseSettings):
    """What an operator sets, as PARALLAX_… variables. Secrets never show in logs or errors.

    slack_api_url: where Slack's Web API is; empty for Slack's own. command_prefix: `x` or `x-`
    gives `/x-incident`, for workspaces where another vendor has `/incident`. keep: days to keep a
    kind of data, as JSON: {"deliveries": 60}. host, port: where Slack's requests arrive in HTTP
    mode, behind whatever holds the certificate. metrics_host, metrics_port: /health and /metrics;
    port 0: nowhere. study_key: what studies are sealed with; none: no sampling. tombstones: the
    file that keeps, outside every backup, who was erased. backup_days: after how long you delete
    backups, which consent texts promise. …_file: a file that holds the secret, in
    place of the variable.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    bot_token: SecretStr = SecretStr("")
    bot_token_file: Path | None = None
    app_token: SecretStr = SecretStr("")
    app_token_file: Path | None = None
    signing_secret: SecretStr = SecretStr("")
    signing_secret_file: Path | None = None
    database_url: str = Field(default="sqlite:///parallax.db", repr=False)
    database_url_file: Path | None = None
    study_key: SecretStr = SecretStr("")
    study_key_file: Path | None = None
    tombstones: Path = Path("parallax.tombstones")
    backup_days: int = Field(default=30, ge=1, le=365)
    keep: dict[str, int] = {}
    slack_api_url: str = ""
    command_prefix: str = Field(default="", pattern=r"^([a-z0-9]{1,10}-?)?$")
    mode: Mode = Mode.SOCKET
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=9460, ge=0, le=65535)

    @field_validator("command_prefix")
    @classmethod
    def _with_hyphen(cls, prefix: str) -> str:
        return f"{prefix.rstrip('-')}-" if prefix else ""

    @field_validator("keep")
    @classmethod
    def _within_bounds(cls, days: dict[str, int]) -> dict[str, int]:
        try:
            kept(days)
        except WrongRetention as error:
            raise ValueError(str(error)) from error
        return days

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_a_slash(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("must begin with https://")
        return f"{url.rstrip('/')}/" if url else ""

    @model_validator(mode="after")
    def _read_files(self) -> Self:
        for name in ("bot_token", "app_token", "signing_secret", "database_url", "study_key"):
            path: Path | None = getattr(self, f"{name}_file")
            if path is not None:
                secret = _secret_in(path, f"{PREFIX}{name.upper()}_FILE")
                setattr(self, name, secret if name == "database_url" else SecretStr(secret))
        return self

    @model_validator(mode="after")
    def _a_key_or_none(self) -> Self:
        try:
            _ = self.sealing_key
        except WrongKey as error:
            raise ValueError(f"{PREFIX}STUDY_KEY is not right: it {error}.") from error
        return self

    @property
    def sealing_key(self) -> bytes | None:
        """The study key's bytes; None where there is none, and so no sampling."""
        typed = self.study_key.get_secret_value()
        return parse_key(typed) if typed else None


def _secret_in(path: Path, setting: str) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise ValueError(f"{setting}: cannot read the file: {why}") from error


def api_address(environment: Mapping[str, str] | None = None) -> str:
    """Where Slack's Web API is said to be, before anything is checked."""
    variables = os.environ if environment is None else environment
    return variables.get(f"{PREFIX}SLACK_API_URL", "")


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
