"""What a study came to, counted a person at a time: for the methods section and the study's report.

Nothing here grows with the number of prompts, only with people, study days and seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import quantiles

from bot.sampling.disclosure import LEAST_PEOPLE, Said, Withheld, check, totals
from bot.sampling.export import OnePerson, Rows
from bot.sampling.model import REASONS, SENT, Item, Outcome, Prompt, Trigger
from bot.sampling.rates import Bounded, Rate, Rates, Spread, bounded

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
    """First taps of a choice each, and by how many people."""

    counts: Counter[str] = field(default_factory=Counter)
    unflagged: Counter[str] = field(default_factory=Counter)
    people: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, pseudonym: str, choice: str, *, flagged: bool) -> None:
        self.counts[choice] += 1
        self.people[pseudonym][choice] += 1
        if not flagged:
            self.unflagged[choice] += 1

    def said(self) -> list[Said]:
        """As answers of one long week, to be held against the rules of disclosure."""
        return [
            Said(pseudonym, 1, choice)
            for pseudonym, counts in sorted(self.people.items())
            for choice in counts.elements()
        ]


@dataclass(slots=True)
class Tally:
    """All of a study's prompts that are over, counted."""

    people: int = 0
    whole: Count = field(default_factory=Count)
    unflagged: Count = field(default_factory=Count)
    days: dict[int, Count] = field(default_factory=lambda: defaultdict(Count))
    people_of_day: Counter[int] = field(default_factory=Counter)
    persons: list[Rates] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    why: dict[tuple[Outcome, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    taps: Taps = field(default_factory=Taps)
    latency: Counter[int] = field(default_factory=Counter)
    duration: Counter[int] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    flagged: int = 0
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
        for prompt in rows.prompts:
            if prompt.trigger is Trigger.SIGNAL:
                flagged = prompt.id in rows.flagged
                self._add(prompt, own, flagged=flagged)
                if prompt.valid and prompt.id in taps:
                    self.taps.add(one.pseudonym, taps[prompt.id], flagged=flagged)
        for row in rows.signals:
            _count(self.latency, row["latency_s"])
            _count(self.duration, row["duration_s"])
        self.people += 1
        self.people_of_day.update({e.day for e in rows.prompts if e.trigger is Trigger.SIGNAL})
        self.persons.append(own.rates())
        self.self_reports += len(rows.self_reports)
        self.flagged += len(rows.flagged)
        self.flags.update(name for names in rows.flagged.values() for name in names)

    def _add(self, prompt: Prompt, own: Count, *, flagged: bool) -> None:
        counts = [self.whole, self.days[prompt.day], own]
        for count in counts if flagged else [*counts, self.unflagged]:
            count.add(prompt)
        if prompt.outcome is not None:
            self.outcomes[prompt.outcome] += 1
            self.why[prompt.outcome, prompt.reason][prompt.pseudonym] += 1
        self.late += prompt.late
        self.reminded += prompt.reminded_at is not None
        self.weekend += prompt.date.weekday() >= 5  # noqa: PLR2004 - Saturday
        self.began = min(self.began or prompt.date, prompt.date)
        self.ended = max(self.ended or prompt.date, prompt.date)

    def reasons(self, outcome: Outcome) -> tuple[dict[str, int], tuple[str, ...]]:
        """Totals by reason, of at least five people each, and the reasons that are withheld."""
        return totals(
            {each: tuple(self.why[outcome, each].elements()) for each in REASONS[outcome]}
        )

    def spread(self) -> Spread | None:
        """Quartiles of people's response rates; None of fewer than five."""
        known = [each.response.value for each in self.persons if each.response.value is not None]
        if len(known) < LEAST_PEOPLE:
            return None
        lower, median, upper = quantiles(known, n=4, method="inclusive")
        return Spread(len(known), lower, median, upper)

    def share(self, item: Item, choice: str) -> Bounded:
        """The share of valid first taps that fell to a choice, over all planned prompts."""
        away = self.taps.counts[item.ends_if] if item.ends_if is not None else 0
        of = self.taps.counts.total() - away
        return bounded(self.taps.counts[choice], of, max(self.whole.planned - away, of))


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


def may_show(taps: Taps, choices: Sequence[str]) -> bool:
    """Whether the shares of these choices may be shown to others, taken all together."""
    said = [each for each in taps.said() if each.choice in choices]
    try:
        check(said, choices)
    except Withheld:
        return False
    return True


def percent(rate: Rate) -> str:
    """`83 % (150 of 180)`; `none of none` where there is nothing."""
    if rate.value is None:
        return "not defined (none of none)"
    return f"{100 * rate.value:.0f} % ({rate.part:,} of {rate.n:,})"


def joined(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = tuple(words) or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last
