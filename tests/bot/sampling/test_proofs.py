"""The proofs of the sampling protocol, at a size that a suite can bear; see `proofs` for the full
one."""

import pytest

from bot.sampling.plan import FULL_DAY
from bot.sampling.protocol_rates import chances
from tests.bot.sampling import proofs
from tests.bot.sampling.proofs import (
    AHEAD,
    FLAT_DAYS,
    GAP,
    ONE_IN_A_THOUSAND,
    PER_DAY,
    POWER_DAYS,
    RUN_DAYS,
    SEED,
    VARY,
    Day,
    Foresight,
    chi_square,
    foreseen,
    one_each,
    planned_days,
    rejection,
    relative,
    size_of_test,
)

RUNS = 240
DAYS = RUNS * RUN_DAYS
PEEK_DAYS = 3_000


def days(count: int) -> tuple[Day, ...]:
    """Some of the days that are planned once for all of these tests."""
    return planned_days(DAYS)[:count]


class TestFlat:
    def test_every_sixteenth_of_forty_thousand_days_is_as_full_as_any(self) -> None:
        found = relative(at for day in days(FLAT_DAYS) for at in day)

        assert min(found) >= 0.95
        assert max(found) <= 1.05

    def test_so_it_is_with_one_random_prompt_of_each_day(self) -> None:
        found = relative(one_each(days(FLAT_DAYS), SEED))

        assert min(found) >= 0.95
        assert max(found) <= 1.05

    def test_a_test_at_five_per_cent_finds_a_fault_in_five_per_cent_of_runs(self) -> None:
        # At full size, 2,000 runs, 3.5 to 6.7 %; here as many standard errors, of 240 runs.
        assert 0.006 <= size_of_test(one_each(days(DAYS), SEED)) <= 0.099

    def test_ten_thousand_days_are_not_rejected(self) -> None:
        assert chi_square(one_each(days(POWER_DAYS), SEED)) < ONE_IN_A_THOUSAND

    @pytest.mark.parametrize("scheme", [proofs.gap_trick, proofs.shifted_blocks])
    def test_ten_thousand_days_of_an_uneven_scheme_are(self, scheme: proofs.Scheme) -> None:
        assert rejection(scheme) > ONE_IN_A_THOUSAND

    def test_the_number_of_prompts_is_as_likely_as_it_is_said_to_be(self) -> None:
        planned = days(FLAT_DAYS)

        for count, chance in chances(FULL_DAY, GAP, PER_DAY, VARY).items():
            share = sum(len(day) == count for day in planned) / len(planned)
            assert share == pytest.approx(float(chance), abs=0.01)


class TestForesight:
    def test_few_prompts_come_when_one_is_to_be_expected(self) -> None:
        assert foreseen(days(PEEK_DAYS)) <= 0.02

    def test_with_a_fixed_number_many_would(self) -> None:
        assert foreseen(planned_days(PEEK_DAYS, 0), 0) > 0.05

    def test_what_is_foreseen_is_what_happens(self) -> None:
        """At every quarter of an hour, the chances that are given add up to what came."""
        chance = {n: float(p) for n, p in chances(FULL_DAY, GAP, PER_DAY, VARY).items()}
        knows = Foresight(chance)
        said: list[tuple[float, bool]] = []
        for day in days(PEEK_DAYS):
            for now in range(0, FULL_DAY, AHEAD):
                before = [at for at in day if at < now]
                came = any(now <= at < now + AHEAD for at in day)
                said.append((knows.hazard(before, now), came))

        for low, high in ((0.0, 0.08), (0.08, 0.2), (0.2, 1.01)):
            part = [each for each in said if low <= each[0] < high]
            expected = sum(hazard for hazard, _ in part)
            assert sum(came for _, came in part) == pytest.approx(expected, rel=0.06)

    def test_before_the_day_nothing_is_left_out(self) -> None:
        chance = {n: float(p) for n, p in chances(FULL_DAY, GAP, PER_DAY, VARY).items()}

        assert Foresight(chance).hazard([], 0, FULL_DAY) == pytest.approx(1.0)
