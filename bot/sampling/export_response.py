"""What came back, as a methods section tells it: every prompt accounted for, and how careless it
may be. No figure is told that the rules of `disclosure` hold back from anybody else."""

from collections.abc import Iterator

from bot.sampling.disclosure import LEAST_PEOPLE
from bot.sampling.export_about import About
from bot.sampling.export_shares import answers_of, first_shares, said, without_flagged
from bot.sampling.export_tally import Tally, mean_and_sd, quantile
from bot.sampling.export_words import (
    begins,
    joined,
    minutes,
    number,
    percent,
    percentage,
    plural,
    short,
)
from bot.sampling.model import Item, Outcome
from bot.sampling.rates import CAVEAT, Spread

TOO_FEW = f"fewer than {number(LEAST_PEOPLE)} people"
FEW = f"These data are of {TOO_FEW}, so no figure of what came back is told here."
NONE = (
    "Nothing was flagged: no form open for less than a second per item shown, no five or more "
    "prompts in a row with identical ratings, nobody not working at over half of their prompts."
)
EXCLUSION = "[If you leave anything out: by which rule, fixed when, and the compliance after it.]"
FLAGS = {
    "hasty": "in forms open for less than a second per item shown",
    "same_ratings": "in runs of five or more with identical ratings",
    "not_working": "of volunteers who were not working at over half of theirs",
}


def response(about: About, tally: Tally) -> str:
    """Paragraphs and a table: what became of the prompts, by study day, and the first answers."""
    if not tally.whole.planned:
        return "No prompt is over yet, but for any that were cancelled."
    if not tally.may_be_told:
        return FEW
    parts = (
        " ".join(_became(tally)),
        " ".join(_rates(tally)),
        " ".join(_reasons(tally)),
        " ".join(_times(tally)),
        _by_day(tally),
        _answers(about, tally),
    )
    return "\n\n".join(each for each in parts if each)


def _became(tally: Tally) -> Iterator[str]:
    """Every planned prompt, in numbers that add up."""
    count, ends = tally.whole, tally.outcomes
    total, cancelled = ends.total(), ends[Outcome.CANCELLED]
    were = plural(total, "prompt was", "prompts were")
    if cancelled:
        yield (
            f"{begins(total)} {were} planned. {begins(cancelled)} of them "
            f"{plural(cancelled, 'was', 'were')} cancelled, because somebody left or the study was "
            f"stopped, and {plural(cancelled, 'is', 'are')} in none of the figures that follow. Of "
            f"the other {count.planned:,}"
        ) + _sent(tally)
    else:
        yield f"{begins(total)} {were} planned. Of these" + _sent(tally)
    yield (
        f"Of the {count.sent:,} sent, {_n(ends[Outcome.COMPLETE])} complete, "
        f"{ends[Outcome.PARTIAL]:,} got a first tap and no form in time, "
        f"{_n(ends[Outcome.DECLINED])} declined and {ends[Outcome.EXPIRED]:,} expired without an "
        "answer."
    )
    if tally.late:
        yield (
            f"{begins(tally.late)} {plural(tally.late, 'answer', 'answers')} came after expiry: "
            "kept among these, marked late, and not counted as compliant."
        )


def _sent(tally: Tally) -> str:
    ends = tally.outcomes
    if tally.whole.sent == tally.whole.planned:
        return ", all were sent."
    parts = [f"{_n(tally.whole.sent)} sent"]
    if ends[Outcome.NOT_SENT]:
        parts.append(f"{_n(ends[Outcome.NOT_SENT])} held back")
    if ends[Outcome.FAILED]:
        parts.append(f"{ends[Outcome.FAILED]:,} could not be sent")
    lost = ends[Outcome.UNKNOWN]
    doubt = f"; of {lost:,} it is not known whether {plural(lost, 'it', 'they')} arrived"
    return f", {joined(parts)}{doubt if lost else ''}."


def _n(n: int) -> str:
    return f"{n:,} {plural(n, 'was', 'were')}"


def _rates(tally: Tally) -> Iterator[str]:
    rates = tally.whole.rates()
    yield (
        f"Coverage, the share of planned prompts that was sent, was {percent(rates.coverage)}; the "
        "response rate, the share of sent prompts that brought at least a first tap, was "
        f"{percent(rates.response)}; compliance, the share of planned prompts that were complete "
        f"and in time, was {percent(rates.compliance)}."
    )
    answered, complied = tally.spread(), tally.spread(lambda each: each.compliance)
    if answered is not None and complied is not None:
        yield (
            f"Across people the response rate had a median of {_quartiles(answered)}, and "
            f"compliance one of {_quartiles(complied)}."
        )


def _quartiles(spread: Spread) -> str:
    lower, upper = percentage(spread.lower), percentage(spread.upper)
    return f"{percentage(spread.median)} (quartiles {lower} and {upper}, of {spread.people} people)"


def _reasons(tally: Tally) -> Iterator[str]:
    for outcome, word in ((Outcome.NOT_SENT, "held back"), (Outcome.DECLINED, "declined")):
        if not tally.outcomes[outcome]:
            continue
        shown, withheld = tally.reasons(outcome)
        ordered = sorted(shown.items(), key=lambda each: (-each[1], each[0]))
        parts = [f"{name.replace('_', ' ')} {n:,}" for name, n in ordered]
        rest = tally.outcomes[outcome] - sum(shown.values())
        if not parts:
            yield f"Why prompts were {word} is not told: too few people share any one reason."
            continue
        if rest and withheld:
            parts.append(f"{rest:,} for other reasons, which too few people share to be told apart")
        yield f"Reasons for which prompts were {word}: {'; '.join(parts)}."


