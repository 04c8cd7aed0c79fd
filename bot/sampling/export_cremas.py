"""The CREMAS checklist, as far as a study's own log can fill it in.

Items 12 to 16 are named by number alone: their wording could not be read when this was written.
"""

from collections.abc import Iterator

from bot.sampling.export_about import About
from bot.sampling.export_tally import Tally, percent, quantile
from bot.sampling.export_words import minutes
from bot.sampling.model import Outcome, Protocol

LEFT = {
    Outcome.NOT_SENT: "not sent",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown, because Slack's answer was lost",
    Outcome.CANCELLED: "cancelled, because somebody left or the study was stopped",
}


def cremas(about: About, tally: Tally) -> str:
    rows = "\n".join(
        f"| {number} | {what} | {text} |" for number, what, text in _filled(about, tally)
    )
    return (
        "The checklist for reporting ecological momentary assessment (Liao and others, 2016), as "
        "far as a study's own log can fill it in.\n\n| item | about | here |\n|-|-|-|\n" + rows
    )


def _filled(about: About, tally: Tally) -> Iterator[tuple[str, str, str]]:
    protocol, schedule = about.newest, about.newest.schedule
    rates = tally.whole.rates()
    yours = "[yours to write]"
    yield "1", "title", f"[say that it is experience sampling] {protocol.title}"
    yield "2", "rationale", yours
    yield "3", "training", "consent text, then a practice prompt that was not stored"
    yield "4", "technology", f"Slack messages and forms; Parallax {about.software}"
    yield "5", "waves", "one"
    weekend = f"{tally.weekend:,} of {tally.outcomes.total():,} planned prompts at the weekend"
    yield "6", "days", f"{schedule.study_days} study days a person; {weekend}"
    yield "7", "prompting design", f"{schedule.scheme.value}; windows chosen by each volunteer"
    varied = f", varied by {schedule.vary}" if schedule.vary else ""
    yield "8", "frequency", f"{schedule.per_day} per eight hours{varied}"
    yield "9", "features against bias and burden", _features(protocol)
    yield "10", "attrition", f"{tally.people} took part, {about.left} left, by day in the events"
    left = "; ".join(f"{tally.outcomes[each]:,} {word}" for each, word in LEFT.items())
    yield "11", "planned against delivered", f"coverage {percent(rates.coverage)}; {left}"
    yield (
        "12–16",
        "(named by number only: not read)",
        (
            "figures that may belong there: delay of answers, p50 "
            f"{minutes(quantile(tally.latency, 0.5))}, p90 "
            f"{minutes(quantile(tally.latency, 0.9))}; compliance {percent(rates.compliance)}; "
            "response rate by study day, worst-case bounds and limits: above"
        ),
    )


def _asked_after(protocol: Protocol, tap: str) -> int:
    if tap == protocol.first.ends_if:
        return 0
    rest = protocol.items[1:]
    shown = [each for each in rest if each.show_if is None or tap in each.show_if.values]
    return len(shown) + min(protocol.rotate_show, len(protocol.rotate))


def _features(protocol: Protocol) -> str:
    schedule = protocol.schedule
    most = max(_asked_after(protocol, each.value) for each in protocol.first.options)
    said = [
        f"at most {most} items after the first tap",
        f"one reminder at {schedule.reminder_min} minutes",
        "decline by one tap",
        "nothing sent in incidents and quiet hours, nothing deferred",
    ]
    if protocol.rotate:
        said.append("one item rotates" if protocol.rotate_show == 1 else "some items rotate")
    return "; ".join(said)
