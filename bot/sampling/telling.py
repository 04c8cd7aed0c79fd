"""Private notes that nobody asked for: each is paid from the purse of whoever reads it."""

from datetime import datetime

from bot.sampling import asking_owed
from bot.sampling.model import NOW_IN, Study
from bot.sampling.ports import Tx
from bot.workspace import purse

AT_ONCE = 100


def tell(
    tx: Tx, study: Study, person: str, what: str, now: datetime, *, since: datetime | None = None
) -> None:
    """One note, as soon as their purse allows it, and not before `since`. what: its name."""
    known, due = tx.workspace.person(study.workspace, person), since or now
    if known is not None:
        due = purse.earliest(tx, known, due)
    tx.deliveries.plan(asking_owed.tell(study, person, what, due), now)


def tell_all(tx: Tx, study: Study, what: str, now: datetime) -> None:
    """The same to everybody who takes part."""
    after = ""
    while found := tx.volunteers.volunteers(study, after, AT_ONCE):
        after = found[-1].pseudonym
        for each in found:
            person = tx.volunteers.person(study, each.pseudonym)
            if each.state in NOW_IN and person is not None:
                tell(tx, study, person, what, now)