def _times(tally: Tally) -> Iterator[str]:
    if tally.reminded:
        yield (
            f"{begins(tally.reminded)} {plural(tally.reminded, 'reminder was', 'reminders were')} "
            "sent."
        )
    if not tally.seconds_may_be_told:
        yield f"Delays and durations are of {TOO_FEW}, and not told."
    else:
        yield from _seconds(tally)
    if tally.self_reports:
        reports = plural(tally.self_reports, "report was", "reports were")
        yield (
            f"{begins(tally.self_reports)} further {reports} volunteered between prompts, in a "
            "file of their own and in none of these figures."
        )


def _seconds(tally: Tally) -> Iterator[str]:
    yield (
        f"Half of the first taps came within {minutes(quantile(tally.latency, 0.5))} of the "
        f"message, nine in ten within {minutes(quantile(tally.latency, 0.9))}."
    )
    spent = mean_and_sd(tally.forms)
    if spent is not None:
        mean, deviation = map(round, spent)
        yield (
            "From the first tap to the form, of forms sent in time, it took "
            f"{minutes(quantile(tally.forms, 0.5))} (median; mean {mean} s, SD {deviation} s)."
        )


def _by_day(tally: Tally) -> str:
    head = "| study day | planned | coverage | response rate | compliance |\n|-|-|-|-|-|"
    rows = [
        f"| {day} | {count.planned:,} | {short(rates.coverage)} | {short(rates.response)} | "
        f"{short(rates.compliance)} |"
        for day, count in sorted(tally.days.items())
        for rates in (count.rates(),)
        if tally.people_of_day[day] >= LEAST_PEOPLE
    ]
    if len(rows) < len(tally.days):
        rows.append(f"| (days of {TOO_FEW}) | – | – | – | – |")
    return "\n".join((head, *rows))


# -- the first question ----------------------------------------------------------------------------


def _answers(about: About, tally: Tally) -> str:
    first = about.newest.first
    if not about.is_over:
        return f"The answers to “{first.text}” are told once the study is over, and not before."
    told = first_shares(tally, first)
    if told is None:
        return (
            f"The answers to “{first.text}” are not told here as shares: too few people gave them, "
            f"one of them gave too many, or one choice holds none or all of them. {CAVEAT}"
        )
    lines = [
        f"* {label}: {said(each.points, few=told.few)} of the answers; between {each.least} and "
        f"{each.most} % had every planned prompt been answered"
        for label, each in zip(told.labels, told.shares, strict=True)
    ]
    rounded = "in words, for they are few" if told.few else "rounded to 5 points"
    return (
        f"{_of(first, told.answers, told.away)}, by choice, as shares of answers and not of people "
        f"({rounded}):\n\n" + "\n".join(lines) + f"\n\n{CAVEAT}"
    )


def _of(first: Item, answers: int | None, away: int | None) -> str:
    """The one denominator of these shares, named."""
    if first.ends_if is None:
        return f"The {answers:,} first taps in time"
    label = next(each.label for each in first.options if each.value == first.ends_if)
    if answers is None:
        return f"First taps in time, those of “{label}” left aside"
    if not away:
        return f"Of {answers:,} first taps in time, none of which was “{label}”"
    were = plural(away, "was", "were")
    return (
        f"Of {answers + away:,} first taps in time, {away:,} {were} “{label}” and are left aside; "
        f"the other {answers:,}"
    )


# -- quality ---------------------------------------------------------------------------------------


def quality(about: About, tally: Tally) -> str:
    """What was flagged as careless, and figures with it and without."""
    return " ".join(
        (
            "Careless answering was flagged and never removed.",
            *(_flagged(about, tally) if tally.may_be_told else (FEW,)),
            "Nothing was left out of these data for it.",
            EXCLUSION,
        )
    )


def _flagged(about: About, tally: Tally) -> Iterator[str]:
    people = tally.flagged_people
    if not people:
        yield NONE
        return
    if people < LEAST_PEOPLE:
        yield (
            f"Prompts of {TOO_FEW} were flagged, so neither how many nor figures without them are "
            "told here; the column `careless_flag` has them."
        )
        return
    yield from _counted(tally)
    with_them, kept = tally.whole.rates().compliance, tally.unflagged.rates().compliance
    yield (
        f"Compliance is {percent(with_them)} with them and {percent(kept)} over the prompts that "
        "were not flagged."
    )
    if about.is_over:
        yield from _compared(tally, about.newest.first)


def _counted(tally: Tally) -> Iterator[str]:
    shown, withheld = tally.careless()
    total = tally.flagged.total()
    parts = [f"{shown[name]:,} {FLAGS[name]}" for name in FLAGS if name in shown]
    if any(tally.flags[each] for each in withheld):
        parts.append("others by a rule that flagged too few people to be counted apart")
    are = plural(total, "prompt was", "prompts were")
    yield f"{begins(total)} {are}: {joined(parts)}; one can be flagged twice."


def _compared(tally: Tally, first: Item) -> Iterator[str]:
    told, without = first_shares(tally, first), without_flagged(tally, first)
    if told is None or without is None:
        return
    pairs = zip(answers_of(first), told.shares, without, strict=True)
    shares = joined(
        f"“{option.label}” {said(each.points, few=told.few)} with and {other} without"
        for option, each, other in pairs
    )
    yield f"The shares above, with flagged prompts and without: {shares}."
