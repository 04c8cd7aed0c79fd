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
from bot.sampling.model import Study, StudyState, Volunteer, VolunteerState
from bot.sampling.ports import Tx
from bot.sampling.protocol_consent import UNLINK_DAYS
from bot.sampling.studies import NOW_IN, OVER, Studies
from bot.sampling.tombstones import Tombstones, WrongTombstones

log = structlog.get_logger(__name__)

TxT = TypeVar("TxT", bound=Tx)

A_DAY = timedelta(days=1)
UNTIED_AFTER = timedelta(days=UNLINK_DAYS)
ERASED_AFTER = timedelta(days=30)  # of an account that was deactivated
SLICE, SLICES, AT_ONCE = 500, 200, 100
MONDAY, AN_HOUR = 0, timedelta(hours=1)


class Keeping(Generic[TxT]):
    """The sweep of experience sampling, for one workspace."""

    def __init__(self, db: Database[TxT], draws: Draws, tombstones: Tombstones) -> None:
        self._db = db
        self._studies = Studies(db, draws)
        self._tombstones = tombstones

    async def begin(self, workspace: str) -> None:
        """At the start, before anything is served: whoever was erased and is back, is erased."""
        if not await self._db.read(lambda tx: tx.studies.ready()):
            return
        while await self._db.run(lambda tx: tx.prompts.reshelve(SLICE)):
            pass
        stones = await asyncio.to_thread(self._tombstones.read)
        gone = await self._db.run(lambda tx: tx.keeping.bury(stones))
        if gone:
            log.warning("sampling.erased_again", volunteers=gone)
        await self.bury()
        await self._publish(workspace)

    async def sweep(self, workspace: str, now: datetime) -> None:
        """All that is due. The tie to names goes 30 days after the end, answers on their date."""
        await self._purge(workspace, now)
        if not await self._db.read(lambda tx: tx.studies.ready()):
            return
        for study in await self._studies.all(workspace):
            await self._look_at(study, now)
        await self.bury()
        if now.weekday() == MONDAY and now - AN_HOUR < _midnight(now):
            await self._publish(workspace)
            await self._check(workspace, now)

    async def bury(self) -> None:
        """Every tombstone of the database into the file; tried again next time where it fails."""
        stones = await self._db.read(lambda tx: tx.keeping.tombstones())
        try:
            await asyncio.to_thread(self._tombstones.add, stones)
        except WrongTombstones as error:
            log.error("sampling.tombstones", reason=str(error))  # noqa: TRY400 - told, not traced

    async def _publish(self, workspace: str) -> None:
        """The head of each chain of planned days, which fixes all of them."""
        for each in await self._studies.all(workspace):
            if each.state is StudyState.RUNNING:
                log.info("study.head", study=each.name, head=each.head)

    async def _check(self, workspace: str, now: datetime) -> None:
        """Once a week each study looks at itself. Counts only: code names belong in no log."""
        for study in await self._studies.all(workspace):
            if study.state is not StudyState.RUNNING:
                continue
            found = await self._studies.check(workspace, study.name, now)
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
        if _deletes_on(study) <= now.date():
            await self._db.run(lambda tx: _delete_answers(tx, study))
            return
        if study.stopped_at is not None and study.stopped_at + UNTIED_AFTER <= now:
            await self._db.run(lambda tx: _untie(tx, study))
        after: str | None = ""
        while after is not None:
            after = await self._db.run(_of_volunteers(study, after, now))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


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
