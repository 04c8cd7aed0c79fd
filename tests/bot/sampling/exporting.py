"""A study's volunteers with every outcome there is, and answers that break careless readers."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from bot.sampling.export import OnePerson
from bot.sampling.export_about import About
from bot.sampling.export_rows import rows_of
from bot.sampling.export_tally import Tally
from bot.sampling.model import REASONS, Answer, Outcome, Prompt, Trigger
from bot.sampling.protocol import default_study

STUDY = default_study()
BEGAN = date(2028, 3, 6)  # a Monday
NOW = datetime(2028, 4, 1, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NASTY = (
    "NA",
    "null",
    "007",
    "=1+1",
    "two\nlines",
    "a\ttab",
    'she said "no", twice',
    "🧯 מלא, ünïcödé",
    "-",
    " leading and trailing ",
    "1e5",
    "TRUE",
    "#REF!",
    "it's, well; so\\so",
    "2028-03-06",
    "\r\nold line end",
    "None",
    "''",
    "@cmd",
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
ENDS = (
    (Outcome.COMPLETE, ""),
    (Outcome.COMPLETE, ""),
    (Outcome.PARTIAL, ""),
    (Outcome.EXPIRED, ""),
    *((Outcome.DECLINED, each) for each in REASONS[Outcome.DECLINED]),
    (Outcome.COMPLETE, ""),
    *((Outcome.NOT_SENT, each) for each in REASONS[Outcome.NOT_SENT]),
    (Outcome.FAILED, "late"),
    (Outcome.UNKNOWN, ""),
    (Outcome.COMPLETE, ""),
)
ITEMS = ("stuck", "activity", "stuck_text", "challenge", "skill", "feeling")


SHARE = re.compile(r"\* (.+): (\d+) % of the answers; between (\d+) and (\d+) %")


def prompt(
    pseudonym: str, day: int, beep: int, outcome: Outcome, reason: str = "", *, zone: str = ""
) -> Prompt:
    """A planned prompt as it ended. Mondays to Fridays, at 09:15:30, 12:15:30 and so on."""
    zone = zone or ZONES[0]
    on = BEGAN + timedelta(days=day - 1 + (day - 1) // 5 * 2)
    wall = datetime(on.year, on.month, on.day, 6 + 3 * beep, 15, 30, tzinfo=ZoneInfo(zone))
    planned = wall.astimezone(UTC)
    made = Prompt(
        f"{pseudonym}-{day}-{beep}", "S1", pseudonym, 1, Trigger.SIGNAL, on, day, beep, 3,
        planned, zone, 0, outcome, reason,
    )  # fmt: skip
    sent = planned + 7 * SECOND
    if outcome in {Outcome.COMPLETE, Outcome.PARTIAL}:
        tapped = sent + (30 + 60 * beep) * SECOND
        made = replace(
            made, sent_at=sent, first_tap_at=tapped, valid=True, expires_at=sent + 45 * MINUTE
        )
        if outcome is Outcome.COMPLETE:
            made = replace(
                made, opened_at=tapped + 2 * SECOND, ended_at=tapped + 62 * SECOND, shown=ITEMS[1:]
            )
    elif outcome in {Outcome.DECLINED, Outcome.EXPIRED}:
        made = replace(made, sent_at=sent, expires_at=sent + 30 * MINUTE)
        if outcome is Outcome.EXPIRED:
            made = replace(made, reminded_at=sent + 20 * MINUTE)
    return made


def answers(to: Prompt, text: str, rating: int = 3, stuck: int = 2) -> tuple[Answer, ...]:
    """What came back: the first tap, and with a form all of it."""
    at = to.first_tap_at
    if at is None:
        return ()
    first = Answer(to.id, "stuck", str(stuck), False, at)
    if to.outcome is not Outcome.COMPLETE:
        return (first,)
    form = {"activity": "10", "challenge": str(rating), "skill": "4", "feeling": "5"}
    given = tuple(Answer(to.id, item, value, False, at) for item, value in form.items())
    return (first, *given, Answer(to.id, "stuck_text", text, True, at))


def person(number: int, days: int = 6, beeps: int = 3, texts: tuple[str, ...] = NASTY) -> OnePerson:
    """A volunteer: every outcome in turn, every text in turn, begun at another place each."""
    pseudonym = f"v{chr(97 + number % 26)}{number:04d}"
    ends = cycle(ENDS[number % 5 :] + ENDS[: number % 5])
    words = cycle(texts[4 * number % len(texts) :] + texts[: 4 * number % len(texts)])
    prompts: list[Prompt] = []
    given: list[Answer] = []
    for day in range(1, days + 1):
        for beep in range(1, beeps + 1):
            made = prompt(pseudonym, day, beep, *next(ends), zone=ZONES[number % 3])
            prompts.append(made)
            text = next(words) if made.outcome is Outcome.COMPLETE else ""
            given += answers(made, text, 1 + (day + beep) % 5, 1 + (day * beep) % 3)
    report = replace(
        prompts[0], id=f"{pseudonym}-own", trigger=Trigger.SELF_REPORT, beep=0, planned_at=None,
        planned_n=0, outcome=Outcome.COMPLETE, reason="", sent_at=None, expires_at=None,
        first_tap_at=prompts[0].planned_at, ended_at=prompts[1].planned_at, valid=True,
        shown=ITEMS[1:], reminded_at=None,
    )  # fmt: skip
    given += answers(report, "volunteered: NA")
    surveys = (("years", "2"), ("stuck_week", "9"))
    return OnePerson(pseudonym, 1, (*prompts, report), tuple(given), surveys)


def about(**changed: object) -> About:
    known = About(
        name="stuck", versions=(STUDY,), commitment="c0ffee" * 10, head="ab" * 32,
        locked_at=NOW - timedelta(days=40), started_at=NOW - timedelta(days=30),
        stopped_at=NOW - timedelta(days=1), revealed_at=None, secret=bytes(range(32)),
        made_at=NOW, software="0.1.0", left=1,
    )  # fmt: skip
    return replace(known, **changed)  # type: ignore[arg-type]


def counted(people: Iterable[OnePerson]) -> Tally:
    tally = Tally()
    for one in people:
        tally.add(one, rows_of(one, (STUDY,), NOW), "stuck")
    return tally


def tallied(people: int, days: int = 6) -> Tally:
    return counted(person(number, days) for number in range(people))


def tapper(number: int, stuck: Iterable[int], *, hasty: bool = False) -> OnePerson:
    """Somebody who answered one prompt a day with these first taps; 9 is "Was not working".

    hasty: the first of their forms was open for less than a second an item.
    """
    prompts: list[Prompt] = []
    given: list[Answer] = []
    for day, tap in enumerate(stuck, 1):
        made = prompt(f"v{number:05d}", day, 1, Outcome.COMPLETE)
        if hasty and day == 1 and made.opened_at is not None:
            made = replace(made, ended_at=made.opened_at + SECOND)
        prompts.append(made)
        given += answers(made, "x", 1 + (day + number) % 5, tap)
    return OnePerson(f"v{number:05d}", 1, tuple(prompts), tuple(given))


def section(told: str, title: str) -> str:
    """What stands under a heading."""
    return told.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
