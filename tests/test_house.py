"""The rules of the house that no other tool holds, and proof that the tools' rules do fire."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import grimp
import pytest

from tools import checklist, figures

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "handlers", "storage")
MAY_READ_CLOCK_OR_ENVIRONMENT = {"bot/clock.py", "bot/config.py"}

# Written so that this file does not hold what it forbids.
FORBIDDEN_IN_GIT = {
    "a path of somebody's machine": r"(?<![\w.:/-])/(?:home|Users|root|work|workspace|mnt)/\w",
    "a folder outside the project": r"\.\./[s]hared\b",
    "a package index": r"(?i)\b(?:[p]ypi\.org|[p]ythonhosted\.org)|//[\w.:@-]*/simple\b",
    "a Slack token": r"\bxox[abeprs]-\d{9,}-\w+|\bxapp-\d-[A-Z0-9]{9,}-\d+",
    "a private key": r"-----BEGIN [A-Z ]*[P]RIVATE KEY",
}


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def files_for_git() -> list[Path]:
    """What is committed or about to be."""
    ours = ("-c", "safe.directory=*")  # a checkout made by another user, as in CI, is still ours
    listed = run("git", *ours, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if listed.returncode != 0:
        pytest.skip("not run here: git: this copy of the project is not a repository")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def run(*command: str, cwd: Path = ROOT, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own fixed commands
        command, cwd=cwd, input=stdin, check=False, capture_output=True, text=True
    )


class TestTree:
    def test_the_core_has_an_empty_door(self) -> None:
        assert (ROOT / "bot" / "__init__.py").read_bytes() == b""

    def test_every_folder_of_tests_is_a_package(self) -> None:
        # Without it tests/bot would be imported as `bot` and hide the real one.
        folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}

        assert [str(f) for f in folders if not (f / "__init__.py").exists()] == []

    def test_nothing_in_git_names_a_machine_or_holds_a_secret(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}: {what}: {match.group()!r}"
            for path in files_for_git()
            for what, pattern in FORBIDDEN_IN_GIT.items()
            if (match := re.search(pattern, path.read_text(encoding="utf-8", errors="replace")))
        ]

        assert found == []

    @pytest.mark.parametrize(
        "text",  # with a tilde inside, so that this file does not hold them
        [
            "cd /ho~me/ada/parallax",
            "see ../sha~red/notes.md",
            "index = https://py~pi.org/x",
            "https://host.example:8080/sim~ple/",
            "xoxb-~123456789012-abcdef",
            "-----BEGIN RSA PRI~VATE KEY-----",
        ],
    )
    def test_the_patterns_find_what_they_are_for(self, text: str) -> None:
        text = text.replace("~", "")

        assert any(re.search(pattern, text) for pattern in FORBIDDEN_IN_GIT.values())


class TestClockAndEnvironment:
    """Ruff's banned-api holds the rule; here: it fires, it is not silenced, it is not dodged."""

    @pytest.mark.parametrize(
        "snippet",
        [
            "import time\n\nprint(time.time())\n",
            "import time as t\n\nprint(t.monotonic())\n",
            "from time import perf_counter\n\nprint(perf_counter())\n",
            "from datetime import datetime as d\n\nprint(d.now())\n",
            "import datetime\n\nprint(datetime.date.today())\n",
            "import random\n\nprint(random.random())\n",
            "from secrets import token_hex\n\nprint(token_hex())\n",
            "import uuid\n\nprint(uuid.uuid4())\n",
            "import os\n\nprint(os.environ)\n",
            "from os import getenv\n\nprint(getenv('HOME'))\n",
        ],
    )
    @pytest.mark.parametrize("room", ROOMS)
    def test_a_planted_reader_is_found(self, room: str, snippet: str) -> None:
        assert "TID251" in self.ruff(f"{room}/planted.py", snippet)

    def test_the_clock_itself_may(self) -> None:
        assert "TID251" not in self.ruff("bot/clock.py", "import random\n\nprint(random)\n")

    def test_nobody_silences_the_rule(self) -> None:
        silent = re.compile(r"#\s*(?:ruff:\s*)?noqa(?:\s*$|:.*TID251)", re.MULTILINE)

        assert [file for file, source in python_files(*ROOMS) if silent.search(source)] == []

    def test_only_the_settings_read_the_environment(self) -> None:
        names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
        found = [
            f"{file}:{node.lineno}"
            for file, source in python_files(*ROOMS)
            if file not in MAY_READ_CLOCK_OR_ENVIRONMENT
            for node in ast.walk(ast.parse(source))
            if (isinstance(node, ast.Attribute) and node.attr in names and is_os(node.value))
            or (isinstance(node, ast.ImportFrom) and node.module == "os" and imports(node, names))
        ]

        assert found == []

    @staticmethod
    def ruff(file: str, source: str) -> str:
        ruff = (sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise")
        return run(*ruff, "--stdin-filename", file, "-", stdin=source).stdout


def is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def imports(node: ast.ImportFrom, names: set[str]) -> bool:
    return any(alias.name in names for alias in node.names)


class TestContracts:
    """Imports run one way (pyproject.toml, import-linter)."""

    PLANTED: ClassVar = {
        "bot/deliveries/service.py": "import bot.incidents\n",
        "bot/workspace/model.py": "import bot.workspace.service\n",
        "bot/workspace/service.py": "",
        "bot/incidents/__init__.py": "",
        "bot/compose.py": "from slack_sdk import WebClient\n",
        "bot/sandbox/web.py": "from slack_sdk import WebClient\n",
        "handlers/say.py": "from sqlalchemy import select\n",
        "handlers/blocks/board.py": "import bot.deliveries.service\n",
        "storage/engine.py": "import apscheduler\n",
        "bot/watch.py": "import prometheus_client\n",
    }

    def test_they_are_kept(self) -> None:
        done = self.lint_imports(ROOT)

        assert done.returncode == 0, done.stdout

    def test_each_finds_its_planted_import(self, tmp_path: Path) -> None:
        for name, source in self.PLANTED.items():
            self.plant(tmp_path, name, source)
        rules = (ROOT / "pyproject.toml").read_text()
        self.plant(tmp_path, "pyproject.toml", rules)
        for module in re.findall(r'"(bot\.(?:incidents|sampling)\.\w+)"', rules):
            # A service with a name of its own; the linter wants it to be there.
            self.plant(tmp_path, f"{module.replace('.', '/')}.py", "")

        done = self.lint_imports(tmp_path)

        assert "0 kept, 7 broken" in done.stdout, done.stdout
        assert "bot.sandbox.web" not in done.stdout

    def test_a_capability_hides_its_service_and_its_model_knows_no_sibling(self) -> None:
        # The layers contract names the rules it knows; this holds whatever they are called.
        graph = grimp.build_graph("bot", cache_dir=None)
        found = [
            f"{module} imports {imported}"
            for capability in graph.find_children("bot")
            if f"{capability}.service" in graph.modules
            for module in graph.find_children(capability) - {f"{capability}.service"}
            for imported in graph.find_modules_directly_imported_by(module)
            if imported == f"{capability}.service"
            or (module == f"{capability}.model" and imported.startswith(f"{capability}."))
        ]

        assert sorted(found) == []

    @staticmethod
    def plant(root: Path, name: str, source: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        for folder in path.relative_to(root).parents[:-1]:
            (root / folder / "__init__.py").touch()

    @staticmethod
    def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
        return run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache", cwd=root)


class TestRequirements:
    @pytest.mark.parametrize(
        "name", ["base.in", "base.txt", "bench.in", "bench.txt", "dev.in", "dev.txt"]
    )
    def test_they_hold_no_addresses(self, name: str) -> None:
        source = (ROOT / "requirements" / name).read_text(encoding="utf-8")

        # An index, a host, a file or a git repository would each need one of these.
        assert (
            re.findall(r"(?m)^.*(?:://|@|--index|--extra|--find|--trusted|^-[if]\b).*$", source)
            == []
        )

    @pytest.mark.parametrize("name", ["base.txt", "bench.txt", "dev.txt"])
    def test_every_pin_is_exact_and_hashed(self, name: str) -> None:
        for package, pin in self.pins(name).items():
            assert re.match(r"==[\w.]+ (; .*? )?--hash=sha256:[0-9a-f]{64}\b", pin), package

    @pytest.mark.parametrize("stem", ["base", "bench", "dev"])
    def test_every_source_is_pinned(self, stem: str) -> None:
        source = (ROOT / "requirements" / f"{stem}.in").read_text(encoding="utf-8")
        wanted = set(re.findall(r"(?m)^[a-z][\w-]*", source))

        assert wanted
        assert wanted <= self.pins(f"{stem}.txt").keys()

    def test_development_holds_the_pins_of_production(self) -> None:
        assert self.pins("base.txt").items() <= self.pins("dev.txt").items()
        assert self.pins("base.txt").items() <= self.pins("bench.txt").items()

    @staticmethod
    def pins(name: str) -> dict[str, str]:
        source = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
        joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
        return dict(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,]+\])?(.*)$", joined))


