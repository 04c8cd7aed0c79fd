"""What an operator deploys with: the image, compose, systemd. Read as their programs read them."""

import http.server
import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.compose import DRAIN_SECONDS
from bot.config import Settings
from tests.conftest import not_run, requires_program

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "parallax.service"
SECRET = re.compile(
    r"xox[abp]-\w{4}|xapp-\d|:(?!PASSWORD)[^@/${} ]+@|(?i:TOKEN|PASSWORD|SECRET)=\S"
)

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """The Dockerfile's, each with the whole of its arguments."""
    source = (DEPLOY / "Dockerfile").read_text("utf-8")
    lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    pairs = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, rest) for name, rest in pairs]


def stages() -> list[list[Instruction]]:
    """One list for each FROM."""
    found: list[list[Instruction]] = []
    for each in instructions():
        if each[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(each)
    return found


def told(stage: list[Instruction], name: str) -> list[str]:
    return [rest for each, rest in stage if each == name]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def run(*command: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own commands
        command, check=False, capture_output=True, text=True, timeout=600, **more
    )


class TestImage:
    def test_every_stage_stands_on_a_base_with_a_version(self) -> None:
        (base,) = [rest for name, rest in instructions() if name == "ARG" and "PYTHON=" in rest]

        assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-[a-z]+", base)
        assert {told(stage, "FROM")[0].split()[0] for stage in stages()} == {"${PYTHON}"}

    def test_it_runs_as_somebody_who_is_nobody(self) -> None:
        user = told(stages()[-1], "USER")[-1]

        assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)

    def test_what_is_installed_is_pinned_by_hash_and_compiles_nothing(self) -> None:
        build, final = stages()
        (install,) = [rest for rest in told(build, "RUN") if "pip" in rest and "install" in rest]

        assert {"--require-hashes", "--only-binary"} <= set(shlex.split(install))
        assert ("COPY", "requirements/base.txt /tmp/base.txt") in build
        assert not [rest for rest in told(final, "RUN") if re.search(r"apt|pip install", rest)]

    def test_every_room_is_in_it_and_nothing_else(self) -> None:
        rooms = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
        copied = [rest.split() for rest in told(stages()[0], "COPY")]

        assert sorted(source for source, _ in copied) == sorted(
            ["requirements/base.txt", *rooms["root_packages"]]
        )
        assert all(target.endswith(source.rpartition("/")[2]) for source, target in copied)

    def test_the_builder_is_sent_what_is_copied(self) -> None:
        lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
        sources = {rest.split()[0] for rest in told(stages()[0], "COPY")}

        assert "*" in lines
        assert {line[1:] for line in lines if line.startswith("!")} == sources

    def test_it_stops_by_the_signal_that_drains(self) -> None:
        assert told(stages()[-1], "STOPSIGNAL") == ["SIGTERM"]
        assert told(stages()[-1], "ENTRYPOINT") == ['["parallax"]']

    @pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
    def test_its_health_check_does_as_health_says(self, status: int, code: int) -> None:
        with answering(status) as port:
            assert check_health(port) == code

    def test_its_health_check_fails_where_nobody_answers(self) -> None:
        with answering(200) as port:
            pass

        assert check_health(port) != 0

    def test_it_builds_and_runs_without_rights(self) -> None:
        docker, base = requires_program("docker", "docker"), instructions()[0][1][len("PYTHON=") :]
        if run(docker, "info").returncode != 0:
            not_run("docker: no daemon answers")
        if run(docker, "image", "inspect", base).returncode != 0:
            not_run(f"docker: {base} is not here, and tests fetch nothing")

        build = (docker, "build", "-q", "-f", str(DEPLOY / "Dockerfile"), str(ROOT))
        image = run(*build).stdout.strip()
        rights = ("--read-only", "--cap-drop=ALL", "--tmpfs=/data:uid=10001", "--network=none")
        migrated = run(docker, "run", "--rm", *rights, image, "migrate")

        assert migrated.returncode == 0, migrated.stderr


