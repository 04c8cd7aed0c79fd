"""How each send of experience sampling is made, and what follows from it.

Whether a prompt may be sent is asked again in the second in which it is sent. What may not be sent
is not: the transaction that finishes the delivery then records why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.clock import Draws
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.ports import Database, Sender
from bot.errors import SendFailed
from bot.sampling import asking_owed, outcomes
from bot.sampling.asking_case import Case, locked_case, message_of, read_case, ref_of, save
from bot.sampling.low_answering import is_low
from bot.sampling.model import (
    Message,
    Outcome,
    Prompt,
    Study,
    Trigger,
    Volunteer,
    VolunteerState,
)
from bot.sampling.planning import PlanSender
from bot.sampling.ports import Messenger, Tx
from bot.sampling.reading import every_prompt
from bot.workspace import purse

TxT = TypeVar("TxT", bound=Tx)
Now = Callable[[], datetime]
NOTHING = Sent("")
# Slack's clock is not ours.
LOOK_BEFORE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Withheld(Sent):
    """Nothing was sent, and why; so the prompt ends."""

    outcome: Outcome = Outcome.NOT_SENT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Adopted(Sent):
    """A message that an earlier attempt had sent after all, and when it did."""

    at: datetime | None = None


def table(
    db: Database[TxT], messenger: Messenger, clock_now: Now, draws: Draws
) -> Mapping[str, Sender[TxT]]:
    """The sender of each purpose."""
    return {
        purse.PROMPT: PromptSender(db, messenger, clock_now),
        asking_owed.REMINDER: ReminderSender(db, messenger, clock_now),
        asking_owed.EXPIRY: ExpirySender[TxT](),
        asking_owed.SHOW: ShowSender(db, messenger),
        asking_owed.DELETE: DeleteSender[TxT](messenger),
        asking_owed.TELL: TellSender(db, messenger),
        asking_owed.PLAN: PlanSender[TxT](draws),
    }


class _ToPerson(Generic[TxT]):
    """What is said to somebody directly, and can be found there again."""

    def __init__(self, db: Database[TxT], messenger: Messenger) -> None:
        self._db = db
        self._messenger = messenger

    async def find(self, delivery: Delivery) -> Sent | None:
        # A lane is all that is left where the volunteer was erased meanwhile.
        since, person = (delivery.first_try or delivery.due) - LOOK_BEFORE, person_of(delivery)
        try:
            found = await self._messenger.find(delivery.workspace, person, delivery.key, since)
        except SendFailed as failure:
            raise _only_looked(failure, in_doubt=delivery.in_doubt) from failure
        return None if found is None else Adopted(ref_of(found), at=outcomes.stamp_of(found.ts))

    async def take_back(self, delivery: Delivery, ref: str) -> None:
        message = message_of(ref)
        if message is not None:
            await self._messenger.delete(delivery.workspace, message)


class _OfPrompt(_ToPerson[TxT]):
    """What is said because of a prompt."""

    def __init__(self, db: Database[TxT], messenger: Messenger, clock_now: Now) -> None:
        super().__init__(db, messenger)
        self._now = clock_now

    async def _case(self, delivery: Delivery) -> tuple[Case, outcomes.Around] | None:
        """The prompt and what it meets now; None where its volunteer is not there any more."""
        now, workspace = self._now(), delivery.workspace

        def look(tx: TxT) -> tuple[Case, outcomes.Around] | None:
            case = read_case(tx, workspace, delivery.subject)
            if case is None or not case.person:
                return None
            in_incident = tx.responding.in_incident(workspace, case.person, now)
            person = tx.workspace.person(workspace, case.person)
            return case, replace(case.around(), in_incident=in_incident, person=person)

        return await self._db.read(look)

    async def _quiet(self, case: Case) -> bool:
        """Nothing is sent by asking that, so no failure of it leaves a doubt."""
        workspace = case.study.workspace
        try:
            return await self._messenger.in_quiet_hours(workspace, case.person, self._now())
        except SendFailed as failure:
            raise _only_looked(failure, in_doubt=False) from failure


class PromptSender(_OfPrompt[TxT]):
    """A prompt: sent in its planned second, or not at all."""

    async def send(self, delivery: Delivery) -> Sent:
        found = await self._case(delivery)
        if found is None or found[0].prompt.outcome is not None:
            return NOTHING  # erased, or cancelled, since it was planned
        case, around = found
        end = outcomes.why_not(case.prompt, around, self._now())
        if end is None and await self._quiet(case):
            end = outcomes.why_not(case.prompt, replace(around, quiet=True), self._now())
        if end is not None:
            return Withheld("", outcome=end[0], reason=end[1])
        message = await self._messenger.ask(case.study, case.prompt, case.person, delivery.key)
        return Sent(ref_of(message))

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Record it; where they left or were erased while it was sent, take it back."""
        message = message_of(sent.ref)
        if message is None:
            outcome, reason = _why(sent)
            _end(tx, delivery, outcome, reason, now)
            return
        case = locked_case(tx, delivery.workspace, delivery.subject)
        if case is None:
            tx.deliveries.plan(asking_owed.delete(delivery.workspace, message, now), now)
            return
        after = _as_sent(case, message, sent, now)
        save(tx, case, after, now)
        tx.prompts.note_message(case.study, case.prompt.pseudonym, message)
        if after.outcome is Outcome.CANCELLED:
            tx.deliveries.plan(asking_owed.delete(delivery.workspace, message, now), now)
        elif outcomes.is_untouched(after) and case.person:
            tx.deliveries.plan(asking_owed.remind(case.study, after, case.person), now)

    def refused(self, tx: TxT, delivery: Delivery, _reason: str, now: datetime) -> None:
        _end(tx, delivery, Outcome.FAILED, "slack_refused", now)

    def missed(self, tx: TxT, delivery: Delivery, now: datetime) -> None:
        """Too late. Tried before, and without word of it: then nobody knows."""
        if delivery.in_doubt and delivery.attempts > 1:
            self.unknown(tx, delivery, now)
        else:
            _end(tx, delivery, Outcome.FAILED, "late", now)

    def unknown(self, tx: TxT, delivery: Delivery, now: datetime) -> None:
        _end(tx, delivery, Outcome.UNKNOWN, "", now)


