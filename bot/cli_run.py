"""The commands of whoever runs Parallax: run and manifest; and a sandbox to run it against."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from bot import logs
from bot.config import PREFIX, Settings
from bot.hosting import Told, host
from bot.serving import serve
from bot.starting import PREFIX_RULE, CannotStart, read_settings
from handlers.manifest import as_yaml


def run() -> None:
    """Connect to Slack and stay, as the PARALLAX_… variables say."""
    logs.configure(as_json=True)
    try:
        asyncio.run(serve(read_settings()))
    except CannotStart as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.code) from error


def manifest(
    prefix: Annotated[
        str, typer.Option(help="`x` makes it /x-incident; set PARALLAX_COMMAND_PREFIX alike")
    ] = "",
    url: Annotated[
        str, typer.Option(help="HTTP mode: the https address under which Slack finds this bot")
    ] = "",
) -> None:
    """Print the app's manifest, to paste into Slack's form."""
    typer.echo(as_yaml(_prefix(prefix), _address(url)), nl=False)


def _prefix(typed: str) -> str:
    try:
        return Settings(command_prefix=typed).command_prefix
    except ValidationError as error:
        raise typer.BadParameter(f"{PREFIX_RULE}; not {typed}") from error


def _address(typed: str) -> str:
    """Slack sends what people say to this address, so it must be https."""
    if typed and (urlsplit(typed).scheme != "https" or not urlsplit(typed).hostname):
        raise typer.BadParameter(f"an address that begins with https://; not {typed}")
    return typed


def sandbox(
    port: Annotated[int, typer.Option(help="0: a free one", min=0, max=65535)] = 8138,
    request_url: Annotated[
        str, typer.Option(help="HTTP mode: where the bot listens; else it opens sockets")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one line, for machines")] = False,
) -> None:
    """Play Slack on this machine, for a bot started with `parallax run` in another terminal."""
    logs.configure(as_json=False, level=40)
    try:
        asyncio.run(host(port, request_url, _tell_machines if as_json else _tell_people))
    except OSError as error:
        typer.echo(f"Port {port} cannot be had: {error.strerror}", err=True)
        raise typer.Exit(2) from error


def _tell_machines(told: Told) -> None:
    typer.echo(json.dumps(asdict(told)))


def _tell_people(told: Told) -> None:
    typer.echo(f"The sandbox is at {told.page} (Ctrl-C ends it). In another terminal:\n")
    for name, value in asdict(told).items():
        setting = {"api_url": "slack_api_url"}.get(name, name)
        if name != "page":
            typer.echo(f"export {PREFIX}{setting.upper()}={value}")
    typer.echo("parallax migrate && parallax run")
