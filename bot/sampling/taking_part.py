"""Rules of taking part: code names, when somebody's days are over, and when a pause ends."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.errors import Refusal
from bot.sampling.calendar import LOOK_AHEAD_DAYS, is_working_day, zone_of
from bot.sampling.model import Hours, Item, Study, Volunteer, VolunteerState
from bot.sampling.outcomes import checked_answers, expiry_of, grace_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAME_LETTERS = 5
SALT_BYTES = 16
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Returned:
    """A study that somebody left because their account was deactivated; it is there again.

    erased_at: when what they gave is erased, unless they keep it or join again. open: they can.
    """

    study: Study
    erased_at: datetime
    open: bool


def pseudonym_of(drawn: bytes) -> str:
    """`v` and five letters, out of 32 random bytes."""
    number, name = int.from_bytes(drawn), "v"
    for _ in range(NAME_LETTERS):
        number, place = divmod(number, len(LETTERS))
        name += LETTERS[place]
    return name


def salt_of(drawn: bytes) -> bytes:
    """A volunteer's salt, out of 32 random bytes."""
    return drawn[:SALT_BYTES]


def is_done(study: Study, volunteer: Volunteer, now: datetime) -> bool:
    """Whether all their study days are over. `study`: in the version that they agreed to."""
    if volunteer.planned_days < study.protocol.schedule.study_days:
        return False
    ends, schedule = volunteer.planned_until, study.protocol.schedule
    answers_until = expiry_of(schedule, volunteer.hours) + grace_of(schedule, volunteer.hours)
    return ends is None or now >= ends + answers_until


def is_at_end(study: Study, volunteer: Volunteer, now: datetime) -> bool:
    """Whether the last of their hours in the study has ended, though a prompt may still be open.
    `study`: in the version that they agreed to."""
    ends = volunteer.planned_until
    all_planned = volunteer.planned_days >= study.protocol.schedule.study_days
    return all_planned and (ends is None or now >= ends)


def left_unasked(volunteer: Volunteer) -> datetime | None:
    """Since when they were made to leave, by an account that was deactivated, and what they gave is
    to be erased: who leaves by themselves keeps it, or has erased it at once. Else None."""
    left = volunteer.state is VolunteerState.LEFT and not volunteer.keep_if_gone
    return volunteer.left_at if left else None


def days_begun(volunteer: Volunteer, now: datetime) -> int:
    """How many of their study days have begun, by the date where they are: the next one may be
    planned already on the evening before."""
    today = now.astimezone(zone_of(volunteer.hours.zone)).date()
    ahead = volunteer.planned_to is not None and volunteer.planned_to > today
    return volunteer.planned_days - ahead


def ends_on(study: Study, volunteer: Volunteer) -> date | None:
    """Their last study day, as their days are now; None where they leave no end in sight."""
    left = study.protocol.schedule.study_days - volunteer.planned_days
    on = volunteer.planned_to or volunteer.first_day - A_DAY
    for _ in range(LOOK_AHEAD_DAYS):
        if left <= 0:
            return on
        on += A_DAY
        left -= is_working_day(volunteer.hours, on)
    return None


Survey = tuple[tuple[str, str], ...]


def surveyed(before: Survey, items: Collection[Item], values: Mapping[str, str]) -> Survey:
    """What is known of them once they said that. Raises Refusal, with the item as its field."""
    return tuple((dict(before) | checked_answers(items, values)).items())


def pause_ends(hours: Hours, until: date, now: datetime) -> datetime:
    """When that date begins for them, UTC kept by whoever stores it. Refuses one that has."""
    ends = datetime.combine(until, time(), zone_of(hours.zone))
    if ends <= now:
        raise Refusal(
            "That date has begun already. Say a later one, or none. Nothing changed.",
            given_back=str(until),
            field="until",
        )
    return ends
