"""What others may see: each rule alone, and that no sequence of releases gets around them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import SeededDraws
from bot.sampling import disclosure as rules
from bot.sampling.disclosure import Known, Release, Said, Scope, Withheld

NOW = datetime(2028, 3, 31, 12, tzinfo=UTC)
Q = "stuck"
CHOICES = ("1", "2", "3")
MONDAY = date(2028, 2, 28)


def answers(people: int, week: int = 1, each: int = 3, *, start: int = 0) -> tuple[Said, ...]:
    """Every choice by every person, `each` times."""
    return tuple(
        Said(f"v{person}", week, CHOICES[n % len(CHOICES)])
        for person in range(start, start + people)
        for n in range(each)
    )


def known(*said: Said, closed: int = 2, over: bool = False, unanswered: int = 0) -> Known:
    return Known(closed, over, CHOICES, said, dict.fromkeys(range(1, closed + 1), unanswered))


def published(scope: Scope, facts: Known, past: tuple[Release, ...] = (), seed: int = 1) -> Release:
    return rules.release(scope, facts, past, NOW, SeededDraws(seed))


def week(n: int) -> Scope:
    return Scope(Q, n, n)


class TestOneFigure:
    def test_five_people_are_enough_and_four_are_not(self) -> None:
        assert published(week(1), known(*answers(5))).figure.answers == 15
        with pytest.raises(Withheld, match="Fewer than 5 people"):
            published(week(1), known(*answers(4)))

    def test_nobody_gives_more_than_two_fifths(self) -> None:
        at_most = answers(5, each=3) + answers(1, each=7)  # v0 gave 10 of 22
        with pytest.raises(Withheld, match="40 %"):
            published(week(1), known(*at_most))
        exactly = answers(1, each=8) + answers(4, each=3, start=1)  # v0 8 of 20
        assert published(week(1), known(*exactly)).figure.answers == 20

    @pytest.mark.parametrize("dull", ["1", "2", "3"])
    def test_no_choice_holds_none_or_all(self, dull: str) -> None:
        said = tuple(each for each in answers(6) if each.choice != dull)
        with pytest.raises(Withheld, match="none or all"):
            published(week(1), known(*said))
        with pytest.raises(Withheld, match="none or all"):
            published(week(1), known(*(Said(each.pseudonym, 1, dull) for each in answers(6))))

    def test_one_in_a_hundred_would_read_as_none(self) -> None:
        rare = tuple(each for each in answers(20, each=9) if each.choice != "3")
        with pytest.raises(Withheld):
            published(week(1), known(*rare, Said("v1", 1, "3")))

    def test_shares_are_rounded_and_carry_worst_case_bounds(self) -> None:
        """30 of 100 answers, and 60 more prompts without one: between 30/160 and 90/160."""
        said = tuple(
            Said(f"v{n % 8}", 1, "1" if n < 30 else "2" if n < 62 else "3") for n in range(100)
        )
        shares = published(week(1), known(*said, unanswered=60)).figure.shares
        assert [(each.points, each.least, each.most) for each in shares] == [
            (30, 15, 60),
            (30, 20, 60),
            (40, 20, 65),
        ]

    def test_below_ten_volunteers_words_and_no_interval(self) -> None:
        few = published(week(1), known(*answers(9))).figure
        many = published(week(1), known(*answers(10))).figure
        assert few.few
        assert all(each.low is None and each.high is None for each in few.shares)
        assert not many.few
        assert all(each.low is not None and each.high is not None for each in many.shares)
        text = "\n".join(rules.told(few, {"1": "Not stuck"}))
        line = text.splitlines()[0]
        assert line.startswith("Not stuck: about a third of the answers; had everybody answered")
        assert not any(each.isdigit() for each in line)
        assert text.endswith(rules.SENTENCE)

    def test_the_interval_is_resampled_by_person(self) -> None:
        """Ten people who each say one thing only are ten answers, however often they say it."""
        alike = tuple(Said(f"v{n}", 1, CHOICES[n % 3]) for n in range(12) for _ in range(10))
        mixed = tuple(Said(f"v{n % 12}", 1, CHOICES[n // 12 % 3]) for n in range(120))
        wide = published(week(1), known(*alike)).figure.shares[0]
        narrow = published(week(1), known(*mixed)).figure.shares[0]
        assert wide.high is not None
        assert wide.low is not None
        assert narrow.high is not None
        assert narrow.low is not None
        assert wide.high - wide.low > narrow.high - narrow.low


class TestWeeks:
    def test_a_week_closes_once_it_is_over_everywhere(self) -> None:
        began = date(2028, 3, 1)  # a Wednesday
        assert rules.week_of(date(2028, 3, 5), began) == 1
        assert rules.week_of(date(2028, 3, 6), began) == 2
        closes = datetime(2028, 3, 7, 12, tzinfo=UTC)
        assert rules.closed_weeks(began, closes - timedelta(seconds=1)) == 0
        assert rules.closed_weeks(began, closes) == 1
        assert rules.closed_weeks(began, datetime(2028, 2, 1, tzinfo=UTC)) == 0

    @pytest.mark.parametrize(
        ("scope", "why"),
        [
            (Scope(Q, 3, 3), "not over"),
            (Scope(Q, 0, 0), "not over"),
            (Scope(Q, 1, 2), "only after"),
            (Scope(Q, 1, 3), "one by one"),
            (Scope(Q, 2, 3), "one by one"),
        ],
    )
    def test_only_closed_weeks_and_nothing_cumulative_before_the_end(
        self, scope: Scope, why: str
    ) -> None:
        said = answers(8, 1) + answers(8, 2) + answers(8, 3)
        with pytest.raises(Withheld, match=why):
            published(scope, known(*said))

    def test_all_weeks_together_after_the_end(self) -> None:
        said = answers(8, 1) + answers(8, 2)
        assert published(Scope(Q, 1, 2), known(*said, over=True)).figure.answers == 48


class TestTogether:
    def test_what_was_published_is_what_is_published(self) -> None:
        first = published(week(1), known(*answers(8)))
        again = published(week(1), known(*answers(20)), (first,))
        assert again is first

    def test_a_withheld_week_must_not_follow_from_the_total(self) -> None:
        """Complementary suppression: week 2 has four people, so the whole stays unsaid as well."""
        said = answers(8, 1) + answers(4, 2)
        facts = known(*said, over=True)
        first = published(week(1), facts)
        with pytest.raises(Withheld, match="With what was shown before"):
            published(Scope(Q, 1, 2), facts, (first,))

    def test_nor_from_a_week_shown_after_the_total(self) -> None:
        said = answers(8, 1) + answers(4, 2)
        facts = known(*said, over=True)
        whole = published(Scope(Q, 1, 2), facts)
        with pytest.raises(Withheld, match="With what was shown before"):
            published(week(1), facts, (whole,))

    def test_another_question_is_another_matter(self) -> None:
        facts = known(*answers(8, 1), *answers(4, 2), over=True)
        other = published(Scope("feeling", 1, 1), facts)
        assert published(Scope(Q, 1, 2), facts, (other,)).figure.answers == 36


class TestErasure:
    def test_a_published_figure_stays_or_is_withdrawn_but_is_never_another(self) -> None:
        first = published(week(1), known(*answers(6)))
        one = rules.after_erasure(first, "v0")
        assert one.figure is first.figure
        assert not one.withdrawn
        two = rules.after_erasure(one, "v1")
        assert two.figure is first.figure
        assert two.withdrawn
        with pytest.raises(Withheld, match="withdrawn"):
            published(week(1), known(*answers(20)), (two,))

    def test_somebody_who_is_not_in_it_changes_nothing(self) -> None:
        first = published(week(1), known(*answers(6)))
        assert rules.after_erasure(first, "v99") is first

    def test_the_total_does_not_show_who_was_erased(self) -> None:
        first = published(week(1), known(*answers(8, 1)))
        second = published(week(2), known(*answers(8, 1), *answers(8, 2)), (first,))
        past = tuple(rules.after_erasure(each, "v0") for each in (first, second))
        left = [each for each in answers(8, 1) + answers(8, 2) if each.pseudonym != "v0"]
        with pytest.raises(Withheld, match="erased"):
            published(Scope(Q, 1, 2), known(*left, over=True), past)


class TestThemesAndTotals:
    def test_a_theme_needs_people_not_answers(self) -> None:
        given_by = [("v1", "tests")] * 50 + [(f"v{n}", "builds") for n in range(5)]
        assert rules.themes(given_by) == ("builds",)

    def test_totals_are_shown_from_five_people(self) -> None:
        people = {"incident": ["v1", "v1", "v2"], "paused": [f"v{n}" for n in range(6)] * 2}
        # Only `paused` may be shown, but with the sum known it would show `incident`.
        assert rules.totals(people) == ({}, ("incident", "paused"))
        people["quiet_hours"] = [f"v{n}" for n in range(5, 11)]
        assert rules.totals(people) == ({"paused": 12}, ("incident", "quiet_hours"))

    def test_nothing_withheld_needs_no_company(self) -> None:
        people = {"incident": [], "paused": [f"v{n}" for n in range(6)]}
        assert rules.totals(people) == ({"paused": 6}, ("incident",))

    def test_every_share_has_its_words(self) -> None:
        assert [rules.in_words(each) for each in (0, 5, 30, 50, 65, 95)] == [
            "none",
            "few",
            "about a third",
            "about half",
            "about two thirds",
            "nearly all",
        ]


# -- no allowed sequence gets around the rules -----------------------------------------------------

WEEKS = 3
ONE = st.builds(
    Said,
    st.integers(0, 9).map(lambda n: f"v{n}"),
    st.integers(1, WEEKS),
    st.sampled_from(CHOICES),
)
# Who took part in each week, each with every choice: most such weeks may be shown.
PARTS = st.lists(
    st.sets(st.integers(0, 9), min_size=4, max_size=7), min_size=WEEKS, max_size=WEEKS
).map(
    lambda weeks: [
        Said(f"v{person}", week, choice)
        for week, people in enumerate(weeks, 1)
        for person in sorted(people)
        for choice in CHOICES
    ]
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("week"), st.integers(0, WEEKS + 1)),
        st.tuples(st.just("whole"), st.just(0)),
        st.tuples(st.just("erase"), st.integers(0, 9)),
        st.tuples(st.just("close"), st.just(0)),
        st.tuples(st.just("end"), st.just(0)),
    ),
    max_size=14,
)
# Where it becomes narrow: weeks are shown, some leave, and all is asked for once more.
NARROW = st.builds(
    lambda before, gone, after: [*before, *(("erase", n) for n in gone), *after],
    st.permutations([("week", 1), ("close", 0), ("week", 2), ("close", 0), ("week", 3)]),
    st.lists(st.integers(0, 9), max_size=6),
    st.permutations([("end", 0), ("whole", 0), ("week", 1), ("week", 2), ("week", 3)]),
)


class Observer:
    """Publishes as told, and keeps what anybody outside has seen, with the answers behind it."""

    def __init__(self, said: list[Said]) -> None:
        self.said = said
        self.closed = 1
        self.over = False
        self.past: dict[Scope, Release] = {}
        self.behind: dict[Scope, Counter[Said]] = {}

    def act(self, what: str, n: int) -> None:
        if what == "close":
            self.closed = min(self.closed + 1, WEEKS)
        elif what == "end":
            self.over, self.closed = True, WEEKS
        elif what == "erase":
            self.said = [each for each in self.said if each.pseudonym != f"v{n}"]
            self.past = {
                scope: rules.after_erasure(each, f"v{n}") for scope, each in self.past.items()
            }
        else:
            self.publish(Scope(Q, 1, self.closed) if what == "whole" else Scope(Q, n, n))

    def publish(self, scope: Scope) -> None:
        said = tuple(each for each in self.said if each.week <= self.closed)
        facts = Known(self.closed, self.over, CHOICES, said, {})
        before = self.past.get(scope)
        try:
            made = published(scope, facts, tuple(self.past.values()), len(self.past))
        except Withheld:
            return
        if before is not None:
            assert made.figure == before.figure
            assert not before.withdrawn
            return
        self.past[scope] = made
        self.behind[scope] = Counter(each for each in said if scope.holds(each.week))


def fit(behind: Counter[Said]) -> bool:
    """Judged anew, in other words than the rules use."""
    people, choices = Counter[str](), Counter[str]()
    for each, times in behind.items():
        people[each.pseudonym] += times
        choices[each.choice] += times
    n = behind.total()
    within = all(0.02 < choices[each] / n < 0.98 for each in CHOICES)
    return len(people) >= 5 and max(people.values()) <= 0.4 * n and within


@settings(max_examples=200)
@given(
    st.one_of(PARTS, st.builds(list.__add__, PARTS, st.lists(ONE, max_size=20))),
    st.one_of(ACTS, NARROW),
)
def test_no_sequence_of_releases_shows_what_may_not_be_shown(
    said: list[Said], acts: list[tuple[str, int]]
) -> None:
    world = Observer(said)
    for act in acts:
        world.act(*act)
    for scope, behind in world.behind.items():
        assert fit(behind)
        assert all(share.points % 5 == 0 for share in world.past[scope].figure.shares)
    whole = [scope for scope in world.behind if scope.first < scope.last]
    weeks = [scope for scope in world.behind if scope.first == scope.last]
    some = chain.from_iterable(combinations(weeks, n) for n in range(1, len(weeks) + 1))
    for taken in some:
        for total in whole:
            together = sum((world.behind[each] for each in taken), Counter[Said]())
            plus, minus = world.behind[total] - together, together - world.behind[total]
            people = {each.pseudonym for each in plus} | {each.pseudonym for each in minus}
            assert not people or len(people) >= 5
            assert minus or not plus or fit(plus)


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.lists(st.integers(0, 12).map(lambda n: f"v{n}"), max_size=20),
        max_size=6,
    )
)
def test_no_withheld_total_follows_from_the_others(given_by: dict[str, list[str]]) -> None:
    shown, withheld = rules.totals(given_by)
    assert shown.keys() | set(withheld) == given_by.keys()
    assert all(len(set(given_by[name])) >= 5 for name in shown)
    hidden = {each for name in withheld for each in given_by[name]}
    assert not hidden or len(hidden) >= 5 or not shown