def check_health(port: int) -> int:
    """The exit code of the image's health check, asking here."""
    check = told(stages()[-1], "HEALTHCHECK")[0]
    command: list[str] = json.loads(check.partition("CMD ")[2])
    environment = {"PARALLAX_METRICS_PORT": str(port)}
    return run(sys.executable, *command[1:], env=environment).returncode


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Somebody at a port of this machine who always answers so."""

    class Always(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    with http.server.HTTPServer(("127.0.0.1", 0), Always) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class TestCompose:
    def test_no_service_has_rights_or_a_disk_to_write(self) -> None:
        for name, service in compose()["services"].items():
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
            assert "privileged" not in service, name
            assert "ports" not in service, name

    def test_only_the_database_is_given_some_back_to_start_with(self) -> None:
        services = compose()["services"]

        assert [name for name, each in services.items() if "cap_add" in each] == ["postgres"]

    def test_what_the_image_writes_to_can_be_written_to(self) -> None:
        volume = told(stages()[-1], "VOLUME")[0]
        user = told(stages()[-1], "USER")[-1].partition(":")[0]
        for name in ("migrate", "parallax"):
            mounts = compose()["services"][name]["tmpfs"]

            assert [each for each in mounts if each.startswith(f"{volume}:") and user in each], name

    def test_two_replicas_start_when_the_schema_is_there(self) -> None:
        services = compose()["services"]
        waits = services["parallax"]["depends_on"]

        assert services["parallax"]["deploy"]["replicas"] == 2
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert services["migrate"]["command"] == ["migrate"]
        assert services["migrate"]["restart"] == "no"
        assert "pg_isready" in services["postgres"]["healthcheck"]["test"]

    def test_the_record_outlives_the_containers(self) -> None:
        loaded = compose()
        volume, _, target = loaded["services"]["postgres"]["volumes"][0].partition(":")

        assert volume in loaded["volumes"]
        assert target == "/var/lib/postgresql/data"

    def test_the_database_has_no_way_out(self) -> None:
        loaded = compose()

        assert loaded["services"]["postgres"]["networks"] == ["database"]
        assert loaded["networks"]["database"]["internal"] is True

    def test_a_stop_outlasts_the_drain(self) -> None:
        grace = compose()["services"]["parallax"]["stop_grace_period"]

        assert int(grace.removesuffix("s")) > DRAIN_SECONDS

    def test_docker_itself_reads_it(self) -> None:
        docker = requires_program("docker", "docker")
        if run(docker, "compose", "version").returncode != 0:
            not_run("docker: this client has no compose")
        config = ("compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--no-env-resolution")
        read = run(docker, *config, env={"POSTGRES_PASSWORD": "x"})

        assert read.returncode == 0, read.stderr


def unit() -> dict[str, list[str]]:
    """Each setting of the unit, with every value it is given."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        if not line.startswith(("#", "[")) and line:
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


class TestUnit:
    def test_it_is_hardened(self) -> None:
        wanted = {
            "DynamicUser": "yes",
            "NoNewPrivileges": "yes",
            "PrivateTmp": "yes",
            "ProtectSystem": "strict",
            "CapabilityBoundingSet": "",
            "StateDirectory": "parallax",
            "Restart": "on-failure",
        }

        assert {name: unit()[name] for name in wanted} == {k: [v] for k, v in wanted.items()}
        assert unit()["SystemCallFilter"][0] == "@system-service"

    def test_a_stop_outlasts_the_drain(self) -> None:
        assert int(unit()["TimeoutStopSec"][0]) > DRAIN_SECONDS

    def test_systemd_finds_nothing_wrong_with_it(self, tmp_path: Path) -> None:
        analyze = requires_program("systemd", "systemd-analyze")
        here = tmp_path / "parallax.service"
        program = shlex.quote(str(Path(sys.executable).parent / "parallax"))
        source = UNIT.read_text("utf-8")
        here.write_text(source.replace("/opt/parallax/.venv/bin/parallax", program), "utf-8")

        verified = run(analyze, "verify", str(here))

        assert (verified.returncode, verified.stderr) == (0, "")

    def test_systemd_calls_it_little_exposed(self, tmp_path: Path) -> None:
        analyze = requires_program("systemd", "systemd-analyze")
        here = shutil.copy(UNIT, tmp_path)
        # In tenths: below 2.0 of 10, where 9.6 is a unit that asks for nothing.
        judged = run(analyze, "security", "--offline=yes", "--threshold=20", str(here))

        assert judged.returncode == 0, judged.stdout[-300:]


class TestSettings:
    def test_the_example_names_settings_that_there_are(self) -> None:
        lines = (DEPLOY / "parallax.env.example").read_text("utf-8").splitlines()
        names = [line.partition("=")[0].lstrip("# ") for line in lines if "=" in line]
        known = {f"PARALLAX_{name.upper()}" for name in Settings.model_fields}

        assert {"PARALLAX_BOT_TOKEN", "PARALLAX_APP_TOKEN"} <= set(names)
        assert {name for name in names if name.startswith("PARALLAX_")} <= known

    def test_no_file_holds_a_secret(self) -> None:
        for path in DEPLOY.rglob("*"):
            if path.is_file() and path.suffix in {".yaml", ".service", ".example", ""}:
                assert not SECRET.search(path.read_text("utf-8")), path.name
