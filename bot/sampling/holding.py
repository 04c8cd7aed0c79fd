"""Who holds which role in a study, and who may."""

from bot.errors import Refusal
from bot.sampling.model import Appointment, Role, Study
from bot.sampling.ports import Tx
from bot.workspace.model import Person


def known(tx: Tx, workspace: str, person: str) -> Person:
    found = tx.workspace.person(workspace, person)
    if found is None:
        raise Refusal(
            f"Nobody here is known as {person}. They open Parallax's App Home once, and are known.",
            given_back=person,
        )
    return found


def check_employed(person: Person) -> None:
    """Guests, bots and people of another organisation hold no role."""
    if person.bot or person.deleted or person.guest or person.external:
        raise Refusal(
            "Only employed people of this workspace hold a role: no guests, no bots, nobody of"
            " another organisation. Nothing changed.",
            given_back=person.id,
        )


def held(tx: Tx, study: Study) -> list[Appointment]:
    return [each for each in tx.studies.appointments(study) if each.removed_at is None]


def of_person(tx: Tx, study: Study, person: str) -> list[Appointment]:
    return [each for each in held(tx, study) if each.person == person]


def holding(tx: Tx, study: Study, person: str, role: Role) -> Appointment | None:
    return next((each for each in of_person(tx, study, person) if each.role is role), None)
