"""Studies, as their owner and the operator run them: lock, start, amend, stop, reveal, roles.

Nobody learns from here who takes part: that somebody may hold no role because they do is told to
them alone, when they attest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling import asking_owed, plan_file
from bot.sampling.amending import changed_parts
from bot.sampling.audit import Audit
from bot.sampling.ending import cancel_open
from bot.sampling.holding import check_employed, held, holding, known, of_person
from bot.sampling.model import (
    NOW_IN,
    Appointment,
    Head,
    Protocol,
    Role,
    Study,
    StudyState,
    Volunteer,
)
from bot.sampling.outcomes import expiry_of, grace_of
from bot.sampling.plan import commitment
from bot.sampling.plan_chain import DayRow
from bot.sampling.ports import Tx
from bot.sampling.protocol_check import lockable
from bot.sampling.reading import versions_of
from bot.sampling.sealing import NotSetUp, drawn
from bot.sampling.self_check import self_check
from bot.sampling.telling import tell, tell_all
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)

OVER = frozenset({StudyState.STOPPED, StudyState.REVEALED})
AT_ONCE = 100
AMENDED, ROLE = "amended", "role"
END = "end"
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who is to hold a role."""

    person: str
    role: Role


@dataclass(frozen=True, slots=True)
class Amended:
    """A study in its new version, and which parts volunteers are asked to agree to; maybe none."""

    study: Study
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All that anybody needs to plan a study's days again, once its secret is revealed."""

    study: Study
    versions: tuple[Protocol, ...]
    rows: tuple[DayRow, ...]
    published: tuple[Head, ...] = ()

    @property
    def file(self) -> plan_file.Proof:
        """The same, as a file holds it."""
        told = [*(each.head for each in self.published), self.study.head]
        heads = tuple(dict.fromkeys(filter(None, told)))
        secret = self.study.secret
        return plan_file.Proof(self.study.commitment, secret, self.versions, self.rows, heads)


