"""What `study check` says of a study, and what `lock` refuses."""

from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from typing import Any

import pytest

from bot.errors import Refusal
from bot.findings import Finding, Level
from bot.sampling.model import (
    Condition,
    Item,
    ItemKind,
    Legal,
    Option,
    Protocol,
    Schedule,
    Scheme,
)
from bot.sampling.protocol import read_study
from bot.sampling.protocol_check import check, forms, lockable
from bot.sampling.protocol_consent import consent_of, together
from bot.sampling.protocol_rates import bites, mean, share
from tests.bot.sampling.people import default
from tests.bot.sampling.test_protocol import CONSENT, LEGAL, STUDY

FULL = Legal(
    controller="Example",
    operator="Ops",
    contact="privacy@example.org",
    support="the company doctor",
    legal_basis="Article 6 (1) (f)",
    notice_url="https://example.org/notice",
    delete_on="2027-12-31",
    employee_representatives="asked",
)
TODAY = date(2026, 11, 23)


def said(protocol: Protocol, name: str) -> list[Finding]:
    return [each for each in check(protocol, TODAY) if each.check == name]


def scheduled(**changed: Any) -> Protocol:
    return replace(default(), schedule=replace(default().schedule, **changed))


def choice(name: str, count: int, **changed: Any) -> Item:
    options = tuple(Option(str(n), f"{n} - point") for n in range(count))
    return Item(name, ItemKind.RADIO, "How?", options, **changed)


def with_items(*items: Item) -> Protocol:
    return replace(default(), items=(default().first, *items))


class TestDefault:
    def test_nothing_is_weak_but_the_empty_legal_section(self) -> None:
        weak = [each for each in check(default(), TODAY) if each.level is not Level.OK]

        assert [each.check for each in weak if each.level is Level.WARNING] == ["legal"]
        assert Level.WRONG not in {each.level for each in weak}

    def test_with_a_legal_section_nothing_is(self) -> None:
        text = STUDY[: STUDY.index("[legal]")] + LEGAL
        study = read_study(text, CONSENT)

        assert Level.WARNING not in {each.level for each in check(study, TODAY)}
        lockable(study, TODAY)

    def test_the_numbers_of_a_full_day_are_told(self) -> None:
        (found,) = said(default(), "full day")

        assert found.found == "480 minutes: 2 (25%), 3 (50%), 4 (25%) prompts, 3 on average"

    def test_so_is_what_more_time_does_to_it(self) -> None:
        (found,) = said(default(), "more time")

        assert "2 (100%) prompts" in found.found
        assert "twice the expiry, grace and gap" in found.found

    def test_the_windows_where_the_limit_bites_are_told(self) -> None:
        (found,) = said(default(), "short windows")

        assert "161-239 minutes (lowest 0.67 at 239, 0.89 at 180)" in found.found
        assert "321-359 minutes (lowest 0.89 at 359)" in found.found


class TestRates:
    def test_from_two_to_ten_hours_the_mean_is_exact_but_for_two_stretches(self) -> None:
        schedule = default().schedule
        short = {minutes for minutes in range(120, 601) if share(minutes, schedule) < 1}

        assert short == {*range(161, 240), *range(321, 360)}
        assert all(share(each, schedule) == 1 for each in range(120, 601) if each not in short)
        assert min(share(each, schedule) for each in range(120, 601)) == share(239, schedule)

    def test_the_stretches_are_told_with_their_lowest(self) -> None:
        one, other = bites(default().schedule)

        assert (one.first, one.last, one.at) == (161, 239, 239)
        assert one.lowest == Fraction(160, 239)
        assert (other.first, other.last, other.at) == (321, 359, 359)
        assert share(180, default().schedule) == Fraction(8, 9)

    def test_a_mean_is_a_fraction(self) -> None:
        assert mean(450 * 60, 3600, 3, 1) == Fraction(45, 16)

    def test_a_stretch_may_last_to_the_longest_window(self) -> None:
        (last,) = [each for each in bites(_schedule(gap_min=80, vary=0)) if each.last == 600]

        assert last.first <= last.at <= 600


def _schedule(**changed: Any) -> Schedule:
    return scheduled(**changed).schedule


