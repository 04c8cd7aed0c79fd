"""The methods section: sentences with the study's own figures, and CREMAS as far as it goes."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.sampling.export import OnePerson, rows_of
from bot.sampling.export_methods import methods
from bot.sampling.export_tally import Tally, quantile
from bot.sampling.model import Outcome, Scheme
from bot.sampling.rates import CAVEAT, rates
from tests.bot.sampling.exporting import NOW, STUDY, about, answers, person, prompt


def tallied(people: int, days: int = 6) -> Tally:
    tally = Tally()
    for number in range(people):
        one = person(number, days)
        tally.add(one, rows_of(one, (STUDY,), NOW), "stuck")
    return tally


class TestTally:
    def test_it_counts_as_the_definitions_do(self) -> None:
        tally = tallied(6)
        prompts = [each for n in range(6) for each in person(n).prompts]
        assert tally.whole.rates() == rates(prompts)
        assert sum(count.planned for count in tally.days.values()) == tally.whole.planned
        assert tally.self_reports == 6

    def test_late_answers_are_in_the_response_rate_and_not_in_compliance(self) -> None:
        late = replace(prompt("vabcde", 1, 1, Outcome.COMPLETE), late=True, valid=False)
        tally = Tally()
        one = OnePerson("vabcde", 1, (late,), answers(late, "x"))
        tally.add(one, rows_of(one, (STUDY,), NOW), "stuck")
        found = tally.whole.rates()
        assert (found.response.value, found.compliance.value) == (1.0, 0.0)
        assert tally.taps.counts.total() == 0

    def test_reasons_of_few_people_are_not_told_apart(self) -> None:
        shown, withheld = tallied(4).reasons(Outcome.NOT_SENT)
        assert shown == {}
        assert len(withheld) == 5
        shown, withheld = tallied(12).reasons(Outcome.NOT_SENT)
        assert len(shown) == 5
        assert withheld == ()

    @pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 9), (1.0, 9), (0.01, 1)])
    def test_quantiles_of_counted_seconds(self, share: float, value: int) -> None:
        assert quantile({9: 2, 1: 3, 2: 5}, share) == value
        assert quantile({}, share) is None


class TestSection:
    def test_it_says_what_was_done_with_this_studys_figures(self) -> None:
        told = methods(about(), tallied(12))
        for said in (
            "Twelve volunteers took part between",
            "each for ten study days",
            "two to four prompts",
            "at least 60 minutes apart",
            "stayed open for 30 minutes, with one reminder after 20",
            "a first tap in time gave 15 minutes more",
            "every second of a window had the same chance",
            "“Just before this message arrived: were you stuck on something?”",
            "no item was validated",
            "not anonymous",
            "In all, 216 prompts were planned",
            "Across 12 people the response rate had a median of",
            "Careless answering was flagged and never removed",
            CAVEAT,
        ):
            assert said in told, said
        shares = re.findall(r"(\d+) % of the answers; between (\d+) and (\d+) %", told)
        assert len(shares) == 3
        assert all(int(each) % 5 == 0 for share in shares for each in share)

    def test_it_shows_no_shares_of_few(self) -> None:
        told = methods(about(), tallied(4))
        assert "of the answers; between" not in told
        assert "are not told here as shares" in told
        assert "First taps, with and without" not in told
        assert "Across" not in told

    def test_what_it_cannot_know_is_left_to_the_researcher(self) -> None:
        told = methods(about(), tallied(6))
        assert told.count("[") >= 5
        assert "[How they were recruited, and from whom.]" in told

    def test_other_schemes_say_that_people_can_learn_them(self) -> None:
        fixed = replace(STUDY, schedule=replace(STUDY.schedule, scheme=Scheme.FIXED, vary=0))
        told = methods(about(versions=(fixed,)), tallied(6))
        assert "which people can learn" in told
        assert "same chance of being sampled" not in told

    def test_amendments_and_the_published_key_are_told(self) -> None:
        second = replace(STUDY, version=2, digest="f" * 64)
        told = methods(
            about(versions=(STUDY, second), revealed_at=NOW - timedelta(hours=1)), tallied(6)
        )
        assert "The study was amended once;" in told
        assert "The key has been published" in told

    def test_nobody_took_part_and_it_still_reads(self) -> None:
        told = methods(about(left=0), Tally())
        assert "No volunteers took part, each" in told
        assert "None" not in told
        assert "nan" not in told

    def test_sentences_begin_and_end(self) -> None:
        told = methods(about(), tallied(12))
        paragraphs = [
            each for each in told.split("\n\n") if each[0] not in "#|*[" and not each.endswith(":")
        ]
        assert all(re.search(r"[.\])]$", each) for each in paragraphs), paragraphs
        assert "  " not in told
        assert not re.search(r"[a-z] \.|,,|\.\.", told)


class TestCremas:
    def test_items_that_were_not_read_are_named_by_number_only(self) -> None:
        table = methods(about(), tallied(6)).partition("## CREMAS")[2]
        rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
        assert [row[0].strip("| ") for row in rows] == [*map(str, range(1, 12)), "12–16"]
        assert "named by number only" in rows[-1][1]

    def test_planned_against_delivered_adds_up(self) -> None:
        tally = tallied(6)
        assert tally.outcomes.total() == 6 * 18
