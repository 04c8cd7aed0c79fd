"""Coverage, response rate, compliance; and flags of careless answering."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.sampling import rates
from bot.sampling.model import Answer, Outcome, Prompt, Trigger
from bot.sampling.rates import Rate
from tests.bot.sampling.fakes import NOW, a_prompt

SECOND = timedelta(seconds=1)
COMPLETE, PARTIAL, EXPIRED = Outcome.COMPLETE, Outcome.PARTIAL, Outcome.EXPIRED


def ended(*outcomes: Outcome | None, **changes: Any) -> list[Prompt]:
    return [a_prompt(f"p{n}", outcome=each, **changes) for n, each in enumerate(outcomes)]


class TestRates:
    def test_each_has_a_whole_of_its_own(self) -> None:
        found = rates.rates(ended(*Outcome))
        assert found.coverage == Rate(4, 7)  # all but cancelled
        assert found.response == Rate(2, 4)
        assert found.compliance == Rate(1, 7)

    def test_late_counts_as_an_answer_and_not_as_compliance(self) -> None:
        late = [replace(each, late=True) for each in ended(COMPLETE, PARTIAL)]
        found = rates.rates(late)
        assert (found.response, found.compliance) == (Rate(2, 2), Rate(0, 2))

    def test_what_is_still_to_come_and_self_reports_are_nowhere(self) -> None:
        volunteered = ended(COMPLETE, trigger=Trigger.SELF_REPORT)
        found = rates.rates([*ended(None), *volunteered])
        assert found.coverage == Rate(0, 0)
        assert found.coverage.value is None
        assert sum(rates.counts([*ended(None), *volunteered]).values()) == 0

    def test_counts_and_reasons(self) -> None:
        why = [
            *ended(Outcome.NOT_SENT, reason="paused"),
            *ended(Outcome.NOT_SENT, Outcome.NOT_SENT, reason="incident"),
        ]
        assert rates.counts(why)[Outcome.NOT_SENT] == 3
        assert rates.reasons(why) == {Outcome.NOT_SENT: {"incident": 2, "paused": 1}}


def rated(prompt: str, item: str, value: str) -> Answer:
    return Answer(prompt, item, value, False, NOW)


class TestCareless:
    def test_a_form_open_for_less_than_a_second_an_item(self) -> None:
        shown = a_prompt(shown=("a", "b", "c"), opened_at=NOW)
        assert rates.was_hasty(replace(shown, ended_at=NOW + 2.9 * SECOND))
        assert not rates.was_hasty(replace(shown, ended_at=NOW + 3 * SECOND))
        assert not rates.was_hasty(shown)
        assert not rates.was_hasty(a_prompt(opened_at=NOW, ended_at=NOW))

    def test_the_same_ratings_five_times_in_a_row(self) -> None:
        prompts = [a_prompt(f"p{n}") for n in range(8)]
        same = [rated(f"p{n}", "skill", "3") for n in range(8) if n not in {2, 6}]
        rotating = [rated(f"p{n}", "feeling" if n % 2 else "pressure", "3") for n in range(8)]
        flagged = rates.in_a_rut(prompts, [*same, rated("p6", "skill", "4")], ["skill"])
        assert flagged == {"p0", "p1", "p3", "p4", "p5"}
        assert not rates.in_a_rut(prompts, [*same[:3], rated("p4", "skill", "4")], ["skill"])
        assert rates.in_a_rut(prompts, [*same, *rotating], ["skill"]) >= flagged

    def test_not_working_at_over_half(self) -> None:
        assert rates.seldom_working(["9", "9", "1"], "9")
        assert not rates.seldom_working(["9", "1"], "9")
        assert not rates.seldom_working(["9", "9"], None)

    def test_flags_by_prompt(self) -> None:
        first = a_prompt("p1", first_tap_at=NOW, shown=("a", "b"), opened_at=NOW, ended_at=NOW)
        second = a_prompt("p2", first_tap_at=NOW)
        answers = [rated("p1", "stuck", "9"), rated("p2", "stuck", "9")]
        found = rates.careless(
            [first, second], answers, first="stuck", ratings=["skill"], not_working="9"
        )
        assert found == {"p1": ("hasty", "not_working"), "p2": ("not_working",)}
        working = [rated("p1", "stuck", "1"), rated("p2", "stuck", "9")]
        assert rates.careless(
            [first, second], working, first="stuck", ratings=[], not_working="9"
        ) == {"p1": ("hasty",)}
