"""How somebody leaves, and how everything of theirs is destroyed."""

from dataclasses import replace
from datetime import datetime

from bot.sampling import asking_owed
from bot.sampling.ending import cancel_notes, cancel_open
from bot.sampling.model import Message, Study, Volunteer, VolunteerState
from bot.sampling.ports import Tx
from bot.sampling.reading import every_prompt


def leave(tx: Tx, study: Study, volunteer: Volunteer, now: datetime, *, keep: bool) -> Volunteer:
    """Nothing more is asked; what waits is cancelled. Whatever they gave is still there."""
    left = replace(volunteer, state=VolunteerState.LEFT, left_at=now, keep_if_gone=keep)
    tx.volunteers.put(left)
    cancel_open(tx, study, left, "left", now)
    cancel_notes(tx, study, left, "left", now)
    return left


def erase(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> None:
    """Answers, tie, salt and hours go at once; our messages in Slack through the ledger.

    Erased again, by whoever comes late, it does nothing.
    """
    erased = replace(volunteer, state=VolunteerState.ERASED)
    tx.volunteers.put(erased)
    cancel_open(tx, study, erased, "erased", now)
    cancel_notes(tx, study, erased, "erased", now)
    ours = _our_messages(tx, study, erased)
    tx.deliveries.plan_all([asking_owed.delete(study.workspace, each, now) for each in ours], now)
    tx.volunteers.erase(erased, now)


def _our_messages(tx: Tx, study: Study, volunteer: Volunteer) -> tuple[Message, ...]:
    """Those noted and those of prompts, each once, in the order in which they were sent."""
    found = {*tx.prompts.messages(study, volunteer.pseudonym)}
    for each in every_prompt(tx, study, volunteer.pseudonym):
        found |= {m for m in (each.message, each.reminder) if m is not None}
    return tuple(sorted(found, key=lambda each: (each.ts, each.channel)))


def answered(tx: Tx, study: Study, volunteer: Volunteer) -> int:
    """How many prompts and reports of theirs hold an answer."""
    theirs = every_prompt(tx, study, volunteer.pseudonym)
    return sum(each.first_tap_at is not None for each in theirs)
