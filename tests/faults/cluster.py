"""A PostgreSQL of a test's own, to be stopped and broken; started as somebody who is not root."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.conftest import not_run

NAME = "a PostgreSQL of its own"
USERS = ("postgres", "nobody")
# Room for an empty cluster and a little work.
MEGABYTES = 128
BALLAST = "ballast"


class Cluster:
    """Its address, and how it dies."""

    def __init__(self, folder: Path, port: int, run: list[str]) -> None:
        self.url = f"postgresql+psycopg://owner@127.0.0.1:{port}/postgres"
        self._folder = folder
        self._options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
        self._run = run

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._pg_ctl("start", "-o", self._options)

    def crash(self) -> None:
        """Stop without writing anything down, as after kill -9, and recover."""
        self._pg_ctl("restart", "-m", "immediate", "-o", self._options)

    def stop(self) -> None:
        """For good."""
        self._pg_ctl("stop", "-m", "immediate")

    def fill_the_disk(self) -> None:
        """Leave no room at all, until `free_the_disk`."""
        with (self._folder / BALLAST).open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(64 * 1024))

    def free_the_disk(self) -> None:
        """Make room again; a server that went down meanwhile is started, as an operator would."""
        (self._folder / BALLAST).unlink()
        if not self._runs():
            self.start()

    def _runs(self) -> bool:
        status = [*self._run, "pg_ctl", "-D", str(self._folder / "data"), "status"]
        return not subprocess.run(status, capture_output=True, check=False).returncode  # noqa: S603 - ours

    def _pg_ctl(self, *what: str) -> None:
        data, log = self._folder / "data", self._folder / "log"
        command = [*self._run, "pg_ctl", "-D", str(data), "-l", str(log), "-w", "-t", "60", *what]
        subprocess.run(  # noqa: S603 - ours
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


@contextmanager
def private_cluster(*, small_disk: bool = False) -> Iterator[Cluster]:
    """One, or the test is not run here, by name. small_disk: on one of its own, to be filled."""
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        not_run(f"{NAME}: initdb or pg_ctl is not installed")
    run, owner = _not_root()
    with tempfile.TemporaryDirectory(prefix="parallax-pg-") as name, ExitStack() as stack:
        folder = Path(name)
        if small_disk:
            stack.enter_context(_mounted(folder))
        if owner is not None:
            os.chown(folder, owner, -1)
        initdb = [*run, "initdb", "-D", str(folder / "data"), "-U", "owner", "-A", "trust", "-N"]
        made = subprocess.run(initdb, capture_output=True, check=False)  # noqa: S603 - ours
        if made.returncode:
            not_run(f"{NAME}: initdb refuses")
        cluster = Cluster(folder, _free_port(), run)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    """A disk of MEGABYTES there."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        not_run(f"{NAME} on a small disk: only root may mount one")
    if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603 - ours
        not_run(f"{NAME} on a small disk: mount refuses")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - ours


def _not_root() -> tuple[list[str], int | None]:
    """How to run a command as somebody else, and who that is; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return [], None
    known = [each for each in USERS if _exists(each)]
    if not known or not shutil.which("setpriv"):
        not_run(f"{NAME}: PostgreSQL does not run as root, and there is nobody else")
    user = pwd.getpwnam(known[0])
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"], (
        user.pw_uid
    )


def _exists(user: str) -> bool:
    return any(each.pw_name == user for each in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
