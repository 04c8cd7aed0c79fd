"""How much came back: coverage, response rate, compliance, and how careless it may be.

Planned = all but cancelled; sent = complete, partial, declined, expired. **Coverage** is sent of
planned, **response rate** complete and partial of sent, **compliance** complete on time of planned.
Always all three, each with its n. A prompt without an outcome is not counted anywhere: until it has
one nobody may know of it. Nor are self-reports, and practice is never stored.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.sampling.model import SENT, Answer, Outcome, Prompt, Trigger

CAVEAT = "This is about ordinary work outside incidents; people who struggle probably answer less."
SECONDS_AN_ITEM = 1.0
SAME_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole: `part` of `n`."""

    part: int
    n: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.part / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Rates:
    """The three that are always told together."""

    coverage: Rate
    response: Rate
    compliance: Rate


@dataclass(frozen=True, slots=True)
class Spread:
    """How a rate differs between people: quartiles of their rates. No single one is told."""

    people: int
    lower: float
    median: float
    upper: float


def decided(prompts: Iterable[Prompt]) -> list[Prompt]:
    """Planned prompts whose outcome is known."""
    return [each for each in prompts if each.trigger is Trigger.SIGNAL and each.outcome is not None]


def rates(prompts: Iterable[Prompt]) -> Rates:
    """Coverage, response rate and compliance of these prompts."""
    planned = [each for each in decided(prompts) if each.outcome is not Outcome.CANCELLED]
    sent = sum(each.outcome in SENT for each in planned)
    came = sum(each.outcome in {Outcome.COMPLETE, Outcome.PARTIAL} for each in planned)
    complete = sum(each.outcome is Outcome.COMPLETE and not each.late for each in planned)
    return Rates(Rate(sent, len(planned)), Rate(came, sent), Rate(complete, len(planned)))


def counts(prompts: Iterable[Prompt]) -> dict[Outcome, int]:
    """How many ended in which way; every outcome is there."""
    found = Counter(each.outcome for each in decided(prompts))
    return {each: found[each] for each in Outcome}


def reasons(prompts: Iterable[Prompt]) -> dict[Outcome, dict[str, int]]:
    """Why, of those outcomes that have a reason."""
    found: dict[Outcome, Counter[str]] = defaultdict(Counter)
    for each in decided(prompts):
        if each.outcome is not None and each.reason:
            found[each.outcome][each.reason] += 1
    return {outcome: dict(sorted(those.items())) for outcome, those in found.items()}


# -- careless answering: flagged, and never excluded -----------------------------------------------


def was_hasty(prompt: Prompt) -> bool:
    """Whether the form was open for less than a second for each item that it showed."""
    if prompt.opened_at is None or prompt.ended_at is None or not prompt.shown:
        return False
    open_for = (prompt.ended_at - prompt.opened_at).total_seconds()
    return open_for < SECONDS_AN_ITEM * len(prompt.shown)


def in_a_rut(
    prompts: Sequence[Prompt], answers: Iterable[Answer], ratings: Collection[str]
) -> frozenset[str]:
    """The prompts of one volunteer whose ratings are the same in five or more in a row.

    prompts: in the order in which they were asked. ratings: the names of the items that are.
    Prompts that rated nothing are passed over.
    """
    given = _ratings(answers, ratings)
    flagged: set[str] = set()
    run: list[str] = []
    last: Mapping[str, str] = {}
    for each in prompts:
        rated = given.get(each.id)
        if not rated:
            continue
        run = [*run, each.id] if _alike(rated, last) else [each.id]
        last = rated
        if len(run) >= SAME_IN_A_ROW:
            flagged.update(run)
    return frozenset(flagged)


def _alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Items that rotate are not in both; those that are have to be rated alike."""
    both = one.keys() & other.keys()
    return bool(both) and all(one[each] == other[each] for each in both)


def _ratings(answers: Iterable[Answer], names: Collection[str]) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = defaultdict(dict)
    for each in answers:
        if each.item in names:
            given[each.prompt][each.item] = each.value
    return given


def seldom_working(first_taps: Collection[str], not_working: str | None) -> bool:
    """Whether over half of somebody's first taps say that they were not working."""
    if not_working is None:
        return False
    return 2 * sum(each == not_working for each in first_taps) > len(first_taps)


def careless(
    prompts: Sequence[Prompt],
    answers: Collection[Answer],
    *,
    first: str,
    ratings: Collection[str],
    not_working: str | None,
) -> dict[str, tuple[str, ...]]:
    """The flags of one volunteer's prompts, by prompt: `hasty`, `same_ratings`, `not_working`.

    prompts: in the order in which they were asked. first: the name of the first item. not_working:
    the option that says so.
    """
    taps = [each.value for each in answers if each.item == first]
    rut = in_a_rut(prompts, answers, ratings)
    seldom = seldom_working(taps, not_working)
    flags: dict[str, tuple[str, ...]] = {}
    for each in prompts:
        raised = (
            ("hasty", was_hasty(each)),
            ("same_ratings", each.id in rut),
            ("not_working", seldom and each.first_tap_at is not None),
        )
        if found := tuple(name for name, is_so in raised if is_so):
            flags[each.id] = found
    return flags
