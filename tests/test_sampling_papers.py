"""The papers of experience sampling: what they name is there, and they promise no anonymity."""

import re
from pathlib import Path

import pytest

from bot.sampling.export import SIGNALS

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ROOT / "docs" / "sampling"
FOR_THE_CONTROLLER = (
    "assessment",
    "works-council",
    "notice",
    "reviewer-agreement",
    "distress-note",
)


def paper(name: str) -> str:
    return (PAPERS / f"{name}.md").read_text("utf-8")


def test_every_complaint_is_answered_by_a_test_that_there_is() -> None:
    rows = re.findall(r"^\| (\d+) \| .*$", paper("complaints"), re.MULTILINE)
    assert [*map(int, rows)] == [*range(1, 13)]
    everything = "".join(each.read_text("utf-8") for each in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", paper("complaints"))
    assert len(named) > 12
    assert [each for each in named if f"def {each}(" not in everything] == []


def test_the_columns_that_are_told_are_those_that_there_are() -> None:
    table = paper("export").partition("## Columns of `signals`")[2].partition("## Formats")[0]
    told = re.findall(r"`(\w+)`", "".join(line.split(" | ")[0] for line in table.splitlines()))
    assert {each.name for each in SIGNALS} <= set(told)


@pytest.mark.parametrize("name", FOR_THE_CONTROLLER)
def test_papers_for_the_controller_leave_room_and_promise_nothing_false(name: str) -> None:
    text = paper(name)
    assert "[" in text
    for sentence in re.split(r"[.;|\n]", text.replace("\n", " ")):
        if "anonymous" in sentence:
            assert "not anonymous" in sentence, sentence


@pytest.mark.parametrize("name", FOR_THE_CONTROLLER)
def test_links_between_papers_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([\w./-]+\.md)\)", paper(name)):
        assert (PAPERS / link).is_file(), link
