"""The study's report: did it work? Response rate, delay and coverage, with their bounds.

It is about the study, never about a person: a day that fewer than five people had, a reason that
fewer than five share, and any share before the study's end are not told.
"""

import math
from typing import Any

from bot.sampling.disclosure import LEAST_PEOPLE
from bot.sampling.export_tally import Tally, may_show, percent, quantile
from bot.sampling.export_words import minutes, short
from bot.sampling.model import Outcome, Study, StudyState
from bot.sampling.rates import CAVEAT, Rate, Rates

DELAYS = (0.5, 0.9, 0.99)


def report(study: Study, tally: Tally) -> dict[str, Any]:
    """For machines."""
    spread = tally.spread()
    return {
        "study": study.name,
        "volunteers": tally.people,
        "prompts": {each.value: tally.outcomes[each] for each in Outcome},
        **_rates(tally.whole.rates()),
        "response_rate_of_people": (
            None
            if spread is None
            else {
                "people": spread.people,
                "lower_quartile": spread.lower,
                "median": spread.median,
                "upper_quartile": spread.upper,
            }
        ),
        "delay_s": {f"p{100 * q:g}": quantile(tally.latency, q) for q in DELAYS},
        "by_study_day": {
            str(day): _rates(count.rates()) if _is_told(tally, day) else None
            for day, count in sorted(tally.days.items())
        },
        "reasons": {each.value: _reasons(tally, each) for each in _WITH_REASONS},
        "first_answers": _shares(study, tally),
        "careless": {**tally.flags, "prompts": tally.flagged},
        "said_with_it": CAVEAT,
    }


_WITH_REASONS = (Outcome.NOT_SENT, Outcome.DECLINED, Outcome.FAILED, Outcome.CANCELLED)


def _rates(rates: Rates) -> dict[str, Any]:
    return {
        "coverage": _rate(rates.coverage),
        "response_rate": _rate(rates.response),
        "compliance": _rate(rates.compliance),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"part": rate.part, "n": rate.n, "share": rate.value}


def _is_told(tally: Tally, day: int) -> bool:
    return tally.people_of_day[day] >= LEAST_PEOPLE


def _reasons(tally: Tally, outcome: Outcome) -> dict[str, Any]:
    shown, withheld = tally.reasons(outcome)
    return {**shown, "withheld": list(withheld)}


def _shares(study: Study, tally: Tally) -> list[dict[str, Any]] | None:
    """Of the first question, after the end; None where they may not be shown."""
    first = study.protocol.first
    choices = [each for each in first.options if each.value != first.ends_if]
    over = study.state in {StudyState.STOPPED, StudyState.REVEALED}
    if not over or not may_show(tally.taps, [each.value for each in choices]):
        return None
    shares = []
    for each in choices:
        found = tally.share(first, each.value)
        points = 5 * round(20 * (found.share.value or 0.0))
        bounds = {"least": 5 * math.floor(20 * found.low), "most": 5 * math.ceil(20 * found.high)}
        shares.append({"label": each.label, "points": points, **bounds})
    return shares


def lines(study: Study, tally: Tally) -> list[str]:
    """For people."""
    rates = tally.whole.rates()
    told = [
        f"{study.protocol.title} ({study.name})",
        f"  {tally.people} volunteers, {tally.outcomes.total():,} planned prompts that are over",
        f"  coverage       {percent(rates.coverage)}  sent, of planned",
        f"  response rate  {percent(rates.response)}  at least a first tap, of sent",
        f"  compliance     {percent(rates.compliance)}  complete and in time, of planned",
    ]
    spread = tally.spread()
    if spread is not None:
        told.append(
            f"  people         response rate: median {100 * spread.median:.0f} %, quartiles "
            f"{100 * spread.lower:.0f} and {100 * spread.upper:.0f} %, of {spread.people}"
        )
    delay = ", ".join(f"p{100 * q:g} {minutes(quantile(tally.latency, q))}" for q in DELAYS)
    told.append(f"  delay          from sent to first tap: {delay}")
    told.extend(_reason_lines(tally))
    told.append("  by study day   coverage · response rate · compliance")
    told.extend(_day_lines(tally))
    told.extend(_share_lines(study, tally))
    return [*told, CAVEAT]


def _reason_lines(tally: Tally) -> list[str]:
    told = []
    for outcome in _WITH_REASONS:
        if not tally.outcomes[outcome]:
            continue
        shown, withheld = tally.reasons(outcome)
        parts = [f"{name.replace('_', ' ')} {n:,}" for name, n in shown.items()]
        if withheld:
            parts.append(f"the rest for reasons of fewer than {LEAST_PEOPLE} people")
        name = outcome.value.replace("_", " ")
        told.append(f"  {name:<13}  {tally.outcomes[outcome]:,}: {', '.join(parts)}")
    return told


def _day_lines(tally: Tally) -> list[str]:
    told = []
    for day, count in sorted(tally.days.items()):
        rates = count.rates()
        of = (rates.coverage, rates.response, rates.compliance)
        few = f"fewer than {LEAST_PEOPLE} people"
        told.append(
            f"    {day:>3}          {' · '.join(map(short, of)) if _is_told(tally, day) else few}"
        )
    return told


def _share_lines(study: Study, tally: Tally) -> list[str]:
    shares = _shares(study, tally)
    if shares is None:
        return ["  answers        not told: before the end, or of too few, they would say too much"]
    head = f"  “{study.protocol.first.text}” as shares of answers, not of people:"
    return [
        head,
        *(
            f"    {each['label']}: {each['points']} %; had everybody answered, between "
            f"{each['least']} and {each['most']} %"
            for each in shares
        ),
    ]
