"""Make `.venv` hold exactly what requirements/dev.txt says, and nothing else.

    python3 tools/bootstrap.py

Standard library only, for it runs before anything is installed; any Python from 3.11 on. When the
environment is up to date it returns at once. Otherwise it is built anew, from an empty folder: an
environment that was patched up shows what it happens to hold, not what the files say. The stamp is
written last, so an install that was interrupted has none and starts over.

uv from PATH is tried first, for speed; then `python -m venv` and pip, which read the machine's own
configuration (index, proxy, certificates). Neither is told an address from here.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "parallax-stamp.json"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
PINNED = ("--require-hashes", "-r", str(REQUIREMENTS))
OLDEST = (3, 11)

# What would bend an install away from our folder, whoever set it and for whatever reason.
BENDING = (
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "UV_SYSTEM_PYTHON",
)

# `pip install -e .` builds a wheel, and building wants setuptools, which a venv of Python 3.12 or
# later lacks and pip would fetch. A path file and this script do the same with nothing fetched.
# The path is relative to site-packages, so its folder may be called anything in any encoding.
PATH_FILE = "../../../..\n"
# Shell and Python at once: a plain "#!" line cannot hold a path with a space, nor a long one.
SCRIPT = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys

from bot.__main__ import main

sys.exit(main())
"""


class CannotInstall(Exception):
    """One line for the person at the keyboard."""


def main() -> int:
    if sys.version_info < OLDEST:
        have = ".".join(str(part) for part in sys.version_info[:3])
        return fail(
            f"Parallax needs Python 3.11 or later; {sys.executable} is {have}. "
            "Install a newer one, or name it: make PYTHON=/path/to/python3.11 ..."
        )
    if up_to_date():
        return 0
    # Two commands started together: the second waits here and then finds the work done.
    with Path(__file__).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if up_to_date():
            return 0
        try:
            build()
        except CannotInstall as problem:
            return fail(str(problem))
        except KeyboardInterrupt:
            return fail("Interrupted; the next run starts over.")
    say("The environment in .venv is ready.")
    return 0


def up_to_date() -> bool:
    """The stamp says so, and the interpreter it was made for is still there."""
    try:
        stamp = STAMP.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return stamp == expected_stamp() and venv_python().exists()


def expected_stamp() -> str:
    """What the environment is made from, and where: a moved one points at its old place."""
    inputs = hashlib.sha256()
    for path in (REQUIREMENTS, Path(__file__)):
        inputs.update(path.read_bytes())
    facts = {
        "inputs": inputs.hexdigest(),
        "python": ".".join(str(part) for part in sys.version_info[:2]),
        "folder": str(ROOT),
    }
    return json.dumps(facts, sort_keys=True)


def build() -> None:
    uv = shutil.which("uv")
    if uv is None:
        check_can_make_venv()
    say("Setting up .venv from requirements/dev.txt; about half a minute, only when they change.")
    if uv is None or not build_with_uv(uv):
        build_with_pip()
    add_project()
    unfinished = STAMP.with_suffix(".part")
    unfinished.write_text(expected_stamp(), encoding="utf-8")
    unfinished.replace(STAMP)


def build_with_uv(uv: str) -> bool:
    """False where uv cannot: it does not read pip's configuration, so pip may still manage."""
    clear()
    steps = (
        ("venv", "--no-project", "--python", base_python(), str(VENV)),
        ("pip", "install", "--python", str(venv_python()), *PINNED),
    )
    for step in steps:
        done = run(uv, *step, "--quiet")
        if done.returncode != 0:
            say(f"uv could not ({last_line(done.stderr)}); trying python -m venv and pip instead.")
            return False
    return True


def check_can_make_venv() -> None:
    """Debian packs these modules apart from Python; nothing is touched where they are missing."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise CannotInstall(no_venv())


def build_with_pip() -> None:
    check_can_make_venv()
    clear()
    done = run(base_python(), "-m", "venv", str(VENV))
    if done.returncode != 0:
        raise CannotInstall(no_venv())
    pip = (str(venv_python()), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check")
    done = run(*pip, "install", "--quiet", *PINNED)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise CannotInstall(
            "pip could not install requirements/dev.txt; what it said is above. "
            "It uses this machine's own pip configuration (pip config list)."
        )


def no_venv() -> str:
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"{base_python()} cannot make virtual environments. Install the package that adds it: "
        f"apt install python3-venv (for a Python other than the system's: {name}-venv)."
    )


def add_project() -> None:
    """Put this folder on the path of the environment, and `parallax` among its commands."""
    version = "python{}.{}".format(*sys.version_info[:2])
    packages = VENV / "lib" / version / "site-packages"
    (packages / "parallax.pth").write_text(PATH_FILE, encoding="ascii")
    script = VENV / "bin" / "parallax"
    script.write_bytes(os.fsencode(SCRIPT.format(python=shlex.quote(str(venv_python())))))
    script.chmod(0o755)


def clear() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(VENV)


def run(*command: str) -> "subprocess.CompletedProcess[str]":  # quoted: an old Python must parse it
    env = {name: value for name, value in os.environ.items() if name not in BENDING}
    env["PIP_USER"] = "0"
    return subprocess.run(
        command,
        check=False,
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def base_python() -> str:
    """The interpreter behind the one that runs this, which may be the one in .venv itself."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def venv_python() -> Path:
    return VENV / "bin" / "python"


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def fail(line: str) -> int:
    say(line)
    return 1


if __name__ == "__main__":
    sys.exit(main())