class TestChecklist:
    def test_the_page_is_current(self) -> None:
        page = checklist.PAGE.read_text(encoding="utf-8")

        assert page == checklist.current(), "run `make checklist`"

    def test_rows_are_found_on_functions_classes_modules_and_cases(self) -> None:
        module = ast.parse(
            "pytestmark = [pytest.mark.row('F1')]\n"
            "@pytest.mark.row('F2', 'F3')\n"
            "class TestIt:\n"
            "    @pytest.mark.row('F4')\n"
            "    async def test_a(self): ...\n"
            "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.row('F5'))])\n"
            "def test_b(x): ...\n"
            "def helper(): ...\n"
        )

        found = [(shown.row, shown.test) for shown in checklist.shown_in(module, "t.py")]

        assert found == [
            *((row, "TestIt::test_a") for row in ("F1", "F2", "F3", "F4")),
            *((row, "test_b") for row in ("F1", "F5")),
        ]

    def test_a_row_that_is_not_text_is_an_error(self) -> None:
        module = ast.parse("@pytest.mark.row(ROW)\ndef test_a(): ...\n")

        with pytest.raises(checklist.NotReadable, match=r"t\.py:1"):
            list(checklist.shown_in(module, "t.py"))

    def test_every_row_has_a_family(self) -> None:
        rows = checklist.load_rows()

        assert len(rows) == 122
        assert {id_[0] for id_ in rows} == checklist.FAMILIES.keys()


