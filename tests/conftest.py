"""What every test gets: the checklist's rows, a closed network, skips that name themselves.

A test that needs something this machine may lack asks for it, and is skipped by name without it:

* `postgres_url`, or the marker `postgres`: a PostgreSQL server
* `chromium`, `rscript`: the program's path

Both kinds are listed at the end under "not run here".
"""

import ipaddress
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from tools.checklist import load_rows

POSTGRES_URL = os.environ.get(
    "PARALLAX_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NOT_RUN = "not run here: "

# Names of this machine, and the one server a developer may have pointed the tests at.
HERE = {"", "localhost", urlsplit(POSTGRES_URL).hostname}

# The tests' own reading of the machine ends here: an operator's database or tokens, exported in
# the shell, must never reach a test.
for _name in [name for name in os.environ if name.startswith(("PARALLAX_", "SLACK_"))]:
    del os.environ[_name]

# The same examples on every run in CI; new ones at the desk. `--hypothesis-profile=deep` digs.
settings.register_profile(
    "parallax",
    deadline=None,
    max_examples=50,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", settings.get_profile("parallax"), max_examples=2000)
settings.load_profile("parallax")


class OutsideNetwork(RuntimeError):
    """A test reached for the network; not an OSError, which the code under test might handle."""


def _is_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in HERE:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _keep_inside(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise OutsideNetwork(f"tests connect to this machine only, not to {address[0]}")
    elif event == "socket.getaddrinfo" and not _is_here(arguments[0]):
        raise OutsideNetwork(f"tests look up no names outside, {arguments[0]!r} included")


sys.addaudithook(_keep_inside)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rows = load_rows()
    for item in items:
        for marker in item.iter_markers("row"):
            if not marker.args or not set(marker.args) <= rows.keys():
                raise pytest.UsageError(
                    f"{item.nodeid}: not rows of docs/checklist-rows.toml: row{marker.args}"
                )
        if "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and (reason := postgres_missing()):
        not_run(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(
        str(report.longrepr[2]).partition(NOT_RUN)[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and NOT_RUN in report.longrepr[2]
    )
    if reasons:
        terminalreporter.section("not run here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{reason} ({count} test{'s' if count > 1 else ''})")


def not_run(reason: str) -> None:
    """Skip this test, and list it at the end; `reason` starts with the name of what is missing."""
    pytest.skip(NOT_RUN + reason)


@cache
def postgres_missing() -> str | None:
    """Why the tests that need PostgreSQL cannot run, or None."""
    url = urlsplit(POSTGRES_URL)
    at = f"{url.hostname or 'its local socket'}:{url.port or 5432}"
    try:
        with psycopg.connect(POSTGRES_URL.replace("+psycopg", "", 1), connect_timeout=2):
            return None
    except psycopg.OperationalError as error:
        refusals = [line for line in str(error).splitlines() if "FATAL:" in line]
        if refusals:
            return f"PostgreSQL: refuses us at {at}: {refusals[0].rpartition('FATAL:')[2].strip()}"
        return f"PostgreSQL: not reachable at {at}"


@pytest.fixture(autouse=True)
def logs_as_found() -> Iterator[None]:
    """A test that runs a command also sets how logs are written, for the whole process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of an empty database that tests may fill."""
    if reason := postgres_missing():
        not_run(reason)
    return POSTGRES_URL


def requires_program(name: str, *commands: str) -> str:
    """The path of the first of these commands that is installed; else the test is not run here."""
    for command in commands:
        if path := shutil.which(command):
            return path
    pytest.skip(f"{NOT_RUN}{name}: none of {', '.join(commands)} is installed")


@pytest.fixture(scope="session")
def chromium() -> str:
    return requires_program("Chromium", *CHROMIUM)


@pytest.fixture(scope="session")
def rscript() -> str:
    return requires_program("R", "Rscript")
