"""The suite can fail: a server that says ok to everything is told so, rule by rule."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.clock import SeededDraws, SteppedClock
from bot.sandbox.workspace import Sandbox
from tests.conformance.conftest import START
from tests.conformance.lax import lax_server
from tests.conformance.rules import (
    DIFFERS,
    NOT_OFFERED,
    PASSED,
    Differs,
    Finding,
    expect,
    finding,
    lines,
    rule,
    write,
)

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HELD = ("blocks", "conversations", "files", "messages", "sockets", "views", "web_api")


async def judged(url: str, token: str, report: Path, *names: str) -> tuple[int, dict[str, Finding]]:
    """How these files of the suite end against another server, and what they find, by rule."""
    files = [str(HERE / f"test_{name}.py") for name in names]
    options = [f"--slack-url={url}", f"--bot-token={token}", f"--conformance-report={report}"]
    options += ["-k", "not have_tiers or users.info"]  # one of them says as much, and is quick
    plain = ["--color=no", "-q", "-p", "no:cacheprovider", "--tb=no", "--no-summary"]
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", *files, *options, *plain),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _none = await run.communicate()
    return run.returncode or 0, _written(report, output.decode())


def _written(report: Path, output: str) -> dict[str, Finding]:
    """The findings of a report, by rule."""
    assert report.exists(), output
    found = [Finding(**each) for each in json.loads(report.read_text())]
    return {each.rule: each for each in found}


async def test_a_lax_server_is_found_out(tmp_path: Path) -> None:
    async with lax_server() as url:
        status, found = await judged(url, "xoxb-lax", tmp_path / "report.json", *HELD)
    assert status == pytest.ExitCode.TESTS_FAILED
    header = found["text of a header: 150"]
    assert (header.outcome, header.expected, header.got) == (DIFFERS, "'invalid_blocks'", "''")
    assert found["users.info: 100 a minute, then 429"].outcome == DIFFERS
    assert found["every ts is later than the one before"].outcome == DIFFERS
    stack = found["views in a stack: 3, then push_limit_reached"]
    assert stack.outcome == NOT_OFFERED
    assert "does not offer the acts of a person" in stack.got
    _most_differ([each.outcome for each in found.values()])


async def test_a_strict_server_elsewhere_passes(tmp_path: Path) -> None:
    sandbox = Sandbox(SteppedClock(START), SeededDraws(7))
    sandbox.tiers.enforced = False  # the suite waits for its own clock, and this one stands still
    sandbox.person("ana")
    await sandbox.start()
    report = tmp_path / "report.json"
    url, token = sandbox.api_url, sandbox.bot_token
    status, found = await judged(url, token, report, "blocks", "messages")
    await sandbox.stop()
    assert {each.outcome for each in found.values()} == {PASSED}
    assert (status, len(found) > 60) == (pytest.ExitCode.OK, True)


def _most_differ(outcomes: list[str]) -> None:
    """Saying ok is not enough: of what could be tried, hardly anything passes."""
    assert outcomes.count(DIFFERS) > 80
    assert outcomes.count(PASSED) < outcomes.count(DIFFERS) / 10


def test_a_difference_says_both_sides() -> None:
    marker = rule("a rule", source="somewhere").mark
    with pytest.raises(Differs) as caught:
        expect("this", "that")
    differs = finding(marker, "failed", caught.value)
    assert differs == Finding("a rule", "somewhere", DIFFERS, "'that'", "'this'")
    assert lines([differs])[1].strip() == "expected 'that', got 'this'"
    broken = finding(marker, "failed", KeyError("ts"))
    assert (broken.outcome, broken.got) == (DIFFERS, "KeyError: 'ts'")


def test_the_report_can_be_read_as_a_table(tmp_path: Path) -> None:
    marker = rule("a|b", source="somewhere").mark
    write([finding(marker, "passed", None)], tmp_path / "report.md")
    page = (tmp_path / "report.md").read_text()
    assert "1 rules: 1 passed, 0 differs, 0 not offered" in page
    assert "| a\\|b | somewhere | passed |  |  |" in page
