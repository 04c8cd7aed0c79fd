"""What a volunteer does with a prompt: tap, decline, fill in the form; or report unasked.

Answers come by button and form only, and only from the volunteer whose prompt it is: a button is an
entry point like any other, so its id is looked up again, and to anybody else no prompt is there.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Refusal
from bot.sampling import asking_owed, outcomes
from bot.sampling.asking_case import Case, locked_case, read_case, save
from bot.sampling.asking_form import (
    WORDS,
    asked_whole,
    shown_by,
    shown_items,
    sorted_whole,
    whole_items,
)
from bot.sampling.calendar import zone_of
from bot.sampling.model import (
    Answer,
    Item,
    ItemKind,
    Message,
    Outcome,
    Prompt,
    Study,
    Trigger,
    Volunteer,
)
from bot.sampling.ports import Tx
from bot.sampling.reading import every_prompt
from bot.sampling.taking_part import days_begun
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)
Answered = TypeVar("Answered")

NOT_IN = "You take part in no study here. `/sampling` says more. Nothing was recorded."
TAPPED_OTHERWISE = (
    "You have answered this question in the message already, and that stays. Choose the same here, "
    "and the rest is added to it."
)
# Far more than anybody has to say; a script would say more.
REPORTS_A_DAY = 20
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Form:
    """What to ask somebody now. items: of the form that opens; none: there is nothing more to ask.

    prompt: None where it is practice, of which nothing is kept. given: what they chose before.
    whole: it begins with the first question, which they have not answered. saves: choices are saved
    as they are made. late: what is sent now counts as late.
    """

    study: Study
    items: tuple[Item, ...]
    prompt: Prompt | None = None
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    whole: bool = False
    saves: bool = False
    late: bool = False


class Asking(Generic[TxT]):
    """Answers to prompts, and reports of one's own."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        self._db = db
        self._draws = draws

    async def tap(
        self, request: Request, prompt_id: str, value: str, message: Message | None = None
    ) -> Form:
        """The first tap, kept at once; gives the form that opens, if one does.

        message: the one that was tapped, which the ledger may not know (yet).
        """

        def work(tx: TxT) -> Form:
            case = _mine(tx, request, prompt_id)
            items = shown_items(case.study.protocol, case.prompt, value)
            there = _arrived(case, message, request)
            after = outcomes.tapped(there, value, request.at, case.around())
            if items:
                after = outcomes.opened(after, items, request.at, case.around())
            tx.prompts.answer([_first(case, value, request)], case.study)
            save(tx, case, after, request.at)
            return _form(case, after, items, request)

        return await self._run(request, work)

    async def decline(
        self, request: Request, prompt_id: str, reason: str, message: Message | None = None
    ) -> None:
        """They can't just now; one tap, and no form."""

        def work(tx: TxT) -> None:
            case = _mine(tx, request, prompt_id)
            there = _arrived(case, message, request)
            after = outcomes.declined(there, reason, request.at, case.around())
            save(tx, case, after, request.at)

        await self._run(request, work)

    async def form(self, request: Request, prompt_id: str) -> Form:
        """The form: again, for who closed it or comes late; or whole, for who has not tapped."""

        def work(tx: TxT) -> Form:
            case = _mine(tx, request, prompt_id)
            items = _to_ask(tx, case)
            if case.prompt.first_tap_at is None:
                after = outcomes.opened_whole(case.prompt, request.at, case.around())
            else:
                after = outcomes.opened(case.prompt, items, request.at, case.around())
            save(tx, case, after, request.at)
            return _form(case, after, items, request, tx.prompts.answers([prompt_id]))

        return await self._run(request, work)

    async def choose(self, request: Request, prompt_id: str, name: str, value: str) -> bool:
        """One choice in a form that is still open; whether it was saved.

        Where its time is over, or the form was sent meanwhile, it waits for the form, if at all.
        """

        def work(tx: TxT) -> bool:
            case = _mine(tx, request, prompt_id)
            if not outcomes.may_save(case.prompt, request.at, case.around()):
                return False
            chosen = [e for e in _shown(tx, case) if e.name == name and e.kind is ItemKind.RADIO]
            given = outcomes.checked_answers(chosen, {name: value})
            tx.prompts.answer(_answers(case, given, request), case.study)
            return True

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

    async def whole(self, request: Request, prompt_id: str, values: Mapping[str, str]) -> Prompt:
        """The form was sent that begins with the first question: tap and answers at once."""

        def work(tx: TxT) -> Prompt:
            case = _mine(tx, request, prompt_id)
            protocol, rotated = case.study.protocol, case.prompt.rotated
            value = values.get(protocol.first.name, "")
            after = _tapped_as(tx, case, value, request)
            items = asked_whole(protocol, rotated, value)
            given = _checked_whole(items, sorted_whole(protocol, rotated, values))
            if items:
                opened_at = case.prompt.opened_at or request.at
                after = outcomes.opened(after, items, opened_at, case.around())
                after = outcomes.answered(after, given, request.at, case.around())
            if case.prompt.first_tap_at is None:
                tx.prompts.answer([_first(case, value, request)], case.study)
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
            return Form(study, shown_by(study.protocol, rotates, value))

        return await self._db.read(look, deadline=request.deadline)

    async def typed(self, request: Request) -> Form | None:
        """Which prompt of the last day somebody probably means who types to us, the newest; None
        if none takes an answer any more.

        What they typed is not even looked at here: it stays in Slack and is not kept.
        """

        def look(tx: TxT) -> Form | None:
            volunteer = tx.volunteers.of(request.workspace, request.person.id)
            study = _study_of(tx, request, volunteer)
            if volunteer is None or study is None:
                return None
            waiting = [e for e in tx.prompts.open_of(volunteer) if _takes_words(e, request.at)]
            if not waiting:
                return None
            newest = max(waiting, key=lambda each: (each.sent_at or request.at, each.id))
            case = read_case(tx, request.workspace, newest.id)
            return None if case is None else _form(case, newest, _to_ask(tx, case), request)

        return await self._db.read(look, deadline=request.deadline)

    async def _run(self, request: Request, work: Callable[[TxT], Answered]) -> Answered:
        return await self._db.run(work, once=request.receipt, deadline=request.deadline)