class ReminderSender(_OfPrompt[TxT]):
    """The one reminder of a prompt that nobody has touched."""

    async def send(self, delivery: Delivery) -> Sent:
        found = await self._case(delivery)
        if found is None:
            return NOTHING
        case, around = found
        if not outcomes.may_remind(case.prompt, around, self._now()) or await self._quiet(case):
            return NOTHING
        message = await self._messenger.remind(case.study, case.prompt, case.person, delivery.key)
        return Sent(ref_of(message))

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        message = message_of(sent.ref)
        if message is None:
            return
        case = locked_case(tx, delivery.workspace, delivery.subject)
        if case is None:
            tx.deliveries.plan(asking_owed.delete(delivery.workspace, message, now), now)
            return
        tx.prompts.note_message(case.study, case.prompt.pseudonym, message)
        save(tx, case, outcomes.reminded(case.prompt, message, now), now)

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """A prompt without its reminder is still a prompt."""


class ExpirySender(Generic[TxT]):
    """The time of a prompt may be over. Sends nothing."""

    async def send(self, _delivery: Delivery) -> Sent:
        return NOTHING

    async def find(self, _delivery: Delivery) -> Sent | None:
        return None

    def sent(self, tx: TxT, delivery: Delivery, _sent: Sent, now: datetime) -> None:
        case = locked_case(tx, delivery.workspace, delivery.subject)
        if case is None:
            return
        after = outcomes.expired(case.prompt, now)
        save(tx, case, after, now)
        if after.outcome is Outcome.EXPIRED and case.prompt.outcome is None and case.person:
            _say_once_whether_too_many(tx, case, now)

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """Nothing is sent, so nothing is refused."""


class ShowSender(Generic[TxT]):
    """The prompt's message, as it should be by now."""

    def __init__(self, db: Database[TxT], messenger: Messenger) -> None:
        self._db = db
        self._messenger = messenger

    async def send(self, delivery: Delivery) -> Sent:
        case = await self._db.read(lambda tx: read_case(tx, delivery.workspace, delivery.subject))
        if case is None or case.prompt.message is None:
            return Sent("", delivery.wanted)  # erased: the message is deleted by whoever erased
        stage = outcomes.stage_of(case.prompt)
        await self._messenger.show(case.study, case.prompt)
        return Sent(ref_of(case.prompt.message), outcomes.STAGES.index(stage))

    async def find(self, _delivery: Delivery) -> Sent | None:
        return None

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Nothing follows."""

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """The message is gone; what was answered is kept all the same."""


class DeleteSender(Generic[TxT]):
    """A message of ours that nobody needs any more, or that erasure takes back."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    async def send(self, delivery: Delivery) -> Sent:
        message = message_of(delivery.subject)
        if message is not None:
            await self._messenger.delete(delivery.workspace, message)
        return NOTHING

    async def find(self, _delivery: Delivery) -> Sent | None:
        return None

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, now: datetime) -> None:
        """Nothing follows."""

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """It stays; we say beforehand that Slack may keep copies."""


