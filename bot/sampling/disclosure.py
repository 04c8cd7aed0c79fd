"""What others may see of a study's answers: closed weeks, of at least five people, for good.

A *figure* is the share of answers that fell to each choice of one question, in one week of the
whole study or, after its end, in all of them. A *release* is a figure that was published, with
whose answers are in it. The rules look at what could be worked out from all releases together, so
that nothing follows by subtraction that could not have been shown by itself.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from bot.clock import Draws
from bot.errors import ParallaxError
from bot.sampling.rates import CAVEAT

LEAST_PEOPLE = 5
STEP = 5  # points: every share is rounded to these
FEW_VOLUNTEERS = 10  # below: words, and no intervals
RESAMPLES = 1000
TAIL = 0.025
WEEK = timedelta(days=7)
# The last zone on Earth, a window that crosses midnight, expiry and grace: nothing comes after it.
SETTLES = timedelta(days=1, hours=12)

SENTENCE = CAVEAT  # no share is shown without it


class Withheld(ParallaxError):
    """A figure that may not be shown; why, in words for people."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure is about: a question, and from which week of the study to which."""

    question: str
    first: int
    last: int

    def holds(self, week: int) -> bool:
        return self.first <= week <= self.last


@dataclass(frozen=True, slots=True)
class Said:
    """One valid answer: whose, in which week of the study, and which choice."""

    pseudonym: str
    week: int
    choice: str


@dataclass(frozen=True, slots=True)
class Share:
    """The share of answers of one choice, in points. least, most: whatever those who did not
    answer would have said. low, high: resampled by person; None below ten volunteers."""

    choice: str
    points: int
    least: int
    most: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What is shown. answers: how many it is of. few: fewer than ten volunteers are behind it."""

    scope: Scope
    answers: int
    few: bool
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A figure as it was published. people: whose answers are in it. gone: how many of those whose
    answers were in it have been erased since."""

    figure: Figure
    people: frozenset[str]
    at: datetime
    gone: int = 0

    @property
    def withdrawn(self) -> bool:
        """Whether so many were erased that it may not be shown any more."""
        return self.gone > 0 and len(self.people) < LEAST_PEOPLE

    @property
    def scope(self) -> Scope:
        return self.figure.scope


# -- weeks -----------------------------------------------------------------------------------------


def week_of(day: date, began: date) -> int:
    """The study's week that a date is in, from 1; weeks begin on Monday."""
    return (_monday(day) - _monday(began)).days // 7 + 1


