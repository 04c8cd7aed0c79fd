"""What a volunteer does with a prompt: tap, decline, fill in the form; or report unasked.

Answers come by button and form only, and only from the volunteer whose prompt it is: a button is an
entry point like any other, so its id is looked up again, and to anybody else no prompt is there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling import asking_owed, outcomes
from bot.sampling.asking_case import Case, locked_case, save
from bot.sampling.calendar import zone_of
from bot.sampling.model import (
    Answer,
    Item,
    ItemKind,
    Outcome,
    Prompt,
    Study,
    Trigger,
    Volunteer,
)
from bot.sampling.ports import Tx
from bot.sampling.reading import every_prompt
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")

NOT_IN = "You take part in no study here. `/sampling` says more. Nothing was recorded."
# Far more than anybody has to say; a script would say more.
REPORTS_A_DAY = 20
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Form:
    """What to ask somebody now. items: of the form that opens; none: there is nothing more to ask.

    prompt: None where it is practice, of which nothing is kept.
    """

    study: Study
    items: tuple[Item, ...]
    prompt: Prompt | None = None


class Asking(Generic[TxT]):
    """Answers to prompts, and reports of one's own."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        self._db = db
        self._draws = draws

    async def tap(self, request: Request, prompt_id: str, value: str) -> Form:
        """The first tap, kept at once; gives the form that opens, if one does."""

        def work(tx: TxT) -> Form:
            case = _mine(tx, request, prompt_id)
            protocol, around = case.study.protocol, case.around()
            items = outcomes.shown_items(protocol, case.prompt, value)
            after = outcomes.tapped(case.prompt, value, request.at, around)
            if items:
                after = outcomes.opened(after, items, request.at, around)
            first = Answer(prompt_id, protocol.first.name, value, False, request.at)
            tx.prompts.answer([first], case.study)
            save(tx, case, after, request.at)
            return Form(case.study, items, after)

        return await self._run(request, work)

    async def decline(self, request: Request, prompt_id: str, reason: str) -> None:
        """They can't just now; one tap, and no form."""

        def work(tx: TxT) -> None:
            case = _mine(tx, request, prompt_id)
            after = outcomes.declined(case.prompt, reason, request.at, case.around())
            save(tx, case, after, request.at)

        await self._run(request, work)

    async def form(self, request: Request, prompt_id: str) -> Form:
        """The form again, for who closed it, or comes late."""

        def work(tx: TxT) -> Form:
            case = _mine(tx, request, prompt_id)
            items = _shown(tx, case)
            after = outcomes.opened(case.prompt, items, request.at, case.around())
            save(tx, case, after, request.at)
            return Form(case.study, items, after)

        return await self._run(request, work)

    async def answer(self, request: Request, prompt_id: str, values: Mapping[str, str]) -> Prompt:
        """The form was sent: what was filled in, by the item's name."""

        def work(tx: TxT) -> Prompt:
            case = _mine(tx, request, prompt_id)
            given = outcomes.checked_answers(_shown(tx, case), values)
            after = outcomes.answered(case.prompt, given, request.at, case.around())
            tx.prompts.answer(_answers(case, given, request), case.study)
            save(tx, case, after, request.at)
            return after

        return await self._run(request, work)

    async def now(self, request: Request) -> Form:
        """A report that nobody asked for: the same questions, in no rate and no plan."""
        prompt_id, draw = self._draws.token(), self._draws.uniform(0.0, 1.0)

        def work(tx: TxT) -> Form:
            study, volunteer = _taking_part(tx, request)
            if outcomes.why_cancelled(study, volunteer) is not None:
                raise Refusal(outcomes.ENDED)
            if _reported(tx, study, volunteer, request) >= REPORTS_A_DAY:
                raise Refusal(
                    f"That is more than {REPORTS_A_DAY} reports in a day, so this one was not "
                    "started. Nothing was recorded."
                )
            prompt = _self_report(study, volunteer, request, prompt_id, draw)
            tx.prompts.put(prompt)
            tx.deliveries.plan(asking_owed.expire(study, prompt), request.at)
            return Form(study, (study.protocol.first,), prompt)

        return await self._run(request, work)

    async def practice(self, request: Request, value: str = "") -> Form:
        """What it is like: the first question, or after a tap the form. Nothing of it is kept."""

        def look(tx: TxT) -> Form:
            study, _ = _taking_part(tx, request)
            first, rotates = study.protocol.first, 0 if study.protocol.rotate else None
            if not value:
                return Form(study, (first,))
            if value not in {each.value for each in first.options}:
                raise Refusal(outcomes.GONE)
            return Form(study, outcomes.shown_by(study.protocol, rotates, value))

        return await self._db.read(look, deadline=request.deadline)

    async def typed(self, request: Request) -> Form | None:
        """Which prompt somebody probably means who types to us; None if none is open.

        What they typed is not even looked at here: it stays in Slack and is not kept.
        """

        def look(tx: TxT) -> Form | None:
            volunteer = tx.volunteers.of(request.workspace, request.person.id)
            study = _study_of(tx, request, volunteer)
            if volunteer is None or study is None:
                return None
            waiting = [each for each in tx.prompts.open_of(volunteer) if _is_asked(each)]
            if not waiting:
                return None
            newest = max(waiting, key=lambda each: (each.sent_at or request.at, each.id))
            case = Case(newest, study, volunteer, request.person.id)
            return Form(study, _shown(tx, case) if newest.first_tap_at else (), newest)

        return await self._db.read(look, deadline=request.deadline)

    async def _run(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.run(work, once=request.receipt, deadline=request.deadline)


def _mine(tx: Tx, request: Request, prompt_id: str) -> Case:
    """The prompt, locked. Whoever else asks is told what they are told of one that never was."""
    case = locked_case(tx, request.workspace, prompt_id)
    if case is None or not case.person or case.person != request.person.id:
        raise Refusal(outcomes.GONE)
    return case


def _shown(tx: Tx, case: Case) -> tuple[Item, ...]:
    """The items of the form, by the first tap; none before it."""
    first = case.study.protocol.first.name
    taps = [each.value for each in tx.prompts.answers([case.prompt.id]) if each.item == first]
    if not taps:
        return ()
    return outcomes.shown_items(case.study.protocol, case.prompt, taps[0])


def _answers(case: Case, given: Mapping[str, str], request: Request) -> Iterator[Answer]:
    protocol = case.study.protocol
    texts = {
        each.name for each in (*protocol.items, *protocol.rotate) if each.kind is ItemKind.TEXT
    }
    for name, value in given.items():
        yield Answer(case.prompt.id, name, value, name in texts, request.at)


# -- reports of one's own --------------------------------------------------------------------------


def _taking_part(tx: Tx, request: Request) -> tuple[Study, Volunteer]:
    volunteer = tx.volunteers.of(request.workspace, request.person.id)
    study = _study_of(tx, request, volunteer)
    if volunteer is None or study is None:
        raise Refusal(NOT_IN)
    return study, volunteer


def _study_of(tx: Tx, request: Request, volunteer: Volunteer | None) -> Study | None:
    """The study somebody is in, in the version that they agreed to."""
    if volunteer is None:
        return None
    found = tx.studies.study(request.workspace, volunteer.study)
    return None if found is None else tx.studies.version(found, volunteer.version)


def _is_asked(prompt: Prompt) -> bool:
    return prompt.sent_at is not None and prompt.outcome is not Outcome.DECLINED


def _reported(tx: Tx, study: Study, volunteer: Volunteer, request: Request) -> int:
    """How many reports of theirs there were in the last day."""
    since, theirs = request.at - A_DAY, every_prompt(tx, study, volunteer.pseudonym)
    own = (each for each in theirs if each.trigger is Trigger.SELF_REPORT)
    return sum(each.sent_at is not None and each.sent_at > since for each in own)


def _self_report(
    study: Study, volunteer: Volunteer, request: Request, prompt_id: str, draw: float
) -> Prompt:
    zone = volunteer.hours.zone
    count = len(study.protocol.rotate)
    asked = Prompt(
        id=prompt_id,
        study=study.id,
        pseudonym=volunteer.pseudonym,
        version=volunteer.version,
        trigger=Trigger.SELF_REPORT,
        date=request.at.astimezone(zone_of(zone)).date(),
        day=max(volunteer.planned_days, 1),
        beep=0,
        planned_n=0,
        planned_at=None,
        zone=zone,
        rotated=int(draw * count) if count else None,
        sent_at=request.at,
    )
    open_for = outcomes.expiry_of(study.protocol.schedule, volunteer.hours)
    return replace(asked, expires_at=request.at + open_for)
