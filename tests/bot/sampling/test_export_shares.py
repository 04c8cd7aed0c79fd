"""Which shares and counts a methods section and the report tell: by the rules for all others."""

import re
from dataclasses import replace
from datetime import timedelta

from bot.sampling.export import OnePerson
from bot.sampling.export_methods import methods
from bot.sampling.model import Study, StudyState
from bot.sampling.report import report
from tests.bot.sampling.exporting import (
    NOW,
    SHARE,
    STUDY,
    about,
    counted,
    person,
    section,
    tallied,
    tapper,
)

STOPPED = Study(
    "S1", "T1", "stuck", STUDY, StudyState.STOPPED, "c" * 64, bytes(32), NOW - timedelta(days=40)
)


class TestShares:
    def people(self) -> list[OnePerson]:
        """Twelve people: of 60 first taps 12 say that they were not working, 24 of 48 are 1."""
        flagged = (number < 6 for number in range(12))
        return [
            tapper(number, (1, 2, 3, 1, 9) if number % 2 else (1, 2, 1, 2, 9), hasty=hasty)
            for number, hasty in enumerate(flagged)
        ]

    def test_one_denominator_named_and_the_same_in_both_places(self) -> None:
        told = methods(about(), counted(self.people()))
        assert "Of 60 first taps in time, 12 were “Was not working” and are left aside; the" in told
        assert "the other 48, by choice" in told
        above = {label: points for label, points, _, _ in SHARE.findall(told)}
        assert above == {"Not stuck": "50", "A bit stuck": "40", "Badly stuck": "15"}
        again = dict(re.findall(r"“([^”]+)” (\d+) % with and \d+ % without", told))
        assert again == above

    def test_no_choice_that_holds_nothing_is_printed(self) -> None:
        """Without what was flagged, nobody would be badly stuck: 0 %."""
        people = [tapper(number, (3, 1, 2, 1, 9), hasty=True) for number in range(12)]
        told = methods(about(), counted(people))
        assert len(SHARE.findall(told)) == 3
        assert "Twelve prompts were: 12 in forms open" in told
        assert "with flagged prompts and without" not in told
        assert " 0 %" not in told

    def test_what_differs_by_fewer_than_five_people_is_not_compared(self) -> None:
        few = [tapper(number, (1, 2, 3, 1, 9), hasty=number < 4) for number in range(12)]
        told = section(methods(about(), counted(few)), "Quality of the data")
        assert "Prompts of fewer than five people were flagged" in told
        assert "Compliance" not in told
        assert "%" not in told
        assert not re.search(r"\d", told)

    def test_five_people_are_enough_to_be_counted(self) -> None:
        five = [tapper(number, (1, 2, 3, 1, 9), hasty=number < 5) for number in range(12)]
        told = section(methods(about(), counted(five)), "Quality of the data")
        assert "Five prompts were: 5 in forms open for less than a second" in told
        assert "Compliance is 100 % (60 of 60) with them and 100 % (55 of 55)" in told

    def test_shares_are_compared_only_where_five_people_differ(self) -> None:
        """A flagged answer that came late is in no share, with flags or without."""
        five = [tapper(number, (1, 2, 3, 1, 9), hasty=number < 5) for number in range(12)]
        assert "with flagged prompts and without" in methods(about(), counted(five))
        late = replace(five[0].prompts[0], late=True, valid=False)
        five[0] = replace(five[0], prompts=(late, *five[0].prompts[1:]))
        told = methods(about(), counted(five))
        assert "Five prompts were: 5 in forms" in told
        assert "with flagged prompts and without" not in told

    def test_nobody_flagged_is_told(self) -> None:
        people = counted(tapper(number, (1, 2, 3)) for number in range(5))
        told = section(methods(about(), people), "Quality of the data")
        assert "Nothing was flagged: no form open for less than a second per item" in told

    def test_so_few_away_that_they_could_be_told_are_not_counted(self) -> None:
        people = [tapper(n, (1, 2, 3, 9 if n < 4 else 1)) for n in range(12)]
        told = methods(about(), counted(people))
        assert "First taps in time, those of “Was not working” left aside, by choice" in told
        assert len(SHARE.findall(told)) == 3

    def test_below_ten_volunteers_shares_are_words(self) -> None:
        told = methods(about(), counted(tapper(n, (1, 1, 2, 3, 9)) for n in range(9)))
        assert "* Not stuck: about half of the answers; between 50 and 50 %" in told
        assert not SHARE.findall(told)

    def test_it_shows_no_shares_of_few_nor_before_the_end(self) -> None:
        few = counted([*(person(n) for n in range(4)), *(tapper(n, ()) for n in range(4))])
        for told in (methods(about(), few), methods(about(stopped_at=None), tallied(12))):
            assert "of the answers; between" not in told
            assert "with and" not in told
        assert "are not told here as shares" in methods(about(), few)
        assert "told once the study is over" in methods(about(stopped_at=None), tallied(12))
        assert "Across" not in methods(about(), few)

    def test_of_fewer_than_five_people_no_figure_is_told(self) -> None:
        told = methods(about(), tallied(4))
        assert told.count("These data are of fewer than five people") == 2
        assert "%" not in told
        assert "| 11 | planned against delivered | of too few people to be told |" in told
        assert "of 72" not in told

    def test_the_report_says_the_same(self) -> None:
        """One eighth is 15 % in both: halves up."""
        tally = counted(
            tapper(number, (1, 1, 1, 1, 2, 2, 2, 3 if number % 2 else 2)) for number in range(12)
        )
        told = {
            label: int(points) for label, points, _, _ in SHARE.findall(methods(about(), tally))
        }
        found = report(STOPPED, tally)["first_answers"]
        assert {each["label"]: each["points"] for each in found} == told
        assert told == {"Not stuck": 50, "A bit stuck": 45, "Badly stuck": 5}
        eighth = counted(tapper(n, (1, 1, 1, 1, 2, 2, 2, 3)) for n in range(12))
        assert [e["points"] for e in report(STOPPED, eighth)["first_answers"]] == [50, 40, 15]
        assert [int(e[1]) for e in SHARE.findall(methods(about(), eighth))] == [50, 40, 15]


class TestReportOfFew:
    def test_flags_and_delays_of_few_people_are_withheld(self) -> None:
        few = [tapper(number, (1, 2, 3), hasty=number < 4) for number in range(12)]
        told = report(STOPPED, counted(few))["careless"]
        assert told == {"prompts": None, "withheld": ["hasty", "not_working", "same_ratings"]}
        five = [tapper(number, (1, 2, 3), hasty=number < 5) for number in range(12)]
        told = report(STOPPED, counted(five))["careless"]
        assert (told["hasty"], told["prompts"]) == (5, 5)
        four = counted(tapper(number, (1, 2, 3)) for number in range(4))
        assert report(STOPPED, four)["delay_s"] is None
