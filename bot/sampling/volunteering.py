"""Taking part: consent, hours, pausing, leaving, erasing, and everything about oneself.

Somebody is looked up by who presses or types, never by what a button carries, so that nobody can
act for anybody else. No answer of this service holds a time that is still to come.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling import joining, leaving, who_may
from bot.sampling.calendar import checked_hours, first_day
from bot.sampling.given import Given, gather
from bot.sampling.keeping import ERASED_AFTER
from bot.sampling.model import Hours, Study, StudyState, Volunteer, VolunteerState
from bot.sampling.outcomes import is_paused
from bot.sampling.planning import plan_now
from bot.sampling.protocol_consent import Consent, consent_of
from bot.sampling.review_ports import Tx
from bot.sampling.shown import Offer, Standing
from bot.sampling.taking_part import (
    Returned,
    ends_on,
    is_at_end,
    is_done,
    left_unasked,
    pause_ends,
    surveyed,
)
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")

NOT_FOUND = (
    "Nothing here can be found that is yours: you took part in no study, or its tie to your name"
    " was destroyed, as the consent text said. Nothing changed."
)
NOT_YET = "The last questions come when your days in a study are over. Nothing changed."
CHANGED = "The text has changed since you opened it. Read it again, please. Nothing changed."


class Volunteering(Generic[TxT]):
    """What volunteers do. backup_days: how long the operator keeps backups, which the text says.
    bury: writes tombstones where no backup is, at once; else the next sweep does."""

    def __init__(
        self,
        db: Database[TxT],
        draws: Draws,
        backup_days: int = 30,
        bury: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._db = db
        self._draws = draws
        self._backup_days = backup_days
        self._bury = bury

    # -- consent -------------------------------------------------------------------------------

    async def offers(self, request: Request) -> tuple[Offer, ...]:
        """What somebody may read and agree to: studies that run, or an amendment of theirs."""

        def look(tx: TxT) -> tuple[Offer, ...]:
            who_may.ready(tx)
            who_may.check_employed(request.person)
            mine = tx.volunteers.of(request.workspace, request.person.id)
            found = [
                each
                for each in tx.studies.studies(request.workspace)
                if each.state is StudyState.RUNNING
                and who_may.open_to(each, mine, is_over=_is_over(tx, request, mine))
            ]
            return tuple(self._offer(tx, each, mine) for each in found)

        return await self._db.read(look, deadline=request.deadline)

    def _offer(self, tx: TxT, study: Study, mine: Volunteer | None) -> Offer:
        consent = self._consent(tx, study)
        if mine is None or mine.study != study.id:
            return Offer(study, consent)
        return Offer(study, consent, mine, who_may.agreed(tx, study, mine))

    async def join(
        self,
        request: Request,
        study_id: str,
        hours: Hours,
        text_digest: str,
        baseline: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> Volunteer:
        """They agreed to that text, and may be asked in those hours from the next whole window.

        baseline: what they said of what is asked once, by the item's name. version: as for `agree`.
        """
        drawn = joining.draw(self._draws.token)

        def work(tx: TxT) -> Volunteer:
            who_may.ready(tx)
            who_may.check_employed(request.person)
            study = who_may.running(tx, request, study_id)
            who_may.check_no_role(tx, study, request.person)
            tx.purse.lock(request.workspace, request.person.id)
            who_may.end_what_is_done(tx, request)
            if not self._is_as_shown(tx, study, text_digest, version):
                raise Refusal(CHANGED)
            said = surveyed((), study.protocol.baseline, baseline or {})
            made = joining.volunteer_of(tx, study, hours, request, drawn)
            made = replace(made, survey=said or made.survey)
            tx.volunteers.put(made)
            tx.volunteers.identify(made, request.workspace, request.person.id)
            tx.volunteers.consent(made, made.version, text_digest, request.at)
            plan_now(tx, study, made, drawn.seed, request.at)
            return made

        return await self._run(request, work)

    async def agree(
        self, request: Request, text_digest: str, version: int | None = None
    ) -> Volunteer:
        """They agreed to the newest version of what they are in. version: the one they were shown,
        which can differ where the text does not."""
        seed = self._draws.token()

        def work(tx: TxT) -> Volunteer:
            study, volunteer = who_may.mine(tx, request)
            if not self._is_as_shown(tx, study, text_digest, version):
                raise Refusal(CHANGED)
            hours = checked_hours(volunteer.hours, study.protocol.schedule)
            after = replace(volunteer, version=study.protocol.version, hours=hours)
            tx.volunteers.put(after)
            tx.volunteers.consent(after, after.version, text_digest, request.at)
            plan_now(tx, study, after, seed, request.at)
            return after

        return await self._run(request, work)

    def _is_as_shown(self, tx: TxT, study: Study, text_digest: str, version: int | None) -> bool:
        newest = study.protocol.version
        return version in {None, newest} and self._consent(tx, study).digest == text_digest

    def _consent(self, tx: TxT, study: Study) -> Consent:
        return consent_of(study.protocol, who_may.readers(tx, study), self._backup_days)

    # -- settings ------------------------------------------------------------------------------

    async def change(self, request: Request, hours: Hours) -> Volunteer:
        """Other hours, from the next date that is not planned."""

        def work(tx: TxT) -> Volunteer:
            study, volunteer = who_may.mine(tx, request)
            agreed = who_may.agreed(tx, study, volunteer)
            checked = checked_hours(hours, agreed.protocol.schedule)
            # The next whole window, as for who has just joined, as long as nothing is planned.
            began = volunteer.planned_to is not None
            first = volunteer.first_day if began else first_day(checked, request.at)
            after = replace(volunteer, hours=checked, first_day=first)
            tx.volunteers.put(after)
            return after

        return await self._run(request, work)

    async def pause(self, request: Request, until: date | None = None) -> Volunteer:
        """Not asked until that date in their zone, or until they say so."""

        def work(tx: TxT) -> Volunteer:
            _, volunteer = who_may.mine(tx, request)
            ends = None if until is None else pause_ends(volunteer.hours, until, request.at)
            after = replace(volunteer, state=VolunteerState.PAUSED, paused_until=ends)
            tx.volunteers.put(after)
            return after

        return await self._run(request, work)

    async def resume(self, request: Request) -> Volunteer:
        """Asked again. Says what to do first where there is an amendment to agree to."""

        def work(tx: TxT) -> Volunteer:
            study, volunteer = who_may.mine(tx, request)
            after = replace(volunteer, state=VolunteerState.ACTIVE, paused_until=None)
            if not study.has_consent_of(volunteer):
                raise Refusal(
                    "The study was changed since you agreed to it. Read and agree with `/sampling"
                    " join`, or leave; until then you are not asked."
                )
            tx.volunteers.put(after)
            return after

        return await self._run(request, work)

    async def keep_if_gone(self, request: Request, keep: bool, study_id: str = "") -> Volunteer:
        """Whether what they gave stays when their account is deactivated: in what they take part in
        now; or in that study, also where the account was, and they are back before it is erased."""

        def work(tx: TxT) -> Volunteer:
            _, volunteer = _theirs(tx, request, study_id) if study_id else who_may.mine(tx, request)
            after = replace(volunteer, keep_if_gone=keep)
            tx.volunteers.put(after)
            return after

        return await self._run(request, work)

    # -- at the end ----------------------------------------------------------------------------

    async def exit_form(self, request: Request) -> Study:
        """The study whose last questions are theirs to answer, in the version that they agreed to:
        the newest of those that are over for them. Raises Refusal."""

        def look(tx: TxT) -> Study:
            who_may.ready(tx)
            theirs = tx.volunteers.all_of(request.workspace, request.person.id)
            for each in theirs:
                study = tx.studies.study(request.workspace, each.study)
                if study is not None and _is_asked_last(tx, study, each, request.at):
                    return who_may.agreed(tx, study, each)
            raise Refusal(NOT_YET if theirs else who_may.NOT_IN)

        return await self._db.read(look, deadline=request.deadline)

    async def exit_survey(
        self, request: Request, study_id: str, values: Mapping[str, str]
    ) -> Volunteer:
        """What they say at the end; said again, it takes the place of what was said before."""

        def work(tx: TxT) -> Volunteer:
            study, volunteer = _theirs(tx, request, study_id)
            if not _is_asked_last(tx, study, volunteer, request.at):
                raise Refusal(NOT_YET)
            asked = who_may.agreed(tx, study, volunteer).protocol.exit
            after = replace(volunteer, survey=surveyed(volunteer.survey, asked, values))
            tx.volunteers.put(after)
            return after

        return await self._run(request, work)

    # -- leaving -------------------------------------------------------------------------------

    async def leave(self, request: Request, *, keep: bool) -> Study:
        """They are not asked any more; what they gave stays or is erased, as they chose."""

        def work(tx: TxT) -> Study:
            study, volunteer = who_may.mine(tx, request)
            left = leaving.leave(tx, study, volunteer, request.at, keep=keep)
            if not keep:
                leaving.erase(tx, study, left, request.at)
            return study

        return await self._erasing(request, work)

    async def erase(self, request: Request, study_id: str = "") -> int:
        """Everything of theirs, in that study or in all; in how many something was found."""

        def work(tx: TxT) -> int:
            who_may.ready(tx)
            found = [
                each
                for each in tx.volunteers.all_of(request.workspace, request.person.id)
                if not study_id or each.study == study_id
            ]
            if not found:
                raise Refusal(NOT_FOUND)
            for each in found:
                study = tx.studies.lock(request.workspace, each.study)
                assert study is not None  # noqa: S101 - studies are never deleted
                leaving.erase(tx, study, each, request.at)
            return len(found)

        return await self._erasing(request, work)

    # -- looking -------------------------------------------------------------------------------

    async def status(self, request: Request) -> Standing | None:
        """How they take part now; None if they do not, or sampling is not set up."""

        def look(tx: TxT) -> Standing | None:
            if not tx.studies.ready():
                return None
            volunteer = tx.volunteers.of(request.workspace, request.person.id)
            study = None
            if volunteer is not None:
                study = tx.studies.study(request.workspace, volunteer.study)
            return (
                None
                if study is None or volunteer is None
                else _standing(tx, study, volunteer, request.at)
            )

        return await self._db.read(look, deadline=request.deadline)

    async def returned(self, request: Request) -> tuple[Returned, ...]:
        """Studies that they left because their account was deactivated, and are back in time."""

        def look(tx: TxT) -> tuple[Returned, ...]:
            if not tx.studies.ready():
                return ()
            found = tx.volunteers.all_of(request.workspace, request.person.id)
            theirs = ((tx.studies.study(request.workspace, each.study), each) for each in found)
            return tuple(
                Returned(study, since + ERASED_AFTER, _may_go_on(study, each, request.at))
                for study, each in theirs
                if study is not None and (since := left_unasked(each)) is not None
            )

        return await self._db.read(look, deadline=request.deadline)

    async def given(self, request: Request) -> tuple[Given, ...]:
        """Everything about them, in every study that they can still be found in. Raises Refusal."""

        def look(tx: TxT) -> tuple[Given, ...]:
            who_may.ready(tx)
            found = tx.volunteers.all_of(request.workspace, request.person.id)
            if not found:
                raise Refusal(NOT_FOUND)
            theirs = ((tx.studies.study(request.workspace, each.study), each) for each in found)
            return tuple(
                gather(tx, study, each, request.at) for study, each in theirs if study is not None
            )

        return await self._db.read(look, deadline=request.deadline)

    async def download(self, request: Request) -> dict[str, Any]:
        """The same as JSON takes it: consents, prompts, answers, who read or exported. No prompt
        that is still to come."""
        found = await self.given(request)
        return {"made_at": request.at.isoformat(), "studies": [each.told for each in found]}

    async def _erasing(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        done = await self._run(request, work)
        if self._bury is not None:
            await self._bury()
        return done

    async def _run(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.run(work, once=request.receipt, deadline=request.deadline)


def _theirs(tx: Tx, request: Request, study_id: str) -> tuple[Study, Volunteer]:
    """One study that they are or were in, locked: the study first, as everywhere."""
    who_may.ready(tx)
    study = tx.studies.lock(request.workspace, study_id)
    found = tx.volunteers.all_of(request.workspace, request.person.id)
    name = next((each.pseudonym for each in found if each.study == study_id), None)
    mine = tx.volunteers.volunteer(study, name, lock=True) if study and name else None
    if study is None or mine is None:
        raise Refusal(who_may.NOT_IN)
    return study, mine


def _is_asked_last(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> bool:
    """Whether what is asked once, at the end, may be answered: their days are over or the study
    was stopped, and they have not left before that."""
    agreed = who_may.agreed(tx, study, volunteer)
    over = study.state is not StudyState.RUNNING or is_at_end(agreed, volunteer, now)
    return bool(agreed.protocol.exit) and over and volunteer.left_at is None


def _may_go_on(study: Study, volunteer: Volunteer, now: datetime) -> bool:
    return study.state is StudyState.RUNNING and not is_done(study, volunteer, now)


def _is_over(tx: Tx, request: Request, mine: Volunteer | None) -> bool:
    study = None if mine is None else tx.studies.study(request.workspace, mine.study)
    return mine is None or study is None or who_may.is_over(tx, study, mine, request.at)


def _standing(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> Standing:
    agreed = who_may.agreed(tx, study, volunteer)
    must_agree = not study.has_consent_of(volunteer)
    return Standing(
        study=study,
        volunteer=volunteer,
        paused=must_agree or is_paused(volunteer, now),
        must_agree=must_agree,
        done=who_may.is_over(tx, study, volunteer, now),
        answered=leaving.answered(tx, study, volunteer),
        last_day=ends_on(agreed, volunteer),
    )
