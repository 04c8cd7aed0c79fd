"""Print what the house style asks about: long functions, long files, tests that patch.

python -m tools.figures
"""

import ast
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "handlers", "storage")
LONG_FUNCTION = 40
LONG_FILE = 400
PATCHING = re.compile(r"\bmonkeypatch\b|\bmock\.patch\b|\bmocker\b|\bpatch\(")


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method, from `def` to its last line, what is nested in it included."""

    where: str
    lines: int


def functions(source: str, file: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{file}:{node.lineno} {node.name}", lines)


def percentile(values: list[int], share: float) -> int:
    """The smallest value that at least this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)]


def python_files(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def report() -> Iterator[str]:
    yield from report_functions()
    yield from report_files()
    yield from report_patching()


def report_functions() -> Iterator[str]:
    found = [
        function
        for room in ROOMS
        for file, source in python_files(room)
        for function in functions(source, file)
    ]
    if not found:
        yield "functions: none yet"
        return
    lengths = [function.lines for function in found]
    yield (
        f"functions: {len(found)}, lines: median {statistics.median(lengths):g}, "
        f"90th percentile {percentile(lengths, 0.9)}, longest {max(lengths)}"
    )
    long = sorted((f for f in found if f.lines > LONG_FUNCTION), key=lambda f: -f.lines)
    yield f"functions over {LONG_FUNCTION} lines: {len(long)}"
    yield from (f"  {function.lines:4} {function.where}" for function in long)


def report_files() -> Iterator[str]:
    sizes = [
        (len(source.splitlines()), file)
        for folder in (*ROOMS, "tests", "tools")
        for file, source in python_files(folder)
    ]
    long = sorted((size for size in sizes if size[0] > LONG_FILE), reverse=True)
    yield f"files over {LONG_FILE} lines: {len(long)}"
    yield from (f"  {lines:4} {file}" for lines, file in long)


def report_patching() -> Iterator[str]:
    lines = [line for _, source in python_files("tests") for line in source.splitlines()]
    patching = sum(1 for line in lines if PATCHING.search(line))
    per_thousand = 1000 * patching / max(1, len(lines))
    yield f"patching lines: {patching} in {len(lines)} test lines, {per_thousand:.1f} per 1,000"


if __name__ == "__main__":
    for line in report():
        print(line)
