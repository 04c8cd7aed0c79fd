"""Rules, what became of each, and the report.

A test states one rule: `@rule("a header: 150 characters", source=SDK)`. `expect` compares and
says both sides where they differ; a test that needs what a server does not offer is skipped.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

PASSED, DIFFERS, NOT_OFFERED = "passed", "differs", "not offered"
_SHOWN = 200


def rule(text: str, *, source: str) -> pytest.MarkDecorator:
    """Says which rule of Slack a test states, and where it was read."""
    return pytest.mark.rule(text, source=source)


class Differs(AssertionError):
    """The server did something else than the rule says."""

    def __init__(self, expected: object, got: object) -> None:
        super().__init__(f"expected {expected!r}, got {got!r}")
        self.expected = expected
        self.got = got


def expect(got: object, expected: object) -> None:
    """Both are equal; raises Differs otherwise."""
    if got != expected:
        raise Differs(expected, got)


def expect_in(part: Any, whole: Any) -> None:
    """One holds the other; raises Differs otherwise."""
    if part not in whole:
        raise Differs(f"with {part}", whole)


def expect_out(part: Any, whole: Any) -> None:
    """One does not hold the other; raises Differs otherwise."""
    if part in whole:
        raise Differs(f"without {part}", whole)


def address(value: Any) -> str:
    """A value that must be an address to go on with; raises Differs otherwise."""
    if not isinstance(value, str) or "://" not in value:
        raise Differs("an address", value)
    return value


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one rule. `expected` and `got` say how it differs, if it does."""

    rule: str
    source: str
    outcome: str
    expected: str = ""
    got: str = ""


def finding(marker: pytest.Mark, outcome: str, error: BaseException | None) -> Finding:
    """The line of the report for a test that was run."""
    text, source = str(marker.args[0]), str(marker.kwargs["source"])
    if outcome == "skipped":
        return Finding(text, source, NOT_OFFERED, got=str(error))
    if outcome == "passed":
        return Finding(text, source, PASSED)
    expected = repr(error.expected) if isinstance(error, Differs) else "the rule"
    got = repr(error.got) if isinstance(error, Differs) else f"{type(error).__name__}: {error}"
    return Finding(text, source, DIFFERS, expected[:_SHOWN], got.partition("\n")[0][:_SHOWN])


def counted(findings: Sequence[Finding]) -> str:
    """How many rules passed, differ, were not offered."""
    outcomes = [each.outcome for each in findings]
    parts = [f"{outcomes.count(name)} {name}" for name in (PASSED, DIFFERS, NOT_OFFERED)]
    return f"{len(findings)} rules: {', '.join(parts)}"


def lines(findings: Iterable[Finding]) -> list[str]:
    """The report for a terminal."""
    shown = []
    for each in findings:
        shown.append(f"{each.outcome:<11} {each.rule} · {each.source}")
        if each.outcome == DIFFERS:
            shown.append(f"{'':<11}   expected {each.expected}, got {each.got}")
    return shown


def write(findings: Sequence[Finding], path: Path) -> None:
    """The report as a file: JSON if it is called so, Markdown otherwise."""
    if path.suffix == ".json":
        text = json.dumps([asdict(each) for each in findings], indent=1)
    else:
        text = _markdown(findings)
    path.write_text(text + "\n", encoding="utf-8")


def _markdown(findings: Sequence[Finding]) -> str:
    head = f"# Conformance\n\n{counted(findings)}\n\n"
    rows = [_row("rule", "source", "outcome", "expected", "got"), "|-|-|-|-|-|"]
    rows += [_row(*asdict(each).values()) for each in findings]
    return head + "\n".join(rows)


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
