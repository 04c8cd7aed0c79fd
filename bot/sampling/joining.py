"""Who somebody is in a study that they join: somebody new, or who they were before."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import Refusal
from bot.sampling.calendar import checked_hours, first_day
from bot.sampling.model import Hours, Study, Volunteer, VolunteerState
from bot.sampling.ports import Tx
from bot.sampling.sealing import drawn
from bot.sampling.taking_part import is_done, pseudonym_of, salt_of
from bot.workspace.model import Request

CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn outside the transaction that joins."""

    names: tuple[str, ...]
    salt: bytes
    seed: str


def draw(token: Callable[[], str]) -> Drawn:
    """Code names to choose from, a salt, and what makes prompts' ids random."""
    names = tuple(pseudonym_of(drawn(token)) for _ in range(CANDIDATES))
    return Drawn(names, salt_of(drawn(token)), token())


def volunteer_of(tx: Tx, study: Study, hours: Hours, request: Request, drawn: Drawn) -> Volunteer:
    """Who they are from now on, not yet kept. Raises Refusal."""
    return _again(tx, study, hours, request) or _new(tx, study, hours, request, drawn)


def _new(tx: Tx, study: Study, hours: Hours, request: Request, drawn: Drawn) -> Volunteer:
    checked = checked_hours(hours, study.protocol.schedule)
    name = next((each for each in drawn.names if tx.volunteers.is_free(study, each)), None)
    if name is None:
        raise Refusal("No code name was free. Try again, please. Nothing changed.")
    return Volunteer(
        study=study.id,
        pseudonym=name,
        version=study.protocol.version,
        state=VolunteerState.ACTIVE,
        hours=checked,
        salt=drawn.salt,
        first_day=first_day(checked, request.at),
        joined_at=request.at,
    )


def _again(tx: Tx, study: Study, hours: Hours, request: Request) -> Volunteer | None:
    """Who left this study and kept what they gave is in it again as who they were: one person is
    never two of the five that a figure needs. Raises Refusal if their days are over."""
    theirs = tx.volunteers.all_of(request.workspace, request.person.id)
    before = next((each for each in theirs if each.study == study.id), None)
    if before is None:
        return None
    if is_done(study, before, request.at):
        raise Refusal("Your days in this study are over. Thank you. Nothing changed.")
    checked = checked_hours(hours, study.protocol.schedule)
    return replace(
        before,
        version=study.protocol.version,
        state=VolunteerState.ACTIVE,
        hours=checked,
        first_day=first_day(checked, request.at),
        keep_if_gone=False,
        paused_until=None,
        left_at=None,
    )
