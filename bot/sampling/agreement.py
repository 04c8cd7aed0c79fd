"""How far two coders agree, on what they coded apart from each other.

For each tag: how often each gave it, positive agreement, and Cohen's kappa with an interval that is
resampled by volunteer, for a volunteer's texts resemble each other. For whole sets of tags:
Krippendorff's alpha. Numbers and what they are of; nobody is told whether a number is a good one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Draws
from bot.errors import Refusal

Tags = frozenset[str]
Distance = Callable[[Tags, Tags], float]

LEAST_TEXTS = 100
RESAMPLES = 2000
TAIL = 0.025  # on each side: an interval of 95 %


@dataclass(frozen=True, slots=True)
class Coded:
    """One text with what each of two coders gave it, on one version of the code book."""

    text: str
    pseudonym: str
    version: int
    first: Tags
    second: Tags


@dataclass(frozen=True, slots=True)
class Interval:
    """From, to; `undefined`: in how many of the resamples there was no number."""

    low: float
    high: float
    undefined: int = 0


@dataclass(frozen=True, slots=True)
class TagAgreement:
    """One tag. What cannot be computed is None, and `why` says in words what kept it from that."""

    tag: str
    first: int
    second: int
    both: int
    positive: float | None
    kappa: float | None
    interval: Interval | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAgreement:
    """Krippendorff's alpha of the whole sets, by three distances; None with `why`."""

    masi: float | None
    jaccard: float | None
    nominal: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two coders agree on: `texts` of `of` texts, by so many volunteers, one code book.

    erased: how many more both were given, that are not there any more and in none of the figures.
    """

    texts: int
    of: int
    volunteers: int
    version: int
    tags: tuple[TagAgreement, ...]
    sets: SetAgreement
    erased: int = 0


def is_enough(texts: int, of: int) -> bool:
    """Whether agreement may be computed on so many of all texts that there are."""
    return texts >= min(LEAST_TEXTS, of)


def agreement(
    coded: Sequence[Coded], of: int, tags: Iterable[str], draws: Draws, erased: int = 0
) -> Agreement:
    """Of texts that both have coded. of: how many texts there are to code at all, none of them
    erased. tags: of the code book.

    Raises Refusal where the texts are too few, or coded by more than one version.
    """
    version = _one_version(coded)
    if not is_enough(len(coded), of):
        gone = f" {erased} more were erased since." if erased else ""
        raise Refusal(
            f"Agreement is computed on at least {LEAST_TEXTS} texts, or on all there are. Both of "
            f"you have coded {len(coded)} of {of} so far.{gone} The texts of another round of you "
            "two with this code book count with these."
        )
    by_volunteer: dict[str, list[Coded]] = {}
    for each in coded:
        by_volunteer.setdefault(each.pseudonym, []).append(each)
    groups = tuple(by_volunteer[name] for name in sorted(by_volunteer))
    picks = _picks(len(groups), draws)
    judged = tuple(_of_tag(tag, groups, picks) for tag in tags)
    sets = _of_sets([(each.first, each.second) for each in coded])
    return Agreement(len(coded), of, len(groups), version, judged, sets, erased)


def _one_version(coded: Sequence[Coded]) -> int:
    versions = sorted({each.version for each in coded})
    if not versions:
        raise Refusal("There is no text that both of you have coded yet.")
    if len(versions) > 1:
        named = ", ".join(map(str, versions))
        raise Refusal(
            f"These texts were coded with versions {named} of the code book. Agreement is computed "
            "on one version: code the texts of the older one again."
        )
    return versions[0]


# -- one tag ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cells:
    """How often both gave a tag, only the first, only the second, neither."""

    both: int = 0
    first: int = 0
    second: int = 0
    neither: int = 0

    def __add__(self, other: "Cells") -> "Cells":
        return Cells(
            self.both + other.both,
            self.first + other.first,
            self.second + other.second,
            self.neither + other.neither,
        )


def cells(tag: str, coded: Iterable[Coded]) -> Cells:
    """The four counts of a tag."""
    counted = Counter((tag in each.first, tag in each.second) for each in coded)
    return Cells(
        counted[True, True], counted[True, False], counted[False, True], counted[False, False]
    )


def positive_agreement(table: Cells) -> float | None:
    """Of all the times that somebody gave the tag, the share that the other gave it, too."""
    given = 2 * table.both + table.first + table.second
    return 2 * table.both / given if given else None


def kappa(table: Cells) -> float | None:
    """Cohen's kappa; None where chance alone would make them agree on everything."""
    n = table.both + table.first + table.second + table.neither
    first, second = table.both + table.first, table.both + table.second
    by_chance = first * second + (n - first) * (n - second)
    if by_chance == n * n:
        return None
    agreed = (table.both + table.neither) * n
    return (agreed - by_chance) / (n * n - by_chance)


