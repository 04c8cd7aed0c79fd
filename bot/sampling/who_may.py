"""Who may take part, and in what: asked of the rows, in the transaction that acts on it."""

from dataclasses import replace
from datetime import datetime

from bot.errors import Refusal
from bot.sampling.model import Study, StudyState, Volunteer, VolunteerState
from bot.sampling.ports import Tx
from bot.sampling.sealing import NotSetUp
from bot.sampling.taking_part import ends_on, is_done
from bot.workspace.model import Person, Request

NOT_IN = "You take part in no study here. `/sampling` says more. Nothing changed."


def ready(tx: Tx) -> None:
    if not tx.studies.ready():
        raise NotSetUp


def check_employed(person: Person) -> None:
    if person.bot or person.deleted or person.guest or person.external:
        raise Refusal(
            "Studies are for employed people of this workspace: guests and people of another"
            " organisation cannot take part. Nothing changed."
        )


def check_no_role(tx: Tx, study: Study, person: Person) -> None:
    held = tx.studies.appointments(study)
    if any(each.person == person.id and each.removed_at is None for each in held):
        raise Refusal("You hold a role in this study, so you cannot take part in it as well.")


def running(tx: Tx, request: Request, study_id: str) -> Study:
    found = tx.studies.lock(request.workspace, study_id)
    if found is None or found.state is not StudyState.RUNNING:
        raise Refusal("That study takes nobody in just now. Nothing changed.")
    return found


def mine(tx: Tx, request: Request) -> tuple[Study, Volunteer]:
    """What they take part in, locked: the study first, as everywhere."""
    ready(tx)
    found = tx.volunteers.of(request.workspace, request.person.id)
    study = None if found is None else tx.studies.lock(request.workspace, found.study)
    volunteer = tx.volunteers.of(request.workspace, request.person.id, lock=True)
    if study is None or volunteer is None or volunteer.study != study.id:
        raise Refusal(NOT_IN)
    return study, volunteer


def agreed(tx: Tx, study: Study, volunteer: Volunteer) -> Study:
    """The study in the version that they agreed to."""
    return tx.studies.version(study, volunteer.version) or study


def is_of(volunteer: Volunteer | None, study: Study) -> bool:
    return volunteer is not None and volunteer.study == study.id


def open_to(study: Study, mine: Volunteer | None, *, is_over: bool) -> bool:
    """Theirs, if it has to be agreed to anew; else any, if they are in none that is not over."""
    if mine is not None and mine.study == study.id:
        return not study.has_consent_of(mine)
    return mine is None or is_over


def is_over(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> bool:
    """Whether nothing more is asked of them: the study was stopped, or their days are over."""
    return study.state is not StudyState.RUNNING or is_done(
        agreed(tx, study, volunteer), volunteer, now
    )


def end_what_is_done(tx: Tx, request: Request) -> None:
    """One study at a time: refuses, and says when the one they are in ends, unless it has."""
    before = tx.volunteers.of(request.workspace, request.person.id, lock=True)
    if before is None:
        return
    study = tx.studies.study(request.workspace, before.study)
    if study is not None and not is_over(tx, study, before, request.at):
        last = ends_on(agreed(tx, study, before), before)
        ends = f"It ends on {last}" if last else "It has no end in sight"
        raise Refusal(
            f"You take part in '{study.protocol.title}' already, and one study at a time is enough."
            f" {ends}; or leave it first. Nothing changed."
        )
    # Their part in it is over, which is no leaving: `left_at` stays empty, and what they chose for
    # an account that is gone still holds.
    tx.volunteers.put(replace(before, state=VolunteerState.LEFT))


def readers(tx: Tx, study: Study) -> list[str]:
    """Who holds a role, by name, each once."""
    held = [each for each in tx.studies.appointments(study) if each.removed_at is None]
    people = {each.person: tx.workspace.person(study.workspace, each.person) for each in held}
    return sorted(each.name for each in people.values() if each is not None)
