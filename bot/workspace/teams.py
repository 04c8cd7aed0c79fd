"""Teams, as Slack's user groups have them, and who would look with fresh eyes, one at a time.

Fresh eyes are asked for by name, never by mention: nobody is paged. Who said so is asked in the
hours they gave, on the days they gave, in their own zone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from bot.errors import Refusal
from bot.workspace.model import Permit, Person, permits

NAME_MAX = 80
MORNING, EVENING = time(9), time(17)
WORKDAYS = (0, 1, 2, 3, 4)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Team:
    """One user group: its name as people know it, and who is in it."""

    id: str
    name: str
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody may be asked, in their own zone; past midnight where `ends` is earlier.

    days: on which days it begins; 0 is Monday.
    """

    begins: time = MORNING
    ends: time = EVENING
    days: tuple[int, ...] = WORKDAYS


@dataclass(frozen=True, slots=True)
class Willing:
    """Somebody who would look with fresh eyes, and when they were asked last, UTC."""

    person: str
    hours: Hours = Hours()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FreshEyes:
    """Who could be asked now, and their teams of which nobody is there."""

    person: str
    teams: tuple[str, ...] = ()


class TeamStore(Protocol):
    """Every method is told the workspace."""

    def keep(self, workspace: str, teams: Iterable[Team]) -> None:
        """These are all the teams there are."""
        ...

    def put(self, workspace: str, team: Team, *, whole: bool = True) -> None:
        """A team as it is now. whole: everybody in it is named, so others are not in it."""
        ...

    def drop(self, workspace: str, team: str) -> None:
        """There is no such team any more."""
        ...

    def moved(
        self, workspace: str, team: str, came: Collection[str], went: Collection[str]
    ) -> None:
        """Some came into a team that is known, some went."""
        ...

    def teams(self, workspace: str) -> tuple[Team, ...]:
        """All of them, by name."""
        ...

    def teams_of(self, workspace: str, person: str) -> tuple[str, ...]:
        """The names of somebody's teams."""
        ...

    def willing(self, workspace: str) -> tuple[Willing, ...]:
        """Everybody who would look with fresh eyes."""
        ...

    def is_willing(self, workspace: str, person: str) -> Willing | None: ...

    def put_willing(self, workspace: str, willing: Willing) -> None: ...

    def unwilling(self, workspace: str, person: str) -> None:
        """They would rather not be asked any more."""
        ...

    def asked(self, workspace: str, person: str, now: datetime) -> None:
        """They were asked."""
        ...


class TeamSource(Protocol):
    """Where teams are looked up."""

    async def teams(self, workspace: str) -> tuple[Team, ...]:
        """Every team that is in use, with its people. Raises SendFailed."""
        ...


def hours(begins: str, ends: str, days: Collection[int]) -> Hours:
    """What somebody chose, "09:00" to "17:00". Raises Refusal."""
    try:
        chosen = Hours(time.fromisoformat(begins), time.fromisoformat(ends), tuple(sorted(days)))
    except ValueError:
        raise Refusal("From when to when, please. Nothing changed.", field="begins") from None
    if chosen.begins == chosen.ends:
        raise Refusal("The end must be another time than the beginning.", field="ends")
    if not set(chosen.days) & set(EVERY_DAY):
        raise Refusal("On at least one day, please.", field="days")
    return chosen


def may_be_asked(person: Person) -> bool:
    """Whether somebody may look along in an incident that they are not in."""
    return Permit.DECLARE in permits(person)


def in_hours(chosen: Hours, person: Person, now: datetime) -> bool:
    """Whether it is within somebody's hours where they are."""
    here = now.astimezone(person.zoneinfo())
    at, day = here.time(), here.weekday()
    if chosen.begins < chosen.ends:
        return chosen.begins <= at < chosen.ends and day in chosen.days
    if at >= chosen.begins:
        return day in chosen.days
    return at < chosen.ends and (day - 1) % 7 in chosen.days


def absent(teams: Iterable[Team], present: Collection[str]) -> tuple[Team, ...]:
    """The teams of which nobody is there; one without people is none."""
    here = frozenset(present)
    return tuple(each for each in teams if each.people and not each.people & here)


def fresh_eyes(
    people: Iterable[tuple[Person, Willing]],
    teams: Iterable[Team],
    present: Collection[str],
    now: datetime,
) -> tuple[FreshEyes, ...]:
    """Whom to ask, best first: not there, in their hours, of a team with nobody there if any is.

    Of several, whoever was asked longest ago.
    """
    away = absent(teams, present)
    able = [
        (willing, _names_of(person.id, away))
        for person, willing in people
        if person.id not in present
        and may_be_asked(person)
        and in_hours(willing.hours, person, now)
    ]
    able.sort(key=lambda each: (not each[1], _turn(each[0])))
    return tuple(FreshEyes(willing.person, names) for willing, names in able)


def missing(
    teams: Iterable[Team], present: Collection[str], asked: Iterable[FreshEyes]
) -> tuple[str, ...]:
    """The names of teams with nobody there: first those of whom somebody could be asked.

    Then the largest, which is the likeliest to have somebody.
    """
    able = {name for each in asked for name in each.teams}
    away = sorted(
        absent(teams, present),
        key=lambda each: (each.name not in able, -len(each.people), each.name, each.id),
    )
    return tuple(dict.fromkeys(each.name for each in away))


def _names_of(person: str, teams: Iterable[Team]) -> tuple[str, ...]:
    return tuple(each.name for each in teams if person in each.people)


def _turn(willing: Willing) -> tuple[float, str]:
    """Earlier comes first; who was never asked comes before all."""
    at = willing.asked_at
    return (at.timestamp() if at else float("-inf"), willing.person)