class TestGuards:
    """What tests/conftest.py promises, tried on tests of its own."""

    @pytest.fixture
    def trial(self, tmp_path: Path) -> Path:
        folder = tmp_path / "tests"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
        (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        return tmp_path

    def test_an_unknown_row_stops_the_run(self, trial: Path) -> None:
        output = self.run_trial(trial, "@pytest.mark.row('Z9')\ndef test_a(): ...\n")

        assert "not rows of docs/checklist-rows.toml: row('Z9',)" in output

    def test_what_is_missing_is_listed_by_name(self, trial: Path) -> None:
        output = self.run_trial(
            trial,
            "@pytest.mark.postgres\ndef test_a(): ...\n"
            "def test_b(postgres_url): ...\n"
            "def test_c(rscript): ...\n",
            postgres="postgresql+psycopg://nobody@127.0.0.1:1/none",
        )

        section = output.partition("= not run here =")[2]
        assert "PostgreSQL: not reachable at 127.0.0.1:1 (2 tests)" in section
        assert "R: none of Rscript is installed (1 test)" in section
        assert "3 skipped" in output.splitlines()[-1]

    def test_the_network_is_closed_but_for_this_machine(self, trial: Path) -> None:
        output = self.run_trial(
            trial,
            "import socket\n"
            "def test_out():\n"
            "    with socket.socket() as s: s.connect(('192.0.2.1', 80))\n"
            "def test_name():\n"
            "    socket.getaddrinfo('slack.com', 443)\n"
            "def test_here():\n"
            "    with socket.create_server(('127.0.0.1', 0)) as server:\n"
            "        socket.create_connection(server.getsockname()).close()\n",
        )

        assert "2 failed, 1 passed" in output.splitlines()[-1]
        assert "OutsideNetwork: tests connect to this machine only, not to 192.0.2.1" in output

    def test_the_operators_environment_stays_outside(self, trial: Path) -> None:
        output = self.run_trial(
            trial,
            "import os\n"
            "def test_a():\n"
            "    assert not [n for n in os.environ if n.startswith(('PARALLAX_', 'SLACK_'))]\n",
            postgres="postgresql+psycopg://nobody@127.0.0.1:1/none",
        )

        assert "1 passed" in output.splitlines()[-1]

    @staticmethod
    def run_trial(trial: Path, source: str, postgres: str = "") -> str:
        (trial / "tests" / "test_trial.py").write_text(f"import pytest\n{source}")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--color=no", "-p", "no:cacheprovider"],
            cwd=trial,
            env={
                "PATH": "",
                "PYTHONPATH": str(ROOT),
                "PARALLAX_TEST_POSTGRES": postgres,
                "SLACK_BOT_TOKEN": "x",
            },
            check=False,
            capture_output=True,
            text=True,
        )
        return (done.stdout + done.stderr).strip()


class TestFigures:
    def test_functions_are_measured_whole(self) -> None:
        source = "def a():\n    def b():\n        pass\n    return b\n\nasync def c(): ...\n"

        found = {f.where: f.lines for f in figures.functions(source, "x.py")}

        assert found == {"x.py:1 a": 4, "x.py:2 b": 2, "x.py:6 c": 1}

    def test_a_percentile_is_one_of_the_values(self) -> None:
        assert figures.percentile(list(range(1, 11)), 0.9) == 9
        assert figures.percentile([7], 0.9) == 7
