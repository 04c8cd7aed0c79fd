"""What it was measured on, as far as it matters; it names no host and nobody."""

import os
import platform
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from tests.bench.peers import version

PROCESSOR, MEMORY = Path("/proc/cpuinfo"), Path("/proc/meminfo")
LIBRARIES = ("slack-bolt", "sqlalchemy", "psycopg", "procrastinate", "pgqueuer", "apscheduler")


def machine(places: list[tuple[str, str]]) -> dict[str, str]:
    """Cores, memory, processor, Python, the databases and the libraries, each with its version."""
    found = {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "processor": _told(PROCESSOR, "model name"),
        "Python": platform.python_version(),
    }
    found |= {name: _server(url) for name, url in places}
    found |= {name: number for name in LIBRARIES if (number := version(name))}
    return {name: told for name, told in found.items() if told}


def line(about: dict[str, str]) -> str:
    """The same in one line."""
    return " · ".join(f"{name} {told}" for name, told in about.items())


def _memory() -> str:
    kibibytes = _told(MEMORY, "MemTotal").removesuffix("kB").strip()
    return f"{int(kibibytes) / 1024**2:.0f} GiB" if kibibytes else ""


def _told(path: Path, name: str) -> str:
    """What the kernel says under a name; only Linux has such files."""
    if not path.exists():
        return ""
    lines = (each.partition(":") for each in path.read_text("utf-8").splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def _server(url: str) -> str:
    if url.startswith("sqlite"):
        return sqlite3.sqlite_version
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        told: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
    engine.dispose()
    return told.partition(" ")[0]
