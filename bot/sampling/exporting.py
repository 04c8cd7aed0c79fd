"""Exports: the owner grants one, an analyst has an hour, and whoever it concerns sees who and what.

Files are made where the server runs, by whoever runs it, for an analyst of the study. Without a
live grant nothing is made; and an export that could not be recorded is not kept.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import Refusal
from bot.sampling.export import OnePerson
from bot.sampling.export_about import About
from bot.sampling.export_bundle import Event, Made, Wanted
from bot.sampling.export_rows import rows_of
from bot.sampling.export_tally import Tally
from bot.sampling.model import (
    Protocol,
    Role,
    Study,
    StudyState,
    Volunteer,
    VolunteerState,
)
from bot.sampling.own import shared
from bot.sampling.reading import every_prompt, versions_of
from bot.sampling.report import lines
from bot.sampling.review_ports import Exported, Grant, Look, Seen, Tx
from bot.sampling.reviewing_desk import (
    OF_ANYBODY,
    ReviewDesk,
    access,
    check_open,
    live,
)
from bot.sampling.shown import Shared
from bot.sampling.taking_part import is_done
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)

PATIENCE = 1.8  # seconds; Slack waits for three
TOO_LONG = (
    "There is too much to count while Slack waits. Where the bot runs, it is told by"
    " `parallax study report {name}`."
)
AN_HOUR = timedelta(hours=1)
AT_ONCE = 20  # volunteers, for one transaction
NO_GRANT = (
    "No export of '{name}' is granted just now. The study's owner grants one in Slack, for an hour "
    "and for one analyst. Nothing was written."
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """An export that may be made: whose, of which volunteers, and in what the study's files say."""

    grant: Grant
    study: Study
    versions: tuple[Protocol, ...]
    pseudonyms: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a study's small files tell of its volunteers."""

    about: About
    events: tuple[Event, ...]


