"""The conformance suite: against the sandbox, or any server that claims to be Slack.

    pytest tests/conformance --slack-url=http://127.0.0.1:8080/api/ --bot-token=xoxb-… --app-token=…

Another server gets a channel of the suite's own, made with conversations.create.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.clock import SeededDraws
from bot.sandbox.workspace import Sandbox
from tests.conformance.driver import (
    AgingClock,
    Operator,
    People,
    SandboxOperator,
    SandboxPeople,
)
from tests.conformance.rules import DIFFERS, Finding, counted, finding, lines, write
from tests.conformance.wire import Slack
from tests.conftest import HERE, NOT_RUN

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
FINDINGS = pytest.StashKey[list[Finding]]()
ROOM = pytest.StashKey[tuple[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--slack-url", help="the Web API of a server to try, up to and with /api/")
    group.addoption("--bot-token", help="its bot token")
    group.addoption("--app-token", help="its app token, for sockets")
    group.addoption("--conformance-report", help="also write the report here (.md or .json)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FINDINGS] = []
    config.addinivalue_line("markers", "rule(text, source): a rule of Slack that this test states")
    if url := _option(config, "slack_url"):
        host = urlsplit(url).hostname or ""
        HERE.update({host, *(str(found[4][0]) for found in socket.getaddrinfo(host, None))})


def _option(config: pytest.Config, name: str) -> str:
    """An option; empty where this file came too late to add it, in a run of all tests."""
    return str(config.getoption(name, None) or "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marker = item.get_closest_marker("rule")
    if marker and report.when != "teardown" and (report.when == "call" or not report.passed):
        error = call.excinfo.value if call.excinfo else None
        item.config.stash[FINDINGS].append(finding(marker, report.outcome, error))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found: list[Finding] = config.stash[FINDINGS]
    findings = sorted(found, key=lambda each: (each.source, each.rule))
    if not findings:
        return
    terminalreporter.section("conformance")
    asked = any("conformance" in argument for argument in config.args)
    if asked or any(each.outcome == DIFFERS for each in findings):
        for line in lines(findings):
            terminalreporter.line(line)
    terminalreporter.line(counted(findings))
    if path := _option(config, "conformance_report"):
        write(findings, Path(path))


@dataclass
class Subject:
    """What is held to the rules, and its driver as far as there is one."""

    slack: Slack
    people: People | None = None
    operator: Operator | None = None


@pytest.fixture
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """The server of `--slack-url`, or a sandbox of this test's own."""
    async with aiohttp.ClientSession() as session:
        if _option(request.config, "slack_url"):
            yield Subject(await _elsewhere(request.config, session))
        else:
            sandbox = Sandbox(clock := AgingClock(START), SeededDraws(7))
            await sandbox.start()
            yield _here(sandbox, clock, session)
            await session.close()
            await sandbox.stop()


def _here(sandbox: Sandbox, clock: AgingClock, session: aiohttp.ClientSession) -> Subject:
    async def pause(seconds: float) -> None:
        clock.advance_by(seconds)

    ana, bob = sandbox.person("ana", zone="Europe/Amsterdam"), sandbox.person("bob")
    room = sandbox.channel("general", members=[ana, bob], bot=True)
    slack = Slack(
        sandbox.api_url, sandbox.bot_token, sandbox.app_token, session, pause, room.id, ana.id
    )
    people = SandboxPeople(sandbox, room.id, ana, bob)
    return Subject(slack, people, SandboxOperator(sandbox, clock))


async def _elsewhere(config: pytest.Config, session: aiohttp.ClientSession) -> Slack:
    url = _option(config, "slack_url").rstrip("/") + "/"
    tokens = _option(config, "bot_token"), _option(config, "app_token")
    slack = Slack(url, *tokens, session, asyncio.sleep)
    if ROOM not in config.stash:
        config.stash[ROOM] = await _place(slack)
    slack.room, slack.human = config.stash[ROOM]
    return slack


async def _place(slack: Slack) -> tuple[str, str]:
    """A channel of our own and somebody who is there, made once for all rules."""
    made = await slack.form("conversations.create", name=f"conformance-{slack.fresh()}")
    members = (await slack.form("users.list")).get("members") or []
    people = [m["id"] for m in members if not m.get("is_bot") and m.get("id") != "USLACKBOT"]
    room, human = str(made.get("channel", "id")), people[0] if people else ""
    await slack.form("conversations.invite", channel=room, users=human)
    return room, human


@pytest.fixture
def slack(subject: Subject) -> Slack:
    return subject.slack


@pytest.fixture
def people(subject: Subject) -> People:
    if subject.people is None:
        pytest.skip(f"{NOT_RUN}conformance: this server does not offer the acts of a person")
    return subject.people


@pytest.fixture
def operator(subject: Subject) -> Operator:
    if subject.operator is None:
        pytest.skip(f"{NOT_RUN}conformance: this server does not offer an operator's hand")
    return subject.operator
