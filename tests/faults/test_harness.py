"""The harness in small: the promise holds, and each mutant of the protocol breaks it."""

from dataclasses import replace

import pytest

from tests.faults.harness import run
from tests.faults.options import Mutant, Options, Result

# Short times, so that the tests are; the factor lets budgets and backoffs pass quickly.
SMALL = Options(
    sends=80, kill=0.01, bad=0.25, lease=3.0, settle=0.8, lateness=0.2, factor=60.0, seed=7
)
UNLUCKY = replace(SMALL, sends=120, kill=0.0, bad=0.3)
HELD_UP = replace(SMALL, sends=24, kill=0.0, bad=0.0, pause=0.5, lease=1.0)


def broken(result: Result) -> int:
    return result.lost + result.duplicates + result.missed


def test_on_sqlite_nothing_is_lost_and_nothing_doubled() -> None:
    assert broken(run(SMALL)) == 0


def test_on_postgresql_nothing_is_lost_and_nothing_doubled(postgres_url: str) -> None:
    result = run(replace(SMALL, sends=60, kill=0.02), postgres_url)
    assert broken(result) == 0
    assert result.kills > 0


def test_what_is_one_too_many_after_a_pause_is_taken_back(postgres_url: str) -> None:
    assert broken(run(HELD_UP, postgres_url)) == 0


@pytest.mark.parametrize(
    ("mutant", "options"),
    [("no_fence", HELD_UP), ("no_look_back", UNLUCKY), ("sdk_retries", UNLUCKY)],
)
def test_a_mutant_of_the_protocol_is_caught(
    mutant: Mutant, options: Options, postgres_url: str
) -> None:
    assert run(replace(options, mutant=mutant), postgres_url).duplicates > 0
