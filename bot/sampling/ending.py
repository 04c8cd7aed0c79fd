"""What ends with a study, or with somebody's part in it: prompts, and the sends that wait."""

from datetime import datetime

from bot.sampling import asking_owed
from bot.sampling.asking_case import locked_case, save
from bot.sampling.model import Study, Volunteer
from bot.sampling.outcomes import cancelled
from bot.sampling.ports import Tx
from bot.workspace.purse import PROMPT

OF_A_PROMPT = (PROMPT, asking_owed.REMINDER, asking_owed.EXPIRY)


def cancel_open(tx: Tx, study: Study, volunteer: Volunteer, reason: str, now: datetime) -> None:
    """Every prompt of theirs that has no outcome ends so, and nothing of it is sent any more.

    One that is being sent just now is its sender's, who finds the prompt cancelled.
    """
    for each in tx.prompts.open_of(volunteer):
        case = locked_case(tx, study.workspace, each.id)
        if case is None or case.prompt.outcome is not None:
            continue
        save(tx, case, cancelled(case.prompt, reason), now)
        for purpose in OF_A_PROMPT:
            tx.deliveries.cancel(study.workspace, purpose, each.id, reason, now)


def cancel_notes(tx: Tx, study: Study, volunteer: Volunteer, reason: str, now: datetime) -> None:
    """What we were about to tell them privately is not told any more."""
    person = tx.volunteers.person(study, volunteer.pseudonym)
    if person is None:
        return
    begins = asking_owed.SEPARATOR.join([study.id, person, ""])
    tx.deliveries.cancel(study.workspace, asking_owed.TELL, begins, reason, now, prefix=True)
