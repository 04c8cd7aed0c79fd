"""Write docs/checklist.md: every row of the checklist, and the tests that show it.

    python -m tools.checklist

The rows are data (docs/checklist-rows.toml); the tests name them, `@pytest.mark.row("F1")`. The
tests are read, not run: the page is the same on a machine where some of them cannot run.
"""

import ast
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "docs" / "checklist-rows.toml"
PAGE = ROOT / "docs" / "checklist.md"

TEST = (ast.FunctionDef, ast.AsyncFunctionDef)
FAMILIES = {
    "F": "Fixation, and seeing it together",
    "C": "Surprise, confusion and what it takes to learn from them",
    "S": "Counting without fooling anybody",
    "R": "Risk that hides in success",
    "A": "Who may act, and across which seam",
    "E": "Sampling experience",
    "T": "People and machines as one system",
    "G": "What it was like for the operator",
    "B": "Beliefs, write-ups and promises kept",
}

HEAD = """\
# Checklist

Written by `make checklist` from `checklist-rows.toml` and the tests; not edited by hand. A row is
*open* until a test shows a person seeing it in Slack. "Line" is an investigation.

{shown} of {all} rows are shown by a test.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """An idea, and what a person sees when it works."""

    id: str
    idea: str
    sees: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One test that shows one row."""

    row: str
    file: str
    test: str


class NotReadable(Exception):
    """A row marker whose ids cannot be read from the source."""


def load_rows(path: Path = ROWS) -> dict[str, Row]:
    with path.open("rb") as file:
        return {id_: Row(id_, **texts) for id_, texts in tomllib.load(file).items()}


def find_shown(tests: Path, root: Path = ROOT) -> Iterator[Shown]:
    """Every (row, test) named under a folder of tests, in a fixed order."""
    for path in sorted(tests.rglob("test_*.py")):
        file = path.relative_to(root).as_posix()
        yield from shown_in(ast.parse(path.read_text(encoding="utf-8")), file)


def shown_in(module: ast.Module, file: str) -> Iterator[Shown]:
    of_module = [
        id_
        for node in module.body
        if isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets)
        for id_ in ids_in([node.value], file)
    ]
    yield from _shown_in_body(module.body, of_module, "", file)


def _shown_in_body(
    body: Iterable[ast.stmt], above: list[str], prefix: str, file: str
) -> Iterator[Shown]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            ids = above + ids_in(node.decorator_list, file)
            yield from _shown_in_body(node.body, ids, f"{prefix}{node.name}::", file)
        elif isinstance(node, TEST) and node.name.startswith("test"):
            for id_ in dict.fromkeys(above + ids_in(node.decorator_list, file)):
                yield Shown(id_, file, f"{prefix}{node.name}")


def ids_in(expressions: Iterable[ast.expr], file: str) -> list[str]:
    """The ids of all `…mark.row("F1", …)` inside these, parametrised cases included."""
    return [
        _literal(argument, file)
        for expression in expressions
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.row")
        for argument in node.args
    ]


def _literal(argument: ast.expr, file: str) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise NotReadable(f'{file}:{argument.lineno}: write the row\'s id as text, row("F1")')


def render(rows: dict[str, Row], shown: Iterable[Shown]) -> str:
    by_row: dict[str, list[Shown]] = {}
    for one in shown:
        by_row.setdefault(one.row, []).append(one)
    parts = [HEAD.format(shown=len(by_row.keys() & rows.keys()), all=len(rows))]
    for letter, title in FAMILIES.items():
        parts.append(
            f"\n## {title}\n\n| id | idea | what the person sees | shown by |\n|-|-|-|-|\n"
        )
        parts.extend(
            f"| {row.id} | {_cell(row.idea)} | {_cell(row.sees)} | {_tests(by_row.get(row.id))} |\n"
            for row in rows.values()
            if row.id.startswith(letter)
        )
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _tests(shown: list[Shown] | None) -> str:
    if not shown:
        return "open"
    folder = PAGE.parent.relative_to(ROOT)
    return "<br>".join(f"[{one.test}]({os.path.relpath(one.file, folder)})" for one in shown)


def current() -> str:
    """The page as it should be now."""
    return render(load_rows(), find_shown(ROOT / "tests"))


if __name__ == "__main__":
    PAGE.write_text(current(), encoding="utf-8")
