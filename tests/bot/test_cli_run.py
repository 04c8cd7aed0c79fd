"""The command line of whoever runs Parallax."""

import socket

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from handlers.manifest import as_yaml


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return done.exit_code, done.output


class TestManifest:
    def test_it_is_printed_as_it_is(self) -> None:
        assert said("manifest") == (0, as_yaml())

    def test_a_prefix_is_taken_as_the_bot_takes_it(self) -> None:
        assert said("manifest", "--prefix", "x") == said("manifest", "--prefix", "x-")
        told = yaml.safe_load(said("manifest", "--prefix", "x")[1])
        assert told["features"]["slash_commands"][0]["command"] == "/x-incident"

    @pytest.mark.parametrize("prefix", ["X", "/x", "much-too-long-a-prefix"])
    def test_a_bad_prefix_is_refused(self, prefix: str) -> None:
        code, told = said("manifest", "--prefix", prefix)

        assert code == 2
        assert "such as `x` for /x-incident" in told

    @pytest.mark.parametrize("url", ["http://bots.example.com", "bots.example.com", "https://"])
    def test_an_address_that_anybody_could_read_is_refused(self, url: str) -> None:
        code, told = said("manifest", "--url", url)

        assert code == 2
        assert "an address that begins with https://" in told


def test_a_sandbox_whose_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, told = said("sandbox", "--port", str(port))

    assert code == 2
    assert told.startswith(f"Port {port} cannot be had: ")