class TestLoad:
    def test_a_proposed_window_with_fewer_prompts_is_weak(self) -> None:
        (found,) = said(scheduled(windows=("09:00-12:00",)), "proposed window")

        assert found.level is Level.WARNING
        assert "0.89" in found.mend

    def test_a_number_that_can_be_counted_is_weak(self) -> None:
        (found,) = said(scheduled(vary=0), "vary")

        assert found.level is Level.WARNING

    def test_so_is_one_that_cannot_vary_for_want_of_room(self) -> None:
        (found,) = said(scheduled(per_day=1, vary=1), "vary")

        assert "no room" in found.found

    def test_a_scheme_that_is_not_random_is_labelled(self) -> None:
        (found,) = said(scheduled(scheme=Scheme.INTERVAL, interval_min=150), "scheme")

        assert found.level is Level.WARNING
        assert "every export says so" in found.found
        assert said(scheduled(scheme=Scheme.INTERVAL, interval_min=150), "full day") == []

    def test_fixed_times_outside_the_proposed_window_are_told(self) -> None:
        fixed = scheduled(scheme=Scheme.FIXED, times=(time(8), time(9), time(17)))
        (found,) = said(fixed, "times")

        assert found.found.endswith("08:00, 17:00")


class TestForm:
    def test_every_tap_opens_a_form_of_the_same_length(self) -> None:
        assert {tap: len(items) for tap, items in forms(default()).items()} == {
            "1": 5, "2": 5, "3": 5
        }  # fmt: skip

    def test_one_that_is_shorter_for_some_is_weak(self) -> None:
        only = choice("mood", 5, show_if=Condition("stuck", ("1",)))
        (found,) = said(with_items(only), "form")

        assert found.level is Level.WARNING
        assert found.found.startswith("1 or 2 items")

    def test_so_is_a_long_one(self) -> None:
        found = said(with_items(*(choice(f"item_{n}", 5) for n in range(6))), "form")

        assert any(each.found.startswith("7 items") for each in found)

    def test_so_are_two_texts(self) -> None:
        texts = (Item(f"text_{n}", ItemKind.TEXT, "What?", max_chars=9) for n in range(2))

        assert any("more than one text" in each.found for each in said(with_items(*texts), "form"))

    def test_and_no_way_to_decline(self) -> None:
        assert said(default(), "decline") == []
        assert said(replace(default(), decline=()), "decline")[0].level is Level.WARNING

    @pytest.mark.parametrize(("points", "weak"), [(4, True), (5, False), (6, True), (7, False)])
    def test_a_scale_has_five_or_seven_points(self, points: int, *, weak: bool) -> None:
        assert bool(said(with_items(choice("mood", points)), "scale")) is weak


class TestSources:
    def test_an_altered_item_is_named(self) -> None:
        item = choice("mood", 5, source="A scale (2001)", licence="CC-BY-4.0", altered=True)
        (found,) = said(with_items(item), "sources")

        assert found.found == "altered, so not to be called validated: mood"

    def test_our_own_are_not_validated(self) -> None:
        assert "none may be called validated" in said(default(), "sources")[0].found


class TestPeople:
    @pytest.mark.parametrize(("planned", "weak"), [(30, False), (29, True)])
    def test_a_category_needs_five_planned_volunteers(self, planned: int, *, weak: bool) -> None:
        found = said(replace(default(), planned=planned), "baseline")

        assert any(each.level is Level.WARNING for each in found) is weak
        if weak:
            assert "stuck_week: 6 categories x 5 = 30 is more than the 29" in found[0].found

    def test_so_do_all_of_them_crossed(self) -> None:
        (found,) = said(default(), "baseline")

        assert found.level is Level.NOTE
        assert "24 groups of 30 people" in found.found

    def test_a_question_that_names_people_is_weak(self) -> None:
        study = replace(default(), baseline=(choice("team", 3),))

        assert any("team, role and site" in each.found for each in said(study, "baseline"))

    @pytest.mark.parametrize(("planned", "told"), [(0, "not said"), (4, "review opens at 5")])
    def test_too_few_or_not_said_is_weak(self, planned: int, told: str) -> None:
        assert told in said(replace(default(), planned=planned), "people")[0].found

    def test_a_consent_that_keeps_silent_is_weak(self) -> None:
        found, *_ = said(replace(default(), consent="{readers} read it"), "consent")

        assert found.found == (
            "the text does not say: operator, backup_days, unlink_days, delete_on, support,"
            " controller, notice_url"
        )


