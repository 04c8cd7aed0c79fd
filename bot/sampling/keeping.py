"""What is due by the calendar, looked for every hour: purges, ends, unlinking, deletion.

Everything here is found by its state and done again without harm, so that a tick that was missed,
or ran twice, changes nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.sampling import leaving
from bot.sampling.model import NOW_IN, Study, StudyState, Volunteer, VolunteerState
from bot.sampling.ports import Tx
from bot.sampling.protocol_consent import UNLINK_DAYS
from bot.sampling.studies import END, OVER, Studies
from bot.sampling.taking_part import is_done
from bot.sampling.tombstones import Tombstones, WrongTombstones

log = structlog.get_logger(__name__)

TxT = TypeVar("TxT", bound=Tx)

A_DAY = timedelta(days=1)
UNTIED_AFTER = timedelta(days=UNLINK_DAYS)
ERASED_AFTER = timedelta(days=30)  # of an account that was deactivated
SLICE, SLICES, AT_ONCE = 500, 200, 100


async def put_right(db: Database[TxT]) -> None:
    """Rows of an earlier version go to where this one looks, whichever comes first, the bot or a
    command; there are none but after a migration."""
    while await db.run(lambda tx: tx.prompts.reshelve(SLICE)):
        pass


class Keeping(Generic[TxT]):
    """The sweep of experience sampling, for one workspace."""

    def __init__(self, db: Database[TxT], draws: Draws, tombstones: Tombstones) -> None:
        self._db = db
        self._studies = Studies(db, draws)
        self._tombstones = tombstones

    async def begin(self) -> None:
        """At the start, before anything is served: whoever was erased and is back, is erased."""
        if not await self._db.read(lambda tx: tx.studies.ready()):
            return
        await put_right(self._db)
        stones = await asyncio.to_thread(self._tombstones.read)
        gone = await self._db.run(lambda tx: tx.keeping.bury(stones))
        if gone:
            log.warning("sampling.erased_again", volunteers=gone)
        await self.bury()

    async def sweep(self, workspace: str, now: datetime) -> None:
        """All that is due. The tie to names goes 30 days after the end, answers on their date."""
        await self._purge(workspace, now)
        if not await self._db.read(lambda tx: tx.studies.ready()):
            return
        for study in await self._studies.all(workspace):
            await self._look_at(study, now)
        await self.bury()
        for study in await self._studies.all(workspace):
            await self._publish(study, now)

    async def bury(self) -> None:
        """Every tombstone of the database into the file; tried again next time where it fails."""
        stones = await self._db.read(lambda tx: tx.keeping.tombstones())
        try:
            await asyncio.to_thread(self._tombstones.add, stones)
        except WrongTombstones as error:
            log.error("sampling.tombstones", reason=str(error))  # noqa: TRY400 - told, not traced

    async def _publish(self, study: Study, now: datetime) -> None:
        """Once a week, and once at the end, the head of its chain of planned days, which fixes all
        of them; and then the study looks at itself. Whichever sweep comes first does it."""
        if study.state is StudyState.RUNNING:
            year, number, _ = now.isocalendar()
            week = f"{year}-W{number:02}"
        elif study.stopped_at is not None and now - study.stopped_at < UNTIED_AFTER:
            week = END
        else:
            return
        if head := await self._db.run(lambda tx: tx.studies.publish(study, week, now)):
            log.info("study.head", study=study.name, head=head, week=week)
            await self._check(study, now)

    async def _check(self, study: Study, now: datetime) -> None:
        """Counts only: code names belong in no log."""
        found = await self._studies.check(study.workspace, study.name, now)
        told = {"study": study.name, "days": found.days, "prompts": found.prompts}
        if found.is_well:
            log.info("study.self_check", **told, lag=found.lag and found.lag.p99)
        else:
            log.error("study.self_check_failed", **told, wrong=len(found.wrong))

    async def _purge(self, workspace: str, now: datetime) -> None:
        for _ in range(SLICES):
            if not await self._db.run(lambda tx: tx.keeping.purge(workspace, now - A_DAY, SLICE)):
                break

    async def _look_at(self, study: Study, now: datetime) -> None:
        if study.state not in OVER and _deletes_on(study) <= now.date():
            study = await self._studies.stop(study.workspace, study.name, now)
        elif study.state is StudyState.RUNNING and await self._db.read(_is_long_over(study, now)):
            log.info("study.ended", study=study.name)
            study = await self._studies.stop(study.workspace, study.name, now)
            await self._db.run(lambda tx: _untie(tx, study))
        if _deletes_on(study) <= now.date():
            await self._db.run(lambda tx: _delete_answers(tx, study))
            return
        if study.stopped_at is not None and study.stopped_at + UNTIED_AFTER <= now:
            await self._db.run(lambda tx: _untie(tx, study))
        after: str | None = ""
        while after is not None:
            after = await self._db.run(_of_volunteers(study, after, now))


def _is_long_over(study: Study, now: datetime) -> Callable[[Tx], bool]:
    """Whether nobody has been asked for 30 days and nobody will be: a study that everybody is
    through with has ended, though nobody stopped it, and its promise to unlink names holds."""

    def look(tx: Tx) -> bool:
        least = timedelta(days=study.protocol.schedule.study_days) + UNTIED_AFTER
        if study.started_at is None or now < study.started_at + least:
            return False  # it costs a look at everybody
        ends, after = [], ""
        while found := tx.volunteers.volunteers(study, after, AT_ONCE):
            ends += [_ended(tx, study, each, now) for each in found]
            after = found[-1].pseudonym
        over = [each for each in ends if each is not None]
        return bool(over) and len(over) == len(ends) and max(over) + UNTIED_AFTER <= now

    return look


def _ended(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> datetime | None:
    """When their part in it did, if it has."""
    agreed = tx.studies.version(study, volunteer.version) or study
    if volunteer.state in NOW_IN and not is_done(agreed, volunteer, now):
        return None
    return volunteer.planned_until or volunteer.left_at or study.started_at


def _deletes_on(study: Study) -> date:
    """The date on which every answer goes; `lock` refuses a study without one."""
    return date.fromisoformat(study.protocol.legal.delete_on)


def _delete_answers(tx: Tx, study: Study) -> None:
    if tx.keeping.has_answers(study):
        tx.keeping.delete_answers(study)


def _untie(tx: Tx, study: Study) -> None:
    if tx.keeping.is_tied(study):
        tx.keeping.untie(study)


def _of_volunteers(study: Study, after: str, now: datetime) -> Callable[[Tx], str | None]:
    def work(tx: Tx) -> str | None:
        if not tx.keeping.has_answers(study):
            return None
        found = tx.volunteers.volunteers(study, after, AT_ONCE)
        for each in found:
            _look_at_volunteer(tx, study, each, now)
        return found[-1].pseudonym if len(found) == AT_ONCE else None

    return work


def _look_at_volunteer(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> None:
    """Who promised less is held to less: the date that somebody agreed to is theirs."""
    agreed = tx.studies.version(study, volunteer.version) or study
    if _deletes_on(agreed) <= now.date():
        leaving.erase(tx, study, volunteer, now)
    elif _may_be_found(volunteer) and _is_gone(tx, study, volunteer):
        leaving.leave(tx, study, volunteer, now, keep=volunteer.keep_if_gone)
    elif (
        volunteer.state is VolunteerState.LEFT
        and not volunteer.keep_if_gone
        and volunteer.left_at is not None
        and volunteer.left_at + ERASED_AFTER <= now
    ):
        leaving.erase(tx, study, volunteer, now)


def _may_be_found(volunteer: Volunteer) -> bool:
    """Whether they have not left by themselves: they take part, or their part is over."""
    return volunteer.state in NOW_IN or (
        volunteer.state is VolunteerState.LEFT and volunteer.left_at is None
    )


def _is_gone(tx: Tx, study: Study, volunteer: Volunteer) -> bool:
    """Whether their account was deactivated."""
    person = tx.volunteers.person(study, volunteer.pseudonym)
    known = None if person is None else tx.workspace.person(study.workspace, person)
    return known is not None and known.deleted