class TellSender(_ToPerson[TxT]):
    """One private note; none about a study that they have left meanwhile."""

    async def send(self, delivery: Delivery) -> Sent:
        told = await self._db.read(lambda tx: _note(tx, delivery))
        if told is None:
            return NOTHING
        study, what = told
        return Sent(
            ref_of(await self._messenger.tell(study, person_of(delivery), what, delivery.key))
        )

    def sent(self, tx: TxT, delivery: Delivery, sent: Sent, _now: datetime) -> None:
        """Erasure takes it back with all else."""
        message, (study, volunteer) = message_of(sent.ref), _told(tx, delivery)
        if message is not None and study is not None and volunteer is not None:
            tx.prompts.note_message(study, volunteer.pseudonym, message)

    def refused(self, tx: TxT, delivery: Delivery, reason: str, now: datetime) -> None:
        """Whoever can't be told has not asked to be."""


def person_of(delivery: Delivery) -> str:
    """Who is written to directly."""
    return delivery.lane.removeprefix(purse.lane_of(""))


def _note(tx: Tx, delivery: Delivery) -> tuple[Study, str] | None:
    """The study, and what a note is about; None where it is about nothing any more."""
    (study, volunteer), what = (
        _told(tx, delivery),
        delivery.subject.split(asking_owed.SEPARATOR)[-1],
    )
    if study is None:
        return None
    gone = volunteer is None or volunteer.state in {VolunteerState.LEFT, VolunteerState.ERASED}
    return None if gone and what in {asking_owed.TOO_MANY, asking_owed.EXIT} else (study, what)


def _told(tx: Tx, delivery: Delivery) -> tuple[Study | None, Volunteer | None]:
    """Which study a note is about, and whom of it."""
    study_id = delivery.subject.split(asking_owed.SEPARATOR)[0]
    found = tx.volunteers.all_of(delivery.workspace, person_of(delivery))
    whom = next((each for each in found if each.study == study_id), None)
    return tx.studies.study(delivery.workspace, study_id), whom


def _why(sent: Sent) -> tuple[Outcome, str]:
    if isinstance(sent, Withheld):
        return sent.outcome, sent.reason
    return Outcome.CANCELLED, "left"


def _end(tx: Tx, delivery: Delivery, outcome: Outcome, reason: str, now: datetime) -> None:
    case = locked_case(tx, delivery.workspace, delivery.subject)
    if case is not None:
        save(tx, case, outcomes.ended(case.prompt, outcome, reason), now)


def _as_sent(case: Case, message: Message, sent: Sent, now: datetime) -> Prompt:
    at = sent.at if isinstance(sent, Adopted) and sent.at is not None else now
    protocol, hours = case.study.protocol, case.volunteer.hours
    return outcomes.sent(case.prompt, message, min(at, now), protocol, hours)


def _only_looked(failure: SendFailed, *, in_doubt: bool) -> SendFailed:
    """Looking sends nothing: what was in doubt before stays so, and nothing else becomes so."""
    return SendFailed(
        failure.reason,
        permanent=failure.permanent,
        ambiguous=in_doubt,
        retry_after=failure.retry_after,
    )


def _say_once_whether_too_many(tx: Tx, case: Case, now: datetime) -> None:
    """One note of the bot for each study, never of a person, paid from the purse; never about a
    report of their own, for which nobody asked."""
    study, pseudonym = case.study, case.prompt.pseudonym
    person = tx.workspace.person(study.workspace, case.person)
    if person is None or case.prompt.trigger is not Trigger.SIGNAL:
        return
    if case.volunteer.told_too_many or not is_low(every_prompt(tx, study, pseudonym)):
        return
    volunteer = tx.volunteers.volunteer(study, pseudonym, lock=True)
    if volunteer is None or volunteer.told_too_many:
        return
    tx.volunteers.put(replace(volunteer, told_too_many=True))
    due = purse.earliest(tx, person, now)
    tx.deliveries.plan(asking_owed.tell(study, case.person, asking_owed.TOO_MANY, due), now)