def closed_weeks(began: date, now: datetime) -> int:
    """How many weeks are over, everywhere, with all that was still open in them."""
    ends = datetime.combine(_monday(began), time(0), UTC) + SETTLES
    return max((now - ends) // WEEK, 0)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# -- one figure ------------------------------------------------------------------------------------


def check(said: Collection[Said], choices: Collection[str]) -> None:
    """Whether these answers by themselves may be shown as shares. Raises Withheld."""
    people = Counter(each.pseudonym for each in said)
    if len(people) < LEAST_PEOPLE:
        raise Withheld(f"Fewer than {LEAST_PEOPLE} people answered, so this is not shown.")
    if 5 * max(people.values()) > 2 * len(said):
        raise Withheld("One person gave more than 40 % of the answers, so this is not shown.")
    counts = Counter(each.choice for each in said)
    if any(points(counts[each], len(said)) in (0, 100) for each in choices):
        raise Withheld("One choice holds none or all of the answers, so this is not shown.")


def figure(
    scope: Scope, said: Sequence[Said], unanswered: int, choices: Sequence[str], draws: Draws
) -> Figure:
    """The figure of answers that have been checked. unanswered: planned prompts without one."""
    counts = Counter(each.choice for each in said)
    n = len(said)
    spread = _spread(said, choices, draws)
    shares = tuple(
        replace(share_of(each, counts[each], n, unanswered), low=low, high=high)
        for each in choices
        for low, high in (spread.get(each, (None, None)),)
    )
    return Figure(scope, n, not spread, shares)


def share_of(choice: str, part: int, n: int, unanswered: int) -> Share:
    """`part` of `n` answers in points, and what it would be had all the others been the one, or
    none of them. n: more than none."""
    whole = n + unanswered
    return Share(choice, points(part, n), down(part, whole), up(part + unanswered, whole))


def _spread(
    said: Sequence[Said], choices: Sequence[str], draws: Draws
) -> dict[str, tuple[int, int]]:
    by_person: dict[str, Counter[str]] = {}
    for each in said:
        by_person.setdefault(each.pseudonym, Counter())[each.choice] += 1
    people = [by_person[name] for name in sorted(by_person)]
    if len(people) < FEW_VOLUNTEERS:
        return {}
    drawn = [_drawn(people, draws) for _ in range(RESAMPLES)]
    return {each: _interval([(d[each], d.total()) for d in drawn]) for each in choices}


def _drawn(people: Sequence[Counter[str]], draws: Draws) -> Counter[str]:
    whole: Counter[str] = Counter()
    for _ in people:
        whole.update(people[min(int(draws.uniform(0, len(people))), len(people) - 1)])
    return whole


def _interval(drawn: Sequence[tuple[int, int]]) -> tuple[int, int]:
    ordered = sorted(drawn, key=lambda each: each[0] / each[1])
    edge = int(TAIL * len(ordered))
    return down(*ordered[edge]), up(*ordered[-1 - edge])


def points(part: int, whole: int) -> int:
    """Points, to the nearest step; halves up. In integers, so that every machine agrees. Every
    share of answers that is told anywhere is rounded here."""
    return (200 * part + STEP * whole) // (2 * STEP * whole) * STEP


def down(part: int, whole: int) -> int:
    """Points, to the step below."""
    return 100 * part // (STEP * whole) * STEP


def up(part: int, whole: int) -> int:
    """Points, to the step above."""
    return math.ceil(-(-100 * part // whole) / STEP) * STEP


# -- releases --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What a study's releases of one question are decided by. began: its first day. over: nothing
    more is asked. said: the valid answers that there are now, of closed weeks. unanswered: planned
    prompts without one, by week."""

    closed: int
    over: bool
    choices: tuple[str, ...]
    said: tuple[Said, ...]
    unanswered: Mapping[int, int]

    def within(self, scope: Scope) -> tuple[Said, ...]:
        return tuple(each for each in self.said if scope.holds(each.week))

    def whole(self, question: str) -> Scope:
        return Scope(question, 1, self.closed)


def release(
    scope: Scope, known: Known, past: Collection[Release], now: datetime, draws: Draws
) -> Release:
    """Publish a figure; the one that was published, if it was. Raises Withheld."""
    before = [each for each in past if each.scope.question == scope.question]
    for each in before:
        if each.scope == scope:
            return _as_published(each)
    _check_scope(scope, known)
    said = known.within(scope)
    check(said, known.choices)
    _check_together(scope, known, before)
    open_ones = sum(n for week, n in known.unanswered.items() if scope.holds(week))
    shown = figure(scope, said, open_ones, known.choices, draws)
    return Release(shown, frozenset(each.pseudonym for each in said), now)


def _as_published(published: Release) -> Release:
    if published.withdrawn:
        raise Withheld("This was published once and has been withdrawn. It is not made again.")
    return published


def _check_scope(scope: Scope, known: Known) -> None:
    if scope.first == scope.last and 1 <= scope.first <= known.closed:
        return
    if scope.first < scope.last and scope != known.whole(scope.question):
        raise Withheld("Weeks are shown one by one; and all together, after the study's end.")
    if scope.last > known.closed or scope.first < 1:
        raise Withheld("That week is not over yet.")
    if not known.over:
        raise Withheld("Weeks are shown together only after the study's end.")


def _check_together(scope: Scope, known: Known, before: Collection[Release]) -> None:
    """What follows by taking the weeks that were shown from all weeks together must be fit to be
    shown, too: the weeks left over; and whoever was erased between the two."""
    scopes = {each.scope for each in before} | {scope}
    everything = known.whole(scope.question)
    if not any(each.first < each.last for each in scopes):
        return
    single = {each.first for each in scopes if each.first == each.last}
    left = [each for each in known.said if everything.holds(each.week) and each.week not in single]
    if left:
        try:
            check(left, known.choices)
        except Withheld as error:
            raise Withheld(
                "With what was shown before, this would show weeks that may not be shown."
            ) from error
    gone = max((each.gone for each in before), default=0)
    if gone and gone + len({each.pseudonym for each in left}) < LEAST_PEOPLE:
        raise Withheld(
            "Answers were erased since a part of this was shown: the difference would show whose."
        )


def after_erasure(published: Release, pseudonym: str) -> Release:
    """A release once a volunteer's answers are erased: withdrawn, or as it was; never another."""
    if pseudonym not in published.people:
        return published
    return replace(published, people=published.people - {pseudonym}, gone=published.gone + 1)


# -- themes and totals -----------------------------------------------------------------------------


def themes(given: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Of (volunteer, tag): the tags of at least five people, however many answers, by name."""
    people: dict[str, set[str]] = {}
    for pseudonym, tag in given:
        people.setdefault(tag, set()).add(pseudonym)
    return tuple(sorted(tag for tag, who in people.items() if len(who) >= LEAST_PEOPLE))


def totals(given: Mapping[str, Collection[str]]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Counts by name, of whose prompts they are; and the names whose counts are withheld.

    What concerns fewer than five people is withheld. Since all together is known, what is withheld
    must together concern five people as well: the smallest others are withheld with it.
    """
    ordered = sorted(given, key=lambda name: (len(set(given[name])), len(given[name]), name))
    withheld = [name for name in ordered if len(set(given[name])) < LEAST_PEOPLE]
    rest = ordered[len(withheld) :]
    while rest and 0 < len(_people(given, withheld)) < LEAST_PEOPLE:
        withheld.append(rest.pop(0))
    return {name: len(given[name]) for name in sorted(rest)}, tuple(sorted(withheld))


def _people(given: Mapping[str, Collection[str]], names: Iterable[str]) -> set[str]:
    return {each for name in names for each in given[name]}


# -- in words --------------------------------------------------------------------------------------

_WORDS = (
    (0, "none"),
    (10, "few"),
    (20, "about one in five"),
    (25, "about a quarter"),
    (35, "about a third"),
    (45, "somewhat less than half"),
    (50, "about half"),
    (60, "somewhat more than half"),
    (70, "about two thirds"),
    (75, "about three quarters"),
    (85, "most"),
    (100, "nearly all"),
)


def in_words(points: int) -> str:
    """A share as people say it."""
    return next(word for most, word in _WORDS if points <= most)


def told(shown: Figure, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The figure in lines of text, with what it must never be shown without."""
    lines = [_line(each, shown, labels.get(each.choice, each.choice)) for each in shown.shares]
    of = f"Of {shown.answers} answers by at least {LEAST_PEOPLE} people; a share of answers, not "
    return (*lines, f"{of}of people, to the nearest {STEP} points.", SENTENCE)


def _line(share: Share, shown: Figure, label: str) -> str:
    if shown.few:
        least, most = in_words(share.least), in_words(share.most)
        return (
            f"{label}: {in_words(share.points)} of the answers; had everybody answered, from "
            f"{least} to {most}"
        )
    return (
        f"{label}: {share.points} % (resampled by person, {share.low} to {share.high} %; had "
        f"everybody answered, between {share.least} and {share.most} %)"
    )