class TestConsentAndSchedule:
    """What people agree to is what they are asked."""

    def test_other_days_and_other_prompts_are_weak(self) -> None:
        days, prompts = said(scheduled(study_days=40, per_day=2), "consent")

        assert days.level is prompts.level is Level.WARNING
        assert days.found == "the schedule has study_days = 40; the text has no such number"
        assert prompts.found == (
            'a full day has 1 to 3 prompts by the schedule; the text has "two to four"'
        )

    @pytest.mark.parametrize(
        "text",
        [
            "For ten days: 2-4 prompts a day",
            "10 days, up to four questions every day",
            "For 10 days. Daily! You are asked 2 or 3 times, or 4",
            "10 Tage lang zwei (2) bis vier (4) Fragen",
        ],
    )
    def test_what_says_the_same_is_not(self, text: str) -> None:
        assert self.weak(text) == []

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("For 10 days, three prompts a day", '"three"'),
            ("For 10 days, at most 5 prompts a day; 2, 3 or 4", '"at most 5"'),
            ("For 10 days we ask you now and then", "no such numbers"),
        ],
    )
    def test_what_says_otherwise_is(self, text: str, told: str) -> None:
        (found,) = self.weak(text)

        assert found.endswith(f"the text has {told}")

    def test_the_numbers_of_the_proposed_window_will_do(self) -> None:
        short = scheduled(windows=("09:00-13:00",))
        text = default().consent.replace("two to four", "one or two")

        assert said(replace(short, consent=text), "consent") == []

    @staticmethod
    def weak(text: str) -> list[str]:
        found = said(replace(default(), consent=text), "consent")
        return [each.found for each in found if "does not say" not in each.found]


class TestLock:
    def test_check_says_what_it_will_refuse(self) -> None:
        study = replace(default(), legal=replace(FULL, delete_on="2027-01-05"))
        (found,) = said(study, "delete_on")

        assert found.level is Level.WRONG
        assert "`lock` will refuse this: [legal] delete_on is before 2027-01-06" in found.found

    def test_refuses_an_empty_legal_section(self) -> None:
        with pytest.raises(Refusal, match="controller, operator, contact") as refused:
            lockable(default(), TODAY)

        assert refused.value.field == "legal"

    def test_refuses_one_with_a_hole(self) -> None:
        with pytest.raises(Refusal, match="lacks employee_representatives"):
            lockable(replace(default(), legal=replace(FULL, employee_representatives="")), TODAY)

    @pytest.mark.parametrize(("on", "taken"), [("2027-01-06", True), ("2027-01-05", False)])
    def test_refuses_a_deletion_before_the_study_can_be_over(self, on: str, *, taken: bool) -> None:
        study = replace(default(), legal=replace(FULL, delete_on=on))

        if taken:
            lockable(study, TODAY)
        else:
            with pytest.raises(Refusal, match="2027-01-06") as refused:
                lockable(study, TODAY)
            assert refused.value.given_back == on


class TestConsent:
    def test_every_placeholder_is_filled(self) -> None:
        study = replace(default(), legal=FULL)
        consent = consent_of(study, ["Ada", "Bo", "Cy"], backup_days=14)

        assert "{" not in consent.text
        assert "Ada, Bo and Cy read your answers under a code name" in consent.text
        assert "Ops runs the server" in consent.text
        assert "within 14 days" in consent.text
        assert "30 days after the study we destroy the link" in consent.text
        assert "deleted on 2027-12-31" in consent.text
        assert consent.text.endswith("contact: https://example.org/notice.")

    def test_the_buttons_are_not_in_the_text(self) -> None:
        consent = consent_of(replace(default(), legal=FULL), ["Ada"], 14)

        assert (consent.yes, consent.no) == ("I take part", "No, thanks")
        assert "[" not in consent.text

    def test_a_text_without_buttons_gets_ours(self) -> None:
        study = replace(default(), legal=FULL, consent="Do you, {operator}?")
        consent = consent_of(study, ["Ada"], 14)

        assert (consent.text, consent.yes) == ("Do you, Ops?", "I take part")

    def test_a_value_is_no_placeholder(self) -> None:
        study = replace(default(), legal=replace(FULL, operator="{readers}"), consent="{operator}")

        assert consent_of(study, ["Ada"], 14).text == "{readers}"

    def test_another_reader_is_another_text(self) -> None:
        study = replace(default(), legal=FULL)
        one, other = (consent_of(study, [name], 14) for name in ("Ada", "Bo"))

        assert len(one.digest) == 64
        assert one.digest != other.digest

    def test_it_is_refused_while_nobody_answers_for_it(self) -> None:
        with pytest.raises(Refusal, match="lacks controller"):
            consent_of(default(), ["Ada"], 14)
        with pytest.raises(Refusal, match="at least one"):
            consent_of(replace(default(), legal=FULL), [], 14)

    @pytest.mark.parametrize(
        ("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
    )
    def test_names_are_joined(self, names: list[str], text: str) -> None:
        assert together(names) == text
