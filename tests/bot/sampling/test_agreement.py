"""How far two coders agree: the protocol's vector, undefined values, and what is refused."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SeededDraws
from bot.errors import Refusal
from bot.sampling import agreement as rules
from bot.sampling.agreement import Cells, Coded, agreement, alpha, jaccard, kappa, masi, nominal

FIRST = ("ab", "a", "", "bc", "c", "a")
SECOND = ("a", "a", "", "cd", "d", "ab")
TAGS = st.frozensets(st.sampled_from("abcd"))
VERDICTS = "slight|fair|moderate|substantial|perfect|good|poor|excellent|acceptable|reliable|weak"


def coded(
    first: Sequence[str], second: Sequence[str], *, people: int = 3, version: int = 1
) -> list[Coded]:
    return [
        Coded(f"t{n}", f"v{n % people}", version, frozenset(one), frozenset(other))
        for n, (one, other) in enumerate(zip(first, second, strict=True))
    ]


def judged(texts: Sequence[Coded], tags: str = "abcd", of: int = 0) -> rules.Agreement:
    return agreement(texts, of or len(texts), tags, SeededDraws(7))


class TestTheVector:
    """Section 7 of the sampling protocol."""

    def test_alpha_by_three_distances(self) -> None:
        pairs = [(frozenset(a), frozenset(b)) for a, b in zip(FIRST, SECOND, strict=True)]
        found = [round(alpha(pairs, each) or 0.0, 4) for each in (masi, jaccard, nominal)]
        assert found == [0.3436, 0.4304, 0.2414]

    def test_and_whole(self) -> None:
        sets = judged(coded(FIRST, SECOND)).sets
        assert sets.masi == pytest.approx(0.3436, abs=5e-5)
        assert sets.jaccard == pytest.approx(0.4304, abs=5e-5)
        assert sets.nominal == pytest.approx(0.2414, abs=5e-5)
        assert sets.why == ""

    def test_nothing_against_nothing_is_no_distance(self) -> None:
        nothing, something = frozenset[str](), frozenset("a")
        assert [each(nothing, nothing) for each in (masi, jaccard, nominal)] == [0, 0, 0]
        assert [each(nothing, something) for each in (masi, jaccard, nominal)] == [1, 1, 1]


class TestOneTag:
    def test_counts_positive_agreement_and_kappa_as_in_the_textbook(self) -> None:
        """20 both, 5 and 10 apart, 15 neither: agreed 0.70, by chance 0.50, kappa 0.40."""
        given_by_first = ["a"] * 25 + [""] * 25
        given_by_second = ["a"] * 20 + [""] * 5 + ["a"] * 10 + [""] * 15
        (tag,) = judged(coded(given_by_first, given_by_second), "a").tags
        assert (tag.first, tag.second, tag.both) == (25, 30, 20)
        assert tag.positive == pytest.approx(40 / 55)
        assert tag.kappa == pytest.approx(0.40)
        assert tag.interval is not None
        assert tag.interval.low < 0.40 < tag.interval.high

    @pytest.mark.parametrize(
        ("first", "second", "why"),
        [
            ([""] * 9, [""] * 9, "both coders gave “a” to no text"),
            (["a"] * 9, ["a"] * 9, "both coders gave “a” to every text"),
        ],
    )
    def test_what_has_no_number_says_why(
        self, first: list[str], second: list[str], why: str
    ) -> None:
        (tag,) = judged(coded(first, second), "a").tags
        assert tag.kappa is None
        assert tag.interval is None
        assert why in " ".join(tag.why)

    def test_the_interval_is_resampled_by_volunteer(self) -> None:
        """Ten texts of which each volunteer's are all alike tell less than thirty separate ones."""
        first, second = ["a", "", "a"] * 20, ["a", "", ""] * 20
        apart = judged(coded(first, second, people=60), "a").tags[0].interval
        alike = judged(coded(first, second, people=3), "a").tags[0].interval
        assert apart is not None
        assert alike is not None
        assert alike.high - alike.low > apart.high - apart.low

    def test_one_volunteer_has_no_interval(self) -> None:
        (tag,) = judged(coded(FIRST, SECOND, people=1), "a").tags
        assert tag.interval is None
        assert tag.why == ("The interval is undefined: all texts are one volunteer's.",)

    def test_the_same_draws_give_the_same_interval(self) -> None:
        texts = coded(FIRST * 5, SECOND * 5)
        assert judged(texts) == judged(texts)

    def test_resamples_without_a_number_are_counted(self) -> None:
        (tag,) = judged(coded(["a", "", ""], ["a", "", ""]), "a").tags
        assert tag.interval is not None
        assert tag.interval.undefined > 0
        assert f"Kappa was undefined in {tag.interval.undefined} of" in tag.why[0]


class TestWhatItIsComputedOn:
    def test_a_hundred_texts_are_enough_of_more(self) -> None:
        texts = coded(FIRST * 17, SECOND * 17)
        assert judged(texts, of=5000).texts == 102
        with pytest.raises(Refusal, match="at least 100 texts"):
            judged(texts[:99], of=5000)

    def test_all_are_enough_where_there_are_fewer(self) -> None:
        assert judged(coded(FIRST, SECOND), of=6).of == 6
        with pytest.raises(Refusal, match="coded 6 of 7"):
            judged(coded(FIRST, SECOND), of=7)

    def test_one_version_of_the_code_book(self) -> None:
        mixed = coded(FIRST, SECOND) + coded(FIRST, SECOND, version=2)
        with pytest.raises(Refusal, match="versions 1, 2"):
            judged(mixed)
        with pytest.raises(Refusal, match="no text"):
            judged([], of=3)

    def test_no_word_judges_a_number(self) -> None:
        said = Path(rules.__file__).read_text("utf-8").partition('"""\n\nfrom')[2]
        texts = re.findall(r'"([^"]*)"', said)
        assert not [each for each in texts if re.search(rf"\b({VERDICTS})\b", each)]


@given(st.lists(st.tuples(TAGS, TAGS), min_size=2, max_size=12))
def test_alpha_is_one_exactly_where_all_agree(
    pairs: list[tuple[frozenset[str], frozenset[str]]],
) -> None:
    for distance in (masi, jaccard, nominal):
        value = alpha(pairs, distance)
        agreed = all(one == other for one, other in pairs)
        assert value is None or (value == 1) == agreed
        assert value is None or value <= 1
        assert value == alpha([(b, a) for a, b in pairs], distance)


@given(TAGS, TAGS)
def test_masi_lies_between_jaccard_and_nominal(one: frozenset[str], other: frozenset[str]) -> None:
    assert jaccard(one, other) <= masi(one, other) <= nominal(one, other)
    assert masi(one, other) == masi(other, one)


@given(st.tuples(*[st.integers(0, 30)] * 4).filter(any))
def test_kappa_never_leaves_its_bounds(counts: tuple[int, int, int, int]) -> None:
    value = kappa(Cells(*counts))
    assert value is None or -1 <= value <= 1
