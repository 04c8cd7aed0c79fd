"""The methods section: sentences with the study's own figures, and CREMAS as far as it goes."""

import re
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.sampling.export import Bundle, OnePerson
from bot.sampling.export_about import About
from bot.sampling.export_methods import methods
from bot.sampling.export_tally import Tally, mean_and_sd, quantile
from bot.sampling.export_words import percent, percentage, some, weekdays
from bot.sampling.model import Outcome, Scheme
from bot.sampling.rates import CAVEAT, Rate, rates
from tests.bot.sampling.exporting import (
    MINUTE,
    NOW,
    SHARE,
    STUDY,
    about,
    answers,
    counted,
    person,
    prompt,
    section,
    tallied,
    tapper,
)


class TestTally:
    def test_it_counts_as_the_definitions_do(self) -> None:
        tally = tallied(6)
        prompts = [each for n in range(6) for each in person(n).prompts]
        assert tally.whole.rates() == rates(prompts)
        assert sum(count.planned for count in tally.days.values()) == tally.whole.planned
        assert tally.self_reports == 6

    def test_late_answers_are_in_the_response_rate_and_not_in_compliance(self) -> None:
        late = replace(prompt("vabcde", 1, 1, Outcome.COMPLETE), late=True, valid=False)
        tally = counted([OnePerson("vabcde", 1, (late,), answers(late, "x"))])
        found = tally.whole.rates()
        assert (found.response.value, found.compliance.value) == (1.0, 0.0)
        assert tally.taps.total() == 0
        assert not tally.forms

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

    def test_mean_and_deviation_of_counted_seconds(self) -> None:
        found = mean_and_sd({2: 1, 4: 3, 5: 2, 7: 1, 9: 1})
        assert found is not None
        assert found == pytest.approx((5.0, 2.1381), abs=1e-4)
        assert mean_and_sd({60: 1}) is None


class TestWords:
    @pytest.mark.parametrize(
        ("part", "n", "said"),
        [
            (0, 4, "0 %"),
            (4, 4, "100 %"),
            (999, 1000, "over 99 %"),
            (1, 1000, "under 1 %"),
            (1, 8, "13 %"),  # halves up
            (1062, 1200, "89 %"),
            (1061, 1200, "88 %"),
        ],
    )
    def test_only_all_is_all_and_only_nothing_is_nothing(
        self, part: int, n: int, said: str
    ) -> None:
        assert percent(Rate(part, n)) == f"{said} ({part:,} of {n:,})"
        assert percentage(part / n) == said

    @pytest.mark.parametrize(
        ("n", "of", "said"),
        [
            (0, 40, "none"),
            (1, 40, "fewer than five"),
            (4, 40, "fewer than five"),
            (5, 40, "five"),
            (35, 40, "35"),
            (36, 40, "all but fewer than five"),
            (40, 40, "all"),
        ],
    )
    def test_few_people_are_not_counted_nor_those_who_are_left(
        self, n: int, of: int, said: str
    ) -> None:
        assert some(n, of) == said

    @pytest.mark.parametrize(
        ("days", "said"),
        [
            ((0, 1, 2, 3, 4), "Monday to Friday"),
            ((0, 1), "Monday and Tuesday"),
            ((0, 2, 4), "Monday, Wednesday and Friday"),
            ((1, 2, 3, 6), "Tuesday to Thursday and Sunday"),
        ],
    )
    def test_days_in_a_row(self, days: tuple[int, ...], said: str) -> None:
        assert weekdays(days) == said


