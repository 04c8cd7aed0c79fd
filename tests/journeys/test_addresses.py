"""Where Slack is, the operator says, or Slack's own SDK knows: no host name stands in our code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLACK = re.compile(r"(?i)\bslack[\w-]*\.(?:com|dev|net)\b")
HERE = re.compile(r"\b(?:localhost|127(?:\.\d+){3}|\[?::1\b)")
# It plays Slack, and says of links and files what Slack says.
SANDBOX = "bot/sandbox/"
# Where servers of our own listen: for Slack's requests, for watchers, for a page in the browser.
LISTENING = {"bot/cli.py", "bot/config.py", "bot/demo.py", "bot/hosting.py"}


DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def texts(source: str) -> Iterator[str]:
    """Every string that is not documentation, also inside f-strings."""
    nodes = list(ast.walk(ast.parse(source)))
    bodies = [node.body for node in nodes if isinstance(node, DOCUMENTED)]
    first = [body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)]
    documentation = {id(each) for each in first}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield str(node.value)


def named(host: re.Pattern[str], file: str, source: str) -> list[str]:
    return [f"{file}: {text}" for text in texts(source) if host.search(text)]


def code() -> Iterator[tuple[str, str]]:
    """Every file of the product but the sandbox."""
    for room in ("bot", "handlers", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(SANDBOX):
                yield name, path.read_text("utf-8")


def test_no_host_name_of_slack() -> None:
    assert [each for file, source in code() for each in named(SLACK, file, source)] == []


def test_no_address_of_a_sandbox() -> None:
    files = [(file, source) for file, source in code() if file not in LISTENING]
    assert [each for file, source in files for each in named(HERE, file, source)] == []


@pytest.mark.parametrize(
    ("host", "source", "found"),
    [
        (SLACK, 'URL = "https://slack.com/api/"', True),
        (SLACK, 'URL = f"https://{team}.slack.com/archives"', True),
        (SLACK, 'def f():\n    return "wss://wss-primary.slack.com"', True),
        (SLACK, 'URL = "https://slack-edge.com"', True),
        (SLACK, '"""See docs.slack.dev and api.slack.com."""\nX = 1  # slack.com', False),
        (
            SLACK,
            'class A:\n    """slack.com"""\n    async def f(self):\n        """slack.com"""',
            False,
        ),
        (SLACK, 'NAME = "slack"', False),
        (HERE, 'URL = "http://127.0.0.1:8138/api/"', True),
        (HERE, 'URL = f"ws://localhost:{port}"', True),
        (HERE, 'VERSION = "1.27.0.0.1"', False),
    ],
)
def test_it_finds_what_it_is_for(host: re.Pattern[str], source: str, found: bool) -> None:
    assert bool(named(host, "planted.py", source)) is found
