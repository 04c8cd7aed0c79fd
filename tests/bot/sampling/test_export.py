"""Rows and columns of an export: what is there, in which order, and what each bundle leaves out."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sampling.export import (
    Bundle,
    Kind,
    OnePerson,
    part_of_day,
    report_columns,
    signal_columns,
    static_columns,
)
from bot.sampling.export_codebook import code_book, missing_codes
from bot.sampling.export_rows import Row, as_seen, rows_of
from bot.sampling.model import Item, Option, Outcome, Prompt, Protocol, Trigger
from bot.sampling.protocol_rules import RESERVED
from tests.bot.sampling.exporting import (
    BEGAN,
    ITEMS,
    MINUTE,
    NOW,
    SECOND,
    STUDY,
    ZONES,
    answers,
    person,
    prompt,
)

VERSIONS = (STUDY,)
# The evidence page's section 7 and the protocol's section 8, in their order.
ALWAYS = [
    "id",
    "study_version",
    "day",
    "beep",
    "obsno",
    "trigger",
    "scheduled",
    "sent",
    "start",
    "end",
    "expires",
    "status",
    "missing_reason",
    "decline_reason",
    "latency_s",
    "lag_s",
    "duration_s",
    "tz",
    "utc_offset_min",
    "hours_since_start",
    "weekday",
    "planned_day_n",
    "reminded",
    "items_shown",
    "valid",
    "late",
    "careless_flag",
]
OF_ITEMS = [
    "stuck",
    "activity",
    "stuck_text",
    "stuck_text_given",
    "other_text",
    "other_text_given",
    "challenge",
    "skill",
    "feeling",
    "interrupted",
    "pressure",
]
CLOCKS_AND_REASONS = {
    "scheduled", "sent", "start", "end", "expires", "tz", "utc_offset_min", "hours_since_start",
    "weekday", "missing_reason", "decline_reason", "lag_s", "reminded",
}  # fmt: skip


def names(bundle: Bundle = Bundle.ANALYST, *, aliases: bool = False) -> list[str]:
    return [each.name for each in signal_columns(VERSIONS, bundle, aliases=aliases)]


def rows(*prompts: Prompt, text: str = "x") -> tuple[Row, ...]:
    given = tuple(answer for each in prompts for answer in answers(each, text))
    return rows_of(OnePerson(prompts[0].pseudonym, 1, prompts, given), VERSIONS, NOW).signals


class TestColumns:
    def test_all_of_them_in_one_order_whoever_answered_what(self) -> None:
        assert names() == [*ALWAYS, *OF_ITEMS]
        nobody = rows(prompt("vabcde", 1, 1, Outcome.NOT_SENT, "paused"))[0]
        assert set(names()) <= nobody.keys()

    def test_with_the_names_of_esmtools(self) -> None:
        assert names(aliases=True) == [*ALWAYS, "daycum", "beepno", *OF_ITEMS]

    @pytest.mark.parametrize("bundle", [Bundle.READER, Bundle.OPENESM])
    def test_others_get_no_text_no_clock_and_no_reason(self, bundle: Bundle) -> None:
        kept = names(bundle)
        assert not set(kept) & CLOCKS_AND_REASONS
        assert "stuck_text" not in kept
        assert {"stuck_text_given", "part_of_day", "day", "beep", "valid"} <= set(kept)
        kinds = {each.kind for each in signal_columns(VERSIONS, bundle, aliases=False)}
        assert not kinds & {Kind.TEXT, Kind.TIME}

    def test_self_reports_have_nothing_of_a_plan(self) -> None:
        kept = [each.name for each in report_columns(VERSIONS, Bundle.ANALYST, aliases=True)]
        planned = {"scheduled", "sent", "expires", "status", "lag_s", "latency_s", "beep", "beepno"}
        assert not planned & set(kept)
        assert {"id", "start", "end", "trigger", "items_shown", "stuck_text_given"} <= set(kept)

    def test_static_has_the_surveys(self) -> None:
        kept = [each.name for each in static_columns(VERSIONS, Bundle.READER)]
        surveys = ["years", "stuck_week", "stuck_study", "burden", "reactivity", "held_back"]
        assert kept == ["id", "study_version", *surveys]

    def test_a_study_file_cannot_take_the_name_of_one(self) -> None:
        assert {*ALWAYS, "daycum", "beepno", "part_of_day"} <= RESERVED

    def test_items_of_every_version_have_a_column(self) -> None:
        """Complaint 7: a later version neither loses nor relabels what was answered before."""
        other = replace(STUDY.items[4], options=(Option("1", "Low"), Option("2", "High")))
        amended = replace(
            STUDY, version=2, items=(*STUDY.items[:4], other, STUDY.items[5]), rotate=()
        )
        columns = signal_columns((STUDY, amended), Bundle.ANALYST, aliases=False)
        assert [each.name for each in columns] == names()
        book = code_book([("signals.csv", columns)], (STUDY, amended))
        told = [(e.versions, e.values[-1]) for e in book if e.variable == "challenge"]
        assert told == [((1,), ("5", "5 - Extremely")), ((2,), ("2", "High"))]
        assert [e.versions for e in book if e.variable == "feeling"] == [(1,)]


class TestRows:
    def test_an_answered_prompt(self) -> None:
        row = rows(prompt("vabcde", 2, 2, Outcome.COMPLETE))[0]
        assert row["day"] == 2
        assert row["beep"] == 2
        assert row["status"] == "complete"
        assert row["latency_s"] == 150
        assert row["lag_s"] == 7
        assert row["duration_s"] == 62
        assert row["utc_offset_min"] == 60
        assert row["weekday"] == 2
        assert row["hours_since_start"] == round(12 + 15.5 / 60, 4)
        assert row["items_shown"] == " ".join(ITEMS)
        assert (row["stuck"], row["activity"], row["feeling"]) == (2, 10, 5)
        assert (row["stuck_text"], row["stuck_text_given"]) == ("x", 1)
        assert (row["other_text"], row["other_text_given"]) == ("", 0)
        assert row["pressure"] is None
        assert f"{row['scheduled']:%Y-%m-%d %H:%M:%S}" == "2028-03-07 12:15:30"

    @pytest.mark.parametrize(
        ("outcome", "reason", "missing", "declined"),
        [
            (Outcome.NOT_SENT, "incident", "incident", None),
            (Outcome.FAILED, "late", "late", None),
            (Outcome.DECLINED, "meeting", None, "meeting"),
            (Outcome.EXPIRED, "", None, None),
            (Outcome.UNKNOWN, "", None, None),
        ],
    )
    def test_every_outcome_has_its_row_and_its_reason(
        self, outcome: Outcome, reason: str, missing: str | None, declined: str | None
    ) -> None:
        row = rows(prompt("vabcde", 1, 1, outcome, reason))[0]
        assert (row["status"], row["valid"]) == (outcome.value, 0)
        assert (row["missing_reason"], row["decline_reason"]) == (missing, declined)

    def test_shown_tells_skipped_from_not_asked(self) -> None:
        expired, unsent = rows(
            prompt("vabcde", 1, 1, Outcome.EXPIRED), prompt("vabcde", 1, 2, Outcome.NOT_SENT, "x")
        )
        assert expired["items_shown"] == "stuck"
        assert unsent["items_shown"] is None

    def test_valid_is_never_empty_and_rows_are_in_order(self) -> None:
        for number in range(6):
            one = person(number)
            shuffled = replace(one, prompts=one.prompts[::-1])
            found = rows_of(shuffled, VERSIONS, NOW)
            assert {row["valid"] for row in found.signals} <= {0, 1}
            assert [row["obsno"] for row in found.signals] == [*range(1, 19)]
            hours = [row["hours_since_start"] for row in found.signals]
            assert hours == sorted(set(hours), key=float)  # type: ignore[arg-type]

    def test_a_self_report_is_in_a_file_of_its_own(self) -> None:
        """Complaint 10: volunteered reports are not told by a missing time alone."""
        found = rows_of(person(1), VERSIONS, NOW)
        assert [row["trigger"] for row in found.self_reports] == ["self_report"]
        assert {row["trigger"] for row in found.signals} == {"signal"}
        assert found.self_reports[0]["stuck_text"] == "volunteered: NA"

    def test_no_time_that_is_still_to_come(self) -> None:
        """Somebody left: their prompts of next week are cancelled, and their times still secret."""
        past = prompt("vabcde", 1, 1, Outcome.CANCELLED, "left")
        later = replace(prompt("vabcde", 1, 2, Outcome.CANCELLED, "left"), planned_at=NOW + SECOND)
        waiting = replace(prompt("vabcde", 1, 3, Outcome.COMPLETE), outcome=None)
        found = rows(past, later, waiting)
        assert [row["beep"] for row in found] == [1]

    def test_the_clock_goes_back_and_the_row_knows(self) -> None:
        one = prompt("vabcde", 1, 1, Outcome.EXPIRED)
        twice = one.planned_at
        assert twice is not None
        night = replace(one, planned_at=twice.replace(month=10, day=29, hour=1), date=one.date)
        rows_ = rows_of(
            OnePerson("vabcde", 1, (night,), ()), VERSIONS, NOW + timedelta(days=365)
        ).signals
        assert rows_[0]["utc_offset_min"] == 60

    def test_all_times_of_a_row_have_the_offset_of_its_planned_second(self) -> None:
        one = prompt("vabcde", 1, 1, Outcome.COMPLETE)
        change = datetime(2028, 3, 26, 1, tzinfo=UTC)  # 02:00 becomes 03:00 in Berlin
        night = replace(
            one, planned_at=change - MINUTE, sent_at=change - SECOND, first_tap_at=change + MINUTE
        )
        row = rows(night)[0]
        assert row["utc_offset_min"] == 60
        told = {f"{row[name]:%H:%M:%S %z}" for name in ("scheduled", "sent", "start")}
        assert told == {"01:59:00 +0100", "01:59:59 +0100", "02:01:00 +0100"}

    def test_parts_of_the_day(self) -> None:
        assert [part_of_day(hour) for hour in (0, 6, 11, 12, 14, 18, 23)] == [
            "night", "morning", "morning", "midday", "afternoon", "evening", "evening",
        ]  # fmt: skip


class TestFlags:
    def test_they_add_up_and_exclude_nobody(self) -> None:
        same = [prompt("vabcde", day, 1, Outcome.COMPLETE) for day in range(1, 6)]
        fast = replace(same[0], ended_at=(same[0].opened_at or NOW) + 4 * SECOND)
        found = rows(fast, *same[1:])
        assert [row["careless_flag"] for row in found] == [3, 2, 2, 2, 2]
        assert len(found) == 5

    def test_away_at_over_half(self) -> None:
        prompts = [prompt("vabcde", day, 1, Outcome.PARTIAL) for day in range(1, 4)]
        given = [a for n, p in enumerate(prompts) for a in answers(p, "", stuck=9 if n else 1)]
        one = OnePerson("vabcde", 1, tuple(prompts), tuple(given))
        assert [r["careless_flag"] for r in rows_of(one, VERSIONS, NOW).signals] == [4, 4, 4]


class TestOthers:
    @pytest.mark.parametrize(
        "outcome", [Outcome.NOT_SENT, Outcome.FAILED, Outcome.UNKNOWN, Outcome.CANCELLED]
    )
    def test_to_a_reader_every_prompt_not_sent_reads_not_sent(self, outcome: Outcome) -> None:
        row = rows(prompt("vabcde", 1, 1, outcome, "late"))[0]
        assert as_seen(row, Bundle.READER)["status"] == "not_sent"
        assert as_seen(row, Bundle.OPENESM)["status"] == "not_sent"
        assert as_seen(row, Bundle.ANALYST)["status"] == outcome.value

    @pytest.mark.parametrize(
        "outcome", [Outcome.COMPLETE, Outcome.PARTIAL, Outcome.DECLINED, Outcome.EXPIRED]
    )
    def test_and_what_was_sent_reads_as_it_is(self, outcome: Outcome) -> None:
        row = rows(prompt("vabcde", 1, 1, outcome, "meeting"))[0]
        assert as_seen(row, Bundle.READER)["status"] == outcome.value


class TestCodeBook:
    def test_missing_codes_are_those_that_say_nothing(self) -> None:
        by_name = {each.name: missing_codes(each) for each in everything(STUDY)}
        assert by_name["stuck"] == ("9",)  # was not working
        assert by_name["interrupted"] == ("9",)  # cannot say
        assert by_name["years"] == ("9",)  # rather not say
        assert by_name["activity"] == ()  # 9 is "Waiting for something or someone"

    def test_every_column_has_an_entry_with_exact_wording(self) -> None:
        columns = signal_columns(VERSIONS, Bundle.ANALYST, aliases=True)
        book = {each.variable: each for each in code_book([("signals.csv", columns)], VERSIONS)}
        assert list(book) == [each.name for each in columns]
        text = "What are you currently banging your head against the wall about?"
        assert book["stuck_text"].description == text
        assert book["stuck_text"].shown_if == "stuck in 2, 3"
        assert book["feeling"].rotates
        assert book["stuck"].licence
        assert all(each.description for each in book.values())


def everything(protocol: Protocol) -> tuple[Item, ...]:
    return (*protocol.items, *protocol.rotate, *protocol.baseline, *protocol.exit)


def test_the_example_has_every_outcome_that_a_study_has() -> None:
    seen = {p.outcome for n in range(6) for p in person(n).prompts}
    assert seen == {*Outcome} - {Outcome.CANCELLED}
    assert any(p.trigger is Trigger.SELF_REPORT for p in person(0).prompts)
    assert timedelta(minutes=1) == MINUTE


class TestADayThatIsNotOver:
    """How many were planned on a day stands in its rows; whether one is missing tells the rest."""

    def told(self, now: datetime, *, ended: bool) -> list[int]:
        first = prompt("vabcde", 1, 1, Outcome.COMPLETE)
        second = replace(prompt("vabcde", 1, 2, Outcome.EXPIRED), outcome=None)
        one = OnePerson("vabcde", 1, (first, second), (), ended=ended)
        return [int(str(row["beep"])) for row in rows_of(one, VERSIONS, now).signals]

    def test_is_told_of_from_noon_of_the_next(self) -> None:
        noon = datetime.combine(BEGAN + timedelta(days=1), time(12), ZoneInfo(ZONES[0]))
        assert self.told(noon - timedelta(seconds=1), ended=False) == []
        assert self.told(noon, ended=False) == [1]

    def test_is_told_of_at_once_when_the_study_was_stopped(self) -> None:
        assert self.told(datetime.combine(BEGAN, time(20), UTC), ended=True) == [1]