class TestSection:
    def test_it_says_what_was_done_with_this_studys_figures(self) -> None:
        told = methods(about(), tallied(12))
        for said in (
            "Twelve volunteers are in these data, with prompts from 6 March 2028 to",
            "Ten study days were planned for each",
            "09:00-17:00, Monday to Friday, was proposed",
            "two to four prompts (3 on average)",
            "at least 60 minutes apart",
            "prompts twice as far apart: two prompts on a full day",
            "stayed open for 30 minutes, with one reminder after 20",
            "a first tap in time gave 15 minutes more",
            "every second of a window had the same chance",
            "“Just before this message arrived: were you stuck on something?”",
            "or “How much time pressure were you under at that moment?”",
            "It had five items, whichever of these answers opened it.",
            "“Was not working” opened none and ended the prompt",
            "no item was validated",
            "not anonymous",
            "In all, 216 prompts were planned",
            "Across people the response rate had a median of",
            "of 12 people",
            "Careless answering was flagged and never removed",
            CAVEAT,
        ):
            assert said in told, said
        shares = SHARE.findall(told)
        assert len(shares) == 3
        assert all(int(each) % 5 == 0 for share in shares for each in share[1:])

    def test_what_it_cannot_know_is_left_to_the_researcher(self) -> None:
        told = methods(about(), tallied(6))
        assert told.count("[") >= 8
        for yours in ("How they were recruited", "power", "Whether people were paid", "cite what"):
            assert re.search(rf"\[[^]]*{yours}", told), yours

    @pytest.mark.parametrize(
        "claim",
        [
            "nobody could predict",
            "nobody could tell",
            "unpaid",
            "and a practice prompt",
            "not missing at random: stress",
            "no answer cost fewer taps",
            "each for ten",
            "nobody was excluded",
            "nothing here is about incidents",
        ],
    )
    def test_it_claims_no_more_than_is_known(self, claim: str) -> None:
        assert claim not in methods(about(), tallied(12)).lower()

    @pytest.mark.parametrize(
        ("scheme", "said", "often"),
        [
            (Scheme.FIXED, "fixed times of the day, 10:00 and 15:30", "at 10:00 and 15:30"),
            (Scheme.INTERVAL, "every 150 minutes", "every 150 minutes"),
        ],
    )
    def test_other_schemes_say_that_people_can_learn_them(
        self, scheme: Scheme, said: str, often: str
    ) -> None:
        schedule = replace(
            STUDY.schedule, scheme=scheme, times=(time(10), time(15, 30)), interval_min=150
        )
        told = methods(about(versions=(replace(STUDY, schedule=schedule),)), tallied(6))
        assert said in section(told, "Prompts")
        assert "People can learn such times" in told
        for random in ("same chance of being sampled", "random numbers", "work them out"):
            assert random not in told
        assert f"| 8 | frequency | {often}" in told

    def test_amendments_and_the_published_key_are_told(self) -> None:
        second = replace(STUDY, version=2, digest="f" * 64)
        told = methods(
            about(versions=(STUDY, second), revealed_at=NOW - timedelta(hours=1)), tallied(6)
        )
        assert "The study was amended once;" in told
        assert "The key has been published" in told

    def test_forms_of_other_lengths_are_not_said_to_be_of_one(self) -> None:
        shorter = tuple(each for each in STUDY.items if each.name != "other_text")
        told = methods(about(versions=(replace(STUDY, items=shorter),)), tallied(6))
        assert "It had four to five items, by the first answer." in told

    def test_nobody_is_in_it_and_it_still_reads(self) -> None:
        told = methods(about(left=0), Tally())
        assert "No volunteers are in these data." in told
        assert "planned for each" not in section(told, "Design and participants")
        assert "No prompt is over yet, but for any that were cancelled." in told
        assert "None" not in told
        assert not re.search(r"\bnan\b", told)

    @pytest.mark.parametrize("people", [0, 1, 4, 6, 12])
    def test_sentences_begin_and_end(self, people: int) -> None:
        told = methods(about(), tallied(people))
        paragraphs = [
            each for each in told.split("\n\n") if each[0] not in "#|*[" and not each.endswith(":")
        ]
        assert all(re.search(r"[.\])]$", each) for each in paragraphs), paragraphs
        assert "  " not in told
        assert not re.search(r"[a-z] \.|,,|\.\.| of 0 |\(\)", told)
        assert not re.search(r"[.] [a-z]", told)


class TestWho:
    def test_who_is_not_in_it_is_told(self) -> None:
        told = methods(about(left_out=3, erased=31), tallied(12))
        assert "Fewer than five further volunteers had not agreed to this analyst" in told
        assert "Volunteers who had everything of theirs erased are in none of this." in told
        assert "31 prompts; how many people they were is not kept" in told
        assert "| 10 | attrition | 12 volunteers in these data; fewer than five left" in told
        assert (
            "; fewer than five more had not agreed to this analyst; those who were erased" in told
        )
        assert "Six further volunteers had not" in methods(about(left_out=6), tallied(12))

    def test_nobody_left_out_is_not_spoken_of(self) -> None:
        told = methods(about(), tallied(12))
        assert "further volunteer" not in told
        assert "erased are" not in told

    @pytest.mark.parametrize(
        ("left", "said"),
        [
            (0, "None of them left before their days were over."),
            (1, "Fewer than five of them left before their days were over."),
            (5, "Five of them left before their days were over."),
        ],
    )
    def test_one_who_left_is_not_counted(self, left: int, said: str) -> None:
        assert said in methods(about(left=left), tallied(12))

    def test_how_many_days_people_had_is_told_and_that_it_goes_on(self) -> None:
        told = methods(about(stopped_at=None), tallied(12, days=4))
        assert "The study still ran when these data were taken." in told
        assert "volunteers had prompts on a median of 4 (quartiles 4 and 4, of 12" in told
        assert "quartiles 4" not in methods(about(), tallied(4, days=4))

    @pytest.mark.parametrize(
        ("bundle", "said"),
        [(Bundle.ANALYST, "in the events"), (Bundle.OPENESM, "not in this bundle")],
    )
    def test_dates_are_said_to_be_where_they_are(self, bundle: Bundle, said: str) -> None:
        assert f"Dates are {said} |" in methods(about(), tallied(12), bundle)