def _mine(tx: Tx, request: Request, prompt_id: str) -> Case:
    """The prompt, locked. Whoever else asks is told what they are told of one that never was."""
    case = locked_case(tx, request.workspace, prompt_id)
    if case is None or not case.person or case.person != request.person.id:
        raise Refusal(outcomes.GONE)
    return case


def _arrived(case: Case, message: Message | None, request: Request) -> Prompt:
    if message is None:
        return case.prompt
    return outcomes.arrived(case.prompt, message, request.at, case.around())


def _tapped_as(tx: Tx, case: Case, value: str, request: Request) -> Prompt:
    """With its first tap; one that was made in the message meanwhile stays. Raises Refusal."""
    if case.prompt.first_tap_at is None:
        return outcomes.tapped(case.prompt, value, request.at, case.around())
    if outcomes.was_sent_back(case.prompt):
        raise Refusal(outcomes.TWICE)
    if _tap_of(tx, case) != value:
        raise Refusal(TAPPED_OTHERWISE, field=case.study.protocol.first.name)
    return case.prompt


def _form(
    case: Case,
    prompt: Prompt,
    items: tuple[Item, ...],
    request: Request,
    before: Iterable[Answer] = (),
) -> Form:
    around = case.around()
    return Form(
        case.study,
        items,
        prompt,
        given={each.item: each.value for each in before},
        whole=prompt.first_tap_at is None,
        saves=outcomes.may_save(prompt, request.at, around),
        late=outcomes.counts_as_late(prompt, request.at, around),
    )


def _to_ask(tx: Tx, case: Case) -> tuple[Item, ...]:
    """The items of the form, whole before the first tap."""
    if case.prompt.first_tap_at is None:
        return whole_items(case.study.protocol, case.prompt.rotated)
    return _shown(tx, case)


def _shown(tx: Tx, case: Case) -> tuple[Item, ...]:
    """The items of the form, by the first tap; none before it."""
    tap = _tap_of(tx, case)
    return () if tap is None else shown_items(case.study.protocol, case.prompt, tap)


def _tap_of(tx: Tx, case: Case) -> str | None:
    """What they tapped."""
    first, answers = case.study.protocol.first.name, tx.prompts.answers([case.prompt.id])
    return next((each.value for each in answers if each.item == first), None)


def _first(case: Case, value: str, request: Request) -> Answer:
    return Answer(case.prompt.id, case.study.protocol.first.name, value, False, request.at)


def _checked_whole(items: Collection[Item], values: Mapping[str, str]) -> dict[str, str]:
    """What was filled in of the whole form; what is wrong with its words stands at their field."""
    try:
        return outcomes.checked_answers(items, values)
    except Refusal as refused:
        if any(each.name == refused.field and each.show_if for each in items):
            refused.field = WORDS
        raise


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


def _takes_words(prompt: Prompt, now: datetime) -> bool:
    """Whether it was asked, not longer than a day ago, and takes an answer, be it a late one."""
    if prompt.sent_at is None or prompt.sent_at <= now - A_DAY:
        return False
    return prompt.outcome is not Outcome.DECLINED and not outcomes.was_sent_back(prompt)


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
        day=max(days_begun(volunteer, request.at), 1),
        beep=0,
        planned_n=0,
        planned_at=None,
        zone=zone,
        rotated=int(draw * count) if count else None,
        sent_at=request.at,
    )
    open_for = outcomes.expiry_of(study.protocol.schedule, volunteer.hours)
    return replace(asked, expires_at=request.at + open_for)