class Studies(Generic[TxT]):
    """The life of a study. Every method raises NotSetUp where the operator set no key."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        self._db = db
        self._draws = draws

    # -- from file to study --------------------------------------------------------------------

    async def lock(
        self, workspace: str, protocol: Protocol, people: Iterable[Named], at: datetime
    ) -> Study:
        """Fix what is asked and when, draw its secret, and publish what commits to it."""
        lockable(protocol, at.date())
        secret, study_id, named = drawn(self._draws.token), self._draws.token(), [*people]
        if Role.OWNER not in {each.role for each in named}:
            raise Refusal("A study has an owner: say who. Nothing was locked.", field="owner")
        made = Study(
            id=study_id,
            workspace=workspace,
            name=protocol.id,
            protocol=replace(protocol, version=1),
            state=StudyState.LOCKED,
            commitment=commitment(protocol.digest, secret),
            secret=secret,
            locked_at=at,
        )

        def work(tx: TxT) -> Study:
            _ready(tx)
            running = tx.studies.named(workspace, protocol.id)
            if running is not None and running.state not in OVER:
                raise Refusal(
                    f"There is a study '{protocol.id}' already. Amend it, or stop it first."
                )
            tx.studies.put(made)
            for each in named:
                check_employed(known(tx, workspace, each.person))
                tx.studies.appoint(made, Appointment(each.person, each.role, 1))
            for person in {each.person for each in named}:
                tell(tx, made, person, ROLE, at)
            return made

        return await self._db.run(work)

    async def start(self, workspace: str, name: str, at: datetime) -> Study:
        """From now on people may join, and days are planned."""

        def work(tx: TxT) -> Study:
            study = _locked(tx, workspace, name)
            if study.state is not StudyState.LOCKED:
                raise Refusal(f"'{name}' is {study.state} already; nothing changed.")
            after = replace(study, state=StudyState.RUNNING, started_at=at)
            tx.studies.put(after)
            tx.deliveries.plan(asking_owed.first_planning(after, at), at)
            return after

        return await self._db.run(work)

    async def amend(self, workspace: str, protocol: Protocol, at: datetime) -> Amended:
        """A new version, from the first date not yet planned. Who has to agree to it anew is asked,
        and paused until then."""
        lockable(protocol, at.date())

        def work(tx: TxT) -> Amended:
            study = _locked(tx, workspace, protocol.id)
            _refuse_over(study)
            if study.protocol.digest == protocol.digest:
                raise Refusal("The file is as it was locked; nothing to amend.")
            parts = changed_parts(study.protocol, protocol)
            after = _next_version(study, protocol, consent=bool(parts))
            tx.studies.put(after)
            if parts:
                tell_all(tx, after, AMENDED, at)
            return Amended(after, parts)

        return await self._db.run(work)

    async def stop(self, workspace: str, name: str, at: datetime) -> Study:
        """Nothing more is asked: what has no outcome yet is cancelled, a slice at a time."""

        def work(tx: TxT) -> Study:
            study = _locked(tx, workspace, name)
            if study.state in OVER:
                return study  # again, for a slice may have been left when a process died
            after = replace(study, state=StudyState.STOPPED, stopped_at=at)
            tx.studies.put(after)
            return after

        stopped = await self._db.run(work)
        await self._of_all(stopped, lambda tx, who: _end(tx, stopped, who, at))
        return stopped

    async def reveal(self, workspace: str, name: str, at: datetime) -> Study:
        """Publish the secret. Refused while any prompt that was planned could still be answered."""

        def work(tx: TxT) -> Study:
            study = _locked(tx, workspace, name)
            if study.state not in OVER:
                raise Refusal(f"'{name}' has not been stopped: prompts are still being planned.")
            if (over := _last_end(tx, study, at)) is not None and at < over:
                # Not when it is over: that would tell when it was to be.
                raise Refusal(
                    f"The last prompt of '{name}' is not over, so its secret stays one. Try again"
                    " tomorrow."
                )
            if study.state is StudyState.REVEALED:
                return study
            after = replace(study, state=StudyState.REVEALED, revealed_at=at)
            tx.studies.put(after)
            return after

        return await self._db.run(work)

    async def proof(self, workspace: str, name: str) -> Proof:
        """All that anybody needs to plan its days again. Refused until its secret is revealed."""

        def look(tx: TxT) -> Proof:
            study = _named(tx, workspace, name)
            if study.state is not StudyState.REVEALED:
                raise Refusal(f"The secret of '{name}' is not revealed yet.")
            chain, told = tx.studies.chain(study), tx.studies.published(study)
            return Proof(study, versions_of(tx, study), chain, told)

        return await self._db.read(look)

    async def check(self, workspace: str, name: str, now: datetime) -> Audit:
        """Whether it was planned as promised and every prompt came to one end; see `audit`."""
        return await self._db.read(lambda tx: self_check(tx, _named(tx, workspace, name), now))

    async def named(self, workspace: str, name: str) -> Study:
        """The newest study of that name. Raises Refusal."""
        return await self._db.read(lambda tx: _named(tx, workspace, name))

    async def all(self, workspace: str) -> tuple[Study, ...]:
        """Every study, with its chain's newest head; none where sampling is not set up."""
        return await self._db.read(
            lambda tx: tx.studies.studies(workspace) if tx.studies.ready() else ()
        )

    async def heads(self, workspace: str, study_id: str) -> tuple[Head, ...]:
        """What was published of a study's chain of planned days, the oldest first."""

        def look(tx: TxT) -> tuple[Head, ...]:
            study = tx.studies.study(workspace, study_id) if tx.studies.ready() else None
            return () if study is None else tx.studies.published(study)

        return await self._db.read(look)

    # -- roles ---------------------------------------------------------------------------------

    async def appoint(self, workspace: str, name: str, named: Named, at: datetime) -> Study:
        """Give a role. Once a study has started that is an amendment: who takes part is asked
        again, and until they agree they are paused, and the new person sees nothing of them. Once
        it is over there is nobody left to ask, so it is refused."""

        def work(tx: TxT) -> Study:
            study = _locked(tx, workspace, name)
            if study.state in OVER:
                raise Refusal(
                    f"'{name}' is over: nobody can be asked any more whether somebody else may read"
                    " their answers. Nothing changed."
                )
            check_employed(known(tx, workspace, named.person))
            if holding(tx, study, named.person, named.role) is not None:
                raise Refusal("They hold that role already; nothing changed.")
            if study.state is StudyState.RUNNING:
                study = _next_version(study, study.protocol, consent=True)
                tx.studies.put(study)
                tell_all(tx, study, AMENDED, at)
            version = study.protocol.version
            tx.studies.appoint(study, Appointment(named.person, named.role, version))
            tell(tx, study, named.person, ROLE, at)
            return study

        return await self._db.run(work)

    async def remove(self, workspace: str, name: str, named: Named, at: datetime) -> None:
        """Take a role away, at once. The last owner stays."""

        def work(tx: TxT) -> None:
            study = _locked(tx, workspace, name)
            theirs = holding(tx, study, named.person, named.role)
            if theirs is None:
                raise Refusal("They hold no such role; nothing changed.")
            owners = [each for each in held(tx, study) if each.role is Role.OWNER]
            if owners == [theirs]:
                raise Refusal("A study keeps an owner: appoint another one first.")
            tx.studies.appoint(study, replace(theirs, removed_at=at))

        await self._db.run(work)

    async def attest(self, request: Request, study_id: str) -> tuple[Role, ...]:
        """They lead no volunteer, and own nothing of the workspace; now their roles count."""

        def work(tx: TxT) -> tuple[Role, ...]:
            _ready(tx)
            study = tx.studies.lock(request.workspace, study_id)
            mine = [] if study is None else of_person(tx, study, request.person.id)
            if study is None or not mine:
                raise Refusal("You hold no role in that study. Nothing changed.")
            check_employed(request.person)
            if request.person.admin:
                raise Refusal(
                    "Admins and owners of this workspace read no answers. Nothing changed."
                )
            theirs = tx.volunteers.all_of(request.workspace, request.person.id)
            if study.id in {each.study for each in theirs}:
                raise Refusal("You take part in this study, so you may not read its answers.")
            for each in mine:
                tx.studies.appoint(study, replace(each, attested_at=request.at))
            return tuple(each.role for each in mine)

        return await self._db.run(work, once=request.receipt, deadline=request.deadline)

    async def roles(self, workspace: str, study_id: str) -> tuple[Appointment, ...]:
        """Who holds which role now, attested or not."""

        def look(tx: TxT) -> tuple[Appointment, ...]:
            study = tx.studies.study(workspace, study_id)
            return () if study is None else tuple(held(tx, study))

        return await self._db.read(look)

    async def _of_all(self, study: Study, work: Callable[[TxT, Volunteer], None]) -> None:
        after: str | None = ""
        while after is not None:
            after = await self._db.run(_slice(study, after, work))