class TestResponse:
    def test_every_planned_prompt_is_accounted_for(self) -> None:
        """What a reader adds up: planned, cancelled, and what became of the others."""
        people = [person(number) for number in range(12)]
        gone = replace(people[0].prompts[0], outcome=Outcome.CANCELLED, reason="left")
        people[0] = replace(people[0], prompts=(gone, *people[0].prompts[1:]))
        told = section(methods(about(), counted(people)), "Response")
        numbers = r"(\d+) prompts were planned. One of them was cancelled.* Of the other (\d+), "
        numbers += r"(\d+) were sent, (\d+) were held back and (\d+) could not be sent; of (\d+) "
        numbers += r"it is.* Of the (\d+) sent, (\d+) were complete, (\d+) got a first "
        numbers += r"tap and no form in time, (\d+) were declined and (\d+) expired"
        found = re.search(numbers, told)
        assert found is not None, told
        planned, others, sent, held, failed, lost, again, *ends = map(int, found.groups())
        assert planned == 216
        assert others == planned - 1 == sent + held + failed + lost
        assert again == sent == sum(ends)

    def test_where_nothing_was_cancelled_it_says_so_by_saying_nothing(self) -> None:
        told = methods(about(), tallied(12))
        assert "In all, 216 prompts were planned. Of these, " in told
        assert "remain" not in told
        whole = counted(tapper(number, (1, 2, 3)) for number in range(6))
        assert "In all, 18 prompts were planned. Of these, all were sent. Of the 18 sent, " in (
            methods(about(), whole)
        )

    def test_late_answers_reminders_and_durations_are_told(self) -> None:
        people = [tapper(number, (1, 2, 1, 3)) for number in range(6)]
        late = replace(people[0].prompts[0], late=True, valid=False)
        reminded = replace(late, reminded_at=(late.sent_at or NOW) + 20 * MINUTE)
        people[0] = replace(people[0], prompts=(reminded, *people[0].prompts[1:]))
        told = methods(about(), counted(people))
        assert "One answer came after expiry: kept among these, marked late" in told
        assert "One reminder was sent." in told
        assert "it took 1 minute 2 s (median; mean 62 s, SD 0 s)" in told

    def test_durations_of_few_are_not(self) -> None:
        silent = [tapper(number, ()) for number in range(4, 9)]
        told = methods(about(), counted([*(tapper(n, (1, 2, 3)) for n in range(4)), *silent]))
        assert "Delays and durations are of fewer than five people, and not told." in told
        assert "SD" not in told
        assert "delay of first taps" not in told


class TestCremas:
    def table(self, about_: About | None = None) -> list[list[str]]:
        told = methods(about_ or about(), tallied(6)).partition("## CREMAS")[2]
        return [line.split(" | ") for line in told.splitlines() if line.startswith("| ")][1:]

    def test_items_that_were_not_read_are_named_by_number_only(self) -> None:
        rows = self.table()
        assert [row[0].strip("| ") for row in rows] == [*map(str, range(1, 12)), "12–16"]
        assert "named by number only" in rows[-1][1]

    def test_a_practice_prompt_is_not_said_to_have_been_used(self) -> None:
        assert "who tried it is not stored" in self.table()[2][2]

    def test_planned_against_delivered_adds_up(self) -> None:
        tally = tallied(6)
        told = next(row[2] for row in self.table() if row[0] == "| 11")
        found = re.fullmatch(
            r"coverage \d+ % \((\d+) of (\d+)\); (\d+) held back; (\d+) could not be sent; "
            r"(\d+) of unknown fate; (\d+) cancelled, .*",
            told.removesuffix(" |"),
        )
        assert found is not None, told
        sent, planned, *lost, cancelled = map(int, found.groups())
        assert planned + cancelled == tally.outcomes.total() == 6 * 18
        assert sent + sum(lost) == planned
