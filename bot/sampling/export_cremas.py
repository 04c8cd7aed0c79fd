"""The CREMAS checklist, as far as a study's own log can fill it in.

Items 12 to 16 are named by number alone: their wording could not be read when this was written.
"""

from collections.abc import Iterator

from bot.sampling.export import Bundle
from bot.sampling.export_about import About
from bot.sampling.export_tally import Tally, quantile
from bot.sampling.export_words import few, joined, minutes, percent, plural, some
from bot.sampling.model import Outcome, Protocol, Schedule, Scheme

NOT_TOLD = "of too few people to be told"
LEFT = {
    Outcome.NOT_SENT: "held back",
    Outcome.FAILED: "could not be sent",
    Outcome.UNKNOWN: "of unknown fate",
    Outcome.CANCELLED: "cancelled, because somebody left or the study was stopped",
}


def cremas(about: About, tally: Tally, bundle: Bundle = Bundle.ANALYST) -> str:
    """The checklist as a table. bundle: the one that it goes with."""
    rows = "\n".join(
        f"| {number} | {what} | {text} |" for number, what, text in _filled(about, tally, bundle)
    )
    return (
        "The checklist for reporting ecological momentary assessment (Liao and others, 2016), as "
        "far as a study's own log can fill it in.\n\n| item | about | here |\n|-|-|-|\n" + rows
    )


def _filled(about: About, tally: Tally, bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    protocol, schedule = about.newest, about.newest.schedule
    yours = "[yours to write]"
    yield "1", "title", f"[say that it is experience sampling] {protocol.title}"
    yield "2", "rationale", yours
    yield (
        "3",
        "training",
        "consent text; a practice prompt could be tried, who tried it is not stored; [any other]",
    )
    yield "4", "technology", f"Slack messages and forms; Parallax {about.software}"
    yield "5", "waves", "one"
    yield "6", "days", _days(schedule, tally)
    yield "7", "prompting design", f"{schedule.scheme.value}; windows chosen by each volunteer"
    yield "8", "frequency", _frequency(schedule)
    yield "9", "features against bias and burden", _features(protocol)
    yield "10", "attrition", _attrition(about, tally, bundle)
    yield "11", "planned against delivered", _delivered(tally)
    yield "12–16", "(named by number only: not read)", _more(tally)


def _days(schedule: Schedule, tally: Tally) -> str:
    days, total = schedule.study_days, tally.outcomes.total()
    planned = f"{days} study {plural(days, 'day')} planned for each"
    if not total or not tally.may_be_told:
        return planned
    return f"{planned}; {tally.weekend:,} of {total:,} planned prompts at the weekend"


def _attrition(about: About, tally: Tally, bundle: Bundle) -> str:
    people = plural(tally.people, "volunteer")
    left = some(about.left, tally.people)
    said = f"{tally.people:,} {people} in these data; {left} left before their days were over"
    if about.left_out:
        said += f"; {few(about.left_out).lower()} more had not agreed to this analyst"
    if about.erased:
        said += "; those who were erased are not counted"
    return f"{said}. Dates are {'in the events' if bundle.is_whole else 'not in this bundle'}"


def _delivered(tally: Tally) -> str:
    if not tally.may_be_told:
        return NOT_TOLD
    left = "; ".join(f"{tally.outcomes[each]:,} {word}" for each, word in LEFT.items())
    return f"coverage {percent(tally.whole.rates().coverage)}; {left}"


def _more(tally: Tally) -> str:
    if not tally.may_be_told:
        return NOT_TOLD
    rates = tally.whole.rates()
    delay = (
        f"delay of first taps, p50 {minutes(quantile(tally.latency, 0.5))}, p90 "
        f"{minutes(quantile(tally.latency, 0.9))}; "
        if tally.seconds_may_be_told
        else ""
    )
    return (
        f"figures that may belong there: {delay}compliance {percent(rates.compliance)}; response "
        "rate by study day, worst-case bounds and limits: above"
    )


def _frequency(schedule: Schedule) -> str:
    if schedule.scheme is Scheme.FIXED:
        return f"at {joined(f'{each:%H:%M}' for each in schedule.times)}"
    if schedule.scheme is Scheme.INTERVAL:
        return f"every {schedule.interval_min} minutes of the windows"
    varied = f", varied by {schedule.vary}" if schedule.vary else ""
    return f"{schedule.per_day} per eight hours{varied}"


def asked_after(protocol: Protocol, tap: str) -> int:
    """How many items the form has after that first tap."""
    if tap == protocol.first.ends_if:
        return 0
    rest = protocol.items[1:]
    shown = [each for each in rest if each.show_if is None or tap in each.show_if.values]
    return len(shown) + min(protocol.rotate_show, len(protocol.rotate))


def _features(protocol: Protocol) -> str:
    schedule = protocol.schedule
    most = max(asked_after(protocol, each.value) for each in protocol.first.options)
    told = [
        f"at most {most} items after the first tap",
        f"one reminder at {schedule.reminder_min} minutes",
        "decline by one tap",
        "nothing sent in incidents and quiet hours, nothing put off",
    ]
    if protocol.rotate:
        told.append("one item rotates" if protocol.rotate_show == 1 else "some items rotate")
    return "; ".join(told)
