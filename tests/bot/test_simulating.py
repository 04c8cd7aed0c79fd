"""A small simulated study, through the real app and its ledger; the checks that it makes itself."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli_study import app
from bot.sampling.model import REASONS, Outcome
from bot.sampling.simulated import Observed, record, wrong
from bot.simulating import run

PEOPLE, DAYS, SEED = 12, 3, 7


@pytest.fixture(scope="module")
def seen() -> Observed:
    return run(PEOPLE, DAYS, SEED)


class TestStudy:
    def test_every_planned_prompt_has_one_outcome_and_all_is_as_promised(
        self, seen: Observed
    ) -> None:
        found = record(seen)
        counts = found["counts"]
        assert list(wrong(seen)) == found["wrong"] == []
        assert counts["scheduled"] == sum(counts[each.value] for each in Outcome)
        assert counts["scheduled"] >= PEOPLE * DAYS
        assert found["duplicates"] == 0
        assert found["commitment"] == seen.study.commitment
        assert set(counts) == {"scheduled", *(each.value for each in Outcome)}

    def test_every_reason_is_counted(self, seen: Observed) -> None:
        found = record(seen)
        for outcome, names in REASONS.items():
            told = found["reasons"][outcome.value]
            assert set(told) == set(names)
            assert sum(told.values()) == found["counts"][outcome.value]

    def test_people_answer_in_all_ways(self, seen: Observed) -> None:
        counts = record(seen)["counts"]
        assert min(counts[name] for name in ("complete", "declined", "expired")) > 0
        assert counts["not_sent"] + counts["failed"] > 0


class TestChecks:
    """What the command checks can fail."""

    def broken(self, seen: Observed, **changes: Any) -> Observed:
        sent = next(each for each in seen.prompts if each.sent_at)
        others = tuple(each for each in seen.prompts if each is not sent)
        return replace(seen, prompts=(*others, replace(sent, **changes)))

    def test_one_without_an_outcome(self, seen: Observed) -> None:
        assert any("no outcome" in each for each in wrong(self.broken(seen, outcome=None)))

    def test_one_with_a_reason_that_is_none(self, seen: Observed) -> None:
        broken = self.broken(seen, outcome=Outcome.FAILED, reason="tired")
        assert any("tired" in each for each in wrong(broken))

    def test_one_sent_too_late_or_too_early(self, seen: Observed) -> None:
        sent = next(each for each in seen.prompts if each.sent_at)
        for ahead in (timedelta(minutes=6), timedelta(seconds=-1)):
            assert sent.planned_at
            broken = self.broken(seen, sent_at=sent.planned_at + ahead)
            assert any("sent at" in each for each in wrong(broken))

    def test_one_sent_twice(self, seen: Observed) -> None:
        twice = replace(seen, asked=(*seen.asked, seen.asked[0]))
        assert any("twice" in each for each in wrong(twice))

    def test_one_that_nobody_has_seen(self, seen: Observed) -> None:
        unseen = replace(seen, asked=seen.asked[1:])
        assert any("nobody has seen" in each for each in wrong(unseen))

    def test_two_too_close_or_outside_the_hours(self, seen: Observed) -> None:
        rows = seen.proof.rows
        place = next(n for n, each in enumerate(rows) if each.plan and len(each.plan.times) > 1)
        plan = rows[place].plan
        assert plan is not None
        first = plan.times[0]
        for times, told in (
            ((first, first + timedelta(minutes=59)), "less than 60"),
            ((first - timedelta(days=1),), "outside their hours"),
        ):
            moved = replace(rows[place], plan=replace(plan, times=times))
            proof = replace(seen.proof, rows=(*rows[:place], moved, *rows[place + 1 :]))
            assert any(told in each for each in wrong(replace(seen, proof=proof)))


def test_the_command_writes_its_figures(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    options = ["--people", "2", "--days", "1", "--seed", "1", "--record", str(out)]
    done = CliRunner().invoke(app, ["simulate", *options])
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert {"counts", "reasons", "duplicates", "commitment"} <= found.keys()
    assert f"{found['counts']['scheduled']} scheduled" in done.output