def _slice(
    study: Study, after: str, work: Callable[[TxT, Volunteer], None]
) -> Callable[[TxT], str | None]:
    def do(tx: TxT) -> str | None:
        found = tx.volunteers.volunteers(study, after, AT_ONCE)
        for each in found:
            work(tx, each)
        return found[-1].pseudonym if len(found) == AT_ONCE else None

    return do


# -- the study -------------------------------------------------------------------------------------


def _ready(tx: Tx) -> None:
    if not tx.studies.ready():
        raise NotSetUp


def _named(tx: Tx, workspace: str, name: str) -> Study:
    _ready(tx)
    found = tx.studies.named(workspace, name)
    if found is None:
        raise Refusal(f"There is no study '{name}' here.", given_back=name)
    return found


def _locked(tx: Tx, workspace: str, name: str) -> Study:
    found = tx.studies.lock(workspace, _named(tx, workspace, name).id)
    assert found is not None  # noqa: S101 - studies are never deleted
    return found


def _refuse_over(study: Study) -> None:
    if study.state in OVER:
        raise Refusal(f"'{study.name}' was stopped; what it was stays as it is.")


def _next_version(study: Study, protocol: Protocol, *, consent: bool) -> Study:
    version = study.protocol.version + 1
    needed = version if consent else study.consent_version
    return replace(study, protocol=replace(protocol, version=version), consent_version=needed)


def _end(tx: Tx, study: Study, volunteer: Volunteer, at: datetime) -> None:
    """Nothing more is asked of them. Whoever still had days to come is thanked, and asked what is
    asked once; but not again where a stop is only taken up again."""
    cancel_open(tx, study, volunteer, "study_stopped", at)
    had_days = volunteer.planned_days < study.protocol.schedule.study_days
    if not study.protocol.exit or volunteer.state not in NOW_IN or not had_days:
        return
    person = tx.volunteers.person(study, volunteer.pseudonym)
    if person is not None and at == study.stopped_at:
        tell(tx, study, person, asking_owed.EXIT, at)


def _last_end(tx: Tx, study: Study, now: datetime) -> datetime | None:
    """When the last planned prompt can be answered no more, of those of the last days."""
    ends = []
    for plan in tx.studies.plans(study, since=(now - 2 * A_DAY).date()):
        agreed = tx.studies.version(study, plan.version)
        who = tx.volunteers.volunteer(study, plan.pseudonym)
        if agreed is not None and who is not None and plan.times:
            # More time may have been asked for since; the longer of both is safe.
            longer = plan.more_time or who.hours.more_time
            schedule, hours = agreed.protocol.schedule, replace(who.hours, more_time=longer)
            lag = timedelta(minutes=schedule.max_send_lag_min)
            open_for = expiry_of(schedule, hours) + grace_of(schedule, hours)
            ends.append(plan.times[-1] + lag + open_for)
    return max(ends, default=None)