class Exporting(ReviewDesk[TxT]):
    """Grants, exports, and who saw what."""

    # -- in Slack ------------------------------------------------------------------------------

    async def grant(self, request: Request, study_id: str, analyst: str) -> Grant:
        """The owner lets an analyst export for an hour, from now."""
        grant_id = self._draws.token()

        def work(tx: TxT) -> Grant:
            mine = access(tx, request, study_id, Role.OWNER, lock=True)
            check_open(tx, mine.study)
            if Role.ANALYST not in live(tx.studies.appointments(mine.study), analyst):
                raise Refusal("They are no analyst of this study, or have not attested yet.")
            until = request.at + AN_HOUR
            who = request.person.id
            made = Grant(grant_id, mine.study.id, analyst, who, request.at, until)
            tx.review.put_grant(made)
            return made

        return await self._run(request, work)

    async def grants(self, request: Request, study_id: str) -> tuple[Grant, ...]:
        """All there were, the newest first: for everybody with a role."""

        def look(tx: TxT) -> tuple[Grant, ...]:
            return tx.review.grants(access(tx, request, study_id, *OF_ANYBODY).study)

        return await self._look(request, look)

    async def exports(self, request: Request, study_id: str) -> tuple[Exported, ...]:
        """All there were, the newest first: for everybody with a role."""

        def look(tx: TxT) -> tuple[Exported, ...]:
            return tx.review.exports(access(tx, request, study_id, *OF_ANYBODY).study)

        return await self._look(request, look)

    async def shared(self, request: Request) -> tuple[Shared, ...]:
        """What was granted and exported of their own, in every study that they are or were in and
        can still be found in; the newest study first. For their App Home."""

        def look(tx: TxT) -> tuple[Shared, ...]:
            if not tx.studies.ready():
                return ()
            found = tx.volunteers.all_of(request.workspace, request.person.id)
            studies = ((tx.studies.study(request.workspace, each.study), each) for each in found)
            return tuple(shared(tx, study, each) for study, each in studies if study is not None)

        return await self._look(request, look)

    # -- at the command line -------------------------------------------------------------------

    async def allowed(self, workspace: str, name: str, now: datetime) -> Allowed:
        """The newest live grant, and whom it covers. Raises Refusal where there is none."""
        start = await self._db.read(lambda tx: _granted(tx, workspace, name, now))
        seen: list[str] = []
        left_out, after = 0, ""
        while page := await self._db.read(_volunteers(start.study, after)):
            after = page[-1].pseudonym
            seen += [each.pseudonym for each in page if each.version >= start.since]
            left_out += sum(each.version < start.since for each in page)
        return Allowed(start.grant, start.study, start.versions, tuple(sorted(seen)), left_out)

    async def people(self, allowed: Allowed) -> AsyncIterator[OnePerson]:
        """Volunteers by code name, with all of theirs; a few are read at a time."""
        for start in range(0, len(allowed.pseudonyms), AT_ONCE):
            some = allowed.pseudonyms[start : start + AT_ONCE]
            for each in await self._db.read(_people(allowed.study, some)):
                yield each

    async def told(self, allowed: Allowed, software: str, now: datetime) -> Counted:
        """What the small files tell."""
        left = 0
        events = _study_events(allowed)
        for start in range(0, len(allowed.pseudonyms), AT_ONCE):
            some = allowed.pseudonyms[start : start + AT_ONCE]
            for volunteer, own in await self._db.read(_events(allowed.study, some)):
                left += _left_early(allowed, volunteer)
                events += own
        return Counted(_about(allowed, software, now, left), tuple(events))

    async def _counted(
        self, workspace: str, name: str
    ) -> AsyncIterator[tuple[Study, tuple[Protocol, ...], OnePerson]]:
        """Every volunteer, to be counted for the report: nothing of theirs is shown by it."""
        study, versions = await self._db.read(lambda tx: _reported(tx, workspace, name))
        after = ""
        while page := await self._db.read(_volunteers(study, after)):
            after = page[-1].pseudonym
            names = tuple(each.pseudonym for each in page)
            for start in range(0, len(names), AT_ONCE):
                some = names[start : start + AT_ONCE]
                for one in await self._db.read(_people(study, some)):
                    yield study, versions, one

    async def tallied(self, workspace: str, name: str, now: datetime) -> tuple[Study, Tally]:
        """A study's figures. Raises Refusal where nobody is in it."""
        tally = Tally()
        known: Study | None = None
        async for found, versions, one in self._counted(workspace, name):
            known = found
            tally.add(one, rows_of(one, versions, now), versions[-1].first.name)
        if known is None:
            raise Refusal(f"There is nobody in '{name}' any more.")
        return known, tally

    async def figures(self, request: Request, study_id: str) -> list[str]:
        """How it goes, for its owner: the study's figures and nobody's. Raises Refusal, also where
        it takes longer than whoever presses waits."""
        owns = await self._look(request, lambda tx: access(tx, request, study_id, Role.OWNER))
        study = owns.study
        try:
            async with asyncio.timeout(PATIENCE):
                return lines(*await self.tallied(study.workspace, study.name, request.at))
        except TimeoutError as error:
            raise Refusal(TOO_LONG.format(name=study.name)) from error

    async def record(self, allowed: Allowed, made: Made, wanted: Wanted, now: datetime) -> Exported:
        """Keep that it was made, for everybody whom it concerns. Raises Refusal once the grant or
        the analyst's role is over."""
        export_id = self._draws.token()

        def work(tx: TxT) -> Exported:
            study, grant = allowed.study, allowed.grant
            if now >= grant.until or not _holds(tx, study, grant):
                raise Refusal(NO_GRANT.format(name=study.name))
            done = Exported(
                export_id, grant.id, study.id, grant.analyst, now, wanted.bundle.value,
                wanted.format.value, made.digest, made.rows["signals"],
            )  # fmt: skip
            tx.review.put_export(done)
            there = [
                each
                for each in allowed.pseudonyms
                if tx.volunteers.volunteer(study, each) is not None
            ]
            look = Look(grant.analyst, Seen.EXPORTED, now.date(), 1, made.digest)
            tx.review.saw(study, there, look, now)
            return done

        return await self._db.run(work)


@dataclass(frozen=True, slots=True)
class _Start:
    grant: Grant
    study: Study
    versions: tuple[Protocol, ...]
    since: int


def _granted(tx: Tx, workspace: str, name: str, now: datetime) -> _Start:
    study = tx.studies.named(workspace, name) if tx.studies.ready() else None
    if study is None:
        raise Refusal(f"There is no study '{name}' here.")
    check_open(tx, study)
    for grant in tx.review.grants(study):
        held = live(tx.studies.appointments(study), grant.analyst)
        if grant.at <= now < grant.until and Role.ANALYST in held:
            since = held[Role.ANALYST].since_version
            return _Start(grant, study, versions_of(tx, study), since)
    raise Refusal(NO_GRANT.format(name=name))


