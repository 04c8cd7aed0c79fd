"""The study's report: did it work? Response rate, delay and coverage, with their bounds.

It is about the study, never about a person: a day that fewer than five people had, a reason that
fewer than five share, flags and delays of fewer than five, and any share before the study's end are
not told.
"""

from typing import Any

from bot.sampling.disclosure import LEAST_PEOPLE
from bot.sampling.export_shares import Told, first_shares, said
from bot.sampling.export_tally import Tally, quantile
from bot.sampling.export_words import minutes, percent, percentage, short
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
        "delay_s": _delays(tally),
        "by_study_day": {
            str(day): _rates(count.rates()) if _is_told(tally, day) else None
            for day, count in sorted(tally.days.items())
        },
        "reasons": {each.value: _reasons(tally, each) for each in _WITH_REASONS},
        "first_answers": _shares(study, tally),
        "careless": _careless(tally),
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


def _delays(tally: Tally) -> dict[str, int | None] | None:
    """Seconds from sent to first tap; None of fewer than five people."""
    if not tally.seconds_may_be_told:
        return None
    return {f"p{100 * q:g}": quantile(tally.latency, q) for q in DELAYS}


def _careless(tally: Tally) -> dict[str, Any]:
    """Prompts by flag; null, and withheld by name, where fewer than five people have one."""
    shown, withheld = tally.careless()
    told = tally.flagged_people >= LEAST_PEOPLE
    return {
        **(shown if told else {}),
        "prompts": tally.flagged.total() if told else None,
        "withheld": list(withheld),
    }


def _told(study: Study, tally: Tally) -> Told | None:
    """Of the first question, after the end; None where they may not be shown."""
    over = study.state in {StudyState.STOPPED, StudyState.REVEALED}
    return first_shares(tally, study.protocol.first) if over else None


def _shares(study: Study, tally: Tally) -> list[dict[str, Any]] | None:
    """For machines. points: null where the volunteers are so few that words are all."""
    told = _told(study, tally)
    if told is None:
        return None
    return [
        {
            "label": label,
            "said": said(each.points, few=told.few),
            "points": None if told.few else each.points,
            "least": each.least,
            "most": each.most,
        }
        for label, each in zip(told.labels, told.shares, strict=True)
    ]


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
            f"  people         response rate: median {percentage(spread.median)}, quartiles "
            f"{percentage(spread.lower)} and {percentage(spread.upper)}, of {spread.people}"
        )
    delays = _delays(tally)
    if delays is not None:
        delay = ", ".join(f"{name} {minutes(seconds)}" for name, seconds in delays.items())
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
        shown, _ = tally.reasons(outcome)
        parts = [f"{name.replace('_', ' ')} {n:,}" for name, n in shown.items()]
        if sum(shown.values()) < tally.outcomes[outcome]:
            few = f"for reasons of fewer than {LEAST_PEOPLE} people each"
            parts.append(f"the rest {few}" if shown else few)
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
            f"    {each['label']}: {each['said']}; had everybody answered, between "
            f"{each['least']} and {each['most']} %"
            for each in shares
        ),
    ]
