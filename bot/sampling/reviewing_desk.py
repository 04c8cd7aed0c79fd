"""Who may see what of a study's answers: asked at every entry point, each time anew.

A role counts once it is attested and until it is removed. Whoever was appointed later sees nothing
of a volunteer who has not agreed to that. Nobody sees anything before five take part. To all others
there is no such study: a refusal does not tell which of the reasons it was.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling.disclosure import LEAST_PEOPLE
from bot.sampling.model import Answer, Appointment, Prompt, Role, Study
from bot.sampling.review_ports import Tx
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")

NOT_YOURS = (
    "There is no study of that name for you here. If you were given a role in it, attest first: "
    "you find the request in my messages to you."
)
TOO_FEW = f"Review opens once {LEAST_PEOPLE} volunteers take part. Until then nobody sees answers."
GONE = "That answer is not there any more. Nothing changed."
OF_ANYBODY = (Role.OWNER, Role.CODER, Role.READER, Role.ANALYST)
PAGE = 250


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may see: as which role, and of volunteers who agreed to which version."""

    study: Study
    role: Role
    since: int


class ReviewDesk(Generic[TxT]):
    """The base of the services of reviewing: one request is one transaction."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        self._db = db
        self._draws = draws

    async def _run(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.run(work, once=request.receipt, deadline=request.deadline)

    async def _look(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.read(work, deadline=request.deadline)


# -- who -------------------------------------------------------------------------------------------


def access(tx: Tx, request: Request, study_id: str, *roles: Role, lock: bool = False) -> Access:
    """As which of these roles they may act, the first that they hold. Raises Refusal."""
    person = request.person
    barred = person.bot or person.deleted or person.guest or person.external or person.admin
    study = None
    if not barred and tx.studies.ready():
        find = tx.studies.lock if lock else tx.studies.study
        study = find(request.workspace, study_id)
    if study is None:
        raise Refusal(NOT_YOURS)
    held = live(tx.studies.appointments(study), person.id)
    for role in roles:
        if role in held:
            return Access(study, role, held[role].since_version)
    raise Refusal(NOT_YOURS)


def live(appointments: Iterable[Appointment], person: str) -> dict[Role, Appointment]:
    """The roles that somebody holds now: attested, and not removed."""
    return {
        each.role: each
        for each in appointments
        if each.person == person and each.attested_at is not None and each.removed_at is None
    }


def check_open(tx: Tx, study: Study) -> None:
    """Refuse while too few take part."""
    if len(tx.volunteers.volunteers(study, limit=LEAST_PEOPLE)) < LEAST_PEOPLE:
        raise Refusal(TOO_FEW)


class Visible:
    """Which volunteers somebody may see; asked of each once."""

    def __init__(self, tx: Tx, study: Study, since: int) -> None:
        self._tx = tx
        self._study = study
        self._since = since
        self._known: dict[str, bool] = {}

    def __contains__(self, pseudonym: str) -> bool:
        if pseudonym not in self._known:
            found = self._tx.volunteers.volunteer(self._study, pseudonym)
            self._known[pseudonym] = found is not None and found.version >= self._since
        return self._known[pseudonym]


# -- what ------------------------------------------------------------------------------------------


def with_answers(tx: Tx, prompts: Iterable[Prompt]) -> Iterator[tuple[Prompt, tuple[Answer, ...]]]:
    """Prompts, each with what came back."""
    asked = tuple(prompts)
    given: dict[str, list[Answer]] = {each.id: [] for each in asked}
    for each in tx.prompts.answers(list(given)):
        given[each.prompt].append(each)
    for prompt in asked:
        yield prompt, tuple(given[prompt.id])