def _of_tag(
    tag: str, groups: Sequence[list[Coded]], picks: Sequence[Sequence[int]]
) -> TagAgreement:
    tables = [cells(tag, texts) for texts in groups]
    whole = sum(tables, Cells())
    first, second = whole.both + whole.first, whole.both + whole.second
    positive, value = positive_agreement(whole), kappa(whole)
    interval = _interval(tables, picks) if value is not None else None
    why = tuple(_why(tag, positive, value, interval, len(groups)))
    return TagAgreement(tag, first, second, whole.both, positive, value, interval, why)


def _why(
    tag: str, positive: float | None, value: float | None, interval: Interval | None, groups: int
) -> Iterable[str]:
    if positive is None:
        yield f"Positive agreement is undefined: neither coder gave “{tag}” to any text."
    if value is None:
        whom = "no text" if positive is None else "every text"
        yield f"Kappa is undefined: both coders gave “{tag}” to {whom}."
    elif interval is None and groups < 2:  # noqa: PLR2004 - one alone cannot be resampled
        yield "The interval is undefined: all texts are one volunteer's."
    elif interval is None:
        yield "The interval is undefined: so is kappa in most of the resamples."
    elif interval.undefined:
        yield f"Kappa was undefined in {interval.undefined} of {RESAMPLES} resamples."


def _picks(groups: int, draws: Draws) -> tuple[tuple[int, ...], ...]:
    """For each resample, which volunteers it has: as many as there are, drawn with replacement."""
    if groups < 2:  # noqa: PLR2004 - as above
        return ()
    return tuple(
        tuple(min(int(draws.uniform(0, groups)), groups - 1) for _ in range(groups))
        for _ in range(RESAMPLES)
    )


def _interval(tables: Sequence[Cells], picks: Sequence[Sequence[int]]) -> Interval | None:
    drawn = (kappa(sum((tables[n] for n in pick), Cells())) for pick in picks)
    values = sorted(each for each in drawn if each is not None)
    if 2 * len(values) <= len(picks):
        return None
    edge = int(TAIL * len(values))
    return Interval(values[edge], values[-1 - edge], len(picks) - len(values))


# -- whole sets ------------------------------------------------------------------------------------


def nominal(one: Tags, other: Tags) -> float:
    """0 where they are the same set, 1 otherwise."""
    return float(one != other)


def jaccard(one: Tags, other: Tags) -> float:
    """1 less the share of common tags; two empty sets are the same."""
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def masi(one: Tags, other: Tags) -> float:
    """As Jaccard's, with the likeness weighted down: more where neither is a part of the other."""
    if one == other:
        return 0.0
    weight = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - weight * (1 - jaccard(one, other))


def alpha(pairs: Sequence[tuple[Tags, Tags]], distance: Distance) -> float | None:
    """Krippendorff's alpha of two coders; None where all that was given is the same."""
    observed = sum(distance(*pair) for pair in pairs) / len(pairs)
    given = Counter(each for pair in pairs for each in pair)
    expected = _expected(given, distance)
    return 1 - observed / expected if expected else None


def _expected(given: Mapping[Tags, int], distance: Distance) -> float:
    """The mean distance of two given sets, whoever gave them to whatever."""
    kinds = sorted(given.items(), key=lambda each: sorted(each[0]))
    n = sum(given.values())
    apart = sum(
        count * times * distance(one, other)
        for at, (one, count) in enumerate(kinds)
        for other, times in kinds[at + 1 :]
    )
    return 2 * apart / (n * (n - 1))


def _of_sets(pairs: Sequence[tuple[Tags, Tags]]) -> SetAgreement:
    values = (alpha(pairs, masi), alpha(pairs, jaccard), alpha(pairs, nominal))
    same = "Alpha is undefined: both coders gave every text the same tags."
    return SetAgreement(*values, why=same if None in values else "")