def _holds(tx: Tx, study: Study, grant: Grant) -> bool:
    return Role.ANALYST in live(tx.studies.appointments(study), grant.analyst)


def _volunteers(study: Study, after: str) -> Callable[[Tx], tuple[Volunteer, ...]]:
    return lambda tx: tx.volunteers.volunteers(study, after)


def _people(study: Study, some: tuple[str, ...]) -> Callable[[Tx], list[OnePerson]]:
    return lambda tx: [one for each in some if (one := one_person(tx, study, each)) is not None]


def _reported(tx: Tx, workspace: str, name: str) -> tuple[Study, tuple[Protocol, ...]]:
    study = tx.studies.named(workspace, name) if tx.studies.ready() else None
    if study is None:
        raise Refusal(f"There is no study '{name}' here.")
    check_open(tx, study)
    return study, versions_of(tx, study)


def one_person(tx: Tx, study: Study, pseudonym: str) -> OnePerson | None:
    """Everything of one volunteer; None once they are erased."""
    volunteer = tx.volunteers.volunteer(study, pseudonym)
    if volunteer is None:
        return None
    prompts = tuple(every_prompt(tx, study, pseudonym))
    answers = tx.prompts.answers([each.id for each in prompts])
    return OnePerson(
        pseudonym,
        volunteer.version,
        prompts,
        answers,
        volunteer.survey,
        ended=study.state is not StudyState.RUNNING,
    )


# -- what the small files tell ---------------------------------------------------------------------


def _about(allowed: Allowed, software: str, now: datetime, left: int) -> About:
    study = allowed.study
    return About(
        name=study.name,
        versions=allowed.versions,
        commitment=study.commitment,
        head=study.head,
        locked_at=study.locked_at,
        started_at=study.started_at,
        stopped_at=study.stopped_at,
        revealed_at=study.revealed_at,
        secret=study.secret if study.revealed_at is not None else b"",
        made_at=now,
        software=software,
        left=left,
        left_out=allowed.left_out,
        erased=study.erased,
    )


def _left_early(allowed: Allowed, volunteer: Volunteer) -> bool:
    """Whether they left before their days were over, and not for another study after them."""
    at, stopped = volunteer.left_at, allowed.study.stopped_at
    if volunteer.state is not VolunteerState.LEFT or at is None:
        return False
    agreed = next(e for e in allowed.versions if e.version == volunteer.version)
    done = is_done(replace(allowed.study, protocol=agreed), volunteer, at)
    return not done and (stopped is None or at < stopped)


def _study_events(allowed: Allowed) -> list[Event]:
    """The study's own. When it was amended is not kept, so an amendment has no time, and a study
    that was amended may have been started as any of its versions."""
    study, first = allowed.study, allowed.versions[0].version
    newest = study.protocol.version
    known = (
        ("locked", study.locked_at, first),
        ("started", study.started_at, first if first == newest else None),
        *(("amended", None, each.version) for each in allowed.versions[1:]),
        ("stopped", study.stopped_at, newest),
        ("revealed", study.revealed_at, newest),
    )
    return [
        Event(name, at, version)
        for name, at, version in known
        if at is not None or name == "amended"
    ]


def _events(
    study: Study, some: tuple[str, ...]
) -> Callable[[Tx], list[tuple[Volunteer, list[Event]]]]:
    def look(tx: Tx) -> list[tuple[Volunteer, list[Event]]]:
        found = (tx.volunteers.volunteer(study, each) for each in some)
        return [(each, _own_events(tx, each)) for each in found if each is not None]

    return look


def _own_events(tx: Tx, volunteer: Volunteer) -> list[Event]:
    known = [
        *((at, "consented", version) for version, _, at in tx.volunteers.consents(volunteer)),
        (volunteer.joined_at, "joined", volunteer.version),
        (volunteer.left_at, "left", volunteer.version),
    ]
    there = sorted((at, name, version) for at, name, version in known if at is not None)
    return [Event(name, at, version, volunteer.pseudonym) for at, name, version in there]
