"""What a study came to, counted a person at a time: for the methods section and the study's report.

Nothing here grows with the number of prompts, only with people, study days and seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from statistics import quantiles

from bot.sampling.disclosure import LEAST_PEOPLE, Said, totals
from bot.sampling.export import OnePerson
from bot.sampling.export_rows import FLAGS, Rows
from bot.sampling.model import REASONS, SENT, Outcome, Prompt, Trigger
from bot.sampling.rates import Rate, Rates, Spread

CAME = frozenset({Outcome.COMPLETE, Outcome.PARTIAL})


@dataclass(slots=True)
class Count:
    """Of planned prompts: how many were sent, came back, and were complete on time."""

    planned: int = 0
    sent: int = 0
    came: int = 0
    complete: int = 0

    def add(self, prompt: Prompt) -> None:
        if prompt.outcome is None or prompt.outcome is Outcome.CANCELLED:
            return
        self.planned += 1
        self.sent += prompt.outcome in SENT
        self.came += prompt.outcome in CAME
        self.complete += prompt.outcome is Outcome.COMPLETE and not prompt.late

    def rates(self) -> Rates:
        return Rates(
            Rate(self.sent, self.planned),
            Rate(self.came, self.sent),
            Rate(self.complete, self.planned),
        )


@dataclass(slots=True)
class Taps:
    """First taps in time: how many of each choice, by person."""

    people: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, pseudonym: str, choice: str) -> None:
        self.people[pseudonym][choice] += 1

    def without(self, choice: str | None) -> "Taps":
        """The same but for those of that choice."""
        kept = (
            (name, Counter({each: n for each, n in counts.items() if each != choice}))
            for name, counts in self.people.items()
        )
        return Taps({name: counts for name, counts in kept if counts})

    def count(self, choice: str) -> int:
        return sum(counts[choice] for counts in self.people.values())

    def total(self) -> int:
        return sum(counts.total() for counts in self.people.values())

    def said(self) -> Iterator[Said]:
        """As answers of one long week, to be held against the rules of disclosure."""
        for pseudonym, counts in sorted(self.people.items()):
            for choice in counts.elements():
                yield Said(pseudonym, 1, choice)


@dataclass(slots=True)
class Tally:
    """All of a study's prompts that are over, counted. had: how many study days each volunteer has
    had; most: the planned prompts of whoever had the most. forms: seconds from the first tap to the
    form, of those that were sent in time."""

    people: int = 0
    whole: Count = field(default_factory=Count)
    unflagged: Count = field(default_factory=Count)
    days: dict[int, Count] = field(default_factory=lambda: defaultdict(Count))
    people_of_day: Counter[int] = field(default_factory=Counter)
    persons: list[Rates] = field(default_factory=list)
    had: list[int] = field(default_factory=list)
    most: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    why: dict[tuple[Outcome, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    taps: Taps = field(default_factory=Taps)
    unflagged_taps: Taps = field(default_factory=Taps)
    latency: Counter[int] = field(default_factory=Counter)
    forms: Counter[int] = field(default_factory=Counter)
    flags: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    flagged: Counter[str] = field(default_factory=Counter)
    late: int = 0
    reminded: int = 0
    self_reports: int = 0
    weekend: int = 0
    began: date | None = None
    ended: date | None = None

    def add(self, one: OnePerson, rows: Rows, first: str) -> None:
        """Count a volunteer. first: the name of the first item."""
        taps = {each.prompt: each.value for each in one.answers if each.item == first}
        own = Count()
        signals = [each for each in rows.prompts if each.trigger is Trigger.SIGNAL]
        for prompt, row in zip(signals, rows.signals, strict=True):
            flags = rows.flagged.get(prompt.id, ())
            self._add(prompt, own, flags)
            if prompt.valid and prompt.id in taps:
                self._tapped(one.pseudonym, taps[prompt.id], flagged=bool(flags))
            _count(self.latency, row["latency_s"])
            if prompt.shown and prompt.valid:
                _count(self.forms, row["duration_s"])
        days = {each.day for each in signals}
        self.people += 1
        self.people_of_day.update(days)
        self.had.append(len(days))
        self.most = max(self.most, len(signals))
        self.persons.append(own.rates())
        self.self_reports += len(rows.self_reports)

    def _add(self, prompt: Prompt, own: Count, flags: tuple[str, ...]) -> None:
        counts = [self.whole, self.days[prompt.day], own]
        for count in counts if flags else [*counts, self.unflagged]:
            count.add(prompt)
        if prompt.outcome is not None:
            self.outcomes[prompt.outcome] += 1
            self.why[prompt.outcome, prompt.reason][prompt.pseudonym] += 1
        for name in flags:
            self.flags[name][prompt.pseudonym] += 1
        self.flagged[prompt.pseudonym] += bool(flags)
        self.late += prompt.late
        self.reminded += prompt.reminded_at is not None
        self.weekend += prompt.date.weekday() >= 5  # noqa: PLR2004 - Saturday
        self.began = min(self.began or prompt.date, prompt.date)
        self.ended = max(self.ended or prompt.date, prompt.date)

    def _tapped(self, pseudonym: str, choice: str, *, flagged: bool) -> None:
        self.taps.add(pseudonym, choice)
        if not flagged:
            self.unflagged_taps.add(pseudonym, choice)

    # -- what may be told ----------------------------------------------------------------------

    def reasons(self, outcome: Outcome) -> tuple[dict[str, int], tuple[str, ...]]:
        """Totals by reason, of at least five people each, and the reasons that are withheld."""
        return totals(
            {each: tuple(self.why[outcome, each].elements()) for each in REASONS[outcome]}
        )

    def careless(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """Prompts by flag, of at least five people each, and the flags that are withheld."""
        return totals({each: tuple(self.flags[each].elements()) for each in FLAGS})

    @property
    def may_be_told(self) -> bool:
        """Whether it is of enough people for any figure."""
        return self.people >= LEAST_PEOPLE

    @property
    def flagged_people(self) -> int:
        """How many have a prompt that is flagged: below five, no figure of it is told."""
        return sum(n > 0 for n in self.flagged.values())

    @property
    def seconds_may_be_told(self) -> bool:
        """Whether delays and durations are of enough people."""
        return len(self.taps.people) >= LEAST_PEOPLE

    def spread(
        self, which: Callable[[Rates], Rate] = lambda rates: rates.response
    ) -> Spread | None:
        """Quartiles of one of people's rates; None of fewer than five."""
        return _spread([v for each in self.persons if (v := which(each).value) is not None])

    def spread_of_days(self) -> Spread | None:
        """Quartiles of how many study days people have had; None of fewer than five."""
        return _spread(self.had)


def _spread(values: list[float] | list[int]) -> Spread | None:
    if len(values) < LEAST_PEOPLE:
        return None
    lower, median, upper = quantiles(values, n=4, method="inclusive")
    return Spread(len(values), lower, median, upper)


def _count(counter: Counter[int], seconds: object) -> None:
    if isinstance(seconds, int):
        counter[seconds] += 1


def quantile(counted: Mapping[int, int], share: float) -> int | None:
    """The value that `share` of what was counted does not exceed; None of nothing."""
    wanted = share * sum(counted.values())
    met = 0
    for value in sorted(counted):
        met += counted[value]
        if met >= wanted:
            return value
    return None


def mean_and_sd(counted: Mapping[int, int]) -> tuple[float, float] | None:
    """Mean and standard deviation (n - 1) of what was counted; None of fewer than two."""
    n = sum(counted.values())
    if n < 2:  # noqa: PLR2004 - one value has no deviation
        return None
    mean = sum(value * times for value, times in counted.items()) / n
    squares = sum(times * (value - mean) ** 2 for value, times in counted.items())
    return mean, sqrt(squares / (n - 1))
