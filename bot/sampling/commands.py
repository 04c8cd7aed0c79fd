"""`/sampling` as typed: a verb and what follows it. Nothing here looks anything up."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.sampling.calendar import zone_of

DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SPAN = re.compile(r"(\d{1,3})\s*(day|week)s?")
WEEK = 7


class Verb(StrEnum):
    """What `/sampling` can do. The first word that is none of these is refused."""

    STATUS = "status"
    JOIN = "join"
    PAUSE = "pause"
    RESUME = "resume"
    SETTINGS = "settings"
    LEAVE = "leave"
    ERASE = "erase"
    NOW = "now"
    PRACTICE = "practice"
    MINE = "mine"
    RESULTS = "results"
    REVIEW = "review"
    STUDY = "study"
    EXPORT = "export"
    HELP = "help"


ALSO = {
    "": Verb.STATUS,
    "hours": Verb.SETTINGS,
    "stop": Verb.LEAVE,
    "quit": Verb.LEAVE,
    "delete": Verb.ERASE,
    "forget": Verb.ERASE,
    "practise": Verb.PRACTICE,
    "report": Verb.NOW,
    "download": Verb.MINE,
    "continue": Verb.RESUME,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A verb, and the rest of the line."""

    verb: Verb
    rest: str = ""


def typed(text: str) -> Typed:
    """Read a line. Raises Refusal, which names what is near."""
    word, _, rest = text.strip().partition(" ")
    asked = word.casefold().rstrip(":")
    if asked in ALSO:
        return Typed(ALSO[asked], rest.strip())
    if asked in set(Verb):
        return Typed(Verb(asked), rest.strip())
    known = ", ".join(each.value for each in Verb)
    raise Refusal(
        f"I don't know '{word[:40]}', so nothing changed. There is: {known}.", given_back=text
    )


def until_of(rest: str, now: datetime, zone: str) -> date | None:
    """Until which date to pause, in that zone: a date, `tomorrow`, `3 days`, `a week`; nothing is
    until they say so. Raises Refusal."""
    line = rest.casefold().removeprefix("until ").removeprefix("for ").strip()
    if not line:
        return None
    today = now.astimezone(zone_of(zone)).date()
    if line in {"today", "tomorrow", "a day"}:
        return today + timedelta(days=1)
    if line == "a week":
        return today + timedelta(days=WEEK)
    if found := SPAN.fullmatch(line):
        return today + timedelta(days=int(found[1]) * (WEEK if found[2] == "week" else 1))
    if found := DATE.fullmatch(line):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    raise Refusal(
        "Say until when like `pause 2026-12-24`, `pause 3 days` or `pause tomorrow`; or `pause` "
        "alone. Nothing changed.",
        given_back=rest,
    )
