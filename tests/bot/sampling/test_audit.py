"""The weekly self-check: what is as promised passes, and each thing that is not is told."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sampling.audit import Audit, Lag, audit, lag_of, sixteenths_of
from bot.sampling.model import REASONS, DayPlan, Outcome, Prompt, Trigger
from bot.sampling.plan import commitment, plan_day
from bot.sampling.plan_chain import DayRow, link
from tests.bot.sampling.people import MONDAY, SECRET, STUDY_HASH, hours, study, volunteer

STUDY = study(rotate=3)
LATER = datetime(2026, 12, 24, tzinfo=UTC)
PEOPLE = {"vaaaaa": b"a" * 16, "vbbbbb": b"b" * 16}


def a_chain(days: int = 3, *, more_time: bool = False) -> list[DayRow]:
    rows: list[DayRow] = []
    for number in range(days):
        for name, salt in PEOPLE.items():
            one = volunteer(hours(more_time=more_time), pseudonym=name, salt=salt)
            plan = plan_day(SECRET, STUDY, one, MONDAY + timedelta(days=number), number + 1)
            linked = link(plan, salt, rows[-1].digest if rows else "")
            rows.append(DayRow(linked.previous, linked.digest, linked, salt))
    return rows


def plans(rows: Sequence[DayRow]) -> list[DayPlan]:
    return [row.plan for row in rows if row.plan is not None]


def prompts_of(rows: Sequence[DayRow], **changed: Any) -> list[Prompt]:
    """All of them answered, a second after their time."""
    return [
        replace(_prompt(plan, beep, at), **changed)
        for plan in plans(rows)
        for beep, at in enumerate(plan.times, 1)
    ]


def _prompt(plan: DayPlan, beep: int, at: datetime) -> Prompt:
    return Prompt(
        id=f"{plan.pseudonym}-{plan.date}-{beep}",
        study=plan.study,
        pseudonym=plan.pseudonym,
        version=plan.version,
        trigger=Trigger.SIGNAL,
        date=plan.date,
        day=plan.day,
        beep=beep,
        planned_n=len(plan.times),
        planned_at=at,
        zone=plan.zone,
        rotated=plan.rotated[beep - 1],
        outcome=Outcome.COMPLETE,
        sent_at=at + timedelta(seconds=1),
    )


def audited(rows: Sequence[DayRow], prompts: Sequence[Prompt], now: datetime = LATER) -> Audit:
    promised = commitment(STUDY_HASH, SECRET)
    return audit(rows, prompts, SECRET, [STUDY], now, commitment=promised)


class TestWell:
    def test_what_is_as_promised_passes(self) -> None:
        rows = a_chain()
        found = audited(rows, prompts_of(rows))

        assert found.is_well
        assert (found.days, found.erased) == (6, 0)
        assert found.prompts == sum(len(plan.times) for plan in plans(rows))
        assert found.lag == Lag(1.0, 1.0, 1.0)
        assert sum(part.planned for part in found.sixteenths) == found.prompts

    def test_a_study_without_a_day_passes(self) -> None:
        found = audited([], [])

        assert (found.is_well, found.lag, found.prompts) == (True, None, 0)

    def test_what_is_to_come_is_not_told(self) -> None:
        rows = a_chain()
        waiting = prompts_of(rows, outcome=None, sent_at=None)
        found = audited(rows, waiting, datetime(2026, 11, 24, tzinfo=UTC))

        today = [plan for plan in plans(rows) if plan.date == MONDAY]
        assert found.prompts == sum(len(plan.times) for plan in today)
        assert sum(part.planned for part in found.sixteenths) == found.prompts

    def test_self_reports_are_in_none_of_it(self) -> None:
        rows = a_chain()
        own = replace(
            prompts_of(rows)[0], id="x", trigger=Trigger.SELF_REPORT, planned_at=None, outcome=None
        )

        assert audited(rows, [*prompts_of(rows), own]) == audited(rows, prompts_of(rows))

    def test_an_erased_day_has_no_prompts_and_passes(self) -> None:
        rows = a_chain()
        gone = [
            DayRow(row.previous, row.digest) if row.salt == PEOPLE["vbbbbb"] else row
            for row in rows
        ]
        found = audited(gone, prompts_of(gone))

        assert (found.is_well, found.days, found.erased) == (True, 3, 3)


class TestPlan:
    def test_a_plan_that_was_changed_is_told(self) -> None:
        rows = a_chain()
        assert rows[0].plan is not None
        moved = replace(rows[0].plan, times=rows[0].plan.times[1:])
        rows[0] = replace(rows[0], plan=moved)

        assert len(audited(rows, prompts_of(rows)).wrong) >= 2

    def test_a_prompt_that_is_missing_is_told(self) -> None:
        rows = a_chain()

        (wrong,) = audited(rows, prompts_of(rows)[1:]).wrong
        assert wrong.what == "has 0 prompts for number 1, not one"

    def test_one_that_is_there_twice_is_told(self) -> None:
        rows = a_chain()
        prompts = prompts_of(rows)

        (wrong,) = audited(rows, [*prompts, replace(prompts[0], id="again")]).wrong
        assert wrong.what == "has 2 prompts for number 1, not one"

    def test_one_that_nobody_planned_is_told(self) -> None:
        rows = a_chain()
        prompts = prompts_of(rows)

        (wrong,) = audited(rows, [*prompts, replace(prompts[0], id="more", beep=9)]).wrong
        assert wrong.what == "prompt 9 was never planned"

    @pytest.mark.parametrize(
        "changed", [{"rotated": 7}, {"planned_n": 9}, {"day": 9}, {"version": 9}], ids=str
    )
    def test_one_that_is_not_as_planned_is_told(self, changed: dict[str, Any]) -> None:
        rows = a_chain()
        first, *others = prompts_of(rows)

        (wrong,) = audited(rows, [replace(first, **changed), *others]).wrong
        assert wrong.what == "prompt 1 is not as planned"

    def test_one_at_another_second_is_told_and_counted_nowhere(self) -> None:
        rows = a_chain()
        first, *others = prompts_of(rows)
        moved = replace(first, planned_at=datetime(2026, 11, 23, 3, tzinfo=UTC))
        found = audited(rows, [moved, *others])

        assert [each.what for each in found.wrong] == ["prompt 1 is not as planned"]
        assert sum(part.planned for part in found.sixteenths) == found.prompts - 1


class TestOutcomes:
    @pytest.mark.parametrize(
        ("minutes", "more_time", "told"),
        [(104, False, False), (106, False, True), (104, True, False), (106, True, True)],
    )
    def test_a_prompt_that_is_over_has_one(
        self, minutes: int, *, more_time: bool, told: bool
    ) -> None:
        """5 late, 30 and 15 to answer, 10 for the sweep; twice as long to answer, for whoever asks
        for more time may do so after the day was planned."""
        rows = a_chain(1, more_time=more_time)
        first, *others = prompts_of(rows)
        assert first.planned_at is not None
        now = first.planned_at + timedelta(minutes=minutes)
        found = audited(rows, [replace(first, outcome=None), *others], now)

        assert [each.what for each in found.wrong] == (["has no outcome"] if told else [])

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_its_reason_is_one_of_its_own(self, outcome: Outcome) -> None:
        rows = a_chain(1)
        first, *others = prompts_of(rows)
        for reason in REASONS.get(outcome, ("",)):
            ended = replace(first, outcome=outcome, reason=reason)
            assert audited(rows, [ended, *others]).is_well

        wrong = replace(first, outcome=outcome, reason="the weather")
        (told,) = audited(rows, [wrong, *others]).wrong
        assert told.what == f"is {outcome} for the reason the weather"

    @pytest.mark.parametrize("outcome", list(REASONS))
    def test_where_there_are_reasons_it_has_one(self, outcome: Outcome) -> None:
        rows = a_chain(1)
        first, *others = prompts_of(rows)

        assert not audited(rows, [replace(first, outcome=outcome), *others]).is_well


class TestNobodyIsNamed:
    """The check needs no grant: it tells a day's place in the chain and neither whose it is nor
    when anything was or will be."""

    def test_whatever_is_wrong(self) -> None:
        rows = a_chain()
        first, second, *others = prompts_of(rows)
        assert rows[1].plan is not None
        rows[1] = replace(rows[1], plan=replace(rows[1].plan, times=rows[1].plan.times[1:]))
        rows.append(rows[0])
        stray = replace(first, id="x", pseudonym="vcccccc")
        kept = [replace(first, outcome=None), replace(second, rotated=7), *others, stray]
        found = audited(rows, kept)

        told = [f"{each.where}: {each.what}" for each in found.wrong]
        assert "day 2 of the chain: is not what its inputs give" in told
        assert "day 2 of the chain: is not what its hash says" in told
        assert "a day that is not in the chain: prompt 1 was never planned" in told
        assert any(each.endswith("was planned twice") for each in told)
        assert any(each.endswith("prompt 1: has no outcome") for each in told)
        whole = " ".join(told)
        assert not any(name in whole for name in (*PEOPLE, "vcccccc"))
        assert not re.search(r"\d{4}-\d{2}|\d{2}:\d{2}", whole)

    def test_a_day_is_named_by_its_place(self) -> None:
        rows = a_chain()
        prompts = prompts_of(rows)
        plan = plans(rows)[3]
        moved = [
            replace(each, rotated=9)
            if (each.pseudonym, each.date) == (plan.pseudonym, plan.date)
            else each
            for each in prompts
        ]
        assert {each.where for each in audited(rows, moved).wrong} == {"day 4 of the chain"}


class TestDescription:
    def test_how_late_by_nearest_rank(self) -> None:
        rows = a_chain(30)
        prompts = prompts_of(rows)[:100]
        late = [
            replace(each, sent_at=each.planned_at + timedelta(seconds=number))
            for number, each in enumerate(prompts, 1)
            if each.planned_at is not None
        ]

        assert lag_of(late) == Lag(50.0, 99.0, 100.0)
        assert lag_of(late[:7]) == Lag(4.0, 7.0, 7.0)
        assert lag_of([replace(each, sent_at=None) for each in late]) is None

    def test_coverage_is_that_of_each_sixteenth(self) -> None:
        rows = a_chain(40)
        not_sent = prompts_of(rows, outcome=Outcome.NOT_SENT, reason="incident", sent_at=None)
        morning = [
            replace(each, outcome=Outcome.COMPLETE, reason="")
            if each.planned_at is not None and each.planned_at.hour < 12
            else each
            for each in not_sent
        ]
        found = sixteenths_of(plans(rows), morning)

        assert [part.coverage for part in found[:8]] == [1.0] * 8
        assert [part.coverage for part in found[8:]] == [0.0] * 8

    def test_what_was_cancelled_was_not_planned(self) -> None:
        rows = a_chain()
        found = sixteenths_of(
            plans(rows), prompts_of(rows, outcome=Outcome.CANCELLED, reason="left")
        )

        assert [part.coverage for part in found] == [None] * 16
